"""What became of an edition's mail, as sums with reasons."""

from __future__ import annotations

from newsdigest.errors import IllegalStepError, NewsdigestError, NotFoundError
from newsdigest.model.mailings import OPEN_STATES, MailingReport
from newsdigest.ports.storage import Store, UnitOfWork

__all__ = ["OPEN_STATES", "missing", "read"]


def read(store: Store, edition_id: str) -> MailingReport:
    """
    Return the report of one edition, all figures of one moment.

    Raises:
        NotFoundError: There is no such edition.
        IllegalStepError: It was not dispatched yet.
    """
    with store.read() as unit:
        mailing = unit.mailings.mailing(edition_id)
        if mailing is None:
            raise missing(unit, edition_id)
        return MailingReport(
            edition_id=edition_id,
            state=mailing.state,
            reason=mailing.reason,
            planned=mailing.planned,
            counts=tuple(sorted(unit.mailings.counts(edition_id).items())),
            reasons=tuple(unit.mailings.reasons(edition_id)),
            bounces=tuple(sorted(unit.mailings.bounce_counts(edition_id).items())),
            next_try=unit.mailings.next_due(edition_id),
        )


def missing(unit: UnitOfWork, edition_id: str) -> NewsdigestError:
    """Return what to say of an edition that has no mailing: not begun, or no such edition at all."""
    edition = unit.editions.get(edition_id)
    if edition is None:
        return NotFoundError("edition", edition_id)
    state = edition.state.replace("_", " ")
    return IllegalStepError(edition_id, f"is {state}; no mail of it has been planned or sent yet")
