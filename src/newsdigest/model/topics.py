"""Topics: the association's editable taxonomy, as configured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """
    One topic of `config/topics.yaml`.

    Attributes:
        id: Stable id, e.g. `medtech`.
        names: (language, name) pairs.
        keywords: (language, triggers). A trigger matches folded text as infix; `^x` at word
            start, `=x` as whole word.
        negatives: Contexts that take the hit back.
        descriptions: (language, text) for sentence vectors.
    """

    id: str
    names: tuple[tuple[str, str], ...]
    keywords: tuple[tuple[str, tuple[str, ...]], ...] = ()
    negatives: tuple[str, ...] = ()
    descriptions: tuple[tuple[str, str], ...] = ()

    def name(self, language: str) -> str:
        """The name in that language, else the first there is."""
        return dict(self.names).get(language) or self.names[0][1]
