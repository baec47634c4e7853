"""Which telling of a story leads in each language: the configured order of sources decides, then trust, then length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from newsdigest.model.sources import Source, Trust
from newsdigest.sorting.features import Features

ORDER = (
    "association", "member", "institute", "science_service", "ministry", "wire", "platform", "portal", "newspaper",
)  # fmt: skip
"""Source types, best first, where no newsletter says otherwise (domain spec, section 6)."""

TRUSTS = (Trust.OWN, Trust.HIGH, Trust.NORMAL, Trust.HEADLINE, Trust.LOW)
"""Open portals come last within their type: nobody checks there who sends what."""


def leads(
    members: Iterable[Features], sources: Mapping[str, Source], order: Sequence[str]
) -> tuple[tuple[str, str], ...]:
    """
    Return (language, item id) for each language a story is told in.

    Args:
        order: Source types, best first; others come after them.
    """
    by_language: dict[str, list[Features]] = {}
    for one in members:
        by_language.setdefault(one.language, []).append(one)
    return tuple(
        (language, min(tellings, key=lambda one: _rank(one, sources.get(one.source), order)).id)
        for language, tellings in sorted(by_language.items())
    )


def _rank(one: Features, source: Source | None, order: Sequence[str]) -> tuple[object, ...]:
    """
    Smaller is better.

    A corrected second version is later than the first, so of equals the latest of a house leads;
    a text cut short comes after a whole one.
    """
    if source is None:
        return (1, len(order), len(TRUSTS), one.is_cut, -one.day, one.id)
    type_ = order.index(source.type.value) if source.type.value in order else len(order)
    # What may not be used without a look, or only as a headline, never leads while there is another.
    is_weak = source.trust in (Trust.LOW, Trust.HEADLINE)
    return (is_weak, type_, TRUSTS.index(source.trust), one.is_cut, -one.day, one.id)
