"""
Forget: everything we hold of one person, shown or deleted.

After deletion the address occurs nowhere: not in rows, not in what a relay once answered, not in
a dry run's mails, in no spelling (plain, lower case, base64, URL-encoded). What stays is the
keyed hash of a suppression, so that no import brings the person back, and ids of deliveries, so
that an edition's sums still hold. Such an id is keyed (`tokens.subscriber_id`): who has the database
but not the workspace's secret cannot check a guessed address against it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from newsdigest import logs
from newsdigest.errors import NotFoundError
from newsdigest.model.subscribers import Subscriber, Suppression, SuppressionReason
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store
from newsdigest.subscribing.whose import subscriptions
from newsdigest.text import addresses, tokens

log = logs.get_logger(__name__)


class Eraser(Protocol):
    """What can take a person's address out of places no family of records knows."""

    def erase_text(self, forms: Sequence[str]) -> int:
        """Replace every occurrence in any text column; return how many rows changed."""
        ...

    def compact(self) -> bool:
        """Bring deleted pages and the write-ahead log out of the files; False when a reader prevented it."""
        ...


@dataclass
class ForgetReport:
    """What was deleted and what is left to do by hand."""

    subscriptions: int = 0
    texts: int = 0
    files: int = 0
    left_over: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """One line; no address in it."""
        text = f"{self.subscriptions} subscriptions, {self.texts} other records, {self.files} files"
        return text + (f"; look after: {', '.join(self.left_over)}" if self.left_over else "")


def evidence(*, store: Store, address: str) -> dict[str, Any]:
    """
    Return everything kept about one person as one document: subscriptions, proof, wording agreed to.

    Raises:
        NotFoundError: Nobody has that address.
    """
    with store.read() as unit:
        id_ = subscriptions(unit, address)[0].id
    return evidence_of(store=store, id_=id_)


def evidence_of(*, store: Store, id_: str) -> dict[str, Any]:
    """
    Return everything kept about the person of that id.

    Raises:
        NotFoundError: There is none.
    """
    with store.read() as unit:
        people = unit.subscribers.of_person(id_)
        if not people:
            raise NotFoundError("subscriber", id_)
        events = unit.subscribers.events(id_)
        deliveries = unit.mailings.of_person(id_)
        bounces = unit.mailings.bounces_of(id_)
        wordings = {}
        for event in events:
            for hash_ in _hashes_in(event.detail):
                wordings[hash_] = unit.runs.get_value(f"consent:{hash_}") or ""
    return {
        "id": id_,
        "address": people[0].address,
        "subscriptions": [_shown(person) for person in people],
        "history": [
            {
                "at": e.at.isoformat(),
                "newsletter": e.newsletter_id,
                "what": e.what,
                "detail": _detail(e.detail),
            }
            for e in events
        ],
        "consent_texts": wordings,
        "deliveries": [
            {
                "edition": one.edition_id,
                "state": one.state.value,
                "at": one.changed_at.isoformat() if one.changed_at else "",
                "reason": one.reason,
            }
            for one in deliveries
        ],
        "reports": [
            {"at": one.at.isoformat(), "kind": one.kind.value, "status": one.status} for one in bounces
        ],
    }


def _detail(written: str) -> Any:
    """Return the facts of a step as such; what is no JSON object stays the text it is."""
    try:
        facts = json.loads(written)
    except ValueError:
        return written
    return facts if isinstance(facts, dict) else written


def _hashes_in(detail: str) -> Iterable[str]:
    marker = '"consent": "'
    if marker in detail:
        yield detail.split(marker, 1)[1].split('"', 1)[0]


def _shown(person: Subscriber) -> dict[str, Any]:
    return {
        "newsletter": person.newsletter_id,
        "name": person.name,
        "organisation": person.organisation,
        "language": person.language,
        "topics": list(person.topics),
        "frequency": person.frequency.value,
        "state": person.state.value,
        "legal_basis": person.basis.value,
        "created_at": person.created_at.isoformat(),
        "confirmed_at": person.confirmed_at.isoformat() if person.confirmed_at else None,
        "ended_at": person.ended_at.isoformat() if person.ended_at else None,
        "paused_until": person.paused_until.isoformat() if person.paused_until else None,
    }


def forget(
    *,
    clock: Clock,
    store: Store,
    eraser: Eraser,
    keys: Sequence[bytes],
    address: str,
    remove_files: Callable[[Sequence[str]], int],
    by: str = "office",
) -> ForgetReport:
    """
    Delete one person everywhere.

    Args:
        remove_files: Deletes files of the workspace that hold one of these texts; returns how many.

    Raises:
        NotFoundError: Nobody has that address (nothing is written then).
    """
    usable = addresses.normal(address) or address.strip()
    now = clock.now()
    report = ForgetReport()
    with store.write() as unit:
        found = subscriptions(unit, usable)
        id_ = found[0].id
        forms = _forms(found, usable)
        hash_ = tokens.address_hash(keys, usable)
        for person in found:
            unit.subscribers.suppress(
                Suppression(
                    address_hash=hash_,
                    newsletter_id=person.newsletter_id,
                    reason=SuppressionReason.UNSUBSCRIBED,
                    at=now,
                )
            )
            report.subscriptions += 1
        unit.subscribers.remove(id_)
        unit.subscribers.forget_attempts(address_hashes=tokens.address_hashes(keys, usable))
        unit.audit.add(at=now, by=by, what="subscriber.forget", subject=id_)
    # What a relay answered may quote the address; no family of records knows all such places.
    report.texts = eraser.erase_text(forms)
    report.files = remove_files(forms)
    if not eraser.compact():
        report.left_over.append("the database is in use: run `newsdigest retention` when it is quiet")
    report.left_over.append("backups made before today")
    log.info("person_forgotten", subscriber=id_, records=report.texts, files=report.files)
    return report


def _forms(people: Sequence[Subscriber], address: str) -> tuple[str, ...]:
    """Return every spelling of every address (and full name with it) to be looked for."""
    spelled = dict.fromkeys([address, *(person.address for person in people)])
    return tuple(dict.fromkeys(form for one in spelled for form in addresses.written_forms(one)))
