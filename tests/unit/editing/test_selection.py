"""Which stories stand where, in which language, and which wait with which reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.editing_store import SEEN, make_item, make_source, make_story
from tests.edition_world import DAY, SEND_AT, WINDOW, make_newsletter

from newsdigest.editing.selection import Material, Selection, select
from newsdigest.model.items import EventDates, Image, Item, ItemState, Kind, TopicScore
from newsdigest.model.sources import Source, SourceKind, SourceType, Trust
from newsdigest.model.stories import Story

OWN = make_source("verband", type=SourceType.ASSOCIATION, trust=Trust.OWN)


def chosen(
    *groups: tuple[Item, ...] | Story,
    items: tuple[Item, ...] = (),
    sources: tuple[Source, ...] = (),
    **more: Any,
) -> Selection:
    stories = [group if isinstance(group, Story) else make_story(*group) for group in groups]
    found = [*items, *(item for group in groups if not isinstance(group, Story) for item in group)]
    known = {source.id: source for source in sources}
    for item in found:
        known.setdefault(item.source_id, make_source(item.source_id))
    newsletter = more.pop("newsletter", make_newsletter())
    material = Material(stories=stories, items={item.id: item for item in found}, sources=known, **more)
    return select(material, newsletter, window=WINDOW, day=DAY, send_at=SEND_AT)


DAY_OF_START = datetime.combine(WINDOW[0].date(), time(), ZoneInfo("Europe/Berlin"))
FIRST_OF_MONTH = DAY_OF_START.replace(day=1)


def placed(selection: Selection, language: str = "de") -> list[tuple[str, str]]:
    return [(p.section_id, p.headline) for p in selection.placements if p.language == language]


def test_a_story_stands_once_with_its_other_tellings():
    """Told by three, it stands once, led by the preferred source, and names the others."""
    own = make_item(1, "verband", title="Eigene Meldung")
    member, portal = make_item(2, "muldenmed"), make_item(3, "portal")
    made = chosen((portal, member, own), sources=(OWN, make_source("portal", type=SourceType.PORTAL)))
    [de] = [p for p in made.placements if p.language == "de"]
    assert (de.section_id, de.headline) == ("own", "Eigene Meldung")
    assert set(de.also_at) == {("Muldenmed", member.url), ("Portal", portal.url)}


def test_language_twins_go_to_their_editions():
    """Each edition tells the story in its own language, and the association's English text is not needed for the German."""
    german, english = make_item(1, title="Deutsch"), make_item(2, language="en", title="English")
    made = chosen((german, english))
    assert placed(made, "de") == [("members", "Deutsch")]
    assert placed(made, "en") == [("members", "English")]


def test_one_language_stories_stand_in_a_list():
    """German only: in the English edition a title under "In German", never a German teaser."""
    made = chosen((make_item(1, title="Nur deutsch"),))
    [english] = [p for p in made.placements if p.language == "en"]
    assert (english.section_id, english.text_language, english.teaser) == ("in-de", "de", "")


def test_other_languages_may_be_left_out():
    """As the newsletter is configured."""
    made = chosen((make_item(1),), newsletter=make_newsletter(other_language="omit"))
    assert placed(made, "en") == []


def test_proposed_pairs_count_as_one():
    """What is only suspected to be the same stands once until an editor splits it."""
    first, second = make_item(1), make_item(2, "klinik")
    made = chosen(make_story(first, proposed_ids=(second.id,)), items=(first, second))
    assert len(placed(made)) == 1


@pytest.mark.parametrize(
    ("item", "is_in"),
    [
        (make_item(first_seen=WINDOW[0]), True),
        (make_item(first_seen=WINDOW[0] - timedelta(seconds=1)), False),
        (make_item(first_seen=WINDOW[1] - timedelta(seconds=1)), True),
        (make_item(first_seen=WINDOW[1]), False),
        (make_item(published=None), True),
        (make_item(published=SEEN - timedelta(days=20)), True),
        (make_item(published=SEEN - timedelta(days=200)), False),
        (make_item(published=SEEN + timedelta(days=900)), True),
        (make_item(state=ItemState.BASE_LINE), True),
        (make_item(state=ItemState.BASE_LINE, published=WINDOW[0] - timedelta(days=1)), False),
        (make_item(state=ItemState.BASE_LINE, published=None), False),
        (make_item(state=ItemState.BASE_LINE, published=DAY_OF_START, is_date_only=True), True),
        (make_item(state=ItemState.BASE_LINE, published=DAY_OF_START - timedelta(days=1), is_date_only=True), False),
        (make_item(state=ItemState.BASE_LINE, published=FIRST_OF_MONTH, is_date_only=True), False),
        (make_item(state=ItemState.BASE_LINE, published=FIRST_OF_MONTH, is_date_only=True, kind=Kind.NEW_MEMBER), True),
        (make_item(state=ItemState.BASE_LINE, published=FIRST_OF_MONTH, kind=Kind.NEW_MEMBER), False),
    ],
    ids=["start", "before", "last_second", "end", "no_date", "late_date", "old_stock", "future_date", "base_line_news",
         "base_line_stock", "base_line_undated", "day_of_the_start", "day_before", "first_of_the_month", "member_since_this_month",
         "member_at_midnight"],
)  # fmt: skip
def test_window_goes_by_first_seen(item: Item, is_in: bool):
    """Start inclusive, end exclusive; what a new source held before is stock unless published within."""
    assert bool(placed(chosen((item,)))) is is_in


@pytest.mark.parametrize("state", [ItemState.WITHDRAWN, ItemState.QUARANTINED, ItemState.TOMBSTONE])
def test_withdrawn_and_quarantined_never_stand(state: ItemState):
    """Nor do they wait: the reason is noted."""
    made = chosen((make_item(state=state),))
    assert (made.placements, made.waiting) == ((), ())
    assert made.left_out


def test_withdrawn_telling_leaves_the_others():
    """One telling is taken back; the story is led by the next."""
    gone, stays = make_item(1, "verband", state=ItemState.WITHDRAWN), make_item(2, title="Bleibt")
    assert placed(chosen((gone, stays), sources=(OWN,))) == [("members", "Bleibt")]


def test_taken_down_stories_never_stand():
    """A takedown holds for every edition to come."""
    story = make_story(make_item())
    assert chosen(story, items=(make_item(),), taken_down=frozenset({story.id})).placements == ()


@pytest.mark.parametrize(("hours", "is_in"), [(-1, True), (0, True), (1, False)])
def test_embargo_is_honoured(hours: int, is_in: bool):
    """Over when the mail goes: in. Not over: it waits, and is carried to the next edition."""
    item = make_item(embargo_until=SEND_AT + timedelta(hours=hours))
    made = chosen((item,))
    assert bool(placed(made)) is is_in
    assert [p.held for p in made.waiting if p.language == "de"] == ([] if is_in else ["embargo"])


def test_what_waited_for_an_embargo_is_carried_over():
    """First seen before the window, but held back then: it stands now."""
    item = make_item(first_seen=WINDOW[0] - timedelta(days=2), published=WINDOW[0] - timedelta(days=2))
    story = make_story(item)
    assert placed(chosen(story, items=(item,), carried=frozenset({story.id})))


def test_low_trust_waits_for_a_look():
    """An open portal alone never gets in; beside a trusted telling it is not even named."""
    portal = make_source("portal", type=SourceType.PORTAL, trust=Trust.LOW)
    alone = chosen((make_item(1, "portal"),), sources=(portal,))
    assert (alone.placements, {p.held for p in alone.waiting}) == ((), {"low_trust"})
    told = chosen((make_item(1, "portal"), make_item(2, title="Das Mitglied")), sources=(portal,))
    assert placed(told) == [("members", "Das Mitglied")]
    assert told.placements[0].also_at == ()


def test_newspapers_give_a_headline_only():
    """Title and link, no teaser, in the press review (press publishers' right)."""
    paper = make_source("zeitung", type=SourceType.NEWSPAPER, trust=Trust.HEADLINE)
    made = chosen((make_item(1, "zeitung"),), sources=(paper,))
    [de] = [p for p in made.placements if p.language == "de"]
    assert (de.section_id, de.teaser) == ("press", "")


@pytest.mark.parametrize(
    ("kind", "dates", "is_in"),
    [
        (Kind.EVENT, {"event": EventDates(start=DAY)}, True),
        (Kind.EVENT, {"event": EventDates(start=DAY - timedelta(days=1))}, False),
        (Kind.EVENT, {"event": EventDates(start=DAY - timedelta(days=3), end=DAY)}, True),
        (Kind.CALL, {"deadline": DAY}, True),
        (Kind.CALL, {"deadline": DAY - timedelta(days=1)}, False),
        (Kind.JOB, {"deadline": DAY - timedelta(days=1)}, False),
        (Kind.JOB, {"published": SEEN - timedelta(days=90)}, False),
        (Kind.NEWS, {"deadline": DAY - timedelta(days=9)}, True),
    ],
    ids=[
        "event_today",
        "event_over",
        "event_runs",
        "call_today",
        "call_over",
        "job_over",
        "job_stale",
        "news_with_date",
    ],
)
def test_what_is_over_is_not_announced(kind: Kind, dates: dict[str, Any], is_in: bool):
    """A past event is never announced, an expired call never offered."""
    assert bool(placed(chosen((make_item(kind=kind, **dates),)))) is is_in


def test_events_by_start_and_calls_by_deadline():
    """Not by publication."""
    events = [(make_item(n, kind=Kind.EVENT, title=t, event=EventDates(start=date(2026, m, 20))),)
              for n, t, m in ((1, "Mai", 5), (2, "März", 3), (3, "Oktober", 10))]  # fmt: skip
    calls = [(make_item(n, kind=Kind.CALL, title=t, deadline=d),)
             for n, t, d in ((4, "spät", date(2026, 6, 1)), (5, "ohne", None), (6, "bald", date(2026, 3, 20)))]  # fmt: skip
    made = placed(chosen(*events, *calls))
    assert [title for section, title in made if section == "events"] == ["März", "Mai", "Oktober"]
    assert [title for section, title in made if section == "calls"] == ["bald", "spät", "ohne"]


def test_sent_before_is_never_sent_again():
    """Neither what stood in an earlier edition nor what an editor dropped there."""
    item = make_item()
    story = make_story(item)
    assert placed(chosen(story, items=(item,), placed=frozenset({(story.id, "de")})), "de") == []


def test_fair_share_among_members():
    """As many of one organisation stand as its section lets in; the least of them wait, with the reason."""
    share = next(
        section.per_organisation for section in make_newsletter().sections if section.id == "members"
    )
    many = [(make_item(n, title=f"T{n}", published=SEEN - timedelta(hours=n)),) for n in range(1, 6)]
    made = chosen(*many, (make_item(9, "klinik", title="Andere"),))
    assert len([t for s, t in placed(made) if t.startswith("T")]) == share == 2
    assert ("members", "Andere") in placed(made)
    assert {p.held for p in made.waiting if p.language == "de"} == {"fair_share"}


def test_a_folder_of_releases_is_not_one_organisation():
    """Releases name their own organisation or none; only what one of them says too often has to wait."""
    post = make_source("post", kind=SourceKind.FOLDER, organisation="", name="Pressepostfach")
    unsaid = [(make_item(n, "post", title=f"U{n}"),) for n in range(1, 5)]
    named = [(make_item(n, "post", title=f"N{n}", organisation="Dentara GmbH"),) for n in range(11, 14)]
    made = chosen(*unsaid, *named, sources=(post,))
    shown = {p.headline: p.organisation for p in made.placements if p.language == "de"}
    assert {title: name for title, name in shown.items() if title[0] == "U"} == dict.fromkeys(
        ("U1", "U2", "U3", "U4"), ""
    )
    assert [name for title, name in shown.items() if title[0] == "N"] == ["Dentara GmbH"] * 2
    assert [p.held for p in made.waiting if p.language == "de"] == ["fair_share"]


def test_no_limit_pushes_out_a_correction():
    """It is owed to the readers."""
    news = [(make_item(n, "verband"),) for n in range(1, 14)]
    made = chosen(
        *news, (make_item(99, "verband", kind=Kind.CORRECTION, title="Berichtigung"),), sources=(OWN,)
    )
    assert ("own", "Berichtigung") in placed(made)
    assert {p.held for p in made.waiting if p.language == "de"} == {"over_limit"}


def test_embargo_note_leaves_the_headline():
    """The note is kept as data; readers see the title."""
    item = make_item(title="SPERRFRIST 11. März 2026, 17:00 Uhr: Team entdeckt Schalter")
    assert placed(chosen((item,))) == [("members", "Team entdeckt Schalter")]


def test_notices_are_kept_whole():
    """Of the item and of its source, each once."""
    source = make_source("muldenmed", notices=("Mitfinanziert.",))
    made = chosen((make_item(notices=("Mitfinanziert.", "Gefördert.")),), sources=(source,))
    assert made.placements[0].notices == ("Mitfinanziert.", "Gefördert.")


@pytest.mark.parametrize(
    ("stored", "shows", "expected"), [("a.jpg", True, "a.jpg"), ("", True, ""), ("a.jpg", False, "")]
)
def test_pictures_only_as_our_own_copy(stored: str, shows: bool, expected: str):
    """Never hot-linked, and only where the source allows it (R29)."""
    image = Image(url="https://far.example/a.jpg", stored_as=stored, width=600, height=300)
    made = chosen((make_item(image=image),), sources=(make_source(shows_images=shows),))
    assert made.placements[0].image_url == expected


def test_order_of_input_does_not_matter():
    """The same material in any order gives the same edition (Q2)."""
    groups = [
        (make_item(n, source, title=f"{source} {n}"),) for n in range(8) for source in ("a", "b", "verband")
    ]
    expected = chosen(*groups, sources=(OWN,))
    for seed in range(5):
        turned = list(groups)
        Random(seed).shuffle(turned)
        assert chosen(*turned, sources=(OWN,)) == expected


def test_repeating_sections_show_what_is_not_over():
    """Where configured, an event sent last week stands again until it is over, unless an editor dropped it."""
    sections = tuple(replace(s, repeats=s.id == "events") for s in make_newsletter().sections)
    newsletter = make_newsletter(sections=sections)
    item = make_item(
        kind=Kind.EVENT,
        event=EventDates(start=date(2026, 5, 1)),
        first_seen=datetime(2026, 2, 20, tzinfo=UTC),
    )
    story = make_story(item)
    sent = frozenset({(story.id, "de"), (story.id, "en")})
    assert len(placed(chosen(story, items=(item,), placed=sent, newsletter=newsletter))) == 1
    assert placed(chosen(story, items=(item,), placed=sent, dropped=sent, newsletter=newsletter)) == []
    once = make_newsletter(sections=tuple(replace(section, repeats=False) for section in sections))
    assert placed(chosen(story, items=(item,), placed=sent, newsletter=once)) == []


def test_weeks_old_stories_do_not_come_as_news_of_the_other_language():
    """Told in German three weeks ago, it is no news in "In German" today; an event still ahead is."""
    old = WINDOW[0] - timedelta(days=5)
    stale = make_item(1, first_seen=old, published=old, title="Zahlen vom dritten Quartal")
    ahead = make_item(
        2, first_seen=old, published=old, title="Messe", kind=Kind.EVENT, event=EventDates(start=DAY + timedelta(days=9))
    )  # fmt: skip
    stories = [make_story(stale), make_story(ahead)]
    made = chosen(*stories, items=(stale, ahead), placed=frozenset((story.id, "de") for story in stories))
    assert {p.headline for p in (*made.placements, *made.waiting) if p.language == "en"} == {"Messe"}


def test_lists_of_the_other_language_keep_the_newest():
    """A list that is full keeps what is newest, newest first, however much the others weigh."""
    items = [
        make_item(n, f"quelle{n}", published=SEEN - timedelta(hours=n), topics=("medtech",) * (n % 2 + 1))
        for n in range(1, 6)
    ]
    made = chosen(*((item,) for item in items), newsletter=make_newsletter(other_language_limit=2))
    listed = sorted((p for p in made.placements if p.section_id == "in-de"), key=lambda p: p.position)
    assert [p.headline for p in listed] == ["Meldung 1 von quelle1", "Meldung 2 von quelle2"]


def test_what_was_dropped_does_not_come_back_in_the_other_language():
    """Dropped in German, it is not listed under "In German" either."""
    story = make_story(make_item())
    dropped = frozenset({(story.id, "de")})
    made = chosen(story, items=(make_item(),), placed=dropped, dropped=dropped)
    assert made.placements == ()


def test_an_open_portal_waits_though_a_member_tells_it_too():
    """What would be the text in German is the portal's: it waits there, and the member's stands in English."""
    portal = make_source("portal", type=SourceType.PORTAL, trust=Trust.LOW)
    german, english = make_item(1, "portal"), make_item(2, "muldenmed", language="en")
    made = chosen((german, english), sources=(portal,))
    assert [(p.language, p.held) for p in made.waiting] == [("de", "low_trust")]
    [stands] = made.placements
    assert (stands.language, stands.section_id) == ("en", "members")
    # Taken in after a look, it stands where the member's stands: both editions agree.
    assert made.waiting[0].section_id == "members"


@pytest.mark.parametrize(
    ("title", "topics", "is_in"),
    [
        ("Kryovia: Millionen für die Kälte (+)", (), True),
        ("Kliniken setzen auf Exoskelette", (TopicScore(id="care", score=0.53),), True),
        ("Brücke bleibt bis Pfingsten gesperrt", (TopicScore(id="digital-health", score=0.25),), False),
        ("Bäcker backt Brot mit Insektenmehl", (), False),
    ],
    ids=["names_a_member", "topic_in_headline", "word_by_the_way", "no_topic"],
)
def test_the_press_review_shows_what_concerns_readers(
    title: str, topics: tuple[TopicScore, ...], is_in: bool
):
    """A newspaper writes about everything: what neither names somebody we read nor says a topic waits for a look."""
    paper = make_source("zeitung", type=SourceType.NEWSPAPER, trust=Trust.HEADLINE)
    item = make_item(1, "zeitung", title=title)
    assert item.judgement
    item = replace(item, judgement=replace(item.judgement, topics=topics))
    made = chosen((item,), sources=(paper, make_source("kryovia", name="Kryovia GmbH – Aktuelles")))
    assert placed(made) == ([("press", title)] if is_in else [])
    assert [p.held for p in made.waiting if p.language == "de"] == ([] if is_in else ["no_topic"])


REPEATING = make_newsletter(
    sections=tuple(replace(s, repeats=s.id in ("events", "calls")) for s in make_newsletter().sections)
)
OLD = WINDOW[0] - timedelta(days=50)


def test_a_calendar_shows_what_is_ahead_whenever_it_was_announced():
    """What a new source held before is stock as news; its fair in October still stands, and counts as no news."""
    ahead = make_item(
        1, title="Messe", kind=Kind.EVENT, event=EventDates(start=date(2026, 10, 8)), state=ItemState.BASE_LINE, published=OLD
    )  # fmt: skip
    late = make_item(2, title="Nach der Frist gesehen", kind=Kind.EVENT, event=EventDates(start=date(2026, 10, 9)), first_seen=WINDOW[1])  # fmt: skip
    news = make_item(3, title="Alte Meldung", state=ItemState.BASE_LINE, published=OLD)
    made = chosen((ahead,), (late,), (news,), newsletter=REPEATING)
    assert placed(made) == [("events", "Messe")]
    assert [p.is_repeated for p in made.placements] == [True, True]
    once = make_newsletter(sections=tuple(replace(s, repeats=False) for s in REPEATING.sections))
    assert placed(chosen((ahead,), newsletter=once)) == []


def test_a_day_that_was_moved_elsewhere_is_not_printed():
    """The German page moved the conference, the English one still shows the old day: it waits with the reason."""
    moved = make_item(
        1, kind=Kind.EVENT, event=EventDates(start=date(2026, 10, 8), is_moved=True), title="Verschoben"
    )
    stale = make_item(
        2, language="en", kind=Kind.EVENT, event=EventDates(start=date(2026, 10, 6)), title="Save the date"
    )
    made = chosen((moved, stale))
    assert placed(made, "de") == [("events", "Verschoben")]
    assert [(p.headline, p.held) for p in made.waiting] == [("Save the date", "outdated")]


def test_lists_name_what_stands_in_the_other_edition():
    """What was too much for the German edition is not offered to English readers before what stands in it."""
    share = [
        (make_item(n, title=f"T{n}", published=SEEN - timedelta(hours=n), topics=("medtech",) * (5 - n)),) for n in range(1, 5)
    ]  # fmt: skip
    made = chosen(*share)
    shown = {p.headline for p in made.placements if p.language == "de"}
    assert {p.headline for p in made.placements if p.language == "en"} == shown
    assert {p.held for p in made.waiting if p.language == "en"} == {"over_limit"}


def test_a_story_stands_in_the_same_section_in_both_editions():
    """Its best telling says where, though the twin's words would suggest another section; an editor's word counts more."""
    german = make_item(1, title="Forschung", topics=("research",))
    english = make_item(2, language="en", published=SEEN, topics=("medtech",), title="Product")
    made = chosen((german, english))
    assert {p.language: p.section_id for p in made.placements} == {"de": "research", "en": "research"}
    assert english.judgement
    said = replace(english, judgement=replace(english.judgement, by_editor=("topics",)))
    made = chosen((german, said))
    assert {p.language: p.section_id for p in made.placements} == {"de": "research", "en": "members"}


def test_feeds_of_one_organisation_speak_with_one_voice():
    """Named without the part of the website; its other feed is no "also at"."""
    feeds = (
        make_source("a", name="vitasax e. V. – Aktuelles", type=SourceType.ASSOCIATION, trust=Trust.OWN),
        make_source(
            "b",
            name="vitasax e. V. – Projekte (Kategorie-Feed)",
            type=SourceType.ASSOCIATION,
            trust=Trust.OWN,
        ),
    )
    [de] = [
        p
        for p in chosen((make_item(1, "a"), make_item(2, "b")), sources=feeds).placements
        if p.language == "de"
    ]
    assert (de.organisation, de.also_at) == ("vitasax e. V.", ())


def test_a_vacancy_names_who_offers_it():
    """Not the list that passes it on: a label says it, or the employer's own telling."""
    board = make_source("jobs", name="Verband – Stellenbörse", type=SourceType.ASSOCIATION, trust=Trust.OWN)
    label = "Arbeitgeber: Vogtland Orthetik GmbH\nArbeitsort: Auerbach"
    labelled = make_item(1, "jobs", kind=Kind.JOB, deadline=DAY, text=label)
    plain = make_item(2, "jobs", kind=Kind.JOB, text="Wir suchen Verstärkung.")
    theirs = make_item(3, "klinik", kind=Kind.JOB, language="en", text="We are looking for a nurse.")
    made = chosen((labelled,), (plain, theirs), sources=(board,))
    assert {p.organisation for p in made.placements if p.language == "de"} == {
        "Vogtland Orthetik GmbH",
        "Klinik",
    }


def test_twins_share_a_closing_date():
    """Named in one language only, it stands in both editions."""
    german = make_item(1, kind=Kind.CALL, deadline=DAY + timedelta(days=9), title="Aufruf")
    english = make_item(2, language="en", kind=Kind.CALL, title="Call")
    made = chosen((german, english))
    assert {p.language: p.deadline for p in made.placements} == dict.fromkeys(
        ("de", "en"), DAY + timedelta(days=9)
    )


def test_a_letter_box_is_not_the_associations_voice():
    """A mail stands where its sender's news stand; from somebody unknown it is no "own news"."""
    post = make_source("post", kind=SourceKind.FOLDER, type=SourceType.ASSOCIATION, name="Postfach")
    known = make_item(1, "post", title="Vom Mitglied", organisation="Muldenmed")
    unknown = make_item(2, "post", title="Von irgendwem")
    made = chosen((known,), (unknown,), sources=(post, make_source()))
    assert placed(made) == [("members", "Vom Mitglied"), ("sector", "Von irgendwem")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("ERW-News: Muster AG legt Zahlen vor", "Muster AG legt Zahlen vor"),
        ("ERW-Adhoc: Muster AG resolves increase / Key word(s): Capital Increase", "ERW-Adhoc: Muster AG resolves increase"),
        ("Muster AG / Schlagwort(e): Quartal", "Muster AG"),
        ("CAR-T: Zelltherapie wirkt", "CAR-T: Zelltherapie wirkt"),
        (
            "Bekanntmachung der Richtlinie zum Thema „KI-gestützte Diagnostik“" + " im Rahmen des Programmes" * 4,
            "Bekanntmachung: „KI-gestützte Diagnostik“",
        ),
    ],
)  # fmt: skip
def test_marks_for_machines_leave_the_headline(title: str, expected: str):
    """That it is an ad hoc release stays; of an official title what it is about."""
    assert placed(chosen((make_item(title=title),))) == [("members", expected)]


def test_a_first_sentence_a_little_too_long_stays_whole():
    """Rather some characters more than half a sentence."""
    text = (
        "Der Vorstand hat heute beschlossen, "
        + "das Kapital gegen Einlagen zu erhöhen und " * 7
        + "Aktien auszugeben. "
        + "Mehr dazu steht im Text. " * 4
    )
    [de] = [p for p in chosen((make_item(text=text),)).placements if p.language == "de"]
    assert de.teaser == text[: text.index(" Mehr dazu")]


def test_what_is_new_stands_before_what_was_announced_long_ago():
    """A full calendar shows an event at least once: one just announced or moved is told though others are nearer."""

    def old(n: int, **more: Any) -> Item:
        event = EventDates(start=date(2026, 4, n), **more.pop("event", {}))
        return make_item(
            n, kind=Kind.EVENT, event=event, title=f"T{n}", state=ItemState.BASE_LINE, published=OLD, **more
        )

    stock = [(old(n),) for n in range(1, 12)]
    moved = old(29, event={"is_moved": True}, changed_at=SEEN)
    new = make_item(30, kind=Kind.EVENT, event=EventDates(start=date(2026, 4, 30)), title="T30")
    made = chosen(*stock, (moved,), (new,), newsletter=REPEATING)
    shown = [title for section, title in placed(made) if section == "events"]
    limit = next(section.limit for section in REPEATING.sections if section.id == "events")
    assert shown == [*(f"T{n}" for n in range(1, limit - 1)), "T29", "T30"]


def test_an_undated_event_of_the_stock_is_no_news():
    """Its closing date alone brings nothing into the news."""
    item = make_item(kind=Kind.EVENT, deadline=DAY, state=ItemState.BASE_LINE, published=OLD)
    assert chosen((item,), newsletter=REPEATING).placements == ()


def test_a_second_version_takes_the_place_of_the_first():
    """The ministry corrected a name: the page with the wrong one is neither shown nor linked."""
    own = make_item(1, "verband", title="Bescheid übergeben")
    first = make_item(2, "smwt", title="3,8 Mio. Euro für Sensoren", published=SEEN - timedelta(hours=9))
    second = make_item(3, "smwt", title="3,8 Mio. Euro für Sensoren", published=SEEN - timedelta(hours=6))
    ministry = make_source("smwt", type=SourceType.MINISTRY)
    [de] = [p for p in chosen((first, second, own), sources=(OWN, ministry)).placements if p.language == "de"]
    assert [url for _, url in de.also_at] == [second.url]
    [de] = [p for p in chosen((first, second), sources=(ministry,)).placements if p.language == "de"]
    assert de.url == second.url
