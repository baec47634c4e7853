"""
Whether this database can be trusted to know what was sent.

A backup put back, or a copy of the whole server, knows less than the world: its approved
edition may have gone out long ago. So the database counts its mailings, a small file beside it
(never part of a backup) counts too, and where the two disagree everything that could go out
waits for a person. Refused: comparing times, which a clone shares with its original.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass

from newsdigest.logs import get_logger
from newsdigest.mailing.desk import set_edition
from newsdigest.model.editions import EditionState
from newsdigest.model.mailings import MailingState
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store

log = get_logger(__name__)

FACT = "mailing:standing"


@dataclass(frozen=True, slots=True)
class Standing:
    """How many mailings were begun, and on which machine ("" where that cannot be told)."""

    count: int
    machine: str

    @classmethod
    def read(cls, text: str | None) -> Standing | None:
        """Return what was written, None where nothing (readable) was."""
        try:
            values = json.loads(text or "")
            return cls(int(values["count"]), str(values["machine"]))
        except (ValueError, KeyError, TypeError):
            return None

    def written(self) -> str:
        """As text."""
        return json.dumps(dataclasses.asdict(self))


def doubt(stored: Standing | None, beside: Standing | None, machine: str) -> str:
    """Return why the database may not know what was sent, "" when all fits."""
    if stored is None:
        return "" if beside is None else "the database is new, but mail was sent from here before"
    if beside is None:
        return "the database comes from another place (no record of its mailings beside it)"
    if stored.count < beside.count:
        return "the database was restored from a backup older than the last mailing"
    if machine and beside.machine and beside.machine != machine:
        return "this server is a copy of another one, which may have sent already"
    return ""


def check(
    *,
    clock: Clock,
    store: Store,
    machine: str,
    read_beside: Callable[[], str],
    write_beside: Callable[[str], None],
) -> str:
    """
    Return why a person must decide before anything is sent, "" when all fits.

    In doubt every open mailing and every approved edition needs a decision from now on, and the
    record is set right: each is then decided by itself.
    """
    beside = Standing.read(read_beside())
    with store.read() as unit:
        stored = Standing.read(unit.runs.get_value(FACT))
    reason = doubt(stored, beside, machine)
    count = max(stored.count if stored else 0, beside.count if beside else 0) + 1
    made = Standing(count, machine).written()
    if reason:
        _ask_for_all(clock, store, f"{reason}; look whether it has been sent, then resume or cancel it")
    with store.write() as unit:
        unit.runs.put_value(FACT, made)
    write_beside(made)
    return reason


def _ask_for_all(clock: Clock, store: Store, reason: str) -> None:
    now = clock.now()
    with store.write() as unit:
        for mailing in unit.mailings.mailings([MailingState.WAITING, MailingState.SENDING]):
            unit.mailings.set_state(mailing.edition_id, MailingState.NEEDS_DECISION, reason=reason, now=now)
        for edition in unit.editions.all():
            if edition.state in (EditionState.APPROVED, EditionState.SCHEDULED, EditionState.SENDING):
                set_edition(unit, edition.id, EditionState.NEEDS_DECISION, reason=reason, now=now)
        unit.audit.add(at=now, by="send", what="mailing.doubt", subject="", detail=reason)
    log.error("mailing_doubt", reason=reason)
