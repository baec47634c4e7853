"""
Days named in running text, German and English: where they stand and which days they are.

Read are days ("12. März 2026", "March 12, 2026", "12.03.2026"), spans ("12.–14. März", "30 March to
2 April 2026"), weeks ("KW 12", "calendar week 12/2026") and months ("April 2025", "Anfang Juni").
A year left out is the one that brings the day next to the reference day, a weekday deciding between
two. `05/06/2025` may be May or June and is not read. A guessing library was refused: it reads
"heute" and "Mai" anywhere, and takes 10 ms a string.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time, timedelta

_MONTH_NAMES = {
    1: "januar|january|jänner|jan", 2: "februar|february|feber|feb", 3: "märz|maerz|march|mrz|mär|mar",
    4: "april|apr", 5: "mai|may", 6: "juni|june|jun", 7: "juli|july|jul", 8: "august|aug",
    9: "september|sept|sep", 10: "oktober|october|okt|oct", 11: "november|nov", 12: "dezember|december|dez|dec",
}  # fmt: skip
MONTHS = {name: number for number, names in _MONTH_NAMES.items() for name in names.split("|")}
_WEEKDAYS = {
    "mo": 0, "di": 1, "mi": 2, "do": 3, "fr": 4, "sa": 5, "so": 6,
    "tu": 1, "we": 2, "th": 3, "su": 6,
}  # fmt: skip

_M = "(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")\b\.?"
_D = r"(?:0?[1-9]|[12]\d|3[01])(?!\d)"
_Y = r"(?:(?:19|20)\d\d|'\d\d)(?!\d)"
_TO = (
    r"\s?(?:-|–|—|‑|/|&|\bbis(?:\s+(?:zum|einschließlich|einschl\.))?\b|\bund\b"
    r"|\bto\b|\band\b|\buntil\b|\bthrough\b|\btill\b)\s?"
)
_W = (
    r"(?:montags?|dienstags?|mittwochs?|donnerstags?|freitags?|samstags?|sonnabends?|sonntags?|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so)\b[.,]*\s*"
    r"(?:(?:den|dem|der|the)\s+)?"
)
_O = r"(?:st|nd|rd|th)?"
_N = r"(?:1[0-2]|0?[1-9])"
_YY = rf"(?:{_Y}|\d\d(?![\d:.]))"

# All forms begin with a digit or a month; weekdays, "KW" and "Anfang" before them are looked up backwards.
_FORMS = (
    # 30 March to 2 April 2026; 30. März bis 2. April 2026
    (
        rf"(?P<a_day>{_D}){_O}\.?\s?(?:of\s)?(?P<a_month>{_M})\s?,?\s?(?P<a_year>{_Y})?{_TO}(?:the\s)?(?:{_W})?"
        rf"(?P<a_day2>{_D}){_O}\.?\s?(?:of\s)?(?P<a_month2>{_M})(?:,?\s?(?P<a_year2>{_Y}))?"
    ),
    # 30.03.2026 bis 02.04.2026; 30.3.-2.4.2026
    (
        rf"(?P<b_day>{_D})\.\s?(?P<b_month>{_N})\.\s?(?P<b_year>{_YY})?{_TO}(?:{_W})?"
        rf"(?P<b_day2>{_D})\.\s?(?P<b_month2>{_N})\.(?:\s?(?P<b_year2>{_YY}))?"
    ),
    # 12.–14.03.2026
    rf"(?P<c_day>{_D})\.?{_TO}(?P<c_day2>{_D})\.\s?(?P<c_month>{_N})\.(?:\s?(?P<c_year>{_YY}))",
    # 12. März 2026; 12th of March; 12.–14. März 2026; Thursday 12 and Friday 13 March
    (
        rf"(?P<d_day>{_D}){_O}\.?(?:,?{_TO}(?:{_W})?(?P<d_day2>{_D}){_O}\.?)?"
        rf"(?:\s?of)?\s?(?P<d_month>{_M})(?:,?\s?(?P<d_year>{_Y}))?"
    ),
    # March 30 to April 2, 2026
    (
        rf"(?P<e_month>{_M})\s(?P<e_day>{_D}){_O}(?:,\s?(?P<e_year>{_Y}))?{_TO}(?:{_W})?"
        rf"(?P<e_month2>{_M})\s(?P<e_day2>{_D}){_O}(?:,?\s?(?P<e_year2>{_Y}))?"
    ),
    # March 12-14, 2026
    (
        rf"(?P<f_month>{_M})\s(?P<f_day>{_D}){_O}(?:{_TO}(?P<f_day2>{_D}){_O}(?![:.]\d))?"
        rf"(?:,?\s?(?P<f_year>{_Y}))?(?!\s?(?:uhr|[ap]\.?m\b))"
    ),
    # 2026-03-12
    r"(?P<g_year>(?:19|20)\d\d)-(?P<g_month>1[0-2]|0[1-9])-(?P<g_day>0[1-9]|[12]\d|3[01])(?!\d)",
    # 12.03.2026; 12.3.
    rf"(?P<h_day>{_D})\.\s?(?P<h_month>{_N})\.\s?(?P<h_year>{_YY})",
    rf"(?P<i_day>{_D})\.(?P<i_month>{_N})\.(?![\d\w])",
    # 13/03/2026, where only one reading is possible
    rf"(?P<j_day>1[3-9]|2\d|3[01])/(?P<j_month>{_N})/(?P<j_year>(?:19|20)\d\d)",
    # 12. Kalenderwoche
    r"(?P<l_week>[1-4]\d|5[0-3]|0?[1-9])\.\s?(?:kw|kalenderwoche)\b(?:\s?/?\s?(?P<l_year>20\d\d))?",
    # April 2025; Anfang Juni
    rf"(?P<m_month>{_M})(?:\s?,?\s?(?P<m_year>{_Y}))?",
)
_AT_ANCHOR = re.compile("|".join(f"(?:{form})" for form in _FORMS), re.IGNORECASE)
_WEEK_NUMBER = re.compile(r"(?P<k_week>[1-4]\d|5[0-3]|0?[1-9])(?!\d)(?:\s?[/,-]?\s?(?P<k_year>20\d\d))?")
_WEEK_BEFORE = re.compile(r"\b(?:kw|kalenderwoche|calendar\sweek|cw)\s?\.?\s?\Z", re.IGNORECASE)
_WEEKDAY_BEFORE = re.compile(rf"\b(?P<weekday>{_W})\Z", re.IGNORECASE)
_PART_BEFORE = re.compile(
    r"\b(?P<part>anfang|mitte|ende|early|mid|late|beginning\sof|end\sof|im|in)[\s-]\Z", re.IGNORECASE
)
# A digit or the capital of a month, which a search finds fast; what stands around it is looked at then.
_ANCHOR = re.compile(
    r"[\dJFMASOND](?<![\w.,/'].)(?:(?<=\d)\d{0,3}(?!\d)|(?<=J)(?:an|än|AN|un|ul|UN|UL)|(?<=F)(?:eb|EB)"
    r"|(?<=M)(?:är|ae|ar|rz|ai|ay|AR|ÄR|AI|AY)|(?<=A)(?:pr|ug|PR|UG)|(?<=S)(?:ep|EP)|(?<=O)(?:kt|ct|KT|CT)"
    r"|(?<=N)(?:ov|OV)|(?<=D)(?:ez|ec|EZ|EC))"
)
_BEFORE = 28
PAST = timedelta(days=45)
"""A day without a year that lies back less than this is meant, not next year's."""

_CLOCK = (
    r"(?P<{n}hour>2[0-4]|[01]?\d)(?!\d)(?:[:.](?P<{n}minute>[0-5]\d))?(?:\s?(?:h\b|uhr\b))?"
    r"(?:\s?(?P<{n}half>[ap])\.?\s?m\b\.?)?"
)
_TIMES = re.compile(
    r"(?<![\d.,:/-])"
    + _CLOCK.format(n="a")
    + r"(?:\s?(?:-|–|—|bis|to|until|till)\s?"
    + _CLOCK.format(n="b")
    + r")?(?:\s?uhr\b)?",
    re.IGNORECASE,
)
_NOON = re.compile(r"\b(?:12\s?)?(?P<word>noon|midnight|mitternacht)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """
    Days named at one place.

    Attributes:
        start, end: Offsets into the text.
        first, last: The days, both included; equal for one day.
        precision: `day`, `week` or `month`.
        has_year: The year was written, not inferred.
    """

    start: int
    end: int
    first: date
    last: date
    precision: str = "day"
    has_year: bool = True
    has_weekday: bool = False


def mentions(text: str, *, near: date, limit: int = 60) -> list[Mention]:
    """Return up to `limit` mentions in order; `near` is the day the text was published."""
    found: list[Mention] = []
    end = 0
    for anchor in _ANCHOR.finditer(text):
        if anchor.start() < end:
            continue
        mention, end = _at(text, anchor.start(), near)
        if mention:
            found.append(mention)
            if len(found) == limit:
                break
    return found


def _at(text: str, place: int, near: date) -> tuple[Mention | None, int]:
    """Return the mention that begins there, and where to look on."""
    before = text[max(0, place - _BEFORE) : place]
    match = (_WEEK_NUMBER if _WEEK_BEFORE.search(before) else _AT_ANCHOR).match(text, place)
    if match is None:
        return None, place
    parts = {name.partition("_")[2]: value for name, value in match.groupdict().items() if value is not None}
    if "month" in parts and not parts["month"][:1].isdigit() and not parts["month"][:1].isupper():
        return None, place  # "may", "march", "mar": a verb or part of a name
    weekday = _WEEKDAY_BEFORE.search(before)
    try:
        days = _span(parts, before, weekday, near)
    except ValueError:  # 31 February
        return None, match.end()
    if days is None:
        return None, place
    first, last, precision = days
    mention = Mention(
        start=place,
        end=match.end(),
        first=first,
        last=last,
        precision=precision,
        has_year="year" in parts or "year2" in parts,
        has_weekday=bool(weekday),
    )
    return mention, match.end()


def _span(
    parts: dict[str, str], before: str, weekday: re.Match[str] | None, near: date
) -> tuple[date, date, str] | None:
    if "week" in parts:
        return *_week(parts, near), "week"
    if "day" in parts:
        return *_days(parts, near, _WEEKDAYS[weekday["weekday"][:2].lower()] if weekday else None), "day"
    part = _PART_BEFORE.search(before)
    months = _month_only(parts, part["part"].lower() if part else "", near)
    return (*months, "month") if months else None


def clock_times(text: str) -> tuple[time | None, time | None]:
    """
    Return start and end of the first time of day in a text, None where there is none.

    A bare number is a time only with "Uhr", "h", "am"/"pm" or minutes.
    """
    noon = _NOON.search(text)
    for match in _TIMES.finditer(text):
        if noon and noon.start() < match.start():
            break
        first, last = _time(match, "a"), _time(match, "b")
        is_said = bool(match["ahalf"] or match["bhalf"] or _SAID.search(match[0]))
        if first is None or not (is_said or (match["aminute"] is not None and ":" in match[0])):
            continue
        is_afternoon = (match["bhalf"] or "").lower() == "p" and not match["ahalf"]
        if last is not None and is_afternoon and first.hour + 12 <= last.hour:
            first = first.replace(hour=first.hour + 12)
        return first, last
    if noon:
        return (time(12) if noon["word"].lower() == "noon" else time(0)), None
    return None, None


_SAID = re.compile(r"uhr|\d\s?h\b", re.IGNORECASE)


def _time(match: re.Match[str], name: str) -> time | None:
    hour = match[f"{name}hour"]
    if hour is None:
        return None
    number, half = int(hour), (match[f"{name}half"] or "").lower()
    if half:
        if not 1 <= number <= 12:
            return None
        number = number % 12 + (12 if half == "p" else 0)
    if number == 24:
        return time(23, 59)
    return time(number, int(match[f"{name}minute"] or 0))


def _days(parts: dict[str, str], near: date, weekday: int | None) -> tuple[date, date]:
    month = _month(parts["month"])
    month2 = _month(parts["month2"]) if "month2" in parts else month
    year2 = _year(parts["year2"]) if "year2" in parts else _year(parts["year"]) if "year" in parts else None
    day, day2 = int(parts["day"]), int(parts.get("day2", parts["day"]))
    if year2 is None:
        first = next_to(near, month, day, weekday)
        last = date(first.year + (month2 < month), month2, day2)
    else:
        last = date(year2, month2, day2)
        first = date(_year(parts["year"]) if "year" in parts else year2 - (month2 < month), month, day)
    if last < first:
        raise ValueError("a span that ends before it begins")
    return first, last


def next_to(near: date, month: int, day: int, weekday: int | None = None) -> date:
    """
    Return the day of that month nearest to come, up to 45 days past allowed; a weekday decides first.

    Raises:
        ValueError: No such day in the years around.
    """
    choices = []
    for year in range(near.year - 1, near.year + 3):
        try:
            choices.append(date(year, month, day))
        except ValueError:
            continue
    fitting = [choice for choice in choices if weekday is None or choice.weekday() == weekday] or choices
    coming = [choice for choice in fitting if choice >= near - PAST]
    if not coming:
        raise ValueError("no such day")
    return coming[0]


def _week(parts: dict[str, str], near: date) -> tuple[date, date]:
    week = int(parts["week"])
    if "year" in parts:
        monday = date.fromisocalendar(int(parts["year"]), week, 1)
    else:
        year = near.isocalendar().year
        monday = date.fromisocalendar(year, week, 1)
        if monday < near - PAST:
            monday = date.fromisocalendar(year + 1, week, 1)
    return monday, monday + timedelta(days=6)


def _month_only(parts: dict[str, str], part: str, near: date) -> tuple[date, date] | None:
    """A month without year or "im", "Anfang" may be anything: a name, a verb ("may")."""
    word = parts["month"]
    if "year" not in parts and not part:
        return None
    month = _month(word)
    year = _year(parts["year"]) if "year" in parts else next_to(near.replace(day=1), month, 1).year
    last_day = calendar.monthrange(year, month)[1]
    spans = {"anfang": (1, 10), "early": (1, 10), "beginning of": (1, 10), "mitte": (11, 20), "mid": (11, 20),
             "ende": (21, last_day), "late": (21, last_day), "end of": (21, last_day)}  # fmt: skip
    first, last = spans.get(part, (1, last_day))
    return date(year, month, first), date(year, month, last)


def _month(written: str) -> int:
    return int(written) if written.isdigit() else MONTHS[written.rstrip(".").lower()]


def _year(written: str) -> int:
    digits = written.lstrip("'")
    return int(digits) if len(digits) == 4 else 2000 + int(digits)
