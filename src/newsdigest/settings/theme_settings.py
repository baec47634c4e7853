"""`config/theme.yaml`: colours, logo, fonts, footer; colours are refused when they cannot be read."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, model_validator

from newsdigest.model import newsletters as model
from newsdigest.settings import checking
from newsdigest.settings.checking import Strict
from newsdigest.settings.newsletter_settings import Link, Texts, pairs
from newsdigest.settings.yaml_file import YAMLFile


def _colour(value: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValueError("must be a colour like #0b6350")
    return value.lower()


def _font(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9 ,'\-]+", value):
        raise ValueError("must be font names with commas between, those of several words in single quotes")
    return value


Colour = Annotated[str, AfterValidator(_colour)]
Font = Annotated[str, AfterValidator(_font)]


class PaletteSettings(Strict):
    """See `model.newsletters.Palette`."""

    page: Colour
    sheet: Colour
    panel: Colour
    ink: Colour
    muted: Colour
    accent: Colour
    rule: Colour
    alert: Colour

    @model_validator(mode="after")
    def _can_be_read(self) -> PaletteSettings:
        for (text, ground), ratio in self.record().contrasts.items():
            if ratio < model.LEAST_CONTRAST:
                raise ValueError(
                    f"{text} on {ground} has a contrast of {ratio:.2f}:1; it must be at least 4.5:1"
                )
        return self

    def record(self) -> model.Palette:
        """As the model has it."""
        return model.Palette(**{name: getattr(self, name) for name in type(self).model_fields})


class ThemeSettings(Strict):
    """See `model.newsletters.Theme`."""

    id: str = "default"
    light: PaletteSettings
    dark: PaletteSettings
    logo_url: Link = ""
    logo_alt: Texts = Field(default={})
    logo_size: tuple[Annotated[int, Field(ge=0, le=560)], Annotated[int, Field(ge=0, le=400)]] = (0, 0)
    heading_font: Font = "Georgia, 'Times New Roman', serif"
    text_font: Font = "'Segoe UI', -apple-system, Helvetica, Arial, sans-serif"
    footers: Texts = Field(default={})

    @model_validator(mode="after")
    def _logo_is_whole(self) -> ThemeSettings:
        if self.logo_url and not (all(self.logo_size) and self.logo_alt):
            raise ValueError("a logo needs logo_size (px) and logo_alt, as mail programs block images")
        return self

    def record(self) -> model.Theme:
        """As the model has it."""
        values: dict[str, Any] = {name: getattr(self, name) for name in type(self).model_fields}
        values |= {"light": self.light.record(), "dark": self.dark.record()}
        return model.Theme(**values | {"logo_alt": pairs(self.logo_alt), "footers": pairs(self.footers)})


class ThemesFile(Strict):
    """All of `theme.yaml`."""

    themes: Annotated[tuple[ThemeSettings, ...], Field(min_length=1)]


def load(file: YAMLFile) -> dict[str, model.Theme]:
    """
    Return the themes by id.

    Raises:
        SettingsError: All problems at once, each with file, line and column.
    """
    return {theme.id: theme.record() for theme in checking.check(ThemesFile, file).themes}
