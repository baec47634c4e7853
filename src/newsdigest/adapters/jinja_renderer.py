"""
Rendering of mails and pages by Jinja2.

Feed text is data: it is escaped, never a template, and rendered once; an unknown name in a
template is an error (StrictUndefined), never an empty string. A workspace's own templates come
before the shipped ones. After rendering every story's link and the recipient's links are looked
for in the bytes: an inliner that loses the rest of a document does so in silence, we do not.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from jinja2 import (
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    TemplateSyntaxError,
    UndefinedError,
)
from jinja2 import TemplateError as JinjaError

from newsdigest.errors import TemplateError
from newsdigest.model.editions import (
    TOKEN_PREFERENCES,
    TOKEN_UNSUBSCRIBE,
    TOKEN_WEB,
    Edition,
    Placement,
    Variant,
    variant_id,
)
from newsdigest.model.newsletters import Newsletter, Theme, say
from newsdigest.model.pages import ROOMS, Page, lay_out
from newsdigest.model.samples import sample_edition
from newsdigest.ports.rendering import MailText
from newsdigest.text.quoted_printable import encode_piece

WIDTH = 72
"""Columns of the text part."""
MAX_ENCODED_BYTES = 102_400
"""Of the quoted-printable HTML part: beyond it Gmail cuts the mail, and with it the way out (R12)."""
TOKEN_ALLOWANCE = 2_000
"""Bytes kept free: a recipient's own links are longer than the tokens that stand for them."""
WARN_SHARE = 0.85
_TOKENS = {"web": TOKEN_WEB, "unsubscribe": TOKEN_UNSUBSCRIBE, "preferences": TOKEN_PREFERENCES}
# What mail programs show after the subject: filled up, so that no text of the body follows.
_FILLER = "\u2007\u00ad" * 60
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff]")
_HALF_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"\n{3,}")
_INDENT = re.compile(r">\s*\n\s*<")


class JinjaRenderer:
    """
    See `ports.rendering.EditionRenderer` and `MailRenderer`.

    Args:
        folders: Where templates are looked for, the most particular first.
        words: Catalogue per language.
        themes: By id.
        inline: Writes style sheets into attributes.
    """

    def __init__(
        self,
        *,
        folders: Sequence[Path],
        words: Mapping[str, Mapping[str, str]],
        themes: Mapping[str, Theme],
        inline: Callable[[str], str],
    ) -> None:
        self._folders = tuple(folders)
        self._words = words
        self._themes = themes
        self._inline = inline
        self._digests: dict[tuple[str, tuple[str, ...]], str] = {}
        self._environment = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]),
            autoescape=lambda name: name is None or ".html" in name,  # noqa: S701 - text parts are no markup
            undefined=StrictUndefined,
            trim_blocks=False,
            keep_trailing_newline=True,
            auto_reload=False,
        )
        self._environment.filters |= {"wrap": _wrap, "underlined": _underlined}

    def render(
        self, *, edition: Edition, newsletter: Newsletter, language: str, topics: tuple[str, ...] = ()
    ) -> Variant:
        """Return the variant; the first room that fits the size is taken, and what does not render is left out."""
        edition = _neutral(edition)
        # A half surrogate cannot be written as UTF-8, and the inliner drops all that follows it.
        without = frozenset(p.story_id for p in edition.placed(language) if not _is_writable(p))
        warnings = _named(edition, language, without)
        while True:
            page, html, text = self._fitted(edition, newsletter, language, topics, without)
            broken = _broken(page, html, text)
            if not broken:
                break
            without |= broken
            warnings += _named(edition, language, broken)
        if page.room:
            warnings.append(f"too large for one mail: {page.room}")
        elif len(html.encode()) > newsletter.max_html_bytes * WARN_SHARE:
            warnings.append(f"{len(html.encode()):,} of {newsletter.max_html_bytes:,} bytes are used")
        return _variant(edition, language, topics, page, html, text, tuple(warnings))

    def digest(self, newsletter: Newsletter) -> str:
        """Return the SHA-256 over templates, theme and words; templates are read once a process, as for rendering."""
        key = (newsletter.theme, newsletter.languages)
        known = self._digests.get(key)
        if known is None:
            known = self._digests[key] = self._digest(newsletter)
        return known

    def _digest(self, newsletter: Newsletter) -> str:
        found = hashlib.sha256()
        for name in sorted(self._environment.list_templates(filter_func=_decides_looks)):
            source, _, _ = self._environment.loader.get_source(self._environment, name)  # type: ignore[union-attr]
            found.update(f"{name}\0{source}\0".encode())
        found.update(repr(self._theme(newsletter)).encode())
        for language in newsletter.languages:
            found.update(repr(sorted(self._words[language].items())).encode())
        return found.hexdigest()

    def mail(self, folder: str, language: str, **values: object) -> MailText:
        """Return a mail that is no edition, its sheet inlined."""
        theme = values.pop("theme", None) or next(iter(self._themes.values()))
        context = {
            "language": language,
            "word": self._speaker(language),
            "theme": theme,
            "filler": _FILLER,
            **values,
        }
        return MailText(
            subject=_line(self._fill(f"{folder}/subject.txt.j2", context)),
            text=_tidy(self._fill(f"{folder}/body.txt.j2", context)),
            html=self._inline(_squeeze(self._fill(f"{folder}/body.html.j2", context))),
        )

    def problems(self, newsletters: Sequence[Newsletter] = ()) -> list[str]:
        """
        Return what is wrong with the templates, a line each with file and line.

        All are read; if that goes well, a sample edition of every newsletter is rendered in each
        language, because an unknown name shows only in filling.
        """
        found = []
        for name in self._environment.list_templates(filter_func=_is_ours):
            try:
                self._environment.get_template(name)
            except JinjaError as error:
                found.append(str(self._ours(error, name)))
        if found:
            return found
        for newsletter in newsletters:
            sample = sample_edition(newsletter)
            for language in newsletter.languages:
                try:
                    self.render(edition=sample, newsletter=newsletter, language=language)
                except TemplateError as error:
                    found.append(str(error))
        return list(dict.fromkeys(found))

    def _fitted(
        self,
        edition: Edition,
        newsletter: Newsletter,
        language: str,
        topics: tuple[str, ...],
        without: frozenset[str],
    ) -> tuple[Page, str, str]:
        """Return the page in the first room that fits, with its HTML and text."""
        limit = newsletter.max_html_bytes - TOKEN_ALLOWANCE
        growth = 1.0
        for room in ROOMS:
            page = lay_out(
                edition, newsletter, self._words[language], topics=topics, room=room, without=without
            )
            page = _cleaned(page)
            context = self._context(page, newsletter, language)
            plain = _squeeze(self._fill("edition/body.html.j2", context))
            # Inlining is the dear part, and the share it adds only grows as texts get shorter.
            if len(plain.encode()) * growth > limit and room is not ROOMS[-1]:
                continue
            html = self._inline(plain)
            growth = len(html.encode()) / len(plain.encode())
            is_small = len(html.encode()) <= limit
            if is_small and len(encode_piece(html)) <= MAX_ENCODED_BYTES - TOKEN_ALLOWANCE:
                break
        text = _tidy(self._fill("edition/body.txt.j2", context))
        return replace(page, subject=_line(self._fill("edition/subject.txt.j2", context))), html, text

    def _context(self, page: Page, newsletter: Newsletter, language: str) -> dict[str, Any]:
        theme = self._theme(newsletter)
        return {
            "page": page, "theme": theme, "token": _TOKENS, "word": self._speaker(language), "filler": _FILLER,
            "logo_alt": say(theme.logo_alt, language),
            "footers": [line for line in dict(theme.footers).get(language, "").splitlines() if line.strip()],
        }  # fmt: skip

    def _theme(self, newsletter: Newsletter) -> Theme:
        if newsletter.theme not in self._themes:
            raise TemplateError(
                f"theme.yaml:1: there is no theme {newsletter.theme!r}; newsletter {newsletter.id!r} names it"
            )
        return self._themes[newsletter.theme]

    def _speaker(self, language: str) -> Callable[..., str]:
        words = self._words.get(language)
        if words is None:
            raise TemplateError(
                f"strings/{language}.yaml:1: there is no catalogue for language {language!r}; add one"
            )

        def word(key: str, **values: object) -> str:
            """Return the word of that key; an unknown key is an error, as an unknown name is."""
            if key not in words:
                raise UndefinedError(f"the catalogue strings/{language}.yaml has no word {key!r}")
            return words[key].format(**values) if values else words[key]

        return word

    def _fill(self, name: str, context: Mapping[str, Any]) -> str:
        try:
            return self._environment.get_template(name).render(context)
        except (JinjaError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise self._ours(error, name) from error

    def _ours(self, error: Exception, name: str) -> TemplateError:
        """Return our error with the template's file and line."""
        if isinstance(error, TemplateNotFound):
            folders = ", ".join(str(folder) for folder in self._folders)
            return TemplateError(f"{error.name or name}:1: the template is missing; looked in {folders}")
        if isinstance(error, TemplateSyntaxError):
            return TemplateError(
                f"{error.filename or name}:{error.lineno}: {error.message}; correct the template"
            )
        file, line = name, 1
        trace = error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code.co_filename
            if any(code.startswith(str(folder)) for folder in self._folders):
                file, line = code, trace.tb_lineno
            trace = trace.tb_next
        return TemplateError(f"{file}:{line}: {error}; correct the template")


def clean(text: str) -> str:
    """Return text without what no mail may hold: controls, C1, bidirectional marks, half surrogates."""
    return _CONTROLS.sub("", text).encode("utf-8", "replace").decode()


def _cleaned(page: Page) -> Page:
    return replace(page, subject=clean(page.subject), preheader=clean(page.preheader))


def _neutral(edition: Edition) -> Edition:
    """Return the edition with texts that hold no control or bidirectional character."""

    def strip(text: str) -> str:
        return _CONTROLS.sub("", text)

    placements = tuple(
        replace(
            p,
            headline=strip(p.headline),
            teaser=strip(p.teaser),
            organisation=strip(p.organisation),
            notices=tuple(strip(notice) for notice in p.notices),
            also_at=tuple((strip(name), url) for name, url in p.also_at),
            image_alt=strip(p.image_alt),
            image_credit=strip(p.image_credit),
        )
        for p in edition.placements
    )
    return replace(edition, placements=placements)


def _is_writable(placement: Placement) -> bool:
    texts = (placement.headline, placement.teaser, placement.organisation, placement.url, *placement.notices)
    parts = "".join((*texts, *(part for pair in placement.also_at for part in pair), placement.image_alt))
    return not _HALF_SURROGATES.search(parts)


def _named(edition: Edition, language: str, story_ids: frozenset[str]) -> list[str]:
    found = [p.headline for p in edition.placed(language) if p.story_id in story_ids]
    return [f"left out, as it could not be rendered: {clean(headline)[:80]!r}" for headline in found]


def _broken(page: Page, html: str, text: str) -> frozenset[str]:
    """
    Return the stories whose link is not in both parts.

    Raises:
        TemplateError: The reader's own way out is missing; that is no story's fault.
    """
    decoded = html.replace("&amp;", "&")
    broken = {
        entry.story_id
        for entry in page.entries
        if entry.url and (f'href="{_as_attribute(entry.url)}"' not in decoded or entry.url not in text)
    }
    if not broken:
        for token in (TOKEN_UNSUBSCRIBE, TOKEN_PREFERENCES):
            if token not in html or token not in text:
                raise TemplateError(
                    f"edition/body.html.j2:1: the link {token} is missing in a part; put token.* back"
                )
    return frozenset(broken)


def _as_attribute(url: str) -> str:
    return escape(url, quote=True).replace("&amp;", "&")


def _variant(
    edition: Edition,
    language: str,
    topics: tuple[str, ...],
    page: Page,
    html: str,
    text: str,
    warnings: tuple[str, ...],
) -> Variant:
    signed = "\0".join((page.subject, page.preheader, html, text))
    links = [
        url
        for entry in page.entries
        for url in (entry.url, *(url for _, url in entry.also_at), entry.calendar_url)
        if url
    ]
    return Variant(
        edition_id=edition.id, id=variant_id(language, topics), language=language, topics=tuple(sorted(set(topics))),
        subject=page.subject, preheader=page.preheader, html=html, text=text,
        digest=hashlib.sha256(signed.encode()).hexdigest(),
        story_ids=tuple(dict.fromkeys(entry.story_id for entry in page.entries)), warnings=warnings,
        links=tuple(dict.fromkeys((*links, TOKEN_WEB, TOKEN_PREFERENCES, TOKEN_UNSUBSCRIBE))),
    )  # fmt: skip


def _is_ours(name: str) -> bool:
    """Whether a template is one of the mails'; pages for browsers are tried by who renders them."""
    return name.startswith(("edition/", "parts/", "editor_mail/")) and name.endswith(".j2")


def _decides_looks(name: str) -> bool:
    return name.startswith(("edition/", "parts/")) and name.endswith(".j2")


def _line(text: str) -> str:
    return clean(" ".join(text.split()))


def _squeeze(html: str) -> str:
    """Return HTML without white space between tags at line ends; bytes are counted (R12)."""
    return _INDENT.sub(">\n<", html)


def _tidy(text: str) -> str:
    """Return the text part without trailing spaces and with at most one empty line; "-- " keeps its space."""
    lines = [line if line == "-- " else line.rstrip() for line in clean_lines(text).split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n") + "\n"


def clean_lines(text: str) -> str:
    """Return text of several lines, each cleaned."""
    return "\n".join(clean(line) for line in text.split("\n"))


def _wrap(text: str, indent: int = 0, first: int = 0) -> str:
    """Fold a paragraph; links are never broken."""
    return textwrap.fill(
        " ".join(str(text).split()), WIDTH, initial_indent=" " * first, subsequent_indent=" " * indent,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _underlined(text: str) -> str:
    return f"{text}\n{'=' * min(len(text), WIDTH)}"
