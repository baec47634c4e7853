"""
Recognises the list of news on a page, and the article on an article's page, without being told.

A list is blocks of one make (tag and class) side by side under one parent, each with one title. The
group with the most evidence wins: dates, headings, summaries, links within the site; navigation,
headers, footers and forms are left out first. Readability scores were tried and refused: they look for
one long text, which a list page has not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from newsdigest.model.sources import PageRules
from newsdigest.text import dates, html

_ASIDE = re.compile(
    r"(?:^|[-_ ])(?:nav|navi|navigation|menu|menue|breadcrumbs?|footer|cookie\w*|consent|sidebar|widget"
    r"|pager|pagination|social|share|sharing|search|suche|sprache|lang|logo"
    r"|comments?|related|tagcloud|skip)(?:[-_ ]|$)",
    re.IGNORECASE,
)
# Also the head of a single piece of news (TYPO3: `<div class="header"><h3>`): kept with a headline in it.
_HEADS = re.compile(r"(?:^|[-_ ])(?:header|banner)(?:[-_ ]|$)", re.IGNORECASE)
_HEADLINES = "h1, h2, h3, h4, h5, summary"
_LISTS = re.compile(
    r"list|news|item|view|entries|posts|teaser|termin|event|job|press|aktuell|meldung|card|archive"
    r"|result|download",
    re.IGNORECASE,
)
_LISTS_IN_WORDS = re.compile(
    r"meldung|mitteilung|bekanntmach|nachricht|neuigkeit|neues\b|news|aktuell|presse|press\b|medien|blog"
    r"|termin|veranstaltung|events?\b|ausschreib|stellen|jobs?\b|announcement|releases?\b|calls?\b|aufruf"
    r"|neue mitglieder|publikation",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\W*(?:mehr|weiter|weiterlesen|details?|more|read more|mehr (?:lesen|erfahren)|learn more|link"
    r"|hier|here|zurück|back|\d+|»|›|pdf|ics)?\W*",
    re.IGNORECASE,
)
_DATED = re.compile(r"(?:^|[-_ ])(?:date|datum|time|published|seit|kopf|meta)(?:[-_ ]|$)", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"-?[A-Za-z_][\w-]*\Z", re.ASCII)
_DATE_BEFORE = re.compile(r"\W*\d{1,2}\.\s?\d{1,2}\.\s?(?:\d{4}|\d\d)\s*(?:[|:,–—-]\s*)?(\S.{7,})", re.DOTALL)
SMALLEST_SCORE = 3.0


def recognise(tree: LexborHTMLParser) -> PageRules | None:
    """Return selectors of the page's list of news, or None where there is none that stands out. The tree is used up."""
    _strip(tree)
    body = tree.body
    if body is None:
        return None
    best: tuple[float, LexborNode, str, list[LexborNode]] | None = None
    is_headed = any(
        _LISTS_IN_WORDS.search(node.text()) for node in tree.css("title, h1") if len(node.text()) < 120
    )
    for parent in [body, *body.css("main, section, div, article, ul, ol, dl, tbody, table")]:
        for signature, members in _groups(parent).items():
            score = _score(parent, members, is_headed=is_headed)
            if score >= SMALLEST_SCORE and (
                best is None or score > best[0] or (score == best[0] and _is_inside(parent, best[3]))
            ):
                best = (score, parent, signature, members)
    if best is None:
        return None
    _score_of, parent, signature, _members = best
    return PageRules(container=_selector(parent), item=signature)


def without_date(title: str) -> str:
    """Return a headline without the date some lists put before it ("06.03.2026: Roboter operiert")."""
    match = _DATE_BEFORE.match(title)
    return match[1] if match else title


def article(tree: LexborHTMLParser) -> str:
    """Return the HTML of the main text of an article's page. The tree is used up."""
    _strip(tree)
    for selector in (
        "[itemprop=articleBody]",
        "article",
        "main",
        "[role=main]",
        "#content",
        "#main",
        ".content",
    ):
        parts = [part for part in tree.css(selector) if len(part.text()) > 200]
        if len(parts) == 1 or (parts and selector != "article"):
            return max(parts, key=lambda part: len(part.text())).html or ""
    body = tree.body
    if body is None:
        return ""
    # The element whose own paragraphs hold most of the words.
    best, most = body, 0
    for part in body.css("div, section, article, td"):
        words = sum(len(child.text()) for child in part.iter() if child.tag == "p")
        if words > most:
            best, most = part, words
    return best.html or ""


def _strip(tree: LexborHTMLParser) -> None:
    tree.strip_tags(
        [
            "script",
            "style",
            "noscript",
            "template",
            "nav",
            "footer",
            "aside",
            "form",
            "button",
            "select",
            "svg",
            "iframe",
        ]
    )
    for node in tree.css("[class], [id], [role=navigation], [hidden], body > header"):
        if node.tag in ("html", "body", "main", "article"):
            continue
        named = f"{node.attributes.get('class') or ''} {node.attributes.get('id') or ''}"
        if (
            (_ASIDE.search(named) and not node.css_first("h1, article, main"))
            or (_HEADS.search(named) and not node.css_first(_HEADLINES))
            or "hidden" in node.attributes
            or node.attributes.get("role") == "navigation"
        ):
            node.decompose()


def _groups(parent: LexborNode) -> dict[str, list[LexborNode]]:
    groups: dict[str, list[LexborNode]] = {}
    for child in parent.iter():
        if child.tag in ("br", "hr", "h1", "a", "span", "img", "dt", "thead", "tbody"):
            continue
        # Without a block around each, only a date tells a line or a headline of news from any other.
        if child.tag in ("p", "h2", "h3", "h4") and not _is_dated_line(child):
            continue
        groups.setdefault(_signature(child), []).append(child)
    # A list of bare links, or of headings with text between them, is too weak a sign; named cards may be links.
    for child in parent.iter():
        if child.tag == "a" and child.css_first("h2, h3, h4, h5") is not None:
            groups.setdefault(_signature(child), []).append(child)
    return groups


def _is_dated_line(node: LexborNode) -> bool:
    """Whether a paragraph, or a headline with what follows it, is one dated link."""
    links = [link for link in node.css("a[href]") if len(html.one_line(link.text())) >= 12]
    if len(links) != 1 or len(html.one_line(node.text())) > 300:
        return False
    text = node.text() if node.tag == "p" else " ".join(part.text(separator=" ") for part in below(node))
    return bool(dates.find(html.one_line(text)[:300]))


def below(heading: LexborNode) -> Iterator[LexborNode]:
    """Yield what stands below a headline, up to the next of its rank or a higher one."""
    node, rank = heading.next, heading.tag or ""
    for _ in range(40):
        tag = (node.tag or "") if node is not None else ""
        if node is None or (re.fullmatch(r"h[1-6]", tag) and tag <= rank):
            return
        yield node
        node = node.next


def _signature(node: LexborNode) -> str:
    classes = [
        name
        for name in (node.attributes.get("class") or "").split()
        if _PLAIN_NAME.match(name) and not re.search(r"\d|odd|even|first|last", name)
    ]
    return f"{node.tag}.{classes[0]}" if classes else str(node.tag)


def _score(parent: LexborNode, members: list[LexborNode], *, is_headed: bool) -> float:
    """
    Return the evidence that the members are news: 0 to about 4 for each of up to 30.

    Args:
        is_headed: The page's title or headline speaks of news, dates, notices.
    """
    evidence, titles = 0.0, set()
    members = members[:30]
    for member in members:
        found = _evidence(member)
        if found is None:
            continue
        evidence += found[0]
        titles.add(found[1])
    if not titles or len(titles) * 2 < len(members):
        return 0.0
    if len(titles) == 1:
        # A quiet week: one block alone is a list where it is dated and the page or the markup calls it one.
        is_one = evidence >= SMALLEST_SCORE and (
            _is_named(parent, members[0]) or (is_headed and _leads_on(members[0]))
        )
        return evidence + 0.5 if is_one else 0.0
    return evidence * len(titles) / len(members)


def _is_inside(parent: LexborNode, members: list[LexborNode]) -> bool:
    """Whether a lone block is only the wrapping of what is looked at now."""
    node: LexborNode | None = parent
    while node is not None and len(members) == 1:
        if node.mem_id == members[0].mem_id:
            return True
        node = node.parent
    return False


def _is_named(parent: LexborNode, member: LexborNode) -> bool:
    """Whether the markup calls a block or what holds it a list of something."""
    holders = [parent, parent.parent] if parent.tag == "tbody" else [parent]
    made = [
        holder.attributes.get(name) for holder in holders if holder is not None for name in ("class", "id")
    ]
    named = " ".join(filter(None, (*made, member.attributes.get("class"))))
    return parent.tag != "body" and bool(_LISTS.search(named))


def _leads_on(member: LexborNode) -> bool:
    """Whether a block is short and links to one page of its own: a teaser, where an article links to many."""
    pages = {
        link.attributes.get("href") or ""
        for link in [*member.css("a[href]"), *([member] if member.tag == "a" else [])]
        if not re.match(r"(?:#|mailto:|tel:|javascript:)|\Z", link.attributes.get("href") or "")
    }
    return len(pages) == 1 and len(html.one_line(member.text(separator=" "))) <= 700


def _evidence(member: LexborNode) -> tuple[float, str] | None:
    """Return (how much a block looks like a piece of news, its title), None where it does not at all."""
    headings = [node for node in member.css(_HEADLINES) if len(html.one_line(node.text())) > 4]
    if member.tag in ("p", "h2", "h3", "h4"):
        return 3.0, html.one_line(member.text(separator=" "))
    links = {
        (link.attributes.get("href") or ""): html.one_line(link.text(separator=" "))
        for link in [*member.css("a[href]"), *([member] if member.tag == "a" else [])]
    }
    worded = {href: text for href, text in links.items() if len(text) >= 12 and not _MORE.fullmatch(text)}
    if len(headings) > 2 or len(worded) > 4 or (not headings and not worded):
        return None
    text = html.one_line(member.text(separator=" "))
    title = html.one_line(headings[0].text(separator=" ")) if headings else max(worded.values(), key=len)
    if len(title) < 5 or len(text) > 6000:
        return None
    score = 1.0 + (1.0 if headings else 0.0) + (0.5 if worded or any(links) else 0.0)
    before = member.prev
    while before is not None and before.tag == "-text":
        before = before.prev
    near = (
        f"{html.one_line(before.text())} {text[:400]}"
        if member.tag == "dd" and before is not None and before.tag == "dt"
        else text[:400]
    )
    if member.css_first("time") is not None or dates.find(near):
        score += 1.5
    if len(text) > len(title) + 60:
        score += 0.5
    # A short link without anything else is a menu entry.
    if not headings and len(text) < 25:
        score = 0.2
    return score, title


def _selector(node: LexborNode) -> str:
    """Return a selector of a container: its id, else its make and its place under a named parent."""
    own = node.attributes.get("id") or ""
    if _PLAIN_NAME.match(own):
        return f"#{own}"
    made = _signature(node)
    parent = node.parent
    if made != node.tag or node.tag in ("body", "main") or parent is None or parent.tag in ("html", "-undef"):
        return made
    return f"{_selector(parent)} > {made}" if parent.tag != "-document" else made
