"""
An editor's word about one item: its language, topics or kind.

The record is kept for ever, the item changed at once, and the judge never overrules it. The item
waits for grouping again, as its language decides which edition's text it can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from newsdigest.errors import IllegalStepError, NotFoundError, UsageError
from newsdigest.logs import get_logger
from newsdigest.model import ids
from newsdigest.model.items import Judgement, Kind, TopicScore
from newsdigest.model.stories import Correction, CorrectionRecord
from newsdigest.model.topics import Taxonomy
from newsdigest.ports.clock import Clock
from newsdigest.ports.storage import Store

log = get_logger(__name__)

LANGUAGES = ("de", "en", "cs", "pl", "fr", "other", "mixed")
SAID = "editor"


def correct(
    *, store: Store, clock: Clock, taxonomy: Taxonomy, item_id: str, by: str,
    language: str | None = None, topics: Sequence[str] | None = None, kind: str | None = None,
) -> Judgement:  # fmt: skip
    """
    Store what the editor says and return the item's judgement as it now stands.

    Args:
        topics: The whole truth, best first; empty means "none of ours" (Weitere / Other).

    Raises:
        UsageError: Nothing is corrected, or a language, topic or kind does not exist.
        NotFoundError: There is no such item.
        IllegalStepError: The item has not been judged yet.
    """
    _check(taxonomy, language, topics, kind)
    now = clock.now()
    with store.write() as unit:
        item = unit.items.get([item_id]).get(item_id)
        if item is None:
            raise NotFoundError("item", item_id)
        before = item.judgement
        if before is None:
            raise IllegalStepError(item_id, "has not been judged yet; run `newsdigest sort` first")
        made, said = _corrected(before, language, topics, kind)
        for what, old, new in said:
            record = CorrectionRecord(
                id="c" + ids.derive("correction", what, item_id, new, by, now.isoformat()),
                what=what, subject=item_id, before=old, after=new, by=by, at=now,
            )  # fmt: skip
            unit.stories.correct(record)
            unit.audit.add(at=now, by=by, what=f"item_{what}", subject=item_id, detail=f"{old} > {new}")
        unit.items.judge({item_id: made})
        unit.stories.enqueue([(item_id, item.published or item.first_seen)])
    log.info("item_corrected", item=item_id, what=[what.value for what, _, _ in said])
    return made


def _corrected(
    before: Judgement, language: str | None, topics: Sequence[str] | None, kind: str | None
) -> tuple[Judgement, list[tuple[Correction, str, str]]]:
    """Return the new judgement, and (what, before, after) for each thing said."""
    made, said = before, []
    decided = dict.fromkeys(before.by_editor)
    if language is not None:
        verdict = replace(
            before.language, language=language, confidence=1.0, is_unsure=False, by=SAID,
            evidence=(f"an editor says {language}", *before.language.evidence),
        )  # fmt: skip
        made = replace(made, language=verdict)
        said.append((Correction.LANGUAGE, before.language.language, language))
        decided["language"] = None
    if topics is not None:
        wanted = tuple(dict.fromkeys(topics))
        scores = tuple(TopicScore(id=one, score=1.0, reasons=("an editor says so",)) for one in wanted)
        made = replace(made, topics=scores)
        said.append((Correction.TOPICS, ",".join(one.id for one in before.topics), ",".join(wanted)))
        decided["topics"] = None
    if kind is not None:
        made = replace(made, kind=Kind(kind), kind_reasons=("an editor says so",))
        said.append((Correction.KIND, before.kind.value, kind))
        decided["kind"] = None
    return replace(made, by_editor=tuple(decided)), said


def _check(taxonomy: Taxonomy, language: str | None, topics: Sequence[str] | None, kind: str | None) -> None:
    if language is None and topics is None and kind is None:
        raise UsageError("nothing to correct; give a language, topics or a kind")
    if language is not None and language not in LANGUAGES:
        raise UsageError(f"{language!r} is no language we tell apart; there are {', '.join(LANGUAGES)}")
    known = [topic.id for topic in taxonomy.topics]
    for topic in topics or ():
        if topic not in known:
            raise UsageError(f"there is no topic {topic!r}; there are {', '.join(known)}")
    if kind is not None and kind not in set(Kind):
        raise UsageError(f"there is no kind {kind!r}; there are {', '.join(one.value for one in Kind)}")
