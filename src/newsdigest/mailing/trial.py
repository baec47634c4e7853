"""
Test mails: the bytes that would go out, to testers, marked "[Test]", beside the ledger.

Their one-click link carries a token of another purpose, so that a curious click takes nobody
off a list.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from newsdigest.errors import NewsdigestError, Retryable
from newsdigest.mailing import wire_rules
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.message_building import template
from newsdigest.model import ids
from newsdigest.model.editions import Variant
from newsdigest.model.mailings import Delivery, DeliveryState, HandOver, Message
from newsdigest.model.newsletters import Newsletter
from newsdigest.ports.clock import Clock
from newsdigest.ports.mail import MailTransport, MessageSigner
from newsdigest.ports.storage import Store
from newsdigest.text import public_links, tokens

PURPOSE = "test"


def send(
    *,
    clock: Clock,
    store: Store,
    transport: MailTransport,
    newsletter: Newsletter,
    links: LinkMaker,
    variants: Sequence[Variant],
    testers: Sequence[str],
    signer: MessageSigner | None = None,
    by: str,
) -> list[str]:
    """
    Return `address variant` of every test mail that a relay took.

    Raises:
        NewsdigestError: A rule is broken; nothing is sent.
        Retryable: A relay did not take one.
    """
    now = clock.now()
    messages, names = [], {}
    dry = dataclasses.replace(links, bounce_domain="")
    token = tokens.sign(links.keys, PURPOSE, newsletter.id)
    for variant in variants:
        made = template(variant, newsletter, date=now, signer=signer, mark="[Test]")
        for tester in testers:
            delivery = _delivery(variant, tester, now.isoformat())
            recipient = dataclasses.replace(
                dry.recipient(delivery, tester),
                unsubscribe=public_links.unsubscribe(links.public_url, token),
                preferences=public_links.preferences(links.public_url, token),
            )
            content = made.fill(recipient)
            if problems := wire_rules.broken(content, is_signed=signer is not None):
                raise NewsdigestError(f"the test mail breaks rules: {'; '.join(problems[:5])}")
            messages.append(
                Message(
                    delivery_id=delivery.id,
                    mail_from=newsletter.sender.address,
                    rcpt_to=tester,
                    content=content,
                )
            )
            names[delivery.id] = f"{tester} {variant.id}"
    desk = TrialDesk(messages)
    transport.deliver(desk)
    taken = [
        names[id_] for id_ in names if id_ in desk.answers and desk.answers[id_].state is DeliveryState.SENT
    ]
    with store.write() as unit:
        detail = f"{len(taken)} of {len(messages)}"
        unit.audit.add(at=now, by=by, what="edition.test_mail", subject=variants[0].edition_id, detail=detail)
    if len(taken) < len(messages):
        refused = next((one for one in desk.answers.values() if one.state is not DeliveryState.SENT), None)
        said = (
            f"{refused.phase}: {refused.code or ''} {refused.reply}"
            if refused
            else "no relay could be reached"
        )
        raise Retryable(f"{len(taken)} of {len(messages)} test mails were taken; the relay said {said}")
    return taken


class TrialDesk:
    """A desk without a ledger: gives every message once, and ends when no relay lets us in."""

    def __init__(self, messages: Sequence[Message]) -> None:
        self._waiting = list(messages)
        self._is_refused = False
        self.answers: dict[str, HandOver] = {}

    def take(self, count: int) -> Sequence[Message]:
        given, self._waiting = self._waiting[:count], self._waiting[count:]
        return given

    def settle(self, handed: Sequence[HandOver], dotting: Sequence[str]) -> frozenset[str]:
        for one in handed:
            self.answers[one.delivery_id] = one
            self._is_refused |= one.is_for_all
        return frozenset(dotting)

    def is_stopping(self) -> bool:
        return self._is_refused


def _delivery(variant: Variant, tester: str, moment: str) -> Delivery:
    # The moment makes every test a message of its own; an equal Message-ID would be dropped as a double.
    return Delivery(
        id=ids.delivery_id(
            f"test/{variant.edition_id}/{variant.id}/{moment}", "p" + ids.derive("tester", tester)
        ),
        edition_id=variant.edition_id,
        subscriber_id="p" + ids.derive("tester", tester),
        variant_id=variant.id,
        domain=tester.rpartition("@")[2],
    )
