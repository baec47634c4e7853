"""Jinja2 for the newsroom's pages: autoescape, StrictUndefined, the words and formats of one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from newsdigest.model.newsletters import say
from newsdigest.web.newsroom import formats, words


class Pages:
    """Templates and words of one workspace, loaded once."""

    def __init__(self, folders: Sequence[Path], zone: str) -> None:
        self.catalogues = words.load(folders)
        self.zone = ZoneInfo(zone)
        self._environments = {language: self._environment(folders, language) for language in words.LANGUAGES}

    def render(self, template: str, language: str, **values: Any) -> str:
        """Return the page."""
        return self._environments[language].get_template(f"newsroom/{template}").render(**values)

    def _environment(self, folders: Sequence[Path], language: str) -> Environment:
        made = Environment(
            loader=FileSystemLoader([str(folder) for folder in folders]), autoescape=True,
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False,
        )  # fmt: skip
        made.globals.update(
            t=self.catalogues[language],
            language=language,
            zone=self.zone,
            actor=self.catalogues[language].actor,
        )
        filters: dict[str, Callable[..., Any]] = {
            "day": partial(formats.day, language=language),
            "short_day": partial(formats.short_day, language=language),
            "instant": lambda value, zone=None: formats.instant(value, language, zone or self.zone),
            "weekday_time": lambda value, zone=None: formats.weekday_time(value, language, zone or self.zone),
            "span": partial(formats.span, language=language),
            "lasting": partial(formats.span, language=language, is_dative=False),
            "number": partial(formats.number, language=language),
            "kilobytes": partial(formats.kilobytes, language=language),
            "moment": datetime.fromisoformat,
            "said": self.catalogues[language].said,
            "words_in": say,
        }
        made.filters.update(filters)
        return made
