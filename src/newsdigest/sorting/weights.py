"""
The verifier's weights: a small readable file, trained beforehand by `tools/train_grouping.py`.

Each model is a logistic regression: signals times weights plus a bias, squashed to a
probability that the two items tell the same news.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Model:
    """
    One regression.

    Attributes:
        sure: At this score and above items are joined without asking.
        probable: At this score and above they are proposed as one story.
        differ: Below this score two items of one language are different news (the veto); other wording is
            asked first, then whether one is a retelling of the other.
    """

    bias: float
    weights: tuple[float, ...]
    sure: float
    probable: float
    differ: float

    def score(self, signals: Sequence[float]) -> float:
        """Return the probability, 0 to 1."""
        total = self.bias + sum(weight * signal for weight, signal in zip(self.weights, signals, strict=True))
        return 1 / (1 + math.exp(-max(min(total, 40), -40)))


@dataclass(frozen=True, slots=True)
class Weights:
    """The models for pairs within a language, retold in other words, across languages, and across with vectors."""

    version: str
    same: Model
    retold: Model
    across: Model
    across_vectors: Model


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """Return the weights that travel with the program."""
    raw = resources.files("newsdigest.sorting").joinpath("data", "weights.json").read_text(encoding="utf-8")
    return read(json.loads(raw))


def read(document: dict[str, object]) -> Weights:
    """
    Return weights from their JSON form, in the order of the signals' names.

    Raises:
        KeyError: A signal has no weight; the file does not fit this program.
    """
    from newsdigest.sorting import comparison

    def model(name: str, signals: Sequence[str]) -> Model:
        part = document[name]
        assert isinstance(part, dict), name
        return Model(
            bias=part["bias"], weights=tuple(part["weights"][signal] for signal in signals),
            sure=part["sure"], probable=part["probable"], differ=part["differ"],
        )  # fmt: skip

    return Weights(
        version=str(document["version"]),
        same=model("same", comparison.SAME),
        retold=model("retold", comparison.RETOLD),
        across=model("across", comparison.ACROSS),
        across_vectors=model("across_vectors", comparison.ACROSS),
    )
