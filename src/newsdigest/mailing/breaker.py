"""
The circuit breaker: many refusals in a row mean that we are refused, not these people.

Twenty in a row cannot be chance in a list whose addresses were confirmed (at 2 % bad
addresses once in 10^34 mails), and it stays far below the fifty that Q10 allows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

from newsdigest.model.mailings import DeliveryState, HandOver, Phase

LIMIT = 20
UNANSWERED_WEIGHT = 4
"""A dot that is not answered counts as so many refusals: a relay that always does that would park the whole list."""
RELAY_LIMIT = 3
"""Refused log-ins, missing TLS and closed doors in a row."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """
    What was seen of late.

    Attributes:
        refusals: Messages refused for good in a row, also by earlier runs.
        relay_refusals: Relays that would not let us in, in a row.
        unanswered: Messages whose dot was not answered, in a row.
        reason: Why sending must pause, "" while it may go on.
    """

    refusals: int = 0
    relay_refusals: int = 0
    unanswered: int = 0
    reason: str = ""

    @property
    def weight(self) -> int:
        """What an other run begins with as refusals."""
        return self.refusals + UNANSWERED_WEIGHT * self.unanswered

    def after(self, outcome: HandOver) -> Breaker:
        """Return the breaker after one outcome; once tripped it stays so."""
        if self.reason:
            return self
        if outcome.is_for_all and outcome.phase in (Phase.CONNECT, Phase.STARTTLS, Phase.AUTH):
            if not is_lasting(outcome):
                return self
            number = self.relay_refusals + 1
            reason = _relay_words(outcome) if number >= RELAY_LIMIT else ""
            return dataclasses.replace(self, relay_refusals=number, reason=reason)
        if outcome.state is DeliveryState.SENT:
            return Breaker() if self.weight or self.relay_refusals else self
        if outcome.state is DeliveryState.UNCERTAIN:
            made = dataclasses.replace(self, unanswered=self.unanswered + 1)
            words = f"the relay {outcome.relay} leaves messages unanswered after their end ({outcome.reply})"
        elif outcome.state is DeliveryState.FAILED:
            made = dataclasses.replace(self, refusals=self.refusals + 1)
            words = (
                f"{made.refusals} messages in a row were refused; the last answer at {outcome.phase} was: "
                f"{outcome.code or ''} {outcome.reply}".strip()
            )
        else:
            return self
        return dataclasses.replace(made, reason=words) if made.weight >= LIMIT else made

    def after_all(self, outcomes: Iterable[HandOver]) -> Breaker:
        """Return the breaker after several that came together; a relay that lets none of them in is one refusal."""
        breaker = self
        for outcome in outcomes:
            made = breaker.after(outcome)
            if made.relay_refusals <= self.relay_refusals + 1:
                breaker = made
        return breaker


def is_lasting(outcome: HandOver) -> bool:
    """Whether waiting does not help: a refused log-in, no TLS where it is required, a closed door."""
    return outcome.is_lasting or (outcome.code or 0) >= 500


def _relay_words(outcome: HandOver) -> str:
    said = f"{outcome.code or ''} {outcome.reply}".strip()
    match outcome.phase:
        case Phase.AUTH:
            return (
                f"the relay {outcome.relay} refuses our log-in ({said}); check mail.relays user and password"
            )
        case Phase.STARTTLS:
            return f"no encrypted connection to the relay {outcome.relay} ({said}); check its port and certificate"
        case _:
            return f"the relay {outcome.relay} does not let us in ({said}); ask who runs it"
