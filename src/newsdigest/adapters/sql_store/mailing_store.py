"""
The ledger.

A lease is one row's fence: every group of marks first lengthens the lease under its own
fence in the same transaction, so a sender that lost it (a stopped laptop, a stalled disk)
writes nothing more and dots nothing more. Claims, marks and dots of several connections
share one commit, as a durable commit costs a millisecond.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, or_, select, text, update

from newsdigest.adapters.sql_store import ledger_statements as statements
from newsdigest.adapters.sql_store.audit_store import insert_for
from newsdigest.adapters.sql_store.tables_mailings import bounces, deliveries, mailings, throttles
from newsdigest.adapters.sql_store.types import Instant
from newsdigest.errors import NotFoundError
from newsdigest.model.mailings import (
    Bounce,
    BounceKind,
    Delivery,
    DeliveryState,
    Mailing,
    MailingState,
    Throttle,
    UncertainPolicy,
)

_CHUNK = 1000
_ALONE = text("SELECT pg_advisory_xact_lock(7301945220119)")
"""On SQLite a writer is alone anyway."""
_INSTANT = Instant()

_LEAST_STEP = timedelta(seconds=1)
"""A lease that would grow by less is left: a page fewer to write at every commit."""


class SQLMailingStore:
    """See `ports.storage.mailings.MailingStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # -- mailings

    def plan(self, mailing: Mailing, planned: Iterable[Delivery]) -> bool:
        """Insert a mailing with all its deliveries; False when the edition has one already."""
        statement = self._insert(mailings).values(_mailing_row(mailing)).on_conflict_do_nothing()
        if not self._connection.execute(statement).rowcount:
            return False
        number, source = 0, iter(planned)
        while rows := [_delivery_row(delivery) for delivery in islice(source, _CHUNK)]:
            self._connection.execute(deliveries.insert(), rows)
            number += len(rows)
        self._update_mailing(mailing.edition_id, planned=number)
        return True

    def mailing(self, edition_id: str) -> Mailing | None:
        row = (
            self._connection.execute(select(mailings).where(mailings.c.edition_id == edition_id))
            .mappings()
            .first()
        )
        return _mailing(row) if row else None

    def mailings(self, states: Iterable[MailingState] = ()) -> Sequence[Mailing]:
        """Newest first."""
        query = select(mailings).order_by(mailings.c.created_at.desc())
        if wanted := [state.value for state in states]:
            query = query.where(mailings.c.state.in_(wanted))
        return [_mailing(row) for row in self._connection.execute(query).mappings()]

    def set_state(self, edition_id: str, state: MailingState, *, reason: str = "", now: datetime) -> None:
        """Change where a mailing stands."""
        values: dict[str, Any] = {"state": state.value, "reason": reason}
        if state is MailingState.SENDING:
            values["started_at"] = func.coalesce(
                mailings.c.started_at, bindparam("p_now", now, mailings.c.date.type)
            )
        if state in (MailingState.SENT, MailingState.CANCELLED):
            values["finished_at"] = now
        self._update_mailing(edition_id, **values)

    def remove(self, edition_id: str) -> bool:
        """Take a mailing back of which nothing was begun."""
        begun = select(func.count()).where(
            deliveries.c.edition_id == edition_id,
            or_(
                deliveries.c.state.not_in((DeliveryState.PLANNED.value, DeliveryState.SUPPRESSED.value)),
                deliveries.c.attempts > 0,
            ),
        )
        if self._connection.execute(begun).scalar():
            return False
        self._connection.execute(delete(deliveries).where(deliveries.c.edition_id == edition_id))
        return bool(
            self._connection.execute(delete(mailings).where(mailings.c.edition_id == edition_id)).rowcount
        )

    def set_not_before(self, edition_id: str, at: datetime) -> None:
        self._update_mailing(edition_id, not_before=at)

    # -- the lease

    def take_lease(self, edition_id: str, *, owner: str, until: datetime) -> int:
        """Give the lease to that owner; return its new fence."""
        self._update_mailing(edition_id, fence=mailings.c.fence + 1, owner=owner, lease_until=until)
        return int(
            self._connection.execute(
                select(mailings.c.fence).where(mailings.c.edition_id == edition_id)
            ).scalar_one()
        )

    def hold_lease(self, edition_id: str, *, fence: int, until: datetime) -> MailingState | None:
        """Lengthen the lease and return the mailing's state; None when another one has it."""
        mine = {"p_edition": edition_id, "p_fence": fence}
        found = statements.LOOK.run(self._connection, mine).first()
        if found is None:
            return None
        state, held_until = tuple(found)
        present = _INSTANT.process_result_value(held_until, self._connection.dialect)
        if present is None or abs(until - present) >= _LEAST_STEP:
            statements.HOLD.run(self._connection, {**mine, "p_until": until})
        return MailingState(state)

    def release_lease(self, edition_id: str, *, fence: int) -> None:
        mine = and_(mailings.c.edition_id == edition_id, mailings.c.fence == fence)
        self._connection.execute(update(mailings).where(mine).values(owner="", lease_until=None))

    def recover(self, edition_id: str, *, fence: int, now: datetime) -> tuple[int, int]:
        """Clear up after senders of older fences; return (back to planned, now uncertain)."""
        left = and_(deliveries.c.edition_id == edition_id, deliveries.c.fence < fence)
        back = self._change(left, DeliveryState.CLAIMED, state=DeliveryState.PLANNED.value, changed_at=now)
        uncertain = self._change(
            left,
            DeliveryState.IN_DATA,
            state=DeliveryState.UNCERTAIN.value,
            attempts=deliveries.c.attempts + 1,
            reason="the sender was stopped between the final dot and the relay's answer",
            changed_at=now,
        )
        return back, uncertain

    # -- decisions of a person or a policy

    def resend_uncertain(self, edition_id: str, *, now: datetime, at_most: int) -> int:
        """Plan uncertain deliveries again that were resent fewer than `at_most` times."""
        return self._change(
            and_(deliveries.c.edition_id == edition_id, deliveries.c.resends < at_most),
            DeliveryState.UNCERTAIN,
            state=DeliveryState.PLANNED.value,
            resends=deliveries.c.resends + 1,
            changed_at=now,
        )

    def accept_uncertain(self, edition_id: str, *, now: datetime, by: str) -> int:
        """Count uncertain deliveries as sent; return how many."""
        return self._change(
            deliveries.c.edition_id == edition_id,
            DeliveryState.UNCERTAIN,
            state=DeliveryState.SENT.value,
            reason=f"treated as sent by {by}",
            changed_at=now,
        )

    def retry_failed(self, edition_id: str, *, now: datetime) -> int:
        """Plan failed deliveries again; return how many."""
        return self._change(
            deliveries.c.edition_id == edition_id,
            DeliveryState.FAILED,
            state=DeliveryState.PLANNED.value,
            next_try=None,
            attempts=0,
            changed_at=now,
        )

    def cancel_open(self, edition_id: str, *, now: datetime) -> int:
        """Cancel what has not been begun; return how many."""
        mine = deliveries.c.edition_id == edition_id
        values: dict[str, Any] = {"state": DeliveryState.CANCELLED.value, "next_try": None, "changed_at": now}
        return sum(
            self._change(mine, state, **values) for state in (DeliveryState.PLANNED, DeliveryState.DEFERRED)
        )

    # -- sending

    def claim(
        self,
        edition_id: str,
        *,
        now: datetime,
        limit: int,
        fence: int,
        allowances: Mapping[str, int] | None = None,
    ) -> Sequence[Delivery]:
        """Mark up to `limit` due deliveries as claimed under that fence and return them."""
        held = dict(allowances or {})
        mine = {"p_edition": edition_id, "p_fence": fence, "p_now": now, "p_due": now}
        elsewhere = [deliveries.c.domain.not_in(held)] if held else []
        found = self._claim_due(mine, limit, *elsewhere)
        for domain, number in held.items():
            if number > 0 and len(found) < limit:
                most = min(number, limit - len(found))
                found += self._claim_due(mine, most, deliveries.c.domain == domain)
        return found

    def unclaim(self, delivery_ids: Iterable[str], *, fence: int) -> None:
        """Give claimed deliveries back unattempted."""
        statements.UNCLAIM.run_many(
            self._connection, [{"p_id": one, "p_fence": fence} for one in delivery_ids]
        )

    def mark_in_data(self, delivery_ids: Sequence[str], *, fence: int, now: datetime) -> frozenset[str]:
        """Mark claimed deliveries as in data; return those that were claimed under that fence."""
        marked: set[str] = set()
        for statement, ids in statements.in_data_groups(delivery_ids):
            rows = statement.run(self._connection, {**ids, "p_fence": fence, "p_now": now})
            marked.update(row[0] for row in rows)
        return frozenset(marked)

    def mark(self, changed: Sequence[Delivery], *, fence: int) -> None:
        """Store state, attempts, next try, reason, code and queue id of deliveries under that fence."""
        rows = [
            {
                "p_id": one.id,
                "p_fence": fence,
                "p_state": one.state.value,
                "p_attempts": one.attempts,
                "p_next_try": one.next_try,
                "p_reason": one.reason,
                "p_code": one.code,
                "p_queue_id": one.queue_id,
                "p_changed_at": one.changed_at,
            }
            for one in changed
        ]
        statements.MARK.run_many(self._connection, rows)

    def count_refusals(self, edition_id: str, number: int) -> None:
        self._update_mailing(edition_id, refusals=number)

    # -- reading

    def get(self, delivery_id: str) -> Delivery | None:
        row = (
            self._connection.execute(select(deliveries).where(deliveries.c.id == delivery_id))
            .mappings()
            .first()
        )
        return _delivery(row) if row else None

    def counts(self, edition_id: str) -> dict[DeliveryState, int]:
        """Deliveries per state; the sum is what was planned."""
        query = (
            select(deliveries.c.state, func.count())
            .where(deliveries.c.edition_id == edition_id)
            .group_by(deliveries.c.state)
        )
        return {DeliveryState(state): number for state, number in self._connection.execute(query)}

    def mailed(self, edition_id: str) -> dict[str, int]:
        """How many got which variant: sent deliveries by variant id."""
        query = (
            select(deliveries.c.variant_id, func.count())
            .where(deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.SENT.value)
            .group_by(deliveries.c.variant_id)
        )
        return {str(variant): int(number) for variant, number in self._connection.execute(query)}

    def reasons(self, edition_id: str) -> Sequence[tuple[DeliveryState, str, int]]:
        """How many per state and reason, most frequent first."""
        number = func.count().label("number")
        query = (
            select(deliveries.c.state, deliveries.c.reason, number)
            .where(deliveries.c.edition_id == edition_id, deliveries.c.reason != "")
            .group_by(deliveries.c.state, deliveries.c.reason)
            .order_by(number.desc(), deliveries.c.state, deliveries.c.reason)
        )
        return [
            (DeliveryState(state), reason, many) for state, reason, many in self._connection.execute(query)
        ]

    def next_due(self, edition_id: str, *, after: datetime | None = None) -> datetime | None:
        """When the next deferred delivery is due."""
        query = select(func.min(deliveries.c.next_try, type_=deliveries.c.next_try.type)).where(
            deliveries.c.edition_id == edition_id, deliveries.c.state == DeliveryState.DEFERRED.value
        )
        if after is not None:
            query = query.where(deliveries.c.next_try > after)
        return self._connection.execute(query).scalar()

    def of_edition(self, edition_id: str) -> Iterator[Delivery]:
        """Yield every delivery of an edition, by id."""
        query = select(deliveries).where(deliveries.c.edition_id == edition_id).order_by(deliveries.c.id)
        rows = self._connection.execution_options(yield_per=_CHUNK).execute(query)
        for row in rows.mappings():
            yield _delivery(row)

    # -- throttles

    def throttles(self) -> dict[str, Throttle]:
        """Whoever reads them to claim by them is alone with them until the end of the transaction."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(_ALONE)
        rows = self._connection.execute(select(throttles)).mappings()
        return {row["domain"]: Throttle(**row) for row in rows}

    def put_throttles(self, changed: Iterable[Throttle]) -> None:
        for one in changed:
            row = dataclasses.asdict(one)
            statement = self._insert(throttles).values(row)
            self._connection.execute(statement.on_conflict_do_update(index_elements=["domain"], set_=row))

    # -- bounces

    def add_bounce(self, bounce: Bounce) -> bool:
        """Keep a report; False when it is known already."""
        row = {**dataclasses.asdict(bounce), "kind": bounce.kind.value}
        return bool(
            self._connection.execute(self._insert(bounces).values(row).on_conflict_do_nothing()).rowcount
        )

    def bounces(self, edition_id: str = "", *, limit: int = 1000) -> Sequence[Bounce]:
        """Newest first."""
        query = select(bounces).order_by(bounces.c.at.desc(), bounces.c.id).limit(limit)
        if edition_id:
            query = query.join(deliveries, deliveries.c.id == bounces.c.delivery_id)
            query = query.where(deliveries.c.edition_id == edition_id)
        return [_bounce(row) for row in self._connection.execute(query).mappings()]

    def bounce_counts(self, edition_id: str) -> dict[BounceKind, int]:
        query = (
            select(bounces.c.kind, func.count(bounces.c.delivery_id.distinct()))
            .join(deliveries, deliveries.c.id == bounces.c.delivery_id)
            .where(deliveries.c.edition_id == edition_id)
            .group_by(bounces.c.kind)
        )
        return {BounceKind(kind): number for kind, number in self._connection.execute(query)}

    def of_person(self, subscriber_id: str) -> Sequence[Delivery]:
        """Every delivery to one person, by edition."""
        mine = deliveries.c.subscriber_id == subscriber_id
        query = select(deliveries).where(mine).order_by(deliveries.c.edition_id)
        return [_delivery(row) for row in self._connection.execute(query).mappings()]

    def bounces_of(self, subscriber_id: str) -> Sequence[Bounce]:
        """Reports about all deliveries to one person, oldest first."""
        query = (
            select(bounces)
            .join(deliveries, deliveries.c.id == bounces.c.delivery_id)
            .where(deliveries.c.subscriber_id == subscriber_id)
            .order_by(bounces.c.at, bounces.c.id)
        )
        return [_bounce(row) for row in self._connection.execute(query).mappings()]

    # -- inside

    def _insert(self, target: Any) -> Any:
        """Return the dialect's INSERT, which knows ON CONFLICT."""
        return insert_for(self._connection, target)

    def _update_mailing(self, edition_id: str, **values: Any) -> None:
        statement = update(mailings).where(mailings.c.edition_id == edition_id).values(values)
        if not self._connection.execute(statement).rowcount:
            raise NotFoundError("mailing", edition_id)

    def _change(self, which: Any, present: DeliveryState, /, **values: Any) -> int:
        statement = update(deliveries).where(which, deliveries.c.state == present.value).values(values)
        return self._connection.execute(statement).rowcount

    def _claim_due(
        self, mine: dict[str, Any], limit: int, *conditions: ColumnElement[bool]
    ) -> list[Delivery]:
        """Claim due deliveries: new ones first, then deferred ones whose time has come."""
        found: list[Delivery] = []
        for state in (DeliveryState.PLANNED, DeliveryState.DEFERRED):
            if len(found) >= limit:
                break
            row = {**mine, "p_from": state.value, "p_limit": limit - len(found)}
            if conditions:
                statement = statements.claim(self._connection.dialect.name, *conditions)
                rows: Iterable[Any] = self._connection.execute(statement, row)
            else:
                rows = statements.CLAIM.run(self._connection, row)
            found += [_claimed(one, fence=mine["p_fence"], now=mine["p_now"]) for one in rows]
        return found


def _claimed(row: Sequence[Any], *, fence: int, now: datetime) -> Delivery:
    """Return the delivery of a row as `ledger_statements.CLAIMED` orders it."""
    return Delivery(
        id=row[0],
        edition_id=row[1],
        subscriber_id=row[2],
        variant_id=row[3],
        domain=row[4],
        state=DeliveryState.CLAIMED,
        attempts=row[5],
        reason=row[6],
        code=row[7],
        queue_id=row[8],
        resends=row[9],
        fence=fence,
        changed_at=now,
    )


def _mailing_row(mailing: Mailing) -> dict[str, Any]:
    return {**dataclasses.asdict(mailing), "state": mailing.state.value, "uncertain": mailing.uncertain.value}


def _mailing(row: Mapping[Any, Any]) -> Mailing:
    values = dict(row)
    return Mailing(
        **{
            **values,
            "state": MailingState(values["state"]),
            "uncertain": UncertainPolicy(values["uncertain"]),
        }
    )


_DELIVERY_FIELDS = tuple(field.name for field in dataclasses.fields(Delivery))


def _delivery_row(delivery: Delivery) -> dict[str, Any]:
    return {name: getattr(delivery, name) for name in _DELIVERY_FIELDS} | {"state": delivery.state.value}


def _delivery(row: Mapping[Any, Any]) -> Delivery:
    values = dict(row)
    values["state"] = DeliveryState(values["state"])
    return Delivery(**values)


def _bounce(row: Mapping[Any, Any]) -> Bounce:
    values = dict(row)
    return Bounce(**{**values, "kind": BounceKind(values["kind"])})
