"""Topics and kinds by the shipped keywords: the traps of the trade, and the limits of what is shown."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from newsdigest.adapters.keyword_scorer import KeywordScorer
from newsdigest.model.items import Kind
from newsdigest.model.topics import TopicEvidence
from newsdigest.settings import topic_settings
from newsdigest.settings.workspace import shipped
from newsdigest.sorting import event_dates, topic
from newsdigest.sorting.kind import KindRules

SHARED = Path(__file__).parents[4] / "shared" / "data" / "judging-dev"
TAXONOMY = topic_settings.load(shipped("config") / "topics.yaml")


@cache
def scorer() -> KeywordScorer:
    return KeywordScorer(TAXONOMY)


@cache
def rules() -> KindRules:
    return KindRules(TAXONOMY)


def topics(title: str, text: str = "") -> list[str]:
    return [one.id for one in topic.choose(scorer().score(title=title, text=text))]


def test_the_fifteen_topics_are_shipped_with_names_in_both_languages() -> None:
    """Their ids are a contract with feeds and subscribers' choices."""
    wanted = [
        "biotech",
        "medtech",
        "diagnostics",
        "pharma",
        "digital-health",
        "care",
        "research",
        "funding",
        "finance",
        "regulation",
        "international",
        "association",
        "skills",
        "events",
        "awards",
    ]
    assert wanted == [one.id for one in TAXONOMY.topics]
    assert all(one.name("de") != one.name("en") for one in TAXONOMY.topics)


HITS = [
    ("biotech", "Stammzelltherapie: Leipziger Firma erweitert Reinraum"),
    ("biotech", "Gene therapy centre opens in Dresden"),
    ("medtech", "Neues Herzkatheterlabor nutzt Implantate aus Aue"),
    ("medtech", "Smart medical devices from Saxony"),
    ("diagnostics", "Schnelltest erkennt Sepsis in zehn Minuten"),
    ("pharma", "Auftragsfertiger baut Abfüllanlage für Arzneimittel"),
    ("digital-health", "KI erkennt Hautkrebs auf dem Smartphone"),
    ("digital-health", "Telemedizin im Erzgebirge"),
    ("care", "Krankenhausreform: Kliniken warten auf Bescheide"),
    ("research", "Forscherteam veröffentlicht Studie in Nature"),
    ("funding", "Zuwendungsbescheid über 3,8 Millionen Euro übergeben"),
    ("funding", "Horizon Europe: call for proposals opens"),
    ("finance", "Finanzierungsrunde: Firma sammelt zwölf Millionen Euro ein"),
    ("finance", "Biosensor company closes series A"),
    ("regulation", "CE-Kennzeichnung nach MDR erteilt"),
    ("regulation", "FDA clearance for ventilator"),
    ("international", "Delegation aus Südkorea unterzeichnet Absichtserklärung"),
    ("association", "Mitgliederversammlung wählt neuen Vorstand"),
    ("skills", "Fachkräfte: Neuer Lehrgang zum GMP-Operator"),
    ("events", "Save the date: bionection im September"),
    ("awards", "Innovationspreis geht nach Chemnitz"),
    ("awards", "New managing director at Helion"),
]


@pytest.mark.parametrize(("wanted", "title"), HITS)
def test_a_plain_title_gets_its_topic(wanted: str, title: str) -> None:
    """Both languages, compounds included."""
    assert wanted in topics(title)


TRAPS = [
    ("regulation", "MDR zeigt Reportage über Leipzig", "Der Beitrag steht in der Mediathek des Senders."),
    ("funding", "New scientific advisory board", "The SAB advises the company; its board has five members."),
    ("events", "Messen mit Licht", "Das Gerät kann Abstände messen."),
    ("biotech", "Solarzelle mit Rekord", "Die Zelle wandelt 30 Prozent des Lichts."),
    ("biotech", "Neue Gefängniszellen", "Der Bau kostet viel."),
    ("digital-health", "Neue Kita eröffnet", "Kinder spielen im Garten."),
    ("biotech", "Bio-Siegel für Milchhof", "Der Hof verkauft Käse."),
    ("association", "Neues Rechencluster", "Der Cluster hat 400 Knoten und 80 Server."),
    ("association", "Wundverband heilt schneller", "Der Verband misst den pH-Wert."),
    ("care", "Sparkasse stiftet Preis", "Die Sparkasse gibt 5.000 Euro."),
    ("skills", "Wichtiges an dieser Stelle", "An dieser Stelle danken wir."),
    (
        "awards",
        "AG beschließt Kapitalerhöhung",
        "Der Vorstand hat mit Zustimmung des Aufsichtsrats beschlossen, neue Aktien auszugeben. Der Bezugspreis beträgt 10 Euro.",
    ),
    (
        "awards",
        "Preise für Strom steigen",
        "Der Preis je Kilowattstunde liegt bei 30 Cent, die Kosten steigen.",
    ),
    (
        "digital-health",
        "Bericht der EPA",
        "The Environmental Protection Agency reports on water; EPA says so.",
    ),
    ("pharma", "In dieser Phase", "Die Bauarbeiten treten in eine neue Phase."),
    ("research", "Marktstudie erschienen", "Die Marktstudie zeigt Umsätze."),
    ("diagnostics", "Closer collaboration", "The collaboration was elaborated further."),
    ("events", "Preis ist fair", "Der Vertrag ist fair, eventuell folgt mehr."),
    ("regulation", "Celle grüßt", "Die Stadt Celle feiert."),
    ("events", "Heilige Messe im Dom", "Der Gottesdienst mit Messe beginnt, die Kirche ist voll."),
]


@pytest.mark.parametrize(("wrong", "title", "text"), TRAPS, ids=[title for _, title, _ in TRAPS])
def test_a_trap_is_not_stepped_into(wrong: str, title: str, text: str) -> None:
    """Abbreviations and words of two meanings (domain spec, section 11)."""
    assert wrong not in topics(title, text)


def test_nothing_known_gives_no_topic() -> None:
    """ "Weitere / Other" is the absence of topics; its name is known."""
    assert topics("Blumen im Park", "Die Rosen blühen.") == []
    assert (TAXONOMY.name("", "de"), TAXONOMY.name("", "en")) == ("Weitere", "Other")


def test_at_most_three_topics_and_none_far_behind() -> None:
    """A third of the best is the least."""
    found = [
        TopicEvidence(topic=name, score=score) for name, score in zip("abcde", (4, 3, 2, 1.9, 1), strict=True)
    ]
    assert [one.id for one in topic.choose(found)] == ["a", "b", "c"]
    assert [one.id for one in topic.choose([found[0], TopicEvidence(topic="b", score=1.3)])] == ["a"]


def test_reasons_name_trigger_and_place() -> None:
    """The editor sees which word decided, and where it stood."""
    found = topic.choose(scorer().score(title="Neuer Biomarker", text="Das Labor in Aue."))
    assert ("biomarker (title)" in found[0].reasons, "labor (text)" in found[0].reasons) == (True, True)


def test_weak_hints_alone_decide_nothing() -> None:
    """Patients occur in every second text."""
    assert topics("Patienten", "Patienten, Patienten und Daten.") == []


KINDS = [
    (Kind.JOB, "Laborleitung (m/w/d) gesucht", "Ihre Aufgaben: Leitung. Ihr Profil: Erfahrung."),
    (Kind.JOB, "Clinical Research Associate (f/m/d)", "Your tasks: trials. We offer: a permanent contract."),
    (Kind.EVENT, "Save the date: bionection 2026", "Am 24. September 2026 in Dresden."),
    (Kind.EVENT, "Workshop zur MDR", "Der Workshop findet am 12. Mai 2026 statt. Anmeldung bis 1. Mai."),
    (Kind.EVENT, "Life sciences career fair", "The trade fair takes place on 12 May 2026. Please register."),
    (Kind.CALL, "Förderaufruf: Biobasierte Stoffe", "Skizzen können bis 30. April 2026 eingereicht werden."),
    (Kind.CALL, "Call for proposals: smart implants", "Outlines are due by 15 October."),
    (
        Kind.CALL,
        "Innovationsprämie 2026: Anträge bis 31. März möglich",
        "Kleine Betriebe können bis zum 31. März 2026 die Innovationsprämie beantragen.",
    ),
    (Kind.NEW_MEMBER, "Neu im Netzwerk: Phagentech GmbH", "Als neues Mitglied begrüßen wir die Firma."),
    (Kind.NEW_MEMBER, "Cluster welcomes new member", "Our newest member makes implants."),
    (Kind.PEOPLE, "Wechsel an der Spitze der Zahnwerk GmbH", "Sie folgt auf Karl Beispiel."),
    (Kind.PEOPLE, "Jana Muster appointed managing director", "She succeeds Karl Example."),
    (Kind.PRESS_REVIEW, "Pressespiegel KW 11", "Was die Zeitungen schreiben."),
    (Kind.STATEMENT, "Stellungnahme zum Gesetzentwurf", "Der Verband fordert die schnelle Zulassung."),
    (Kind.STATEMENT, "Position paper on the MDR reform", "The association calls for shorter procedures."),
    (Kind.CORRECTION, "Korrektur: Termin des Forums", "In einer früheren Fassung stand ein falscher Tag."),
    (Kind.CORRECTION, "Correction: name of the institute", "An earlier version of this release was wrong."),
    (Kind.NEWS, "Freistaat bewilligt 3,8 Millionen Euro", "Der Minister übergab den Bescheid."),
    (Kind.NEWS, "Rückblick: Forum war ein Erfolg", "Das Forum fand am 3. März 2026 in Leipzig statt."),
    (Kind.NEWS, "Zwei Stellen im Genom entdeckt", "Das Team veröffentlichte die Studie."),
    (Kind.NEWS, "Cellarion raises EUR 12 million", "The series A was led by an investor."),
]


@pytest.mark.parametrize(("kind", "title", "text"), KINDS, ids=[title for _, title, _ in KINDS])
def test_the_kind_of_an_item_is_recognised(kind: Kind, title: str, text: str) -> None:
    """Titles say it, texts confirm it, plain news is what nothing speaks against."""
    dates = event_dates.read(title=title, text=text, published=datetime(2026, 3, 5, tzinfo=UTC))
    found, reasons = rules().judge(title=title, text=text, dates=dates)
    assert kind == found
    assert bool(reasons) == (kind is not Kind.NEWS)


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="shared data are not here")
def test_the_development_set_reaches_its_bar(tmp_path: Path) -> None:
    """Topics: micro-F1 at least 77 by keywords alone."""
    lines = (SHARED / "topics_items.jsonl").read_text(encoding="utf-8").splitlines()
    answers = [
        {"id": row["id"], "topics": topics(row["title"], row.get("summary", ""))}
        for row in map(json.loads, lines)
    ]
    given = tmp_path / "given.jsonl"
    given.write_text("\n".join(map(json.dumps, answers)), encoding="utf-8")
    command = [sys.executable, str(SHARED / "score_topics.py"), str(SHARED / "topics_gold.jsonl"), str(given)]
    done = subprocess.run([*command, "--product", "--json"], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["all"]["micro_F1"] >= 0.77
