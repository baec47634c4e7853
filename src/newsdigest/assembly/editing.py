"""The parts of editing: ports meet tools, one method per job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsdigest.assembly.collecting import CollectingParts
from newsdigest.assembly.mailing import MailingParts
from newsdigest.assembly.sorting import SortingParts

if TYPE_CHECKING:
    from newsdigest.adapters.jinja_renderer import JinjaRenderer
    from newsdigest.editing.check_links import LinkReport
    from newsdigest.editing.checklist import Check, MailFault
    from newsdigest.editing.compose import ComposeReport
    from newsdigest.editing.remind import EditorNews
    from newsdigest.editing.review import Review
    from newsdigest.model.editions import Edition, Placement, Variant
    from newsdigest.model.items import Judgement
    from newsdigest.model.letters import Letter
    from newsdigest.model.newsletters import Newsletter
    from newsdigest.model.stories import Story
    from newsdigest.settings.sentences import Sentences


class EditingParts(MailingParts, SortingParts, CollectingParts):
    """What the doors ask of editing."""

    @cached_property
    def renderer(self) -> JinjaRenderer:
        """Renders editions, mails and pages with the workspace's templates, words and themes."""
        from newsdigest.adapters.jinja_renderer import JinjaRenderer
        from newsdigest.adapters.premailer_inliner import inline

        workspace = self.workspace
        return JinjaRenderer(
            folders=workspace.template_folders, words=workspace.words, themes=workspace.themes, inline=inline
        )

    @cached_property
    def review(self) -> Review:
        """Every act of an editor."""
        from newsdigest.editing.review import Review

        return Review(
            clock=self.clock, store=self.store, renderer=self.renderer, newsletters=self.workspace.newsletters,
            obstacles=self._obstacles,
        )  # fmt: skip

    def _obstacles(self, edition: Edition, variants: Mapping[str, Variant]) -> list[str]:
        return [
            check.text
            for check in self.checks_of(edition, variants, recipients=None)
            if check.level == "block"
        ]

    def _mail_faults(self, newsletter: Newsletter, variants: Mapping[str, Variant]) -> list[MailFault]:
        """Return what mailing would refuse or warn of, without what the check list itself looks at."""
        from newsdigest.editing.checklist import MailFault
        from newsdigest.mailing.preflight import Weight

        known = ("the HTML has no unsubscribe link", "the text has no unsubscribe link")
        found = []
        for one in self._findings(newsletter, list(variants.values())):
            is_message = one.name.startswith("message ")
            if (
                one.weight not in (Weight.BLOCKS, Weight.WARNING)
                or one.name == "Impressum"
                or one.says in known
            ):
                continue
            if is_message and one.weight is Weight.WARNING:
                continue
            text = f"{one.says} ({one.do})" if one.do else one.says
            _, _, link = one.says.partition("a link is not absolute: ")
            made = MailFault(text=text, blocks=one.weight is Weight.BLOCKS, link=link)
            if made not in found:
                found.append(made)
        return found

    def compose(self, newsletter_id: str, *, by: str = "command line") -> ComposeReport:
        """
        Draft what is due of a newsletter; by hand, the one to come is begun early.

        Raises:
            UsageError: There is no such newsletter, or its cadence plans nothing within a year.
        """
        from newsdigest.editing import compose
        from newsdigest.errors import UsageError

        newsletter = self.newsletter(newsletter_id)
        report = compose.compose(clock=self.clock, store=self.store, newsletter=newsletter, by=by)
        if report is None:
            raise UsageError(
                f"newsletter {newsletter.id!r} plans no edition within a year; see `cadence` in newsletters.yaml"
            )
        return report

    def compose_due(self) -> str:
        """The composing job: every newsletter's due edition; one line about what was done, "" else."""
        from newsdigest.editing import compose

        reports = [
            compose.compose(clock=self.clock, store=self.store, newsletter=newsletter, is_by_hand=False)
            for newsletter in self.workspace.newsletters.values()
        ]
        return "; ".join(report.line for report in reports if report is not None)

    def editions(self, newsletter_id: str = "") -> Sequence[Edition]:
        """Return all editions, newest first."""
        with self.store.read() as unit:
            return unit.editions.all(newsletter_id)

    def edition(self, edition_id: str) -> Edition:
        """
        Return one edition, whole.

        Raises:
            NotFoundError: There is none of that id.
        """
        return self.review.get(edition_id)

    def variants(self, edition_id: str) -> dict[str, Variant]:
        """Return the bytes per language: frozen ones of an approved edition, else as they would be frozen now."""
        return self.review.variants(self.edition(edition_id))

    def render(self, edition: Edition, language: str, topics: tuple[str, ...] = ()) -> Variant:
        """Render one variant of an edition: a language, and a reader's choice of topics."""
        return self.review.render(edition, language, topics)

    def approve(
        self, edition_id: str, *, by: str, version: int | None = None, is_sure: bool = True
    ) -> Edition:
        """Approve exactly what the preview shows; freezes the bytes. Not sure: ask where it looks too early or thin."""
        return self.review.approve(edition_id, by=by, version=version, is_sure=is_sure)

    def reject(self, edition_id: str, *, note: str, by: str, version: int | None = None) -> Edition:
        """Send an edition back with a note."""
        return self.review.reject(edition_id, note=note, by=by, version=version)

    def skip(self, edition_id: str, *, reason: str, by: str, version: int | None = None) -> Edition:
        """Leave an edition out, visibly."""
        return self.review.skip(edition_id, reason=reason, by=by, version=version)

    def check_links(self, edition_id: str = "") -> LinkReport:
        """Look at the links of open editions that are due, or at all of one edition now."""
        from newsdigest.adapters.link_looker import GuardedLinkLooker
        from newsdigest.editing import check_links

        if edition_id:
            self.edition(edition_id)
        return check_links.check_links(
            clock=self.clock, store=self.store, looker=GuardedLinkLooker(self.fetcher),
            newsletters=self.workspace.newsletters, only=edition_id,
        )  # fmt: skip

    # An editor's word about a story is sorting's to keep; the open editions follow it at once.

    def correct(
        self, item_id: str, *, by: str, language: str | None = None, topics: Sequence[str] | None = None,
        kind: str | None = None,
    ) -> Judgement:  # fmt: skip
        """Store an editor's word about an item, and place its story anew in every open edition."""
        made = super().correct(item_id, by=by, language=language, topics=topics, kind=kind)
        with self.store.read() as unit:
            story_ids = sorted(set(unit.stories.of_items([item_id]).values()))
        self._follow(story_ids, by=by)
        return made

    def merge(self, story_ids: Sequence[str], *, by: str) -> Story:
        """Make one story of several, and one of their places in every open edition."""
        with self.store.read() as unit:
            named = dict(unit.stories.of_items(story_ids))
        kept = super().merge(story_ids, by=by)
        self._follow([kept.id], by=by, joined={named.get(id_, id_): kept.id for id_ in story_ids})
        return kept

    def split(self, story_id: str, item_ids: Sequence[str], *, by: str) -> tuple[Story, Story]:
        """Take items out of a story, and give them a place of their own in every open edition."""
        stays, leaves = super().split(story_id, item_ids, by=by)
        self._follow([stays.id, leaves.id], by=by)
        return stays, leaves

    def _follow(self, story_ids: Sequence[str], *, by: str, joined: Mapping[str, str] | None = None) -> None:
        from newsdigest.editing import follow

        if story_ids:
            follow.follow(
                clock=self.clock, store=self.store, newsletters=self.workspace.newsletters, story_ids=story_ids,
                by=by, joined=joined,
            )  # fmt: skip

    def checks(self, edition_id: str) -> tuple[Check, ...]:
        """Return the check list of an edition, with the recipients of its newsletter and of the one before."""
        edition = self.edition(edition_id)
        newsletter = self.review.newsletter_of(edition)
        return self.checks_of(edition, self.review.variants(edition), recipients=self._recipients(newsletter))

    def checks_of(
        self, edition: Edition, variants: Mapping[str, Variant], *, recipients: Mapping[str, int] | None
    ) -> tuple[Check, ...]:
        """Return the check list of an edition with what was rendered and counted already."""
        from newsdigest.editing import checklist, link_rounds, source_changes
        from newsdigest.model.editions import OPEN_TO_EDITORS

        newsletter = self.review.newsletter_of(edition)
        is_asked = edition.state in OPEN_TO_EDITORS and edition.approval is None
        with self.store.read() as unit:
            looks = unit.editions.link_looks(link_rounds.links_of(edition, newsletter))
            items = unit.items.get(sorted({p.item_id for p in edition.placements if p.item_id}))
            earlier = [
                e for e in unit.editions.all(edition.newsletter_id) if e.day < edition.day and e.finished_at
            ]
            before = unit.mailings.mailing(max(earlier, key=lambda e: e.day).id) if earlier else None
        return checklist.checks(
            edition, newsletter, variants, recipients=recipients, links=looks,
            recipients_before=before.planned if before else None,
            theme=self.workspace.themes.get(newsletter.theme), embargoed=self.review.embargoed(edition),
            mail_faults=self._mail_faults(newsletter, variants), now=self.clock.now() if is_asked else None,
            changed=[p.id for p in source_changes.changed(edition, items)],
        )  # fmt: skip

    def changed_since_sent(self, edition_id: str = "") -> list[tuple[Edition, tuple[Placement, ...]]]:
        """
        Return sent editions with what their sources changed since, newest first.

        Args:
            edition_id: Only this one; "" for those of the last four weeks. One that has its correction is left out.
        """
        from newsdigest.editing import source_changes
        from newsdigest.model.editions import EditionState

        since = self.clock.now() - timedelta(weeks=4)
        found = []
        with self.store.read() as unit:
            known = unit.editions.all()
            corrected = {one.follows for one in known if one.follows}
            for one in known:
                is_asked = one.id == edition_id if edition_id else one.send_at >= since
                if one.state is not EditionState.SENT or one.id in corrected or not is_asked:
                    continue
                edition = unit.editions.get(one.id) or one
                items = unit.items.get(sorted({p.item_id for p in edition.placements if p.item_id}))
                if changed := source_changes.changed(edition, items):
                    found.append((edition, changed))
        return found

    def preview(self, edition_id: str, output: Path) -> list[Path]:
        """Write the exact bytes per variant into a folder; return the paths, `index.json` first."""
        from newsdigest.adapters import preview_folder

        edition = self.edition(edition_id)
        return preview_folder.write(
            output,
            edition,
            self.variants(edition_id),
            as_mail=lambda variant: self.as_mail(edition, variant),
        )

    def as_mail(self, edition: Edition, variant: Variant) -> bytes:
        """Return the mail of a variant to nobody in particular: recipient tokens stand where links will be."""
        from newsdigest.mailing.message_building import Recipient, template
        from newsdigest.model.editions import TOKEN_PREFERENCES, TOKEN_UNSUBSCRIBE, TOKEN_WEB

        newsletter = self.review.newsletter_of(edition)
        reader = Recipient(
            delivery_id=f"preview.{edition.id}.{variant.id}",
            address="reader@example.invalid",
            unsubscribe=TOKEN_UNSUBSCRIBE,
            preferences=TOKEN_PREFERENCES,
            web=TOKEN_WEB,
        )
        return template(variant, newsletter, date=edition.send_at).fill(reader)

    def editing_problems(self) -> list[str]:
        """Return what `check` finds: names in newsletters.yaml that no other file has, and wrong templates."""
        from newsdigest.adapters import jinja_check
        from newsdigest.settings import newsletter_settings, yaml_file
        from newsdigest.settings.workspace import shipped

        newsletters = list(self.workspace.newsletters.values())
        file = yaml_file.load(self.workspace.config_file("newsletters.yaml"))
        topics = {topic.id for topic in self.workspace.topics.topics}
        found = newsletter_settings.problems(
            file, newsletters, topics=topics, themes=set(self.workspace.themes)
        )
        found += jinja_check.problems(self.workspace.folder / "templates", shipped("templates"))
        return found or self.renderer.problems(newsletters)

    def remind_due(self) -> str:
        """The reminding job: mails to the editors and holds; one line about what was done, "" else."""
        from newsdigest.editing import remind

        return "; ".join(
            remind.remind(
                clock=self.clock,
                store=self.store,
                review=self.review,
                renderer=self.renderer,
                newsletters=self.workspace.newsletters,
                news=self._editor_news,
                post=self._post_letter,
            )
        )

    def _editor_news(self, edition: Edition) -> EditorNews:
        from newsdigest.collecting import health
        from newsdigest.editing.remind import EditorNews

        newsletter = self.review.newsletter_of(edition)
        now = self.clock.now()
        with self.store.read() as unit:
            listed = unit.sources.with_states([source.id for source in unit.sources.all()])
            reports = [health.report(source, state, now) for source, state in listed]
        sizes = [
            len(variant.html.encode())
            for variant in self.review.variants(edition).values()
            if edition.placements
        ]
        web = self.workspace.main.web
        base = web.public_url.rstrip("/") or f"http://{web.host}:{web.port}"
        return EditorNews(
            link=f"{base}/newsroom/editions/{edition.id}",
            recipients=tuple(sorted(self._recipients(newsletter).items())),
            size=(max(sizes, default=0), newsletter.max_html_bytes),
            health=tuple(
                f"{r.name}: {self._in_words('; '.join(r.evidence[:2]), newsletter.languages[0])}"
                for r in reports
                if r.needs_attention
            ),
        )

    def _in_words(self, text: str, language: str) -> str:
        """Return a sentence of the collector in that language, as the newsroom says it."""
        import tomllib

        from newsdigest.settings import sentences

        if language not in self._said:
            folders = self.workspace.template_folders
            path = folders[-1] / "newsroom" / f"{language}.toml"
            words = sentences.flat(tomllib.loads(path.read_text(encoding="utf-8")))
            self._said[language] = sentences.Sentences(language, sentences.load(folders, language), words.get)
        return self._said[language].say(text)

    @cached_property
    def _said(self) -> dict[str, Sentences]:
        return {}

    def _recipients(self, newsletter: Newsletter) -> dict[str, int]:
        now = self.clock.now()
        found: dict[str, int] = {}
        with self.store.read() as unit:
            for person in unit.subscribers.iterate(newsletter.id):
                if person.may_receive_at(now):
                    found[person.language] = found.get(person.language, 0) + 1
        return found

    def _post_letter(self, letter: Letter) -> None:
        """
        Hand one letter to the relay.

        Raises:
            Retryable: No relay took it.
        """
        from newsdigest.errors import Retryable
        from newsdigest.mailing.letter import LetterDesk, message

        desk = LetterDesk(message(letter, at=self.clock.now()))
        transport = self.mail_transport()
        try:
            transport.deliver(desk)
        finally:
            transport.close()
        if not desk.was_taken:
            reply = desk.answer.reply if desk.answer else "no relay could be reached"
            raise Retryable(f"letter {letter.id} was not taken: {reply}")
