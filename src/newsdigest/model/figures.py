"""Figures: what an operator's monitoring reads off a workspace."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """
    One measured number.

    Attributes:
        name: Prometheus style, with the unit, e.g. `newsdigest_newest_success_age_seconds`.
        labels: (name, value) pairs; never an address or a person.
    """

    name: str
    meaning: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
