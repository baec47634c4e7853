"""`config/sources.yaml`: the sources as configured, turned into model records."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from newsdigest.errors import SettingsError
from newsdigest.model.sources import PageRules, Source, SourceKind, SourceType, Trust
from newsdigest.settings.checking import Strict, check
from newsdigest.settings.yaml_file import YAMLFile
from newsdigest.text import urls


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone; write e.g. Europe/Berlin") from error
    return value


def _minutes(value: Any) -> Any:
    """`interval: 120` means minutes; ISO 8601 (`PT2H`) works as well."""
    return (
        timedelta(minutes=value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    )


def _id(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,60}", value):
        raise ValueError(
            "may hold lower-case letters, digits, dots, hyphens and underscores only, at most 61"
        )
    return value


class PageRulesSettings(Strict):
    """CSS selectors of a list page."""

    container: str
    item: str
    title: str = ""
    link: str = "a[href]"
    date: str = ""
    summary: str = ""
    detail: str = ""


class SourceSettings(Strict):
    """One source; the fields of `model.sources.Source`."""

    id: Annotated[str, AfterValidator(_id)]
    name: str = Field(min_length=1)
    url: str = Field(min_length=1)
    kind: SourceKind = SourceKind.FEED
    type: SourceType = SourceType.MEMBER
    organisation: str = ""
    homepage: str = ""
    language: str | None = None
    fixed_language: str | None = None
    trust: Trust = Trust.NORMAL
    interval: Annotated[timedelta, BeforeValidator(_minutes)] = Field(
        timedelta(minutes=60), ge=timedelta(minutes=60)
    )
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Berlin"
    topics: tuple[str, ...] = ()
    item_kind: str | None = None
    page_rules: PageRulesSettings | None = None
    fetches_full_text: bool = False
    shows_images: bool = False
    image_credit: str = ""
    notices: tuple[str, ...] = ()
    boilerplate: tuple[str, ...] = ()
    is_paused: bool = False

    def record(self) -> Source:
        """Return the model's record."""
        fields = {name: getattr(self, name) for name in type(self).model_fields if name != "page_rules"}
        rules = PageRules(**self.page_rules.model_dump()) if self.page_rules else None
        return Source(**fields, page_rules=rules, origin="config")


class SourcesFile(Strict):
    """All of `sources.yaml`."""

    sources: tuple[SourceSettings, ...] = ()


def _unreadable(source: SourceSettings) -> str:
    """Return why its address cannot be read, "" where it can: http(s), or a path for a folder."""
    # A folder may be served over HTTP as well; nothing else may be a path.
    is_path = "://" not in source.url or source.url.startswith("file://")
    if (source.kind is SourceKind.FOLDER and is_path) or urls.safe(source.url) is not None:
        return ""
    wanted = "an address that begins with https:// or http://"
    if source.kind is SourceKind.FOLDER:
        wanted = f"a path like presse or /srv/presse, or {wanted}"
    elif is_path:
        wanted += ", or a path together with `kind: folder`"
    return f"{source.url[:120]!r} cannot be read; write {wanted}"


def load(file: YAMLFile) -> tuple[Source, ...]:
    """
    Return the sources of the file.

    Raises:
        SettingsError: All problems at once; an id or address that stands twice, or cannot be read, is one.
    """
    settings = check(SourcesFile, file)
    problems: list[str] = []
    for field in ("id", "url"):
        seen: set[str] = set()
        for number, source in enumerate(settings.sources):
            value = getattr(source, field)
            if value in seen:
                where = file.where(("sources", number, field))
                problems.append(f"{where}: sources.{number}.{field}: {value!r} stands twice; keep one")
            seen.add(value)
    for number, source in enumerate(settings.sources):
        if why := _unreadable(source):
            problems.append(f"{file.where(('sources', number, 'url'))}: sources.{number}.url: {why}")
    if problems:
        raise SettingsError(problems)
    return tuple(source.record() for source in settings.sources)


def digest(sources: tuple[Source, ...]) -> str:
    """Return what tells whether the file's content was applied already; comments do not count."""
    return hashlib.sha256(repr(sources).encode()).hexdigest()[:32]
