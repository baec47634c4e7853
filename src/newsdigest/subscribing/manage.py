"""Manage: what the office does with people (add, import, end), as against what they do themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from newsdigest import logs
from newsdigest.errors import NotFoundError, UsageError
from newsdigest.model.subscribers import LegalBasis, Subscriber, Suppression, SuppressionReason
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.subscribing import consent, csv_people
from newsdigest.subscribing.csv_people import Row, RowResult
from newsdigest.subscribing.whose import owner, subscriptions
from newsdigest.text import addresses, tokens

log = logs.get_logger(__name__)

ROWS_AT_ONCE = 200


@dataclass
class ImportReport:
    """What became of every row of a table."""

    rows: list[RowResult] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        """How many rows ended so."""
        return sum(1 for row in self.rows if row.outcome == outcome)

    @property
    def line(self) -> str:
        """One line with the sums."""
        outcomes = dict.fromkeys(row.outcome for row in self.rows)
        return ", ".join(f"{self.count(name)} {name}" for name in outcomes) or "no rows"


def add(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    address: str,
    newsletter_id: str,
    wishes: consent.Wishes,
    basis: LegalBasis,
    evidence: str,
    by: str = "office",
) -> tuple[Subscriber, RowResult]:
    """
    Add one person; somebody known is left as they are.

    Raises:
        UsageError: The address is none, or stands on the list of those who must not be written to.
    """
    usable = addresses.normal(address)
    if usable is None:
        raise UsageError("the mail address is not usable; write it as name@host.example")
    row = Row(
        line=0, address=usable, newsletter_id=newsletter_id, wishes=wishes, basis=basis, evidence=evidence
    )
    with store.write() as unit:
        result = _take(unit, row, newsletter_id, keys, clock)
        person = owner(unit, keys, usable, newsletter_id).known
        if person is not None and result.outcome == "added":
            unit.audit.add(
                at=clock.now(), by=by, what="subscriber.add", subject=person.id, detail=newsletter_id
            )
    if person is None:
        raise UsageError(f"not added: {result.detail}")
    return person, result


def import_people(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    content: bytes,
    newsletter_id: str,
    languages: Sequence[str],
    topics: Sequence[str],
    newsletters: Sequence[str],
    basis: LegalBasis = LegalBasis.NONE,
    by: str = "office",
) -> ImportReport:
    """
    Take a table in, one answer per row; never lifts a suppression, never changes who is known.

    Raises:
        UsageError: The table as a whole cannot be read; nothing was taken in.
    """
    rows = csv_people.read(content, languages=languages, topics=topics, default_basis=basis)
    report = ImportReport()
    seen: set[tuple[str, str]] = set()
    # A transaction for every few rows: a long table must not keep a running send waiting for the database.
    for start in range(0, len(rows), ROWS_AT_ONCE):
        with store.write() as unit:
            for row in rows[start : start + ROWS_AT_ONCE]:
                wanted = row.newsletter_id or newsletter_id
                who = (tokens.normal_address(row.address), wanted)
                refusal = _refusal(row, wanted, newsletters, is_twice=who in seen)
                report.rows.append(refusal or _take(unit, row, wanted, keys, clock))
                seen.add(who)
    with store.write() as unit:
        unit.audit.add(
            at=clock.now(), by=by, what="subscriber.import", subject=newsletter_id, detail=report.line
        )
    log.info("people_imported", newsletter=newsletter_id, rows=len(report.rows), added=report.count("added"))
    return report


def _refusal(row: Row, newsletter_id: str, newsletters: Sequence[str], *, is_twice: bool) -> RowResult | None:
    """Return why a row cannot be taken, None when it can."""
    if row.problem:
        return RowResult(line=row.line, outcome="refused", detail=row.problem)
    if newsletter_id not in newsletters:
        return RowResult(line=row.line, outcome="refused", detail=f"no newsletter {newsletter_id!r}")
    if is_twice:
        return RowResult(line=row.line, outcome="twice", detail="stands in this table already")
    return None


def _take(unit: UnitOfWork, row: Row, newsletter_id: str, keys: Sequence[bytes], clock: Clock) -> RowResult:
    hashes = tokens.address_hashes(keys, row.address)
    if unit.subscribers.suppressed(hashes, newsletter_id):
        return RowResult(
            line=row.line,
            outcome="suppressed",
            detail="left or bounced before; only they can come back, by signing up",
        )
    whose_it_is = owner(unit, keys, row.address, newsletter_id)
    person, event = consent.add(
        whose_it_is.known,
        id_=whose_it_is.id,
        address=row.address,
        newsletter_id=newsletter_id,
        wishes=row.wishes,
        basis=row.basis,
        evidence=row.evidence,
        now=clock.now(),
    )
    if event is None:
        return RowResult(line=row.line, outcome="known", detail=f"is {person.state.value}; nothing changed")
    unit.subscribers.put([person])
    unit.subscribers.add_event(event)
    return RowResult(
        line=row.line,
        outcome="added",
        detail="" if person.may_receive else "no legal basis: receives nothing yet",
    )


def confirm_by_hand(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    address: str,
    newsletter_id: str,
    evidence: str,
    by: str = "office",
) -> Subscriber:
    """
    Confirm a pending subscription because consent was given elsewhere; `evidence` says where its proof is.

    Raises:
        UsageError: No proof is named, nobody is pending, or the address must not be written to.
    """
    if not evidence.strip():
        raise UsageError("name the proof of the consent (--evidence), e.g. 'form of 2026-03-02, folder 7'")
    now = clock.now()
    with store.write() as unit:
        found = [p for p in subscriptions(unit, address) if p.newsletter_id == newsletter_id]
        if not found:
            raise NotFoundError("subscription", newsletter_id)
        person, id_ = found[0], found[0].id
        if unit.subscribers.suppressed(tokens.address_hashes(keys, person.address), newsletter_id):
            raise UsageError(f"{id_}: left or bounced before; only they can come back, by signing up")
        made, event = consent.confirm_by_hand(person, evidence=evidence, now=now)
        if event is not None:
            unit.subscribers.put([made])
            unit.subscribers.add_event(event)
            unit.audit.add(at=now, by=by, what="subscriber.confirm", subject=id_, detail=newsletter_id)
    return made


def unsubscribe(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    address: str,
    newsletter_id: str = "",
    by: str = "office",
) -> int:
    """
    End a person's subscription (all of them without a newsletter) and suppress the address there.

    Raises:
        NotFoundError: Nobody has that address.
    """
    now = clock.now()
    ended = 0
    with store.write() as unit:
        found = [p for p in subscriptions(unit, address) if newsletter_id in ("", p.newsletter_id)]
        if not found:
            raise NotFoundError("subscription", newsletter_id)
        id_ = found[0].id
        for person in found:
            made, event = consent.unsubscribe(person, now=now, how=by)
            end(unit, made, keys, SuppressionReason.UNSUBSCRIBED, clock)
            if event is not None:
                unit.subscribers.add_event(event)
                ended += 1
        unit.audit.add(at=now, by=by, what="subscriber.unsubscribe", subject=id_, detail=newsletter_id)
    return ended


def end(
    unit: UnitOfWork, person: Subscriber, keys: Sequence[bytes], reason: SuppressionReason, clock: Clock
) -> None:
    """Store an ended subscription and the decision that no import can lift."""
    unit.subscribers.put([person])
    hash_ = tokens.address_hash(keys, person.address)
    unit.subscribers.suppress(
        Suppression(address_hash=hash_, newsletter_id=person.newsletter_id, reason=reason, at=clock.now())
    )
