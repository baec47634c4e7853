"""
Hard facts read from a text in either language: what must agree when two texts tell the same news.

Every fact is one short string, the same in German and English: `n:42` a number, `o:23` an
ordinal, `m:3` a month, `y:2026` a year, `d:03-05` a day of a year, `q:4` a quarter, `v:3.1r2` a
version, `a:EUR:3840000` an amount of money, `r:10.1234/abc` a reference (DOI, file number, job
number), `w:...` a web address' host. Facts are typed because types differ in weight: two
releases with other months are two releases, two with other counts may be an edit.

A language is not asked for: `3,84` and `3.84` are told apart from `3.840` by the number of
digits, which holds in both languages but for years and three-decimal figures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MAX_CHARACTERS = 12_000
NEAR_DIGIT = 32
"""Characters to either side of a digit in which what belongs to it stands ("million euro", "September", "no.")."""

_MONTHS = {
    "januar": 1, "jaenner": 1, "january": 1, "jan": 1, "februar": 2, "feber": 2, "february": 2, "feb": 2,
    "maerz": 3, "march": 3, "mrz": 3, "april": 4, "apr": 4, "mai": 5, "may": 5, "juni": 6, "june": 6, "jun": 6,
    "juli": 7, "july": 7, "jul": 7, "august": 8, "aug": 8, "september": 9, "sept": 9, "sep": 9,
    "oktober": 10, "october": 10, "okt": 10, "oct": 10, "november": 11, "nov": 11,
    "dezember": 12, "december": 12, "dez": 12, "dec": 12,
}  # fmt: skip
_SHORT_MONTHS = ("juni", "juli", "june", "july")
_SURE_MONTHS = {name: number for name, number in _MONTHS.items() if len(name) > 4 or name in _SHORT_MONTHS}

_ORDINALS = {
    "erst": 1, "zweit": 2, "dritt": 3, "viert": 4, "fuenft": 5, "sechst": 6, "siebt": 7, "acht": 8, "neunt": 9,
    "zehnt": 10, "elft": 11, "zwoelft": 12,
}  # fmt: skip
_ENGLISH_ORDINALS = {
    "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
    "tenth": 10, "eleventh": 11, "twelfth": 12,
}  # fmt: skip
_CARDINALS = {
    "zwei": 2, "drei": 3, "vier": 4, "fuenf": 5, "sechs": 6, "sieben": 7, "acht": 8, "neun": 9, "zehn": 10, "elf": 11,
    "zwoelf": 12, "zwanzig": 20, "dreissig": 30, "vierzig": 40, "fuenfzig": 50, "hundert": 100, "two": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
}  # fmt: skip
_NUMBER_WORDS = frozenset((*_CARDINALS, *_ENGLISH_ORDINALS))
_SCALES = {
    "tausend": 1e3, "thousand": 1e3, "tsd": 1e3, "k": 1e3, "million": 1e6, "millionen": 1e6, "mio": 1e6, "mn": 1e6,
    "m": 1e6, "milliarde": 1e9, "milliarden": 1e9, "mrd": 1e9, "billion": 1e9, "bn": 1e9, "billionen": 1e12,
}  # fmt: skip
_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "usd": "USD", "us-dollar": "USD",
    "dollar": "USD", "dollars": "USD", "£": "GBP", "gbp": "GBP", "pfund": "GBP", "chf": "CHF", "franken": "CHF",
}  # fmt: skip

_MONEY = ("€", "$", "£", "eur", "usd", "dollar", "gbp", "pfund", "chf", "franken")
_MONTH_WORD = "|".join(sorted(_MONTHS, key=len, reverse=True))
_MONTH_NAME = re.compile(rf"\b(?:{_MONTH_WORD})\b")
_NUMBER = r"\d+(?:[.,'’]\d+)*"
_SCALE_WORD = (
    "tausend|thousand|tsd|millionen|million|mio|mn|milliarden|milliarde|mrd|billionen|billion|bn|k|m"
)

_REFERENCE = re.compile(
    r"\b10\.\d{4,9}/[^\s\"<>]+[^\s\"<>.,;:)\]]"
    r"|\b[a-z]{2,6}[-/ ]?(?:19|20)\d\d[-/]\d{1,4}\b"
    r"|\b(?!q[1-4]\b)[a-z]{1,4}-\d{2,}(?:-\d+)*\b"
    r"|\b[a-z]{2}\d{9}[0-9a-z]\b"
    r"|\bcve-\d{4}-\d{3,}\b|\bdsa-\d+(?:-\d+)?\b"
)
_NUMBERED_RELEASE = re.compile(
    r"\b(?:nr|no|nummer|number|pm|ausgabe|issue|folge|episode|#)\s?\.?\s?#?(\d{1,5})(?:/(?:19|20)?\d\d)?\b(?!/)"
    r"|#(\d{1,5})\b"
)
_LAW = re.compile(
    r"\b(?:nr|no)\s?\.?\s?\d{1,4}/(?:19|20)\d\d\b|\b(?:§+|art|article|artikel|abs|section)\.?\s?\d+\w?\b"
)
_ISO_DATE = re.compile(r"\b((?:19|20)\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])\b")
_GERMAN_DATE = re.compile(r"\b(0?[1-9]|[12]\d|3[01])\.\s?(0?[1-9]|1[0-2])\.\s?((?:19|20)?\d\d)?\b")
_DAY = r"(0?[1-9]|[12]\d|3[01])"
_OR_YEAR = r"(?:,?\s?((?:19|20)\d\d)\b)?"
_DAY_MONTH = re.compile(rf"\b{_DAY}(?:\.|st|nd|rd|th)?\s?(?:of )?({_MONTH_WORD})\b\.?{_OR_YEAR}")
_DAYS_MONTH = re.compile(
    rf"\b{_DAY}\.?\s?(?:-|–|bis|und|and|to)\s?{_DAY}\.?\s?({_MONTH_WORD})\b\.?{_OR_YEAR}"
)
_MONTH_DAY = re.compile(
    rf"\b({_MONTH_WORD})\b\.?\s{_DAY}(?:st|nd|rd|th)?\b(?!\s?(?:{_MONTH_WORD})){_OR_YEAR}"
)
_MONTH_YEAR = re.compile(rf"\b({_MONTH_WORD})\b\.?,?\s((?:19|20)\d\d)\b")
_ALONE = sorted((name for name in _SURE_MONTHS if name not in ("march", "august")), key=len, reverse=True)
_MONTH = re.compile(rf"\b({'|'.join(_ALONE)})\b")
_QUARTER = re.compile(
    r"\bq([1-4])\b|\b([1-4])\.? ?(?:quartal|quarter)|\b(erst|zweit|dritt|viert)e[nrs]? quartal"
    r"|\b(first|second|third|fourth)[- ]quarter"
)
_AMOUNT = re.compile(
    rf"(?:(€|\$|£|\beur|\busd|\bgbp|\bchf)\s?({_NUMBER})\s?({_SCALE_WORD})?\b\.?)"
    rf"|(?:\b({_NUMBER})[\s-]?({_SCALE_WORD})?\.?[\s-]?"
    r"(€|\$|£|eur\b|euros?\b|usd\b|us-dollars?|dollars?\b|gbp\b|chf\b|franken\b|pfund\b))"
)
_FRACTIONS = {
    "viertelmillion": 250_000, "halbe million": 500_000, "dreiviertelmillion": 750_000,
    "anderthalb millionen": 1_500_000,
    "eine million": 1_000_000, "eineinhalb millionen": 1_500_000, "zweieinhalb millionen": 2_500_000,
    "zwei millionen": 2_000_000, "drei millionen": 3_000_000, "half a million": 500_000,
    "a quarter of a million": 250_000, "three quarters of a million": 750_000, "one million": 1_000_000,
    "two million": 2_000_000, "three million": 3_000_000, "one and a half million": 1_500_000,
}  # fmt: skip
_AMOUNT_IN_WORDS = re.compile(
    rf"\b(?:(euro?s?|€) )?({'|'.join(sorted(_FRACTIONS, key=len, reverse=True))})n? (euros?|us-dollars?|dollars?|eur)\b"
)
_SCALED = re.compile(
    rf"\b({_NUMBER})[\s-]?"
    r"(tausend|thousand|tsd|millionen|million|mio|milliarden|milliarde|mrd|billionen|billion|bn)\b"
)
_VERSION = re.compile(
    r"\b(?:version |release |v|r)?(\d+\.\d+r\d+[a-z]?|\d+(?:\.\d+){2,}[a-z]?\d*)\b"
    r"|\b(?:version |release |v|r)(\d+(?:\.\d+)*)\b"
    r"|\b(\d{1,2}\.0)\b(?![.,]\d| ?(?:%|prozent|percent|per cent|mi|mr|bi))"
)
_ORDINAL = re.compile(r"\b(\d{1,3})(?:\.(?=\s[a-z#\"„»])|st\b|nd\b|rd\b|th\b)")
_CLOCK = re.compile(
    r"\b\d{1,2}[:.]\d\d\s?(?:uhr|h\b|am\b|pm\b|a\.m|p\.m)|\b\d{1,2}\s?(?:uhr|am\b|pm\b|a\.m|p\.m)|\b\d{1,2}:\d\d\b"
)
_ADDRESS = re.compile(r"\bhttps?://\S+|\bwww\.\S+|\b\S+@\S+\.\S+")
_YEAR = re.compile(r"\b((?:19|20)\d\d)\b(?![.,]\d)")
_PLAIN = re.compile(rf"(?<![\w.,])({_NUMBER})(?!\w)")
_GERMAN_ORDINAL = re.compile(
    r"\b(erst|zweit|dritt|viert|fuenft|sechst|siebt|acht|neunt|zehnt|elft|zwoelft)e[nrsm]?\b"
)
_WORD = re.compile(r"[a-z]+")
_DIGIT = re.compile(r"\d")


def find(folded: str) -> frozenset[str]:
    """Return the facts of a text folded by `text.folding.fold`, in no order; only its beginning is read."""
    rest = folded[:MAX_CHARACTERS]
    if not rest:
        return frozenset()
    found: set[str] = set()
    figures, others = (rest, "") if "quart" in rest else _around_digits(rest)
    if figures:
        figures = _take_figures(figures, found)
    if "million" in rest:
        for match in _AMOUNT_IN_WORDS.finditer(rest):
            currency = "USD" if "dollar" in match[3] else "EUR"
            found.add(f"a:{currency}:{_plain(_FRACTIONS[match[2]])}")
    _take_words(f"{figures} ; {others}", found)
    return frozenset(found)


def _around_digits(text: str) -> tuple[str, str]:
    """
    Part a text into what stands near digits and the rest, at blanks.

    Eighteen expressions look for figures; most of a text has none, and need not be read so often.
    """
    near: list[str] = []
    far: list[str] = []
    done = 0
    for match in _DIGIT.finditer(text):
        if match.start() < done:
            continue
        start = text.rfind(" ", done, max(done, match.start() - NEAR_DIGIT)) + 1 or done
        end = match.end()
        while True:  # up to a stretch without digits
            end = text.find(" ", min(len(text), end + NEAR_DIGIT))
            end = len(text) if end < 0 else end
            last = _DIGIT.search(text, max(match.end(), end - NEAR_DIGIT), end)
            if last is None or end == len(text):
                break
        far.append(text[done:start])
        near.append(text[start:end])
        done = end
    far.append(text[done:])
    return " ; ".join(near), " ; ".join(far)


def of_type(facts: Iterable[str], types: str) -> set[str]:
    """Return the facts whose type letter is among `types`."""
    return {fact for fact in facts if fact[0] in types}


def is_told(fact: str, facts: frozenset[str] | set[str]) -> bool:
    """Whether a fact stands among others, also rounded ("3.8 million" for 3.84) or in another form."""
    if fact in facts:
        return True
    kind, _, value = fact.partition(":")
    if kind == "a":
        return any(_is_near(fact, other) for other in facts if other[0] == "a")
    if kind == "o":  # a small number stands in every text
        return int(value) > 12 and f"n:{value}" in facts
    if kind == "n":
        return (
            f"o:{value}" in facts
            or f"v:{value}" in facts
            or f"v:{value}.0" in facts
            or f"q:{value}" in facts
            or f"r:{value}" in facts
        )
    if kind == "m":
        prefix = f"d:{int(value):02d}-"
        return any(other.startswith(prefix) for other in facts)
    if kind == "d":
        return f"n:{int(value[3:])}" in facts and f"m:{int(value[:2])}" in facts
    if kind == "v":
        return f"n:{value.removesuffix('.0')}" in facts
    return False


def say(fact: str, language: str = "en") -> str:
    """Return a fact in words for an editor, e.g. "3.84 million euro" or "5 March"."""
    kind, _, value = fact.partition(":")
    if kind == "a":
        currency, _, amount = value.partition(":")
        return f"{_say_amount(float(amount))} {'euro' if currency == 'EUR' else currency}".strip()
    if kind == "d":
        month, day = int(value[:2]), int(value[3:])
        return f"{day} {MONTH_NAMES[month - 1]}"
    if kind == "m":
        return MONTH_NAMES[int(value) - 1]
    if kind == "o":
        return f"no. {value}"
    if kind == "w":
        return "what the titles name"
    return f"quarter {value}" if kind == "q" else value.upper() if kind == "r" else value


MONTH_NAMES = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def _say_amount(value: float) -> str:
    for scale, name in ((1e9, " billion"), (1e6, " million")):
        if value >= scale:
            return f"{value / scale:.4g}{name}"
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _take_figures(rest: str, found: set[str]) -> str:
    """Take facts out of the text from the most to the least specific, so that no figure counts twice."""
    if "http" in rest or "www." in rest or "@" in rest:
        rest = _ADDRESS.sub(_blank, rest)

    def take(pattern: re.Pattern[str], read: object) -> None:
        nonlocal rest
        rest = pattern.sub(lambda match: _keep(read(match), found, match), rest)  # type: ignore[operator]

    take(_LAW, lambda m: [])
    take(_REFERENCE, lambda m: [f"r:{m[0].replace(' ', '-')}"])
    take(_ISO_DATE, lambda m: _date(m[3], m[2], m[1]))
    has_month = _MONTH_NAME.search(rest) is not None
    if has_month:
        take(_DAYS_MONTH, lambda m: _date(m[1], _MONTHS[m[3]], m[4]) + _date(m[2], _MONTHS[m[3]], m[4]))
        take(_DAY_MONTH, lambda m: _date(m[1], _MONTHS[m[2]], m[3]))
        take(_MONTH_DAY, lambda m: _date(m[2], _MONTHS[m[1]], m[3]))
    take(_GERMAN_DATE, lambda m: _date(m[1], m[2], m[3]))
    if has_month:
        take(_MONTH_YEAR, lambda m: [f"m:{_MONTHS[m[1]]}", f"y:{m[2]}"])
    if "q" in rest:
        take(_QUARTER, _quarter)
    if any(sign in rest for sign in _MONEY):
        take(_AMOUNT, _amount)
    take(_CLOCK, lambda m: [])
    take(_VERSION, lambda m: [f"v:{m[1] or m[2] or m[3]}"])
    take(_SCALED, lambda m: [f"n:{_plain(_value(m[1]) * _SCALES[m[2]])}"])
    take(_NUMBERED_RELEASE, lambda m: [f"o:{int(m[1] or m[2])}"])
    take(_ORDINAL, lambda m: [f"o:{int(m[1])}"])
    take(_YEAR, lambda m: [f"y:{m[1]}"])
    take(_PLAIN, lambda m: [f"n:{_plain(_value(m[1]))}"])
    return rest


def _take_words(rest: str, found: set[str]) -> None:
    for match in _MONTH.finditer(rest):
        found.add(f"m:{_SURE_MONTHS[match[1]]}")
    for match in _GERMAN_ORDINAL.finditer(rest):
        if match[1] != "erst" and match[0] != "achten":
            found.add(f"o:{_ORDINALS[match[1]]}")
    for word in _NUMBER_WORDS.intersection(_WORD.findall(rest)):
        if word in _CARDINALS:
            found.add(f"n:{_CARDINALS[word]}")
        else:
            found.add(f"o:{_ENGLISH_ORDINALS[word]}")


def _keep(facts: list[str], found: set[str], match: re.Match[str]) -> str:
    found.update(facts)
    return _blank(match)


def _blank(match: re.Match[str]) -> str:
    return " ; "


def _date(day: str, month: str | int, year: str | None) -> list[str]:
    facts = [f"d:{int(month):02d}-{int(day):02d}"]
    if year:
        facts.append(f"y:{year if len(year) == 4 else '20' + year}")
    return facts


def _quarter(match: re.Match[str]) -> list[str]:
    digit = match[1] or match[2]
    if digit:
        return [f"q:{digit}"]
    word = match[3] or match[4]
    return [f"q:{_ORDINALS.get(word) or {'first': 1, **_ENGLISH_ORDINALS}[word]}"]


def _amount(match: re.Match[str]) -> list[str]:
    currency, number, scale = (match[1], match[2], match[3]) if match[1] else (match[6], match[4], match[5])
    value = _value(number) * _SCALES.get((scale or "").strip(), 1)
    name = _CURRENCIES.get(currency) or ("USD" if "dollar" in currency else "EUR")
    return [f"a:{name}:{_plain(value)}"]


def _value(written: str) -> float:
    """Read a number in German or English notation; `1.234` is a thousand, `1.23` is not."""
    written = written.replace("'", "").replace("’", "")
    marks = [letter for letter in written if letter in ".,"]
    if not marks:
        return float(written[:30])
    if len(set(marks)) == 2:
        last = marks[-1]
        other = "," if last == "." else "."
        return _float(written.replace(other, "").replace(last, "."))
    groups = re.split(r"[.,]", written)
    if len(marks) > 1 or (len(groups[1]) == 3 and groups[0] != "0"):
        return _float("".join(groups))
    return _float(written.replace(",", "."))


def _float(written: str) -> float:
    try:
        return float(written)
    except ValueError:  # several decimal marks, as in 1,2.3,4
        return float(re.sub(r"\D", "", written) or 0)


def _plain(value: float) -> str:
    return f"{value:.10g}"


def _is_near(fact: str, other: str) -> bool:
    currency, _, value = fact[2:].partition(":")
    currency_2, _, value_2 = other[2:].partition(":")
    if currency != currency_2:
        return False
    a, b = float(value), float(value_2)
    return abs(a - b) <= 0.025 * max(a, b)
