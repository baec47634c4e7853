"""A small world for tests of mailing: a store with an approved edition and people who want it."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

from newsdigest.adapters.process_watch import is_alive, own_name
from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.mailing.desk import SendOrder, SendTools
from newsdigest.mailing.dispatch import DispatchOrder, dispatch
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.send import send
from newsdigest.model import ids
from newsdigest.model.editions import Approval, Edition, EditionState, Variant
from newsdigest.model.mailings import DeliveryState, Mailing, MailingReport, UncertainPolicy
from newsdigest.model.newsletters import Newsletter, Sender
from newsdigest.model.subscribers import LegalBasis, Subscriber, SubscriberState
from newsdigest.ports.mail import MailTransport

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
KEYS = (b"0123456789abcdef0123456789abcdef",)
EDITION = "weekly-2026-03-12"
CONTENT = "c" * 64


def make_variant(
    language: str = "de",
    *,
    variant_id: str = "",
    topics: tuple[str, ...] = (),
    subject: str = "Newsletter KW 11/2026: Förderbescheid für Dresden",
    html: str = "",
    text: str = "",
    story_ids: tuple[str, ...] = ("s1",),
    content_hash: str = CONTENT,
) -> Variant:
    links = "https://u.invalid/unsubscribe", "https://u.invalid/preferences", "https://u.invalid/web"
    text = (
        text
        or f"Grüße aus Dresden.\n\nAbmelden: {links[0]}\nEinstellungen: {links[1]}\nIm Browser: {links[2]}\n"
    )
    html = html or (
        f'<html lang="{language}"><body><h1>Grüße</h1><p><a href="{links[0]}">Abmelden</a> '
        f'<a href="{links[1]}">Einstellungen</a> <a href="{links[2]}">Im Browser</a></p></body></html>\n'
    )
    return Variant(
        edition_id=EDITION,
        id=variant_id or language,
        language=language,
        topics=topics,
        subject=subject,
        html=html,
        text=text,
        digest=hashlib.sha256(f"{subject}{html}{text}".encode("utf-8", "surrogatepass")).hexdigest(),
        story_ids=story_ids,
        content_hash=content_hash,
    )


def make_newsletter(**changes: object) -> Newsletter:
    values: dict[str, object] = {
        "id": "weekly",
        "titles": (("de", "Biosphäre Wöchentlich"), ("en", "Biosphere Weekly")),
        "languages": ("de", "en"),
        "sections": (),
        "sender": Sender(
            address="digest@news.example.org",
            names=(("de", "Biosphäre Sachsen e. V."), ("en", "Biosphere Saxony")),
            list_id="weekly.example.org",
        ),
        "imprint": (("de", "Impressum: Biosphäre Sachsen e. V."), ("en", "Imprint: Biosphere Saxony")),
    }
    return Newsletter(**{**values, **changes})  # type: ignore[arg-type]


def make_person(
    number: int, *, language: str = "de", domain: str = "example.com", **changes: object
) -> Subscriber:
    address = f"reader{number:05d}@{domain}"
    values: dict[str, object] = {
        "id": "p" + ids.derive("subscriber", address),
        "address": address,
        "newsletter_id": "weekly",
        "language": language,
        "state": SubscriberState.CONFIRMED,
        "basis": LegalBasis.CONSENT,
        "created_at": NOW,
        "confirmed_at": NOW,
    }
    return Subscriber(**{**values, **changes})  # type: ignore[arg-type]


@cache
def _migrated() -> bytes:
    """Return a SQLite file at our schema; made once, as migrating takes half a second."""
    from newsdigest.adapters.sql_store import schema  # slow to import; a sender does not need it

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.db"
        store = SQLStore(f"sqlite:///{path}")
        schema.migrate(store)
        store.close()  # the last one to close brings the log into the file
        return path.read_bytes()


@dataclass
class MailWorld:
    """A store in a folder with one approved edition."""

    folder: Path
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    newsletter: Newsletter = field(default_factory=make_newsletter)

    def __post_init__(self) -> None:
        path = self.folder / "newsdigest.db"
        if not path.exists():
            path.write_bytes(_migrated())
        self.store = SQLStore(f"sqlite:///{path}")

    def close(self) -> None:
        self.store.close()

    def add_people(self, people: Iterable[Subscriber]) -> None:
        with self.store.write() as unit:
            unit.subscribers.put(people)

    def add_edition(self, variants: Sequence[Variant] = (), **changes: object) -> Edition:
        values: dict[str, object] = {
            "id": EDITION,
            "newsletter_id": "weekly",
            "day": date(2026, 3, 12),
            "number": 11,
            "state": EditionState.APPROVED,
            "window": (NOW - timedelta(days=7), NOW),
            "send_at": NOW,
            "created_at": NOW,
            "approval": Approval(content_hash=CONTENT, by="chief", at=NOW),
        }
        edition = Edition(**{**values, **changes})  # type: ignore[arg-type]
        with self.store.write() as unit:
            unit.editions.add(edition)
            unit.editions.freeze(
                variants or [make_variant("de"), make_variant("en", subject="Weekly 11/2026")]
            )
        return edition

    def dispatch(
        self,
        *,
        undo: timedelta = timedelta(),
        grace: timedelta | None = None,
        uncertain: UncertainPolicy = UncertainPolicy.HOLD,
    ) -> Mailing:
        order = DispatchOrder(edition_id=EDITION, by="chief", undo=undo, grace=grace, uncertain=uncertain)
        return dispatch(clock=self.clock, store=self.store, order=order, render=self.render, keys=KEYS)

    def render(self, edition: Edition, language: str, topics: tuple[str, ...]) -> Variant:
        name = f"{language}.{hashlib.sha256('|'.join(topics).encode()).hexdigest()[:8]}"
        return make_variant(
            language, variant_id=name, topics=topics, story_ids=() if "nothing" in topics else ("s1",)
        )

    def links(self, **changes: object) -> LinkMaker:
        values: dict[str, object] = {
            "keys": KEYS,
            "newsletter_id": "weekly",
            "public_url": "https://news.example.org",
            "sender": "digest@news.example.org",
            "bounce_domain": "bounce.example.org",
        }
        return LinkMaker(**{**values, **changes})  # type: ignore[arg-type]

    def tools(self, transport: MailTransport, **changes: object) -> SendTools:
        def pause(seconds: float) -> None:
            self.clock.advance(timedelta(seconds=seconds))

        values: dict[str, object] = {
            "clock": self.clock,
            "store": self.store,
            "transport": transport,
            "newsletter": self.newsletter,
            "links": self.links(),
            "keys": KEYS,
            "is_alive": is_alive,
            "pause": pause,
        }
        return SendTools(**{**values, **changes})  # type: ignore[arg-type]

    def send(
        self, transport: MailTransport, *, wait: timedelta = timedelta(), **changes: object
    ) -> MailingReport:
        order: dict[str, object] = {"edition_id": EDITION, "owner": own_name(), "wait": timedelta(minutes=10)}
        order["patience"] = timedelta(seconds=10)
        for name in ("per_minute", "domain_limits", "owner", "patience"):
            if name in changes:
                order[name] = changes.pop(name)
        order["wait"] = wait or timedelta(minutes=10)
        return send(tools=self.tools(transport, **changes), order=SendOrder(**order))  # type: ignore[arg-type]

    def counts(self) -> dict[DeliveryState, int]:
        with self.store.read() as unit:
            return unit.mailings.counts(EDITION)
