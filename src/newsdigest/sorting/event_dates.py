"""
Event dates, deadlines and embargoes, read from the text as data.

A day in a text may be the day of an event, a deadline, an embargo, the dateline, the start of a
project or last year's history. The words around it decide; a day nobody speaks for is left alone,
as a wrong date in the calendar is worse than none. Publication and event date are never mixed up:
a day that had passed when the text was published is no event to come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from newsdigest.model.items import EventDates
from newsdigest.sorting import announcing
from newsdigest.sorting import date_cues as cues
from newsdigest.text import prose_dates
from newsdigest.text.prose_dates import Mention

MAX_CHARACTERS = 8000
EMBARGO_CHARACTERS = 3000
"""An embargo stands on top; a history of embargoes below is none."""
LEAST = 2.0
LEAST_WITHIN = 1.0
LEAD = 300
FIRST = 60
"""Characters that count as the first sentence in any case: "Terminhinweis." may be a sentence of its own."""
NEAR_PLACE = 45
RECENT = timedelta(days=120)
"""What happened longer ago is history, not what the text reports."""
LONGEST = timedelta(days=45)
"""What lasts longer is a project, not an event."""
LONGEST_SHOW = timedelta(days=400)
"""But for an exhibition, which people may visit for months."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesRead:
    """
    What a text says about days; `warnings` are for the editor.

    Attributes:
        is_convened: Title or first sentence call people together for the event's day, or the text says
            how to register; another day to come is named in passing.
        is_over: The text's beginning tells of an event whose day has passed.
        is_call: The text begins with something to apply for or to submit until the deadline; what ends with
            such a day tells other news.
        is_closed: What there is to apply for has ended.
    """

    event: EventDates | None = None
    deadline: date | None = None
    deadline_evidence: str = ""
    embargo_until: datetime | None = None
    warnings: tuple[str, ...] = ()
    is_convened: bool = False
    is_over: bool = False
    is_call: bool = False
    is_closed: bool = False


# Hours east of Greenwich of the zones that embargo lines name.
_ZONES = {
    "mez": 1, "cet": 1, "mesz": 2, "cest": 2, "gmt": 0, "utc": 0, "bst": 1, "est": -5, "edt": -4, "et": -5,
    "pst": -8, "pdt": -7, "kst": 9, "jst": 9,
}  # fmt: skip
_ZONE_WORD = re.compile(rf"\b({'|'.join(_ZONES)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Context:
    """A mention with the words around it."""

    mention: Mention
    sentence: str
    before: str
    after: str
    written: str
    is_title: bool
    is_shown: bool  # what may be seen that long: an exhibition
    opens_line: bool  # stands at the start of a short line of its own: "12. März 2026, 18 Uhr, Leipzig"
    offset: int


def read(*, title: str, text: str, published: datetime, zone: tzinfo = UTC) -> DatesRead:
    """
    Return event, deadline and embargo that the text names.

    Args:
        text: Without boilerplate, as company histories are full of dates.
        published: Aware; when the text was published or, unknown, first seen.
        zone: Where the source is at home; days and hours are local to it.
    """
    day = published.astimezone(zone).date()
    contexts = _contexts(title, text, day)
    embargo, at, warnings = _embargo(f"{title}\n{text[:EMBARGO_CHARACTERS]}", day, zone)
    rest = [context for context in contexts if not (at and at[0] <= context.offset < at[1])]
    due: list[_Context] = []
    days: list[_Context] = []
    for context in rest:
        (due if _is_deadline(context) else days).append(context)
    until = _deadline(due, day)
    deadline, deadline_evidence = (_due(until, day), _evidence(until)) if until else (None, "")
    whole = f"{title}\n{text[:MAX_CHARACTERS]}"
    event = _event(days, whole=whole, title=title, day=day) if days else None
    head = whole[: len(title) + LEAD]
    is_over = _is_over(days, event, head=head, title=title, day=day)
    return DatesRead(
        event=event,
        deadline=deadline,
        deadline_evidence=deadline_evidence,
        embargo_until=embargo,
        warnings=warnings,
        is_convened=not is_over and event is not None and _is_convened(days, event, whole=whole, title=title),
        is_over=is_over,
        is_call=until is not None
        and until.offset < len(title) + LEAD
        and bool(announcing.APPLIES.search(f"{head}\n{until.sentence}"))
        and not announcing.STUDIES.search(title),
        is_closed=deadline is None and (bool(due) or bool(announcing.CLOSED.search(head))),
    )


def embargo(text: str, *, published: datetime, zone: tzinfo = UTC) -> tuple[datetime | None, tuple[str, ...]]:
    """Return only the instant before which nothing may be shown, and warnings."""
    until, _, warnings = _embargo(text, published.astimezone(zone).date(), zone)
    return until, warnings


def _contexts(title: str, text: str, day: date) -> list[_Context]:
    found = []
    for part, is_title, base in ((title, True, 0), (text[:MAX_CHARACTERS], False, len(title) + 1)):
        for mention in prose_dates.mentions(part, near=day):
            if not is_title and _is_dateline(part, mention):
                continue
            start, end = _sentence(part, mention)
            found.append(
                _Context(
                    mention, part[start:end], part[start : mention.start][-120:], part[mention.end : end][:120],
                    part[mention.start : mention.end],
                    is_title, _is_shown(part[start:end], title),
                    not is_title and _opens_line(part, mention), base + mention.start,
                )
            )  # fmt: skip
    return found


def _is_shown(sentence: str, title: str) -> bool:
    """Whether a sentence tells of an exhibition, or of what it shows where the title names one."""
    return bool(
        cues.EXHIBITION.search(sentence) or (cues.SHOWN.search(sentence) and cues.EXHIBITION.search(title))
    )


def _is_term(context: _Context) -> bool:
    """Whether it names a span too long for an event."""
    mention = context.mention
    most = LONGEST_SHOW if context.is_shown else LONGEST
    return mention.precision == "day" and mention.last - mention.first > most


def _sentence(text: str, mention: Mention) -> tuple[int, int]:
    start = max(0, mention.start - 300)
    before = [start + match.end() for match in cues.SENTENCE_END.finditer(text[start : mention.start])]
    after = cues.SENTENCE_END.search(text, mention.end, mention.end + 300)
    return (before[-1] if before else start), (after.start() if after else min(len(text), mention.end + 300))


def _opens_line(text: str, mention: Mention) -> bool:
    before = text[max(0, mention.start - 40) : mention.start]
    if not cues.LINE_START.search(before if mention.start > 40 else f"\n{before}"):
        return False
    end = text.find("\n", mention.end)
    return (len(text) if end < 0 else end) - mention.end <= 90


def _is_dateline(text: str, mention: Mention) -> bool:
    """`Leipzig, 4. November 2024 –` at the very beginning says when the text was written."""
    before = text[: mention.start]
    return (
        mention.start <= 45
        and "\n" not in before.strip()
        and not cues.DEADLINE_BEFORE.search(before)  # "Teams may apply until 12 March. …"
        and bool(cues.DATELINE_START.fullmatch(before) and cues.DATELINE_END.match(text, mention.end))
    )


def _deadline(due: Sequence[_Context], day: date) -> _Context | None:
    """The first deadline that has not passed; a call's second stage is not the first to meet."""
    return min(
        (one for one in due if one.mention.last >= day),
        key=lambda one: (not cues.DEADLINE_NOUNS.search(one.sentence), _due(one, day)),
        default=None,
    )


def _due(context: _Context, day: date) -> date:
    """Of "15 January and 15 April" the one that comes first, of "1. bis 31. März" the last."""
    mention = context.mention
    return mention.first if cues.PAIR.search(context.written) and mention.first >= day else mention.last


def _is_deadline(context: _Context) -> bool:
    mention, sentence = context.mention, context.sentence
    if mention.precision == "month" or cues.NOT_TO_COME.search(context.before):
        return False
    is_span = mention.last != mention.first and not cues.PAIR.search(context.written)
    if is_span and not cues.APPLYING.search(sentence):
        return False
    if cues.DEADLINE_LABEL.search(context.before):
        return not cues.OPENS.search(context.before[-40:])
    if cues.DEADLINE_AFTER.match(context.after):
        return True
    if not is_span and not cues.DEADLINE_BEFORE.search(context.before):
        return False
    is_named = bool(cues.DEADLINE_NOUNS.search(sentence))
    if cues.TERM.search(context.before[-60:]) and not is_named:
        return False
    # "Vom 1. April bis 30. Juni können Anträge gestellt werden": the span's end; but a fair of three days
    # for which one can register is no deadline.
    if is_span and cues.EVENT_NOUNS.search(sentence) and not is_named:
        return False
    return is_named or bool(cues.DEADLINE_WORDS.search(sentence))


def _event(contexts: Sequence[_Context], *, whole: str, title: str, day: date) -> EventDates | None:
    begins = whole[:1500]
    is_moved, is_announced = bool(cues.MOVED.search(begins)), bool(cues.EVENT_NOUNS.search(title))
    lead = len(title) + LEAD
    scored = [
        (
            _speaks_for(context, day, is_moved=is_moved, is_announced=is_announced, lead=lead),
            -number,
            context,
        )
        for number, context in enumerate(contexts)
    ]
    best_score, _, best = max(scored, key=lambda one: one[:2], default=(0.0, 0, None))
    if best is None or best_score < LEAST:
        return None
    if best.mention.precision != "day":
        best = _closer(best, scored)
    of_day = _of_the_day(best, contexts)
    first, last = _hours(of_day, whole)
    mention = _whole_span(best.mention, contexts)
    if is_moved and mention.first != mention.last and cues.MOVED_FROM.search(best.before):
        # "moved from 12 March to 19 March" reads like a span and names two days.
        mention = replace(mention, first=mention.last)
    return EventDates(
        start=mention.first,
        end=mention.last if mention.last != mention.first else None,
        start_time=first, end_time=last, place=_place(of_day, whole),
        is_online=bool(cues.ONLINE.search(f"{title}\n{best.sentence}") or cues.ONLINE.search(whole[:600])),
        is_moved=is_moved, is_cancelled=bool(cues.CANCELLED.search(begins)),
        precision=mention.precision, evidence=_evidence(best),
    )  # fmt: skip


def _closer(best: _Context, scored: Sequence[tuple[float, int, _Context]]) -> _Context:
    """The day itself, where the title names only its month and the text speaks for a day in it."""
    whole = best.mention
    days = [
        one
        for one in scored
        if one[0] >= LEAST_WITHIN
        and one[2].mention.precision == "day"
        and whole.first <= one[2].mention.first <= whole.last
    ]
    return max(days, key=lambda one: one[:2])[2] if days else best


def _is_convened(contexts: Sequence[_Context], event: EventDates, *, whole: str, title: str) -> bool:
    of_day = [
        one
        for one in contexts
        if one.mention.first == event.start
        and (one.is_title or one.offset < len(title) + LEAD)
        and not announcing.NO_TELLING.search(one.sentence)
    ]
    if not of_day:
        return False
    first = [one for one in of_day if _is_first(one, whole, title)]
    # A day with an hour, where nothing is due by it, is one on which people meet.
    if any(announcing.CONVENES.search(one.sentence) or _times(one)[0] for one in first):
        return True
    if event.end and any(one.is_shown and cues.SHOWN.search(one.sentence) for one in of_day):
        return True
    return event.precision == "day" and bool(announcing.REGISTERS.search(whole[:3000]))


def _is_first(context: _Context, whole: str, title: str) -> bool:
    """Whether the day stands in the title or the text's first sentence."""
    body = len(title) + 1
    end = cues.SENTENCE_END.search(whole, body)
    return context.is_title or context.offset < max(end.start() if end else len(whole), body + FIRST)


def _is_over(
    contexts: Sequence[_Context], event: EventDates | None, *, head: str, title: str, day: date
) -> bool:
    if announcing.REVIEW.search(title):
        return True
    if event is None and _is_told(head):
        return True
    passed = [
        one
        for one in contexts
        if one.mention.last < day
        and day - one.mention.last < RECENT
        and one.mention.precision == "day"
        and (one.is_title or one.offset < len(title) + LEAD)
        and announcing.TELLS.search(one.sentence)
        and (cues.EVENT_NOUNS.search(one.sentence) or cues.EVENT_NOUNS.search(title))
    ]
    if not passed:
        return False
    announced = [one.offset for one in contexts if event and one.mention.first == event.start]
    return min(one.offset for one in passed) < min(announced, default=MAX_CHARACTERS)


def _is_told(head: str) -> bool:
    """Whether a text without a day to come begins in the past and invites nobody ("240 guests came")."""
    invites = (cues.MOVED, cues.CANCELLED, announcing.CONVENES, announcing.REGISTERS)
    return bool(announcing.TELLS.search(head)) and not any(cue.search(head) for cue in invites)


def _speaks_for(context: _Context, day: date, *, is_moved: bool, is_announced: bool, lead: int) -> float:
    """
    How much speaks for the mention being the day of the event; below `LEAST` not enough.

    Args:
        is_announced: The title names an event.
        lead: Where the text's beginning ends.
    """
    mention = context.mention
    if mention.last < day or cues.NOT_TO_COME.search(context.before):
        return 0.0
    if _is_term(context):
        return 0.0
    if cues.OPENING.search(context.before) or cues.DEADLINE_BEFORE.search(context.before):
        return 0.0  # "registration opens on …", "until … it may carry the label"
    has_noun = bool(cues.EVENT_NOUNS.search(context.sentence))
    score = 3.0 if cues.EVENT_LABEL.search(context.before) else 0.0
    if has_noun:
        score += 2.0
    elif mention.precision != "month" and cues.EVENT_VERBS.search(context.sentence):
        score += 1.0
    score += 2.0 if context.is_title and has_noun else 1.0 if context.is_title else 0.0
    # "09.03.2026 / 07:31" on top of a release is when it was sent.
    is_to_come = mention.first > day or is_announced
    score += 2.0 if context.opens_line and mention.precision == "day" and is_to_come else 0.0
    score += 1.0 if prose_dates.clock_times(context.after[:60])[0] else 0.0
    score += 0.5 if mention.has_weekday else 0.0
    score += 0.5 if mention.last != mention.first and mention.precision == "day" else 0.0
    if cues.PREPOSITION.search(context.before):
        # The title announces an event, and the text begins with what happens "am 7. Mai".
        is_its_day = is_announced and mention.precision == "day" and context.offset < lead
        score += 0.3 + (1.7 if is_its_day and not has_noun else 0.0)
    if not context.is_shown and cues.TERM.search(context.sentence):
        score -= 1.5
    if (mention.first <= day or not has_noun) and cues.PAST.search(context.sentence):
        score -= 2.5
    if is_moved and (cues.MOVED_FROM.search(context.before) or cues.TO_NEW.search(context.before)):
        score += 1.5
    elif is_moved and cues.FROM_OLD.search(context.before):
        score -= 2.0
    return score


def _of_the_day(best: _Context, contexts: Sequence[_Context]) -> list[_Context]:
    """The mention that won and the others of its day: a title names the day, the text hour and place."""
    others = [
        one
        for one in contexts
        if one is not best and one.mention.precision == "day" and one.mention.first == best.mention.first
    ]
    return [best, *others]


def _hours(contexts: Sequence[_Context], whole: str) -> tuple[time | None, time | None]:
    found = [times for one in contexts if (times := _times(one))[0]]
    # The mention that says when it ends says more than one that names the beginning only.
    best = next(
        (times for times in found if times[1] and times[0] == found[0][0]), found[0] if found else None
    )
    return best or _time_elsewhere(whole)


def _times(context: _Context) -> tuple[time | None, time | None]:
    """The hour stands behind the day ("am 12. März, 10 Uhr"), else before it ("um 10 Uhr am 12. März")."""
    found = prose_dates.clock_times(context.after[:90])
    return found if found[0] else prose_dates.clock_times(context.before[-40:])


def _time_elsewhere(whole: str) -> tuple[time | None, time | None]:
    """A sentence of its own says when it starts: "Beginn ist um 18 Uhr."."""
    for cue in (cues.STARTS_AT, cues.DOORS_AT):
        if found := cue.search(whole[:2000]):
            return prose_dates.clock_times(whole[found.end() : found.end() + 40])
    return None, None


def _whole_span(mention: Mention, contexts: Sequence[_Context]) -> Mention:
    """A title says "ab 4. Mai" and the text "vom 4. bis 8. Mai": the days of one event."""
    if mention.precision != "day" or mention.last != mention.first:
        return mention
    spans = [
        one.mention
        for one in contexts
        if one.mention.precision == "day" and one.mention.first == mention.first and not _is_term(one)
    ]
    return max(spans, key=lambda one: one.last, default=mention)


def _place(contexts: Sequence[_Context], whole: str) -> str:
    if labelled := cues.place_label(whole):
        return cues.PLACE_END.split(labelled["place"])[0].strip(" .,")[:80]
    named = [place for context in contexts for place in _places(context)]
    return next((place for place in named if cues.VENUE.search(place)), named[0] if named else "")


def _places(context: _Context) -> Iterator[str]:
    """Places behind the day and near it; further away and before it only what is surely one, as a hall."""
    for found in cues.PLACE.finditer(context.after):
        if cues.ABOUT.search(context.after[: found.start()]):
            break
        place = _named_place(found["place"])
        if place and (found.start() <= NEAR_PLACE or cues.VENUE.search(place)):
            yield place
    for found in cues.PLACE.finditer(context.before):
        place = _named_place(found["place"])
        if place and cues.VENUE.search(place):
            yield place


def _named_place(found: str) -> str:
    """Return the place that words in capitals name, "" where they name none ("in Kooperation", "im Mai")."""
    words = cues.ARTICLE.sub("", found, count=1).strip() if cues.ARTICLE.match(found) else found.strip()
    if cues.NO_PLACE.match(words) or words.split()[0].lower() in prose_dates.MONTHS:
        return ""
    # "in Leipzig der Kongress" goes on with the event, "im Haus der Wirtschaft" with the place.
    head, parted, _ = words.partition(" der ")
    words = head if parted and not cues.VENUE.search(head) else words
    head, parted, _ = words.partition(" des ")
    words = head if parted and not cues.VENUE.search(head) else words
    if words[-1].isdigit() and not cues.ROOM.search(words):
        words = words.rstrip("0123456789 ")
    return words[:80]


def _evidence(context: _Context) -> str:
    sentence = " ".join(context.sentence.split())
    return sentence if len(sentence) <= 160 else sentence[:159].rstrip() + "…"


def _embargo(
    whole: str, day: date, zone: tzinfo
) -> tuple[datetime | None, tuple[int, int] | None, tuple[str, ...]]:
    """Return the instant before which nothing may be shown, where it stands, and warnings."""
    found = cues.EMBARGO.search(whole)
    if not found or cues.NO_EMBARGO.search(whole[max(0, found.start() - 20) : found.end() + 30]):
        return None, None, ()
    line = whole[found.start() : found.start() + 160]
    named = prose_dates.mentions(line, near=day, limit=1)
    if not named or named[0].precision != "day" or named[0].start > 110:
        return None, None, (f"an embargo is named without a readable date: {line[:60].strip()!r}",)
    mention = named[0]
    stretch = line[len(found[0]) : mention.start] + "|" + line[mention.end : mention.end + 40]
    hour, _ = prose_dates.clock_times(stretch)
    where = _ZONE_WORD.search(line[mention.end : mention.end + 50]) or _ZONE_WORD.search(
        line[: mention.start]
    )
    warnings: tuple[str, ...] = ()
    if hour is None:
        # Without an hour the whole day is meant; breaking an embargo costs more than a day.
        instant = datetime.combine(mention.last + timedelta(days=1), time(0), tzinfo=zone)
        if cues.EMBARGO_FROM.match(found[0]):
            instant = datetime.combine(mention.first, time(0), tzinfo=zone)
        else:
            warnings = (f"the embargo names {mention.last} without an hour; held until the end of that day",)
    elif where:
        offset = timedelta(hours=_ZONES[where[1].lower()])
        instant = datetime.combine(mention.last, hour, tzinfo=UTC) - offset
    else:
        instant = datetime.combine(mention.last, hour, tzinfo=zone)
    return instant.astimezone(UTC), (found.start(), found.start() + mention.end + 1), warnings
