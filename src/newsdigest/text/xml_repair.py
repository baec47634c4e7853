"""
Broken XML mended before feedparser sees it, so that nothing is guessed there (F3).

Mended: junk before the root (PHP notices, blank lines, a second prolog) and behind it, bare `&`,
HTML's named entities, a lone `<`, characters XML forbids, prefixes nobody declared. CDATA and comments
are left alone. A well-formed document passes unchanged, byte for byte. What is still broken then
(tags that do not match, a document cut off) goes to feedparser's forgiving parser as it is.
"""

from __future__ import annotations

import html.entities
import re
from xml.parsers import expat

_ROOT = re.compile(r"<(?:[A-Za-z][\w.-]{0,20}:)?(?:rss|feed|rdf|channel|entry)(?=[\s>/])", re.IGNORECASE)
# Entries without a root that we know (a wrapper of some system) are still entries.
_LOOSE_ITEM = re.compile(r"<item[\s>]", re.IGNORECASE)
_ENDS = re.compile(r"</(?:[A-Za-z][\w.-]{0,20}:)?(?:rss|feed|rdf)\s{0,5}>", re.IGNORECASE)
_DECLARATION = re.compile(r"\s*<\?xml\b")
_ENTITY_DECLARED = re.compile(
    r"""<!ENTITY\s{1,20}([A-Za-z_][\w.-]{0,40})\s{1,20}(?:"([^"&%<]{0,200})"|'([^'&%<]{0,200})')\s{0,20}>"""
)
_PARTS = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z][A-Za-z0-9]{0,31}))?(;?)")
_LONE_LESS = re.compile(r"<(?![A-Za-z_:/!?])")
_PREFIXES = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):[A-Za-z_]|\s([A-Za-z_][\w.-]{0,40}):[A-Za-z_][\w.-]*\s?=")
_BREAKS_OFF = (
    expat.errors.XML_ERROR_NO_ELEMENTS,
    expat.errors.XML_ERROR_UNCLOSED_TOKEN,
    expat.errors.XML_ERROR_PARTIAL_CHAR,
    expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
)
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})
NAMESPACES = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "georss": "http://www.georss.org/georss",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
    "thr": "http://purl.org/syndication/thread/1.0",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "ev": "http://purl.org/rss/1.0/modules/event/",
}


def is_well_formed(text: str) -> bool:
    """Whether a namespace-aware XML parser reads the text without an error; nothing outside it is loaded."""
    return _error(text) is None


def _error(text: str) -> expat.ExpatError | ValueError | None:
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except (expat.ExpatError, ValueError) as error:
        return error
    return None


def _place(error: expat.ExpatError, text: str) -> str:
    """Return what is wrong and the words around it, for whoever has to find it."""
    lines = text.split("\n")
    line = lines[min(error.lineno, len(lines)) - 1]
    # The offset counts bytes.
    at = len(line.encode("utf-8", "replace")[: error.offset].decode("utf-8", "ignore"))
    near = " ".join(line[max(at - 30, 0) : at + 30].split())
    what = expat.ErrorString(error.code).replace("not well-formed (invalid token)", "invalid token")
    return f"{what} near “{near}”"


def first_error(text: str) -> str:
    """Return where XML is broken for good, in one sentence with the place, "" where it is not."""
    error = _error(text)
    if not isinstance(error, expat.ExpatError):
        return ""
    if error.code in (expat.errors.codes[name] for name in _BREAKS_OFF):
        return "The document breaks off in the middle; what came before was read."
    return f"The XML is broken ({_place(error, text)}); what could be read was read."


def without_declaration(text: str) -> str:
    """Return the text without its XML declaration (ours follows; theirs may be 23 KiB long) and blank start."""
    text = text.lstrip("\ufeff \t\r\n\x00\u200b")
    if _DECLARATION.match(text):
        end = text.find("?>")
        if end != -1:
            text = text[end + 2 :]
    return text


def repair(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the mended text (without declaration) and what was mended; well-formed text comes back as it is."""
    error = _error(text)
    if error is None and not _loses_entities(text):
        return text, ()
    problems: list[str] = []
    where = f" ({_place(error, text)})" if isinstance(error, expat.ExpatError) else ""
    declared: dict[str, str] = {}
    root = _ROOT.search(text)
    if root and root.start():
        head = text[: root.start()]
        declared = {name: one or two for name, one, two in _ENTITY_DECLARED.findall(head)[:200]}
        if re.sub(
            r"<!--.*?-->|<\?.*?\?>|<!DOCTYPE\s[^\[>]*(?:\[.*?\]\s*)?>", "", head, flags=re.DOTALL
        ).strip():
            problems.append("There is text before the feed; it was left out.")
        text = text[root.start() :]
    if root and (end := _last_end(text)) and text[end:].strip():
        if re.sub(r"<!--.*?-->", "", text[end:], flags=re.DOTALL).strip():
            problems.append("There is text after the feed; it was left out.")
        text = text[:end]
    mended = _with_namespaces(_mend(text, declared))
    if mended != text:
        problems.append(f"The XML is not well-formed{where} and was mended.")
    if broken := first_error(mended):
        problems.append(broken)
    return mended, tuple(problems)


def _loses_entities(text: str) -> bool:
    """Whether a parser would drop `&uuml;` silently, as it may where a document type is named (RSS 0.91)."""
    root = _ROOT.search(text)
    return (
        root is not None
        and "<!DOCTYPE" in text[: root.start()]
        and bool(re.search(r"&(?!(?:amp|lt|gt|quot|apos|#\w+);)\w+;", text))
    )


def _last_end(text: str) -> int:
    end = 0
    for match in _ENDS.finditer(text, max(0, len(text) - 20_000)):
        end = match.end()
    return end


def _mend(text: str, declared: dict[str, str]) -> str:
    text = _FORBIDDEN.sub("", text)
    pieces: list[str] = []
    place = 0
    for part in _PARTS.finditer(text):
        pieces += (_mend_outside(text[place : part.start()], declared), part[0])
        place = part.end()
    pieces.append(_mend_outside(text[place:], declared))
    return "".join(pieces)


def _mend_outside(text: str, declared: dict[str, str]) -> str:
    def entity(match: re.Match[str]) -> str:
        decimal, hexadecimal, name, stop = match.groups()
        if decimal or hexadecimal:
            code = int(decimal) if decimal else int(hexadecimal, 16)
            if not stop:
                return f"&amp;{match[0][1:]}"
            return match[0] if _is_allowed(code) else _from_windows(code)
        if name and stop:
            if name in _PREDEFINED:
                return match[0]
            found = declared.get(name) or html.entities.html5.get(f"{name};")
            if found is not None:
                return found.replace("&", "&amp;").replace("<", "&lt;")
        return f"&amp;{match[0][1:]}"

    if "&" in text:
        text = _AMPERSAND.sub(entity, text)
    return _LONE_LESS.sub("&lt;", text)


def _is_allowed(code: int) -> bool:
    return (
        code in (9, 10, 13)
        or 0x20 <= code < 0x80
        or 0xA0 <= code < 0xD800
        or 0xE000 <= code <= 0xFFFD
        or 0x10000 <= code <= 0x10FFFF
    )


def _from_windows(code: int) -> str:
    """Return what `&#150;` was meant to be: numbers 128 to 159 come from windows-1252."""
    if 0x80 <= code < 0xA0:
        return bytes([code]).decode("cp1252", "ignore")
    return ""


def _with_namespaces(text: str) -> str:
    """Return the text with every prefix in use declared at the root."""
    root = _ROOT.search(text)
    if not root:
        return text
    tag_end = text.find(">", root.end())
    if tag_end == -1:
        return text
    used = {first or second for first, second in _PREFIXES.findall(_PARTS.sub("", text))} - {
        "xml",
        "xmlns",
        "",
    }
    declared = set(re.findall(r"xmlns:([\w.-]+)\s*=", text[: tag_end + 1]))
    missing = [prefix for prefix in sorted(used - declared) if f"xmlns:{prefix}" not in text][:40]
    if not missing:
        return text
    added = "".join(
        f' xmlns:{prefix}="{NAMESPACES.get(prefix.lower(), f"urn:undeclared:{prefix}")}"'
        for prefix in missing
    )
    return text[: root.end()] + added + text[root.end() :]


def has_root(text: str) -> bool:
    """Whether a feed's root element occurs, and not only within an HTML page that shows one."""
    root = _ROOT.search(text) or _LOOSE_ITEM.search(text)
    if not root:
        return False
    before = text[: root.start()]
    return not re.search(r"<(?:html|body)[\s>]", before[:20_000], re.IGNORECASE) or bool(
        _DECLARATION.search(before[-400:])
    )
