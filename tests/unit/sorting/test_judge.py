"""The judge: one item, everything about it, and the editor's word above it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsdigest.adapters.keyword_scorer import KeywordScorer
from newsdigest.adapters.langvote_detector import LangvoteDetector
from newsdigest.model import disagreements
from newsdigest.model.items import Item, Judgement, Kind, LanguageVerdict, TopicScore
from newsdigest.model.sources import Source
from newsdigest.settings import topic_settings
from newsdigest.settings.workspace import shipped
from newsdigest.sorting.judge import Judge
from newsdigest.sorting.kind import KindRules

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)


@cache
def judge() -> Judge:
    taxonomy = topic_settings.load(shipped("config") / "topics.yaml")
    return Judge(
        detector=LangvoteDetector(), scorer=KeywordScorer(taxonomy), taxonomy=taxonomy, kinds=KindRules(taxonomy),
        zone=ZoneInfo("Europe/Berlin"),
    )  # fmt: skip


def make_item(title: str, text: str = "", **more: object) -> Item:
    base = Item(
        id="i1", source_id="s", guid=None, url="https://x.example/1", title=title, text=text, first_seen=NOW,
        last_seen=NOW, published=NOW, fingerprint="f1",
    )  # fmt: skip
    return replace(base, **more)  # type: ignore[arg-type]


SOURCE = Source(id="s", name="S", url="https://x.example/feed")


def test_one_item_is_judged_whole() -> None:
    """Language, kind, topics, event, deadline, and what was judged."""
    text = "Der Workshop findet am 12. Mai 2026, 10 Uhr, in Leipzig statt. Anmeldung bis 1. Mai 2026."
    found = judge().judge(make_item("Workshop zur CE-Kennzeichnung", text), SOURCE)
    assert ("de", Kind.EVENT, date(2026, 5, 1)) == (found.language.language, found.kind, found.deadline)
    assert found.event is not None
    assert (date(2026, 5, 12), "Leipzig") == (found.event.start, found.event.place)
    assert {"regulation", "events"} <= {one.id for one in found.topics}
    assert ("f1", judge().version) == (found.judged_fingerprint, found.judge_version)


def test_boilerplate_does_not_decide() -> None:
    """Only the core is judged; the company's profile below it is not."""
    core = "Die Zahl der Besuche stieg im Februar deutlich."
    text = f"{core}\nÜber uns: Wir sind ein Verband der Medizintechnik und Biotechnologie. Messe am 12. Mai 2026."
    found = judge().judge(make_item("Mehr Besuche", text, core=((0, len(core)),)), SOURCE)
    assert (found.topics, found.event) == ((), None)


def test_an_embargo_in_the_boilerplate_still_counts() -> None:
    """A line taken out of the teaser must not be overlooked."""
    head = "Sperrfrist: 12. März 2026, 10 Uhr\n"
    core = "Forschende haben ein Protein gefunden."
    found = judge().judge(make_item("Protein", head + core, core=((len(head), len(head + core)),)), SOURCE)
    assert datetime(2026, 3, 12, 9, 0, tzinfo=UTC) == found.embargo_until


def test_the_sources_zone_counts() -> None:
    """10 o'clock in Seoul is not 10 o'clock in Leipzig."""
    item = make_item(
        "Release", "Embargoed until 12 March 2026, 10:00. Researchers found a protein in the lab."
    )
    seoul = judge().judge(item, replace(SOURCE, zone="Asia/Seoul")).embargo_until
    assert datetime(2026, 3, 12, 1, 0, tzinfo=UTC) == seoul


def test_settings_of_the_source_are_kept() -> None:
    """A source may fix language and kind, and always carry a topic."""
    source = replace(SOURCE, fixed_language="en", item_kind="job", topics=("skills",))
    found = judge().judge(make_item("Neuer Biomarker im Labor"), source)
    assert (found.language.language, found.kind) == ("en", Kind.JOB)
    assert "skills" in {one.id for one in found.topics}


@pytest.mark.parametrize("name", ["language", "topics", "kind"])
def test_an_editors_word_outlives_a_changed_text(name: str) -> None:
    """Judging anew keeps what an editor said, and judges the rest."""
    said = Judgement(
        language=LanguageVerdict(language="fr", confidence=1.0, by="editor"), kind=Kind.STATEMENT,
        topics=(TopicScore(id="care", score=1.0),), by_editor=(name,),
    )  # fmt: skip
    found = judge().judge(
        make_item("Neuer Biomarker", "Das Labor in Aue hat viel zu tun.", judgement=said), SOURCE
    )
    kept = {
        "language": found.language.language == "fr",
        "topics": [one.id for one in found.topics] == ["care"],
        "kind": found.kind is Kind.STATEMENT,
    }
    assert [name] == [part for part, is_kept in kept.items() if is_kept]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("", ""),
        ("x", ""),
        ("\ud800", "\udfff"),
        ("日本語", "東京で"),
        ("A" * 100_000, "b " * 5_000_000),
        ("\x00", "\x00\n"),
    ],
    ids=["empty", "one_letter", "surrogates", "japanese", "ten_megabytes", "nul"],
)
def test_bad_input_is_judged_or_marked_unsure(title: str, text: str) -> None:
    """Never a crash."""
    assert isinstance(judge().judge(make_item(title, text), None), Judgement)


@settings(max_examples=60)
@given(st.text(max_size=80), st.text(max_size=400))
def test_no_text_breaks_the_judge(title: str, text: str) -> None:
    """Any title and text give a judgement, and the same one twice."""
    item = make_item(title, text)
    assert judge().judge(item, SOURCE) == judge().judge(item, SOURCE)


def test_tellings_of_a_story_that_disagree_are_named() -> None:
    """The editor reads which text says what."""
    german = make_item("Empfang verlegt", "Der Empfang findet am 19. März 2026, 18 Uhr, in Leipzig statt.")
    english = make_item("Reception", "The reception takes place on 12 March 2026 at 6 pm in Leipzig.")
    judged = [replace(item, judgement=judge().judge(item, SOURCE)) for item in (german, english)]
    (warning,) = disagreements.among(judged)
    assert "“Empfang verlegt” (de) says 2026-03-19, “Reception” (en) says 2026-03-12" in warning
    assert disagreements.among([judged[0], german]) == ()
