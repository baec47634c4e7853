"""
Teasers and headlines of placements: the source's own words, cut where a sentence ends.

How boilerplate is told from news and where a sentence ends is decided in `text.boilerplate` and
`text.words`; here stands only which text is taken and how much of it. Mandatory notices do not
belong to a teaser: they stand in full beside it.
"""

from __future__ import annotations

import re

from newsdigest.model.items import Item
from newsdigest.text import boilerplate
from newsdigest.text.words import ELLIPSIS, cut, each_sentence

READ_AHEAD = 8000  # characters of an item looked at; a teaser never needs more


def teaser_of(item: Item, limit: int) -> str:
    """
    Return the teaser of an item, at most `limit` characters; "" where the item says no more than its title.

    A first sentence that is only a little longer stays whole.
    """
    spans = [(start, min(end, READ_AHEAD)) for start, end in item.core if start < READ_AHEAD]
    text = _without_embargo(item.text[:READ_AHEAD])
    made = boilerplate.teaser(text, title=item.title, limit=limit, spans=spans or None)
    if ELLIPSIS in made[-2:]:
        whole = boilerplate.teaser(text, title=item.title, limit=limit * 5 // 4, spans=spans or None)
        if ELLIPSIS not in whole[-2:]:
            made = next((whole[start:end] for start, end in each_sentence(whole)), made)
    found = made or cut(_without_embargo(item.teaser), limit)
    return "" if found.casefold() == item.title.strip().casefold() else found


def shorter(teaser: str, limit: int) -> str:
    """Return a teaser that fits a smaller room, again cut at a sentence's end where one is near."""
    return cut(teaser, limit) if len(teaser) > limit else teaser


# "Sperrfrist: Freitag, 27. November 2026, 17:00 Uhr. Forschende …", "+++ Embargoed until … +++": a line,
# a bracket or the first sentence; it names a day, or says that there is none.
_EMBARGO_LINE = re.compile(
    r"""
    ^[^\w\n]*
    (?: sperrfrist | embargo(?:ed)?(?=\W*(?:until|till|bis|ends|lift|for|date|none|keine|\d))
      | frei\ ab | zur\ veröffentlichung\ (?:frei\ )?ab )
    \b[^\n]{0,160}
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_EMBARGO_END = re.compile(
    r"""
    \+{2,} | \)(?=\s|$) | [.:]?\s+[–—-]{1,2}\s
    | \b(?:uhr|gmt|utc|bst|e[sd]t|mes?z|ces?t|a\.?m\.?|p\.?m\.?|\d{4})\)?\s*[.:!]+(?=\s|$)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_EMBARGO_REACH = 600  # characters from the top in which such a line stands


def _without_embargo(text: str) -> str:
    """Return the text with the embargo's words blanked out, every other character where it was."""
    found = _EMBARGO_LINE.search(text[:_EMBARGO_REACH])
    if found is None or not re.search(r"\d|\bkeine\b|\bnone\b", found[0]):
        return text
    start, end = found.span()
    head = re.match(r"\W*\w+(?:\s+(?:ab|until|bis))?\W*", found[0])
    ends = [one.end() for one in _EMBARGO_END.finditer(found[0], head.end() if head else 0)]
    ends = ends or [stop for _, stop in each_sentence(found[0]) if stop < len(found[0])]
    if ends:
        end = start + ends[0]
    elif text[end : end + 1] not in ("", "\n"):
        return text  # no end in sight: rather a word too many than a sentence lost
    return text[:start] + " " * (end - start) + text[end:]


# What a wire prints for machines: "EQS-News: Title", "Title / Key word(s): Increase". "Ad hoc" is a duty and stays.
_WIRE = re.compile(r"^(?:[A-Z]{2,6}-(?:News|CMS|Media|Press)|Corporate News)\s*:\s+(?=\S)")
_KEY_WORDS = re.compile(
    r"\s*/\s*(?:Key ?word(?:\(s\)|s)?|Schlagwort(?:\(e\)|e)?|Stichworte?)\s*:.*\Z", re.IGNORECASE
)
# "SPERRFRIST 11. März, 17:00 Uhr: Title": the embargo is kept as data, and over when the mail goes.
_EMBARGO = re.compile(r"^\W*(?:sperrfrist|embargo(?:ed)?)\b.{0,60}?:\s+(?=\S)", re.IGNORECASE)


def headline_of(title: str, limit: int) -> str:
    """
    Return the title as one line, without an embargo's note and a wire's key words.

    It is cut, between words, only when it is half as long again as it should be.
    """
    flat = _WIRE.sub("", _KEY_WORDS.sub("", _EMBARGO.sub("", " ".join(title.split()))))
    if len(flat) <= limit * 3 // 2:
        return flat
    if (official := _OFFICIAL.match(flat)) and len(official["about"]) < limit - len(official["what"]):
        return f"{official['what']}: {official['about']}"
    return _closed(flat[:limit].rsplit(" ", 1)[0].rstrip(" ,;:–-(„“\"'«»‚‘["))


# "Bekanntmachung der Richtlinie zur Förderung von Vorhaben zum Thema „X“ im Rahmen …": what it is about stands last.
_OFFICIAL = re.compile(
    r"(?P<what>(?:Förder)?(?:Bekanntmachung|bekanntmachung|Richtlinie|richtlinie|Aufruf|aufruf)|Ausschreibung)\b"
    r"[^„“]{10,}?\b(?:zum Thema|zum Programm|zur Maßnahme|[Ff]ördermaßnahme|[Ff]örderlinie) (?P<about>„[^„“]{12,}“)"
)
_PAIRS = (("„", "“"), ("“", "”"), ("«", "»"), ("‚", "‘"), ("(", ")"), ("[", "]"), ('"', '"'))
_LEAST_HEAD = 40  # characters a headline keeps when it is cut before a quotation


def _closed(head: str) -> str:
    """
    Return the beginning of a headline with an ellipsis, no quotation or bracket left open.

    It ends before one that begins late; of one that begins early nothing would be left, so it is closed.
    """
    for opening, closing in _PAIRS:
        if opening == "“" and "„" in head:
            continue  # the German closing mark is the English opening one
        at = head.rfind(opening)
        is_open = at >= 0 and closing not in head[at + 1 :]
        if is_open and (opening != closing or head.count(opening) % 2):
            if at > _LEAST_HEAD:
                return head[:at].rstrip(" ,;:–-") + ELLIPSIS
            return head + ELLIPSIS + closing
    return head + ELLIPSIS
