"""Text fit for XML 1.0: characters it forbids are taken out, as there is no escape for them (T28)."""

from __future__ import annotations

import re

from newsdigest.text import html

# XML 1.0, section 2.2 (Char), and the C1 block, which is allowed but always a decoding accident.
_ILLEGAL = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010ffff]|[\ufffe\uffff]"
)
# Bidirectional controls can make a headline read as another one; letters keep their own direction.
_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]")
_NONCHARACTERS = re.compile(
    "[" + "".join(chr(plane * 0x10000 + low) for plane in range(1, 17) for low in (0xFFFE, 0xFFFF)) + "]"
)


def clean(text: str) -> str:
    """Return the text without anything an XML reader would refuse or that hides what is written."""
    return _NONCHARACTERS.sub("", _CONTROLS.sub("", _ILLEGAL.sub("", text)))


def line(text: str) -> str:
    """Return clean text as one line: white space folded, ends stripped."""
    return " ".join(clean(text).split())


_HTML_NAME = re.compile(
    "a|abbr|b|big|blockquote|body|br|code|div|em|font|form|h[1-4r]|head|html|i|iframe|img|input|li|link|meta|"
    "object|ol|p|pre|s|script|small|span|strong|style|su[bp]|svg|t[dhrt]|table|ul?|video"
)


def is_html(tag: str) -> bool:
    """Whether `<…>` would be read as markup by a feed reader, which guesses in titles."""
    found = re.match(r"</?\s*([A-Za-z][A-Za-z0-9]*)", tag)
    return found is not None and _HTML_NAME.fullmatch(found[1].lower()) is not None


def plain_title(text: str) -> str:
    """
    Return a one-line title no reader can take for markup.

    RSS does not say whether a title is text or HTML, and readers guess: a literal `&amp;` is shown as it is
    by some and as `&` by others, in Atom and JSON too. So what is published is what both show: entities are
    resolved, however often they were escaped, and a `<b>` that an editor means literally is set in single
    guillemets. `p < 0.05`, `R&D` and `?a=1&copy=2` stay. Doing it twice is doing it once.
    """
    made = html.one_line(clean(text))  # tidied as everything we read: no soft hyphens, no lone dash
    while (plain := html.one_line(clean(_unguessable(made)))) != made:
        made = plain
    return made


def _unguessable(text: str) -> str:
    text = html.unescape(text)
    return re.sub(r"<(/?[A-Za-z][^<>]*)>", lambda m: f"\u2039{m[1]}\u203a" if is_html(m[0]) else m[0], text)
