"""The parts of publishing: ports meet tools, one method per job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.publishing.channels import Site
    from newsdigest.publishing.publish import PublishReport


class PublishingParts(Base):
    """What the doors ask of publishing."""

    @property
    def site_folder(self) -> Path:
        """Where the published files stand unless told otherwise."""
        return self.workspace.var / "site"

    @property
    def public_url(self) -> str:
        """Absolute address of the public pages, without a slash at the end."""
        web = self.workspace.main.web
        return web.public_url.rstrip("/") or f"http://{web.host}:{web.port}"

    @property
    def site(self) -> Site:
        """What all channels have in common, from the settings."""
        from newsdigest.publishing.channels import Site

        main = self.workspace.main
        name = main.association.name
        return Site(
            base_url=self.public_url,
            home_url=main.association.website,
            publisher={"de": name, "en": main.association.name_en or name},
            topics=tuple((topic.id, dict(topic.names)) for topic in self.workspace.topics.topics),
            zone=main.association.zone,
        )

    def publish(self, output: Path | None = None) -> list[Path]:
        """Bring the website's files up to date; return the path of every file."""
        folder = output or self.site_folder
        return [folder.joinpath(*path.parts) for path in self.publish_report(output).paths]

    def publish_report(self, output: Path | None = None) -> PublishReport:
        """Bring the website's files up to date and say what changed and what was held back."""
        from newsdigest.adapters.feed_writer import FeedWriter
        from newsdigest.adapters.site_writer import SiteWriter
        from newsdigest.publishing import publish

        return publish.publish(
            clock=self.clock,
            store=self.store,
            writer=SiteWriter(output or self.site_folder),
            feeds=FeedWriter(),
            calendar=None,
            site=self.site,
            languages=self.workspace.main.association.languages,
        )

    def publish_due(self) -> str:
        """The publishing job: one line about what changed, "" when nothing did."""
        return self.publish_report().line
