"""
From looks to the store: what is new is kept, once, with the state that says so.

A source's items, keys, validators and state are one transaction (P6, Q1). Several sources share
one, as commits cost more than rows: a kill leaves each of them as it was or as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from newsdigest import logs
from newsdigest.collecting import health, identity, looks, normalisation, repetition, senders
from newsdigest.model.entries import Document, Entry
from newsdigest.model.items import Item, ItemState
from newsdigest.model.sources import Source, SourceKind, SourceState
from newsdigest.ports.fetching import FetchAnswer
from newsdigest.ports.reading import RawDocument
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.ports.storage.items import ItemHead

log = logs.get_logger(__name__)

FLOOD_LEAST = 5
FLOOD_ANY = 20
LATEST = 60
YOUNG = timedelta(days=30)
"""How many of a source's items, and of which age, profit from boilerplate learnt later; older ones are out."""


class Details(Protocol):
    """Fetches what a list page or an index only links to."""

    def files(self, source: Source, answer: FetchAnswer, *, now: datetime) -> Iterator[RawDocument]:
        """Yield the files an index over HTTP links to, each to become one entry."""
        ...

    def complete(self, source: Source, entries: Sequence[Entry], *, now: datetime) -> list[Entry]:
        """Return the entries, those that are only linked with the text of the linked document."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """
    The settings that collecting goes by.

    Attributes:
        base_line: How old an entry may be to count as news on a source's first look; zero: all is stock.
        flood_share: Share of a known feed that may be new at once.
    """

    base_line: timedelta = timedelta()
    flood_share: float = 0.5
    max_items: int = 300
    max_bytes: int = 10 * 1024 * 1024
    timeout: float = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceReport:
    """One line: what came of looking at one source."""

    source: str
    result: str
    new: int = 0
    changed: int = 0
    stock: int = 0
    quarantined: int = 0
    problem: str = ""


@dataclass(slots=True, kw_only=True)
class Done:
    """A look that is ready to be written."""

    source: Source
    before: SourceState
    look: looks.Look
    entries: Sequence[Entry] = ()
    document: Document | None = None
    now: datetime


@dataclass(slots=True)
class _Changes:
    """What a batch of looks changes; written table by table."""

    items: list[Item] = field(default_factory=list)
    aliases: list[dict[str, str]] = field(default_factory=list)
    served: dict[datetime, list[str]] = field(default_factory=dict)
    states: list[SourceState] = field(default_factory=list)


class Keeper:
    """Writes looks."""

    def __init__(self, *, store: Store, details: Details | None, rules: Rules) -> None:
        self._store, self._details, self._rules = store, details, rules

    def keep(self, batch: Sequence[Done]) -> list[SourceReport]:
        """Write the looks in one transaction and return what came of each; their sources are different."""
        prepared = [
            (
                done,
                [
                    normalisation.prepare(entry, done.source)
                    for entry in normalisation.plausible(done.entries, done.now)
                ],
            )
            for done in batch
        ]
        completed = self._completed(prepared)
        with self._store.write() as unit:
            changes = _Changes()
            read = [done.source.id for done in batch if done.document is not None]
            have_keys = unit.items.sources_with_keys(read) if read else frozenset()
            lines = []
            for (done, candidates), fuller in zip(prepared, completed, strict=True):
                is_stranger = done.source.id not in have_keys
                lines.append(self._keep_one(unit, done, candidates, fuller, changes, is_stranger=is_stranger))
            unit.items.put(changes.items)
            unit.items.add_aliases(changes.aliases)
            for at, served in changes.served.items():
                unit.items.touch(served, at)
            unit.sources.put_states(changes.states)
        return lines

    def _completed(self, prepared: Sequence[tuple[Done, list[identity.Candidate]]]) -> list[dict[int, Entry]]:
        """Fetch what new entries of pages and shortened feeds only link to; no transaction is open."""
        found: list[dict[int, Entry]] = []
        for done, candidates in prepared:
            fuller: dict[int, Entry] = {}
            if (
                candidates
                and self._details
                and (done.source.kind is SourceKind.PAGE or done.source.fetches_full_text)
            ):
                with self._store.read() as unit:
                    known, heads = _known(unit, done.source, candidates)
                policy = identity.Policy.parse(done.look.state.policy)
                verdicts, _ = identity.compare(
                    candidates, source_id=done.source.id, known=known, heads=heads, policy=policy
                )
                wanted = [
                    v.candidate
                    for v in verdicts
                    if v.change in (identity.Change.NEW, identity.Change.CHANGED)
                ]
                entries = self._details.complete(done.source, [one.entry for one in wanted], now=done.now)
                fuller = {id(one): entry for one, entry in zip(wanted, entries, strict=True)}
            found.append(fuller)
        return found

    def _keep_one(
        self, unit: UnitOfWork, done: Done, candidates: list[identity.Candidate], fuller: dict[int, Entry],
        changes: _Changes, *, is_stranger: bool,
    ) -> SourceReport:  # fmt: skip
        source, state = done.source, done.look.state
        report = SourceReport(source=source.id, result=state.last_result.value, problem=done.look.problem)
        if done.document is not None:
            known, heads = ({}, {}) if is_stranger else _known(unit, source, candidates)
            report, state = self._keep_entries(unit, done, candidates, fuller, report, changes, known, heads)
        if done.look.pauses:
            unit.sources.put_pauses(done.look.pauses)
        if done.look.moved_to:
            unit.sources.move(source.id, done.look.moved_to)
            unit.audit.add(
                at=done.now, by="collector", what="source.moved", subject=source.id,
                detail=f"{source.url} -> {done.look.moved_to}",
            )  # fmt: skip
            log.info("source_moved", source=source.id)
        changes.states.append(state)
        return report

    def _keep_entries(
        self, unit: UnitOfWork, done: Done, candidates: list[identity.Candidate], fuller: dict[int, Entry],
        report: SourceReport, changes: _Changes, known: dict[str, str], heads: dict[str, ItemHead],
    ) -> tuple[SourceReport, SourceState]:  # fmt: skip
        source, state, now = done.source, done.look.state, done.now
        before = identity.Policy.parse(state.policy)
        verdicts, policy = identity.compare(
            candidates, source_id=source.id, known=known, heads=heads, policy=before
        )
        new = [verdict for verdict in verdicts if verdict.change is identity.Change.NEW]
        changed = [verdict for verdict in verdicts if verdict.change is identity.Change.CHANGED]
        states = states_of_new(
            new, total=len(verdicts), is_first=_is_first(state, verdicts),
            last_success=done.before.last_success, failing_since=done.before.failing_since, now=now,
            rules=self._rules, is_folder=source.kind is SourceKind.FOLDER,
        )  # fmt: skip
        new = [_fuller(verdict, fuller) for verdict in new]
        changed = [_fuller(verdict, fuller) for verdict in changed]
        shared = _shared(unit, done, [*new, *changed], candidates)
        known_keys = repetition.keys(state.evidence.get("boilerplate"))
        keys = known_keys | shared.keys()
        made = [
            normalisation.item(
                verdict,
                source=source,
                now=now,
                state=item_state,
                keys=keys,
                organisation=_organisation(unit, verdict, source),
            )
            for verdict, item_state in zip(new, states, strict=True)
        ]
        renewed = _renewed(unit, changed, source=source, now=now, keys=keys)
        seen = [v for v in verdicts if v.change in (identity.Change.SEEN, identity.Change.REISSUED)]
        changes.items += [*made, *renewed]
        if done.before.has_base_line and (learnt := shared.keys() - known_keys):
            fresh = {item.id for item in (*made, *renewed)}
            changes.items += _reshaped(unit, source, learnt, keys=keys, fresh=fresh, now=now)
        changes.aliases += [
            {"source_id": source.id, "alias": alias, "item_id": verdict.item_id}
            for verdict in seen
            if verdict.is_new_alias
            for alias in verdict.aliases
            if alias not in known
        ]
        changes.served.setdefault(now, []).extend(verdict.item_id for verdict in seen)
        counts = {one: states.count(one) for one in ItemState}
        reissued = sum(1 for verdict in seen if verdict.change is identity.Change.REISSUED)
        state = health.noted(
            state, before=before, policy=policy, document=done.document, new=counts[ItemState.FRESH],
            reissued=reissued, quarantined=counts[ItemState.QUARANTINED], now=now, shared=shared,
            languages=unit.items.languages(source.id, limit=health.LANGUAGES) if done.before.has_base_line else (),
        )  # fmt: skip
        report = replace(
            report, new=counts[ItemState.FRESH], changed=len(renewed), stock=counts[ItemState.BASE_LINE],
            quarantined=counts[ItemState.QUARANTINED],
        )  # fmt: skip
        return report, state


def _shared(
    unit: UnitOfWork,
    done: Done,
    fresh: Sequence[identity.Verdict],
    candidates: Sequence[identity.Candidate],
) -> dict[str, str]:
    """
    Return the paragraphs that the source's texts share: key to first words.

    Most documents show it by themselves; where one has few entries, or its texts come from
    the pages behind it, the latest stored items are looked at too.
    """
    source = done.source
    found = dict(done.document.repeated) if done.document else {}
    is_whole = source.kind is SourceKind.FEED and not source.fetches_full_text
    if not fresh or (is_whole and len(candidates) >= repetition.FEW):
        return found
    texts = [verdict.candidate.text for verdict in fresh]
    if done.before.has_base_line:
        ids = {verdict.item_id for verdict in fresh}
        stored = unit.items.of_source(source.id, limit=repetition.RECENT)
        texts += [item.text for item in stored if item.id not in ids]
    return found | repetition.found_in(texts)


def _renewed(
    unit: UnitOfWork, changed: Sequence[identity.Verdict], *, source: Source, now: datetime,
    keys: Collection[str],
) -> list[Item]:  # fmt: skip
    """Return the stored items with what changed under them."""
    old = unit.items.get([verdict.item_id for verdict in changed]) if changed else {}
    renewed: list[Item] = []
    for verdict in changed:
        stored = old.get(verdict.item_id)
        if stored is None or stored.state in (ItemState.TOMBSTONE, ItemState.WITHDRAWN):
            continue
        fresh = normalisation.item(
            verdict, source=source, now=now, state=stored.state, keys=keys,
            organisation=_organisation(unit, verdict, source) or stored.organisation,
        )  # fmt: skip
        renewed.append(normalisation.renewed(stored, fresh, now))
    return renewed


def _reshaped(
    unit: UnitOfWork, source: Source, learnt: Collection[str], *, keys: Collection[str],
    fresh: Collection[str], now: datetime,
) -> list[Item]:  # fmt: skip
    """Return the source's latest items that hold what was only now learnt to be boilerplate, without it."""
    return [
        normalisation.reshaped(item, source=source, keys=keys)
        for item in unit.items.of_source(source.id, limit=LATEST)
        if item.id not in fresh
        and item.first_seen >= now - YOUNG
        and item.state not in (ItemState.TOMBSTONE, ItemState.WITHDRAWN)
        and repetition.holds(item.text, learnt)
    ]


def _organisation(unit: UnitOfWork, verdict: identity.Verdict, source: Source) -> str:
    """Return who speaks in a file of a folder, "" for all else or where it cannot be told."""
    entry = verdict.candidate.entry
    if source.kind is not SourceKind.FOLDER or entry.organisation or not entry.sender:
        return entry.organisation
    return senders.of_sender(entry.sender, unit.sources.all())


def states_of_new(
    new: Sequence[identity.Verdict],
    *,
    total: int,
    is_first: bool,
    last_success: datetime | None,
    now: datetime,
    rules: Rules,
    failing_since: datetime | None = None,
    is_folder: bool = False,
) -> list[ItemState]:
    """
    Return how each new entry of one look is kept: as news, as stock, or in quarantine.

    Stock is what a source held when it was first read. A flood is more than half of a
    known feed new at once; what of it is dated before the last good look, or not at
    all, waits for the editor, and all of it where it is very much.
    """
    if is_first:
        # What a person drops into a folder is meant to be read, also on the first day.
        horizon = now - rules.base_line if rules.base_line else None
        if failing_since is not None:
            # Added, but not to be read until now: what came meanwhile is news all the same.
            horizon = min(failing_since, horizon or failing_since)
        return [
            ItemState.FRESH if is_folder or _is_newer(verdict, horizon) else ItemState.BASE_LINE
            for verdict in new
        ]
    if is_folder or len(new) < FLOOD_LEAST or len(new) <= rules.flood_share * total:
        return [ItemState.FRESH] * len(new)
    horizon = last_success - timedelta(days=3) if last_success else None
    old = [not _is_newer(verdict, horizon) for verdict in new]
    if len(new) >= FLOOD_ANY or all(old):
        return [ItemState.QUARANTINED] * len(new)
    return [ItemState.QUARANTINED if is_old else ItemState.FRESH for is_old in old]


def _is_first(state: SourceState, verdicts: Sequence[identity.Verdict]) -> bool:
    """Whether this is the first look: also under an edited address, if nothing on it is known."""
    is_known = any(verdict.change is not identity.Change.NEW for verdict in verdicts)
    return not state.has_base_line or ("new_address" in state.evidence and not is_known)


def _is_newer(verdict: identity.Verdict, horizon: datetime | None) -> bool:
    entry = verdict.candidate.entry
    if horizon is None or entry.published is None:
        return False
    # A day without a time counts as a whole: its midnight lies before the horizon of the same day.
    return entry.published + timedelta(days=1 if entry.is_date_only else 0) >= horizon


def _known(
    unit: UnitOfWork, source: Source, candidates: Sequence[identity.Candidate]
) -> tuple[dict[str, str], dict[str, ItemHead]]:
    known = unit.items.known(source.id, [alias for one in candidates for alias in one.keys.values()])
    return known, unit.items.heads(known.values())


def _fuller(verdict: identity.Verdict, fuller: dict[int, Entry]) -> identity.Verdict:
    """Return the verdict with the linked document's text; what it is compared by stays the list's."""
    entry = fuller.get(id(verdict.candidate))
    if entry is None or entry is verdict.candidate.entry:
        return verdict
    text = normalisation.text_of(entry)
    return replace(verdict, candidate=replace(verdict.candidate, entry=entry, text=text))
