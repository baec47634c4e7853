"""
List pages without a feed, read by CSS selectors, and the pages behind their entries.

A container that is not there any more is an error, never "no news" (feeds spec, section 4;
RSS-Bridge #3612: selectors break silently). Without selectors the list is recognised
(`page_lists`), and the selectors found are handed back, so that they can be kept and watched.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from newsdigest.adapters.feedparser_reader import html_kinds, page_lists
from newsdigest.model.entries import Document, Entry
from newsdigest.model.sources import PageRules
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import dates, html, language_tags, urls
from newsdigest.text.decoding import Decoded
from newsdigest.text.folding import fold

MAX_CHARACTERS = 5 * 1024 * 1024
_MORE = re.compile(
    r"\W*(?:mehr|weiter|weiterlesen|details?|more|read (?:on|more)|mehr (?:lesen|erfahren|dazu"
    r"|informationen)|learn more|zum .{0,30}|zur .{0,30}|link|hier|here"
    r"|pdf|download|\.?ics|\.?pdf)?\W*",
    re.IGNORECASE,
)
_WIDGETS = "script, style, noscript, template, nav, header nav, form, button, svg, iframe"
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_ARTICLE_TYPES = frozenset(
    {
        "newsarticle",
        "article",
        "blogposting",
        "reportagenewsarticle",
        "jobposting",
        "event",
        "pressrelease",
        "report",
    }
)


class _BadSelectorError(ValueError):
    """One of the selectors is no CSS."""


def read(decoded: Decoded, raw: RawDocument) -> ReadResult:
    """Return the entries of a list page, or why none could be found."""
    if len(decoded.text) > MAX_CHARACTERS:
        return ReadResult(
            key=raw.key, reason="too_large", error="The page is too large to be a list of news."
        )
    page = _Page(decoded.text, raw)
    try:
        return page.detail() if raw.kind == "detail" else page.listing()
    except _BadSelectorError as error:
        return ReadResult(key=raw.key, reason="container_missing", error=str(error))


@dataclass(frozen=True, slots=True)
class _Found:
    """One block of a list, before links are compared with each other."""

    title: str
    link: str | None
    anchor: str
    moment: dates.Moment | None
    raw_date: str
    summary: str
    image: html.Picture | None
    body: str = ""
    """The block's own words, for news that stands on the list page itself."""


class _Page:
    def __init__(self, text: str, raw: RawDocument) -> None:
        self.raw = raw
        self.text = text
        self.tree = LexborHTMLParser(text)
        base = self.tree.css_first("base[href]")
        own = urls.safe(raw.url) if raw.url else None
        self.url = own
        self.base = (urls.absolute(base.attributes.get("href"), own) if base else None) or own
        self.data = list(_structured(self.tree))
        self.tree_language = language_tags.normal(_attribute(self.tree.css_first("html"), "lang"))

    def listing(self) -> ReadResult:
        rules = self.raw.page_rules or page_lists.recognise(LexborHTMLParser(self.text))
        if rules is None:
            entries = self.structured_entries()
            return (
                self._result(entries, None)
                if entries
                else self._missing("No list of news was recognised on the page; name its CSS selectors")
            )
        containers = _css(self.tree, rules.container, "container") if rules.container else [self.tree.root]
        if not containers:
            return self._missing(
                f"The container {rules.container!r} is not on the page any more; look there and mend the selectors"
            )
        blocks = [
            block for container in containers if container for block in _css(container, rules.item, "item")
        ]
        if not blocks and sum(len(_words(container)) for container in containers if container) > 200:
            return self._missing(
                f"The container {rules.container!r} has text, but nothing in it fits {rules.item!r}; mend the selectors"
            )
        found = [made for block in blocks if (made := self.block(block, rules))]
        if blocks and not found:
            return self._missing(
                f"The blocks {rules.item!r} have neither titles nor links; mend the selectors"
            )
        return self._result(self.entries(found)[: self.raw.max_entries], rules)

    def _missing(self, sentence: str) -> ReadResult:
        words = len(_words(self.tree.body)) if self.tree.body else 0
        kind, kind_sentence = html_kinds.classify(self.text)
        if kind != "html":
            return ReadResult(key=self.raw.key, reason=kind, error=kind_sentence)
        if words < 400 and len(self.tree.css("script")) >= 2:
            sentence += " (the page seems to fetch its list by JavaScript, which is not run here)"
        return ReadResult(key=self.raw.key, reason="container_missing", error=f"{sentence}.")

    def _result(self, entries: list[Entry], rules: PageRules | None) -> ReadResult:
        title = self.tree.css_first("title")
        document = Document(
            format="page",
            title=html.one_line(title.text()) if title else "",
            language=self.tree_language,
            home_url=self.url,
            self_url=self.url,
            entries=tuple(entries),
            total_entries=len(entries),
            page_rules=rules,
        )
        return ReadResult(key=self.raw.key, document=document)

    def block(self, block: LexborNode, rules: PageRules) -> _Found | None:
        if block.tag in _HEADINGS and not rules.title:
            return self.headline(block)
        heading = _first(block, rules.title, "title") if rules.title else _heading(block)
        links = (
            [block]
            if block.tag == "a" and _attribute(block, "href")
            else _css(block, rules.link or "a[href]", "link")
        )
        chosen = _chosen_link(links, heading)
        title = (
            _line(heading)
            or (_line(chosen) if chosen is not None else "")
            or html.one_line(_attribute(chosen, "title"))
        )
        if not title or _MORE.fullmatch(title):
            return None
        moment, raw_date = self.moment(block, rules)
        picture = next(html.images(block.html or "", base=self.base), None)
        return _Found(
            title=page_lists.without_date(title)[:500],
            link=urls.absolute(_attribute(chosen, "href"), self.base),
            anchor=_anchor(block),
            moment=moment,
            raw_date=raw_date,
            summary=self.summary(block, rules, title),
            image=picture,
            body=self.own_words(block.inner_html or "", title),
        )

    def headline(self, heading: LexborNode) -> _Found | None:
        """Return the news of a headline without a block around it: date and words stand below."""
        link = heading.css_first("a[href]")
        title = _line(heading)
        if link is None or not title:
            return None
        parts = list(page_lists.below(heading))
        markup = "".join((part.text() if part.tag == "-text" else part.html) or "" for part in parts)
        words = html.one_line(" ".join(part.text(separator=" ") for part in parts))
        lines = [_line(part) for part in parts if part.tag == "p"]
        summary = "".join(
            f"<p>{html.from_text(line)}</p>" for line in lines if len(line) >= 60 or not dates.find(line)
        )
        return _Found(
            title=title[:500],
            link=urls.absolute(_attribute(link, "href"), self.base),
            anchor=_anchor(heading),
            moment=dates.find(words[:400], zone=self.raw.zone, now=self.raw.now),
            raw_date="",
            summary=html.clean(summary, base=self.base),
            image=next(html.images(markup, base=self.base), None),
        )

    def moment(self, block: LexborNode, rules: PageRules) -> tuple[dates.Moment | None, str]:
        """Return when a block was published: its date element, else the first date written before its text."""
        chosen = (
            _first(block, rules.date, "date")
            if rules.date
            else block.css_first("time[datetime]") or block.css_first("time")
        )
        written = [_attribute(chosen, "datetime"), _line(chosen)] if chosen is not None else []
        if not rules.date and block.tag == "dd":
            written.append(_line(_previous(block, "dt")))
        if not rules.date:
            written.append(_line(block)[:400])
        for text in filter(None, written):
            found = dates.parse(_clock(text), zone=self.raw.zone, now=self.raw.now) or dates.find(
                _clock(text), zone=self.raw.zone, now=self.raw.now
            )
            if found:
                return found, text[:120]
        return None, next(filter(None, written), "")[:120] if rules.date else ""

    def summary(self, block: LexborNode, rules: PageRules, title: str) -> str:
        if rules.summary:
            chosen = _first(block, rules.summary, "summary")
            return html.clean(chosen.inner_html or "", base=self.base) if chosen is not None else ""
        kept = [
            part.html or ""
            for part in block.css("p")
            if (text := _line(part))
            and fold(text) != fold(title)
            and not (len(text) < 60 and dates.find(text))
            and not _MORE.fullmatch(text)
        ]
        return html.clean("".join(kept), base=self.base)

    def own_words(self, markup: str, title: str) -> str:
        """Return a block's or section's HTML without the headline it begins with."""
        tree = LexborHTMLParser(markup)
        tree.strip_tags(_WIDGETS.split(", "))
        heading = next(
            (node for node in tree.css("h1, h2, h3, h4, h5, h6") if fold(_line(node)) == fold(title)), None
        )
        if heading is not None:
            heading.decompose()
        return html.clean((tree.body.inner_html or "") if tree.body else "", base=self.base)

    def section(self, link: str | None, title: str = "") -> str:
        """
        Return the HTML of the part of this page that a link's fragment points at, "" where it points at none.

        A heading or an anchor stands for what follows it, up to the next heading of its rank or anchor.
        """
        name = unquote((link or "").partition("#")[2])
        if not name or '"' in name or "\\" in name:
            return ""
        target = self.tree.css_first(f'[id="{name}"], a[name="{name}"]')
        if target is None or target.tag in ("html", "body", "main"):
            return ""
        if target.tag not in _HEADINGS and len(_line(target)) > 200:
            return self.own_words(target.inner_html or "", title)
        start = target
        while start.tag not in _HEADINGS and start.parent is not None and len(_line(start.parent)) < 200:
            start = start.parent
        if start.tag not in _HEADINGS and len(_line(start)) > len(title) + 40:
            return self.own_words(start.inner_html or "", title)
        return self.own_words((start.html or "") + "".join(_following(start)), title)

    def entries(self, found: list[_Found]) -> list[Entry]:
        """Return the records; a link that several blocks share is no link of theirs (a button at each)."""
        shared = Counter(one.link for one in found if one.link)
        known = {
            urls.canonical(link): facts
            for facts in self.data
            if (link := urls.absolute(_text(facts.get("url")), self.base))
        }
        entries, seen = [], set()
        for one in found:
            own = one.link if one.link and shared[one.link] == 1 and one.link != self.url else None
            facts = known.get(urls.canonical(own), {}) if own else {}
            if own is None and one.link and shared[one.link] > 1 and (one.link, one.title) in seen:
                continue
            seen.add((one.link, one.title))
            anchor = one.anchor or re.sub(r"\W+", "-", fold(one.title)).strip("-")[:60]
            url = own or (urls.safe(f"{self.url.partition('#')[0]}#{anchor}") if self.url else None)
            written = one.moment or dates.parse(
                _text(facts.get("datePublished") or facts.get("datePosted")),
                zone=self.raw.zone,
                now=self.raw.now,
            )
            text = html.clean(html.from_text(html.strip(_text(facts.get("description"))[:8000])))
            here = ""
            if url and self.url and url.partition("#")[0] == self.url.partition("#")[0]:
                here = max(self.section(url, one.title), one.body, key=len)
            entries.append(
                Entry(
                    guid=url or anchor,
                    url=url,
                    title=one.title,
                    summary_html=max(one.summary, text, key=len),
                    content_html=here,
                    published=written.at if written else None,
                    published_raw=one.raw_date,
                    is_date_only=bool(written and written.is_date_only),
                    image_url=one.image.url if one.image else None,
                    image_alt=one.image.alt if one.image else "",
                )
            )
        return entries

    def structured_entries(self) -> list[Entry]:
        """Return entries from JSON-LD alone, where the page's markup shows no list."""
        found = []
        for facts in self.data:
            link = urls.absolute(_text(facts.get("url")), self.base)
            title = html.strip(_text(facts.get("headline") or facts.get("name") or facts.get("title")))
            if title and link and link != self.url:
                moment = dates.parse(
                    _text(facts.get("datePublished") or facts.get("datePosted")),
                    zone=self.raw.zone,
                    now=self.raw.now,
                )
                found.append(_Found(title, link, "", moment, "", "", None))
        return self.entries(found)

    def detail(self) -> ReadResult:
        """Return one entry with the full text of an article's own page."""
        rules = self.raw.page_rules
        if rules and rules.detail:
            parts = _css(self.tree, rules.detail, "detail")
            if not parts:
                return self._missing(f"The article {rules.detail!r} is not on the page; mend the selector")
            body = "".join(part.html or "" for part in parts)
        else:
            body = self.section(self.raw.url) or page_lists.article(LexborHTMLParser(self.text))
        facts = next(
            (
                facts
                for facts in self.data
                if facts.get("articleBody") or facts.get("headline") or facts.get("description")
            ),
            {},
        )
        written = (
            _text(facts.get("datePublished") or facts.get("datePosted"))
            or self.meta("article:published_time")
            or self.meta("date")
        )
        moment = dates.parse(written, zone=self.raw.zone, now=self.raw.now)
        title = (
            _line(self.tree.css_first("h1")) or self.meta("og:title") or _line(self.tree.css_first("title"))
        )
        canonical = self.tree.css_first("link[rel=canonical]")
        alternates = [
            (tag, url)
            for node in self.tree.css("link[rel=alternate][hreflang]")
            if (tag := language_tags.normal(_attribute(node, "hreflang")))
            and (url := urls.absolute(_attribute(node, "href"), self.base))
        ]
        entry = Entry(
            url=urls.absolute(_attribute(canonical, "href"), self.base) or self.url,
            title=html.strip(title),
            content_html=html.clean(body, base=self.base),
            summary_html=html.clean(html.from_text(self.meta("description") or self.meta("og:description"))),
            published=moment.at if moment else None,
            published_raw=written[:120],
            is_date_only=bool(moment and moment.is_date_only),
            language=self.tree_language,
            image_url=urls.absolute(self.meta("og:image"), self.base),
            alternates=tuple(dict.fromkeys(alternates))[:20],
        )
        return self._result([entry], rules)

    def meta(self, name: str) -> str:
        """Return the content of a meta element by name or property."""
        node = self.tree.css_first(f'meta[property="{name}"], meta[name="{name}"]')
        return html.one_line(_attribute(node, "content"))


def _structured(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """Yield the articles, events and jobs a page states as JSON-LD."""
    for node in tree.css('script[type="application/ld+json"]')[:20]:
        try:
            parsed = json.loads((node.text() or "")[:500_000], strict=False)
        except (ValueError, RecursionError):
            continue
        waiting, looked = [parsed], 0
        while waiting and looked < 2000:
            part = waiting.pop(0)
            looked += 1
            if isinstance(part, list):
                waiting += part
            elif isinstance(part, dict):
                kinds = part.get("@type")
                names = {str(kind).lower() for kind in (kinds if isinstance(kinds, list) else [kinds])}
                if names & _ARTICLE_TYPES or any(name.endswith("event") for name in names):
                    yield part
                waiting += [
                    part[key]
                    for key in ("@graph", "itemListElement", "item", "mainEntity")
                    if isinstance(part.get(key), list | dict)
                ]


def _css(part: LexborHTMLParser | LexborNode, selector: str, what: str) -> list[LexborNode]:
    try:
        return part.css(selector)
    except SelectolaxError as error:
        raise _BadSelectorError(f"The {what} selector {selector!r} is no CSS selector; mend it.") from error


def _first(block: LexborNode, selector: str, what: str) -> LexborNode | None:
    found = _css(block, selector, what)
    return found[0] if found else None


def _heading(block: LexborNode) -> LexborNode | None:
    return next(
        (
            node
            for node in block.css("h1, h2, h3, h4, h5, h6, summary, [itemprop=headline]")
            if len(_line(node)) > 2
        ),
        None,
    )


def _chosen_link(links: list[LexborNode], heading: LexborNode | None) -> LexborNode | None:
    """Return the link of the heading, else the one around it, else a "more" link, else the longest."""
    inside = heading.css_first("a[href]") if heading is not None else None
    if inside is not None:
        return inside
    around = heading.parent if heading is not None else None
    for _ in range(3):
        if around is not None and around.tag == "a" and _attribute(around, "href"):
            return around
        around = around.parent if around is not None else None
    worded = [link for link in links if not _MORE.fullmatch(_line(link))]
    return (
        max(worded, key=lambda link: len(_line(link)), default=links[0] if links else None)
        if heading is None
        else (_more(links) or (links[0] if links else None))
    )


def _more(links: list[LexborNode]) -> LexborNode | None:
    return next((link for link in links if _line(link) and _MORE.fullmatch(_line(link))), None)


def _previous(node: LexborNode, tag: str) -> LexborNode | None:
    before = node.prev
    while before is not None and (before.tag == "-text" or before.tag == "dd"):
        before = before.prev
    return before if before is not None and before.tag == tag else None


def _following(heading: LexborNode) -> Iterator[str]:
    """Yield what stands below a heading or anchor: up to the next of its rank, or to one of a higher."""
    rank = _HEADINGS.index(heading.tag) if heading.tag in _HEADINGS else len(_HEADINGS)
    node = heading.next
    for _ in range(200):
        if node is None:
            return
        if node.tag in _HEADINGS and _HEADINGS.index(node.tag) <= rank:
            return
        if rank == len(_HEADINGS) and (
            _attribute(node, "id") or node.css_first("a[name], h1[id], h2[id], h3[id]")
        ):
            return
        yield (node.text() if node.tag == "-text" else node.html) or ""
        node = node.next


def _anchor(block: LexborNode) -> str:
    own = _attribute(block, "id")
    inner = block.css_first("a[name], a[id], h2[id], h3[id], h4[id]")
    return own or _attribute(inner, "id") or _attribute(inner, "name")


def _clock(text: str) -> str:
    """Return a date line without the words behind its time ("04.03.2026, 09:20 Uhr — Erstveröffentlichung")."""
    match = re.match(r"\W*(.{4,40}?\d{1,2}[:.]\d\d(?: ?Uhr)?)\s*(?:[|–—-]|\Z)", text)
    return match[1] if match and dates.parse(match[1]) else text


def _attribute(node: LexborNode | None, name: str) -> str:
    return (node.attributes.get(name) or "") if node is not None else ""


def _line(node: LexborNode | None) -> str:
    return html.one_line(node.text(separator=" ")) if node is not None else ""


def _words(node: LexborNode) -> str:
    return _line(node)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
