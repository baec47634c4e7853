"""Boilerplate learnt from what a source repeats."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from newsdigest.collecting import health, identity, normalisation, repetition
from newsdigest.model.entries import Document, Entry
from newsdigest.model.items import Item, ItemState
from newsdigest.model.sources import FetchResult, Source, SourceState
from newsdigest.ports.reading import ReadResult
from newsdigest.text import boilerplate

NOW = datetime(2026, 10, 5, 8, tzinfo=UTC)
SOURCE = Source(id="muldenmed", name="Muldenmed", url="https://muldenmed.example/feed")
PROFILE = (
    "Muldenmed baut seit 1994 in Grimma Pumpen für die Dialyse und beschäftigt 120 Menschen an zwei Orten."
)
DUTY = "Diese Maßnahme wird mitfinanziert mit Steuermitteln auf Grundlage des vom Sächsischen Landtag beschlossenen Haushaltes."
NEWS = (
    "Die neue Pumpe ist halb so laut wie die alte, und sie kommt mit weniger Strom aus.",
    "Im Mai öffnet das Werk in Wurzen, das vierzig Menschen eine Arbeit in der Montage gibt.",
    "Der Aufsichtsrat hat Vera Lindner zur Geschäftsführerin berufen; sie beginnt im Januar.",
)


def document(*texts: str) -> Document:
    entries = tuple(
        Entry(
            guid=str(number),
            url=f"https://muldenmed.example/{number}",
            title=f"Meldung {number}",
            content_html=text,
        )
        for number, text in enumerate(texts)
    )
    return Document(format="rss20", entries=entries)


def paragraphs(*parts: str) -> str:
    return "".join(f"<p>{part}</p>" for part in parts)


def first_items(*texts: str, source: Source = SOURCE) -> list[Item]:
    """Return the items of a source's first document, as the collector makes them."""
    result = ReadResult(key="k", document=document(*texts))
    made = normalisation.digested(result, source=source, now=NOW, is_first=True).document
    assert made is not None
    candidates = [normalisation.prepare(entry, source) for entry in made.entries]
    verdicts, _ = identity.compare(
        candidates, source_id=source.id, known={}, heads={}, policy=identity.Policy.parse("")
    )
    return [normalisation.item(one, source=source, now=NOW, state=ItemState.FRESH) for one in verdicts]


def test_an_unheaded_self_description_is_left_out():
    """Every release ends with it: no teaser, language or topic sees it; the stored text has it."""
    items = first_items(*(paragraphs(news, PROFILE) for news in NEWS))
    assert [item.core_text for item in items] == list(NEWS)
    assert [item.teaser for item in items] == list(NEWS)
    assert all(item.text.endswith(PROFILE) for item in items)


def test_it_is_left_out_wherever_it_stands():
    """A profile above the news is told by repetition as well."""
    assert [item.core_text for item in first_items(*(paragraphs(PROFILE, news) for news in NEWS))] == list(
        NEWS
    )


def test_two_texts_prove_nothing():
    """A paragraph in two of them may be a quotation."""
    items = first_items(paragraphs(NEWS[0], PROFILE), paragraphs(NEWS[1], PROFILE), paragraphs(NEWS[2]))
    assert PROFILE in items[0].core_text


def test_a_duty_notice_is_never_lost():
    """The co-financing sentence repeats under every text; it stays in the text and is given back in full."""
    for item in first_items(*(paragraphs(news, PROFILE, DUTY) for news in NEWS)):
        assert item.notices == (DUTY,)
        assert DUTY in item.text
        assert DUTY not in item.teaser


@pytest.mark.parametrize(
    "line",
    [
        "Das Vorhaben läuft unter dem Förderkennzeichen 16KIS1234 des Bundes bis 2028 weiter.",
        "This work is part of grant agreement No 101017 of the European Union until 2028.",
        "Das Netzwerk arbeitet aus Mitteln der Europäischen Union und des Landes bis 2028.",
    ],
)
def test_a_funders_line_in_other_words_is_not_learnt(line: str):
    """What may be a duty and fits no formula of ours stays where it stands."""
    items = first_items(*(paragraphs(news, line) for news in NEWS))
    assert all(line in item.core_text or line in item.notices for item in items)


def test_a_series_keeps_its_teaser():
    """Three evenings of one series share all but the date: judged apart by it, told with the rest."""
    shared = "Der Stammtisch bringt Gründerinnen und Gründer der Branche bei Suppe und Brot zusammen."
    items = first_items(*(paragraphs(f"Am {day}. März ab 18 Uhr.", shared) for day in (3, 10, 17)))
    assert [shared in item.core_text for item in items] == [False] * 3
    assert [shared in item.teaser for item in items] == [True] * 3


def test_what_was_learnt_is_kept_and_forgotten():
    """Seen again it stays; unseen for over a year it goes; the newest stand where it is much."""
    found = {boilerplate.paragraph_key(PROFILE): "Muldenmed baut …"}
    kept = repetition.merged(None, found, date(2025, 1, 1))
    assert repetition.keys(repetition.merged(kept, {}, date(2025, 12, 1))) == found.keys()
    assert repetition.merged(kept, {}, date(2026, 6, 1)) == {}
    assert repetition.keys("spoilt") == frozenset()
    many = {f"{number:016x}": "…" for number in range(50)}
    assert len(repetition.merged(kept, many, date(2025, 6, 1))) == repetition.MOST


def test_a_later_text_is_read_by_what_was_learnt():
    """One new release alone shows no repetition; the source's memory does."""
    verdict = identity.compare(
        [normalisation.prepare(document(paragraphs(NEWS[0], PROFILE)).entries[0], SOURCE)],
        source_id=SOURCE.id, known={}, heads={}, policy=identity.Policy.parse(""),
    )[0][0]  # fmt: skip
    item = normalisation.item(
        verdict, source=SOURCE, now=NOW, state=ItemState.FRESH, keys={boilerplate.paragraph_key(PROFILE)}
    )
    assert item.core_text == NEWS[0]


def test_the_editor_sees_what_is_left_out():
    """It stands among the evidence, and makes no source odd."""
    state = SourceState(
        source_id=SOURCE.id, url=SOURCE.url, last_result=FetchResult.OK,
        evidence={"boilerplate": repetition.merged(None, {"k": "Muldenmed baut seit 1994 …"}, NOW.date())},
    )  # fmt: skip
    found = health.report(SOURCE, state, NOW)
    assert found.mark is health.Mark.WELL
    assert found.evidence == ("repeats under its texts, left out of teasers: “Muldenmed baut seit 1994 …”",)
