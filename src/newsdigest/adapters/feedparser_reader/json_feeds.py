"""JSON Feed 1.0 and 1.1, which feedparser does not read (F9)."""

from __future__ import annotations

import json
import re
from typing import Any

from newsdigest.model.entries import Document, Enclosure, Entry
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import dates, html, language_tags, urls

# The slip of hand-written JSON; strings are passed over whole.
_COMMA_AT_END = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])')
MAX_CHARACTERS = 5 * 1024 * 1024


def prepare() -> None:
    """Nothing to warm up; stands here so that every kind has the same doors."""


def read(text: str, raw: RawDocument, problems: tuple[str, ...]) -> ReadResult:
    """Return the document of a JSON Feed, or why it is none."""
    if len(text) > MAX_CHARACTERS:
        return ReadResult(
            key=raw.key,
            reason="too_large",
            error=f"The JSON has {len(text)} characters; we read at most {MAX_CHARACTERS}.",
        )
    text = text.strip().rstrip("\x00;")
    try:
        feed = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        try:
            feed = json.loads(_COMMA_AT_END.sub(lambda match: match[1] or "", text), strict=False)
        except (ValueError, RecursionError):
            return ReadResult(
                key=raw.key,
                reason="unreadable",
                error=f"The document looks like JSON but is broken: {error}.",
            )
        problems = (*problems, f"The JSON is broken ({error}) and was mended.")
    if not isinstance(feed, dict) or not (
        "jsonfeed.org/version" in str(feed.get("version")) or isinstance(feed.get("items"), list)
    ):
        return ReadResult(key=raw.key, reason="not_a_feed", error="The document is JSON but no JSON Feed.")
    items = [item for item in _list(feed.get("items")) if isinstance(item, dict)]
    home, own = (
        urls.absolute(_text(feed.get("home_page_url")), raw.url or None),
        urls.safe(raw.url) if raw.url else None,
    )
    reader = _Items(raw, own or urls.absolute(_text(feed.get("feed_url")), None) or home)
    version = "jsonfeed1" if str(feed.get("version")).rstrip("/").endswith("/1") else "jsonfeed11"
    feed_authors = _authors(feed)
    entries = [reader.entry(item, feed_authors) for item in _newest(items, raw)]
    return ReadResult(
        key=raw.key,
        document=Document(
            format=version,
            title=html.one_line(html.unescape(_text(feed.get("title")))),
            language=language_tags.normal(_text(feed.get("language"))),
            home_url=home,
            self_url=urls.absolute(_text(feed.get("feed_url")), raw.url or None),
            entries=tuple(entries),
            problems=problems,
            total_entries=len(items),
        ),
    )


def _newest(items: list[dict[str, Any]], raw: RawDocument) -> list[dict[str, Any]]:
    if len(items) <= raw.max_entries:
        return items
    first, last = (
        dates.parse(_text(item.get("date_published")), zone=raw.zone, now=raw.now)
        for item in (items[0], items[-1])
    )
    return items[-raw.max_entries :] if first and last and first.at < last.at else items[: raw.max_entries]


class _Items:
    def __init__(self, raw: RawDocument, base: str | None) -> None:
        self.raw, self.base = raw, base

    def entry(self, item: dict[str, Any], feed_authors: tuple[str, ...]) -> Entry:
        """Return the record of one item."""
        link = _text(item.get("url")) or _text(item.get("external_url"))
        guid = _plain(item.get("id"))
        base = urls.absolute(link, self.base) or self.base
        markup = _text(item.get("content_html"))
        content = (
            html.clean(markup, base=base)
            if markup
            else html.clean(html.from_text(_text(item.get("content_text"))))
        )
        published, updated = self.moment(item, "date_published"), self.moment(item, "date_modified")
        shown = published or updated
        picture = next(html.images(markup, base=base), None)
        image = urls.absolute(_text(item.get("image")) or _text(item.get("banner_image")), self.base)
        return Entry(
            guid=guid or None,
            url=urls.absolute(link, self.base) or (urls.safe(guid) if guid.startswith("http") else None),
            title=html.one_line(html.unescape(_text(item.get("title")))),
            summary_html=html.clean(html.from_text(_text(item.get("summary")))),
            content_html=content,
            published=shown.at if shown else None,
            published_raw=_text(item.get("date_published"))[:120],
            is_date_only=bool(shown and shown.is_date_only),
            updated=updated.at if updated else None,
            updated_raw=_text(item.get("date_modified"))[:120],
            language=language_tags.normal(_text(item.get("language"))),
            authors=_authors(item) or feed_authors,
            categories=tuple(
                dict.fromkeys(
                    html.one_line(_plain(tag))[:200]
                    for tag in _list(item.get("tags"))[:50]
                    if _plain(tag).strip()
                )
            ),
            enclosures=self.enclosures(item),
            image_url=image or (picture.url if picture else None),
            image_alt=picture.alt if picture and not image else "",
        )

    def moment(self, item: dict[str, Any], name: str) -> dates.Moment | None:
        return dates.parse(_text(item.get(name)), zone=self.raw.zone, now=self.raw.now)

    def enclosures(self, item: dict[str, Any]) -> tuple[Enclosure, ...]:
        made = []
        for part in _list(item.get("attachments"))[:20]:
            if isinstance(part, dict) and (url := urls.absolute(_text(part.get("url")), self.base)):
                size = part.get("size_in_bytes")
                made.append(
                    Enclosure(
                        url=url,
                        type=_text(part.get("mime_type"))[:100],
                        length=size if isinstance(size, int) and size >= 0 else None,
                    )
                )
        return tuple(made)


def _authors(part: dict[str, Any]) -> tuple[str, ...]:
    listed = _list(part.get("authors")) or [part.get("author")]
    names = (html.one_line(_text(author.get("name"))) for author in listed[:20] if isinstance(author, dict))
    return tuple(dict.fromkeys(name[:200] for name in names if name))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _plain(value: Any) -> str:
    """Return ids and tags as text; some feeds write numbers."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
