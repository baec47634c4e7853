"""One event told by several authors in their own words: what is proposed as one, and what never is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.grouping_world import OTHER, BelievingJudge, make_item, make_sorter

from newsdigest.model.items import Item, Kind
from newsdigest.model.sources import Source
from newsdigest.model.stories import Match, MatchState, Story
from newsdigest.sorting import classify

Told = tuple[str, str, str, dict[str, Any]]
"""Source, title, text, and further fields (language, kind, day, url)."""


def told(source: str, title: str, text: str, **more: Any) -> Told:
    return source, title, text, more


def grouped(*tellings: Told) -> tuple[list[Item], dict[str, Story]]:
    """Judge by what is declared, and group together with strangers."""
    items, judged = [], {}
    sources = {name: Source(id=name, name=name, url="") for name, *_ in tellings}
    for source, title, text, more in tellings:
        fields = dict(more)
        kind = Kind(fields.pop("kind", "news"))
        item = make_item(title, text, source=source, **fields)
        items.append(item)
        judged[item.id] = replace(item, judgement=replace(BelievingJudge().judge(item, None), kind=kind))
    strangers = [
        make_item(*OTHER, source="fremd"),
        make_item("Kantine geschlossen", "Bis Montag gibt es kein warmes Essen.", source="amt"),
    ]
    judged |= {one.id: replace(one, judgement=BelievingJudge().judge(one, None)) for one in strangers}
    return items, classify.group(judged, replace(make_sorter(), sources=sources))


def is_proposed(first: Told, second: Told) -> Match | None:
    """The match by which two tellings are one story, None where they are two."""
    (a, b), stories = grouped(first, second)
    story = stories[a.id]
    assert (b.id in story.all_ids) == (stories[b.id].id == story.id)
    return story.matches[0] if b.id in story.all_ids else None


MOU_HOST = told("verband", "Cluster und slowenischer Technologiepark vereinbaren Zusammenarbeit",
    "Der Verband und der Technologiepark Savinja Tech Valley wollen Prüflabore teilen und jedes Jahr vier Nachwuchskräfte austauschen. Die Absichtserklärung unterzeichneten am Dienstag Geschäftsführerin Runa Kellermeister und Parkdirektor Blaž Hribovec.")  # fmt: skip
MOU_GUEST = told("savinja", "Savinja Tech Valley signs MoU with Saxon cluster",
    "On a visit to Leipzig, director HRIBOVEC Blaž of Savinja Tech Valley and managing director Runa Kellermeister put their signatures under a memorandum covering shared testing laboratories and a yearly exchange of four young engineers.", language="en")  # fmt: skip
CALL = told("ministerium", "Bekanntmachung der Richtlinie zur Förderung von Vorhaben der Telepflege",
    "Gefördert werden Verbünde, die Verfahren der Telepflege im Alltag erproben. Je Verbund können bis zu 750 000 Euro bewilligt werden. Projektskizzen sind bis zum 30. April 2026, 12.00 Uhr, vorzulegen.", kind="call", url="https://bund.example/bekanntmachung/telepflege")  # fmt: skip
CALL_TOLD = told("verband", "Neue Bundesmittel: Wenn die Schwester per Video kommt",
    "Bis zu einer Dreiviertelmillion Euro gibt der Bund je Konsortium für die Pflege auf Distanz. Eingereicht wird eine Skizze, und zwar bis zum 30. April mittags. Wortlaut: https://bund.example/bekanntmachung/telepflege", kind="call", day=9)  # fmt: skip
AD_HOC = told("elsterpharm", "Ad-hoc: Elsterpharm AG beschließt Kapitalerhöhung",
    "Der Vorstand der Elsterpharm AG hat mit Zustimmung des Aufsichtsrats beschlossen, das Grundkapital um bis zu 900.000 Euro zu erhöhen. Der Bezugspreis beträgt 12,00 Euro je Aktie, brutto fließen 10,8 Millionen Euro zu. Die Bezugsfrist läuft vom 16. bis zum 30. März 2026.")  # fmt: skip
CAPITAL = told("elsterpharm", "Elsterpharm: Frisches Geld für die neue Sterilhalle",
    "Elsterpharm will mit Geld von Anlegern eine Sterilhalle bauen. Aktionäre können vom 16. bis 30. März für je 12,00 Euro junge Aktien zeichnen; greifen alle zu, kommen 10,8 Millionen Euro zusammen. Gebaut wird ab Herbst, sagt Vorstand Dr. Milo Trautmann.")  # fmt: skip
HEADLINE = told("zeitung", "Elsterpharm will mit Anlegergeld neue Sterilhalle bauen [Abo]", "", day=7)
JOINED = told("zytolab", "We are now part of the Saxon network!",
    "Zytolab Flow Systems has been accepted as a member. Our cytometers move from prototype to pilot batches. We are eleven people in Freital.", language="en", kind="new_member", day=2)  # fmt: skip
GREETED = told("verband", "Neu im Netzwerk: Zytolab Flow Systems",
    "Zytolab Flow Systems aus Freital entwickelt Zytometer für kleine Labore. Das Unternehmen beschäftigt elf Menschen.", kind="new_member", day=9)  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        pytest.param(MOU_HOST, MOU_GUEST, "same names", id="host_and_guest_name_the_same_persons"),
        pytest.param(CALL, CALL_TOLD, "one links to the other", id="retold_with_a_link_and_the_sum_in_words"),
        pytest.param(AD_HOC, CAPITAL, "same amount and date", id="ad_hoc_and_news_of_one_house"),
        pytest.param(HEADLINE, CAPITAL, "", id="a_bare_headline"),
        pytest.param(JOINED, GREETED, "same names", id="a_new_member_and_its_greeting"),
    ],
)  # fmt: skip
def test_other_authors_of_one_event_are_proposed(first: Told, second: Told, reason: str) -> None:
    """One story, never joined without an editor's look, and with the reason."""
    match = is_proposed(first, second)
    assert match is not None
    assert (match.state, reason in match.reason) == (MatchState.PROPOSED, True)


def test_a_headline_joins_the_whole_story() -> None:
    """It has no text whose difference could part it from any telling."""
    items, stories = grouped(AD_HOC, CAPITAL, HEADLINE)
    assert len({stories[item.id].id for item in items}) == 1


PRIZE = told("Zeltrova", "Zeltrova gewinnt Innovationspreis",
    "Am 4. März 2026 hat Zeltrova in Dresden den mit 10.000 Euro dotierten Innovationspreis für ein Diagnosegerät erhalten. Wirtschaftsminister Thorben Adlerhorst überreichte die Urkunde, Gastgeber war die Stiftung Elbe Zukunft.")  # fmt: skip
OTHER_PRIZE = told("Muldenmed", "Innovationspreis geht an Muldenmed",
    "Große Freude in Grimma: Für die Prothese mit Sensor gab es am 4. März 2026 aus der Hand von Wirtschaftsminister Thorben Adlerhorst den Innovationspreis der Stiftung Elbe Zukunft, verbunden mit 10.000 Euro für das Team von Muldenmed.")  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(
            told("ministerium", "Eckpunkte für den Krankenhausplan vorgestellt", "Sozialministerin Undine Harms hat am 4. März 2026 die Eckpunkte vorgestellt. Für den Umbau stehen 120 Millionen Euro bereit. Die Anhörung läuft bis zum 30. April."),
            told("verband", "Krankenhausplan: Verband vermisst Aussagen zur Digitalisierung", "Zu den Eckpunkten von Sozialministerin Undine Harms vom 4. März 2026 erklärt der Verband: 120 Millionen Euro reichen nicht. Bis zum 30. April werde man sich äußern.", kind="statement"),
            id="a_policy_and_a_reaction",
        ),
        pytest.param(
            MOU_HOST,
            told("savinja", "Delegationsreise nach Savinja Tech Valley vom 14. bis 16. April", "Parkdirektor Blaž Hribovec lädt mit Runa Kellermeister Firmen zu einer Reise in das Savinja Tech Valley ein. Anmeldung bis 20. März.", kind="event"),
            id="an_agreement_and_a_journey",
        ),
        pytest.param(PRIZE, OTHER_PRIZE, id="two_winners_of_one_evening"),
        pytest.param(
            told("pflegerad", "Neu im Netzwerk: Pflegerad", "Pflegerad aus Freital baut Fahrräder für Pflegedienste.", kind="new_member"),
            told("verband", "Neu im Netzwerk: Zytolab", "Zytolab aus Freital entwickelt Zytometer.", kind="new_member"),
            id="two_new_members_of_one_town",
        ),
        pytest.param(told("zeitung", "Elsterpharm streicht Stellen im Labor [Abo]", "", day=7), CAPITAL, id="a_headline_about_something_else"),
        pytest.param(
            AD_HOC,
            told("elsterpharm", "Elsterpharm beruft Finanzvorständin", "Der Aufsichtsrat der Elsterpharm AG hat Dr. Wanda Siebeneich zum 16. März 2026 in den Vorstand berufen. Sie kommt aus Jena."),
            id="two_releases_of_one_house_and_day",
        ),
        pytest.param(
            CALL,
            told("ministerium", "Bekanntmachung der Richtlinie zur Förderung von Vorhaben der Telereha", "Gefördert werden Verbünde, die Verfahren der Telereha im Alltag erproben. Je Verbund können bis zu 750 000 Euro bewilligt werden. Projektskizzen sind bis zum 30. April 2026, 12.00 Uhr, vorzulegen.", kind="call"),
            id="two_sister_calls",
        ),
        pytest.param(
            told("klinik-a", "Klinik nimmt OP-Roboter in Betrieb", "Am Montag setzte das Robotersystem erstmals Schrauben. Der Eingriff dauerte 90 Minuten, sagte Chefarzt Dr. Tibor Wendlandt."),
            told("klinik-b", "Tausendster Eingriff mit dem OP-Roboter", "Das Robotersystem in der Urologie hat den tausendsten Eingriff hinter sich. Oberarzt Dr. Ole Sandmann operierte 90 Minuten."),
            id="two_clinics_with_one_machine",
        ),
    ],
)  # fmt: skip
def test_news_that_shares_names_sums_or_days_stays_apart(first: Told, second: Told) -> None:
    """A proposal costs a glance, but each of these would be wrong."""
    assert is_proposed(first, second) is None


def test_a_link_alone_joins_nothing() -> None:
    """A report on a prize points to the call of the next one."""
    report = told(
        "verband",
        "Preisträger feiern in Riesa",
        "Drei Gewinner kamen auf die Bühne. Mehr: https://bund.example/bekanntmachung/telepflege",
    )
    assert is_proposed(CALL, report) is None
