"""
What a source says under every text: its boilerplate, learnt from repetition (domain spec, section 5).

Pure. A heading or a place in the text tells much boilerplate; an unheaded self-description is only
told by standing under several texts of one source. What was learnt is kept with the source's state as
short keys, so that a text is judged by what came before it too. The stored text stays whole, and duty
notices are given back in full from it, whatever was learnt.

The patterns of boilerplate take long to compile, and a list of sources only words what was learnt: they are
imported where texts are read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, timedelta

AT_LEAST = 3
RECENT = 12
"""Stored items that are looked at beside a document of few entries."""
FEW = 6
MOST = 16
FORGOTTEN_AFTER = timedelta(days=400)
_HEAD = 70
# A funder's line may be worded as no formula we know: it stays where it stands. Asked of lower-case text.
_FUNDING = re.compile(
    r"f(?:ö|oe)rderkennzeichen|\bfkz\b|aus mitteln d|steuermittel|(?:ko|co|mit)-?\s?(?:ge)?finan[zc]|grant agreement"
    r"|europäischen? union|european union"
)


def found_in(texts: Iterable[str]) -> dict[str, str]:
    """Return the paragraphs that several of the texts share: key to the first words."""
    from newsdigest.text import boilerplate

    bodies = [text for text in texts if text]
    if len(bodies) < AT_LEAST:
        return {}
    shared = boilerplate.repeated(bodies, at_least=AT_LEAST)
    return {
        boilerplate.paragraph_key(paragraph): _head(paragraph)
        for paragraph in shared[:MOST]
        if boilerplate.notices(paragraph) or not _FUNDING.search(paragraph.lower())
    }


def holds(text: str, some: Collection[str]) -> bool:
    """Tell whether a paragraph of the text has one of these keys."""
    from newsdigest.text import boilerplate

    return any(boilerplate.paragraph_key(line) in some for line in text.split("\n") if line)


def keys(kept: object) -> frozenset[str]:
    """Return the keys of what was learnt before."""
    return frozenset(_rows(kept))


def merged(kept: object, found: Mapping[str, str], today: date) -> dict[str, list[str]]:
    """Return what is known now: seen again today, or within about a year; the latest where it is much."""
    rows = {key: row for key, row in _rows(kept).items() if row[0] >= (today - FORGOTTEN_AFTER).isoformat()}
    rows.update({key: [today.isoformat(), head] for key, head in found.items()})
    latest = sorted(rows, key=lambda key: rows[key][0], reverse=True)[:MOST]
    return {key: rows[key] for key in rows if key in latest}


def words(kept: object) -> str:
    """Return what was learnt in one sentence, "" where nothing was."""
    heads = [row[1] for row in _rows(kept).values()]
    if not heads:
        return ""
    more = f" and {len(heads) - 1} more" if len(heads) > 1 else ""
    return f"repeats under its texts, left out of teasers: “{heads[0]}”{more}"


def _rows(kept: object) -> dict[str, list[str]]:
    if not isinstance(kept, Mapping):
        return {}
    return {
        str(key): [str(part) for part in row]
        for key, row in kept.items()
        if isinstance(row, Sequence) and len(row) == 2
    }


def _head(paragraph: str) -> str:
    line = " ".join(paragraph.split())
    return line if len(line) <= _HEAD else line[:_HEAD].rsplit(" ", 1)[0] + " …"
