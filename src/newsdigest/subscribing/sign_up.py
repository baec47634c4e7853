"""
Sign up: what a person does about their own subscription, from a form or by a link in a mail.

Every step reads and writes in one short transaction; a mail is handed over after it, never
within. Tokens are bound to a purpose: the one in every mail ends, pauses or changes a
subscription; only a freshly mailed one shows or deletes what we hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from newsdigest import logs
from newsdigest.errors import NewsdigestError
from newsdigest.model.ids import derive
from newsdigest.model.subscribers import (
    ConsentEvent,
    Frequency,
    SignUpAttempt,
    Subscriber,
    SubscriberState,
    SuppressionReason,
)
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.subscribing import abuse, consent
from newsdigest.subscribing.abuse import Caps, Counts, Verdict
from newsdigest.subscribing.consent import Wishes
from newsdigest.subscribing.manage import end
from newsdigest.subscribing.whose import owner
from newsdigest.text import addresses, tokens

log = logs.get_logger(__name__)

CONFIRM_FOR = timedelta(days=14)
PERSONAL_FOR = timedelta(hours=1)
UNDO_WITHIN = timedelta(days=7)
PAUSE_FOR = timedelta(days=28)


class Answer(StrEnum):
    """What the page says; the same for known and unknown addresses (T16)."""

    ON_ITS_WAY = "on_its_way"
    BAD_ADDRESS = "bad_address"
    TOO_MANY = "too_many"


class Kind(StrEnum):
    """Which letter is to be written."""

    CONFIRM = "confirm"
    ALREADY = "already"
    PERSONAL = "personal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A letter to be written after the transaction: to whom, which, and the token in its link."""

    id: str
    kind: Kind
    person: Subscriber
    language: str
    token: str


Post = Callable[[Errand], str]
"""Writes and hands over one letter; returns its Message-ID. Raises when no relay took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came with a form. `network` is an IP address, of which only a keyed hash is kept."""

    address: str
    newsletter_id: str
    wishes: Wishes
    consent_text: str = ""
    network: str = ""


def sign_up(
    *, clock: Clock, store: Store, keys: Sequence[bytes], request: Request, caps: Caps
) -> tuple[Answer, Errand | None]:
    """Take a sign-up; return what the page says, and the letter to write, if any."""
    now = clock.now()
    address = addresses.normal(request.address)
    if address is None:
        return Answer.BAD_ADDRESS, None
    hashes = tokens.address_hashes(keys, address)
    with store.write() as unit:
        verdict = _may_write(unit, hashes, request.network, keys, caps, now)
        if verdict is Verdict.REFUSE:
            return Answer.TOO_MANY, None
        whose_it_is = owner(unit, keys, address, request.newsletter_id)
        if verdict is Verdict.KEEP_SILENT or _is_barred(unit, hashes, request.newsletter_id):
            return Answer.ON_ITS_WAY, None
        person, event = consent.sign_up(
            whose_it_is.known,
            id_=whose_it_is.id,
            address=address,
            newsletter_id=request.newsletter_id,
            wishes=request.wishes,
            consent_text=request.consent_text,
            now=now,
        )
        unit.subscribers.put([person])
        unit.subscribers.add_event(event)
        unit.runs.put_value(f"consent:{consent.text_hash(request.consent_text)}", request.consent_text)
        _count(unit, hashes[0], request.network, keys, now)
    is_known = person.state in (SubscriberState.CONFIRMED, SubscriberState.PAUSED)
    if is_known:
        token = tokens.sign(keys, "preferences", person.id, person.newsletter_id)
    else:
        token = confirm_token(keys, person, request.wishes, now)
    language = person.language if is_known else request.wishes.language
    kind = Kind.ALREADY if is_known else Kind.CONFIRM
    return Answer.ON_ITS_WAY, _errand(kind, person, language, token, now)


def ask_for_data(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    address: str,
    language: str,
    network: str,
    caps: Caps,
) -> tuple[Answer, Errand | None]:
    """Take the wish to see or delete one's data; the link goes to the mailbox, never to the screen."""
    now = clock.now()
    usable = addresses.normal(address)
    if usable is None:
        return Answer.BAD_ADDRESS, None
    hashes = tokens.address_hashes(keys, usable)
    with store.write() as unit:
        verdict = _may_write(unit, hashes, network, keys, caps, now)
        if verdict is Verdict.REFUSE:
            return Answer.TOO_MANY, None
        found = unit.subscribers.at_address(usable)
        if verdict is Verdict.KEEP_SILENT or not found:
            return Answer.ON_ITS_WAY, None
        _count(unit, hashes[0], network, keys, now)
    person = found[0]
    token = tokens.sign(keys, "personal", person.id, now.isoformat())
    return Answer.ON_ITS_WAY, _errand(Kind.PERSONAL, person, language or person.language, token, now)


def deliver(*, clock: Clock, store: Store, errand: Errand, post: Post) -> bool:
    """Write the letter and keep its Message-ID as proof; False when no relay took it."""
    try:
        message_id = post(errand)
    except NewsdigestError as error:
        log.warning("letter_not_sent", letter=errand.id, kind=errand.kind.value, reason=str(error))
        return False
    if errand.kind is Kind.CONFIRM:
        with store.write() as unit:
            event = consent.event(errand.person, "confirmation_sent", clock.now(), message_id=message_id)
            unit.subscribers.add_event(event)
    log.info("letter_sent", letter=errand.id, kind=errand.kind.value)
    return True


def confirm_token(keys: Sequence[bytes], person: Subscriber, wishes: Wishes, now: datetime) -> str:
    """Return the token of a confirmation link: person, instant and wishes."""
    return tokens.sign(
        keys,
        "confirm",
        person.id,
        person.newsletter_id,
        now.isoformat(),
        wishes.language,
        wishes.frequency.value,
        " ".join(wishes.topics),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What a confirmation link says."""

    subscriber_id: str
    newsletter_id: str
    asked_at: datetime
    wishes: Wishes


def read_confirmation(keys: Sequence[bytes], token: str, *, now: datetime) -> Confirmation | None:
    """Return what the link says, None when it is not ours or too old."""
    subject = tokens.read(keys, "confirm", token)
    if subject is None or len(subject) != 6:
        return None
    asked_at = datetime.fromisoformat(subject[2])
    if not asked_at <= now <= asked_at + CONFIRM_FOR:
        return None
    wishes = Wishes(language=subject[3], frequency=Frequency(subject[4]), topics=tuple(subject[5].split()))
    return Confirmation(subscriber_id=subject[0], newsletter_id=subject[1], asked_at=asked_at, wishes=wishes)


def read_personal(keys: Sequence[bytes], token: str, *, now: datetime) -> str | None:
    """Return whose data the link shows, None when it is not ours or older than an hour."""
    subject = tokens.read(keys, "personal", token)
    if subject is None or len(subject) != 2:
        return None
    return subject[0] if timedelta() <= now - datetime.fromisoformat(subject[1]) <= PERSONAL_FOR else None


def read_mailed(keys: Sequence[bytes], purpose: str, token: str) -> tuple[str, str] | None:
    """Return (subscriber id, newsletter id) of a link in a mail, None when it is not ours."""
    subject = tokens.read(keys, purpose, token)
    return (subject[0], subject[1]) if subject is not None and len(subject) >= 2 else None


def confirm(*, clock: Clock, store: Store, keys: Sequence[bytes], token: str) -> Subscriber | None:
    """
    Confirm a sign-up; doing it twice is doing it once. None when the link is void.

    "Unsubscribed" is lifted, as the person themselves asks again; bounces and complaints stay.
    """
    now = clock.now()
    said = read_confirmation(keys, token, now=now)
    if said is None:
        return None
    with store.write() as unit:
        person = unit.subscribers.get(said.subscriber_id, said.newsletter_id)
        if person is None:
            return None
        hashes = tokens.address_hashes(keys, person.address)
        if _is_barred(unit, hashes, said.newsletter_id):
            return None
        made, event = consent.confirm(person, wishes=said.wishes, asked_at=said.asked_at, now=now)
        if event is not None:
            _keep(unit, made, event)
            unit.subscribers.lift(hashes, said.newsletter_id)
            unit.subscribers.forget_attempts(address_hashes=hashes)
    return made if made.state in (SubscriberState.CONFIRMED, SubscriberState.PAUSED) else None


class Act(StrEnum):
    """What a person does to their subscription by a link."""

    UNSUBSCRIBE = "unsubscribe"
    UNDO = "undo"
    PAUSE = "pause"
    RESUME = "resume"
    MONTHLY = "monthly"
    WEEKLY = "weekly"
    SAVE = "save"


def act(
    *,
    clock: Clock,
    store: Store,
    keys: Sequence[bytes],
    who: tuple[str, str],
    what: Act,
    wishes: Wishes | None = None,
    how: str = "page",
) -> Subscriber | None:
    """
    Do what a signed link asks for; doing it twice is doing it once. None when the person is gone.

    Args:
        who: (subscriber id, newsletter id) as the token said.
        how: Kept as proof: `page`, `one-click`, `preferences`.
    """
    now = clock.now()
    with store.write() as unit:
        person = unit.subscribers.get(*who)
        if person is None:
            return None
        made, event = _step(person, what, wishes, now, how)
        if what is Act.UNSUBSCRIBE:
            end(unit, made, keys, SuppressionReason.UNSUBSCRIBED, clock)
        if event is not None:
            _keep(unit, made, event)
            if what is Act.UNDO:
                unit.subscribers.lift(tokens.address_hashes(keys, person.address), person.newsletter_id)
    if event is not None:
        log.info("subscription_changed", subscriber=person.id, what=event.what, how=how)
    return made


def _step(
    person: Subscriber, what: Act, wishes: Wishes | None, now: datetime, how: str
) -> tuple[Subscriber, ConsentEvent | None]:
    kept = Wishes(language=person.language, topics=person.topics, frequency=person.frequency)
    match what:
        case Act.UNSUBSCRIBE:
            return consent.unsubscribe(person, now=now, how=how)
        case Act.UNDO:
            return consent.undo(person, now=now, within=UNDO_WITHIN)
        case Act.PAUSE:
            return consent.pause(person, until=now + PAUSE_FOR, now=now)
        case Act.RESUME:
            return consent.resume(person, now=now)
        case Act.MONTHLY | Act.WEEKLY:
            asked = Wishes(language=kept.language, topics=kept.topics, frequency=Frequency(what.value))
            return consent.prefer(person, asked, now=now)
        case Act.SAVE:
            return consent.prefer(person, wishes or kept, now=now)


def _keep(unit: UnitOfWork, person: Subscriber, event: ConsentEvent) -> None:
    unit.subscribers.put([person])
    unit.subscribers.add_event(event)


def _is_barred(unit: UnitOfWork, hashes: Sequence[str], newsletter_id: str) -> bool:
    """Whether an address bounced, complained or was barred by hand: no request of anybody changes that."""
    return any(
        decision.reason is not SuppressionReason.UNSUBSCRIBED
        and decision.newsletter_id in ("", newsletter_id)
        for decision in unit.subscribers.suppressions(hashes)
    )


def _may_write(
    unit: UnitOfWork, hashes: Sequence[str], network: str, keys: Sequence[bytes], caps: Caps, now: datetime
) -> Verdict:
    people = unit.subscribers
    from_network = tokens.address_hash(keys, abuse.network_of(network) or "unknown")
    return abuse.judge(
        Counts(
            address_day=max(people.attempts(since=now - abuse.DAY, address_hash=hash_) for hash_ in hashes),
            address_total=max(people.attempts(address_hash=hash_) for hash_ in hashes),
            network_hour=people.attempts(since=now - abuse.HOUR, network_hash=from_network),
            site_hour=people.attempts(since=now - abuse.HOUR),
        ),
        caps,
    )


def _count(unit: UnitOfWork, hash_: str, network: str, keys: Sequence[bytes], now: datetime) -> None:
    from_network = tokens.address_hash(keys, abuse.network_of(network) or "unknown")
    unit.subscribers.add_attempt(
        SignUpAttempt(address_hash=hash_, network_hash=from_network, what="mail", at=now)
    )


def _errand(kind: Kind, person: Subscriber, language: str, token: str, now: datetime) -> Errand:
    id_ = "l" + derive("letter", kind.value, person.id, person.newsletter_id, now.isoformat())
    return Errand(id=id_, kind=kind, person=person, language=language, token=token)
