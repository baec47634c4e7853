"""Topics and kinds: the association's editable taxonomy, as configured, and what scorers say about it."""

from __future__ import annotations

from dataclasses import dataclass

from newsdigest.model.items import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """
    One topic of `config/topics.yaml`.

    Attributes:
        id: Stable id, e.g. `medtech`.
        names: (language, name) pairs.
        keywords: (language, triggers). A trigger matches folded text as infix; `^x` at word
            start, `=x` as whole word (`text.triggers`).
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


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """
    How one kind of item is recognised: triggers for the title, and for the text.

    Attributes:
        title, text: (language, triggers), as for topics.
        negatives: Contexts that take the hit back.
    """

    kind: Kind
    names: tuple[tuple[str, str], ...]
    title: tuple[tuple[str, tuple[str, ...]], ...] = ()
    text: tuple[tuple[str, tuple[str, ...]], ...] = ()
    negatives: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The name in that language, else the first there is."""
        return dict(self.names).get(language) or self.names[0][1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All topics and kinds, with the name of the fallback topic."""

    topics: tuple[Topic, ...]
    kinds: tuple[KindRule, ...] = ()
    other: tuple[tuple[str, str], ...] = (("de", "Weitere"), ("en", "Other"))
    version: str = ""

    def topic(self, topic_id: str) -> Topic | None:
        """The topic of that id, None where there is none."""
        return next((topic for topic in self.topics if topic.id == topic_id), None)

    def name(self, topic_id: str, language: str) -> str:
        """The topic's name, the fallback's for an unknown or empty id."""
        found = self.topic(topic_id)
        return found.name(language) if found else dict(self.other).get(language, self.other[0][1])


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicEvidence:
    """A topic's raw score (above 0, no upper bound) and what decided."""

    topic: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicExample:
    """
    One item an editor labelled: the topics are the whole truth about it.

    `group` is the story: its tellings are never split between learning and testing.
    """

    title: str
    text: str
    topics: frozenset[str]
    group: str = ""
