"""
What editors' corrections teach: keywords first, then a small logistic regression per topic.

Two steps. The first asks how far a keyword score can be trusted (four numbers for all topics
together, pulled towards the rules as they are). The second fits, for every topic with at least five
positive examples, a bias and weights of words (and of sentence vectors, where the extra is
installed) on what the first leaves unexplained, pulled towards zero. What was learned is added to
the keywords' score: where nothing was learned, nothing changes. Replacing the score by the model's
probability was tried: it cost a point of F1 by its calibration alone. The model is JSON an editor
can read, word by word; hashed features were refused: a weight nobody can name nobody can argue with.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from newsdigest.errors import SettingsError
from newsdigest.model.topics import TopicEvidence, TopicExample
from newsdigest.ports.judging import Embedder, TopicScorer
from newsdigest.text import folding

FORMAT = 1
LEAST_POSITIVES = 5
LEAST_DOCUMENTS = 2
STEM = 7
LEAD_WORDS = 120
TITLE_WORTH = 2.0
TRUST = (-1.9, 1.3, 2.0, 0.3)
"""Rules as they are: bias, score, share of the best, being the best."""
PULL_TRUST, PULL_BIAS, PULL_WORDS, PULL_VECTOR = 4.0, 8.0, 2.0, 4.0
GAIN = 1.0
"""Points of score for one unit of learned log-odds; 0.5 could not lift a topic the keywords do not know."""

Array = NDArray[np.float64]


class LinearLearner:
    """See `ports.judging.TopicLearner`."""

    def __init__(self, base: TopicScorer, topics: Sequence[str], embedder: Embedder | None = None) -> None:
        self._base = base
        self._topics = tuple(topics)
        self._embedder = embedder

    def fit(self, examples: Sequence[TopicExample]) -> str:
        """Return a model as JSON text; topics with fewer than five positive examples learn no words."""
        wanted = np.array([[topic in one.topics for topic in self._topics] for one in examples], dtype=float)
        rules = np.array([self._rules(one) for one in examples])  # example, topic, 4
        trust = _newton(
            rules.reshape(-1, 4), wanted.reshape(-1), pull=np.full(4, PULL_TRUST), towards=np.array(TRUST)
        )
        offsets = rules @ trust
        words, vocabulary = _matrix(examples)
        vectors = self._vectors(examples)
        learned: dict[str, Any] = {}
        for number, topic in enumerate(self._topics):
            if wanted[:, number].sum() < LEAST_POSITIVES:
                continue
            features = np.hstack([np.ones((len(examples), 1)), words, vectors])
            pull = np.concatenate(
                [[PULL_BIAS], np.full(len(vocabulary), PULL_WORDS), np.full(vectors.shape[1], PULL_VECTOR)]
            )
            weights = _dual_newton(features, wanted[:, number], pull=pull, offset=offsets[:, number])
            learned[topic] = {
                "positives": int(wanted[:, number].sum()),
                "bias": round(float(weights[0]), 4),
                "words": {
                    word: round(float(weights[1 + place]), 4)
                    for word, place in vocabulary.items()
                    if abs(weights[1 + place]) >= 0.005
                },
                "vector": [round(float(value), 5) for value in weights[1 + len(vocabulary) :]],
            }
        model = {
            "format": FORMAT, "examples": len(examples), "topics": list(self._topics),
            "trust": [round(float(value), 4) for value in trust], "learned": learned,
        }  # fmt: skip
        return json.dumps(model, ensure_ascii=False, indent=1, sort_keys=True)

    def scorer(self, model: str) -> LinearScorer:
        """
        Return the scorer that joins keywords and model.

        Raises:
            SettingsError: The model is damaged, or of another format.
        """
        return LinearScorer(self._base, self._topics, model, self._embedder)

    def _rules(self, one: TopicExample) -> list[list[float]]:
        return rule_features(self._base.score(title=one.title, text=one.text), self._topics)

    def _vectors(self, examples: Sequence[TopicExample]) -> Array:
        if self._embedder is None:
            return np.zeros((len(examples), 0))
        return np.array(self._embedder.embed([vector_text(one.title, one.text) for one in examples]))


class LinearScorer:
    """See `ports.judging.TopicScorer`."""

    def __init__(
        self, base: TopicScorer, topics: Sequence[str], model: str, embedder: Embedder | None = None
    ) -> None:
        try:
            data: Mapping[str, Any] = json.loads(model)
            if data["format"] != FORMAT:
                raise SettingsError(
                    [f"the learned model has format {data['format']}; run `newsdigest learn`"]
                )
            self._trust = [float(value) for value in data["trust"]]
            self._learned: dict[str, Any] = {
                topic: found for topic, found in data["learned"].items() if topic in topics
            }
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SettingsError(
                [f"the learned model is damaged ({error}); run `newsdigest learn`"]
            ) from error
        self._base = base
        self._topics = tuple(topics)
        self._embedder = embedder if any(found["vector"] for found in self._learned.values()) else None

    @property
    def version(self) -> str:
        """The keywords' version and a number for the model."""
        return f"{self._base.version}+{_short(self._trust, self._learned)}"

    def score(self, *, title: str, text: str) -> tuple[TopicEvidence, ...]:
        """Return the topics given, best first; scores run as those of the keywords do."""
        evidence = {one.topic: one for one in self._base.score(title=title, text=text)}
        rules = rule_features(tuple(evidence.values()), self._topics)
        words = bag(title, text)
        length = math.sqrt(sum(count * count for count in words.values())) or 1.0
        vector = np.array(self._embedder.embed([vector_text(title, text)])[0]) if self._embedder else None
        found = []
        for topic, rule in zip(self._topics, rules, strict=True):
            learned = self._learned.get(topic)
            known: dict[str, float] = learned["words"] if learned else {}
            helpful = [(known[word] * count / length, word) for word, count in words.items() if word in known]
            gain = sum(worth for worth, _ in helpful) + (learned["bias"] if learned else 0.0)
            if vector is not None and learned and len(learned["vector"]) == len(vector):
                gain += float(vector @ np.array(learned["vector"]))
            score = rule[1] + GAIN * gain
            if score > 0:
                reasons = evidence[topic].reasons if topic in evidence else ()
                said = [word for worth, word in sorted(helpful, reverse=True)[:3] if worth > 0.02]
                more = (f"learned: {', '.join(said)}",) if said else ()
                found.append(TopicEvidence(topic=topic, score=round(score, 3), reasons=(*reasons, *more)))
        return tuple(sorted(found, key=lambda one: (-one.score, one.topic)))


def rule_features(evidence: Sequence[TopicEvidence], topics: Sequence[str]) -> list[list[float]]:
    """Return per topic: 1, the keyword score, its share of the best score, whether it is the best."""
    scores = {one.topic: one.score for one in evidence}
    best = max(scores.values(), default=0.0)
    made = []
    for topic in topics:
        score = scores.get(topic, 0.0)
        share = score / max(best, 1.0)
        made.append([1.0, score, share, float(score > 0 and score == best)])
    return made


def bag(title: str, text: str) -> dict[str, float]:
    """Return stems (the first letters of folded words) with their worth; a word in the title counts twice."""
    counted: dict[str, float] = {}
    for worth, listed in (
        (TITLE_WORTH, folding.words(title)),
        (1.0, folding.words(text[:4000])[:LEAD_WORDS]),
    ):
        for word in listed:
            if len(word) > 2:
                counted[word[:STEM]] = counted.get(word[:STEM], 0.0) + worth
    return {word: math.log1p(count) for word, count in counted.items()}


def vector_text(title: str, text: str) -> str:
    """Return what sentence vectors are made of."""
    return f"{title}. {text[:600]}"


def _matrix(examples: Sequence[TopicExample]) -> tuple[Array, dict[str, int]]:
    """Words in at least two stories; rows have unit length over all their words."""
    bags = [bag(one.title, one.text) for one in examples]
    stories: dict[str, set[str]] = {}
    for number, (one, words) in enumerate(zip(examples, bags, strict=True)):
        for word in words:
            stories.setdefault(word, set()).add(one.group or str(number))
    kept = sorted(word for word, groups in stories.items() if len(groups) >= LEAST_DOCUMENTS)
    vocabulary = {word: place for place, word in enumerate(kept)}
    matrix = np.zeros((len(examples), len(vocabulary)))
    for row, words in enumerate(bags):
        length = math.sqrt(sum(count * count for count in words.values())) or 1.0
        for word, count in words.items():
            if word in vocabulary:
                matrix[row, vocabulary[word]] = count / length
    return matrix, vocabulary


def _newton(features: Array, wanted: Array, *, pull: Array, towards: Array) -> Array:
    """Logistic regression with a quadratic pull towards given weights; few features."""
    weights = towards.copy()
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(features @ weights, -30, 30)))
        slope = features.T @ (chance - wanted) + pull * (weights - towards)
        curve = (features * (chance * (1 - chance))[:, None]).T @ features + np.diag(pull)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _dual_newton(features: Array, wanted: Array, *, pull: Array, offset: Array) -> Array:
    """
    The same with an offset, for more features than examples.

    Weights are a sum of examples (w = P⁻¹Xᵀa), so that Newton's step solves for as many numbers as
    there are examples, not features.
    """
    scaled = features / pull
    kernel = scaled @ features.T
    part: Array = np.zeros(len(wanted))
    for _ in range(40):
        chance = 1 / (1 + np.exp(-np.clip(kernel @ part + offset, -30, 30)))
        spread = np.maximum(chance * (1 - chance), 1e-6)
        # Solve (I + W K) a = W K a + (y - p): one Newton step of the penalised likelihood.
        right = spread * (kernel @ part) + (wanted - chance)
        new: Array = np.linalg.solve(np.eye(len(wanted)) + spread[:, None] * kernel, right).astype(np.float64)
        if np.abs(new - part).max() < 1e-7:
            part = new
            break
        part = new
    return scaled.T @ part


def _short(trust: Sequence[float], learned: Mapping[str, Any]) -> str:
    text = json.dumps([list(trust), learned], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:8]
