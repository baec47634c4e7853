"""
Pages: an edition laid out for one language and choice of topics; exactly what its templates see.

Everything a template would have to compute is here as words: dates in the reader's language,
what is left of a deadline, which passages stand in another language. How much room there is
decides how much of it is told (`Room`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from newsdigest.model.editions import Edition, Placement
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter, Section, SectionLayout, say
from newsdigest.text import public_links
from newsdigest.text.words import cut

CLOSE_DAYS = 7
"""From when on a deadline is marked as close."""
_WITH_DEADLINE = ("call", "job")
SUBJECT_CHARACTERS = 110
PREHEADER_CHARACTERS = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """
    How much may be told.

    Attributes:
        teaser: Characters of a teaser at most; 0: none but the lead's.
        per_section: Stories of a section at most; 0: all. The rest stands on the web.
        name: For the editor's warning, "" where nothing was shortened.
    """

    teaser: int = 10_000
    has_images: bool = True
    per_section: int = 0
    name: str = ""


ROOMS = (
    Room(),
    Room(teaser=200, name="teasers shortened to 200 characters"),
    Room(teaser=200, has_images=False, name="teasers shortened to 200 characters, no images"),
    Room(teaser=110, has_images=False, name="teasers shortened to 110 characters, no images"),
    Room(teaser=0, has_images=False, name="headlines only"),
    *(
        Room(
            teaser=0,
            has_images=False,
            per_section=n,
            name=f"headlines only, at most {n} a section; the rest on the web",
        )
        for n in (30, 20, 14, 10, 7, 5, 3, 2, 1)
    ),
)
"""Fall-backs, the most generous first; the first that fits is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DateBox:
    """A day to be set large: `day` "18", `month` "März", `note` "bis" or a weekday."""

    day: str
    month: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageEntry:
    """
    One story as it is shown.

    Attributes:
        lang: Language of headline and teaser where it is not the page's, else "".
        meta: Organisation, date, place: short facts in order.
        brief: The same where the day is set large beside it, and need not be said again.
        marks: Cancelled, moved, deadline close: said in words, set in the alert colour.
        calendar_url: Our calendar file of this one event, "" else.
        label: "Anzeige", "" else.
    """

    story_id: str
    headline: str
    url: str
    teaser: str = ""
    lang: str = ""
    meta: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    also_at: tuple[tuple[str, str], ...] = ()
    notices: tuple[str, ...] = ()
    box: DateBox | None = None
    image_url: str = ""
    image_alt: str = ""
    image_credit: str = ""
    image_width: int = 0
    image_height: int = 0
    calendar_url: str = ""
    label: str = ""
    is_lead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSection:
    """A section with its stories; `more`: how many of it stand on the web only."""

    id: str
    title: str
    layout: str
    entries: tuple[PageEntry, ...]
    more: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An edition as its templates see it."""

    language: str
    title: str
    subtitle: str
    publisher: str
    number: int
    week: int
    year: int
    date_words: str
    subject: str
    preheader: str
    introduction: tuple[str, ...]
    signature: str
    lead: PageEntry | None
    sections: tuple[PageSection, ...]
    notices: tuple[str, ...]
    imprint: tuple[str, ...]
    privacy_url: str
    calendar_url: str
    is_correction: bool = False
    room: str = ""

    @property
    def entries(self) -> tuple[PageEntry, ...]:
        """Every story shown, in order."""
        first = (self.lead,) if self.lead else ()
        return (*first, *(entry for section in self.sections for entry in section.entries))

    @property
    def more(self) -> int:
        """How many stories stand on the web only."""
        return sum(section.more for section in self.sections)

    @property
    def has_events(self) -> bool:
        """Whether a section shows events that a calendar could take."""
        return any(section.id == "events" for section in self.sections)


class DateWords:
    """Dates in the words of one language's catalogue."""

    def __init__(self, words: Mapping[str, str], zone: str) -> None:
        self._words = words
        self._zone = ZoneInfo(zone)
        self._months = words["months"].split()
        self._short_months = words["months_short"].split()
        self._weekdays = words["weekdays"].split()
        self._short_weekdays = words["weekdays_short"].split()

    def long(self, day: date) -> str:
        """E.g. "Donnerstag, 12. März 2026"."""
        return self._words["date_long"].format(
            weekday=self._weekdays[day.weekday()],
            day=day.day,
            month=self._months[day.month - 1],
            year=day.year,
        )

    def short(self, day: date, *, of: date) -> str:
        """E.g. "12. März"; with the year where it is not that of the edition."""
        key = "date_short" if day.year == of.year else "date_full"
        return self._words[key].format(day=day.day, month=self._months[day.month - 1], year=day.year)

    def local(self, instant: datetime) -> date:
        """The local day of an instant."""
        return instant.astimezone(self._zone).date()

    def box(self, day: date, note: str = "") -> DateBox:
        """The day to be set large."""
        return DateBox(day=str(day.day), month=self._short_months[day.month - 1], note=note)

    def weekday(self, day: date) -> str:
        """E.g. "Do"."""
        return self._short_weekdays[day.weekday()]

    def event(self, event: EventDates, *, of: date) -> str:
        """E.g. "Mi, 18. März, 17:00-19:00 Uhr", "Mo, 18. bis Mi, 20. März", "April 2026" or "KW 17/2026"."""
        if event.precision == "month":
            return f"{self._months[event.start.month - 1]} {event.start.year}"
        if event.precision == "week":
            year, week, _ = event.start.isocalendar()
            return self._words["week"].format(week=week, year=year)
        start = f"{self.weekday(event.start)}, {self.short(event.start, of=of)}"
        if last := event.last_day:
            if (last.year, last.month) == (event.start.year, event.start.month):
                start = f"{self.weekday(event.start)}, {self._words['date_day'].format(day=event.start.day)}"
            end = f"{self.weekday(last)}, {self.short(last, of=of)}"
            start = self._words["date_range"].format(start=start, end=end)
        return ", ".join(part for part in (start, self.clock(event)) if part)

    def until(self, event: EventDates, *, of: date) -> str:
        """E.g. "bis 20. März" for an event of several days, "" else."""
        return self._words["until"].format(date=self.short(event.last_day, of=of)) if event.last_day else ""

    def clock(self, event: EventDates) -> str:
        """E.g. "17:00-19:00 Uhr", "" where no time is known."""
        if not event.start_time:
            return ""
        clock = f"{event.start_time:%H:%M}"
        if event.end_time and event.end_time != event.start_time:
            clock += f"–{event.end_time:%H:%M}"
        return self._words["at_clock"].format(time=clock)


def lay_out(
    edition: Edition,
    newsletter: Newsletter,
    words: Mapping[str, str],
    *,
    topics: tuple[str, ...] = (),
    room: Room = ROOMS[0],
    without: frozenset[str] = frozenset(),
) -> Page:
    """
    Return the page of an edition in the catalogue's language.

    Args:
        words: The catalogue of one language (its `language` names it).
        topics: A reader's choice; empty means all. Items of the editor's own are for everybody.
        without: Story ids that could not be rendered.
    """
    language = words["language"]
    dates = DateWords(words, newsletter.zone)
    placed = [p for p in edition.placed(language) if p.story_id not in without and is_wanted(p, topics)]
    entry = _EntryMaker(newsletter, words, dates, edition.day, room)
    pinned = next((p for p in placed if p.is_lead), None)
    lead = entry.make(pinned, SectionLayout.TEASER, is_lead=True) if pinned else None
    rest = [p for p in placed if p is not pinned]
    sections = tuple(
        s for s in (entry.section(section, rest) for section in _sections(newsletter, rest)) if s
    )
    top = lead or next((e for s in sections for e in s.entries), None)
    year, week, _ = edition.day.isocalendar()
    subject = dict(edition.subjects).get(language) or words["subject"].format(
        week=week, year=year, title=newsletter.title(language), headline=top.headline if top else ""
    )
    return Page(
        language=language, title=newsletter.title(language), subtitle=say(newsletter.subtitles, language),
        publisher=say(newsletter.publishers, language), number=edition.number, week=week, year=year,
        date_words=dates.long(edition.day), subject=_one_line(subject, SUBJECT_CHARACTERS),
        preheader=_preheader(edition, language, lead, sections),
        introduction=_paragraphs(edition, language, number=edition.number, week=week, year=year),
        signature=dict(newsletter.signatures).get(language, ""), lead=lead, sections=sections,
        notices=tuple(dict(newsletter.notices).get(language, "").splitlines()),
        imprint=tuple(line for line in dict(newsletter.imprint).get(language, "").splitlines() if line.strip()),
        privacy_url=dict(newsletter.privacy_url).get(language, ""),
        calendar_url=f"{newsletter.web_url}/feeds/{language}/events.ics" if newsletter.web_url else "",
        is_correction=bool(edition.follows), room=room.name,
    )  # fmt: skip


def is_wanted(placement: Placement, topics: tuple[str, ...]) -> bool:
    """Whether a story is for readers of those topics; what the editor wrote is for everybody."""
    return not topics or placement.is_own or not set(topics).isdisjoint(placement.topics)


@dataclass(frozen=True, slots=True)
class _EntryMaker:
    """Makes entries and sections of one page."""

    newsletter: Newsletter
    words: Mapping[str, str]
    dates: DateWords
    day: date
    room: Room

    def section(self, section: Section, placed: list[Placement]) -> PageSection | None:
        mine = [p for p in placed if p.section_id == section.id]
        if not mine:
            return None
        shown = mine[: self.room.per_section] if self.room.per_section else mine
        language = self.words["language"]
        return PageSection(
            id=section.id, title=dict(section.titles).get(language) or self.words[section.id.replace("-", "_")],
            layout=section.layout.value, entries=tuple(self.make(p, section.layout) for p in shown),
            more=len(mine) - len(shown),
        )  # fmt: skip

    def make(self, p: Placement, layout: SectionLayout, *, is_lead: bool = False) -> PageEntry:
        picture = self._picture(p.image_url)
        has_image = bool(picture) and self.room.has_images and layout is SectionLayout.TEASER
        width, height = _fitted(p.image_size, 552) if has_image else (0, 0)
        room = 320 if is_lead and not self.room.teaser else self.room.teaser
        tells = layout is SectionLayout.TEASER or p.is_own
        # What the HTML of a mere headline does not link, the text part does not link either.
        is_bare = layout is SectionLayout.HEADLINE
        return PageEntry(
            story_id=p.story_id, headline=_one_line(p.headline, 400), url=p.url,
            teaser=cut(p.teaser, room) if tells and room and p.teaser else "",
            lang=p.text_language if p.text_language != self.words["language"] else "",
            meta=self._meta(p), brief=self._brief(p), marks=self._marks(p),
            also_at=() if is_bare or not self.room.teaser else p.also_at,
            notices=p.notices, box=self._box(p) if layout is SectionLayout.LINE else None,
            image_url=picture if has_image else "", image_alt=p.image_alt, image_credit=p.image_credit,
            image_width=width, image_height=height,
            calendar_url="" if is_bare or not self.room.teaser else self._calendar(p),
            label=self.words["advertisement"] if p.is_advertisement else "", is_lead=is_lead,
        )  # fmt: skip

    def _picture(self, stored: str) -> str:
        """Return the address of our own copy; without an address of our own there is no picture (R29)."""
        if not stored or not self.newsletter.web_url:
            return ""
        return public_links.image(self.newsletter.web_url, stored)

    def _calendar(self, p: Placement) -> str:
        if p.event is None or not p.event.has_day or not self.newsletter.web_url:
            return ""
        return public_links.event(self.newsletter.web_url, self.words["language"], p.story_id)

    def _meta(self, p: Placement) -> tuple[str, ...]:
        found = [p.organisation]
        if p.event:
            found += [self.dates.event(p.event, of=self.day), self._place(p.event), self._register_by(p)]
        elif p.deadline and p.kind in _WITH_DEADLINE:
            found.append(self.words["until"].format(date=self.dates.short(p.deadline, of=self.day)))
        elif p.published:
            found.append(self.dates.short(self.dates.local(p.published), of=self.day))
        return _facts(found)

    def _brief(self, p: Placement) -> tuple[str, ...]:
        if not p.event:
            return _facts([p.organisation])
        times = [self.dates.until(p.event, of=self.day), self.dates.clock(p.event)]
        return _facts([*times, self._place(p.event), self._register_by(p), p.organisation])

    def _register_by(self, p: Placement) -> str:
        """E.g. "Anmeldung bis 27. November", "" without a deadline, or where it has passed or is none of this event."""
        if p.event is None or p.deadline is None or not self.day <= p.deadline <= p.event.start:
            return ""
        return self.words["register_by"].format(date=self.dates.short(p.deadline, of=self.day))

    def _place(self, event: EventDates) -> str:
        return event.place or (self.words["online"] if event.is_online else "")

    def _marks(self, p: Placement) -> tuple[str, ...]:
        found = []
        if p.event and p.event.is_cancelled:
            found.append(self.words["cancelled"])
        elif p.event and p.event.is_moved:
            found.append(self.words["moved"])
        if (
            p.deadline
            and p.kind in _WITH_DEADLINE
            and 0 <= (left := (p.deadline - self.day).days) <= CLOSE_DAYS
        ):
            found.append(
                self.words["days_left_one" if left == 1 else "days_left"].format(days=left)
                if left
                else self.words["last_day"]
            )
        return tuple(found)

    def _box(self, p: Placement) -> DateBox | None:
        if p.event and p.event.has_day:
            return self.dates.box(p.event.start, self.dates.weekday(p.event.start))
        if p.deadline and p.kind == "call":
            return self.dates.box(p.deadline, self.words["until_short"])
        return None


def _facts(parts: list[str]) -> tuple[str, ...]:
    return tuple(_one_line(part, 160) for part in parts if part)


def _sections(newsletter: Newsletter, placed: list[Placement]) -> list[Section]:
    known = [section for section in newsletter.sections if not section.joins]
    ids = {section.id for section in known}
    extra = sorted({p.section_id for p in placed} - ids)
    return [*known, *(Section(id=id_, titles=(), layout=SectionLayout.HEADLINE) for id_ in extra)]


def _preheader(
    edition: Edition, language: str, lead: PageEntry | None, sections: tuple[PageSection, ...]
) -> str:
    if written := dict(edition.preheaders).get(language):
        return _one_line(written, PREHEADER_CHARACTERS)
    entries = ([lead] if lead else []) + [section.entries[0] for section in sections if section.entries]
    # The first headline is the subject already.
    return _one_line(" · ".join(entry.headline for entry in entries[1:4]), PREHEADER_CHARACTERS)


def _paragraphs(edition: Edition, language: str, **values: int) -> tuple[str, ...]:
    text = dict(edition.introductions).get(language, "")
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", str(value))
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _one_line(text: str, limit: int) -> str:
    flat = " ".join(text.split())
    if len(flat) <= limit:
        return flat
    return flat[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;:·–-") + "…"


def _fitted(size: tuple[int, int], width: int) -> tuple[int, int]:
    if not all(size) or size[0] <= width:
        return size
    return width, max(1, round(size[1] * width / size[0]))
