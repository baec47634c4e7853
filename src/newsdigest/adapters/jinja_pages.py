"""
Public pages and letters from templates, with the words of one language.

The words stand in `words.toml`, both languages of a phrase side by side, so that a missing
translation is seen where it is missing. A workspace may overlay single phrases with its own
`templates/web/words.toml`. Everything in a page is escaped; an unknown word or value is an error,
never an empty place.
"""

from __future__ import annotations

import html
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from newsdigest.errors import UsageError
from newsdigest.model.items import EventDates

MONTHS = {
    "de": ("Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
           "November", "Dezember"),
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
           "November", "December"),
}  # fmt: skip


class PageError(UsageError):
    """A public page's template or word is missing or wrong."""


class Phrase(str):
    """A phrase of ours: autoescape leaves its markup alone."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


class JinjaPages:
    """See `ports.publishing.PageRenderer`."""

    def __init__(self, folders: Sequence[Path], *, common: Mapping[str, Any], zone: str) -> None:
        self._folders = folders
        self._common = common
        self._zone = ZoneInfo(zone)

    @cached_property
    def words(self) -> dict[str, dict[str, dict[str, str]]]:
        """Section to key to language to phrase; the shipped ones with the workspace's laid over them."""
        made: dict[str, dict[str, dict[str, str]]] = {}
        for folder in reversed(self._folders):
            path = folder / "web" / "words.toml"
            if not path.is_file():
                continue
            try:
                found = tomllib.loads(path.read_text(encoding="utf-8"))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
                raise PageError(f"{path}: cannot be read ({error}); mend it or remove it") from error
            for section, phrases in found.items():
                for key, texts in phrases.items():
                    made.setdefault(section, {}).setdefault(key, {}).update(texts)
        return made

    def word(self, name: str, language: str, /, **values: object) -> str:
        """
        Return a phrase by `section.key`, its `{places}` filled; plain text.

        Raises:
            PageError: There is no such phrase.
        """
        section, _, key = name.partition(".")
        texts = self.words.get(section, {}).get(key, {})
        if language not in texts:
            raise PageError(f"web/words.toml has no [{section}] {key} in {language!r}; add it")
        return texts[language].format(**values) if values else texts[language]

    def phrase(self, name: str, language: str, /, **values: object) -> Phrase:
        """
        Return a phrase as HTML, to be handed to a page.

        Phrases are ours and may hold markup; what is put into them is not and is escaped.
        """
        escaped = {key: html.escape(str(value)) for key, value in values.items()}
        return Phrase(self.word(name, language, **escaped))

    def page(self, template: str, language: str, **values: object) -> str:
        """Return the page; see `ports.publishing.PageRenderer`."""

        def t(name: str, /, **places: object) -> Phrase:
            return self.phrase(name, language, **places)

        def plain(name: str, /, **places: object) -> str:
            return self.word(name, language, **places)

        try:
            return self._environment.get_template(template).render(
                t=t if template.endswith(".html.j2") else plain,
                day=lambda value: self.day(value, language),
                when=lambda event: self.when(event, language),
                language=language,
                **{**self._common, **values},
            )
        except TemplateError as error:
            place = getattr(error, "lineno", None)
            where = f"{getattr(error, 'name', None) or template}{f':{place}' if place else ''}"
            raise PageError(f"templates/{where}: {error.message or type(error).__name__}") from error

    @cached_property
    def _environment(self) -> Environment:
        return Environment(
            loader=FileSystemLoader([str(folder) for folder in self._folders]),
            undefined=StrictUndefined,
            autoescape=select_autoescape(enabled_extensions=("html.j2", "html"), default=False),
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )

    def when(self, event: EventDates, language: str) -> str:
        """Return when an event is: `Am 12. März 2026, 18:30 Uhr`, `12. März 2026 bis 14. März 2026`, `April 2026`."""
        start = self.day(event.start, language)
        match event.precision:
            case "month":
                return f"{MONTHS.get(language, MONTHS['en'])[event.start.month - 1]} {event.start.year}"
            case "week":
                year, week, _ = event.start.isocalendar()
                return self.word("archive.week", language, week=week, year=year)
            case _ if event.last_day:
                return self.word(
                    "archive.range", language, start=start, end=self.day(event.last_day, language)
                )
            case _:
                on = self.word("archive.on", language, day=start)
                hour = f"{event.start_time:%H:%M}" if event.start_time else ""
                return f"{on}, {self.word('embed.hour', language, hour=hour)}" if hour else on

    def day(self, value: date | datetime | None, language: str) -> str:
        """Return a date in words, local to the association: `12. März 2026`, `12 March 2026`."""
        if value is None:
            return ""
        local = value.astimezone(self._zone) if isinstance(value, datetime) else value
        month = MONTHS.get(language, MONTHS["en"])[local.month - 1]
        return (
            f"{local.day}. {month} {local.year}" if language == "de" else f"{local.day} {month} {local.year}"
        )
