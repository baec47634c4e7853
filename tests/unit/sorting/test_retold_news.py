"""Whole months of invented news, told by several authors each: what the shipped weights make of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from tests.grouping_world import make_sorter

from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace
from newsdigest.sorting import classify

NEWS = sorted((Path(__file__).parents[3] / "tools" / "retold").glob("*.jsonl"))


def pairs(groups: Iterable[list[str]]) -> set[tuple[str, str]]:
    """All pairs of members of one group."""
    return {pair for members in groups for pair in combinations(sorted(members), 2)}


@pytest.mark.slow
@pytest.mark.parametrize("path", NEWS, ids=[path.stem for path in NEWS])
def test_many_tellings_are_found_and_hardly_two_events_are_one(path: Path, tmp_path: Path):
    """
    The weights were learnt from these months, so this is no measure of them; it tells when they no longer fit.

    Many of these tellings share a name and a day only, and no reader would join them unasked.
    """
    judge, sorter = Assembly(Workspace(tmp_path)).judge, replace(make_sorter(), sources={})
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    lines = classify.judged([classify.read(one) for one in documents], judge=judge, sorter=sorter)
    items = {line.item.id: line.item for line in lines if line.item}
    stories = classify.group(items, sorter)
    told: dict[str, list[str]] = defaultdict(list)
    true: dict[str, list[str]] = defaultdict(list)
    for line, document in zip(lines, documents, strict=True):
        assert line.item
        told[stories[line.item.id].id].append(line.item.id)
        true[document["story"]].append(line.item.id)
    said, right = pairs(told.values()), pairs(true.values())
    assert len(said & right) >= 0.88 * len(said), sorted(said - right)[:5]
    assert len(said & right) >= 0.3 * len(right)
