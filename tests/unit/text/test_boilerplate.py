"""Boilerplate, datelines, duty notices and teasers (domain spec, sections 5 and 9.11)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import boilerplate

NEWS = "Die Muldenmed GmbH hat ein neues Verfahren entwickelt. Es spart der Klinik jedes Jahr 2,5 Mio. Euro."
NOTICE = (
    "Diese Maßnahme wird mitfinanziert durch Steuermittel auf der Grundlage des von den Abgeordneten des "
    "Sächsischen Landtags beschlossenen Haushaltes."
)
TAILS = [
    "Über Muldenmed\nDie Muldenmed GmbH ist ein führender Anbieter von Messgeräten mit Sitz in Leipzig.",
    "About Muldenmed:\nMuldenmed is a leading provider of devices based in Leipzig.",
    "Muldenmed im Profil\nGegründet 1998, beschäftigt Muldenmed 40 Menschen.",
    "Unternehmensprofil\nMuldenmed stellt Geräte her.",
    "Pressekontakt:\nAnna Böhm\nTel.: +49 341 5550\nE-Mail: a@x.example",
    "Pressekontakt: Anna Böhm, Telefon 0341 5550",
    "Ansprechpartnerin für Medien\nAnna Böhm, Pressestelle",
    "Media Contact\nAnna Boehm\n+49 341 5550",
    "Bildunterschrift: Das neue Gerät im Labor (v.l.n.r. Böhm, Weiß).",
    "Foto: Jörg Weiß",
    "(Photo: Muldenmed/Weiss)",
    "© Muldenmed 2026",
    "muldenmed_geraet-01.jpg",
    "The post Neues Verfahren appeared first on Muldenmed.",
    "Der Beitrag Neues Verfahren erschien zuerst auf Muldenmed.",
    "[…]",
    "Weiterlesen »",
    "Continue reading →",
    "Weitere Informationen finden Sie unter www.muldenmed.example.",
    "Siehe auch: Pressemitteilung des Ministeriums",
    "Zurück zur Übersicht",
    "Forward-looking statements\nThis release contains statements about the future.",
    "The issuer is solely responsible for the content of this announcement.",
    "ISIN: DE0001234567",
    "Diese E-Mail kann vertrauliche Informationen enthalten.",
    "Wir verwenden Cookies, um diese Seite zu verbessern.",
    "Ältere Einträge",
    "Mit freundlichen Grüßen\nAnna Böhm\nÖffentlichkeitsarbeit",
    "https://www.muldenmed.example/presse",
    NOTICE,
]


def kept(text: str, **more: object) -> str:
    return "\n".join(text[start:end] for start, end in boilerplate.core(text, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("tail", TAILS, ids=lambda tail: tail[:30])
def test_what_stands_under_every_text_goes(tail: str):
    """Two paragraphs of news, then a tail: the news is left, word for word."""
    assert kept(f"{NEWS}\n\n{NEWS[:60]} wieder.\n\n{tail}").split("\n") == [NEWS, f"{NEWS[:60]} wieder."]


@pytest.mark.parametrize(
    "line",
    [
        "Über 300 Gäste kamen zum Neujahrsempfang nach Leipzig.",
        "Kontakte zu Kliniken in Korea sollen folgen.",
        "Das Foto zeigt das Gerät im Labor der Klinik.",
        "Copyright-Fragen beschäftigen die Branche seit Jahren.",
        "Mehr als 40 Firmen nahmen teil.",
        "Quellen für neue Wirkstoffe liegen im Meer.",
        "Vorstand und Beirat wurden neu gewählt.",
        "Back in Dresden, the team repeated the measurement.",
        "Teilen der Belegschaft wird gekündigt.",
    ],
)
def test_news_that_looks_like_boilerplate_stays(line: str):
    """Words of the list open many a sentence of news."""
    assert line in kept(f"{NEWS}\n\n{line}\n\n{NEWS}")


@pytest.mark.parametrize(
    ("text", "place", "day"),
    [
        ("Leipzig, 4. November 2024 – Die Firma", "Leipzig", date(2024, 11, 4)),
        ("Dresden, den 04.03.2026. Die Firma", "Dresden", date(2026, 3, 4)),
        ("LEIPZIG/DRESDEN, Nov. 4, 2024 (GLOBE NEWSWIRE) -- The firm", "LEIPZIG/DRESDEN", date(2024, 11, 4)),
        ("Frankfurt am Main, 1. März 2026: Die", "Frankfurt am Main", date(2026, 3, 1)),
        ("(Leipzig, 4. November 2024) Die Firma", "Leipzig", date(2024, 11, 4)),
        ("Dresden (24.11.2026) - Die Firma", "Dresden", date(2026, 11, 24)),
        ("Berlin (dpa) - Die Firma", "Berlin", None),
        ("Leipzig – Die Firma hat", "Leipzig", None),
        ("Dresden, 4 March 2026 – The firm", "Dresden", date(2026, 3, 4)),
        ("04.03.2026 – Die Firma", "", date(2026, 3, 4)),
    ],
)
def test_datelines_are_read_and_removed(text: str, place: str, day: date | None):
    """Place and date are data; the teaser begins with the news."""
    found = boilerplate.dateline(text)
    assert found is not None
    assert (found.place, found.day) == (place, day)
    assert text[found.end :].startswith(("Die", "The"))


@pytest.mark.parametrize(
    "text",
    [
        "Die Firma am 4. März 2026 – Text",
        "Fazit – Das war gut.",
        "Am 4. November 2024 wurde gefeiert.",
        "Der 3. März 2026: ein Tag",
        "Leipzig wächst.",
    ],
)
def test_what_is_no_dateline(text: str):
    """A date within the first sentence belongs to it."""
    assert boilerplate.dateline(text) is None


@pytest.mark.parametrize(
    "notice",
    [
        NOTICE,
        "Diese Maßnahme wird gefördert aus Mitteln der Europäischen Union (EFRE).",
        "Mitfinanziert mit Steuermitteln auf Grundlage des vom Sächsischen Landtag beschlossenen Haushaltes.",
        "This measure is co-financed with tax funds on the basis of the budget adopted by the Saxon State Parliament.",
        "The project is funded by the European Union.",
        "This project has received funding from the European Union's Horizon 2020 programme under grant agreement No 1.",
        "Das Projekt wird kofinanziert durch die Europäische Union.",
    ],
)
def test_duty_notices_are_kept_in_full(notice: str):
    """They are given back word for word, and are no part of the teaser."""
    text = f"{NEWS}\n\n{notice}"
    assert boilerplate.notices(text) == (notice,)
    assert notice not in boilerplate.teaser(text)


@pytest.mark.parametrize(
    "sentence",
    [
        "Das Bundesministerium fördert das Vorhaben mit 3,2 Mio. Euro.",
        "Der Landtag hat über den Haushalt beraten.",
        "Minister Vieweger übergab einen Bescheid über 3 Mio. Euro aus Steuermitteln.",
    ],
)
def test_news_about_a_grant_is_no_notice(sentence: str):
    """Reporting a grant is news."""
    assert boilerplate.notices(f"{NEWS} {sentence}") == ()


def test_a_profile_above_the_news_goes():
    """A page may start with a company profile before the dateline."""
    profile = (
        "Muldenmed ist ein führender Anbieter von Messgeräten mit Sitz in Leipzig und wurde 1998 gegründet. "
        * 4
    )
    assert kept(f"{profile}\n\nLeipzig, 4. November 2024 – {NEWS}") == NEWS


def test_repetition_within_a_source_is_boilerplate():
    """Whatever its words: a paragraph under several texts of one source."""
    unheaded = "Wir machen Messgeräte besser, seit es Messgeräte gibt, und darauf sind wir stolz."
    texts = [
        f"{number}. Meldung über etwas ganz anderes als zuvor, jede für sich.\n\n{unheaded}"
        for number in range(4)
    ]
    known = boilerplate.repeated(texts)
    assert unheaded in known
    assert unheaded not in kept(f"{NEWS}\n\n{unheaded}", known=[unheaded])
    assert boilerplate.repeated(texts[:2]) == ()


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [
        (f"Leipzig, 4. November 2024 – {NEWS}", "Neu", NEWS),
        (f"Neues Verfahren. {NEWS}", "Neues Verfahren", NEWS),
        (
            "Ein ganzer Satz steht hier und ist lang genug, um als Anreißer zu genügen, das ist gut. Und dann bricht der [...]",
            "x",
            "Ein ganzer Satz steht hier und ist lang genug, um als Anreißer zu genügen, das ist gut.",
        ),
        (
            "Liebe Frau Wendrich,\n\nist das etwas für Sie? Nach 31 Jahren verabschiedet sich der Chefapotheker in den Ruhestand.",
            "x",
            "Nach 31 Jahren verabschiedet sich der Chefapotheker in den Ruhestand.",
        ),
        (
            "Sehr geehrte Damen und Herren,\n\nunsere neue Halle ist fertig.",
            "x",
            "Unsere neue Halle ist fertig.",
        ),
        (
            "Bautzen. Wer an einer Herzschwäche leidet, kann sich ab April zu Hause überwachen lassen.",
            "x",
            "Wer an einer Herzschwäche leidet, kann sich ab April zu Hause überwachen lassen.",
        ),
        (
            "Frankfurt am Main. Ab April können sich Herzkranke zu Hause überwachen lassen.",
            "x",
            "Ab April können sich Herzkranke zu Hause überwachen lassen.",
        ),
        (
            "Prof. Dr. Almut Richter übernimmt den Vorsitz des Vereins.",
            "x",
            "Prof. Dr. Almut Richter übernimmt den Vorsitz des Vereins.",
        ),
        (
            "Veröffentlichung einer Insiderinformation nach Artikel 17 der Verordnung\n\nDer Vorstand hat heute beschlossen.",
            "x",
            "Der Vorstand hat heute beschlossen.",
        ),
        (
            "Der biosaxony e. V. hat Dr. Böhm z. B. für 2,5 Mio. Euro geehrt.",
            "x",
            "Der biosaxony e. V. hat Dr. Böhm z. B. für 2,5 Mio. Euro geehrt.",
        ),
    ],
)
def test_teasers(text: str, title: str, expected: str):
    """Whole sentences of the news, without dateline, title and half sentences."""
    assert boilerplate.teaser(text, title=title) == expected


@given(
    st.lists(
        st.sampled_from(
            [NEWS, *TAILS, "Leipzig, 4. März 2026 – Text.", "", "Über uns", "- Punkt", "Zwei Sätze. Ja!"]
        ),
        max_size=8,
    )
)
def test_core_is_ordered_spans_of_the_text(paragraphs: list[str]):
    """Spans are in order, within the text, do not overlap, and a teaser is no longer than asked for."""
    text = "\n\n".join(paragraphs)
    spans = boilerplate.core(text)
    place = 0
    for start, end in spans:
        assert place <= start < end <= len(text)
        place = end
    assert bool(spans) == bool(text.strip())
    assert len(boilerplate.teaser(text, limit=200)) <= 200


@pytest.mark.parametrize(
    "remark",
    [
        "05.03.2026, 15:40 Uhr – 2. Version (Erstveröffentlichung 05.03.2026, 13:00 Uhr). Korrektur: Schreibweise eines Namens.",
        "05.03.2026, 13:00 Uhr — Erstveröffentlichung",
        "2026-03-05 | Version 2",
    ],
)
def test_a_remark_on_the_version_is_no_teaser(remark: str):
    """It stays in the text, where sorting finds it; the teaser begins with the news."""
    news = "Der Minister hat heute in Dresden einen Bescheid über 3,8 Mio. Euro übergeben."
    assert boilerplate.teaser(f"{remark}\n\n{news}") == news
    assert boilerplate.teaser(remark)
