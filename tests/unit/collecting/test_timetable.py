"""When a source is looked at again: the timing rules as arithmetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.collecting import health, identity, looks, timetable
from newsdigest.model.entries import FeedHints
from newsdigest.model.sources import FetchResult, Source, SourceState
from newsdigest.ports.fetching import FetchAnswer, FetchProblem

NOW = datetime(2026, 10, 5, 8, 30, tzinfo=UTC)  # a Monday
HOUR = timedelta(hours=1)
SOURCE = Source(id="a", name="A", url="https://a.example/feed")
STATE = SourceState(source_id="a", url=SOURCE.url)


def wait(
    headers: dict[str, bytes] | None = None, hints: FeedHints | None = None, interval: timedelta = HOUR
) -> timedelta:
    at = timetable.next_look(
        "a", interval=interval, headers=headers or {}, hints=hints or FeedHints(), now=NOW
    )
    return at - NOW


@pytest.mark.parametrize(
    ("headers", "hours"),
    [
        ({}, 1),
        ({"cache-control": b"max-age=7200"}, 2),
        ({"cache-control": b"max-age=7200", "age": b"1800"}, 1.5),
        ({"cache-control": b"max-age=60"}, 1),
        ({"cache-control": b"no-cache, max-age=7200"}, 1),
        ({"cache-control": b"no-store", "expires": b"Tue, 06 Oct 2026 08:00:00 GMT", "date": b"Mon, 05 Oct 2026 08:00:00 GMT"}, 1),
        ({"expires": b"Tue, 06 Oct 2026 08:00:00 GMT", "date": b"Mon, 05 Oct 2026 08:00:00 GMT"}, 24),
        ({"expires": b"0", "date": b"Mon, 05 Oct 2026 08:00:00 GMT"}, 1),
        ({"cache-control": b"max-age=99999999999999999"}, 168),
        ({"cache-control": b"max-age=nonsense"}, 1),
    ],
)  # fmt: skip
def test_freshness_is_honoured(headers: dict[str, bytes], hours: float):
    """P10: the longest wish counts, at most seven days; jitter adds at most a twentieth."""
    least = timedelta(hours=hours)
    assert least <= wait(headers) <= least * 1.05


@given(st.dictionaries(st.sampled_from(["cache-control", "expires", "date", "age"]), st.binary(max_size=60)))
def test_no_header_breaks_the_timetable(headers: dict[str, bytes]):
    """Whatever a server sends, the wait is between an hour and seven days with jitter."""
    assert HOUR <= wait(headers) <= timedelta(days=7) * 1.05


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"120", timedelta(seconds=120)),
        (b"Mon, 05 Oct 2026 10:00:00 GMT", timedelta(hours=2)),
        (b"soon", timetable.GARBAGE_PAUSE),
        (b"-5", timetable.GARBAGE_PAUSE),
        (b"999999999999", timedelta(days=7)),
        (b"Sun, 04 Oct 2026 10:00:00 GMT", timetable.GARBAGE_PAUSE),
    ],
)
def test_retry_after(raw: bytes, expected: timedelta):
    """P12: seconds or a date relative to the answer's own clock, garbage is a quarter of an hour."""
    headers = {"retry-after": raw, "date": b"Mon, 05 Oct 2026 08:00:00 GMT"}
    assert timetable.retry_after(headers, now=NOW, cap=timedelta(days=7)) == expected


def test_hours_to_be_skipped_move_the_look():
    """P11: the next look falls into no hour the feed wants to be left alone in."""
    hints = FeedHints(skip_hours=frozenset({9, 10}))
    assert (NOW + wait(hints=hints)).hour == 11
    assert wait(hints=FeedHints(skip_hours=frozenset(range(24)))) < HOUR * 1.06


@given(st.integers(0, 200), st.integers(0, 40))
def test_failing_never_ends_for_good(failures: int, days: int):
    """P19: the back-off is between an hour and a day, whatever happened."""
    state = replace(STATE, failures=failures, failing_since=NOW - timedelta(days=days))
    pause = timetable.after_failure(state, interval=HOUR, now=NOW)
    assert HOUR <= pause <= timedelta(days=1)
    assert days < 14 or pause == timedelta(days=1)


def test_https_is_never_given_up():
    """P17: a lasting move from https to http is not stored, however often it is seen."""
    state: SourceState = STATE
    target = None
    for day in range(0, 30, 3):
        hops = ((301, "https://a.example/feed", "http://a.example/feed"),)
        state, target = timetable.note_move(state, hops, now=NOW + timedelta(days=day))
        assert target is None


def test_a_move_needs_three_looks_and_a_week():
    """P17: two looks are not enough, nor are three within a day."""
    hops = ((308, "https://a.example/feed", "https://b.example/feed"),)
    state: SourceState = STATE
    found = []
    for day in (0, 1, 2, 8):
        state, target = timetable.note_move(state, hops, now=NOW + timedelta(days=day))
        found.append(target)
    assert found == [None, None, None, "https://b.example/feed"]


def test_a_network_failure_is_held_back_and_a_refusal_is_not():
    """Only silence may be an outage of ours; the guard's refusal never is."""
    silent = FetchAnswer(key="a", url=SOURCE.url, problem=FetchProblem.TIMEOUT, detail="no answer")
    refused = replace(silent, problem=FetchProblem.REFUSED_ADDRESS)
    assert looks.after_answer(SOURCE, STATE, silent, NOW).is_network_failure
    look = looks.after_answer(SOURCE, STATE, refused, NOW)
    assert (look.is_network_failure, look.state.last_result) == (False, FetchResult.BLOCKED)


def test_an_edited_address_begins_anew():
    """P7, P18: validators, failures and a final 410 belong to the old address."""
    old = replace(
        STATE,
        url="https://old.example/",
        etag=b"x",
        failures=9,
        next_look=timetable.NEVER,
        has_base_line=True,
    )
    fresh = looks.current(SOURCE, old)
    assert (fresh.etag, fresh.failures, fresh.next_look, fresh.has_base_line) == (None, 0, None, True)


def test_silence_beyond_the_usual_rhythm_is_told():
    """Section 6: silent for more than three times its rhythm, with the figures."""
    state = replace(
        STATE, last_result=FetchResult.NOT_MODIFIED, last_success=NOW, last_new_item=NOW - timedelta(days=24),
        evidence={"gaps": [7 * 86400] * 5},
    )  # fmt: skip
    found = health.report(SOURCE, state, NOW)
    assert (found.mark, found.needs_attention) == (health.Mark.SILENT, True)
    assert "24 days" in found.evidence[0]
    assert "7 days" in found.evidence[0]


def test_a_feed_that_lost_most_entries_is_odd():
    """Section 6: a drop in the number of entries."""
    state = replace(STATE, last_result=FetchResult.OK, evidence={"counts": [20, 20, 19, 20, 3]})
    assert health.report(SOURCE, state, NOW).mark is health.Mark.ODD


DRIFTS = {
    "turned_to_english": (["en"] * 5 + ["de"] * 12, "5 of the newest 5 items are in en, before 12 of 12 were in de"),
    "one_german_among_them": (["en", "en", "de", "en", "en"] + ["de"] * 9 + ["en"], "4 of the newest 5 items are in en, before 9 of 10 were in de"),
    "as_always": (["de"] * 20, ""),
    "by_turns": (["de", "en"] * 10, ""),
    "too_few_to_tell": (["en"] * 5 + ["de"] * 3, ""),
    "a_single_one": (["en"] + ["de"] * 15, ""),
    "nobody_could_tell": (["und"] * 5 + ["de"] * 15, ""),
    "turned_long_ago": (["en"] * 30 + ["de"] * 10, ""),
}  # fmt: skip


@pytest.mark.parametrize(("languages", "words"), DRIFTS.values(), ids=DRIFTS)
def test_another_language_than_usual_is_told(languages: list[str], words: str):
    """Section 6: language drift, from the items' own language; the declared one is often wrong."""
    assert health.language_drift(languages) == words


def test_language_drift_is_for_an_editor_to_see_until_it_is_over():
    """It stands in the evidence, makes the source odd, and goes when the language is usual again."""
    state = replace(STATE, last_result=FetchResult.OK, last_success=NOW)
    policy = identity.Policy.parse("")

    def look(before: SourceState, languages: list[str]) -> SourceState:
        return health.noted(
            before, before=policy, policy=policy, document=None, new=0, reissued=0, quarantined=0, now=NOW,
            languages=languages,
        )  # fmt: skip

    drifted = look(state, ["en"] * 5 + ["de"] * 12)
    found = health.report(SOURCE, drifted, NOW)
    assert (found.mark, found.needs_attention) == (health.Mark.ODD, True)
    assert "in en" in found.evidence[0]
    assert health.report(SOURCE, look(drifted, ["en"] * 20), NOW).mark is health.Mark.WELL
