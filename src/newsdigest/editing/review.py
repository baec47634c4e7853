"""
Review: every act of an editor, stored with who and when.

One method an act: load, let `acts` change the record, save under the version the editor saw,
note it in the audit log. Approval binds the hash of the content and freezes the rendered bytes;
rendering happens between the transactions, and the approval is refused when somebody changed
the edition meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from newsdigest import logs
from newsdigest.editing import acts, compose, content, doubts
from newsdigest.editing.acts import S
from newsdigest.editing.doubts import Doubt, DoubtfulError
from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.model import embargoes
from newsdigest.model.editions import Edition, Variant
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter
from newsdigest.ports.clock import Clock
from newsdigest.ports.rendering import EditionRenderer
from newsdigest.ports.storage import Store, UnitOfWork

log = logs.get_logger(__name__)

Change = Callable[[Edition], Edition]
Obstacles = Callable[[Edition, Mapping[str, Variant]], Sequence[str]]
"""What forbids approving these rendered bytes, a plain sentence each; handed in, as mailing knows it."""
REMEMBERED_VARIANTS = 32
"""Renderings kept in memory: a screen that is opened again need not wait for them."""


class Review:
    """
    The editors' acts on editions.

    Every act takes `by` (who) and optionally `version` (what the editor saw): with another
    version stored it raises IllegalStepError and says who changed what. Every act returns the
    edition as stored.
    """

    def __init__(
        self, *, clock: Clock, store: Store, renderer: EditionRenderer, newsletters: Mapping[str, Newsletter],
        obstacles: Obstacles = lambda edition, variants: (),
    ) -> None:  # fmt: skip
        self._clock = clock
        self._store = store
        self._renderer = renderer
        self._newsletters = newsletters
        self._obstacles = obstacles
        self._remembered: dict[tuple[str, str, tuple[str, ...]], Variant] = {}

    # What is there.

    def get(self, edition_id: str) -> Edition:
        """
        Return the edition.

        Raises:
            NotFoundError: There is none of that id.
        """
        with self._store.read() as unit:
            found = unit.editions.get(edition_id)
        if found is None:
            raise NotFoundError("edition", edition_id)
        return found

    def newsletter_of(self, edition: Edition) -> Newsletter:
        """
        Return the newsletter of an edition.

        Raises:
            NotFoundError: Its settings are gone from newsletters.yaml.
        """
        found = self._newsletters.get(edition.newsletter_id)
        if found is None:
            raise NotFoundError("newsletter", edition.newsletter_id)
        return found

    def content_hash(self, edition: Edition) -> str:
        """Return the hash an approval of this edition would bind now."""
        newsletter = self.newsletter_of(edition)
        return content.content_hash(edition, newsletter, self._renderer.digest(newsletter))

    def is_approved(self, edition: Edition) -> bool:
        """Whether the stored approval is for exactly what would be rendered now."""
        return edition.approval is not None and edition.approval.content_hash == self.content_hash(edition)

    def variants(self, edition: Edition) -> dict[str, Variant]:
        """Return the frozen bytes of an approved edition, else what would be frozen now."""
        if edition.approval is not None:
            with self._store.read() as unit:
                frozen = unit.editions.variants(edition.id)
            if frozen and all(v.content_hash == edition.approval.content_hash for v in frozen.values()):
                return frozen
        return {variant.id: variant for variant in self._rendered(edition)}

    def render(self, edition: Edition, language: str, topics: tuple[str, ...] = ()) -> Variant:
        """Return one variant, marked with the hash of the content it was rendered from."""
        signature = self.content_hash(edition)
        # The hash covers everything that decides the bytes, so an equal hash means equal bytes.
        key = (self.content_hash(content.of_language(edition, language)), language, topics)
        known = self._remembered.get(key)
        if known is None:
            newsletter = self.newsletter_of(edition)
            made = self._renderer.render(
                edition=edition, newsletter=newsletter, language=language, topics=topics
            )
            known = made
            if len(self._remembered) >= REMEMBERED_VARIANTS:
                self._remembered.clear()
            self._remembered[key] = known
        return replace(known, content_hash=signature)

    # Words and order.

    def drop(self, edition_id: str, placement_id: str, *, by: str, version: int | None = None) -> Edition:
        """Take a story out; "not this" is remembered."""
        return self._do(
            edition_id, lambda e: acts.drop(e, placement_id), f"dropped {placement_id}", by, version
        )

    def keep(self, edition_id: str, placement_id: str, *, by: str, version: int | None = None) -> Edition:
        """Put a dropped or waiting story in."""
        zone = ZoneInfo(self.newsletter_of(self.get(edition_id)).zone)
        change: Change = lambda e: acts.keep(e, placement_id, now=self._clock.now(), zone=zone)  # noqa: E731
        return self._do(edition_id, change, f"kept {placement_id}", by, version)

    def move(
        self,
        edition_id: str,
        placement_id: str,
        *,
        by: str,
        section_id: str = "",
        before: str = "",
        version: int | None = None,
    ) -> Edition:
        """Put a story into a section, before another one or at its end."""
        newsletter = self.newsletter_of(self.get(edition_id))
        if section_id and not section_id.startswith("in-") and newsletter.section(section_id) is None:
            raise NotFoundError("section", section_id)
        change: Change = lambda e: acts.move(e, placement_id, section_id=section_id, before=before)  # noqa: E731
        return self._do(edition_id, change, f"moved {placement_id}", by, version)

    def shift(
        self, edition_id: str, placement_id: str, *, steps: int, by: str, version: int | None = None
    ) -> Edition:
        """Move a story up (negative) or down within its section."""
        return self._do(
            edition_id,
            lambda e: acts.shift(e, placement_id, steps=steps),
            f"moved {placement_id}",
            by,
            version,
        )

    def pin(
        self, edition_id: str, placement_id: str, *, by: str, is_lead: bool = True, version: int | None = None
    ) -> Edition:
        """Make a story the lead of its language, or an ordinary one again."""
        what = "pinned" if is_lead else "unpinned"
        return self._do(
            edition_id,
            lambda e: acts.pin(e, placement_id, is_lead=is_lead),
            f"{what} {placement_id}",
            by,
            version,
        )

    def edit(
        self, edition_id: str, placement_id: str, *, by: str, headline: str | None = None, teaser: str | None = None,
        url: str | None = None, version: int | None = None,
    ) -> Edition:  # fmt: skip
        """Rewrite headline, teaser or link."""
        change: Change = lambda e: acts.edit(e, placement_id, headline=headline, teaser=teaser, url=url)  # noqa: E731
        return self._do(edition_id, change, f"edited {placement_id}", by, version)

    def introduce(
        self, edition_id: str, language: str, text: str, *, by: str, version: int | None = None
    ) -> Edition:
        """Write the introduction of one language."""
        return self._do(
            edition_id, lambda e: acts.introduce(e, language, text), f"introduction {language}", by, version
        )

    def set_subject(
        self, edition_id: str, language: str, text: str, *, by: str, version: int | None = None
    ) -> Edition:
        """Write the subject line of one language."""
        return self._do(
            edition_id, lambda e: acts.set_subject(e, language, text), f"subject {language}", by, version
        )

    def set_preheader(
        self, edition_id: str, language: str, text: str, *, by: str, version: int | None = None
    ) -> Edition:
        """Write the preview line of one language."""
        return self._do(
            edition_id, lambda e: acts.set_preheader(e, language, text), f"preheader {language}", by, version
        )

    def add_own(
        self, edition_id: str, *, by: str, language: str, section_id: str, headline: str, url: str, teaser: str = "",
        organisation: str = "", event: EventDates | None = None, is_advertisement: bool = False,
        version: int | None = None,
    ) -> Edition:  # fmt: skip
        """Add an item of the editor's own."""

        def change(edition: Edition) -> Edition:
            return acts.add_own(
                edition, self.newsletter_of(edition), language=language, section_id=section_id, headline=headline,
                url=url, teaser=teaser, organisation=organisation, event=event, is_advertisement=is_advertisement,
            )  # fmt: skip

        return self._do(edition_id, change, f"own item in {section_id}", by, version)

    def pull_in(self, edition_id: str, *, by: str, version: int | None = None) -> Edition:
        """Add what came after the copy deadline: to the sections, or to what waits."""
        newsletter = self.newsletter_of(self.get(edition_id))
        late = compose.pull_in(
            clock=self._clock, store=self._store, newsletter=newsletter, edition_id=edition_id
        )

        def change(edition: Edition) -> Edition:
            known = {p.id for p in (*edition.placements, *edition.waiting)}
            new = [p for p in late if p.id not in known]
            grown = acts.place(edition, [p for p in new if not p.held])
            return replace(grown, waiting=(*grown.waiting, *(p for p in new if p.held)))

        return self._do(edition_id, change, f"pulled in {len(late)} late placements", by, version)

    def undo(self, edition_id: str, *, by: str, version: int | None = None) -> Edition:
        """
        Take back the newest change of words.

        Raises:
            IllegalStepError: There is no earlier step that is still kept.
        """
        with self._store.read() as unit:
            steps = unit.editions.history(edition_id)
            target = steps[0].what.removeprefix("undid back to ") if steps else ""
            start = int(target) if target.isdigit() else (steps[0].version if steps else 0)
            earlier = unit.editions.version(edition_id, start - 1) if start > 0 else None
        if earlier is None:
            raise IllegalStepError(edition_id, "there is nothing left to take back")

        def change(edition: Edition) -> Edition:
            return replace(
                acts.changed(edition), placements=earlier.placements, waiting=earlier.waiting,
                introductions=earlier.introductions, subjects=earlier.subjects, preheaders=earlier.preheaders,
            )  # fmt: skip

        return self._do(edition_id, change, f"undid back to {start - 1}", by, version)

    # States.

    def request_review(self, edition_id: str, *, by: str, version: int | None = None) -> Edition:
        """Hand the draft to whoever approves."""
        return self._do(edition_id, acts.request_review, "asked for approval", by, version, keeps_author=True)

    def approve(
        self, edition_id: str, *, by: str, version: int | None = None, is_sure: bool = True
    ) -> Edition:
        """
        Bind the approval to the content as it is and freeze the bytes of every language.

        Args:
            is_sure: False asks first where it looks too early or too thin.

        Raises:
            DoubtfulError: Not sure, and there are doubts.
            IllegalStepError: Wrong state, no Impressum, an embargo beyond the planned start, anything
                else that blocks, or changed while it was rendered.
        """
        edition = self.get(edition_id)
        newsletter = self.newsletter_of(edition)
        for language in newsletter.languages:
            if not dict(newsletter.imprint).get(language, "").strip():
                raise IllegalStepError(
                    edition_id, f"has no imprint in {language!r}; add it in newsletters.yaml"
                )
        seen = version if version is not None else edition.version
        signature = self.content_hash(edition)
        approved = acts.approve(
            edition,
            content_hash=signature,
            by=by,
            at=self._clock.now(),
            needs_four_eyes=newsletter.needs_four_eyes,
        )
        self._require_no_embargo(edition, newsletter)
        if not is_sure and (found := self.doubts(edition)):
            raise DoubtfulError(edition_id, found)
        frozen = self._rendered(edition)
        if against := self._obstacles(edition, {variant.id: variant for variant in frozen}):
            raise IllegalStepError(edition_id, f"cannot be approved: {'; '.join(against)}")
        saved = self._do(
            edition_id,
            lambda _: approved,
            "approved",
            by,
            seen,
            variants=frozen,
            detail=signature,
            keeps_author=True,
        )
        log.info("edition_approved", edition=edition_id, content_hash=signature[:16])
        return saved

    def doubts(self, edition: Edition) -> tuple[Doubt, ...]:
        """Return what one would be asked before approving the edition now."""
        return doubts.of(edition, self.newsletter_of(edition), now=self._clock.now())

    def embargoed(self, edition: Edition) -> dict[str, datetime]:
        """Return placement id to end of embargo of what stands in it and may not leave at the planned start."""
        start = max(edition.send_at, self._clock.now())
        with self._store.read() as unit:
            stories = unit.stories.get(sorted(embargoes.told(edition)))
            items = unit.items.get(sorted({id_ for story in stories.values() for id_ in story.all_ids}))
        return {p.id: end for p, end in embargoes.broken(edition, start, stories=stories, items=items)}

    def _require_no_embargo(self, edition: Edition, newsletter: Newsletter) -> None:
        for id_, end in self.embargoed(edition).items():
            ends, held = end.astimezone(ZoneInfo(newsletter.zone)), edition.placement(id_)
            title = held.headline if held else id_
            raise IllegalStepError(
                edition.id,
                f"cannot be approved: the embargo of {title!r} ends on {ends:%Y-%m-%d}, {ends:%H:%M}, after the"
                " planned start; drop the story, the next edition can take it",
            )

    def reject(self, edition_id: str, *, note: str, by: str, version: int | None = None) -> Edition:
        """Send it back with a note."""
        return self._do(
            edition_id,
            lambda e: acts.reject(e, note=note),
            "rejected",
            by,
            version,
            detail=note,
            keeps_author=True,
        )

    def skip(self, edition_id: str, *, reason: str, by: str, version: int | None = None) -> Edition:
        """Leave this edition out, visibly."""
        return self._do(
            edition_id, lambda e: acts.skip(e, reason=reason), "skipped", by, version, detail=reason
        )

    def send_anyway(self, edition_id: str, *, by: str, version: int | None = None) -> Edition:
        """Take a skipped edition up again; it still needs approval."""
        return self._do(edition_id, acts.send_anyway, "taken up again", by, version)

    def schedule(
        self, edition_id: str, *, by: str, at: datetime | None = None, version: int | None = None
    ) -> Edition:
        """Plan the start of an approved edition."""
        return self._do(
            edition_id, lambda e: acts.schedule(e, at=at), "scheduled", by, version, keeps_author=True
        )

    def hold(
        self, edition_id: str, *, reason: str, by: str = compose.BY_CLOCK, version: int | None = None
    ) -> Edition:
        """Stop before sending until a person decides."""
        return self._do(
            edition_id,
            lambda e: acts.hold(e, reason=reason),
            "held",
            by,
            version,
            detail=reason,
            keeps_author=True,
        )

    def correct(self, edition_id: str, *, by: str, story_ids: Sequence[str] = ()) -> Edition:
        """
        Make a linked follow-up edition, a draft, that begins with the stories a sent one got wrong.

        They stand in it as they were sent, in every language, for the editor to put right.

        Raises:
            IllegalStepError: Not sent yet, no story named or one it does not hold, or corrected already.
        """
        old = self.get(edition_id)
        if old.state is not S.SENT:
            raise IllegalStepError(edition_id, "is not sent yet; change it directly")
        sent = [p for p in old.placements if not p.is_dropped]
        if not story_ids:
            raise IllegalStepError(
                edition_id, "say which stories the correction is about; choose at least one"
            )
        if unknown := sorted(set(story_ids) - {p.story_id for p in sent}):
            raise IllegalStepError(edition_id, f"does not hold the story {unknown[0]!r}; choose one it holds")
        now = self._clock.now()
        today = now.astimezone(ZoneInfo(self.newsletter_of(old).zone)).date()
        made = Edition(
            id=f"{old.id}-correction", newsletter_id=old.newsletter_id, day=today, number=old.number,
            state=S.DRAFT, window=(old.window[1], old.window[1]), send_at=now, created_at=now, changed_at=now,
            changed_by=by, follows=old.id, placements=tuple(p for p in sent if p.story_id in set(story_ids)),
        )  # fmt: skip
        with self._store.write() as unit:
            if not unit.editions.add(made):
                raise IllegalStepError(made.id, "exists already; open it and go on there")
            unit.audit.add(at=now, by=by, what="edition.correct", subject=made.id, detail=f"follows {old.id}")
        return made

    def _rendered(self, edition: Edition) -> list[Variant]:
        return [self.render(edition, language) for language in self.newsletter_of(edition).languages]

    def _do(
        self, edition_id: str, change: Change, what: str, by: str, version: int | None,
        *, detail: str = "", variants: list[Variant] | None = None, keeps_author: bool = False,
    ) -> Edition:  # fmt: skip
        """Load, change, save and note; `keeps_author` for acts that are not a change of words (four eyes)."""
        now = self._clock.now()
        with self._store.write() as unit:
            before = unit.editions.get(edition_id)
            if before is None:
                raise NotFoundError("edition", edition_id)
            seen = (
                before if version is None or version == before.version else replace(before, version=version)
            )
            after = change(seen)
            # The version of the record that was changed counts, also where a prepared one is put in its place.
            after = replace(after, version=seen.version)
            saved = store_change(
                unit, before, after, what=what, by=by, now=now, detail=detail, keeps_author=keeps_author
            )
            if variants is not None:
                unit.editions.thaw(edition_id)
                unit.editions.freeze(variants)
        return saved


def store_change(
    unit: UnitOfWork, before: Edition, after: Edition, *, what: str, by: str, now: datetime, detail: str = "",
    keeps_author: bool = False,
) -> Edition:  # fmt: skip
    """
    Store a changed edition with who, when and what, and forget the frozen bytes of a void approval.

    Args:
        after: Bears the version that the editor saw.
        keeps_author: For acts that are not a change of words (four eyes look at who changed the words).
    """
    author = before.changed_by if keeps_author else by
    saved = unit.editions.save(replace(after, changed_at=now, changed_by=author), what=what)
    if before.approval is not None and saved.approval is None:
        unit.editions.thaw(saved.id)
    unit.audit.add(
        at=now, by=by, what=f"edition.{what.split(maxsplit=1)[0]}", subject=saved.id, detail=detail or what
    )
    return saved
