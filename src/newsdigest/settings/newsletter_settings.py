"""`config/newsletters.yaml`: the recurring publications, checked and turned into records."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from datetime import time as clock_time
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from newsdigest.errors import SettingsError
from newsdigest.model import newsletters as model
from newsdigest.model.items import Kind
from newsdigest.model.newsletters import SectionLayout, SectionOrder
from newsdigest.model.sources import SourceType, Trust
from newsdigest.settings import checking
from newsdigest.settings.checking import Strict
from newsdigest.settings.yaml_file import YAMLFile

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
# One address and nothing else: what stands here goes into headers.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_LIST_ID = re.compile(r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise ValueError(
            "must be lower-case letters, digits, - and _ (it becomes part of ids and file names)"
        )
    return value


def _day_of_week(value: Any) -> int:
    """Names, never numbers: 1 is Tuesday in one tool and Monday in another."""
    if isinstance(value, str) and value.lower() in WEEKDAYS:
        return WEEKDAYS.index(value.lower())
    raise ValueError(f"must be one of {', '.join(WEEKDAYS)}")


def _address(value: str) -> str:
    if value and not _ADDRESS.fullmatch(value):
        raise ValueError("must be one plain mail address, e.g. digest@example.org")
    return value


def _https(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^\s<>\"@]+", value):
        raise ValueError("must be an absolute address that begins with https://")
    return value.rstrip("/")


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("is no time zone; write e.g. Europe/Berlin") from error
    return value


Slug = Annotated[str, AfterValidator(_slug)]
Weekday = Annotated[int, BeforeValidator(_day_of_week)]
Address = Annotated[str, AfterValidator(_address)]
Link = Annotated[str, AfterValidator(_https)]
Texts = dict[Literal["de", "en"], str]


def pairs(texts: dict[Any, str]) -> model.Words:
    """Return words as the model has them, without empty ones."""
    return tuple((str(language), text.strip()) for language, text in texts.items() if text.strip())


class Pause(Strict):
    """Days without an edition, both included."""

    first: date = Field(alias="from")
    last: date = Field(alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> Pause:
        if self.last < self.first:
            raise ValueError("`to` must not lie before `from`")
        return self


class CadenceSettings(Strict):
    """See `model.newsletters.Cadence`."""

    weekday: Weekday = Field("thursday", validate_default=True)
    time: clock_time
    every_weeks: int = Field(1, ge=1, le=8)
    anchor: date = date(2026, 1, 5)
    cut_off_weekday: Weekday = Field("wednesday", validate_default=True)
    cut_off_time: clock_time
    pauses: tuple[Pause, ...] = ()
    holidays: Literal["saxony", ""] = "saxony"
    on_holiday: Literal["before", "after", "skip"] = "before"
    specials: tuple[date, ...] = ()
    skip_below: int = Field(3, ge=0)

    def record(self) -> model.Cadence:
        """As the model has it."""
        values = {name: getattr(self, name) for name in type(self).model_fields if name != "pauses"}
        return model.Cadence(**values, pauses=tuple((pause.first, pause.last) for pause in self.pauses))


class SectionSettings(Strict):
    """See `model.newsletters.Section`."""

    id: Slug
    titles: Texts
    kinds: tuple[Kind, ...] = ()
    topics: tuple[str, ...] = ()
    source_types: tuple[SourceType, ...] = ()
    trusts: tuple[Trust, ...] = ()
    limit: int = Field(10, ge=1, le=200)
    per_organisation: int = Field(0, ge=0)
    order: SectionOrder = SectionOrder.WEIGHT
    layout: SectionLayout = SectionLayout.TEASER
    rank: int = 100
    repeats: bool = False
    joins: str = ""

    def record(self) -> model.Section:
        """As the model has it."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        for name in ("kinds", "source_types", "trusts"):
            values[name] = tuple(part.value for part in values[name])
        return model.Section(**values | {"titles": pairs(self.titles)})


class SenderSettings(Strict):
    """See `model.newsletters.Sender`."""

    address: Annotated[Address, Field(min_length=3)]
    names: Texts
    reply_to: Address = ""
    list_id: str = ""

    @field_validator("list_id")
    @classmethod
    def _is_domain(cls, value: str) -> str:
        if value and not _LIST_ID.fullmatch(value):
            raise ValueError("must look like a host name, e.g. weekly.example.org")
        return value

    def record(self) -> model.Sender:
        """As the model has it."""
        return model.Sender(
            address=self.address, names=pairs(self.names), reply_to=self.reply_to, list_id=self.list_id
        )


class NewsletterSettings(Strict):
    """See `model.newsletters.Newsletter`."""

    id: Slug
    languages: Annotated[tuple[Literal["de", "en"], ...], Field(min_length=1)] = ("de", "en")
    titles: Texts
    subtitles: Texts = Field(default={})
    publishers: Texts = Field(default={})
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Berlin"
    cadence: CadenceSettings
    sender: SenderSettings
    sections: Annotated[tuple[SectionSettings, ...], Field(min_length=1)]
    other_language: Literal["list", "omit"] = "list"
    other_language_limit: int = Field(12, ge=0)
    preferred_sources: tuple[SourceType, ...] = tuple(SourceType)
    teaser_characters: int = Field(320, ge=80, le=1200)
    headline_characters: int = Field(90, ge=30, le=200)
    max_age_days: int = Field(60, ge=1)
    max_html_bytes: int = Field(100_000, ge=20_000, le=100_000)
    introductions: Texts = Field(default={})
    signatures: Texts = Field(default={})
    notices: Texts = Field(default={})
    imprint: Texts = Field(default={})
    privacy_url: dict[Literal["de", "en"], Link] = Field(default={})
    web_url: Link = ""
    is_automatic: bool = False
    needs_four_eyes: bool = False
    undo_minutes: int = Field(10, ge=0, le=24 * 60)
    grace_minutes: int = Field(120, ge=0)
    editors: tuple[Address, ...] = ()
    testers: tuple[Address, ...] = ()
    theme: str = "default"

    @model_validator(mode="after")
    def _fits_together(self) -> NewsletterSettings:
        ids = [section.id for section in self.sections]
        for section in self.sections:
            if ids.count(section.id) > 1:
                raise ValueError(f"section {section.id!r} stands twice; give each its own id")
            if section.joins and (section.joins not in ids or section.joins == section.id):
                raise ValueError(f"section {section.id!r} joins {section.joins!r}, which is no other section")
        for language in self.languages:
            missing = [
                name for name in ("titles", "imprint") if not getattr(self, name).get(language, "").strip()
            ]
            if missing:
                raise ValueError(f"{' and '.join(missing)} must be given in {language!r} too")
        return self

    def record(self) -> model.Newsletter:
        """As the model has it."""
        words = (
            "titles",
            "subtitles",
            "publishers",
            "introductions",
            "signatures",
            "notices",
            "imprint",
            "privacy_url",
        )
        made = {name: getattr(self, name) for name in type(self).model_fields}
        made |= {name: pairs(getattr(self, name)) for name in words}
        made |= {
            "cadence": self.cadence.record(),
            "sender": self.sender.record(),
            "sections": tuple(section.record() for section in self.sections),
            "preferred_sources": tuple(kind.value for kind in self.preferred_sources),
        }
        return model.Newsletter(**made)


class NewslettersFile(Strict):
    """All of `newsletters.yaml`."""

    newsletters: tuple[NewsletterSettings, ...] = ()


def load(file: YAMLFile) -> dict[str, model.Newsletter]:
    """
    Return the newsletters by id.

    Raises:
        SettingsError: All problems at once, each with file, line and column.
    """
    checked = checking.check(NewslettersFile, file)
    ids = [newsletter.id for newsletter in checked.newsletters]
    twice = [index for index, id_ in enumerate(ids) if id_ in ids[:index]]
    if twice:
        raise SettingsError(
            [
                f"{file.where(('newsletters', i, 'id'))}: newsletter {ids[i]!r} stands twice; rename one"
                for i in twice
            ]
        )
    return {newsletter.id: newsletter.record() for newsletter in checked.newsletters}


def problems(
    file: YAMLFile, newsletters: Sequence[model.Newsletter], *, topics: set[str], themes: set[str]
) -> list[str]:
    """Return what does not fit with the other files: topics and themes that do not exist."""
    found = []
    for number, newsletter in enumerate(newsletters):
        if newsletter.theme not in themes:
            where = file.where(("newsletters", number, "theme"))
            found.append(
                f"{where}: theme {newsletter.theme!r} is not in theme.yaml; there are {', '.join(sorted(themes))}"
            )
        for index, section in enumerate(newsletter.sections):
            for place, topic in enumerate(section.topics):
                if topics and topic not in topics:
                    where = file.where(("newsletters", number, "sections", index, "topics", place))
                    found.append(f"{where}: topic {topic!r} is not in topics.yaml; remove it or add it there")
    return found
