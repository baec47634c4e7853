"""
How much a story weighs, in which order a section shows it, and what is over a limit.

Limits keep the mail short and the members equal: a section shows at most so many stories, and at
most so many of one organisation. What is over waits with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from newsdigest.model.editions import Placement
from newsdigest.model.items import Item, Kind
from newsdigest.model.newsletters import Newsletter, Section, SectionOrder
from newsdigest.model.sources import Source, SourceType

LANGUAGE_LIST = "in-"
_TYPE_WEIGHT = {
    SourceType.ASSOCIATION: 3.0, SourceType.MEMBER: 2.0, SourceType.INSTITUTE: 1.5, SourceType.MINISTRY: 1.5,
    SourceType.SCIENCE_SERVICE: 1.0, SourceType.PLATFORM: 0.5,
}  # fmt: skip


def weight(placement: Placement, lead: Item, source: Source | None, newsletter: Newsletter) -> float:
    """Return how much a story weighs: who tells it, how often it is told, and how well it fits the topics."""
    best = max((score.score for score in lead.judgement.topics), default=0.0) if lead.judgement else 0.0
    told = min(placement.tellings - 1, 4) * 0.6
    who = _TYPE_WEIGHT.get(source.type, 0.0) if source else 0.0
    # Routine beside news: a statement or correction of ours does not open the mail.
    routine = 0.5 if placement.kind in (Kind.STATEMENT.value, Kind.CORRECTION.value) else 0.0
    return round(who + told + best - routine, 4)


def arrange(
    placements: Sequence[Placement], newsletter: Newsletter
) -> tuple[tuple[Placement, ...], tuple[Placement, ...]]:
    """Return the placements with their positions, and those over a limit as `held`."""
    chosen: dict[tuple[str, str], list[Placement]] = {}
    over: list[Placement] = []
    # The lists come last: "In German" names what stands in the German edition, not what was too much for it.
    for is_list in (False, True):
        full = {(p.story_id, p.language) for p in over}
        for language in newsletter.languages:
            mine = [p for p in placements if p.language == language]
            for section in sections_of(newsletter, mine):
                if section.id.startswith(LANGUAGE_LIST) is not is_list:
                    continue
                here = [p for p in mine if p.section_id == section.id]
                over += [replace(p, held="over_limit") for p in here if (p.story_id, p.text_language) in full]
                fitting = [p for p in here if (p.story_id, p.text_language) not in full]
                chosen[language, section.id], rest = limit(fitting, section)
                over += rest
    shown = [
        replace(placement, position=position)
        for language in newsletter.languages
        for position, placement in enumerate(
            (p for (of, _), kept in chosen.items() if of == language for p in kept), start=1
        )
    ]
    return tuple(shown), tuple(over)


def sections_of(newsletter: Newsletter, placements: Sequence[Placement]) -> list[Section]:
    """Return the sections readers see, in order, with the lists of other languages at the end."""
    listed = sorted({p.section_id for p in placements if p.section_id.startswith(LANGUAGE_LIST)})
    extra = [
        Section(id=id_, titles=(), limit=newsletter.other_language_limit, order=SectionOrder.NEWEST)
        for id_ in listed
    ]
    return [*(s for s in newsletter.sections if not s.joins), *extra]


def limit(placements: Sequence[Placement], section: Section) -> tuple[list[Placement], list[Placement]]:
    """
    Return what a section shows, in its order, and what is over its limits.

    The heaviest stay, whatever the order shown: of three stories of one organisation the least
    goes, not the last by alphabet. In a list of another language the newest stay.
    """
    count: Counter[str] = Counter()
    kept: list[Placement] = []
    over: list[Placement] = []
    is_list = section.id.startswith(LANGUAGE_LIST)
    by_date = is_list or section.order in (SectionOrder.START, SectionOrder.DEADLINE)
    # What is new is told at least once, however many events announced before are nearer.
    chosen = sorted(
        placements, key=lambda p: (p.is_repeated, *order_key(p, section)) if by_date else _by_weight(p)
    )
    # A correction is owed to the readers: no limit pushes it out.
    for placement in sorted(chosen, key=lambda p: p.kind != Kind.CORRECTION.value):
        # Who speaks is not known of every file in a folder: those are many, not one that says too much.
        share = section.per_organisation if placement.organisation else 0
        if share and count[placement.organisation] >= share:
            over.append(replace(placement, held="fair_share"))
        elif len(kept) >= section.limit:
            over.append(replace(placement, held="over_limit"))
        else:
            count[placement.organisation] += 1
            kept.append(placement)
    return sorted(kept, key=lambda p: order_key(p, section)), over


def order_key(placement: Placement, section: Section) -> tuple[object, ...]:
    """Return by what a section sorts a placement; pinned ones stand first, dateless ones last."""
    last = "9999"
    match section.order:
        case SectionOrder.START:
            event = placement.event
            when = f"{event.start}T{event.start_time or ''}" if event else last
            return (not placement.is_lead, when, *_by_weight(placement))
        case SectionOrder.DEADLINE:
            return (not placement.is_lead, str(placement.deadline or last), *_by_weight(placement))
        case SectionOrder.ORGANISATION:
            return (not placement.is_lead, placement.organisation.casefold(), *_by_weight(placement))
        case SectionOrder.NEWEST:
            age = -(placement.published.timestamp() if placement.published else 0.0)
            return (not placement.is_lead, age, placement.id)
        case _:
            return (not placement.is_lead, *_by_weight(placement))


def _by_weight(placement: Placement) -> tuple[object, ...]:
    age = -(placement.published.timestamp() if placement.published else 0.0)
    return (-placement.weight, age, placement.id)
