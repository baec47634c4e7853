"""The parts of publishing: ports meet tools, one method per job."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.adapters.jinja_pages import JinjaPages
    from newsdigest.ports.publishing import ChannelCalendar
    from newsdigest.publishing.archive import ArchivedEdition
    from newsdigest.publishing.channels import Site
    from newsdigest.publishing.mentions import Mention
    from newsdigest.publishing.publish import ChannelState, PublishReport


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

    @cached_property
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
            limit=main.publishing.entries,
        )

    @cached_property
    def pages(self) -> JinjaPages:
        """Renders public pages and letters."""
        from newsdigest.adapters.jinja_pages import JinjaPages
        from newsdigest.model.newsletters import say

        main = self.workspace.main
        first = self.newsletter()
        languages = main.association.languages
        site = {
            "base_url": self.public_url,
            "home_url": main.association.website,
            "name": {code: self.site.publisher[code] for code in languages},
            "imprint": {code: say(first.imprint, code) for code in languages},
            "privacy_url": {code: say(first.privacy_url, code) for code in languages},
        }
        return JinjaPages(
            self.workspace.template_folders,
            common={"site": site, "other_languages": ()},
            zone=main.association.zone,
        )

    def publish(self, output: Path | None = None) -> list[Path]:
        """Bring the website's files up to date; return the RSS file of every channel (`publish_report`: all)."""
        folder = output or self.site_folder
        paths = self.publish_report(output).paths
        return [folder.joinpath(*path.parts) for path in paths if path.suffix == ".rss"]

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
            calendar=self._calendar,
            pages=self.pages,
            site=self.site,
            newsletters=self.workspace.newsletters,
            languages=self.workspace.main.association.languages,
            picture=self._picture,
            assets={"public.css": self._template("web/public.css").read_bytes()},
        )

    def publish_due(self) -> str:
        """The publishing job: one line about what changed, "" when nothing did."""
        return self.publish_report().line

    def site_state(self) -> str:
        """
        Return a text that changes whenever the published files might have to change.

        Cheap: states and versions of editions, takedowns, and the day, as what is over leaves the snippets;
        no placement is read.
        """
        from newsdigest.text import dates

        with self.store.read() as unit:
            editions = [f"{e.id}.{e.version}.{e.state.value}" for e in unit.editions.all()]
            taken = [takedown.story_id for takedown in unit.takedowns.all()]
        today = dates.local_day(self.clock.now(), self.site.zone)
        return "|".join([*editions, "/", *taken, today])

    def archive(self) -> dict[str, tuple[ArchivedEdition, ...]]:
        """Return the archive per language, newest first, for pages and search."""
        from newsdigest.publishing import publish

        with self.store.read() as unit:
            material = publish.read_material(unit)
        return publish.archive_of(
            material,
            site=self.site,
            newsletters=self.workspace.newsletters,
            languages=self.workspace.main.association.languages,
            now=self.clock.now(),
        )

    def take_down(self, story_id: str, *, by: str, reason: str = "") -> PublishReport:
        """Take one story out of channels, archive and search, and publish at once."""
        from newsdigest.model.channels import Takedown

        now = self.clock.now()
        with self.store.write() as unit:
            unit.takedowns.put(Takedown(story_id=story_id, at=now, by=by, reason=reason))
            unit.audit.add(at=now, by=by, what="story.take_down", subject=story_id, detail=reason)
        return self.publish_report()

    def published_stories(self, *, with_hidden: bool = False) -> list[tuple[str, str, str, str]]:
        """
        Return (story id, headline, language, organisation) of all that channels or archive show, newest first.

        Args:
            with_hidden: Also what was taken down or withdrawn.
        """
        from newsdigest.publishing import publish

        with self.store.read() as unit:
            material = publish.read_material(unit)
        return publish.stories_in(material, now=self.clock.now(), with_hidden=with_hidden)

    def channel_states(self) -> list[ChannelState]:
        """Return every channel as it would be published now, with what our check says of it."""
        from newsdigest.adapters.feed_writer import FeedWriter
        from newsdigest.publishing import publish

        with self.store.read() as unit:
            material = publish.read_material(unit)
        made = publish.channels_of(
            material,
            site=self.site,
            languages=self.workspace.main.association.languages,
            now=self.clock.now(),
        )
        return publish.states_of(made, feeds=FeedWriter(), calendar=self._calendar)

    def mentions(self, story_id: str) -> tuple[Mention, ...]:
        """Return where editors' own words, or editions not yet sent, still name a story."""
        return self.mentions_of([story_id])[story_id]

    def mentions_of(self, story_ids: Sequence[str]) -> dict[str, tuple[Mention, ...]]:
        """Return the same for several stories at once; the editions are read once."""
        if not story_ids:
            return {}
        from newsdigest.publishing import mentions

        with self.store.read() as unit:
            taken = frozenset(takedown.story_id for takedown in unit.takedowns.all())
            editions = [unit.editions.get(slim.id) for slim in unit.editions.all()]
        whole = [edition for edition in editions if edition is not None]
        return {id_: mentions.mentions(whole, id_, taken_down=taken) for id_ in story_ids}

    def put_back(self, story_id: str, *, by: str) -> PublishReport:
        """
        Publish a story again that was taken down.

        Raises:
            NotFoundError: It was not taken down.
        """
        from newsdigest.errors import NotFoundError

        with self.store.write() as unit:
            if not unit.takedowns.remove(story_id):
                raise NotFoundError("takedown", story_id)
            unit.audit.add(at=self.clock.now(), by=by, what="story.put_back", subject=story_id)
        return self.publish_report()

    @property
    def _calendar(self) -> ChannelCalendar | None:
        from newsdigest.adapters.calendar_channel import CalendarChannel

        return CalendarChannel()

    def _picture(self, name: str) -> bytes | None:
        # Names come from the copier; whatever else a database may hold is no path of ours (T23).
        if "/" in name or name.startswith("."):
            return None
        try:
            return (self.workspace.var / "images" / name).read_bytes()
        except OSError:
            return None

    def _template(self, name: str) -> Path:
        from newsdigest.errors import WorkspaceError

        for folder in self.workspace.template_folders:
            if (folder / name).is_file():
                return folder / name
        raise WorkspaceError(
            f"templates/{name} is missing; install newsdigest again or put it into the workspace"
        )
