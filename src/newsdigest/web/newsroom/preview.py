"""
The preview: the very bytes that will be sent, in a frame that can do nothing.

The frame is sandboxed twice, by the attribute on the page and by this answer's own policy: no script, no
form, no navigation, no request except pictures from our own host (T2). Views change what the reader's
program would change (pictures off, dark, no style sheet), never the stored bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from starlette.responses import HTMLResponse, Response

from newsdigest.model.editions import TOKEN_NAME, Edition, Placement, Variant
from newsdigest.model.newsletters import Newsletter
from newsdigest.text import public_links
from newsdigest.web.newsroom import desk
from newsdigest.web.newsroom.visits import Visit

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src {images}; sandbox; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
_STYLE = re.compile(r"<style\b.*?</style\s*>", re.IGNORECASE | re.DOTALL)
_LINK = re.compile(r'<a (?=[^>]*?\bhref="([^"]*)")')
_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*dark\s*\)", re.IGNORECASE)


def frame(visit: Visit) -> Response:
    """Return one language of the edition as the chosen view shows it."""
    edition, newsletter = desk.edition_of(visit)
    language = desk.language_of(visit, newsletter, visit.path("language"))
    view = visit.ask("view", "desktop")
    if view == "reader" and visit.ask("reader"):
        variant, name = _for_reader(visit, edition, newsletter)
        html = _with_pictures(variant.html, newsletter)
        return _answer(visit, html.replace(TOKEN_NAME, escape(name)), has_images=True)
    variant = desk.RENDERS.get(visit.assembly, edition, language)
    if view == "text":
        page = (
            f'<!doctype html><html lang="{language}"><meta charset="utf-8"><title>text</title>'
            "<style>:root{color-scheme:light dark}pre{font:14px/1.5 ui-monospace,monospace;white-space:pre-wrap;"
            "margin:1.5rem;overflow-wrap:anywhere}</style>"
            f"<pre>{escape(variant.text)}</pre></html>"
        )
        return _answer(visit, page, has_images=False)
    html = _with_places(_with_pictures(variant.html, newsletter), edition.placed(language))
    return _answer(visit, seen_as(html, view), has_images=view != "no-images")


def seen_as(html: str, view: str) -> str:
    """Return the document as a program with that habit would show it."""
    if view == "no-style":
        return _STYLE.sub("", html)
    # The editor's own screen may be dark; each view shows one mode whatever the screen prefers.
    return _DARK.sub("(min-width:0)" if view == "dark" else "(max-width:0)", html)


def download(visit: Visit) -> Response:
    """Return the stored bytes as a file: `<language>.html`, `.txt`, or `.eml` with every header of the wire."""
    edition, newsletter = desk.edition_of(visit)
    stem, _, kind = visit.path("name").rpartition(".")
    language = desk.language_of(visit, newsletter, stem)
    variant = desk.RENDERS.get(visit.assembly, edition, language)
    if kind == "txt":
        body, media = variant.text.encode("utf-8"), "text/plain; charset=utf-8"
    elif kind == "eml":
        body, media = visit.assembly.as_mail(edition, variant), "message/rfc822"
    else:
        # As text: a stranger's words must not become a document of this host outside the frame.
        kind, body, media = "html", variant.html.encode("utf-8"), "text/plain; charset=utf-8"
    name = f"{edition.id}.{language}.{kind}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body, media_type=media, headers=headers)


def _for_reader(visit: Visit, edition: Edition, newsletter: Newsletter) -> tuple[Variant, str]:
    reader = desk.reader_of(visit.assembly, newsletter, visit.ask("reader"))
    language = reader.language if reader.language in newsletter.languages else newsletter.languages[0]
    return desk.RENDERS.get(visit.assembly, edition, language, reader.topics), reader.name or reader.address


def _with_pictures(html: str, newsletter: Newsletter) -> str:
    """Return the document with our pictures from this host: where readers find them may be another one."""
    if not newsletter.web_url:
        return html
    return html.replace(f'src="{public_links.image(newsletter.web_url, "")}', f'src="{public_links.IMAGES}/')


def _with_places(html: str, placed: Sequence[Placement]) -> str:
    """Return the document with a place to jump to before every story's first link: the screen follows the editor."""
    places = {p.url: f"p-{p.id}" for p in reversed(placed) if p.url}

    def marked(link: re.Match[str]) -> str:
        place = places.pop(unescape(link[1]), "")
        # Not on the link itself: it can be focused, and a jump would take the keyboard into the frame.
        return f'<span id="{escape(place)}"></span>{link[0]}' if place else link[0]

    return _LINK.sub(marked, html)


def _answer(visit: Visit, html: str, *, has_images: bool) -> Response:
    images = "'none'"
    if has_images:
        images = " ".join(["'self'", "data:", visit.assembly.workspace.main.web.public_url]).strip()
    headers = {
        "Content-Security-Policy": POLICY.format(images=images),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
    }
    return HTMLResponse(html, headers=headers)
