"""People, consent, suppressions and sign-up attempts; takedowns of published stories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, desc, func, or_, select, tuple_

from newsdigest.adapters.sql_store.audit_store import insert_for
from newsdigest.adapters.sql_store.tables_subscribers import (
    attempts,
    consent_events,
    subscribers,
    suppressions,
    takedowns,
)
from newsdigest.model.channels import Takedown
from newsdigest.model.subscribers import (
    ConsentEvent,
    Frequency,
    LegalBasis,
    SignUpAttempt,
    Subscriber,
    SubscriberState,
    Suppression,
    SuppressionReason,
)
from newsdigest.text import tokens

CHUNK = 500  # bound parameters per statement; SQLite's limit is far above


class SQLSubscriberStore:
    """See `ports.storage.subscribers.SubscriberStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def get(self, subscriber_id: str, newsletter_id: str) -> Subscriber | None:
        query = select(subscribers).where(
            subscribers.c.id == subscriber_id, subscribers.c.newsletter_id == newsletter_id
        )
        row = self._connection.execute(query).mappings().first()
        return _subscriber(row) if row else None

    def get_many(self, subscriber_ids: Iterable[str], newsletter_id: str) -> dict[str, Subscriber]:
        """Return those that exist, by id."""
        found: dict[str, Subscriber] = {}
        for chunk in _chunks(list(subscriber_ids)):
            query = select(subscribers).where(
                subscribers.c.newsletter_id == newsletter_id, subscribers.c.id.in_(chunk)
            )
            found |= {row["id"]: _subscriber(row) for row in self._connection.execute(query).mappings()}
        return found

    def of_person(self, subscriber_id: str) -> Sequence[Subscriber]:
        """Every subscription of one person."""
        query = (
            select(subscribers).where(subscribers.c.id == subscriber_id).order_by(subscribers.c.newsletter_id)
        )
        return [_subscriber(row) for row in self._connection.execute(query).mappings()]

    def at_address(self, address: str) -> Sequence[Subscriber]:
        """Every subscription of who has that address, by newsletter."""
        query = (
            select(subscribers)
            .where(subscribers.c.folded_address == tokens.normal_address(address))
            .order_by(subscribers.c.newsletter_id)
        )
        return [_subscriber(row) for row in self._connection.execute(query).mappings()]

    def put(self, people: Iterable[Subscriber]) -> None:
        """Insert or replace by newsletter and id."""
        for chunk in _chunks([_row(person) for person in people]):
            statement = insert_for(self._connection, subscribers)
            kept = {"newsletter_id", "id"}
            updates = {c.name: statement.excluded[c.name] for c in subscribers.c if c.name not in kept}
            self._connection.execute(
                statement.on_conflict_do_update(index_elements=["newsletter_id", "id"], set_=updates), chunk
            )

    def all(self, newsletter_id: str = "") -> Sequence[Subscriber]:
        """Every subscription, by newsletter and id."""
        return list(self.iterate(newsletter_id))

    def iterate(
        self, newsletter_id: str = "", *, states: Iterable[SubscriberState] = (), page: int = 1000
    ) -> Iterator[Subscriber]:
        """Yield subscriptions in pages by key, so that memory stays flat and no cursor is held open."""
        query = select(subscribers).order_by(subscribers.c.newsletter_id, subscribers.c.id).limit(page)
        if newsletter_id:
            query = query.where(subscribers.c.newsletter_id == newsletter_id)
        if wanted := [state.value for state in states]:
            query = query.where(subscribers.c.state.in_(wanted))
        paged = query
        while True:
            rows = self._connection.execute(paged).mappings().all()
            yield from (_subscriber(row) for row in rows)
            if len(rows) < page:
                return
            last = rows[-1]
            # Beside `newsletter_id = ?` SQLite does not seek by a pair: every page would walk there from the first row.
            paged = (
                query.where(subscribers.c.id > last["id"])
                if newsletter_id
                else query.where(
                    tuple_(subscribers.c.newsletter_id, subscribers.c.id)
                    > (last["newsletter_id"], last["id"])
                )
            )

    def counts(self, newsletter_id: str = "") -> dict[tuple[str, str], int]:
        """Subscriptions per (state, language)."""
        query = select(subscribers.c.state, subscribers.c.language, func.count()).group_by(
            subscribers.c.state, subscribers.c.language
        )
        if newsletter_id:
            query = query.where(subscribers.c.newsletter_id == newsletter_id)
        return {(state, language): number for state, language, number in self._connection.execute(query)}

    def remove(self, subscriber_id: str, newsletter_id: str = "") -> int:
        """Delete a person's rows with their events."""
        gone = 0
        for target in (consent_events, subscribers):
            column = target.c.subscriber_id if target is consent_events else target.c.id
            statement = delete(target).where(column == subscriber_id)
            if newsletter_id:
                statement = statement.where(target.c.newsletter_id == newsletter_id)
            gone += self._connection.execute(statement).rowcount
        return gone

    def add_event(self, event: ConsentEvent) -> None:
        """Add; the same event twice is one."""
        row = {
            "id": event.id,
            "subscriber_id": event.subscriber_id,
            "newsletter_id": event.newsletter_id,
            "what": event.what,
            "at": event.at,
            "detail": event.detail,
        }
        self._connection.execute(
            insert_for(self._connection, consent_events).values(row).on_conflict_do_nothing()
        )

    def events(self, subscriber_id: str, newsletter_id: str = "") -> Sequence[ConsentEvent]:
        """Oldest first."""
        query = select(consent_events).where(consent_events.c.subscriber_id == subscriber_id)
        if newsletter_id:
            query = query.where(consent_events.c.newsletter_id == newsletter_id)
        query = query.order_by(consent_events.c.at, consent_events.c.id)
        return [ConsentEvent(**row) for row in self._connection.execute(query).mappings()]

    def suppress(self, suppression: Suppression) -> None:
        """Add; a complaint or bounce outweighs "unsubscribed", otherwise the older decision stays."""
        row = {
            "address_hash": suppression.address_hash,
            "newsletter_id": suppression.newsletter_id,
            "reason": suppression.reason.value,
            "at": suppression.at,
        }
        statement = insert_for(self._connection, suppressions).values(row)
        if suppression.reason is SuppressionReason.UNSUBSCRIBED:
            self._connection.execute(statement.on_conflict_do_nothing())
            return
        self._connection.execute(
            statement.on_conflict_do_update(
                index_elements=["address_hash", "newsletter_id"],
                set_={"reason": row["reason"], "at": row["at"]},
                where=suppressions.c.reason == SuppressionReason.UNSUBSCRIBED.value,
            )
        )

    def suppressed(self, address_hashes: Iterable[str], newsletter_id: str) -> set[str]:
        """Return those of the hashes that are suppressed for that newsletter or for all."""
        found: set[str] = set()
        for chunk in _chunks(list(address_hashes)):
            query = select(suppressions.c.address_hash).where(
                suppressions.c.address_hash.in_(chunk), suppressions.c.newsletter_id.in_(("", newsletter_id))
            )
            found.update(self._connection.execute(query).scalars())
        return found

    def suppressions(self, address_hashes: Iterable[str]) -> Sequence[Suppression]:
        """Every standing decision about these hashes."""
        found: list[Suppression] = []
        for chunk in _chunks(list(address_hashes)):
            query = (
                select(suppressions).where(suppressions.c.address_hash.in_(chunk)).order_by(suppressions.c.at)
            )
            rows = self._connection.execute(query).mappings()
            found.extend(Suppression(**{**row, "reason": SuppressionReason(row["reason"])}) for row in rows)
        return found

    def lift(self, address_hashes: Iterable[str], newsletter_id: str) -> int:
        """End "unsubscribed" for that newsletter; bounces and complaints stay."""
        statement = delete(suppressions).where(
            suppressions.c.address_hash.in_(list(address_hashes)),
            suppressions.c.newsletter_id == newsletter_id,
            suppressions.c.reason == SuppressionReason.UNSUBSCRIBED.value,
        )
        return self._connection.execute(statement).rowcount

    def add_attempt(self, attempt: SignUpAttempt) -> None:
        """Add one."""
        row = {
            "address_hash": attempt.address_hash,
            "network_hash": attempt.network_hash,
            "what": attempt.what,
            "at": attempt.at,
        }
        self._connection.execute(attempts.insert().values(row))

    def attempts(
        self, *, since: datetime | None = None, address_hash: str = "", network_hash: str = "", what: str = ""
    ) -> int:
        """How many attempts fit."""
        query = select(func.count()).select_from(attempts)
        if since is not None:
            query = query.where(attempts.c.at > since)
        if address_hash:
            query = query.where(attempts.c.address_hash == address_hash)
        if network_hash:
            query = query.where(attempts.c.network_hash == network_hash)
        if what:
            query = query.where(attempts.c.what == what)
        return int(self._connection.execute(query).scalar_one())

    def forget_attempts(self, *, before: datetime | None = None, address_hashes: Iterable[str] = ()) -> int:
        """Delete attempts older than that, or of those addresses."""
        hashes = list(address_hashes)
        clauses = [attempts.c.at < before] if before is not None else []
        if hashes:
            clauses.append(attempts.c.address_hash.in_(hashes))
        return self._connection.execute(delete(attempts).where(or_(*clauses))).rowcount if clauses else 0


class SQLTakedownStore:
    """See `ports.storage.takedowns.TakedownStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, takedown: Takedown) -> None:
        """Add; the first decision about a story stays."""
        row = {"story_id": takedown.story_id, "at": takedown.at, "by": takedown.by, "reason": takedown.reason}
        self._connection.execute(insert_for(self._connection, takedowns).values(row).on_conflict_do_nothing())

    def remove(self, story_id: str) -> bool:
        """Publish the story again."""
        return bool(
            self._connection.execute(delete(takedowns).where(takedowns.c.story_id == story_id)).rowcount
        )

    def all(self) -> Sequence[Takedown]:
        """Newest first."""
        query = select(takedowns).order_by(desc(takedowns.c.at), takedowns.c.story_id)
        return [Takedown(**row) for row in self._connection.execute(query).mappings()]


def _chunks(values: list[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(values), CHUNK):
        yield values[start : start + CHUNK]


def _row(person: Subscriber) -> dict[str, Any]:
    return {
        "newsletter_id": person.newsletter_id,
        "id": person.id,
        "address": person.address,
        "folded_address": tokens.normal_address(person.address),
        "name": person.name,
        "organisation": person.organisation,
        "language": person.language,
        "topics": list(person.topics),
        "frequency": person.frequency.value,
        "state": person.state.value,
        "basis": person.basis.value,
        "created_at": person.created_at,
        "confirmed_at": person.confirmed_at,
        "ended_at": person.ended_at,
        "paused_until": person.paused_until,
        "bounce_score": float(person.bounce_score),
    }


def _subscriber(row: Mapping[Any, Any]) -> Subscriber:
    # Field by field: a whole list passes through here at every dispatch and send.
    return Subscriber(
        id=row["id"],
        address=row["address"],
        newsletter_id=row["newsletter_id"],
        name=row["name"],
        language=row["language"],
        topics=tuple(row["topics"]),
        frequency=Frequency(row["frequency"]),
        state=SubscriberState(row["state"]),
        basis=LegalBasis(row["basis"]),
        created_at=row["created_at"],
        confirmed_at=row["confirmed_at"],
        ended_at=row["ended_at"],
        paused_until=row["paused_until"],
        bounce_score=row["bounce_score"],
        organisation=row["organisation"],
    )
