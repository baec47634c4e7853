"""The parts of mailing: ports meet tools, one method per job."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from newsdigest.adapters.system_clock import FixedClock
from newsdigest.assembly.mail_tools import MailTools

if TYPE_CHECKING:
    from datetime import datetime

    from newsdigest.mailing.desk import SendTools
    from newsdigest.mailing.steer import Decision
    from newsdigest.model.editions import Edition
    from newsdigest.model.mailings import Bounce, Delivery, Mailing, MailingReport
    from newsdigest.ports.storage import Store

Progress = Callable[[int, int], None]


class MailingParts(MailTools):
    """What the doors ask of mailing."""

    @cached_property
    def stopping(self) -> threading.Event:
        """Set to make a running send end cleanly."""
        return threading.Event()

    def dispatch(
        self, edition_id: str, *, by: str, undo: timedelta | None = None, is_due: bool = False
    ) -> Mailing:
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
        self._require_preflight(edition, newsletter)
        order = DispatchOrder(
            edition_id=edition_id,
            by=by,
            undo=timedelta(minutes=newsletter.undo_minutes) if undo is None else undo,
            grace=timedelta(minutes=newsletter.grace_minutes) if is_due else None,
            uncertain=UncertainPolicy(self.workspace.main.mail.uncertain),
        )
        return dispatch(
            clock=self.clock, store=self.store, order=order, render=self.render, keys=self.secret_keys
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
        from newsdigest.mailing.desk import SendOrder
        from newsdigest.mailing.send import send

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

    def send_due(self, *, progress: Progress = lambda done, total: None) -> str:
        """
        The sending job: what was approved for now begins, what is under way goes on.

        Returns one line about what was done, "" else.
        """
        from newsdigest.adapters import process_watch
        from newsdigest.errors import NewsdigestError, StoreError
        from newsdigest.mailing import steer
        from newsdigest.model.editions import EditionState
        from newsdigest.model.mailings import MailingState

        lines = []
        now = self.clock.now()
        steer.clear_up(clock=self.clock, store=self.store, is_alive=process_watch.is_alive)
        with self.store.read() as unit:
            due = [
                edition
                for edition in unit.editions.all()
                if edition.state is EditionState.APPROVED and edition.approval and edition.send_at <= now
            ]
        for edition in due:
            try:
                undo = timedelta(minutes=self.newsletter(edition.newsletter_id).undo_minutes)
                left = (edition.approval.at if edition.approval else now) + undo - now
                self.dispatch(edition.id, by="clock", undo=max(timedelta(), left), is_due=True)
            except StoreError:
                raise
            except NewsdigestError as error:  # one edition's trouble must not stop the others
                lines.append(str(error))
        with self.store.read() as unit:
            under_way = unit.mailings.mailings([MailingState.WAITING, MailingState.SENDING])
            late = {one.edition_id: unit.mailings.next_due(one.edition_id) for one in under_way}
        now = self.clock.now()  # what was dispatched a moment ago may begin, too
        for mailing in under_way:
            if mailing.not_before > now or not self._has_work(mailing.edition_id, late[mailing.edition_id]):
                continue
            try:
                report = self.send(mailing.edition_id, by="clock", wait=timedelta(), progress=progress)
                lines.append(
                    f"{report.edition_id}: {', '.join(f'{number} {state}' for state, number in report.counts)}"
                )
            except StoreError:
                raise
            except NewsdigestError as error:  # one edition's trouble must not stop the others
                lines.append(str(error))
        return "; ".join(lines)

    def _has_work(self, edition_id: str, next_due: datetime | None) -> bool:
        """Whether anything of a mailing can be done now (else only deferred ones wait for their time)."""
        from newsdigest.model.mailings import OPEN_STATES, DeliveryState

        with self.store.read() as unit:
            counts = unit.mailings.counts(edition_id)
        is_now = any(counts.get(state) for state in OPEN_STATES - {DeliveryState.DEFERRED})
        is_finished = not any(counts.get(state) for state in OPEN_STATES)
        return is_now or is_finished or (next_due is not None and next_due <= self.clock.now())

    def pause(self, edition_id: str, *, by: str, reason: str = "") -> None:
        """Stop a mailing until somebody resumes it; a running sender obeys within a second."""
        from newsdigest.mailing import steer

        steer.pause(clock=self.clock, store=self.store, edition_id=edition_id, by=by, reason=reason)

    def resume(
        self, edition_id: str, *, by: str, uncertain: Decision = "hold", retries_failed: bool = False
    ) -> int:
        """
        Let a paused mailing go on (the sending job or `send` delivers); return how many were decided.

        Args:
            uncertain: `hold`, `sent` (count them as sent) or `again` (send to them again).
            retries_failed: Try refused deliveries again.
        """
        from newsdigest.mailing import steer

        return steer.resume(
            clock=self.clock,
            store=self.store,
            edition_id=edition_id,
            by=by,
            uncertain=uncertain,
            retries_failed=retries_failed,
        )

    def cancel(self, edition_id: str, *, by: str) -> int:
        """End a mailing for good; return how many will get nothing."""
        from newsdigest.adapters import process_watch
        from newsdigest.mailing import steer

        return steer.cancel(
            clock=self.clock, store=self.store, edition_id=edition_id, by=by, is_alive=process_watch.is_alive
        )

    def take_back(self, edition_id: str, *, by: str) -> None:
        """Undo the sending of an edition before its first mail: it is approved as before."""
        from newsdigest.mailing import steer

        steer.take_back(clock=self.clock, store=self.store, edition_id=edition_id, by=by)

    def test_mail(self, edition_id: str, *, to: Sequence[str] = (), by: str = "office") -> list[str]:
        """
        Send every language of an edition to testers; return who got how many (address, variant).

        Args:
            to: Addresses; none: the newsletter's testers.

        Raises:
            UsageError: There are no testers.
            Retryable: No relay took them.
        """
        from newsdigest.errors import UsageError
        from newsdigest.mailing import trial

        edition = self._edition(edition_id)
        newsletter = self.newsletter(edition.newsletter_id)
        testers = tuple(to) or newsletter.testers
        if not testers:
            raise UsageError(
                f"there is nobody to send a test to; name addresses, or set testers of {newsletter.id!r}"
            )
        variants = self.variants(edition_id)
        transport = self.mail_transport()
        try:
            return trial.send(
                clock=self.clock,
                store=self.store,
                transport=transport,
                newsletter=newsletter,
                links=self.link_maker(newsletter),
                variants=list(variants.values()),
                testers=testers,
                signer=self.message_signer(),
                by=by,
            )
        finally:
            transport.close()

    def absorb_bounces(self) -> str:
        """The absorbing job: read the mailbox of reports; one line about what came, "" else."""
        from newsdigest.mailing.absorb import absorb

        inbox = self.bounce_inbox()
        if inbox is None:
            return ""
        try:
            made = absorb(
                clock=self.clock,
                store=self.store,
                inbox=inbox,
                keys=self.secret_keys,
                limit=self.workspace.main.mail.bounces.soft_limit,
            )
        finally:
            inbox.close()
        return made.line

    def absorb_webhook(self, body: bytes, signature: str) -> str:
        """
        Take reports that a provider pushes; return one line about them.

        Raises:
            SignatureError: No secret is set, or the signature does not fit.
            UsageError: The body is no such document.
        """
        from newsdigest.mailing import webhook
        from newsdigest.mailing.absorb import absorb_events
        from newsdigest.settings.secrets import load_password

        bounces = self.workspace.main.mail.bounces
        secret = load_password(bounces.webhook_secret_file).encode() if bounces.webhook_secret_file else b""
        if not webhook.is_signed(body, signature, secret):
            raise webhook.SignatureError(
                "the webhook's signature does not fit; set mail.bounces.webhook_secret_file on both sides"
            )
        events = webhook.read(body, keys=self.secret_keys)
        return absorb_events(
            clock=self.clock, store=self.store, events=events, keys=self.secret_keys, limit=bounces.soft_limit
        ).line

    def bounces(self, edition_id: str = "") -> Sequence[Bounce]:
        """Return reports that came back, newest first."""
        with self.store.read() as unit:
            return unit.mailings.bounces(edition_id)

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

    def _send_tools(self, edition: Edition, progress: Progress) -> SendTools:
        from newsdigest.adapters import process_watch
        from newsdigest.mailing.desk import SendTools

        newsletter = self.newsletter(edition.newsletter_id)
        return SendTools(
            clock=self.clock,
            store=self.store,
            transport=self.mail_transport(),
            newsletter=newsletter,
            links=self.link_maker(newsletter),
            keys=self.secret_keys,
            is_alive=process_watch.is_alive,
            pause=self._pause,
            standing=self._standing,
            should_stop=self.stopping.is_set,
            progress=progress,
            signer=self.message_signer(),
        )

    def _standing(self, store: Store) -> str:
        from newsdigest.adapters.machine_marker import MachineMarker
        from newsdigest.adapters.process_watch import machine
        from newsdigest.mailing import standing

        marker = MachineMarker(self.workspace.var)
        return standing.check(
            clock=self.clock,
            store=store,
            machine=machine(),
            read_beside=marker.read,
            write_beside=marker.write,
        )

    def _pause(self, seconds: float) -> None:
        """Wait that long; a clock that stands still is moved on instead."""
        before = self.clock.now()
        still = isinstance(self.clock, FixedClock)
        self.stopping.wait(0.001 if still else seconds)
        move = getattr(self.clock, "set", None)
        if move and self.clock.now() == before:
            move(before + timedelta(seconds=seconds))

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
