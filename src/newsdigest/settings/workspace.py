"""
A workspace: a folder with `config/`, optional `templates/` overrides, and `var/`.

What a workspace does not have comes from what we ship: `templates/` and `config/` beside
`src/` in a checkout, inside the package when installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from newsdigest.errors import SettingsError, WorkspaceError
from newsdigest.model.newsletters import Newsletter, Theme
from newsdigest.model.sources import Source
from newsdigest.model.topics import Taxonomy
from newsdigest.settings import checking, yaml_file
from newsdigest.settings.environment import from_environment
from newsdigest.settings.main_settings import MainSettings

CONFIG_FILES = ("newsdigest.yaml", "newsletters.yaml", "sources.yaml", "topics.yaml")


def shipped(kind: str) -> Path:
    """Return the folder `templates` or `config` that travels with the program."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "shipped" / kind
    if installed.is_dir():
        return installed
    checkout = package.parent.parent / kind
    if checkout.is_dir():
        return checkout
    raise WorkspaceError(
        f"the shipped {kind!r} folder is missing from this installation; install newsdigest again"
    )


@dataclass(frozen=True)
class Workspace:
    """Paths of one workspace and its settings, loaded when first asked for."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "config"

    @property
    def var(self) -> Path:
        return self.folder / "var"

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where templates are looked for, the workspace's own first."""
        own = self.folder / "templates"
        return (own, shipped("templates")) if own.is_dir() else (shipped("templates"),)

    def config_file(self, name: str) -> Path:
        """Return the workspace's file, else the shipped one."""
        own = self.config / name
        return own if own.is_file() else shipped("config") / name

    @cached_property
    def main(self) -> MainSettings:
        """
        Return `newsdigest.yaml` with the environment laid over it.

        Raises:
            SettingsError: All problems at once.
        """
        file = yaml_file.load(self.config_file("newsdigest.yaml"))
        overlay = from_environment()
        if not isinstance(file.data, dict):
            raise SettingsError([f"{file.where(())}: must be a mapping of sections"])
        # A section whose lines are all commented out is null in YAML, and means the defaults.
        given = {name: section for name, section in file.data.items() if section is not None}
        return checking.check(MainSettings, file, data=_merge(given, overlay))

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """
        Return `sources.yaml`.

        Raises:
            SettingsError: All problems at once.
        """
        from newsdigest.settings import source_settings

        return source_settings.load(yaml_file.load(self.config_file("sources.yaml")))

    @cached_property
    def topics(self) -> Taxonomy:
        """
        Return `topics.yaml`: topics and kinds with their keywords.

        Raises:
            SettingsError: All problems at once.
        """
        from newsdigest.settings import topic_settings

        return topic_settings.load(self.config_file("topics.yaml"))

    @cached_property
    def newsletters(self) -> dict[str, Newsletter]:
        """
        Return `newsletters.yaml` by id.

        Raises:
            SettingsError: All problems at once.
        """
        from newsdigest.settings import newsletter_settings

        found = newsletter_settings.load(yaml_file.load(self.config_file("newsletters.yaml")))
        # Pictures and calendar files need an address of ours; without one of its own a newsletter has the site's.
        base = self.main.web.public_url.rstrip("/")
        return {id_: replace(one, web_url=one.web_url.rstrip("/") or base) for id_, one in found.items()}

    @cached_property
    def themes(self) -> dict[str, Theme]:
        """
        Return `theme.yaml` by id.

        Raises:
            SettingsError: All problems at once.
        """
        from newsdigest.settings import theme_settings

        return theme_settings.load(yaml_file.load(self.config_file("theme.yaml")))

    @cached_property
    def words(self) -> dict[str, Mapping[str, str]]:
        """
        Return the words of mails and pages per language.

        Raises:
            SettingsError: All problems at once.
        """
        from newsdigest.settings import catalogue

        return catalogue.load(self.template_folders, ("de", "en"))

    @property
    def has_own_store(self) -> bool:
        """Whether the database is the SQLite file in `var/`, and nothing else was asked for."""
        return not self.main.store.url

    @property
    def store_url(self) -> str:
        """The database's URL; SQLite in `var/` unless set."""
        return self.main.store.url or f"sqlite:///{self.var.resolve() / 'newsdigest.db'}"

    def require(self) -> Workspace:
        """
        Return self if the folder is a workspace.

        Raises:
            WorkspaceError: There is no `config/` in it.
        """
        if not self.config.is_dir():
            raise WorkspaceError(
                f"{self.folder} is no workspace (no config/ in it); make one with `newsdigest init {self.folder}`"
            )
        return self


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    made = dict(base)
    for key, value in over.items():
        old = made.get(key)
        made[key] = _merge(old, value) if isinstance(old, dict) and isinstance(value, dict) else value
    return made
