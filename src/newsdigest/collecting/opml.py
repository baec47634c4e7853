"""
OPML in and out.

Read by the tolerant HTML parser of the standard library rather than as XML: it knows no
entities, no DTD and no external file, and a bad row ends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime
from html.parser import HTMLParser
from xml.sax.saxutils import quoteattr

from newsdigest.model.sources import Source, SourceKind

MAX_CHARACTERS = 5_000_000


class _Outlines(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[dict[str, str]] = []
        self.is_opml = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "opml":
            self.is_opml = True
        if tag != "outline":
            return
        found = {name: (value or "").strip() for name, value in attrs}
        address = found.get("xmlurl") or (
            found.get("url", "") if found.get("type", "").lower() == "rss" else ""
        )
        if not address:
            return  # a folder
        self.rows.append(
            {
                "name": found.get("title") or found.get("text") or "",
                "url": address,
                "homepage": found.get("htmlurl", ""),
                "language": ""
                if found.get("language", "").lower() == "unknown"
                else found.get("language", ""),
                # Our own attributes, so that an export comes back whole.
                **{name: found.get(f"newsdigest:{name}", "") for name in ("id", "kind", "type", "trust")},
            }
        )

    handle_startendtag = handle_starttag


def rows_of_opml(text: str) -> list[dict[str, str]] | None:
    """Return a row for every outline with an address, folders flattened; None for what is no OPML."""
    parser = _Outlines()
    parser.feed(text[:MAX_CHARACTERS])
    parser.close()
    return parser.rows if parser.is_opml else None


def to_opml(sources: Iterable[Source], *, title: str, now: datetime) -> str:
    """Return the sources as OPML 2.0, in an order that does not change by itself."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<opml version="2.0" xmlns:newsdigest="urn:newsdigest:opml">',
        f"  <head><title>{_text(title)}</title><dateCreated>{format_datetime(now)}</dateCreated></head>",
        "  <body>",
    ]
    for one in sorted(sources, key=lambda source: source.id):
        attributes = {
            "type": "rss" if one.kind is SourceKind.FEED else "link",
            "text": one.name,
            "title": one.name,
            "xmlUrl": one.url,
            "htmlUrl": one.homepage,
            "language": one.language or "",
            "newsdigest:id": one.id,
            "newsdigest:kind": one.kind.value,
            "newsdigest:type": one.type.value,
            "newsdigest:trust": one.trust.value,
        }
        shown = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items() if value)
        lines.append(f"    <outline {shown}/>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _text(value: str) -> str:
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
