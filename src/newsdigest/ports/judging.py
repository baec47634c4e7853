"""Judging: languages and topics of texts, by tools that may be exchanged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from newsdigest.model.items import LanguageVote
from newsdigest.model.topics import TopicEvidence, TopicExample


class LanguageDetector(Protocol):
    """Says which language a text is written in, one vote a tool."""

    def votes(self, text: str) -> tuple[LanguageVote, ...]:
        """Return the votes over the whole text; never raises, empty for a text without letters."""
        ...

    def quick(self, text: str) -> LanguageVote | None:
        """Return the fastest tool's vote, for parts of a text; None where it has none."""
        ...


class TopicScorer(Protocol):
    """Scores the topics of a text."""

    @property
    def version(self) -> str:
        """Changes when the scorer would judge differently (keywords edited, a model activated)."""
        ...

    def score(self, *, title: str, text: str) -> tuple[TopicEvidence, ...]:
        """Return every topic with a score above 0, best first, each with what decided."""
        ...


class TopicLearner(Protocol):
    """Learns from editors' corrections what the keywords do not say."""

    def fit(self, examples: Sequence[TopicExample]) -> str:
        """Return a model as JSON text; topics with too few positive examples are left out of it."""
        ...

    def scorer(self, model: str) -> TopicScorer:
        """
        Return the scorer that joins keywords and model.

        Raises:
            SettingsError: The model is damaged, or of another format.
        """
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors (optional extra)."""

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector per text, unit length."""
        ...
