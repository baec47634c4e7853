"""
XML feeds, read by feedparser and brought to our records.

What differs from feedparser on purpose: the guid stays as served (F6: it resolved them against the
feed's address, so that every guid changed with the move to https); dates are read by `text.dates`
(F4, F5); titles, authors and categories are text (F7); HTML is cleaned once, by nh3; all
skipHours count (F9); relative links in RSS are resolved against the channel's link, as Contao and the
federal Government Site Builder mean them.
"""

from __future__ import annotations

import io
import re
from datetime import timedelta
from typing import Any

from newsdigest.model.entries import Document, Enclosure, Entry, FeedHints
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import dates, html, language_tags, urls

MAX_PEOPLE = 20
MAX_AUTHOR = 300
MAX_CATEGORIES = 50
MAX_ENCLOSURES = 20
_DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>\n'
_ITEM = re.compile(
    r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<(?P<close>/?)(?:item|entry)(?=[\s>/])",
    re.DOTALL | re.IGNORECASE,
)
_DATE_IN_ITEM = re.compile(
    r"<(?:pubDate|dc:date|published|updated|issued|modified)[^>]{0,40}>(?:<!\[CDATA\[)?([^<\]]{4,60})",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_WEB_LIKE = re.compile(r"(?:https?:)?//|/|www\.", re.IGNORECASE)
_PERIODS = {"hourly": 1, "daily": 24, "weekly": 24 * 7, "monthly": 24 * 30, "yearly": 24 * 365}
_DAYS = frozenset(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"])


def prepare() -> None:
    """Import feedparser and switch off in this process what we do ourselves."""
    import feedparser
    import feedparser.api
    import feedparser.datetimes
    import feedparser.mixin

    # No date handlers: the raw string is all we take, and a wrong guess costs time.
    feedparser.datetimes._date_handlers.clear()
    feedparser.mixin._FeedParserMixin.can_be_relative_uri = (
        feedparser.mixin._FeedParserMixin.can_be_relative_uri - {"id"}
    )
    feedparser.api.PREFERRED_XML_PARSERS = ["newsdigest.adapters.feedparser_reader.buffered_expat"]
    # feedparser translates every text by a table of 27 characters; each of the others raises a KeyError inside.
    table = feedparser.mixin._cp1252
    table.update({code: code for code in (*range(0x300), *range(0x2000, 0x2300)) if code not in table})
    _mend_parser(feedparser.mixin._FeedParserMixin)
    html.clean("<p>x</p>")
    _parse("<rss version='2.0'><channel><title>x</title><item><title>y</title></item></channel></rss>")


def _mend_parser(mixin: Any) -> None:
    """Change what the parser loses: whole author strings, permalinks, and whose description is whose."""
    # Its pattern for addresses cuts them after four letters, and needs 5 s for 40 kB of `a.a.a…` (T8).
    split = mixin._sync_author_detail

    def whole(self: Any, key: str = "author") -> None:
        context = self._get_context()
        people = context.get(f"{key}s")
        if people and people[-1]:
            split(self, key)
        elif isinstance(written := context.get(key), str):
            context[key] = written[:MAX_AUTHOR]
            if people:
                people[-1]["name"] = context[key]

    mixin._sync_author_detail = whole
    start, end = mixin._start_guid, mixin._end_guid

    def started(self: Any, attributes: Any) -> None:
        attributes["ispermalink"] = str(attributes.get("ispermalink", "true")).strip().lower()
        start(self, attributes)

    def ended(self: Any) -> None:
        # An empty <link> before it would make the parser forget that the guid is one.
        end(self)
        self._save("guid_is_permalink", self.guidislink)

    mixin._start_guid = mixin._start_id = started
    mixin._end_guid = mixin._end_id = ended
    # Words about the picture or for the podcast's shop are no summary of the entry; kept for want of one.
    for name in ("media_description", "itunes_summary"):
        setattr(mixin, f"_start_{name}", lambda self, _attributes, name=name: self.push(name, 1))
        setattr(mixin, f"_end_{name}", lambda self, name=name: self.pop(name))


def _parse(text: str) -> Any:
    import feedparser

    # BytesIO, never bytes or text: a body that is a path would be opened, one that is a URL fetched (T7).
    return feedparser.parse(
        io.BytesIO(_DECLARATION + text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        resolve_relative_uris=False,
        sanitize_html=False,
    )


def read(
    text: str, raw: RawDocument, problems: tuple[str, ...], omitted: int = 0, parsed: Any = None
) -> ReadResult:
    """Return the document of a mended feed without its XML declaration (`parsed`: where it was read already)."""
    if parsed is None:
        parsed = _parse(text)
    found = parsed["entries"]
    version = str(parsed.get("version") or "")
    if not version and not found and not parsed["feed"].get("title"):
        return ReadResult(
            key=raw.key, reason="not_a_feed", error="The document is XML but no feed that we know."
        )
    if parsed.get("bozo") and not found and not version:
        return ReadResult(
            key=raw.key, reason="unreadable", error="The feed is broken and no entry could be read."
        )
    feed = _Feed(parsed["feed"], version, raw)
    entries = [feed.entry(one) for one in found[: raw.max_entries]]
    if any(
        entry.url is None and one.get("link") not in (None, "", one.get("id"))
        for entry, one in zip(entries, found, strict=False)
    ):
        problems = (
            *problems,
            "Some links are no web links and were dropped."
            if feed.base
            else "Some links are relative and were dropped, as the document names no address.",
        )
    document = Document(
        format=version or "rss",
        title=feed.title,
        language=feed.language,
        home_url=feed.home,
        self_url=feed.self_url,
        entries=tuple(entries),
        hints=_hints(parsed["feed"], text),
        problems=problems,
        total_entries=len(found) + omitted,
    )
    return ReadResult(key=raw.key, document=document)


class _Feed:
    """One parsed feed; holds what its entries share."""

    def __init__(self, feed: Any, version: str, raw: RawDocument) -> None:
        self.raw = raw
        self.is_atom = version.startswith("atom")
        self.own_url = urls.safe(raw.url) if raw.url else None
        links = feed.get("links") or ()
        self.self_url = next(
            (
                made
                for link in links
                if link.get("rel") == "self" and (made := urls.absolute(link.get("href"), self.own_url))
            ),
            None,
        )
        self.home = urls.absolute(feed.get("link"), self.own_url or self.self_url)
        own = self.own_url or self.self_url
        self.base = (own or self.home) if self.is_atom else (self.home or own)
        self.title = self.line(feed, "title")
        self.language = language_tags.normal(_text(feed.get("language")))

    def line(self, part: Any, name: str) -> str:
        """Return a text construct as one line of text."""
        value = _text(part.get(name))
        kind = (part.get(f"{name}_detail") or {}).get("type")
        return (
            html.one_line(html.unescape(value))
            if self.is_atom and kind == "text/plain"
            else html.strip(value)
        )

    def markup(self, detail: Any) -> tuple[str, str]:
        """Return (clean HTML, raw markup) of a text construct."""
        value = _text(detail.get("value"))[: html.MAX_LENGTH]
        if detail.get("type") == "text/plain":
            value = html.from_text(value)
        elif not html.has_tags(value):
            # A description without tags still has paragraphs; one that was escaped twice shows its tags now.
            value = html.unescape(value)
            value = html.unescape(value) if html.is_marked_up(value) else html.from_text(value)
        return html.clean(value, base=self.base_of(detail)), value

    def base_of(self, detail: Any) -> str | None:
        own = _text(detail.get("base"))
        return (urls.absolute(own, self.base) if own else None) or self.base

    def entry(self, one: Any) -> Entry:
        """Return the record of one entry."""
        contents = [self.markup(detail) for detail in (one.get("content") or ())[:5]]
        content, content_raw = max(contents, key=lambda pair: len(pair[0]), default=("", ""))
        summary, summary_raw = self.markup(
            one.get("summary_detail") or {"value": one.get("summary"), "type": "text/html"}
        )
        spare = _text(one.get("itunes_summary")) or _text(one.get("media_description"))
        if spare and not summary and not content:
            summary, summary_raw = self.markup({"value": spare, "type": "text/html"})
        if summary == content:
            summary = ""
        published, updated = self.moment(one, "published", "created"), self.moment(one, "updated")
        shown = published if published[0] else updated
        details = [*(one.get("content") or ())[:1], one.get("summary_detail") or {}]
        base = next((self.base_of(detail) for detail in details if detail.get("base")), self.base)
        image_url, image_alt = self.image(one, base, content_raw, summary_raw)
        return Entry(
            guid=html.one_line(_text(one.get("id"))) or None,
            url=self.link(one),
            title=self.line(one, "title"),
            summary_html=summary,
            content_html=content,
            published=shown[0].at if shown[0] else None,
            published_raw=shown[1] or published[1],
            is_date_only=bool(shown[0] and shown[0].is_date_only),
            updated=updated[0].at if updated[0] else None,
            updated_raw=updated[1],
            language=self.entry_language(one),
            authors=_authors(one),
            categories=_categories(one),
            enclosures=self.enclosures(one),
            image_url=image_url,
            image_alt=image_alt,
            alternates=self.alternates(one),
        )

    def moment(self, one: Any, *names: str) -> tuple[dates.Moment | None, str]:
        """Return the first readable moment among the fields, and the raw string."""
        raw = ""
        for name in names:
            written = _text(one.get(name) if dict.__contains__(one, name) else None).strip()
            raw = raw or written[:120]
            if written and (found := dates.parse(written, zone=self.raw.zone, now=self.raw.now)):
                return found, written[:120]
        return None, raw

    def link(self, one: Any) -> str | None:
        """Return the entry's page: FeedBurner's original link, the alternate link, a permalink guid."""
        links = [link for link in one.get("links") or () if link.get("href")]
        guid, named = _text(one.get("id")), _text(one.get("link"))
        if named == guid and not _WEB_LIKE.match(guid):
            named = ""  # "4711" in a guid that forgot isPermaLink="false" is no page of that name
        pages = [link for link in links if link.get("rel") == "alternate"]
        wanted = language_tags.primary(self.entry_language(one) or self.language)
        own = [link["href"] for link in pages if language_tags.primary(link.get("hreflang")) == wanted]
        if wanted and len(own) == 1 < len(pages):
            named = own[0]  # of several translations, not the last one named
        candidates = [_text(one.get("feedburner_origlink")), named, *(link["href"] for link in pages)]
        candidates += [guid] if _WEB_LIKE.match(guid) and one.get("guid_is_permalink", True) else []
        candidates += [link["href"] for link in links if link.get("rel") in ("related", "via")]
        candidates += [_text(detail.get("src")) for detail in (one.get("content") or ())[:1]]
        return next((made for link in candidates if link and (made := urls.absolute(link, self.base))), None)

    def entry_language(self, one: Any) -> str | None:
        """Return the entry's own language tag where it names one (xml:lang, dc:language, hreflang of its link)."""
        own = language_tags.normal(_text(one.get("language")))
        if own:
            return own
        details = [
            one.get("title_detail") or {},
            one.get("summary_detail") or {},
            *(one.get("content") or ())[:1],
        ]
        tags = {tag for detail in details if (tag := language_tags.normal(detail.get("language")))}
        return next(iter(tags)) if len(tags) == 1 and tags != {self.language} else None

    def enclosures(self, one: Any) -> tuple[Enclosure, ...]:
        made = []
        for link in one.get("links") or ():
            if link.get("rel") == "enclosure" and (url := urls.absolute(link.get("href"), self.base)):
                length = str(link.get("length") or "")
                made.append(
                    Enclosure(
                        url=url,
                        type=html.one_line(link.get("type") or "")[:100],
                        length=int(length) if length.isdigit() and len(length) < 16 else None,
                    )
                )
        return tuple(made[:MAX_ENCLOSURES])

    def alternates(self, one: Any) -> tuple[tuple[str, str], ...]:
        """Return translations the entry names itself."""
        found = [
            (tag, url)
            for link in one.get("links") or ()
            if link.get("rel") == "alternate"
            and (tag := language_tags.normal(link.get("hreflang")))
            and (url := urls.absolute(link.get("href"), self.base))
        ]
        return tuple(dict.fromkeys(found))[:20] if len(found) > 1 else ()

    def image(self, one: Any, base: str | None, *markups: str) -> tuple[str | None, str]:
        """Return the lead image: enclosure, Media RSS (widest), first of the text; never a tracking pixel."""
        named = [
            (link.get("href"), 0, 0)
            for link in one.get("links") or ()
            if link.get("rel") == "enclosure" and _is_image(link.get("type"), link.get("href"))
        ]
        media = [
            (part.get("url"), _number(part.get("width")), _number(part.get("height")))
            for part in one.get("media_content") or ()
            if part.get("medium") == "image" or _is_image(part.get("type"), part.get("url"))
        ]
        media.sort(key=lambda part: -part[1])
        media += [
            (part.get("url"), _number(part.get("width")), _number(part.get("height")))
            for part in one.get("media_thumbnail") or ()
        ]
        pictures = [picture for part in markups for picture in html.images(part, base=base)]
        alt = next((picture.alt for picture in pictures if picture.alt), "")
        media.append(((one.get("image") or {}).get("href"), 0, 0))  # of a podcast's episode
        for link, width, height in (*named, *media):
            if (url := urls.absolute(link, self.base)) and not html.is_pixel(url, width, height):
                return url, alt
        return (pictures[0].url, pictures[0].alt) if pictures else (None, "")


def newest(text: str, most: int, raw: RawDocument) -> tuple[str, int]:
    """
    Return the feed with its newest entries only, and how many were left out (F10).

    Done on the text, before anything parses it: 5,000 entries cost feedparser 18 s. Feeds list the
    newest first; where the dates of the first and the last entry say otherwise, the end is kept.
    """
    if text.count("<item") + text.count("<entry") <= most:
        return text, 0
    spans: list[tuple[int, int]] = []
    start: int | None = None
    for token in _ITEM.finditer(text):
        if token["close"] is None:
            continue
        # Entries do not nest: one that begins ends the one before, should its end be missing.
        if start is not None:
            end = text.find(">", token.end()) + 1 if token["close"] else token.start()
            spans.append((start, end or len(text)))
        start = None if token["close"] else token.start()
    if start is not None:
        spans.append((start, len(text)))
    if len(spans) <= most:
        return text, 0
    first, last = (_date_of(text[slice(*span)], raw) for span in (spans[0], spans[-1]))
    kept = spans[-most:] if first and last and first.at < last.at else spans[:most]
    head, tail = text[: spans[0][0]], text[spans[-1][1] :]
    return head + "".join(text[slice(*span)] for span in kept) + tail, len(spans) - len(kept)


def _date_of(item: str, raw: RawDocument) -> dates.Moment | None:
    match = _DATE_IN_ITEM.search(item)
    return dates.parse(match[1], zone=raw.zone, now=raw.now) if match else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isdigit() and len(text) < 6 else 0


def _is_image(kind: Any, url: Any) -> bool:
    return str(kind or "").startswith("image/") or (
        not kind and bool(re.search(r"\.(?:jpe?g|png|gif|webp)(?:\?|\Z)", str(url or ""), re.IGNORECASE))
    )


def _authors(one: Any) -> tuple[str, ...]:
    written = _text(one.get("author"))
    people = [_text(part.get("name")) for part in one.get("authors") or ()]
    if not written and not people:
        return ()
    # feedparser cuts addresses after three letters of the last label (`x.exam|ple`): the whole string is better.
    names = [written] if len(people) <= 1 and ("@" in written or not any(people)) else people
    # Addresses of persons are not kept (privacy): `press@x.example (Name)` gives the name.
    lines = (
        _bare(html.strip(re.sub(r"\(\s*\)|<\s*>", "", _ADDRESS.sub("", name[:MAX_AUTHOR]))))
        for name in names[:MAX_PEOPLE]
    )
    return tuple(dict.fromkeys(line[:200] for line in lines if line))


def _bare(name: str) -> str:
    """Return a name without what is left around it: `(Name)`, `Name,`; its own brackets stay."""
    name = name.strip(" <>,;")
    return name[1:-1].strip() if name.startswith("(") and name.endswith(")") else name


def _categories(one: Any) -> tuple[str, ...]:
    terms = (
        html.strip(_text(tag.get("label")) or _text(tag.get("term")))
        for tag in (one.get("tags") or ())[:MAX_CATEGORIES]
    )
    return tuple(dict.fromkeys(term[:200] for term in terms if term))


def _hints(feed: Any, text: str) -> FeedHints:
    """Return ttl (minutes), sy:update*, skipHours and skipDays; all of them, where feedparser keeps the last (F9)."""
    ttl = _number(feed.get("ttl"))
    hours = _PERIODS.get(_text(feed.get("sy_updateperiod")).strip().lower())
    often = _number(feed.get("sy_updatefrequency")) or 1
    first_item = re.search(r"<(?:item|entry)[\s>]", text)
    outside = text[: first_item.start()] if first_item else text
    outside += text[max(text.rfind("</item>"), text.rfind("</entry>"), 0) :] if first_item else ""
    skipped_hours = {
        int(hour) % 24 for hour in _inside(outside, "skipHours", "hour") if hour.isdigit() and int(hour) <= 24
    }
    skipped_days = {day.lower() for day in _inside(outside, "skipDays", "day") if day.lower() in _DAYS}
    return FeedHints(
        ttl=timedelta(minutes=ttl) if ttl else None,
        update_interval=timedelta(hours=hours) / often if hours else None,
        skip_hours=frozenset(skipped_hours) if len(skipped_hours) < 24 else frozenset(),
        skip_days=frozenset(skipped_days) if len(skipped_days) < 7 else frozenset(),
    )


def _inside(text: str, outer: str, inner: str) -> list[str]:
    start = text.find(f"<{outer}")
    end = text.find(f"</{outer}", start)
    return re.findall(rf"<{inner}>\s*(\w{{1,12}})\s*</{inner}>", text[start:end]) if 0 <= start < end else []
