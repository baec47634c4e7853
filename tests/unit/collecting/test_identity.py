"""The same entry again? Twenty pathologies over thirty days: nothing new twice, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.collecting import identity, normalisation, sameness
from newsdigest.collecting.identity import Change, Policy
from newsdigest.model.entries import Entry
from newsdigest.model.items import ItemState
from newsdigest.model.sources import Source
from newsdigest.ports.storage.items import ItemHead

BEGIN = datetime(2026, 3, 1, 8, tzinfo=UTC)
SOURCE = Source(id="haus", name="Haus", url="https://haus.example/feed")
DAYS = 30
WORDS = [
    "Sensor",
    "Wirkstoff",
    "Labor",
    "Förderung",
    "Impfstoff",
    "Klinik",
    "Campus",
    "Messe",
    "Studie",
    "Patent",
    "Diagnostik",
    "Zelle",
]


@dataclass
class Memory:
    """What the store would keep for one source."""

    aliases: dict[str, str] = field(default_factory=dict)
    heads: dict[str, ItemHead] = field(default_factory=dict)
    policy: Policy = field(default_factory=Policy)
    told: list[str] = field(default_factory=list)  # titles told as new, in order

    def look(self, entries: list[Entry]) -> None:
        candidates = [normalisation.prepare(entry, SOURCE) for entry in entries]
        verdicts, self.policy = identity.compare(
            candidates, source_id=SOURCE.id, known=self.aliases, heads=self.heads, policy=self.policy
        )
        for verdict in verdicts:
            one = verdict.candidate
            if verdict.change is Change.NEW:
                assert verdict.item_id not in self.heads
                self.told.append(one.title)
            if verdict.change in (Change.NEW, Change.CHANGED):
                self.heads[verdict.item_id] = ItemHead(
                    id=verdict.item_id, guid=one.entry.guid, url=one.entry.url or "", title=one.title,
                    published=one.entry.published, fingerprint=one.fingerprint, state=ItemState.FRESH,
                )  # fmt: skip
            for alias in verdict.aliases:
                self.aliases.setdefault(alias, verdict.item_id)


def headline(number: int) -> str:
    return f"{WORDS[number % 12]} und {WORDS[(number * 5 + 3) % 12]} in Sachsen: Bericht {number} des Hauses"


def text(number: int) -> str:
    return (
        f"<p>{headline(number)}. "
        + " ".join(f"Absatz {number} nennt {word} und Zahl {number * 7}." for word in WORDS)
        + "</p>"
    )


def entry(number: int, **facts: object) -> Entry:
    made: dict[str, object] = {
        "guid": f"news-{number}",
        "url": f"https://haus.example/news/{number}",
        "title": headline(number),
        "content_html": text(number),
        "published": BEGIN + timedelta(days=number, hours=1),
    }
    return Entry(**(made | facts))  # type: ignore[arg-type]


def served(day: int, count: int = 10) -> range:
    """The numbers of the entries on the feed that day: one a day, the newest ten."""
    return range(max(0, day - count + 1), day + 1)


Feed = Callable[[int], list[Entry]]


def each(make: Callable[[int, int], Entry], count: int = 10) -> Feed:
    return lambda day: [make(day, number) for number in reversed(served(day, count))]


SCENARIOS: dict[str, Feed] = {
    "well_behaved": each(lambda _d, n: entry(n)),
    "http_becomes_https": each(
        lambda d, n: entry(
            n,
            guid=f"http{'s' if d > 12 else ''}://haus.example/?p={n}",
            url=f"http{'s' if d > 12 else ''}://haus.example/news/{n}",
        )
    ),
    "host_moves": each(
        lambda d, n: entry(
            n,
            guid=f"https://{'neu' if d > 12 else 'alt'}.example/?p={n}",
            url=f"https://{'neu' if d > 12 else 'alt'}.example/news/{n}",
        )
    ),
    "guid_rotates": each(lambda d, n: entry(n, guid=f"session-{d}-{n}")),
    "guid_rotates_and_titles_are_edited": each(lambda d, n: entry(n, guid=f"s-{d}-{n}", title=headline(n) + (" (Update)" if d > n + 2 else ""))),
    "no_guid": each(lambda _d, n: entry(n, guid=None)),
    "no_guid_no_link": each(lambda _d, n: entry(n, guid=None, url=None)),
    "no_guid_no_link_no_date": each(lambda _d, n: entry(n, guid=None, url=None, published=None)),
    "all_guids_equal": each(lambda _d, n: entry(n, guid="https://haus.example/")),
    "all_links_equal": each(lambda _d, n: entry(n, url="https://haus.example/aktuelles.html")),
    "all_links_the_home_page": each(lambda _d, n: entry(n, guid=None, url="https://haus.example/")),
    "guid_is_the_headline_and_headlines_are_edited": each(
        lambda d, n: entry(n, guid=headline(n) + ("!" * (d > n + 3)), title=headline(n) + ("!" * (d > n + 3)))
    ),
    "one_guid_used_twice": each(lambda _d, n: entry(n, guid=f"news-{n - n % 2}")),
    "one_entry_with_a_constant_guid": each(lambda _d, n: entry(n, guid="latest"), count=1),
    "one_entry_with_a_constant_link": each(lambda _d, n: entry(n, url="https://haus.example/neu.html"), count=1),
    "tracking_parameters_change": each(lambda d, n: entry(n, guid=None, url=f"https://haus.example/news/{n}?utm_campaign=d{d}&fbclid={d}")),
    "text_counts_comments": each(
        lambda d, n: entry(n, content_html=text(n) + f"<p>vor {d - n + 1} Tagen, {d * 3} Kommentare</p>")
    ),
    "dates_move_at_every_look": each(lambda d, n: entry(n, published=BEGIN + timedelta(days=d))),
    "dates_vanish": each(lambda d, n: entry(n, published=None if d > 10 else BEGIN + timedelta(days=n))),
    "entries_listed_twice": lambda day: [e for n in served(day) for e in (entry(n), entry(n))],
    "order_is_shuffled": lambda day: sorted((entry(n) for n in served(day)), key=lambda e: hash((e.guid, day)) % 97),
    "bodies_come_and_go": each(lambda d, n: entry(n, content_html=text(n) if (d + n) % 3 else "")),
    "titles_are_edited_under_one_link": each(lambda d, n: entry(n, title=headline(n) if d < n + 4 else f"Neu gefasst {n}: anderer Titel")),
    "relaunch_with_new_guids_links_and_dates": each(
        lambda d, n: entry(n)
        if d <= 15 or n > 15
        else entry(n, guid=f"relaunch-{n}", url=f"https://haus.example/aktuelles/{n}-neu/", published=BEGIN + timedelta(days=16))
    ),
    "feed_is_empty_for_a_week": lambda day: [] if 10 <= day < 17 else [entry(n) for n in served(day, 12)],
    "two_jobs_under_one_headline": lambda day: [
        entry(n, title="Servicetechniker (m/w/d) gesucht im Außendienst", published=BEGIN, content_html=f"<p>Stelle {n} in Region {WORDS[n]}</p>")
        for n in range(2)
    ],
}  # fmt: skip


def expected(name: str) -> int:
    """How many different pieces of news the scenario holds."""
    return {"two_jobs_under_one_headline": 2, "feed_is_empty_for_a_week": 30}.get(name, DAYS)


def test_there_are_enough_scenarios():
    """The promise is twenty."""
    assert len(SCENARIOS) >= 20


@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_twice_and_nothing_lost(name: str):
    """Over thirty days each piece of news is told exactly once."""
    memory = Memory()
    for day in range(DAYS):
        memory.look(SCENARIOS[name](day))
        memory.look(SCENARIOS[name](day))  # and the same again an hour later
    assert len(memory.told) == expected(name)


def test_policy_survives_being_written():
    """What was learnt is read back as it was."""
    policy = Policy().without(kinds="g", aliases=["l:1", "t:2"])
    assert Policy.parse(str(policy)) == policy
    assert Policy.parse("") == Policy()


@given(
    st.sets(st.sampled_from("glt")), st.sets(st.from_regex(r"[glt]:[0-9a-f]{4}", fullmatch=True), max_size=90)
)
def test_policy_only_ever_grows(kinds: set[str], aliases: set[str]):
    """A kind or alias once distrusted is never trusted again."""
    before = Policy().without(kinds=kinds, aliases=aliases)
    after = before.without(aliases=["g:ffff"])
    assert not any(after.trusts(alias) for alias in aliases)
    assert before.distrusted <= after.distrusted


@given(st.permutations(range(6)))
def test_order_within_a_document_does_not_matter(order: list[int]):
    """The same entries in another order are the same news."""
    memory = Memory()
    memory.look([entry(n) for n in order])
    assert set(memory.heads) == set(_ids(range(6)))


def _ids(numbers: range) -> Iterator[str]:
    from newsdigest.model import ids

    yield from (ids.item_id(SOURCE.id, f"news-{n}") for n in numbers)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("vor 3 Stunden", "vor 4 Stunden"),
        ("12 Kommentare", "15 Kommentare"),
        ("2 hours ago", "3 hours ago"),
        ("(3 comments)", "(8 comments)"),
        ("Bild https://cdn.example/a.jpg?v=1", "Bild https://cdn.example/a.jpg?v=2"),
    ],
)
def test_what_changes_at_every_look_is_no_change(before: str, after: str):
    """Counters, relative times and cache busters are not news."""
    assert sameness.normalised(f"Text {before} Ende") == sameness.normalised(f"Text {after} Ende")


def test_a_corrected_number_is_a_change():
    """An amount that is corrected is."""
    assert sameness.normalised("3,84 Millionen Euro") != sameness.normalised("3,48 Millionen Euro")


@given(st.text(max_size=60))
def test_words_by_table_are_the_words_of_the_pattern(text: str) -> None:
    """The quick way to words alone gives what the pattern gives, for every script."""
    assert " ".join(sameness._BETWEEN_WORDS.sub(" ", text).split()) == sameness._words_only(text)


@given(st.text(max_size=60) | st.text(st.characters(max_codepoint=255), max_size=60))
def test_the_quick_casefold_is_the_usual_one(text: str):
    """Fingerprints of stored items hold: the table of bytes gives what `str.casefold` gives."""
    assert text.casefold() == sameness._casefolded(text)
