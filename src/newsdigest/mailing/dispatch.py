"""
Dispatching: an approved, frozen edition becomes one delivery per confirmed recipient.

All of them in one transaction: whoever looks sees no mailing or the whole one. Approval is
for these bytes, so another content hash is refused here, whatever the screens allowed.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.logs import get_logger
from newsdigest.mailing import variants as choosing
from newsdigest.mailing.variants import Choice
from newsdigest.model import embargoes
from newsdigest.model.editions import Edition, EditionState, Placement, Variant
from newsdigest.model.mailings import Delivery, Mailing, UncertainPolicy
from newsdigest.model.subscribers import Subscriber, SubscriberState
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.text import tokens

log = get_logger(__name__)

_PAGE = 500
_READERS = (SubscriberState.CONFIRMED, SubscriberState.PAUSED)  # a pause may have run out
_READY = frozenset({EditionState.APPROVED, EditionState.SCHEDULED, EditionState.NEEDS_DECISION})


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchOrder:
    """
    What to dispatch and how.

    Attributes:
        undo: Time between this and the first mail.
        grace: A planned start missed by more than this needs a decision; None: a person decided.
    """

    edition_id: str
    by: str
    undo: timedelta = timedelta()
    grace: timedelta | None = None
    uncertain: UncertainPolicy = UncertainPolicy.HOLD


def dispatch(
    *,
    clock: Clock,
    store: Store,
    order: DispatchOrder,
    render: Callable[[Edition, str, tuple[str, ...]], Variant],
    keys: Sequence[bytes],
) -> Mailing:
    """
    Return the edition's mailing, made now unless there is one already.

    Args:
        render: Renders a variant for a choice of topics that was not frozen yet.
        keys: For the keyed hashes of suppressed addresses.

    Raises:
        IllegalStepError: Not approved, approved for another content, missed by too long, or under embargo.
        NotFoundError: No such edition.
    """
    with store.read() as unit:
        if known := unit.mailings.mailing(order.edition_id):
            return known
        edition = unit.editions.get(order.edition_id)
        if edition is None:
            raise NotFoundError("edition", order.edition_id)
        frozen = unit.editions.variants(edition.id)
        told = unit.stories.get(sorted(embargoes.told(edition)))
        tellings = unit.items.get(sorted({id_ for story in told.values() for id_ in story.all_ids}))
        wanted = _choices(unit, edition, list(_languages(frozen)))
    approved = _require_approved(edition, frozen)
    now = clock.now()
    if order.grace is not None and now > _wanted_at(edition) + order.grace:
        _ask(store, edition, now=now)
    _require_no_embargo(embargoes.broken(edition, now + order.undo, stories=told, items=tellings), edition)
    mailing = Mailing(
        edition_id=edition.id,
        newsletter_id=edition.newsletter_id,
        content_hash=approved,
        date=(now + order.undo).replace(microsecond=0),
        not_before=now + order.undo,
        uncertain=order.uncertain,
        created_at=now,
    )
    extra: list[Variant] = []
    while True:
        known_choices = choosing.by_choice([*frozen.values(), *extra])
        extra += [render(edition, *one) for one in choosing.missing(wanted, known_choices)]
        _require_content(edition, approved, extra)
        # In this order, as the first language is everybody's whose own we do not have.
        table = {**known_choices, **dict.fromkeys(wanted), **choosing.by_choice([*frozen.values(), *extra])}
        try:
            return _plan(store, order, edition, mailing, extra, table, keys)
        except _NewChoiceError as error:  # somebody chose anew while we rendered
            wanted.add(error.choice)


class _NewChoiceError(Exception):
    """A reader's choice of language and topics was not rendered yet."""

    def __init__(self, choice: Choice) -> None:
        super().__init__()
        self.choice = choice


def _plan(
    store: Store,
    order: DispatchOrder,
    edition: Edition,
    mailing: Mailing,
    extra: Sequence[Variant],
    table: dict[Choice, Variant | None],
    keys: Sequence[bytes],
) -> Mailing:
    """Write the mailing with all its deliveries in one transaction; return it, or the one that came before."""
    now = mailing.created_at
    with store.write() as unit:
        if known := unit.mailings.mailing(edition.id):
            return known
        unit.editions.save(
            dataclasses.replace(
                edition, state=EditionState.SCHEDULED, state_reason="", changed_by=order.by, changed_at=now
            )
        )
        unit.editions.freeze(extra)
        unit.mailings.plan(mailing, _deliveries(unit, edition, table, keys=keys, now=now))
        made = unit.mailings.mailing(edition.id)
        assert made
        unit.audit.add(
            at=now, by=order.by, what="edition.dispatch", subject=edition.id, detail=f"{made.planned} planned"
        )
    log.info("edition_dispatched", edition=edition.id, planned=made.planned, variants=len(table))
    return made


def _require_approved(edition: Edition, frozen: dict[str, Variant]) -> str:
    if edition.state not in _READY or edition.approval is None:
        state = edition.state.replace("_", " ")
        raise IllegalStepError(edition.id, f"cannot be sent while it is {state}; approve it first")
    if not frozen:
        raise IllegalStepError(edition.id, "has no frozen variants; approve it again")
    _require_content(edition, edition.approval.content_hash, list(frozen.values()))
    return edition.approval.content_hash


def _require_content(edition: Edition, approved: str, variants: Sequence[Variant]) -> None:
    """Refuse whatever was rendered from another content than the approved one."""
    if any(variant.content_hash != approved for variant in variants):
        raise IllegalStepError(edition.id, "was changed after its approval; look at it and approve it again")


def _require_no_embargo(held: Sequence[tuple[Placement, datetime]], edition: Edition) -> None:
    """Refuse mails that would leave before a story may be read, whatever was approved: the start may have moved."""
    if held:
        placement, end = max(held, key=lambda one: one[1])
        raise IllegalStepError(
            edition.id,
            f"cannot be sent before {end:%Y-%m-%d}, {end:%H:%M} UTC, when the embargo of"
            f" {placement.headline!r} ends; send it then, or drop the story and approve again",
        )


def _wanted_at(edition: Edition) -> datetime:
    """When it should have begun: the planned time, or the approval where that came later."""
    return max(edition.send_at, edition.approval.at) if edition.approval else edition.send_at


def _ask(store: Store, edition: Edition, *, now: datetime) -> NoReturn:
    """Put a missed edition before a person rather than send a late surprise."""
    minutes = int((now - _wanted_at(edition)).total_seconds() // 60)
    reason = f"the planned start was missed by {minutes} minutes; send it now, or cancel it"
    if edition.state is not EditionState.NEEDS_DECISION:
        with store.write() as unit:
            waiting = dataclasses.replace(
                edition,
                state=EditionState.NEEDS_DECISION,
                state_reason=reason,
                changed_by="dispatch",
                changed_at=now,
            )
            unit.editions.save(waiting)
            unit.audit.add(at=now, by="dispatch", what="edition.missed", subject=edition.id, detail=reason)
        log.warning("edition_missed", edition=edition.id, minutes=minutes)
    raise IllegalStepError(edition.id, reason)


def _languages(frozen: dict[str, Variant]) -> list[str]:
    return list(dict.fromkeys(variant.language for variant in frozen.values()))


def _choices(unit: UnitOfWork, edition: Edition, languages: list[str]) -> set[Choice]:
    people = unit.subscribers.iterate(edition.newsletter_id, states=_READERS)
    return {choosing.choice(person, languages) for person in people} if languages else set()


def _deliveries(
    unit: UnitOfWork,
    edition: Edition,
    table: dict[Choice, Variant | None],
    *,
    keys: Sequence[bytes],
    now: datetime,
) -> Iterator[Delivery]:
    """Yield a delivery for everyone confirmed, in pages, so that memory stays flat."""
    languages = list(dict.fromkeys(language for language, _ in table))
    previous = choosing.previous_day(edition, unit.editions.all(edition.newsletter_id))
    people = unit.subscribers.iterate(edition.newsletter_id, states=_READERS, page=_PAGE)
    for page in _pages(people):
        hashes = {person.id: tokens.address_hashes(keys, person.address) for person in page}
        stopped = unit.subscribers.suppressed(
            [h for own in hashes.values() for h in own], edition.newsletter_id
        )
        for person in page:
            choice = choosing.choice(person, languages)
            if choice not in table:
                raise _NewChoiceError(choice)
            made = choosing.planned(
                edition,
                person,
                table[choice],
                is_suppressed=not stopped.isdisjoint(hashes[person.id]),
                previous=previous,
                now=now,
            )
            if made:
                yield made


def _pages(people: Iterator[Subscriber]) -> Iterator[list[Subscriber]]:
    page: list[Subscriber] = []
    for person in people:
        page.append(person)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
