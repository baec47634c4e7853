"""
HTML of strangers: cleaned to a small allow-list, turned into text, or reduced to one line.

`clean` uses nh3 (specs: reliability, section 1.3; feedparser's own sanitiser left 14 % of mutated
payloads alive). Images are not in the list: they are never hot-linked (T11); `images` tells which
there were. `to_text` walks the cleaned markup with one regular expression: the input then has a few
known tags only, and inscriptis with its lxml tree takes thirty times as long for the same text.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from newsdigest.text import urls

if TYPE_CHECKING:
    import nh3

# nh3 is quadratic on nested tags, so HTML is cut first.
MAX_LENGTH = 64 * 1024
MAX_LINE = 4096

TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "cite",
        "code",
        "dd",
        "del",
        "dfn",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "strong",
        "sub",
        "sup",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tfoot",
        "tr",
        "u",
        "ul",
        "var",
        "caption",
    ]
)
_ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
_GONE_WITH_CONTENT = {
    "script",
    "style",
    "title",
    "head",
    "iframe",
    "object",
    "embed",
    "applet",
    "noscript",
    "noembed",
    "noframes",
    "template",
    "svg",
    "math",
    "form",
    "button",
    "select",
    "textarea",
    "video",
    "audio",
    "canvas",
}
_HTML_WORDS = [
    "div",
    "span",
    "font",
    "img",
    "center",
    "section",
    "article",
    "header",
    "footer",
    "nav",
    "aside",
    "main",
    "tt",
    "big",
    "strike",
    "wbr",
    "bdo",
    "time",
]
_TAG_IN_TEXT = re.compile(
    rf"</?(?:{'|'.join((*sorted(TAGS), *_HTML_WORDS))})(?:\s[^<>]*)?/?>|<!--.*?-->", re.IGNORECASE | re.DOTALL
)
_OTHER_BLOCKS = re.compile(
    # A glance at the first letters: nearly every tag is another one.
    r"<(/?)(?=[cdfhmnsCDFHMNS]|[aA][rRsSdD])(?:section|article|header|footer|main|aside|nav|center|address|fieldset|details|summary|hgroup"
    r"|dir|menu)(?![\w-])",
    re.IGNORECASE,
)
_MARKED_UP = re.compile(
    r"\A\s*<(?:p|div|ul|ol|table|h[1-6]|span|strong|em|b|i|a|img|figure)\b[^<>]{0,500}>"
    r"|<br\s*/?>|</(?:p|div|a|strong|em|ul|li|h[1-6])>",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,15})([^<>]{0,3000})>|<!--.*?(?:-->|\Z)", re.DOTALL)
_SCRIPTS = re.compile(r"<(script|style|noscript|template)\b.*?(?:</\1\s*>|\Z)", re.IGNORECASE | re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "section",
        "article",
        "header",
        "footer",
        "aside",
        "main",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "pre",
        "table",
        "ul",
        "ol",
        "dl",
        "figure",
        "figcaption",
        "hr",
        "caption",
        "form",
    ]
)
_LINES = frozenset({"br", "tr", "li", "dt", "dd", "thead", "tbody", "tfoot"})


_WHOLE_TAG = re.compile(r"(/?)([a-zA-Z][a-zA-Z0-9]{0,15})[^<>]{0,3000}")
# Blanks inside count, or the content goes too.
_TO_WALK = frozenset({"pre", "script", "style", "noscript", "template"})
# Two halves of an entity on both sides of a tag are no entity.
_PARTED_ENTITY = re.compile(r"&[#\w]*<")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_ATTRIBUTE = re.compile(r"""([a-zA-Z_:][-a-zA-Z0-9_:.]*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_LINE_BLANKS = re.compile(r"[ \t\f\v]{2,}|[\t\f\v]")
_IMG = re.compile(r"<(?:img|source)\b([^>]{1,4000})>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image named in a piece of HTML; sizes in pixels, 0 where not said."""

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0


def scrub(text: str) -> str:
    """Return the text without control characters, noncharacters and lone surrogates (Q14); tabs and lines stay."""
    if _is_printable(text):
        return text
    return _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).replace("\x85", "\n")


# By a table of bytes where the text is Latin-1: `isprintable` takes six times as long.
_SEEN = bytes(code for code in range(256) if chr(code).isprintable() or chr(code) in "\n\t")


def _is_printable(text: str) -> bool:
    """Whether all but tabs and line ends can be seen: asked in a tenth of a search for what cannot."""
    try:
        return not text.encode("latin-1").translate(None, _SEEN)
    except UnicodeEncodeError:
        return text.replace("\n", "").replace("\t", "").isprintable()


def clean(markup: str, *, base: str | None = None) -> str:
    """
    Return HTML reduced to the allow-list, links absolute and safe. Cleaning twice equals cleaning once.

    Args:
        markup: Anything; cut at 64 KiB first.
        base: Address of the document, for relative links; without it they are dropped.
    """
    markup = markup[:MAX_LENGTH]
    if not _is_printable(markup):
        markup = _BIDI.sub("", scrub(markup))
    if "<" not in markup and "&" not in markup:
        return markup
    if _OTHER_BLOCKS.search(markup):
        # Dropping a block's tags would glue its last word to the next block's first.
        markup = _OTHER_BLOCKS.sub(r"<\1div", markup)
    return _cleaner(base).clean(markup)


@lru_cache(maxsize=32)
def _cleaner(base: str | None) -> nh3.Cleaner:
    import nh3

    # The same links stand under every entry of a feed.
    @lru_cache(maxsize=256)
    def link(_tag: str, name: str, value: str) -> str | None:
        return urls.absolute(value, base) if name == "href" else value

    return nh3.Cleaner(
        tags=set(TAGS),
        clean_content_tags=_GONE_WITH_CONTENT,
        attributes=_ATTRIBUTES,
        attribute_filter=link,
        link_rel="noopener noreferrer",
        url_schemes={"http", "https"},
        url_relative="pass_through",
    )


def to_text(markup: str) -> str:
    """Return the text of HTML: blocks parted by an empty line, list items and rows on lines of their own."""
    is_printable = _is_printable(markup)
    if not is_printable:
        markup = scrub(markup)
    has_entity = "&" in markup
    text = None
    if not has_entity or not _PARTED_ENTITY.search(markup):
        # Cleaned markup, the everyday case: cut at its tags, in a quarter of the walk's time.
        # Double blanks alone are seen to at the end.
        has_odd_blanks = not is_printable or "\n" in markup or "\t" in markup
        text = _cut_at_tags(_with_lone_blanks(markup) if has_odd_blanks else markup)
    if text is None:
        markup = _SCRIPTS.sub("", markup)
        has_entity = "&" in markup
        text = _walked(markup)
    elif has_entity:
        text = unescape(text)
    # What is visible stays so, where no entity hides anything: looking once is enough.
    return _tidied(text, is_plain=is_printable and not has_entity)


def _cut_at_tags(markup: str) -> str | None:
    """Return the text between the tags and what stands for each, None where a `<` begins anything but a plain tag."""
    first, *rest = markup.split("<")
    pieces = [first]
    for piece in rest:
        tag, end, text = piece.partition(">")
        stands_for = _stands_for(tag) if end else None
        if stands_for is None:
            return None
        # Nearly always one block's end and the next one's beginning meet.
        if stands_for and not (stands_for == "\n\n" == pieces[-1]):
            pieces.append(stands_for)
        if text:
            pieces.append(text)
    return "".join(pieces)


@lru_cache(maxsize=512)
def _stands_for(tag: str) -> str | None:
    """Return what a tag, without its brackets, is in a text; None where it has to be walked over."""
    match = _WHOLE_TAG.fullmatch(tag)
    name = match[2].lower() if match else ""
    if not match or name in _TO_WALK:
        return None
    if name in _BLOCKS:
        return "\n\n"
    # The next item, row or block brings its own line: two line ends would part them.
    if match[1]:
        return ""
    return "\n- " if name == "li" else "\n" if name in _LINES else "\t" if name in ("td", "th") else ""


def _walked(markup: str) -> str:
    """Return what `to_text` makes of markup with comments, with blanks that count, or with parted tags."""
    pieces: list[str] = []
    depth_pre, end = 0, 0
    for match in _ANY_TAG.finditer(markup):
        _add_text(pieces, markup[end : match.start()], is_pre=depth_pre > 0)
        end = match.end()
        name = (match[2] or "").lower()
        if name in _BLOCKS:
            pieces.append("\n\n")
        elif name in _LINES:
            # The next item, row or block brings its own line: two line ends would part them.
            pieces.append("" if match[1] else "\n- " if name == "li" else "\n")
        elif name in ("td", "th") and not match[1]:
            pieces.append("\t")
        if name == "pre":
            depth_pre = max(0, depth_pre + (-1 if match[1] else 1))
    _add_text(pieces, markup[end:], is_pre=depth_pre > 0)
    return "".join(pieces)


def _add_text(pieces: list[str], text: str, *, is_pre: bool) -> None:
    if text:
        pieces.append(unescape(text if is_pre else _with_lone_blanks(text)))


def _with_lone_blanks(text: str) -> str:
    # Splitting and joining takes a tenth of a regular expression over every letter.
    made = " ".join(text.split())
    if not made:
        return " "
    return f"{' ' if text[0].isspace() else ''}{made}{' ' if text[-1].isspace() else ''}"


def tidy(text: str) -> str:
    """Return text with single blanks, at most one empty line in a row, and no invisible characters."""
    return _tidied(text, is_plain=_is_printable(text))


def _tidied(text: str, *, is_plain: bool) -> str:
    if not is_plain:
        text = (
            _BIDI.sub("", scrub(text))
            .replace("\xa0", " ")
            .replace("\u200b", "")
            .replace("\xad", "")
            .replace("\ufeff", "")
            .replace("\u2028", "\n")
            .replace("\u2029", "\n")
        )
    if "  " in text or "\t" in text or "\f" in text or "\v" in text:
        text = _LINE_BLANKS.sub(" ", text)
    if "\n" in text:
        lines = [line.strip() for line in text.split("\n")]
        text = "\n".join(["" if line == "-" else line for line in lines])
        while "\n\n\n" in text:
            text = text.replace("\n\n\n", "\n\n")
    text = text.strip()
    return "" if text == "-" else text


def from_text(text: str) -> str:
    """Return plain text as HTML: paragraphs at empty lines, breaks at line ends."""
    escaped = entities.escape(scrub(text[:MAX_LENGTH]), quote=False)
    if "\n" not in escaped.strip():
        return escaped
    blocks = [
        re.sub(r"\s*\n\s*", "<br>", block.strip()) for block in re.split(r"\n\s*\n", escaped) if block.strip()
    ]
    return f"<p>{'</p><p>'.join(blocks)}</p>"


def unescape(text: str) -> str:
    """Return text with HTML entities resolved; only those ending in `;`, so that `?a=1&copy=2` stays."""
    return (
        _ENTITY.sub(lambda match: _CONTROLS.sub("", entities.unescape(match[0])), text)
        if "&" in text
        else text
    )


def has_tags(text: str) -> bool:
    """Whether a text holds anything that begins like a tag or comment; "p < 0,05" does not."""
    return "<" in text and bool(re.search(r"<[a-zA-Z/!]", text))


def is_marked_up(text: str) -> bool:
    """Whether a text is HTML as a whole: it begins with a known tag, or holds a pair or a break."""
    return "<" in text and bool(_MARKED_UP.search(text))


def one_line(text: str) -> str:
    """Return plain text on one line: titles, authors, categories."""
    return " ".join(tidy(text[:MAX_LINE]).split())


def strip(markup: str) -> str:
    """
    Return the text of a title that may hold markup: known HTML tags go, `<` in "p < 0,05" stays.

    Entities are resolved once more where any are left, as many feeds escape twice.
    """
    markup = markup[:MAX_LINE]
    if "<" in markup:
        markup = re.sub(r"<br\b[^<>]*>", " ", _SCRIPTS.sub("", markup), flags=re.IGNORECASE)
        markup = _TAG_IN_TEXT.sub("", markup)
    return one_line(unescape(markup))


def images(markup: str, *, base: str | None = None) -> Iterator[Picture]:
    """
    Yield the images of a piece of HTML that may be shown, in order; the widest of a `srcset` stands for it.

    Tracking pixels (1 or 2 pixels in size, or counters by name), `data:` images and spacers are left out (F7).
    """
    markup = markup[:MAX_LENGTH]
    if not _IMG.search(markup):
        return
    for match in _IMG.finditer(_SCRIPTS.sub("", markup)):
        named = {
            name.lower(): entities.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(match[1])
        }
        candidates = [widest(named.get("srcset") or named.get("data-srcset") or "")]
        candidates += [named.get("data-src", ""), named.get("src", "")]
        url = next((made for link in candidates if (made := urls.absolute(link, base))), None)
        width, height = _pixels(named.get("width", "")), _pixels(named.get("height", ""))
        if url and not is_pixel(url, width, height):
            yield Picture(url, one_line(named.get("alt", ""))[:300], width, height)


def widest(srcset: str) -> str:
    """Return the link of the largest candidate of a `srcset`, "" where there is none."""
    best, best_size = "", -1.0
    for link, size, _unit in re.findall(
        r"([^\s,][^\s]*[^\s,]|[^\s,])(?:\s+(\d+(?:\.\d+)?)([wx]))?\s*(?:,|\Z)", srcset[:8000]
    ):
        if float(size or 0) > best_size:
            best, best_size = link, float(size or 0)
    return best


def is_pixel(url: str, width: int = 0, height: int = 0) -> bool:
    """Whether an image is there to count readers or to fill space rather than to be seen."""
    if 0 < width <= 3 or 0 < height <= 3:
        return True
    return bool(
        re.search(
            r"feedburner\.com/~|feedsportal\.com|doubleclick\.|/pixel[./?]|/count(?:er)?[./?]"
            r"|vgwort\.de|vgzm\.|ioam\.de|wp\.com/[bg]\.gif"
            r"|stats\.wordpress\.com|spacer\.gif|blank\.gif|clear\.gif|1x1\.|transparent\.(?:gif|png)"
            r"|/emoji/|smil(?:ey|ies)/",
            url,
            re.IGNORECASE,
        )
    )


def _pixels(written: str) -> int:
    match = re.match(r"\s*(\d{1,5})(?:px)?\s*\Z", written)
    return int(match[1]) if match else 0
