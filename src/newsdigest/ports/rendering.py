"""Rendering: from an edition to the bytes people see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from newsdigest.model.editions import Edition, Variant
from newsdigest.model.newsletters import Newsletter


class EditionRenderer(Protocol):
    """Renders one variant; preview and sending use this one function."""

    def render(
        self, *, edition: Edition, newsletter: Newsletter, language: str, topics: tuple[str, ...] = ()
    ) -> Variant:
        """
        Return the variant with recipient tokens still in place.

        Equal input gives equal bytes. What had to be shortened or left out to keep within the
        size, and every story that could not be rendered, is named in the variant's warnings.

        Raises:
            TemplateError: A template is missing or wrong; names file and line.
        """
        ...

    def digest(self, newsletter: Newsletter) -> str:
        """Return the SHA-256 over templates, theme and words; changes when the looks would."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class MailText:
    """A mail of ours that is no edition: subject and both parts."""

    subject: str
    text: str
    html: str


class MailRenderer(Protocol):
    """Renders a mail folder of the templates (`subject.txt.j2`, `body.txt.j2`, `body.html.j2`)."""

    def mail(self, folder: str, language: str, **values: object) -> MailText:
        """
        Return the mail.

        Raises:
            TemplateError: A template or a word is missing; names file and line.
        """
        ...

    def problems(self) -> list[str]:
        """Return what is wrong with the templates, one line each with file and line (for `check`)."""
        ...
