"""
Boilerplate, datelines, duty notices and teasers (domain spec, sections 5, 7 and 9.11).

A press text is news at the top and, below, what stands under every text of that sender: who they
are, whom to call, picture credits, legal tails. It is recognised by heading, by place in the text
and by repetition within a source (`repeated`), never by a list of literals alone. The stored text
stays whole; `core` only says which parts of it count for teasers, languages, topics and likeness.

Sentences that must be shown by law or grant (co-financing by the Saxon state budget, the EU funds)
are found by `notices`; they are given back in full and are no part of a teaser.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import chain, islice

from newsdigest.text import boilerplate_patterns as patterns
from newsdigest.text import dates
from newsdigest.text.folding import fold, letters, lower
from newsdigest.text.words import ELLIPSIS, cut, each_sentence, sentences

Span = tuple[int, int]

_BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace())
_MARKS_BEHIND = f"#*_{_BLANKS}"
_MARKS_BEFORE = f"-{_MARKS_BEHIND}"
_PARTED_MARK = re.compile(r"[.,;:!?](?<= .)")
_LINE = re.compile(r"[^\s][^\n]*")
_NO_LETTERS = bytes(code for code in range(128) if not chr(code).isalpha())
# No date without a digit.
_DIGIT = re.compile(r"[\d¹²³⁰⁴-⁹₀-₉]")

TEASER_LENGTH = 350
MAX_HEADING = 90
MAX_LABEL = 71


@dataclass(frozen=True, slots=True)
class Dateline:
    """
    "Leipzig, 4. November 2024 –" at the start of a text.

    Attributes:
        place: Without date and agency; "" where only a date stands there.
        day: Local date, None where the year is missing.
        end: Offset into the text behind it.
    """

    place: str
    day: date | None
    end: int


def dateline(text: str) -> Dateline | None:
    """Return the dateline a text begins with, or None."""
    head = text[:200]
    if not re.search(r"\d|[–—(-]", head[:100]):
        return None
    if match := patterns.DATELINE.match(head):
        moment = dates.parse(match["day"].removeprefix("den ").removeprefix("on "), zone="UTC")
        is_dated = bool(moment) or re.search(r"\d{1,2}\.\s?[A-Z]|[A-Z][a-z]+\.?\s\d", match["day"])
        if is_dated and (match["place"] or moment):
            return Dateline(
                (match["place"] or "").strip(" ,"), moment.at.date() if moment else None, match.end()
            )
    if (match := patterns.PLACE_ONLY.match(head)) and not (set(fold(match[0]).split()) & patterns.NO_PLACE):
        place = re.sub(r"\s*\(.*|\s*[-–—.:]+\s*\Z", "", match[0].strip(), flags=re.DOTALL).strip()
        return Dateline(place, None, match.end())
    return None


def notices(text: str, *, more: Sequence[str] = ()) -> tuple[str, ...]:
    """
    Return the sentences that must be shown in full, in order, each once.

    The Saxon formula and its English form, EU fund sentences, and what a source names itself (`more`).
    A sentence of the news that merely reports a grant ("Das BMFTR fördert ...") is none: a notice
    speaks of "this measure", "the project", "co-financed by".
    """
    found = [text[start:end].strip() for start, end in _notice_spans(text)]
    return tuple(dict.fromkeys([*found, *(sentence for sentence in more if sentence)]))


@lru_cache(maxsize=4)
def _notice_spans(text: str) -> list[Span]:
    """Return where the duty notices stand; asked twice for every text, by `core` and by `notices`."""
    # Bytes: lower-casing letters beyond ASCII takes as long as all the rest.
    lower = text.encode("utf-8", "surrogatepass").lower()
    has_mark = any(
        part in lower and any(mark in lower for mark in marks)
        for part, marks in patterns.NOTICE_MARKS.items()
    )
    if not has_mark or not patterns.NOTICE.search(text):
        return []
    return [
        (start, end)
        for start, end in sentences(text)
        if end - start <= 600
        and (match := patterns.NOTICE.search(text, start, end))
        and _opens_notice(text[start : match.start()], match[0])
        and (
            end - start <= 320
            or "diese" in text[start : start + 30].lower()
            or "this" in text[start : start + 30].lower()
        )
    ]


def _opens_notice(opening: str, found: str) -> bool:
    """Whether a sentence speaks of itself ("this measure is co-financed") rather than of somebody's grant."""
    if not opening.strip():
        return bool(re.match(r"(?:mit|ko|co)|gefördert|funded|financed|this", found, re.IGNORECASE))
    return bool(patterns.NOTICE_OPENING.match(opening + found[:8]))


def core(
    text: str, *, title: str = "", known: Iterable[str] = (), keys: Collection[str] = ()
) -> tuple[Span, ...]:
    """
    Return the offsets of what is left without dateline, boilerplate and duty notices.

    Args:
        text: Plain text as `html.to_text` gives it: paragraphs parted by empty lines.
        title: Helps to tell an unheaded self-description at the start from the news.
        known: Paragraphs known to be boilerplate of this source (settings, or `repeated`).
        keys: Their `paragraph_key`s, where only these were kept.

    Returns:
        Spans in order, not overlapping; never empty for a text with words: where all seems boilerplate,
        the first paragraph that is not a lone link or contact line is kept.
    """
    if not text.strip():
        return ()
    lines = _lines(text)
    known_keys = {*keys, *(paragraph_key(paragraph) for paragraph in known if paragraph.strip())}
    gone = _sections(text, lines)
    first_news = _first_news(text, lines, gone, title)
    small = lower(text)
    is_as_long = len(small) == len(text)  # some capitals have two small letters
    kept: list[Span] = []
    for number, (start, end) in enumerate(lines):
        if number in gone or number < first_news:
            continue
        if _is_boilerplate_line(small[start:end] if is_as_long else text[start:end].lower()):
            continue
        if known_keys and paragraph_key(text[start:end]) in known_keys:
            continue
        kept.append((start, end))
    if not kept:
        kept = [next((span for span in lines if len(text[slice(*span)]) > 60), lines[0])]
    kept[0] = _without_dateline(text, kept[0])
    kept = [span for span in kept if span[1] > span[0]]
    return tuple(_without(text, kept)) or tuple(kept) or (lines[0],)


def _is_boilerplate_line(line: str) -> bool:
    """Whether a lower-case line is boilerplate wherever it stands."""
    return len(line) <= 1200 and (
        bool(patterns.LINE.fullmatch(line))
        or _is_file_name(line)
        or ("@" in line and bool(patterns.ADDRESS.fullmatch(line)))
        or (
            len(line) < 450
            and ("v." in line or "left to right" in line or "to r." in line)
            and bool(patterns.CAPTION.search(line))
        )
    )


def _is_file_name(line: str) -> bool:
    # Looking for the endings first: the pattern tries every way to part six words.
    return bool(patterns.FILE_ENDING.search(line) and patterns.FILE_NAME.fullmatch(line))


@lru_cache(maxsize=64)
def _lines(text: str) -> Sequence[Span]:
    """Return where the lines stand; asked for what a feed repeats, and again for each text of it."""
    return tuple(match.span() for match in _LINE.finditer(text))


def paragraph_key(paragraph: str) -> str:
    """Return sixteen characters that are equal for paragraphs of the same letters."""
    return hashlib.blake2b(_key(paragraph).encode("utf-8", "replace"), digest_size=8).hexdigest()


@lru_cache(maxsize=1024)
def _key(paragraph: str) -> str:
    return letters(paragraph)


def _is_heading(line: str) -> bool:
    return len(line) <= MAX_HEADING and (line[-1:] not in ".!?,;…" or line.rstrip(".").endswith(" V"))


def _sections(text: str, lines: Sequence[Span]) -> set[int]:
    """Return the numbers of the lines under a boilerplate heading, the headings included."""
    gone: set[int] = set()
    total = len(text)
    active = ""
    for number, (start, end) in enumerate(lines):
        # Most lines are paragraphs: too long for a heading, and no label before a colon.
        if (
            not active
            and end - start > MAX_HEADING
            and text[start].isalnum()
            and text[end - 1] not in _MARKS_BEHIND
            and text.find(":", start, start + MAX_LABEL) < 0
        ):
            continue
        # Markdown headings stay in some texts ("## Über uns").
        line = text[start:end].lstrip(_MARKS_BEFORE).rstrip(_MARKS_BEHIND)
        if not line:
            continue
        kind = _section_kind(line, start / total)
        if kind:
            active = kind
        elif active and _resumes(text, lines, number, active):
            active = ""
        if active:
            gone.add(number)
    return gone


def _section_kind(line: str, place: float) -> str:
    """Return what a line opens: `about`, `contact`, `legal`, `more`, or "" for none."""
    heading = line.lower() if _is_heading(line) else ""
    label = re.match(r"([^:]{3,70}):(?:\s|\Z)", line.lower()) if ":" in line[:MAX_LABEL] else None
    if not heading and not label:
        return ""
    for kind, pattern in (
        ("contact", patterns.CONTACT),
        ("about", patterns.ABOUT),
        ("legal", patterns.LEGAL),
    ):
        if heading and pattern.fullmatch(heading):
            # A headline may begin with "Über": at the very top it opens no profile.
            if kind == "about" and place < 0.02:
                return ""
            return kind
        if label and pattern.fullmatch(label[1]):
            return kind
    if heading and place > 0.25 and patterns.MORE.fullmatch(heading):
        return "more"
    return ""


def _resumes(text: str, lines: Sequence[Span], number: int, active: str) -> bool:
    """Whether the news goes on behind a boilerplate section: under a heading of its own, or behind a contact line."""
    start, end = lines[number]
    line = text[start:end]
    before = text[lines[number - 1][1] : start] if number else ""
    follows_gap = "\n\n" in before or number == 0
    if active in ("contact", "more") and start / len(text) < 0.5:
        return follows_gap and len(line) > 160 and not patterns.REACH.search(line)
    if active == "about" and start / len(text) < 0.4:
        # A dateline opens the news itself ("a page may start with 150 words of profile").
        return dateline(line) is not None
    return False


def _first_news(text: str, lines: Sequence[Span], gone: set[int], title: str) -> int:
    """Return the number of the first line of news: self-descriptions above a dateline or the title's words go."""
    limit = max(1500, len(text) // 3)
    top = [number for number, (start, _end) in enumerate(lines) if start < limit and number not in gone][:12]
    for number in top[1:]:
        if not _DIGIT.search(text, lines[number][0], lines[number][0] + 80):
            continue
        found = dateline(text[slice(*lines[number])] + "\n")
        if found and found.place and found.day:
            above = " ".join(text[slice(*lines[other])] for other in top if other < number)
            if len(above) < 200 or patterns.PROFILE.search(above.lower()):
                return number
    first_paragraph = text[slice(*lines[top[0]])] if top else ""
    if (
        title
        and len(top) > 1
        and len(first_paragraph) > 200
        and patterns.PROFILE.search(first_paragraph[:400].lower())
    ):
        wanted = set(re.findall(r"\w{5,}", fold(title)))
        hits = [
            len(wanted & set(re.findall(r"\w{5,}", fold(text[slice(*lines[number])])))) for number in top[:4]
        ]
        if wanted and hits[0] * 2 < max(hits[1:], default=0) and max(hits[1:]) >= 2:
            return top[1]
    return 0


def _without_dateline(text: str, span: Span) -> Span:
    line = text[span[0] :]
    if found := dateline(line):
        return min(span[0] + found.end, span[1]), span[1]
    # "Bautzen. Wer an einer Herzschwäche …": a town and a full stop. One word tells no town from "Geschafft.",
    # so it is no dateline, but a teaser begins better without either.
    place = patterns.PLACE_STOP.match(line)
    return (span[0] + place.end(), span[1]) if place and span[0] + place.end() < span[1] else span


def _without(text: str, spans: list[Span]) -> Iterable[Span]:
    """Yield the spans without duty notices and without credits and "[...]" inside sentences."""
    photo_credits = patterns.CREDIT_IN_TEXT.finditer(text) if "(" in text or "[" in text else ()
    holes = sorted([*_notice_spans(text), *(match.span() for match in photo_credits)])
    for start, end in spans:
        place = start
        for hole_start, hole_end in holes:
            if hole_end <= place or hole_start >= end:
                continue
            if hole_start > place and text[place:hole_start].strip():
                yield place, hole_start
            place = max(place, hole_end)
        if place < end and text[place:end].strip():
            yield place, end


def repeated(texts: Sequence[str], *, at_least: int = 3, shortest: int = 40) -> tuple[str, ...]:
    """
    Return the paragraphs that stand under several texts of one source: its boilerplate, whatever its words.

    Args:
        texts: Bodies of different items; fewer than `at_least` tell nothing.
        at_least: In how many of them a paragraph must occur, and in a third of all.
        shortest: Paragraphs with fewer characters may repeat by chance.
    """
    own = [
        {text[slice(*span)] for span in _lines(text) if span[1] - span[0] >= shortest}
        for text in dict.fromkeys(texts)
    ]
    # Letter for letter first: folding every paragraph of every text would cost more than all the rest.
    twice = {paragraph for paragraph, count in Counter(chain.from_iterable(own)).items() if count > 1}
    seen: Counter[str] = Counter()
    first: dict[str, str] = {}
    for paragraphs in own:
        keyed = {_key(paragraph): paragraph for paragraph in sorted(paragraphs & twice)}
        seen.update(keyed.keys())
        for key, paragraph in keyed.items():
            first.setdefault(key, paragraph)
    enough = max(at_least, len(own) / 3)
    return tuple(first[key] for key, count in seen.items() if count >= enough)


def teaser(
    text: str, *, title: str = "", limit: int = TEASER_LENGTH, spans: Sequence[Span] | None = None
) -> str:
    """
    Return the first whole sentences of the news, at most `limit` characters.

    The first sentence is left out where it only repeats the title; headings are passed over; an
    excerpt that its publisher cut off in the middle loses the half sentence, where a whole one is left.

    Args:
        spans: What `core` gave for this text; computed where not given.
    """
    parts = core(text, title=title) if spans is None else spans
    pieces: list[str] = []
    length = 0
    for start, end in parts:
        piece = " ".join(text[start:end].split())
        if not piece or (
            _is_heading(piece) and not pieces and len(parts) > 1 and len(piece) < 70 and piece[-1] != ":"
        ):
            continue
        # A press service's remark on its own edition of the text tells a machine something, a reader nothing.
        if not pieces and len(parts) > 1 and patterns.VERSION_NOTE.match(piece):
            continue
        pieces.append(re.sub(r"^[-•*#]+\s+", "", piece))
        length += len(piece)
        if length > limit * 3:
            break
    prose = " ".join(pieces) or " ".join(" ".join(text[slice(*span)].split()) for span in parts[:3])
    if _PARTED_MARK.search(prose):
        prose = re.sub(r" ([.,;:!?])(?=\s|\Z)", r"\1", prose)
    if prose[:1].islower() and patterns.GREETING.search(text[:600]):
        prose = _without_cover_note(prose)
    prose = _without_title(prose, title)
    return _whole(cut(prose, limit))


def _without_cover_note(prose: str) -> str:
    """Return what follows a greeting without the words to whoever got the mail, and begun as a sentence."""
    for _start, end in islice(each_sentence(prose), 1):
        if patterns.ADDRESSED.search(prose[:end]) and len(prose[end:].strip()) > 60:
            return prose[end:].strip()
    return prose[0].upper() + prose[1:]


def _without_title(prose: str, title: str) -> str:
    wanted = _key(title)
    if len(wanted) < 8:
        return prose
    for _start, end in islice(each_sentence(prose[: len(title) * 2 + 200]), 2):
        # No letter of ASCII is lost in folding: more of them than wanted cannot be the title.
        if len(prose[:end].encode("ascii", "ignore").translate(None, _NO_LETTERS)) > len(wanted):
            break
        if _key(prose[:end]) == wanted and prose[end:].strip():
            return prose[end:].lstrip(" \n–—:-|")
    begin = prose[: len(title) + 2]
    # "Title Title goes on ...": a repeated headline without a full stop.
    if begin.startswith(title.strip()) and re.match(
        r"\s*[\n–—:|]|\s+[A-ZÄÖÜ„\"]", prose[len(title.strip()) :]
    ):
        rest = prose[len(title.strip()) :].lstrip(" \n–—:-|")
        return rest if len(rest) > 80 else prose
    return prose


def _whole(text: str) -> str:
    """Return the text without a last sentence that its publisher left unfinished."""
    if ELLIPSIS not in text and "..." not in text:
        return text
    text = re.sub(
        r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|\(\s*(?:…|\.\.\.)\s*\)|(?:…|\.\.\.)\s*(?:»|>>|mehr|weiterlesen"
        r"|more)?)\s*\Z",
        f" {ELLIPSIS}",
        text,
    )
    if not text.endswith(ELLIPSIS):
        return text
    spans = sentences(text)
    if len(spans) > 1 and spans[-2][1] >= 80:
        return text[: spans[-2][1]]
    return text
