"""
The judge: everything that can be said about one item by itself.

Language, kind, topics, event dates, deadline and embargo, each with what decided. What an editor
corrected stays: the judge keeps it and judges only the rest anew. Texts are cut before judging, so
that ten megabytes cost no more than ten kilobytes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from newsdigest.model.items import Item, Judgement, Kind, TopicScore
from newsdigest.model.sources import Source
from newsdigest.model.topics import Taxonomy
from newsdigest.ports.judging import LanguageDetector, TopicScorer
from newsdigest.sorting import event_dates, language, topic
from newsdigest.sorting.kind import KindRules
from newsdigest.text import folding

VERSION = "2"
MAX_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """
    Judges items one by one; knows nothing of other items.

    Attributes:
        zone: For dates in texts of sources without a zone of their own.
    """

    detector: LanguageDetector
    scorer: TopicScorer
    taxonomy: Taxonomy
    kinds: KindRules
    zone: tzinfo = UTC

    @property
    def version(self) -> str:
        """Changes when an item would be judged differently."""
        return f"{VERSION}.{self.scorer.version}"

    def judge(self, item: Item, source: Source | None) -> Judgement:
        """Return the judgement; never raises, whatever the text holds."""
        made = self.judge_text(
            title=item.title,
            text=item.core_text or item.text,
            declared=item.declared_language or (source.language if source else None),
            fixed_language=source.fixed_language if source else None,
            published=item.published or item.first_seen,
            zone=_zone(source.zone, self.zone) if source else self.zone,
            whole=item.text,
        )
        made = replace(made, judged_fingerprint=item.fingerprint)
        if source and source.item_kind in set(Kind):
            made = replace(made, kind=Kind(source.item_kind), kind_reasons=("set for this source",))
        if source and source.topics:
            made = replace(made, topics=_with_source_topics(made.topics, source.topics))
        return _keeping_editor(made, item.judgement)

    def judge_text(
        self,
        *,
        title: str,
        text: str,
        declared: str | None = None,
        fixed_language: str | None = None,
        published: datetime,
        zone: tzinfo | None = None,
        whole: str = "",
    ) -> Judgement:
        """
        Return the judgement about a title and a text without boilerplate.

        Args:
            whole: The text with boilerplate, where the embargo line may stand.
        """
        title, text = folding.scrub(title[:2000]).strip(), folding.scrub(text[:MAX_CHARACTERS]).strip()
        verdict = language.judge(
            title=title, text=text, detector=self.detector, declared=declared, fixed=fixed_language
        )
        dates = event_dates.read(title=title, text=text, published=published, zone=zone or self.zone)
        if dates.embargo_until is None and whole and whole != text:
            head = folding.scrub(whole[:1500])
            until, warnings = event_dates.embargo(head, published=published, zone=zone or self.zone)
            dates = replace(dates, embargo_until=until, warnings=(*dates.warnings, *warnings))
        topics = topic.choose(self.scorer.score(title=title, text=text))
        kind, reasons = self.kinds.judge(title=title, text=text, dates=dates)
        return Judgement(
            language=verdict, kind=kind, kind_reasons=reasons, topics=topics, event=dates.event,
            deadline=dates.deadline, deadline_evidence=dates.deadline_evidence,
            embargo_until=dates.embargo_until, warnings=dates.warnings, judge_version=self.version,
        )  # fmt: skip


def _keeping_editor(made: Judgement, before: Judgement | None) -> Judgement:
    if before is None or not before.by_editor:
        return made
    kept = set(before.by_editor)
    return replace(
        made,
        language=before.language if "language" in kept else made.language,
        topics=before.topics if "topics" in kept else made.topics,
        kind=before.kind if "kind" in kept else made.kind,
        kind_reasons=before.kind_reasons if "kind" in kept else made.kind_reasons,
        by_editor=before.by_editor,
    )


def _with_source_topics(found: tuple[TopicScore, ...], wanted: tuple[str, ...]) -> tuple[TopicScore, ...]:
    """Topics set for a source join those found, where there is room."""
    have = {one.id for one in found}
    more = [
        TopicScore(id=one, score=0.3, reasons=("set for this source",)) for one in wanted if one not in have
    ]
    return (*found, *more)[: topic.MOST]


def _zone(name: str, otherwise: tzinfo) -> tzinfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return otherwise
