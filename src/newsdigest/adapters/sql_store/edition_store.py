"""
Editions with optimistic versions, their history, and the frozen bytes.

Saving asks for the version the editor saw; another one in the table means that somebody else
was quicker, and the message says who did what. Steps of the history keep the whole edition
for taking back; all but the newest are thinned to their words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import timedelta

from sqlalchemy import Connection, delete, desc, insert, select, update

from newsdigest.adapters.sql_store.audit_store import insert_for
from newsdigest.adapters.sql_store.edition_rows import (
    edition_from,
    edition_row,
    pack,
    placement_data,
    placement_from,
    unpack,
    variant_from,
    variant_row,
)
from newsdigest.adapters.sql_store.tables_editions import (
    approvals,
    editions,
    history,
    link_looks,
    placements,
    variants,
)
from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.model.editions import Approval, Edition, EditionChange, EditionState, Placement, Variant
from newsdigest.model.links import LinkLook, LinkState

KEPT_STEPS = 40
"""Steps of an edition that can be taken back."""
URLS_AT_ONCE = 400  # SQLite takes 32,766 parameters a statement, older builds 999
LOOKS_KEPT = timedelta(days=35)
# Not sent and never will be: their stories may stand in a later edition.
_NOT_SENT = (EditionState.SKIPPED.value, EditionState.CANCELLED.value)
_LIGHT_STATES = (EditionState.SENT.value, *_NOT_SENT)


class SQLEditionStore:
    """See `ports.storage.editions.EditionStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, edition_id: str) -> Edition | None:
        row = self._connection.execute(select(editions).where(editions.c.id == edition_id)).mappings().first()
        return edition_from(row, *self._placements(edition_id)) if row else None

    def add(self, edition: Edition) -> bool:
        """Insert; False when an edition of that newsletter and day exists already."""
        statement = (
            insert_for(self._connection, editions).values(edition_row(edition)).on_conflict_do_nothing()
        )
        if not self._connection.execute(statement).rowcount:
            return False
        self._put_placements(edition)
        self._remember(edition, "composed")
        return True

    def save(self, edition: Edition, *, what: str = "") -> Edition:
        """Replace the version the caller saw; see the protocol."""
        saved = replace(edition, version=edition.version + 1)
        statement = (
            update(editions)
            .where(editions.c.id == edition.id, editions.c.version == edition.version)
            .values(edition_row(saved))
        )
        if not self._connection.execute(statement).rowcount:
            raise self._conflict(edition)
        self._put_placements(saved)
        self._remember(saved, what)
        if saved.approval is not None:
            self._keep_approval(saved.id, saved.approval)
        return saved

    def all(self, newsletter_id: str = "") -> Sequence[Edition]:
        """Newest day first; editions that are over come without placements."""
        query = select(editions).order_by(desc(editions.c.day), editions.c.newsletter_id)
        if newsletter_id:
            query = query.where(editions.c.newsletter_id == newsletter_id)
        found = []
        for row in self._connection.execute(query).mappings().all():
            is_light = row["state"] in _LIGHT_STATES
            parts: tuple[tuple[Placement, ...], tuple[Placement, ...]] = (
                ((), ()) if is_light else self._placements(row["id"])
            )
            found.append(edition_from(row, *parts))
        return found

    def placed_stories(self, newsletter_id: str, *, apart_from: str = "") -> set[tuple[str, str]]:
        """(story id, language) of everything placed in an edition that counts, or dropped in any."""
        query = (
            select(placements.c.story_id, placements.c.language)
            .join(editions, editions.c.id == placements.c.edition_id)
            .where(editions.c.newsletter_id == newsletter_id, placements.c.held == "")
            .where((editions.c.state.not_in(_NOT_SENT)) | placements.c.is_dropped)
            .where(editions.c.id != apart_from)
            .distinct()
        )
        return {(story, language) for story, language in self._connection.execute(query)}

    def dropped_stories(self, newsletter_id: str) -> set[tuple[str, str]]:
        """(story id, language) of what an editor dropped in any edition."""
        query = (
            select(placements.c.story_id, placements.c.language)
            .join(editions, editions.c.id == placements.c.edition_id)
            .where(editions.c.newsletter_id == newsletter_id, placements.c.is_dropped)
            .distinct()
        )
        return {(story, language) for story, language in self._connection.execute(query)}

    def history(self, edition_id: str) -> Sequence[EditionChange]:
        """Newest first."""
        columns = (history.c.version, history.c.what, history.c.by, history.c.at)
        query = select(*columns).where(history.c.edition_id == edition_id).order_by(desc(history.c.version))
        return [EditionChange(**row) for row in self._connection.execute(query).mappings()]

    def version(self, edition_id: str, version: int) -> Edition | None:
        """The edition as it stood after that step."""
        query = select(history.c.snapshot).where(
            history.c.edition_id == edition_id, history.c.version == version
        )
        snapshot = self._connection.execute(query).scalar()
        return unpack(bytes(snapshot)) if snapshot is not None else None

    def approvals(self, edition_id: str) -> Sequence[Approval]:
        """Newest first."""
        columns = (approvals.c.content_hash, approvals.c.by, approvals.c.at)
        query = select(*columns).where(approvals.c.edition_id == edition_id).order_by(desc(approvals.c.at))
        return [Approval(**row) for row in self._connection.execute(query).mappings()]

    def freeze(self, rendered: Iterable[Variant]) -> None:
        """Insert or replace."""
        for variant in rendered:
            statement = insert_for(self._connection, variants).values(variant_row(variant))
            updates = {c.name: statement.excluded[c.name] for c in variants.c if not c.primary_key}
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["edition_id", "id"], set_=updates)
            )

    def thaw(self, edition_id: str) -> None:
        """Forget the frozen variants."""
        self._connection.execute(delete(variants).where(variants.c.edition_id == edition_id))

    def variants(self, edition_id: str) -> dict[str, Variant]:
        """By id."""
        query = select(variants).where(variants.c.edition_id == edition_id).order_by(variants.c.id)
        return {row["id"]: variant_from(row) for row in self._connection.execute(query).mappings()}

    def link_looks(self, urls: Iterable[str]) -> dict[str, LinkLook]:
        """By URL."""
        wanted, found = list(dict.fromkeys(urls)), {}
        for start in range(0, len(wanted), URLS_AT_ONCE):
            query = select(link_looks).where(link_looks.c.url.in_(wanted[start : start + URLS_AT_ONCE]))
            for row in self._connection.execute(query).mappings():
                found[row["url"]] = LinkLook(**dict(row) | {"state": LinkState(row["state"])})
        return found

    def put_link_looks(self, looks: Iterable[LinkLook]) -> None:
        """Insert or replace, and forget what is old."""
        latest = None
        for look in looks:
            latest = max(look.at, latest or look.at)
            row = asdict(look) | {"state": look.state.value}
            statement = insert_for(self._connection, link_looks).values(row)
            updates = {c.name: statement.excluded[c.name] for c in link_looks.c if not c.primary_key}
            self._connection.execute(statement.on_conflict_do_update(index_elements=["url"], set_=updates))
        if latest is not None:
            self._connection.execute(delete(link_looks).where(link_looks.c.at < latest - LOOKS_KEPT))

    def _placements(self, edition_id: str) -> tuple[tuple[Placement, ...], tuple[Placement, ...]]:
        query = (
            select(placements.c.data).where(placements.c.edition_id == edition_id).order_by(placements.c.rank)
        )
        found = [placement_from(data) for data in self._connection.execute(query).scalars()]
        return tuple(p for p in found if not p.held), tuple(p for p in found if p.held)

    def _put_placements(self, edition: Edition) -> None:
        self._connection.execute(delete(placements).where(placements.c.edition_id == edition.id))
        rows = [
            {
                "edition_id": edition.id, "id": p.id, "story_id": p.story_id, "language": p.language,
                "is_dropped": p.is_dropped, "held": p.held, "rank": rank, "data": placement_data(p),
            }
            for rank, p in enumerate((*edition.placements, *edition.waiting))
        ]  # fmt: skip
        if rows:
            self._connection.execute(insert(placements), rows)

    def _keep_approval(self, edition_id: str, approval: Approval) -> None:
        row = {
            "edition_id": edition_id,
            "at": approval.at,
            "by": approval.by,
            "content_hash": approval.content_hash,
        }
        self._connection.execute(insert_for(self._connection, approvals).values(row).on_conflict_do_nothing())

    def _remember(self, edition: Edition, what: str) -> None:
        row = {
            "edition_id": edition.id, "version": edition.version, "what": what or "changed",
            "by": edition.changed_by, "at": edition.changed_at or edition.created_at, "snapshot": pack(edition),
        }  # fmt: skip
        self._connection.execute(insert(history).values(row))
        old = (history.c.edition_id == edition.id) & (history.c.version <= edition.version - KEPT_STEPS)
        self._connection.execute(
            update(history).where(old, history.c.snapshot.is_not(None)).values(snapshot=None)
        )

    def _conflict(self, edition: Edition) -> Exception:
        steps = [step for step in self.history(edition.id) if step.version > edition.version]
        if not steps and self.get(edition.id) is None:
            return NotFoundError("edition", edition.id)
        told = "; ".join(
            f"{step.by or 'somebody'} ({step.at:%d.%m. %H:%M} UTC): {step.what}" for step in steps[:3]
        )
        return IllegalStepError(
            edition.id,
            f"somebody else changed this edition since you opened it ({told}); load it again and repeat",
        )
