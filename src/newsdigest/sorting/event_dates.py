"""
Event dates, deadlines and embargoes, read from the text as data.

A day in a text may be the day of an event, a deadline, an embargo, the dateline, the start of a
project or last year's history. The words around it decide; a day nobody speaks for is left alone,
as a wrong date in the calendar is worse than none. Publication and event date are never mixed up:
a day that had passed when the text was published is no event to come.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from newsdigest.model.items import EventDates
from newsdigest.text import prose_dates
from newsdigest.text.prose_dates import Mention

MAX_CHARACTERS = 8000
LEAST = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DatesRead:
    """What a text says about days; `warnings` are for the editor."""

    event: EventDates | None = None
    deadline: date | None = None
    deadline_evidence: str = ""
    embargo_until: datetime | None = None
    warnings: tuple[str, ...] = ()


_I = re.IGNORECASE
_EVENT_LABEL = re.compile(
    r"\b(?:neuer\s+)?(?:termin|datum|wann|zeit|date|when|beginn|start|save\s+the\s+date|new\s+date|dates?|terminhinweis)"
    r"(?:\s+(?:und|&|and)\s+(?:ort|uhrzeit|zeit|place|time|venue))?\s*[:–|-]\s*(?:\w+,?\s+)?(?:den\s+)?\Z", _I)  # fmt: skip
_EVENT_WORDS = re.compile(
    r"veranstalt|konferenz|kongress|tagung|stammtisch|workshop|webinar|seminar|symposi|forum|messe\b|fachmesse|empfang|treffen|"
    r"findet|finden\b|stattfind|lädt\b.{0,80}\bein\b|laden\b.{0,80}\bein\b|beginnt|beginn\b|eröffnet|öffnet|tagt|trifft\s+sich|"
    r"save\s+the\s+date|conference|congress|takes?\s+place|taking\s+place|will\s+be\s+held|is\s+held|hosts?\b|invites?\b|meeting|"
    r"meets?\b|starts\b|begins\b|opens\b|gather|trade\s+fair|\bfair\b|reception|hackathon|get-together|summit|exhibit|"
    r"mitgliederversammlung|assembly|kurs\b|course|vortrag|lecture|fachtag|aktionstag|frühstück|breakfast|barcamp|"
    r"sommerfest|networking|vor\s+ort|halle\s+\d|\bhall\s+\d|stand\s+[a-z]?\d|booth|programm|wird\s+verlegt|verschoben|"
    r"postponed|rescheduled|moved\s+to|abgesagt|cancell?ed|podium|panel|sprechstunde|open\s+day|tag\s+der\s+offenen|bionection", _I)  # fmt: skip
_MOVED = re.compile(
    r"verlegt|verschoben|verschiebt\s+sich|neuer\s+termin|terminänderung|new\s+date|postponed|rescheduled|"
    r"(?:has|have|is|are|was)\s+(?:been\s+)?moved\b(?=.{0,60}\d)|date\s+change|moved\s+(?:from|to)\s+(?=.{0,30}\d)", _I)  # fmt: skip
_CANCELLED = re.compile(
    r"\babgesagt|\bfällt\s+(?:leider\s+|wegen\s+\S+\s+)?aus\b|\bentfällt\b|\bcancell?ed\b|called\s+off|absage\s+(?:der|des)",
    _I,
)
_TO_NEW = re.compile(r"\b(?:auf|to|until|neuer\s+termin|new\s+date|nun|jetzt|now)\b[^.]{0,25}\Z", _I)
_FROM_OLD = re.compile(
    r"\b(?:vom|from|statt|instead\s+of|originally|ursprünglich|bisher|geplant\w*)\b[^.]{0,30}\Z", _I
)

_DEADLINE_STRONG = re.compile(
    r"anmeldeschluss|anmeldefrist|bewerbungsschluss|bewerbungsfrist|einreichungsfrist|einreichfrist|einsendeschluss|abgabefrist|"
    r"antragsfrist|redaktionsschluss|meldeschluss|\bfrist\b|fristende|stichtag|deadline|closing\s+date|due\s+date|"
    r"submission\s+date|abgabeschluss|vorlagefrist|annahmeschluss|cut-?off", _I)  # fmt: skip
_DEADLINE_BEFORE = re.compile(
    r"(?:\bbis\s+(?:spätestens\s+|einschließlich\s+|einschl\.\s+)?(?:zum\s+|zur\s+|am\s+)?|\bspätestens\s+(?:am\s+|bis\s+(?:zum\s+)?)?|\bby\s+(?:the\s+)?|\buntil\s+|"
    r"\bno\s+later\s+than\s+|\bbefore\s+(?:the\s+)?|\btill\s+|\bup\s+to\s+|\bends?\s+(?:on\s+)?|\bcloses?\s+(?:on\s+)?|"
    r"\bendet\s+(?:am\s+)?|\bläuft\s+(?:noch\s+)?bis\s+(?:zum\s+)?|\bvor\s+dem\s+)(?:[^\W\d_]+[.,]?,?\s+(?:den\s+|dem\s+)?)?\Z", _I)  # fmt: skip
_DEADLINE_LABEL = re.compile(
    r"(?:anmeldeschluss|anmeldefrist|anmeldung\s+bis|bewerbungsschluss|bewerbungsfrist|bewerbung(?:en)?\s+bis|einreichungsfrist|"
    r"einreichfrist|einreichung\s+bis|einsendeschluss|antragsfrist|abgabefrist|frist|stichtag|deadline|closing\s+date|apply\s+by|register\s+by|"
    r"meldeschluss|annahmeschluss|vorlagefrist|due(?:\s+date)?|submission\s+date|cut-?off(?:\s+date)?)"
    r"[^.!?\n]{0,60}\Z", _I)  # fmt: skip
_DEADLINE_WORDS = re.compile(
    r"bewerb|bewirb|anmeld|einreich|eingereicht|einsend|antrag|anträge|beantrag|skizze|vorschl[aä]g|gebot|angebot\w*\s+(?:abgeb|einreich)|teilnahmeantrag|"
    r"frist|registr|submit|submission|appl(?:y|ic|ies)|proposal|tender|nominat|abstract|outline|enter\b|entries|call\b|aufruf|sign\s+up|interessenbekundung|"
    r"early[\s-]bird|frühbucher|rückmeld|zusage|rsvp|vormerk|open\s+until|offen\s+bis", _I)  # fmt: skip
_NOT_TO_COME = re.compile(
    r"(?:\bseit\s+(?:dem\s+)?|\bsince\s+|\bgegründet\s+(?:am\s+)?|\bfounded\s+(?:in\s+|on\s+)?|\bgeboren\s+(?:am\s+)?|\bborn\s+(?:on\s+)?|"
    r"\bstand[:\s]+(?:vom\s+)?|\bgeändert[:\s]+(?:am\s+)?|\bveröffentlicht[:\s]+(?:am\s+)?|\bpublished[:\s]+(?:on\s+)?|\blast\s+(?:changed|updated)[:\s]+|"
    r"\bgültig\s+(?:bis|ab)\s+(?:zum\s+)?|\bvalid\s+(?:until|from|through)\s+|\bvom\s+(?=\S+\s+\S+\s+\(BGBl))(?:\w+,?\s+)?\Z", _I)  # fmt: skip
_TERM = re.compile(r"laufzeit|projektzeitraum|förderzeitraum|project\s+term|\bruns?\s+from|term\b|gültig|valid\b|läuft\s+(?:vom|von|vier|drei|zwei|bis)|"
                   r"geschäftsjahr|quartal|quarter|fiscal|halbjahr|inkrafttreten|in\s+kraft|into\s+force|tritt\s+am|lieferung|umsatz|revenue|stichtagsbezogen|eintrittstermin|"
                   r"arbeitsbeginn|starting\s+date|zum\s+nächstmöglichen|bezogen\b|einzug|amtszeit|übernimmt\s+(?:zum|am|ab)|tritt\s+(?:zum|am|ab|ihr|sein)|takes?\s+over|"
                   r"takes?\s+office|effective|wirkung\s+zum|nachfolge|succeed|dividende|bilanz|rückruf|recall|ausgeliefert|chargen?\b", _I)  # fmt: skip
_PAST = re.compile(r"\bfand\b|\bfanden\b|stattgefunden|\btook\s+place|\bwas\s+held|\bwere\s+held|übergab|überreicht|unterzeichne|signed|handed\s+over|"
                   r"\bwurde[n]?\b.{0,60}(?:verliehen|ausgezeichnet|eröffnet|unterzeichnet|übergeben)|teilgenommen|besuchten|\btrafen\b|informierten|blickt\w*\s+zurück|rückblick", _I)  # fmt: skip
_DATELINE = re.compile(r"\s*(?:\(\w+\)\s*)?[–—-]\s|\s*[/|:]\s|\s*\.\s|\s*\n|\s*\((?:ots|idw|dpa|pm)")

_EMBARGO = re.compile(
    r"(?:sperrfrist|sperrvermerk|gesperrt\s+bis|nicht\s+(?:zu\s+)?veröffentlich\w*\s+vor|frei\s+(?:zur\s+veröffentlichung\s+)?ab|"
    r"freigegeben\s+ab|veröffentlichung\s+(?:erst\s+)?(?:ab|nicht\s+vor)|embargo(?:ed)?\b|not\s+for\s+(?:publication|release)\s+(?:before|until)|"
    r"hold\s+for\s+release\s+until|strictly\s+embargoed)", _I)  # fmt: skip
_NO_EMBARGO = re.compile(r"(?:sperrfrist|embargo)\w*\s*:?\s*(?:keine|none|aufgehoben|lifted|abgelaufen|ended|has\s+ended|is\s+over)|(?:keine|no)\s+(?:sperrfrist|embargo)|"
                         r"embargo\s+(?:gegen|against|on\s+(?:exports?|trade|russia))|(?:handels|waffen|öl|trade|arms|oil)[\s-]?embargo", _I)  # fmt: skip
_ZONES = {
    "mez": 1,
    "cet": 1,
    "mesz": 2,
    "cest": 2,
    "gmt": 0,
    "utc": 0,
    "bst": 1,
    "est": -5,
    "edt": -4,
    "et": -5,
    "pst": -8,
    "pdt": -7,
    "kst": 9,
    "jst": 9,
}
_ZONE_WORD = re.compile(r"\b(" + "|".join(_ZONES) + r")\b", _I)

_PLACE_LABEL = re.compile(
    r"(?:^|[\n.;|,]\s*|\b)(?:veranstaltungsort|ort|wo|venue|place|location|where)\s*:\s*(?P<place>[^\n;|]{3,80})",
    _I,
)
_PLACE_AFTER = re.compile(
    r"^[^.!?\n]{0,45}?\b(?:in|im|at|at\s+the|auf\s+(?:dem|der)|nach|to)\s+"
    r"(?P<place>(?:(?:der|dem|den|the)\s+)?[A-ZÄÖÜ][\w\-]+(?:\s+(?:am|an\s+der|de|of)\s+[A-ZÄÖÜ][\w\-]+|\s+[A-ZÄÖÜ][\w\-]+){0,3})"
)
_ONLINE = re.compile(
    r"\bonline\b|webinar|\bvirtuell|\bvirtual|\bzoom\b|\bteams-|livestream|\bper\s+video|videokonferenz|remote\s+event",
    _I,
)
_SENTENCE_END = re.compile(
    r"(?<=[^\d\W][.!?])\s+(?=[A-ZÄÖÜ„\"0-9])|\n+|(?<=\d{4}[.!?])\s+(?=[A-ZÄÖÜ„\"])|(?<=Uhr[.!?])\s+"
)


@dataclass(frozen=True, slots=True)
class _Context:
    """A mention with the words around it."""

    mention: Mention
    sentence: str
    before: str
    after: str
    is_title: bool
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
    embargo, at, warnings = _embargo(f"{title}\n{text[:MAX_CHARACTERS]}", day, zone)
    rest = [context for context in contexts if not (at and at[0] <= context.offset < at[1])]
    deadline, deadline_evidence = _deadline(rest, day)
    whole = f"{title}\n{text[:MAX_CHARACTERS]}"
    event = _event(
        [context for context in rest if not _is_deadline(context)], whole=whole, title=title, day=day
    )
    return DatesRead(
        event=event,
        deadline=deadline,
        deadline_evidence=deadline_evidence,
        embargo_until=embargo,
        warnings=warnings,
    )


def contradictions(
    first: DatesRead, second: DatesRead, *, names: tuple[str, str] = ("one text", "the other")
) -> tuple[str, ...]:
    """
    Return where two tellings of one story disagree on days, in words for the editor.

    A telling that names no day does not contradict; a month or a week contains its days.
    """
    found = []
    one, other = first.event, second.event
    if one and other:
        if not _agree(one, other):
            found.append(
                f"the event's date differs: {names[0]} says {said(one)}, {names[1]} says {said(other)}"
            )
        elif one.start_time and other.start_time and one.start_time != other.start_time:
            found.append(
                f"the event's time differs: {names[0]} says {one.start_time:%H:%M}, {names[1]} says {other.start_time:%H:%M}"
            )
        if one.is_cancelled != other.is_cancelled:
            found.append(f"only {names[0 if one.is_cancelled else 1]} says that the event is cancelled")
    if first.deadline and second.deadline and first.deadline != second.deadline:
        found.append(
            f"the deadline differs: {names[0]} says {first.deadline}, {names[1]} says {second.deadline}"
        )
    return tuple(found)


def said(event: EventDates) -> str:
    """Return the days of an event, e.g. `2026-03-12 to 2026-03-14`."""
    if event.precision == "month":
        return f"{event.start:%Y-%m}"
    return f"{event.start} to {event.end}" if event.end and event.end != event.start else f"{event.start}"


def _agree(one: EventDates, other: EventDates) -> bool:
    if one.precision == other.precision == "day":
        # A text that names only the first day of several agrees.
        ends = {one.end or one.start, other.end or other.start}
        return one.start == other.start and (len(ends) == 1 or one.start in ends)
    return one.start <= (other.end or other.start) and other.start <= (one.end or one.start)


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
                    is_title, base + mention.start,
                )
            )  # fmt: skip
    return found


def _sentence(text: str, mention: Mention) -> tuple[int, int]:
    start = max(0, mention.start - 300)
    before = [start + match.end() for match in _SENTENCE_END.finditer(text[start : mention.start])]
    after = _SENTENCE_END.search(text, mention.end, mention.end + 300)
    return (before[-1] if before else start), (after.start() if after else min(len(text), mention.end + 300))


def _is_dateline(text: str, mention: Mention) -> bool:
    """`Leipzig, 4. November 2024 –` at the very beginning says when the text was written."""
    before = text[: mention.start]
    return (
        mention.start <= 45
        and "\n" not in before.strip()
        and bool(
            re.fullmatch(
                r"[\W_]*(?:[A-ZÄÖÜ][\w./ -]{1,35}(?:\([^)]*\))?,?\s*(?:den\s+|the\s+)?)?[(\[]?", before
            )
            and _DATELINE.match(text, mention.end)
        )
    )


def _deadline(contexts: Sequence[_Context], day: date) -> tuple[date | None, str]:
    """The first deadline that has not passed; a call's second stage is not the first to meet."""
    found = [context for context in contexts if _is_deadline(context)]
    coming = [context for context in found if context.mention.last >= day]
    if not coming:
        return None, ""
    best = min(
        coming, key=lambda context: (not _DEADLINE_STRONG.search(context.sentence), context.mention.last)
    )
    return best.mention.last, _evidence(best)


def _is_deadline(context: _Context) -> bool:
    if context.mention.precision == "month" or _NOT_TO_COME.search(context.before):
        return False
    span = context.mention.last != context.mention.first
    if span and not re.search(
        r"bewerb|einreich|submi|appl|anmeld|antr[aä]g|open|registr", context.sentence, _I
    ):
        return False
    if _DEADLINE_LABEL.search(context.before):
        return not re.search(r"\b(?:beginnt|startet|opens|starts)\b", context.before[-40:], _I)
    if re.match(
        r"\s*(?:\(?\s*(?:ist|is)\s+)?(?:\(?(?:anmeldeschluss|bewerbungsschluss|einsendeschluss|deadline)\b)",
        context.after,
        _I,
    ):
        return True
    before = bool(_DEADLINE_BEFORE.search(context.before)) or (
        span
        and bool(re.search(r"\b(?:bis|to|until|–|-)", context.sentence, _I))
        and bool(re.search(r"bewerb|einreich|submi|appl|antr[aä]g", context.sentence, _I))
    )
    if not before:
        return False
    if _TERM.search(context.before[-60:]) and not _DEADLINE_STRONG.search(context.sentence):
        return False
    return bool(_DEADLINE_WORDS.search(context.sentence) or _DEADLINE_STRONG.search(context.sentence))


def _event(contexts: Sequence[_Context], *, whole: str, title: str, day: date) -> EventDates | None:
    is_moved, is_cancelled = bool(_MOVED.search(whole[:1500])), bool(_CANCELLED.search(whole[:1500]))
    scored = [
        (_speaks_for(context, day, is_moved=is_moved), -number, context)
        for number, context in enumerate(contexts)
    ]
    scored = [one for one in scored if one[0] >= LEAST]
    if not scored:
        return None
    _, _, best = max(scored, key=lambda one: one[:2])
    first, last = _times(best)
    mention = best.mention
    return EventDates(
        start=mention.first,
        end=mention.last if mention.last != mention.first else None,
        start_time=first, end_time=last,
        place=_place(best, whole), is_online=bool(_ONLINE.search(f"{title}\n{best.sentence}") or _ONLINE.search(whole[:600])),
        is_moved=is_moved, is_cancelled=is_cancelled, precision=mention.precision, evidence=_evidence(best),
    )  # fmt: skip


def _speaks_for(context: _Context, day: date, *, is_moved: bool) -> float:
    """How much speaks for the mention being the day of the event; below `LEAST` not enough."""
    mention = context.mention
    if mention.last < day or _NOT_TO_COME.search(context.before):
        return 0.0
    if (mention.last - mention.first).days > 45 and mention.precision == "day":
        return 0.0  # a project's term
    score = 0.0
    if _EVENT_LABEL.search(context.before):
        score += 3.0
    if _EVENT_WORDS.search(context.sentence):
        score += 2.0
    if context.is_title:
        score += 2.0
    if prose_dates.clock_times(context.after[:60])[0]:
        score += 1.0
    if mention.has_weekday:
        score += 0.5
    if mention.last != mention.first and mention.precision == "day":
        score += 0.5
    if re.search(r"(?:\bam|\bvom|\bon|\bfrom|\bden|\bab|\bim|\bin)\s+(?:\w+,?\s+)?\Z", context.before, _I):
        score += 0.3
    if _TERM.search(context.sentence):
        score -= 1.5
    if _PAST.search(context.sentence) and (mention.first <= day or not _EVENT_WORDS.search(context.sentence)):
        score -= 2.5
    if is_moved:
        score += 1.5 if _TO_NEW.search(context.before) else -2.0 if _FROM_OLD.search(context.before) else 0.0
    if mention.precision == "month":
        score -= 1.0
    return score


def _times(context: _Context) -> tuple[time | None, time | None]:
    """The hour stands behind the day ("am 12. März, 10 Uhr"), else before it ("um 10 Uhr am 12. März")."""
    found = prose_dates.clock_times(context.after[:90])
    return found if found[0] else prose_dates.clock_times(context.before[-40:])


def _place(context: _Context, whole: str) -> str:
    labelled = _PLACE_LABEL.search(whole)
    if labelled:
        place = re.split(
            r"(?<=[a-zß)])[.]\s|,\s*(?=\d{1,2}[.:]\s?\d)|\s+(?:Uhrzeit|Zeit|Time|Anmeldung|Registration)\b",
            labelled["place"],
        )[0]
        return place.strip(" .,")[:80]
    found = _PLACE_AFTER.match(context.after)
    if found:
        words = re.sub(r"^(?:der|dem|den|the)\s+", "", found["place"]).strip()
        if words.split()[0].lower() not in prose_dates.MONTHS:
            return words[:80]
    return ""


def _evidence(context: _Context) -> str:
    sentence = " ".join(context.sentence.split())
    return sentence if len(sentence) <= 160 else sentence[:159].rstrip() + "…"


def _embargo(
    whole: str, day: date, zone: tzinfo
) -> tuple[datetime | None, tuple[int, int] | None, tuple[str, ...]]:
    """Return the instant before which nothing may be shown, where it stands, and warnings."""
    found = _EMBARGO.search(whole)
    if not found or _NO_EMBARGO.search(whole[max(0, found.start() - 20) : found.end() + 30]):
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
        if re.match(r"frei|freigegeben|veröffentlichung\s+(?:erst\s+)?ab", found[0], _I):
            instant = datetime.combine(mention.first, time(0), tzinfo=zone)
        else:
            warnings = (f"the embargo names {mention.last} without an hour; held until the end of that day",)
    elif where:
        offset = timedelta(hours=_ZONES[where[1].lower()])
        instant = datetime.combine(mention.last, hour, tzinfo=UTC) - offset
    else:
        instant = datetime.combine(mention.last, hour, tzinfo=zone)
    return instant.astimezone(UTC), (found.start(), found.start() + mention.end + 1), warnings
