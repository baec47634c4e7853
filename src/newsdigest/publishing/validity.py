"""
Our own check of every outgoing feed: the rules behind P26 (zero events at the W3C validator's AA level).

The validator itself is a service and its code is no library, so its rules that can concern us
stand here, numbered V1 to V23. They read the bytes that will leave, not the record they were made from.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from newsdigest.text.xml_text import is_html

ATOM = "{http://www.w3.org/2005/Atom}"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]+/[A-Za-z0-9!#$&^_.+-]+")
_DANGEROUS = re.compile(
    r"<\s*(script|style|iframe|object|embed|form|meta|link)\b|<[^>]*\son\w+\s*=|<[^>]*javascript:",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"<[^>]+\b(?:href|src)\s*=\s*[\"'](?!https?://|mailto:|tel:)", re.IGNORECASE)


def problems(content: bytes, form: str, *, url: str = "") -> list[str]:
    """
    Return one line for every rule that is broken, none for a feed that may leave.

    Args:
        form: `rss`, `atom`, `json` or `ics`.
        url: Where it will be served; the feed must name itself so (V4).
    """
    check: dict[str, Callable[[bytes, str], Iterator[str]]] = {
        "rss": _rss,
        "atom": _atom,
        "json": _json,
        "ics": _ics,
    }
    return list(check[form](content, url))


def _parse(content: bytes) -> tuple[ET.Element | None, str]:
    try:
        content.decode("utf-8")
        if b"<!DOCTYPE" in content[:2000] or b"<!ENTITY" in content:
            return None, "V1: a document type or an entity is declared"
        return ET.fromstring(content), ""  # noqa: S314 - our own bytes, entities refused above
    except (UnicodeDecodeError, ET.ParseError) as error:
        return None, f"V1: not well-formed UTF-8 XML ({error})"


def _rss(content: bytes, url: str) -> Iterator[str]:
    root, trouble = _parse(content)
    if root is None:
        yield trouble
        return
    top = root.find("channel")
    if root.tag != "rss" or root.get("version") != "2.0" or top is None or len(root) != 1:
        yield "V2: must be <rss version=2.0> with one channel"
        return
    for name in ("title", "link", "description"):
        yield from _once(top, name, "V3")
    yield from _absolute(_text(top, "link"), "channel link")
    links = [link for link in top.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if (
        len(links) != 1
        or links[0].get("type") != "application/rss+xml"
        or (url and links[0].get("href") != url)
    ):
        yield "V4: exactly one atom:link rel=self with the served address"
    if not _LANGUAGE.fullmatch(_text(top, "language")):
        yield "V5: language is no language tag"
    yield from _rfc822(top, "pubDate")
    yield from _rfc822(top, "lastBuildDate")
    yield from _known(
        top,
        {
            "title",
            "link",
            "description",
            "language",
            "pubDate",
            "lastBuildDate",
            "generator",
            "docs",
            "ttl",
            "item",
            f"{ATOM}link",
            "image",
            "copyright",
            "category",
        },
    )
    yield from _distinct([_text(item, "guid") for item in top.findall("item")], "guid")
    for item in top.findall("item"):
        yield from _rss_item(item)


def _rss_item(item: ET.Element) -> Iterator[str]:
    if not _text(item, "title") and not _text(item, "description"):
        yield "V7: an item needs a title or a description"
    for name in ("title", "link", "description", "guid", "pubDate", "source", "enclosure"):
        if len(item.findall(name)) > 1:
            yield f"V8: {name} stands more than once in an item"
    yield from _absolute(_text(item, "link"), "item link")
    guid = item.find("guid")
    if guid is None or not (guid.text or "").strip():
        yield "V9: an item has no guid"
    elif guid.get("isPermaLink") != "false":
        yield "V9: a guid of ours is no permalink and must say so"
    if item.find("pubDate") is None:
        yield "V10: an item has no date"
    yield from _rfc822(item, "pubDate")
    for enclosure in item.findall("enclosure"):
        yield from _absolute(enclosure.get("url", ""), "enclosure")
        if not enclosure.get("length", "").isdigit() or not _MEDIA_TYPE.fullmatch(enclosure.get("type", "")):
            yield "V12: an enclosure needs a length in bytes and a media type"
    source = item.find("source")
    if source is not None:
        yield from _absolute(source.get("url", ""), "source")
    if any(is_html(tag) for tag in re.findall(r"</?[A-Za-z][^<>]*>", _text(item, "title"))):
        yield "V13: markup in a title"
    if any(not (category.text or "").strip() for category in item.findall("category")):
        yield "V14: an empty category"
    yield from _clean_html(_text(item, "description"))
    yield from _known(
        item,
        {
            "title",
            "link",
            "description",
            "category",
            "enclosure",
            "guid",
            "pubDate",
            "source",
            "author",
            "comments",
        },
    )


def _atom(content: bytes, url: str) -> Iterator[str]:
    root, trouble = _parse(content)
    if root is None:
        yield trouble
        return
    if root.tag != f"{ATOM}feed":
        yield "V2: must be an Atom feed"
        return
    for name in ("title", "id", "updated"):
        yield from _once(root, ATOM + name, "V3")
    yield from _absolute(_text(root, f"{ATOM}id"), "feed id")
    self_links = [link.get("href") for link in root.findall(f"{ATOM}link") if link.get("rel") == "self"]
    if len(self_links) != 1 or (url and self_links[0] != url):
        yield "V4: exactly one link rel=self with the served address"
    if not _LANGUAGE.fullmatch(root.get("{http://www.w3.org/XML/1998/namespace}lang", "")):
        yield "V5: xml:lang is no language tag"
    yield from _rfc3339(root, "updated")
    has_author = bool(root.findall(f"{ATOM}author/{ATOM}name"))
    entries = root.findall(f"{ATOM}entry")
    yield from _distinct([_text(entry, f"{ATOM}id") for entry in entries], "id")
    for entry in entries:
        for name in ("title", "id", "updated"):
            yield from _once(entry, ATOM + name, "V8")
        if ":" not in _text(entry, f"{ATOM}id"):
            yield "V9: an entry's id is no IRI"
        yield from _rfc3339(entry, "updated")
        yield from _rfc3339(entry, "published")
        if not has_author and entry.find(f"{ATOM}author/{ATOM}name") is None:
            yield "V15: neither feed nor entry has an author"
        for author in entry.findall(f"{ATOM}author/{ATOM}name"):
            if not (author.text or "").strip():
                yield "V15: an author without a name"
        links = entry.findall(f"{ATOM}link")
        if sum(1 for link in links if link.get("rel") == "alternate") != 1:
            yield "V16: an entry needs exactly one alternate link"
        for link in links:
            yield from _absolute(link.get("href", ""), "entry link")
        for category in entry.findall(f"{ATOM}category"):
            if not category.get("term"):
                yield "V14: a category without a term"
        yield from _clean_html(_text(entry, f"{ATOM}summary"))


def _json(content: bytes, url: str) -> Iterator[str]:
    try:
        made: Any = json.loads(content.decode("utf-8"))
    except (UnicodeDecodeError, ValueError) as error:
        yield f"V1: no UTF-8 JSON ({error})"
        return
    if not isinstance(made, dict) or made.get("version") != "https://jsonfeed.org/version/1.1":
        yield "V2: must be JSON Feed 1.1"
        return
    if not made.get("title") or not isinstance(made.get("items"), list):
        yield "V3: title and items are required"
        return
    if url and made.get("feed_url") != url:
        yield "V4: feed_url must be the served address"
    if not _LANGUAGE.fullmatch(str(made.get("language", ""))):
        yield "V5: language is no language tag"
    yield from _distinct([str(item.get("id", "")) for item in made["items"]], "id")
    for item in made["items"]:
        if not isinstance(item.get("id"), str) or not item["id"]:
            yield "V9: an item's id must be a text"
        if not item.get("content_html") and not item.get("content_text"):
            yield "V7: an item needs content_html or content_text"
        yield from _absolute(str(item.get("url", "")), "item url")
        for name in ("date_published", "date_modified"):
            if name in item and not _RFC3339.fullmatch(str(item[name])):
                yield f"V10: {name} is no RFC 3339 time"
        for file in item.get("attachments", []):
            yield from _absolute(str(file.get("url", "")), "attachment")
            if not _MEDIA_TYPE.fullmatch(str(file.get("mime_type", ""))):
                yield "V12: an attachment needs a media type"
        yield from _clean_html(str(item.get("content_html", "")))


_ICS_START = re.compile(rb"^DTSTART(;[^:]*)?:(\S+)", re.MULTILINE)
_ICS_END = re.compile(rb"^DTEND(;[^:]*)?:(\S+)", re.MULTILINE)


def _ics(content: bytes, _url: str) -> Iterator[str]:
    if not content.startswith(b"BEGIN:VCALENDAR\r\n") or not content.endswith(b"END:VCALENDAR\r\n"):
        yield "V17: no calendar"
    if b"\n" in content.replace(b"\r\n", b""):
        yield "V18: lines must end in CRLF"
    if any(len(line) > 75 for line in content.split(b"\r\n")):
        yield "V19: a line is longer than 75 octets"
    for event in content.split(b"BEGIN:VEVENT\r\n")[1:]:
        for name in (b"UID", b"DTSTAMP", b"DTSTART"):
            if len(re.findall(rb"^" + name + rb"[;:]", event, re.MULTILINE)) != 1:
                yield f"V20: an event needs exactly one {name.decode()}"
        if (end := _ICS_END.search(event)) and (start := _ICS_START.search(event)):
            if start[1] != end[1]:
                yield "V21: start and end must both be days or both be instants"
            elif end[2] <= start[2]:
                yield "V22: an event must end behind its start"
    ids = re.findall(rb"^UID:(.*)\r$", content, re.MULTILINE)
    if len(set(ids)) != len(ids):
        yield "V23: one UID stands for two events"


def _text(parent: ET.Element, name: str) -> str:
    found = parent.find(name)
    return (found.text or "").strip() if found is not None else ""


def _once(parent: ET.Element, name: str, rule: str) -> Iterator[str]:
    if len(parent.findall(name)) != 1 or not _text(parent, name):
        yield f"{rule}: {name.rpartition('}')[2]} must stand exactly once and not be empty"


def _absolute(url: str, what: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        is_good = False
    if not is_good or not url.isascii() or re.search(r"[\s<>\"{}|\\^`]", url):
        yield f"V11: {what} is no absolute http(s) URI ({url[:80]!r})"


def _rfc822(parent: ET.Element, name: str) -> Iterator[str]:
    text = _text(parent, name)
    if parent.find(name) is None:
        return
    try:
        instant = parsedate_to_datetime(text)
    except ValueError:
        yield f"V10: {name} is no RFC 822 date with a zone ({text!r})"
        return
    if instant.tzinfo is None or not text.startswith(instant.strftime("%a,")):
        yield f"V10: {name} needs a zone and the right weekday ({text!r})"


def _rfc3339(parent: ET.Element, name: str) -> Iterator[str]:
    text = _text(parent, ATOM + name)
    if parent.find(ATOM + name) is None:
        return
    try:
        is_good = bool(_RFC3339.fullmatch(text)) and datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        is_good = False
    if not is_good:
        yield f"V10: {name} is no RFC 3339 time ({text!r})"


def _distinct(ids: list[str], what: str) -> Iterator[str]:
    if len(set(ids)) != len(ids):
        yield f"V6: two entries have the same {what}"


def _known(parent: ET.Element, names: set[str]) -> Iterator[str]:
    yield from (f"V13: unknown element {child.tag}" for child in parent if child.tag not in names)


def _clean_html(text: str) -> Iterator[str]:
    if _DANGEROUS.search(text):
        yield "V13: a description holds an element that readers refuse"
    if _RELATIVE.search(text):
        yield "V11: a description holds a relative link"
