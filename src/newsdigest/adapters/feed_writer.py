"""
Channels as RSS 2.0, Atom 1.0 and JSON Feed 1.1, and the list of sources as OPML.

Equal channels give equal bytes: `lastBuildDate` and `updated` are the newest change, never
"now". The standard library's ElementTree writes the XML: it escapes and keeps namespaces,
and needs no package. A generator library was refused, as the two at hand write the clock into every feed.
"""

from __future__ import annotations

import html
import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime

from newsdigest.model.channels import Channel, ChannelEntry
from newsdigest.model.items import EventDates
from newsdigest.text import xml_text

ATOM = "http://www.w3.org/2005/Atom"
GENERATOR = "newsdigest"
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""Stands for "never changed" where a format demands a date and the channel is empty."""

_AD = {"de": "Anzeige", "en": "Advertisement"}
_DEADLINE = {"de": "Frist", "en": "Deadline"}
_EVENT = {
    "de": {"week": "KW", "clock": " Uhr", "cancelled": "Abgesagt: ", "moved": "Verlegt: "},
    "en": {"week": "Week", "clock": "", "cancelled": "Cancelled: ", "moved": "Moved: "},
}


class FeedWriter:
    """See `ports.publishing.FeedWriter`."""

    def rss(self, channel: Channel) -> bytes:
        """Return RSS 2.0 with an atom:link to itself."""
        root = ET.Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
        top = ET.SubElement(root, "channel")
        _add(top, "title", channel.title)
        _add(top, "link", channel.home_url)
        _add(top, "description", channel.description)
        _add(top, "language", channel.language)
        if channel.changed is not None:
            _add(top, "pubDate", _rfc822(channel.changed))
            _add(top, "lastBuildDate", _rfc822(channel.changed))
        _add(top, "generator", GENERATOR)
        _add(top, "docs", "https://www.rssboard.org/rss-specification")
        _add(top, "ttl", "60")
        ET.SubElement(
            top, "atom:link", {"href": f"{channel.url}.rss", "rel": "self", "type": "application/rss+xml"}
        )
        for entry in channel.entries:
            item = ET.SubElement(top, "item")
            _add(item, "title", title_of(entry, channel.language))
            _add(item, "link", entry.url)
            _add(item, "description", _html(entry, channel.language))
            for id_, name in entry.topics:
                _add(item, "category", xml_text.line(name) or id_)
            if entry.enclosure is not None:
                file = entry.enclosure
                ET.SubElement(
                    item, "enclosure", {"url": file.url, "length": str(file.length), "type": file.type}
                )
            guid = _add(item, "guid", entry.guid)
            guid.set("isPermaLink", "false")
            _add(item, "pubDate", _rfc822(entry.published))
            if entry.source_url:
                _add(item, "source", _first(entry.source_name, entry.organisation)).set(
                    "url", entry.source_url
                )
        return _bytes(root)

    def atom(self, channel: Channel) -> bytes:
        """Return Atom 1.0; each entry's `source` names the origin in `author`, as ours is a selection."""
        root = ET.Element("feed", {"xmlns": ATOM, "xml:lang": channel.language})
        _add(root, "title", channel.title)
        _add(root, "subtitle", channel.description)
        _add(root, "id", f"{channel.url}.atom")
        _add(root, "updated", _rfc3339(channel.changed or EPOCH))
        ET.SubElement(
            root, "link", {"rel": "self", "type": "application/atom+xml", "href": f"{channel.url}.atom"}
        )
        ET.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": channel.home_url})
        _add(ET.SubElement(root, "author"), "name", channel.publisher)
        _add(root, "generator", GENERATOR)
        for entry in channel.entries:
            made = ET.SubElement(root, "entry")
            if entry.text_language:
                made.set("xml:lang", entry.text_language)
            _add(made, "title", title_of(entry, channel.language))
            _add(made, "id", entry.guid)
            _add(made, "published", _rfc3339(entry.published))
            _add(made, "updated", _rfc3339(max(entry.changed, entry.published)))
            ET.SubElement(made, "link", {"rel": "alternate", "href": entry.url})
            if entry.enclosure is not None:
                file = entry.enclosure
                attributes = {"rel": "enclosure", "type": file.type, "href": file.url}
                ET.SubElement(
                    made, "link", attributes | ({"length": str(file.length)} if file.length else {})
                )
            author = ET.SubElement(made, "author")
            _add(author, "name", _first(entry.organisation, entry.source_name, channel.publisher))
            for id_, name in entry.topics:
                ET.SubElement(made, "category", {"term": id_, "label": xml_text.line(name) or id_})
            _add(made, "summary", _html(entry, channel.language)).set("type", "html")
        return _bytes(root)

    def json(self, channel: Channel) -> bytes:
        """Return JSON Feed 1.1."""
        made = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": xml_text.line(channel.title),
            "description": xml_text.line(channel.description),
            "home_page_url": channel.home_url,
            "feed_url": f"{channel.url}.json",
            "language": channel.language,
            "authors": [{"name": xml_text.line(channel.publisher), "url": channel.home_url}],
            "items": [_json_item(entry, channel.language) for entry in channel.entries],
        }
        return (json.dumps(made, ensure_ascii=False, indent=1) + "\n").encode()

    def opml(self, title: str, sources: Sequence[tuple[str, str, str]]) -> bytes:
        """Return OPML 2.0 of (name, feed URL, home page)."""
        root = ET.Element("opml", {"version": "2.0"})
        _add(ET.SubElement(root, "head"), "title", title)
        body = ET.SubElement(root, "body")
        for name, feed, home in sorted(sources, key=lambda row: (row[0].casefold(), row[1])):
            label = xml_text.line(name) or feed
            attributes = {"type": "rss", "text": label, "title": label, "xmlUrl": feed}
            ET.SubElement(body, "outline", attributes | ({"htmlUrl": home} if home else {}))
        return _bytes(root)


def title_of(entry: ChannelEntry, language: str) -> str:
    """Return the headline, marked where it is paid for."""
    title = xml_text.plain_title(entry.title) or xml_text.plain_title(entry.organisation) or entry.url
    return f"{_AD.get(language, _AD['en'])}: {title}" if entry.is_advertisement else title


def _json_item(entry: ChannelEntry, language: str) -> dict[str, object]:
    made: dict[str, object] = {
        "id": entry.guid,
        "url": entry.url,
        "title": title_of(entry, language),
        "content_html": _html(entry, language),
        "summary": xml_text.line(entry.teaser),
        "date_published": _rfc3339(entry.published),
        "date_modified": _rfc3339(max(entry.changed, entry.published)),
        "language": entry.text_language or language,
        "tags": [xml_text.line(name) or id_ for id_, name in entry.topics],
    }
    if not made["content_html"]:
        # A headline alone is an item too; the format demands one of both kinds of content.
        made["content_text"] = made["title"]
        del made["content_html"]
    if dates := _dates(entry):
        made["_newsdigest"] = dates
    author = _first(entry.organisation, entry.source_name)
    if author:
        made["authors"] = [{"name": author}]
    if entry.enclosure is not None:
        file: dict[str, object] = {"url": entry.enclosure.url, "mime_type": entry.enclosure.type}
        if entry.enclosure.length:
            file["size_in_bytes"] = entry.enclosure.length
        made["attachments"] = [file]
    return made


def _dates(entry: ChannelEntry) -> dict[str, object]:
    """
    Return the days a website shows instead of the day of publication, as an extension of JSON Feed 1.1; {} without.

    `start` and `end` (inclusive) are local to the event, with the hour where it is known: `2026-03-19T18:30`; of a
    week or a month without a day both are its limits, and `precision` says so.
    """
    made: dict[str, object] = {}
    if event := entry.event:
        last = event.last_day or event.start
        made["start"] = event.start.isoformat() + (f"T{event.start_time:%H:%M}" if event.start_time else "")
        made["end"] = last.isoformat() + (f"T{event.end_time:%H:%M}" if event.end_time else "")
        made["precision"] = event.precision
        made |= {"place": place} if (place := xml_text.line(event.place)) else {}
        made |= {"cancelled": True} if event.is_cancelled else {}
    if entry.deadline is not None:
        made["deadline"] = entry.deadline.isoformat()
    return {"kind": entry.kind, **made} if made else {}


def _html(entry: ChannelEntry, language: str) -> str:
    """Return the teaser, the dates that matter and the notices that must be shown, as escaped HTML."""
    parts = [xml_text.clean(entry.teaser).strip()]
    if entry.deadline is not None:
        parts.append(
            f"{_DEADLINE.get(language, _DEADLINE['en'])}: {_day(entry.deadline.isoformat(), language)}"
        )
    if entry.event is not None:
        parts.append(_event_line(entry.event, language))
    parts += [xml_text.clean(notice).strip() for notice in entry.notices]
    lang = f' lang="{entry.text_language}"' if entry.text_language else ""
    return "".join(f"<p{lang}>{html.escape(part, quote=False)}</p>" for part in parts if part)


def _event_line(event: EventDates, language: str) -> str:
    """Return when and where: "Abgesagt: 19.03.2026, 18:30–20:00 Uhr, Leipzig", "14.04.2026 – 16.04.2026, online"."""
    words = _EVENT.get(language, _EVENT["en"])
    when = _day(event.start.isoformat(), language)
    if event.precision == "month":
        when = f"{event.start:%m.%Y}" if language == "de" else f"{event.start:%Y-%m}"
    elif event.precision == "week":
        when = f"{words['week']} {event.start:%V/%G}"
    elif event.last_day:
        when += f" – {_day(event.last_day.isoformat(), language)}"
    elif event.start_time:
        end = f"–{event.end_time:%H:%M}" if event.end_time and event.end_time > event.start_time else ""
        when += f", {event.start_time:%H:%M}{end}{words['clock']}"
    where = xml_text.line(event.place) or ("online" if event.is_online else "")
    mark = words["cancelled"] if event.is_cancelled else words["moved"] if event.is_moved else ""
    return ", ".join(part for part in (mark + when, where) if part)


def _first(*names: str) -> str:
    """Return the first name that says something once it is clean."""
    return next((clean for name in names if (clean := xml_text.line(name))), "")


def _day(iso: str, language: str) -> str:
    year, month, day = iso.split("-")
    return f"{day}.{month}.{year}" if language == "de" else iso


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    made = ET.SubElement(parent, name)
    made.text = xml_text.line(text) if name != "description" and name != "summary" else xml_text.clean(text)
    return made


def _rfc822(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC), usegmt=True)


def _rfc3339(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _bytes(root: ET.Element) -> bytes:
    ET.indent(root, " ")
    # ElementTree leaves a bare carriage return in text, which a reader would fold; written out, it survives.
    made: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=False)
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + made.replace(b"\r", b"&#13;") + b"\n"
