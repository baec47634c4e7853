"""Judging: languages and topics of texts, by tools that may be exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from newsdigest.model.items import LanguageVerdict, TopicScore


class LanguageDetector(Protocol):
    """Says which language a text is written in."""

    def detect(self, *, title: str, text: str, declared: str | None) -> LanguageVerdict:
        """Return the verdict; never raises, `und` for a text without words."""
        ...


class TopicScorer(Protocol):
    """Scores topics of a text, best first, at most three."""

    def score(self, *, title: str, text: str, language: str) -> tuple[TopicScore, ...]:
        """Return topics with reasons; empty where none applies."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors (optional extra)."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text, unit length."""
        ...
