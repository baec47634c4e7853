"""The parts of mailing: ports meet tools, one method per job."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.mailing.links import LinkMaker
    from newsdigest.mailing.send import SendTools
    from newsdigest.model.editions import Edition, Variant
    from newsdigest.model.mailings import Delivery, Mailing, MailingReport
    from newsdigest.model.newsletters import Newsletter
    from newsdigest.ports.mail import MailTransport, MessageSigner

Progress = Callable[[int, int], None]


class MailingParts(Base):
    """What the doors ask of mailing."""

    @cached_property
    def stopping(self) -> threading.Event:
        """Set to make a running send end cleanly."""
        return threading.Event()

    def dispatch(self, edition_id: str, *, by: str, undo: timedelta | None = None, is_due: bool = False) -> Mailing:
        """
        Plan an approved edition's deliveries; return its mailing (the one there is, if there is one).

        Args:
            undo: Time before the first mail; None for the newsletter's own.
            is_due: Nudged by the clock: a start missed by more than the grace needs a decision.

        Raises:
            IllegalStepError: Not approved, changed since, or missed.
            PreflightError: Something must be put right before anything is sent.
        """
        from newsdigest.mailing.dispatch import DispatchOrder, dispatch
        from newsdigest.model.mailings import UncertainPolicy

        edition = self._edition(edition_id)
        newsletter = self.newsletter(edition.newsletter_id)
        order = DispatchOrder(
            edition_id=edition_id,
            by=by,
            undo=timedelta(minutes=newsletter.undo_minutes) if undo is None else undo,
            grace=timedelta(minutes=newsletter.grace_minutes) if is_due else None,
            uncertain=UncertainPolicy(self.workspace.main.mail.uncertain),
        )
        return dispatch(
            clock=self.clock, store=self.store, order=order, render=self._render_variant, keys=self.secret_keys
        )

    def send(
        self,
        edition_id: str,
        *,
        by: str = "office",
        wait: timedelta = timedelta(minutes=10),
        progress: Progress = lambda done, total: None,
    ) -> MailingReport:
        """
        Dispatch an edition if need be, and deliver until done; goes on where an earlier run ended.

        Args:
            wait: How long to stay for messages that the relay wants later.

        Raises:
            IllegalStepError: Not approved, paused, cancelled, or sent by another process.
        """
        from newsdigest.mailing.send import SendOrder, send

        self.dispatch(edition_id, by=by, undo=timedelta())
        mail = self.workspace.main.mail
        order = SendOrder(
            edition_id=edition_id,
            owner=_owner(),
            wait=wait,
            per_minute=mail.per_minute,
            domain_limits=tuple(sorted(mail.domain_limits.items())),
        )
        with self._stopped_by_signals():
            return send(tools=self._send_tools(self._edition(edition_id), progress), order=order)

    def mailing_report(self, edition_id: str) -> MailingReport:
        """
        Return what became of an edition's mail.

        Raises:
            NotFoundError: It was not dispatched.
        """
        from newsdigest.mailing import report

        return report.read(self.store, edition_id)

    def deliveries(self, edition_id: str) -> Iterator[Delivery]:
        """Yield every delivery of an edition, by id."""
        with self.store.read() as unit:
            yield from unit.mailings.of_edition(edition_id)

    # -- parts

    def mail_transport(self) -> MailTransport:
        """Return the transport of the settings: relays, or a folder for dry runs."""
        mail = self.workspace.main.mail
        if mail.outbox is not None:
            from newsdigest.adapters.eml_transport import EMLTransport

            return EMLTransport(self.workspace.folder / mail.outbox)
        from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
        from newsdigest.settings.secrets import load_password

        relays = [
            Relay(
                host=relay.host,
                port=relay.port,
                tls=relay.tls,
                user=relay.user,
                password=load_password(relay.password_file) if relay.user else "",
                connections=relay.connections,
                ca_file=str(self.workspace.folder / relay.ca_file) if relay.ca_file else "",
            )
            for relay in mail.relays
        ]
        return SMTPTransport(
            relays, helo=mail.helo, timeout_to_dot=mail.timeout_to_dot, timeout_after_dot=mail.timeout_after_dot
        )

    def message_signer(self) -> MessageSigner | None:
        """Return the DKIM signer of the settings, None where the relay signs."""
        return None

    def link_maker(self, edition: Edition, newsletter: Newsletter) -> LinkMaker:
        """Return what makes the links of an edition's messages."""
        from newsdigest.mailing.links import LinkMaker, https

        public_url = https(self.workspace.main.web.public_url or newsletter.web_url)
        return LinkMaker(
            keys=self.secret_keys,
            newsletter_id=newsletter.id,
            public_url=public_url,
            web_url=f"{public_url}/archive/{edition.id}",
            sender=newsletter.sender.address,
            bounce_domain=self.workspace.main.mail.bounce_domain,
        )

    def _send_tools(self, edition: Edition, progress: Progress) -> SendTools:
        from newsdigest.adapters import process_watch
        from newsdigest.mailing.send import SendTools

        newsletter = self.newsletter(edition.newsletter_id)
        return SendTools(
            clock=self.clock,
            store=self.store,
            transport=self.mail_transport(),
            newsletter=newsletter,
            links=self.link_maker(edition, newsletter),
            keys=self.secret_keys,
            is_alive=process_watch.is_alive,
            pause=self._pause,
            should_stop=self.stopping.is_set,
            progress=progress,
            signer=self.message_signer(),
        )

    def _pause(self, seconds: float) -> None:
        """Wait that long; a clock that stands still is moved on instead."""
        before = self.clock.now()
        still = isinstance(self.clock, FixedClock)
        self.stopping.wait(0.001 if still else seconds)
        move = getattr(self.clock, "set", None)
        if move and self.clock.now() == before:
            move(before + timedelta(seconds=seconds))

    def _edition(self, edition_id: str) -> Edition:
        from newsdigest.errors import NotFoundError

        with self.store.read() as unit:
            edition = unit.editions.get(edition_id)
        if edition is None:
            raise NotFoundError("edition", edition_id)
        return edition

    def _render_variant(self, edition: Edition, language: str, topics: tuple[str, ...]) -> Variant:
        made: Variant = self.render(edition, language, topics)  # type: ignore[attr-defined]  # editing's part
        return made

    @contextmanager
    def _stopped_by_signals(self) -> Iterator[None]:
        """Within, SIGTERM and SIGINT let what is under way finish and take nothing more."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(_number: int, _frame: Any) -> None:
            self.stopping.set()

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _owner() -> str:
    from newsdigest.adapters import process_watch

    return f"{process_watch.own_name()}/{threading.get_ident()}"
