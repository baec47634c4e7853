"""`config/topics.yaml`: topics and kinds with their keywords, in German and English."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from newsdigest.errors import SettingsError
from newsdigest.model.items import Kind
from newsdigest.model.topics import KindRule, Taxonomy, Topic
from newsdigest.settings import checking, yaml_file
from newsdigest.settings.checking import Strict
from newsdigest.settings.yaml_file import YAMLFile
from newsdigest.text import triggers


def _trigger(value: str) -> str:
    triggers.parse(value)
    return value


def _negative(value: str) -> str:
    triggers.parse_near(value)
    return value


Keyword = Annotated[str, AfterValidator(_trigger)]
Negative = Annotated[str, AfterValidator(_negative)]


class Names(Strict):
    """A name in each language."""

    de: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Descriptions(Strict):
    """One sentence in each language, for sentence vectors."""

    de: str = ""
    en: str = ""


class Keywords(Strict):
    """Triggers by language; `any` holds those that are the same in all."""

    de: tuple[Keyword, ...] = ()
    en: tuple[Keyword, ...] = ()
    any: tuple[Keyword, ...] = ()

    def pairs(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """As the model has them."""
        return tuple(
            (name, found) for name, found in (("de", self.de), ("en", self.en), ("any", self.any)) if found
        )


class TopicSettings(Strict):
    """One topic."""

    name: Names
    keywords: Keywords = Keywords()
    negatives: tuple[Negative, ...] = ()
    description: Descriptions = Descriptions()


class KindSettings(Strict):
    """One kind of item."""

    name: Names
    title: Keywords = Keywords()
    text: Keywords = Keywords()
    negatives: tuple[Negative, ...] = ()


class TaxonomySettings(Strict):
    """All of `topics.yaml`."""

    topics: dict[str, TopicSettings] = Field(min_length=1)
    kinds: dict[Kind, KindSettings] = Field(default_factory=dict)
    other: Names = Names(de="Weitere", en="Other")


def load(path: Path) -> Taxonomy:
    """
    Return the taxonomy of that file.

    Raises:
        SettingsError: All problems, each with file, line and column.
    """
    file = yaml_file.load(path)
    if not isinstance(file.data, dict):
        raise SettingsError([f"{file.where(())}: must be a mapping with `topics:`"])
    found = checking.check(TaxonomySettings, file)
    problems = [
        f"{file.where(('topics', topic_id))}: {topic_id!r} is no topic id; use small letters, digits and hyphens"
        for topic_id in found.topics
        if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", topic_id)
    ]
    problems += _doubles(found, file)
    if problems:
        raise SettingsError(problems)
    return Taxonomy(
        topics=tuple(_topic(topic_id, topic) for topic_id, topic in found.topics.items()),
        kinds=tuple(_kind(kind, rule) for kind, rule in found.kinds.items()),
        other=_named(found.other),
        version=hashlib.sha256(json.dumps(file.data, sort_keys=True).encode()).hexdigest()[:10],
    )


def _doubles(found: TaxonomySettings, file: YAMLFile) -> list[str]:
    """A keyword that stands twice in one list is a slip of the pen."""
    problems = []
    for topic_id, topic in found.topics.items():
        for language, listed in topic.keywords.pairs():
            seen: set[object] = set()
            for number, written in enumerate(listed):
                trigger = triggers.parse(written)
                key = (trigger.parts, trigger.is_start, trigger.is_whole)
                if key in seen:
                    where = file.where(("topics", topic_id, "keywords", language, number))
                    problems.append(f"{where}: {written!r} stands twice in {topic_id!r}; keep one")
                seen.add(key)
    return problems


def _topic(topic_id: str, topic: TopicSettings) -> Topic:
    descriptions = tuple((name, text) for name, text in _named(topic.description) if text)
    return Topic(
        id=topic_id,
        names=_named(topic.name),
        keywords=topic.keywords.pairs(),
        negatives=topic.negatives,
        descriptions=descriptions,
    )


def _kind(kind: Kind, rule: KindSettings) -> KindRule:
    return KindRule(
        kind=kind,
        names=_named(rule.name),
        title=rule.title.pairs(),
        text=rule.text.pairs(),
        negatives=rule.negatives,
    )


def _named(names: Names | Descriptions) -> tuple[tuple[str, str], ...]:
    return (("de", names.de), ("en", names.en))
