"""
Feeds named by an HTML page, the likeliest first; pure: the caller fetches.

A page names feeds in its head (`link rel=alternate`) and in its text. What is no news feed is left
out: comment feeds (WordPress names one for every post), oEmbed, REST and search descriptions, manifests.
Among the rest the same host, the page's language, a name like "News", and a place near the page decide;
`reorder` then uses what the feeds themselves say (freshness, language, whether they are read at all).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from newsdigest.model.entries import Document
from newsdigest.text import dates, html, language_tags, urls

MAX_CHARACTERS = 512 * 1024  # T5
MAX_CANDIDATES = 12

_HIDDEN = re.compile(r"<!--.*?-->|<(script|style|noscript|template)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<(link|a|base|html|meta)\b((?:[^>\"']|\"[^\"]*\"|'[^']*'){0,3000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""([a-zA-Z_:][-\w:.]*)\s*(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
_FEED_TYPES = re.compile(
    r"application/(?:rss|atom|rdf)\+xml|application/(?:feed\+)?json|(?:text|application)/(?:xml|rss"
    r"|atom)\b",
    re.IGNORECASE,
)
_NO_FEED = re.compile(
    r"oembed|/wp-json/|wp-json\b|xmlrpc|wlwmanifest|opensearch|osd\.xml|sitemap|manifest\.(?:json"
    r"|webmanifest)|\.ics\b|/embed\b|rsd\.xml|/amp/"
    r"|browserconfig|crossdomain|api\.w\.org|graphql|alexa|favicon",
    re.IGNORECASE,
)
_COMMENTS = re.compile(
    r"/comments?/(?:feed|rss|atom|default)|/comments?\.(?:xml|rss|atom)|(?:feed|rss"
    r"|atom)/?\??/?(?:comments?|kommentare)|comments?[-_]?(?:feed|rss)|[?&]withcomments|feed=comments"
    r"|kommentar-?feed"
    r"|view=comments|latest-comments|/kommentare/|disqus",
    re.IGNORECASE,
)
_COMMENT_TITLES = re.compile(
    r"kommentar(?!e? zum (?:zeitgeschehen|tag))|\bcomments?\b|\bantworten\b|\brepl(?:y|ies)\b|diskussion",
    re.IGNORECASE,
)
_FEED_PATHS = re.compile(
    r"/(?:feed|rss|atom|feeds)(?:\.(?:xml|php|aspx?|json|rdf))?/?\Z|\.(?:rss|atom|rdf)\Z|/[\w-]*(?:rss"
    r"|feed|atom|newsfeed)[\w.-]*\.(?:xml|php|json|html?)\Z|/index\.(?:xml|rdf)\Z"
    r"|/blog-feed\.xml|/share/[\w-]+\.xml\Z|/rss\d?(?:/|\Z)|/feed/(?:rss2?|atom|rdf)?/?\Z|/news\.xml\Z"
    r"|/aktuell\w*\.xml\Z",
    re.IGNORECASE,
)
_FEED_QUERIES = re.compile(
    r"(?:^|&)(?:format=(?:feed|rss|atom)|type=(?:rss|atom|9818|100|13|105)\b|feed=(?:rss2?|atom|rdf)"
    r"|rss(?:=1)?(?:&|$)|output=(?:rss|atom)|tx_\w+%5bformat%5d=xml)",
    re.IGNORECASE,
)
_NEWS_WORDS = re.compile(
    r"\b(?:news|aktuell\w*|nachrichten|presse\w*|press|meldung\w*|neuigkeiten|mitteilung\w*|blog"
    r"|medien\w*|newsroom|main|alle|all)\b",
    re.IGNORECASE,
)
_SIDE_WORDS = re.compile(
    r"\b(?:termin\w*|events?|veranstaltung\w*|kalender|calendar|jobs?|stellen\w*|karriere|podcast\w*"
    r"|episod\w*|video\w*|audio|forum|twitter|facebook|flickr|youtube|wiki|recent changes"
    r"|letzte änderungen"
    r"|categor\w*|kategorie\w*|tags?|schlagwort\w*|author|autor\w*|search|suche\w*|archiv\w*|newsletter"
    r"|bilder|galerie|downloads?|shop|produkt\w*)\b",
    re.IGNORECASE,
)
_NEWS_PAGES = re.compile(
    r"\b(?:aktuelles|news(?:room)?|presse(?:mitteilungen|informationen|bereich)?|press(?: releases)?"
    r"|meldungen|nachrichten|neuigkeiten|mitteilungen|medieninformationen|medien|blog|aktuell)\b",
    re.IGNORECASE,
)
WELL_KNOWN = (
    "/feed/",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/rss",
    "/index.xml",
    "/news/feed/",
    "/aktuelles/feed/",
    "/blog/feed/",
    "/feed.json",
    "/blog-feed.xml",
    "/index.php?format=feed&type=rss",
    "/rss/news.xml",
    "/share/news.xml",
    "/share/aktuelles.xml",
    "/?type=9818",
    "/news.xml",
    "/de/rss.xml",
    "/en/rss.xml",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    One address that may be the site's feed.

    Attributes:
        score: Higher is likelier; only the order means something.
        reasons: Why, for the preview ("same host", "named in the head").
        language: Of the feed, as far as the page tells.
    """

    url: str
    title: str = ""
    score: float = 0.0
    reasons: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFacts:
    """What a page says of itself: where it is, its language, its translations, its system, its news pages."""

    url: str
    base: str
    language: str | None
    generator: str
    translations: tuple[tuple[str, str], ...]
    news_pages: tuple[str, ...]


def candidates(page: str, *, url: str, language: str | None = None) -> tuple[Candidate, ...]:
    """
    Return the feeds a page names, the likeliest first, at most twelve.

    Args:
        page: HTML; the first 512 KiB are looked at.
        url: Where the page was found, after redirects.
        language: Wanted language; the page's own where not given.
    """
    facts, tags = _look(page, url)
    wanted = language_tags.primary(language) or language_tags.primary(facts.language)
    found: dict[str, Candidate] = {}
    for place, (name, attributes, text) in enumerate(tags):
        made = _candidate(name, attributes, text, facts, wanted, place)
        if made is None:
            continue
        key = urls.canonical(made.url)
        if key not in found or found[key].score < made.score:
            found[key] = made
    return tuple(sorted(found.values(), key=lambda one: -one.score))[:MAX_CANDIDATES]


def page_facts(page: str, *, url: str) -> PageFacts:
    """Return what a page says of itself."""
    return _look(page, url)[0]


def well_known(url: str, *, generator: str = "") -> tuple[str, ...]:
    """Return addresses to try on a site whose page names no feed, those usual for its system first."""
    paths = list(WELL_KNOWN)
    usual = {
        "wordpress": "/feed/",
        "typo3": "/?type=9818",
        "joomla": "/index.php?format=feed&type=rss",
        "drupal": "/rss.xml",
        "contao": "/share/news.xml",
        "wix": "/blog-feed.xml",
    }
    paths.sort(
        key=lambda path: (
            0 if any(system in generator.lower() and path == known for system, known in usual.items()) else 1
        )
    )
    parts = urlsplit(url)
    own = parts.path.rstrip("/")
    near = [f"{own}/feed/"] if own and own.count("/") <= 2 else []
    made = (urls.absolute(path, url) for path in (*near, *paths))
    return tuple(dict.fromkeys(link for link in made if link))


def reorder(
    read: Sequence[tuple[Candidate, Document]], *, now: datetime, language: str | None = None
) -> tuple[Candidate, ...]:
    """
    Return the candidates whose documents were read, ordered anew by what these say.

    Empty feeds go last, a feed of comments drops out, fresh ones and the wanted language come first.
    """
    judged = []
    for candidate, document in read:
        score, reasons = candidate.score, list(candidate.reasons)
        titles = [entry.title for entry in document.entries[:10]]
        if titles and sum(
            bool(re.match(r"(?:kommentar (?:zu|von)|comment on|by:|von:|re:|antwort)", title, re.IGNORECASE))
            for title in titles
        ) * 2 > len(titles):
            continue
        if _COMMENT_TITLES.search(document.title) and re.match(
            r"kommentare? (?:zu|für)|comments (?:on|for)", document.title, re.IGNORECASE
        ):
            continue
        newest = max((entry.published for entry in document.entries if entry.published), default=None)
        if not document.entries:
            score, reasons = score - 30, [*reasons, "has no entries"]
        elif newest and now - newest < timedelta(days=120):
            score, reasons = score + 10, [*reasons, f"newest entry {dates.local_day(newest)}"]
        elif newest and now - newest > timedelta(days=500):
            score, reasons = score - 15, [*reasons, f"nothing new since {dates.local_day(newest)}"]
        tag = language_tags.primary(document.language)
        if language and tag == language_tags.primary(language):
            score, reasons = score + 4, [*reasons, f"in the wanted language ({tag})"]
        judged.append(
            replace(
                candidate,
                score=score,
                reasons=tuple(reasons),
                title=candidate.title or document.title,
                language=candidate.language or document.language,
            )
        )
    return tuple(sorted(judged, key=lambda one: -one.score))


def _look(page: str, url: str) -> tuple[PageFacts, list[tuple[str, dict[str, str], str]]]:
    shown = _HIDDEN.sub(" ", page[:MAX_CHARACTERS])
    tags: list[tuple[str, dict[str, str], str]] = []
    base, language, generator = url, None, ""
    translations: list[tuple[str, str]] = []
    news: list[str] = []
    for match in _TAG.finditer(shown):
        name, attributes = match[1].lower(), _attributes(match[2])
        text = html.strip(shown[match.end() : match.end() + 300].split("</a", 1)[0]) if name == "a" else ""
        if name == "base" and attributes.get("href") and base == url:
            base = urljoin(url, attributes["href"])
        elif name == "html":
            language = language or language_tags.normal(attributes.get("lang") or attributes.get("xml:lang"))
        elif name == "meta":
            kind = (attributes.get("name") or attributes.get("http-equiv") or "").lower()
            generator = attributes.get("content", "") if kind == "generator" and not generator else generator
            if kind == "content-language" and not language:
                language = language_tags.normal(attributes.get("content"))
        else:
            tags.append((name, attributes, text))
            link = urls.absolute(attributes.get("href"), base)
            if (
                link
                and name == "link"
                and "alternate" in attributes.get("rel", "").lower()
                and (tag := language_tags.normal(attributes.get("hreflang")))
                and not attributes.get("type")
            ):
                translations.append((tag, link))
            if (
                link
                and name == "a"
                and 3 < len(text) < 40
                and _NEWS_PAGES.search(text)
                and urls.host(link) == urls.host(url)
            ):
                news.append(link)
    facts = PageFacts(
        url=url,
        base=base,
        language=language,
        generator=generator[:100],
        translations=tuple(dict.fromkeys(translations)),
        news_pages=tuple(dict.fromkeys(news))[:5],
    )
    return facts, tags


def _attributes(written: str) -> dict[str, str]:
    return {
        name.lower(): html.unescape(one or two or three).strip()
        for name, one, two, three in _ATTRIBUTE.findall(written[:3000])
    }


def _candidate(
    name: str, attributes: dict[str, str], text: str, facts: PageFacts, wanted: str | None, place: int
) -> Candidate | None:
    link = urls.absolute(
        re.sub(r"^feed:(?://)?(?=https?:)?", "http://", attributes["href"])
        .replace("http://https://", "https://")
        .replace("http://http://", "http://")
        if attributes.get("href", "").startswith("feed:")
        else attributes.get("href"),
        facts.base,
    )
    if link is None:
        return None
    title = attributes.get("title", "") or text
    if name == "link":
        relations = attributes.get("rel", "").lower().split()
        is_named = bool({"alternate", "feed"} & set(relations)) and (
            bool(_FEED_TYPES.search(attributes.get("type", ""))) or "feed" in relations
        )
    else:
        is_named = bool(_FEED_TYPES.fullmatch(attributes.get("type", "")))
        if (
            not is_named
            and not _looks_like_feed(link)
            and not re.fullmatch(
                r"\W*(?:rss|atom|feed|rss[- ]feed|newsfeed|rss abonnieren|als rss.*)\W*", title, re.IGNORECASE
            )
        ):
            return None
        if re.search(r"rss|feed", facts.url, re.IGNORECASE) and link == facts.url:
            return None
    if not is_named and name == "link":
        return None
    if _is_other(link, title, facts):
        return None
    score, reasons = _score(link, title, attributes, facts, wanted, in_head=name == "link")
    return Candidate(
        url=link,
        title=html.one_line(title)[:200],
        score=score - min(place, 400) / 200,
        reasons=reasons,
        language=_language_of(link, title, attributes),
    )


def _looks_like_feed(link: str) -> bool:
    parts = urlsplit(link)
    return bool(_FEED_PATHS.search(parts.path) or _FEED_QUERIES.search(parts.query.lower()))


def _is_other(link: str, title: str, facts: PageFacts) -> bool:
    """Whether a link is of another kind than news: REST, oEmbed, comments (WordPress: the post's own feed)."""
    if _NO_FEED.search(link) or _COMMENTS.search(link) or _COMMENT_TITLES.search(title):
        return True
    # Blogger and WordPress name a feed below the post: its comments.
    page, path = urlsplit(facts.url).path.rstrip("/"), urlsplit(link).path.rstrip("/")
    inside = (
        bool(page)
        and path.startswith(f"{page}/")
        and path.rsplit("/", 1)[-1] in ("feed", "rss", "rss2", "atom")
    )
    is_post = bool(re.search(r"/\d{4}/\d\d/|/\d{4,}[-/]|[-\w]{25,}$", page)) or page.endswith(
        (".html", ".htm")
    )
    return inside and is_post


def _score(
    link: str, title: str, attributes: dict[str, str], facts: PageFacts, wanted: str | None, *, in_head: bool
) -> tuple[float, tuple[str, ...]]:
    score = 0.0
    reasons: list[str] = []
    if in_head:
        score, reasons = score + 20, [*reasons, "named in the page's head"]
    if _looks_like_feed(link):
        score += 5
    here, there = urls.host(facts.url), urls.host(link)
    if here == there:
        score, reasons = score + 10, [*reasons, "same host"]
    elif urls.registrable_domain(here) == urls.registrable_domain(there):
        score, reasons = score + 6, [*reasons, "same organisation"]
    tag = _language_of(link, title, attributes)
    if wanted and tag and tag != wanted:
        score, reasons = score - 8, [*reasons, f"language {tag}"]
    elif wanted and tag == wanted:
        score, reasons = score + 4, [*reasons, f"language {tag}"]
    words = f"{title} {re.sub(r'[/_.=&?-]', ' ', urlsplit(link).path + ' ' + urlsplit(link).query)}"
    if _NEWS_WORDS.search(words):
        score, reasons = score + 4, [*reasons, "named like news"]
    if _SIDE_WORDS.search(words):
        score, reasons = score - 9, [*reasons, "named like something else"]
    # The whole site before a category, RSS before its Atom twin only by order.
    path = urlsplit(link).path.strip("/")
    score -= min(path.count("/"), 4) * 0.7
    page = urlsplit(facts.url).path.strip("/")
    if page and path.startswith(page.split("/")[0] + "/") and len(page.split("/")[0]) > 2:
        score, reasons = score + 1.5, [*reasons, "of this part of the site"]
    return score, tuple(reasons)


def _language_of(link: str, title: str, attributes: dict[str, str]) -> str | None:
    """Return the language a link names: hreflang, `/en/`, `lang=en`, "English" in the title (TYPO3: untold)."""
    if tag := language_tags.primary(attributes.get("hreflang")):
        return tag
    parts = urlsplit(link)
    match = re.search(r"(?:^|/)(de|en|fr|cs|pl|es|it)(?:[-_][a-zA-Z]{2})?(?=/|\Z)", parts.path) or re.search(
        r"(?:^|&)(?:lang|language|locale|l)=(de|en|fr|cs|pl)", parts.query, re.IGNORECASE
    )
    match = match or re.search(r"[-_.](de|en)\.(?:xml|rss|rdf)\Z", parts.path)
    if match:
        return match[1].lower()
    named = re.search(
        r"\b(english|englisch|deutsch|german|français|czech|polski)\b|[\[(](EN|DE)[\])]", title, re.IGNORECASE
    )
    return language_tags.primary(named[1] or named[2]) if named else None


def best(found: Iterable[Candidate]) -> Candidate | None:
    """Return the likeliest candidate, None where there is none."""
    return max(found, key=lambda one: one.score, default=None)
