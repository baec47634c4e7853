"""Amend: what the office changes of one person's subscription; who has left or waits is not touched by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from newsdigest import logs
from newsdigest.errors import NotFoundError
from newsdigest.model.subscribers import Subscriber
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store
from newsdigest.subscribing import consent
from newsdigest.subscribing.consent import Wishes

log = logs.get_logger(__name__)

PAUSE_FOR = timedelta(days=28)


class Change(StrEnum):
    """What the office may change; leaving and deleting have jobs of their own."""

    SAVE = "save"
    PAUSE = "pause"
    RESUME = "resume"


def amend(
    *,
    clock: Clock,
    store: Store,
    subscriber_id: str,
    newsletter_id: str,
    what: Change,
    wishes: Wishes | None = None,
    by: str,
) -> tuple[Subscriber, bool]:
    """
    Return the subscription as it is now, and whether anything changed; the change is kept as proof.

    Name and organisation are the office's own notes: no proof is made of them, the audit names the act.

    Raises:
        NotFoundError: There is no such subscription.
    """
    now = clock.now()
    with store.write() as unit:
        person = unit.subscribers.get(subscriber_id, newsletter_id)
        if person is None:
            raise NotFoundError("subscriber", subscriber_id)
        match what:
            case Change.PAUSE:
                made, event = consent.pause(person, until=now + PAUSE_FOR, now=now)
            case Change.RESUME:
                made, event = consent.resume(person, now=now)
            case Change.SAVE:
                asked = wishes or Wishes(
                    language=person.language, topics=person.topics, frequency=person.frequency,
                    name=person.name, organisation=person.organisation,
                )  # fmt: skip
                made, event = consent.prefer(person, asked, now=now)
                made = replace(made, name=asked.name, organisation=asked.organisation)
        if made == person:
            return person, False
        unit.subscribers.put([made])
        if event is not None:
            unit.subscribers.add_event(event)
        unit.audit.add(
            at=now, by=by, what=f"subscriber.{what.value}", subject=person.id, detail=newsletter_id
        )
    log.info("subscription_amended", subscriber=person.id, what=what.value)
    return made, True
