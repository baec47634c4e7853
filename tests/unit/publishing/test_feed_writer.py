"""Every feed we write is valid by our own rules, whatever stands in a story; equal channels are equal bytes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsdigest.adapters.calendar_channel import CalendarChannel
from newsdigest.adapters.feed_writer import FeedWriter
from newsdigest.model.channels import Channel, ChannelEntry, ChannelFile, guid
from newsdigest.model.items import EventDates
from newsdigest.publishing import validity
from newsdigest.text.urls_public import public_url

WRITER = FeedWriter()
AT = datetime(2026, 3, 12, 9, tzinfo=UTC)
ODD = [
            "]]>", "<![CDATA[x]]>", "😀👨‍👩‍👧", "\u202eevil\u202c", "שלום עולם مرحبا", "\x00\x01\x0b\x1f", "\ufffe\uffff\ufdd0",
            "\ud800", "<script>alert(1)</script>", "F&E &amp; &#0; &nbsp;", "<b>fett</b>", "p < 0.05 & q > 1", "\r\n\t x",
            "{{ 7*7 }}", "a" * 300, "", " ", "\x85\x9c", "🇩🇪\U0010ffff\U0001fffe", 'x" onclick="y', "--><!--", "?><!ENTITY x>",
]  # fmt: skip
RANGES = (
    (0, 0x20),
    (0x20, 0x7F),
    (0x7F, 0x250),
    (0x590, 0x700),
    (0x2000, 0x2070),
    (0xD800, 0xE000),
    (0xFD00, 0x10000),
    (0x1F300, 0x1FAFF),
)
NASTY = st.one_of(st.text(max_size=120), st.sampled_from(ODD))
LINKS = [
    "https://a.example/",
    "https://münchen.example/ä?b=c&d=ü#f",
    "http://a.example/?p=1%zz",
    "https://a.example:8443/x;y=1",
]
URLS = st.sampled_from(LINKS)


@st.composite
def entries(draw: st.DrawFn) -> ChannelEntry:
    """Any story that may stand in a channel."""
    number = draw(st.integers(0, 10**9))
    day = draw(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
    event = EventDates(
        start=day, end=draw(st.none() | st.just(day + timedelta(days=2))), start_time=draw(st.none() | st.just(time(9, 30))),
        end_time=draw(st.none() | st.just(time(17))), place=draw(NASTY),
    )  # fmt: skip
    return ChannelEntry(
        guid=guid(f"s{number}", "de"),
        story_id=f"s{number}",
        title=draw(NASTY),
        teaser=draw(NASTY),
        url=public_url(draw(URLS)) or "",
        organisation=draw(NASTY),
        published=AT - timedelta(minutes=number % 100_000),
        changed=AT,
        source_name=draw(NASTY),
        source_url=public_url(draw(URLS)) or "",
        text_language=draw(st.sampled_from(["", "en"])),
        topics=(("medtech", draw(NASTY.filter(lambda text: bool(text.strip("\x00 \r\n\t")))) or "x"),),
        notices=(draw(NASTY),),
        event=draw(st.none() | st.just(event)),
        deadline=draw(st.none() | st.just(day)),
        enclosure=draw(
            st.none() | st.just(ChannelFile(url="https://a.example/x.pdf", type="application/pdf"))
        ),
        is_advertisement=draw(st.booleans()),
    )


def make_channel(*stories: ChannelEntry, id_: str = "events") -> Channel:
    return Channel(
        id=id_, language="de", title="Verband: Alle", description="Alle Nachrichten", publisher="Verband",
        url=f"https://news.example/feeds/de/{id_}", home_url="https://verband.example/", entries=stories,
    )  # fmt: skip


def troubles(channel: Channel) -> list[str]:
    """Every rule any of the four formats of a channel breaks."""
    made = {"rss": WRITER.rss(channel), "atom": WRITER.atom(channel), "json": WRITER.json(channel)}
    made["ics"] = CalendarChannel().calendar(channel)
    return [
        f"{form}: {line}"
        for form, body in made.items()
        for line in validity.problems(body, form, url=f"{channel.url}.{form}")
    ]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(entries(), max_size=6, unique_by=lambda entry: entry.guid))
def test_generated_channels_are_valid(stories: list[ChannelEntry]):
    """Channels of emoji, `]]>`, right-to-left text and controls: 0 errors; a failing one is made small."""
    assert troubles(make_channel(*stories)) == []


def drawn(random: Random) -> str:
    """Odd words: fragments that break naive writers, and code points from everywhere."""
    pieces = [
        random.choice(ODD)
        if random.random() < 0.5
        else "".join(chr(random.randrange(*random.choice(RANGES))) for _ in range(random.randrange(12)))
        for _ in range(random.randrange(5))
    ]
    return random.choice(("", " ", "\n")).join(pieces)


def drawn_entry(random: Random, number: int) -> ChannelEntry:
    """Any story, drawn fast: `entries` makes failures small, this makes many."""
    day = date(2020, 1, 1) + timedelta(days=random.randrange(4000))
    event = EventDates(start=day, start_time=random.choice((None, time(9, 30))), place=drawn(random))
    return ChannelEntry(
        guid=guid(f"s{number}", "de"), story_id=f"s{number}", title=drawn(random), teaser=drawn(random),
        url=public_url(random.choice(LINKS)) or "", organisation=drawn(random), changed=AT,
        published=AT - timedelta(minutes=random.randrange(100_000)), source_name=drawn(random),
        source_url=public_url(random.choice(LINKS)) or "", text_language=random.choice(("", "en")),
        topics=(("medtech", drawn(random)),), notices=(drawn(random),), event=random.choice((None, event)),
        deadline=random.choice((None, day)), is_advertisement=random.random() < 0.1,
    )  # fmt: skip


def test_a_thousand_channels_are_valid():
    """1,000 channels of 0 to 6 odd stories, each in four formats, by the 20 rules and more: 0 errors."""
    random = Random(20260312)
    for number in range(1000):
        stories = [drawn_entry(random, number * 10 + n) for n in range(random.randrange(7))]
        assert troubles(make_channel(*stories)) == [], number


@pytest.mark.parametrize("number", [0, 1, 500])
def test_empty_and_long_channels_are_valid(number: int):
    """A channel without a story is a channel; 500 stories are one too."""
    stories = [
        ChannelEntry(
            guid=guid(f"s{n}", "de"),
            story_id=f"s{n}",
            title=f"Meldung {n}",
            teaser="Ein Satz.",
            url=f"https://a.example/{n}",
            organisation="Muldenmed",
            published=AT,
            changed=AT,
        )
        for n in range(number)
    ]
    assert troubles(make_channel(*stories)) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(entries(), max_size=3, unique_by=lambda entry: entry.guid))
def test_equal_channels_are_equal_bytes(stories: list[ChannelEntry]):
    """P25: nothing of the moment of writing stands in a feed."""
    first, second = make_channel(*stories), make_channel(*stories)
    assert [WRITER.rss(first), WRITER.atom(first), WRITER.json(first), CalendarChannel().calendar(first)] == [
        WRITER.rss(second), WRITER.atom(second), WRITER.json(second), CalendarChannel().calendar(second),
    ]  # fmt: skip


BROKEN = {
    "no_guid": (b"<guid isPermaLink=\"false\">", b"<guid>", "V9"),
    "relative_link": (b"<link>https://a.example/1</link>", b"<link>/1</link>", "V11"),
    "no_zone": (b"GMT</pubDate>", b"</pubDate>", "V10"),
    "wrong_weekday": (b"Thu, 12 Mar", b"Mon, 12 Mar", "V10"),
    "other_self": (b"feeds/de/events.rss", b"feeds/de/other.rss", "V4"),
    "not_xml": (b"</channel>", b"</chanel>", "V1"),
    "entity": (b"<rss ", b"<!DOCTYPE rss [<!ENTITY x \"y\">]><rss ", "V1"),
    "script": (b"&lt;p&gt;Ein", b"&lt;script&gt;Ein", "V13"),
    "markup_in_title": (b"<title>Meldung", b"<title>&lt;b&gt;Meldung", "V13"),
    "control": (b"Ein Satz", b"Ein \x0bSatz", "V1"),
    "language": (b"<language>de<", b"<language>deutsch!<", "V5"),
    "no_title": (b"<title>Verband: Alle</title>", b"<title></title>", "V3"),
    "two_links": (b"<link>https://a.example/1</link>", b"<link>https://a.example/1</link><link>https://a.example/2</link>", "V8"),
    "unknown_element": (b"<link>https://a.example/1</link>", b"<link>https://a.example/1</link><foo/>", "V13"),
    "empty_category": (b"<category>Medizintechnik<", b"<category><", "V14"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_the_check_sees_what_is_broken(name: str):
    """Each rule fires on a feed that breaks it, so that silence means something."""
    before, after, rule = BROKEN[name]
    story = ChannelEntry(
        guid=guid("s1", "de"), story_id="s1", title="Meldung 1", teaser="Ein Satz.", url="https://a.example/1",
        organisation="M", published=AT, changed=AT, topics=(("medtech", "Medizintechnik"),),
    )  # fmt: skip
    good = WRITER.rss(make_channel(story))
    assert before in good
    found = validity.problems(
        good.replace(before, after), "rss", url="https://news.example/feeds/de/events.rss"
    )
    assert any(line.startswith(f"{rule}:") for line in found), found


def test_the_same_id_twice_is_seen():
    """V6: two entries may not share an id."""
    story = ChannelEntry(
        guid="urn:uuid:x",
        story_id="s1",
        title="A",
        teaser="B",
        url="https://a.example/1",
        organisation="M",
        published=AT,
        changed=AT,
    )
    channel = make_channel(story, story)
    for form, body in (
        ("rss", WRITER.rss(channel)),
        ("atom", WRITER.atom(channel)),
        ("json", WRITER.json(channel)),
    ):
        assert any(line.startswith("V6") for line in validity.problems(body, form)), form


def test_titles_that_look_like_markup_stay_text():
    """A reader that guesses must not take `<b>` in a title for bold; `p < 0.05` stays as it is."""
    story = ChannelEntry(
        guid=guid("s1", "de"), story_id="s1", title="p < 0.05: <b>F&E</b>", teaser="", url="https://a.example/1",
        organisation="", published=AT, changed=AT,
    )  # fmt: skip
    assert "p &lt; 0.05: ‹b›F&amp;E‹/b›" in WRITER.rss(make_channel(story)).decode()


def make_event(**changes: Any) -> ChannelEntry:
    event = EventDates(**{"start": date(2026, 4, 14), **changes})
    return ChannelEntry(
        guid=guid("s1", "de"), story_id="s1", title="Reise", teaser="", url="https://a.example/1", organisation="V",
        published=AT, changed=AT, kind="event", event=event,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "line", "start", "calendar"),
    [
        (
            {"start_time": time(18, 30), "end_time": time(20), "place": "Leipzig"},
            "14.04.2026, 18:30–20:00 Uhr, Leipzig", "2026-04-14T18:30", (b"DTSTART:20260414T163000Z", b"DTEND:20260414T180000Z"),
        ),
        (
            {"end": date(2026, 4, 16), "start_time": time(9), "is_online": True},
            "14.04.2026 – 16.04.2026, online", "2026-04-14T09:00", (b"DTSTART;VALUE=DATE:20260414", b"DTEND;VALUE=DATE:20260417"),
        ),
        (
            {"start": date(2026, 4, 1), "end": date(2026, 4, 30), "precision": "month"},
            "04.2026", "2026-04-01", (b"END:VCALENDAR",),
        ),
        ({"is_cancelled": True}, "Abgesagt: 14.04.2026", "2026-04-14", (b"STATUS:CANCELLED",)),
    ],
    ids=["hours", "days", "month", "cancelled"],
)  # fmt: skip
def test_events_say_when_they_are(
    changes: dict[str, Any], line: str, start: str, calendar: tuple[bytes, ...]
):
    """In words for people, as data for websites, and in a calendar where the day is known."""
    channel = make_channel(make_event(**changes))
    made = json.loads(WRITER.json(channel))["items"][0]
    assert made["content_html"] == f"<p>{line}</p>"
    assert (made["_newsdigest"]["kind"], made["_newsdigest"]["start"]) == ("event", start)
    assert all(part in CalendarChannel().calendar(channel) for part in calendar)
    assert (b"VEVENT" in CalendarChannel().calendar(channel)) is (changes.get("precision") is None)
    assert troubles(channel) == []


@pytest.mark.parametrize(
    ("wrong", "right", "rule"),
    [
        (b"DTEND;VALUE=DATE:20260415", b"DTEND;VALUE=DATE:20260414", "V22"),
        (b"DTEND;VALUE=DATE:20260415", b"DTEND:20260415T100000Z", "V21"),
    ],
)
def test_a_calendar_that_ends_before_it_begins_is_found(wrong: bytes, right: bytes, rule: str):
    """Days and instants do not mix, and an end that is no later is no end (RFC 5545, section 3.6.1)."""
    made = CalendarChannel().calendar(make_channel(make_event()))
    assert validity.problems(made, "ics") == []
    assert [line[:3] for line in validity.problems(made.replace(wrong, right), "ics")] == [rule]


def test_two_events_need_two_ids():
    made = CalendarChannel().calendar(make_channel(make_event()))
    event = made[made.index(b"BEGIN:VEVENT") : made.index(b"END:VCALENDAR")]
    assert [line[:3] for line in validity.problems(made.replace(event, event + event), "ics")] == ["V23"]
