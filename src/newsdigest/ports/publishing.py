"""Publishing: channels as bytes, and the folder the website reads them from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import Protocol

from newsdigest.model.channels import Channel


class FeedWriter(Protocol):
    """Writes channels; equal channels give equal bytes."""

    def rss(self, channel: Channel) -> bytes:
        """RSS 2.0, UTF-8."""
        ...

    def atom(self, channel: Channel) -> bytes:
        """Atom 1.0 (RFC 4287)."""
        ...

    def json(self, channel: Channel) -> bytes:
        """JSON Feed 1.1."""
        ...

    def opml(self, title: str, sources: Sequence[tuple[str, str, str]]) -> bytes:
        """OPML 2.0 of (name, feed URL, home page)."""
        ...


class ChannelCalendar(Protocol):
    """Writes the events of a channel as a calendar."""

    def calendar(self, channel: Channel) -> bytes:
        """iCalendar (RFC 5545); entries without a date are left out."""
        ...


class PageRenderer(Protocol):
    """Renders public pages and confirmation mails from templates with the words of a language."""

    def page(self, template: str, language: str, **values: object) -> str:
        """
        Return the page.

        Raises:
            TemplateError: A template or a word is missing; names it.
        """
        ...

    def word(self, name: str, language: str, /, **values: object) -> str:
        """Return one phrase as plain text, by `section.key`."""
        ...


class SiteWriter(Protocol):
    """A folder of published files."""

    def write(self, path: PurePosixPath, content: bytes) -> bool:
        """Write at once or not at all; False when the file had these bytes already."""
        ...

    def prune(self, keep: Iterable[PurePosixPath], *, below: Sequence[str]) -> int:
        """Remove our files below those folders that are not kept any more; return how many went."""
        ...
