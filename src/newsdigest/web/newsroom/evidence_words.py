"""
Why a story stands here, worded for editors: `editing.evidence` writes codes with facts, this reads them out.

A reason of a shape that is not known here is shown as it was written; reasons are kept for years.
"""

from __future__ import annotations

import re

from newsdigest.model.stories import Story
from newsdigest.web.newsroom import formats
from newsdigest.web.newsroom.visits import Visit

_TOPIC = re.compile(r"(\S+) ([\d.]+)(?: \((.*)\))?", re.DOTALL)
_LANGUAGE = re.compile(r"(\w+) \(([\d.]+), by (\w+)\)")
_KIND = re.compile(r"(\w+)( \(.*\))", re.DOTALL)
_SOURCE = re.compile(r"(.*) \((\w+)\)", re.DOTALL)


def line(visit: Visit, reason: str, story: Story) -> tuple[str, str]:
    """Return what a reason is about and what it says, in the visitor's language."""
    name, _, rest = reason.partition(": ")
    key = f"reason.{name.replace(' ', '_')}"
    return (visit.t(key) if visit.t.has(key) else name), _said(visit, name, rest, story)


def triggers(visit: Visit, found: str) -> str:
    """Return the words that decided, each with where it stood: `implantat (Überschrift), sensor (Text)`."""
    for place in ("title", "text"):
        found = found.replace(f"({place})", f"({visit.t(f'story.in_{place}')})")
    return found


def share(value: float) -> str:
    """Return a number from 0 to 1 as people read it."""
    return f"{round(value * 100)} %"


def _said(visit: Visit, name: str, rest: str, story: Story) -> str:
    if name == "first seen" and story.first_seen is not None:
        return formats.instant(story.first_seen, visit.language, visit.house.pages.zone)
    if name == "topic" and (found := _TOPIC.fullmatch(rest)):
        topics = {topic.id: topic.name(visit.language) for topic in visit.assembly.workspace.topics.topics}
        words = f": {triggers(visit, found[3])}" if found[3] else ""
        return f"{topics.get(found[1], found[1])}, {share(float(found[2]))}{words}"
    if name == "language" and (found := _LANGUAGE.fullmatch(rest)):
        return f"{_word(visit, 'language', found[1])}, {share(float(found[2]))}, {visit.t.said(found[3])}"
    if name == "kind" and (found := _KIND.fullmatch(rest)):
        return f"{_word(visit, 'kind', found[1])}{triggers(visit, found[2])}"
    if name == "source" and (found := _SOURCE.fullmatch(rest)):
        return f"{found[1]} ({_word(visit, 'source_type', found[2])})"
    return visit.t.said(rest)


def _word(visit: Visit, table: str, value: str) -> str:
    key = f"{table}.{value}"
    return visit.t(key) if visit.t.has(key) else value
