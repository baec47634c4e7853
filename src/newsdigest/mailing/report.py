"""What became of an edition's mail, as sums with reasons."""

from __future__ import annotations

from newsdigest.errors import NotFoundError
from newsdigest.model.mailings import OPEN_STATES, MailingReport
from newsdigest.ports.storage import Store

__all__ = ["OPEN_STATES", "read"]


def read(store: Store, edition_id: str) -> MailingReport:
    """
    Return the report of one edition, all figures of one moment.

    Raises:
        NotFoundError: The edition was not dispatched.
    """
    with store.read() as unit:
        mailing = unit.mailings.mailing(edition_id)
        if mailing is None:
            raise NotFoundError("mailing of edition", edition_id)
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
