"""The parts of sorting: ports meet tools, one method per job."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from typing import Any

    from newsdigest.model.items import Judgement
    from newsdigest.model.sources import Source
    from newsdigest.model.stories import Match, Story
    from newsdigest.ports.judging import Embedder, TopicLearner, TopicScorer
    from newsdigest.sorting.judge import Judge
    from newsdigest.sorting.learn import LearnReport, Shelf
    from newsdigest.sorting.sort import Sorter, SortReport


class SortingParts(Base):
    """What the doors ask of sorting."""

    @property
    def judge(self) -> Judge:
        """What judges one item: language, kind, topics, dates; with the topic model now at work."""
        scorer = self.topic_scorer
        if self._judge.scorer is not scorer:
            self.__dict__["_judge"] = replace(self._judge, scorer=scorer)
        return self._judge

    @cached_property
    def _judge(self) -> Judge:
        from newsdigest.adapters.langvote_detector import LangvoteDetector
        from newsdigest.sorting.judge import Judge
        from newsdigest.sorting.kind import KindRules

        taxonomy = self.workspace.topics
        return Judge(
            detector=LangvoteDetector(),
            scorer=self._keyword_scorer,
            taxonomy=taxonomy,
            kinds=KindRules(taxonomy),
            zone=ZoneInfo(self.workspace.main.association.zone),
        )

    @cached_property
    def _keyword_scorer(self) -> TopicScorer:
        from newsdigest.adapters.keyword_scorer import KeywordScorer

        return KeywordScorer(self.workspace.topics)

    @cached_property
    def _learner(self) -> TopicLearner:
        from newsdigest.adapters.linear_scorer import LinearLearner

        topics = [topic.id for topic in self.workspace.topics.topics]
        return LinearLearner(self._keyword_scorer, topics, self.embedder)

    @property
    def topic_scorer(self) -> TopicScorer:
        """
        Keywords, with what was learned from corrections where a model is at work.

        Asked anew each time, as another process may have learned or rolled back meanwhile. A
        workspace without a database has learned nothing, and none is made for the question.
        """
        from newsdigest.sorting import learn

        url = self.workspace.store_url
        path = Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None
        if path is not None and not path.exists():
            return self._keyword_scorer
        with self.store.read() as unit:
            number, model = learn.active_model(unit.runs)
        if model is None:
            return self._keyword_scorer
        known: tuple[int, TopicScorer] | None = self.__dict__.get("_learned_scorer")
        if known is None or known[0] != number:
            known = number, learn.scorer(model, self._learner)
            self.__dict__["_learned_scorer"] = known
        return known[1]

    def learn(self) -> LearnReport:
        """Refit topics from editors' corrections; activate the result if it is better."""
        from newsdigest.sorting import learn

        return learn.learn(
            store=self.store, clock=self.clock, keywords=self._keyword_scorer, learner=self._learner
        )

    def learn_due(self) -> str:
        """The nightly job: one line about what was learned, "" when there is nothing new."""
        report = self.learn()
        return report.line if report.is_activated or report.advice else ""

    def learned(self) -> Shelf:
        """Return the versions learned, and which one is at work."""
        from newsdigest.sorting import learn

        with self.store.read() as unit:
            return learn.read_shelf(unit.runs)

    def roll_back(self, to: int | None = None) -> Shelf:
        """Put an earlier version to work (default: the one before; 0: keywords alone)."""
        from newsdigest.sorting import learn

        return learn.roll_back(store=self.store, clock=self.clock, to=to)

    def correct(
        self, item_id: str, *, by: str, language: str | None = None, topics: Sequence[str] | None = None,
        kind: str | None = None,
    ) -> Judgement:  # fmt: skip
        """Store an editor's word about an item's language, topics or kind."""
        from newsdigest.sorting import correct

        return correct.correct(
            store=self.store, clock=self.clock, taxonomy=self.workspace.topics, item_id=item_id, by=by,
            language=language, topics=topics, kind=kind,
        )  # fmt: skip

    @cached_property
    def embedder(self) -> Embedder | None:
        """
        Sentence vectors, where the extra is installed and the settings want them.

        Raises:
            UsageError: The settings insist on them and the extra is not installed.
        """
        from newsdigest.adapters.fuse_embedder import FuseEmbedder, is_available
        from newsdigest.errors import UsageError

        wanted = self.workspace.main.sorting.vectors
        if wanted == "off" or (wanted == "auto" and not is_available()):
            return None
        if not is_available():
            raise UsageError(
                "sorting.vectors is on, but they are not installed; pip install 'newsdigest[vectors]'"
            )
        return FuseEmbedder()

    def sort(self, *, progress: Callable[[int, int], None] = lambda done, total: None) -> SortReport:
        """Judge new items and group them into stories."""
        from datetime import timedelta

        from newsdigest.sorting.sort import sort

        window = timedelta(days=self.workspace.main.sorting.window_days)
        return sort(
            store=self.store, clock=self.clock, judge=self.judge, sorter=self._sorter(), window=window,
            progress=progress,
        )  # fmt: skip

    def classify(self, documents: Iterable[Any]) -> Iterator[dict[str, Any]]:
        """Judge and group documents (see `sorting.classify`), storing nothing."""
        from newsdigest.sorting.classify import classify

        return classify(documents, judge=self.judge, sorter=self._sorter(sources=()))

    def stories(self, *, since: datetime | None = None) -> list[dict[str, Any]]:
        """Return stories as DESIGN.md section 6 lists them, newest last."""
        from newsdigest.sorting import listing

        with self.store.read() as unit:
            found = unit.stories.seen_since(since)
            members = [id_ for story in found for id_ in story.all_ids]
            attached = unit.stories.attached(members)
            items = unit.items.get([*members, *(id_ for match in attached for id_ in (match.a, match.b))])
        of: dict[str, list[Match]] = {}
        for match in attached:
            of.setdefault(match.a, []).append(match)
            of.setdefault(match.b, []).append(match)
        return [
            listing.document(story, items, [match for id_ in story.all_ids for match in of.get(id_, ())])
            for story in found
        ]

    def explain(self, story_id: str) -> dict[str, Any]:
        """Return a story with `words`: why it is one."""
        from newsdigest.sorting import decide, grouping, listing

        story, items = decide.explain(store=self.store, story_id=story_id)
        with self.store.read() as unit:
            attached = unit.stories.attached(story.all_ids)
            decided = grouping.decisions(unit.stories.corrections())
            others = {id_ for match in attached for id_ in (match.a, match.b)}
            others |= {id_ for key in decided.never if not set(key).isdisjoint(items) for id_ in key}
            items |= unit.items.get(others - items.keys())
        words = listing.words(story, items, attached, decided)
        return listing.document(story, items, attached) | {"words": words}

    def merge(self, story_ids: Sequence[str], *, by: str) -> Story:
        """Make one story of several (or accept what was proposed in one), for ever."""
        from newsdigest.sorting import decide

        return decide.merge(
            store=self.store, clock=self.clock, story_ids=story_ids, by=by, sorter=self._sorter()
        )

    def split(self, story_id: str, item_ids: Sequence[str], *, by: str) -> tuple[Story, Story]:
        """Take items out of a story, never to be joined with the rest again."""
        from newsdigest.sorting import decide

        return decide.split(
            store=self.store,
            clock=self.clock,
            story_id=story_id,
            item_ids=item_ids,
            by=by,
            sorter=self._sorter(),
        )

    def _sorter(self, sources: Iterable[Source] | None = None) -> Sorter:
        from newsdigest.sorting import preferred, weights
        from newsdigest.sorting.sort import Sorter

        order: tuple[str, ...] = preferred.ORDER
        if sources is None:
            with self.store.read() as unit:
                sources = unit.sources.all()
            order = next((one.preferred_sources for one in self.workspace.newsletters.values()), order)
        return Sorter(
            sources={source.id: source for source in sources}, weights=weights.shipped(), order=order,
            embedder=self.embedder,
        )  # fmt: skip
