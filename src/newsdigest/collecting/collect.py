"""
The job: look at what is due, read what changed, keep what is new.

One pass, everything lazy: due sources are drawn from the store in chunks, fetched in
the fetcher's thread, read in the reader's children, compared and written here. Memory
does not grow with the number of sources. A source's items, keys, validators and
state are one transaction (P6, Q1), so that a kill leaves it as it was or as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from newsdigest import logs
from newsdigest.collecting import health, identity, looks, normalisation, timetable
from newsdigest.model.entries import Document, Entry
from newsdigest.model.items import Item, ItemState
from newsdigest.model.sources import Source, SourceKind, SourceState
from newsdigest.ports.clock import Clock
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchRequest
from newsdigest.ports.reading import RawDocument, Reader, ReadResult
from newsdigest.ports.storage import Store, UnitOfWork
from newsdigest.ports.storage.items import ItemHead
from newsdigest.text import urls

log = logs.get_logger(__name__)

CHUNK = 200
BATCH = 12
"""Sources written in one transaction: commits cost more than rows."""
OUTAGE_HOSTS = 4
"""Fewer hosts than this on one run prove no outage of ours."""
FLOOD_LEAST = 5
FLOOD_ANY = 20


class Folders(Protocol):
    """Reads a folder of press releases."""

    def __call__(self, source: Source, now: datetime) -> ReadResult:
        """Return the files of the source's folder as one document."""
        ...


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
class CollectReport:
    """What came of a run."""

    looked: int = 0
    lines: list[SourceReport] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    is_own_outage: bool = False

    @property
    def problems(self) -> list[str]:
        """One sentence for every source that could not be read."""
        return [f"{line.source}: {line.problem}" for line in self.lines if line.problem]

    @property
    def new(self) -> int:
        """How many items are new."""
        return sum(line.new for line in self.lines)

    @property
    def line(self) -> str:
        """The run in one line."""
        changed = sum(line.changed for line in self.lines)
        stock = sum(line.stock for line in self.lines)
        parts = [f"{self.looked} sources looked at", f"{self.new} new items", f"{changed} changed"]
        if stock:
            parts.append(f"{stock} as stock")
        if quarantined := sum(line.quarantined for line in self.lines):
            parts.append(f"{quarantined} in quarantine")
        if self.problems:
            parts.append(f"{len(self.problems)} with problems")
        if self.is_own_outage:
            parts.append("most hosts did not answer: our own connection is down")
        return ", ".join(parts)


_Local = tuple[Source, SourceState, FetchAnswer | None]
"""A folder source; the answer is its index, where it is read over HTTP."""


@dataclass(slots=True, kw_only=True)
class _Done:
    """A look that is ready to be written."""

    source: Source
    before: SourceState
    look: looks.Look
    entries: Sequence[Entry] = ()
    document: Document | None = None
    now: datetime


def collect(
    *,
    clock: Clock,
    store: Store,
    fetcher: Fetcher,
    reader: Reader,
    folders: Folders | None = None,
    details: Details | None = None,
    rules: Rules,
    only: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> CollectReport:
    """
    Look at every source that is due, or at those in `only`, and return what came of it.

    A source is never asked again before its floor of an hour, nor while its server wants to be left alone.
    """
    return _Run(
        clock=clock, store=store, fetcher=fetcher, reader=reader, folders=folders, details=details,
        rules=rules, progress=progress or (lambda _done, _total: None),
    ).run(only)  # fmt: skip


class _Run:
    """One run of the job."""

    def __init__(
        self, *, clock: Clock, store: Store, fetcher: Fetcher, reader: Reader, folders: Folders | None,
        details: Details | None, rules: Rules, progress: Callable[[int, int], None],
    ) -> None:  # fmt: skip
        self._clock, self._store, self._fetcher, self._reader = clock, store, fetcher, reader
        self._folders, self._details, self._rules, self._progress = folders, details, rules, progress
        self._report = CollectReport()
        self._under_way: dict[str, tuple[Source, SourceState, FetchAnswer | None]] = {}
        self._batch: list[_Done] = []
        self._silent: list[_Done] = []
        self._hosts: dict[str, bool] = {}
        self._total = 0

    def run(self, only: Sequence[str]) -> CollectReport:
        """Do it."""
        now = self._clock.now()
        with self._store.read() as unit:
            ids = list(only) or list(unit.sources.due_ids(now))
            pauses = unit.sources.pauses()
        self._total = len(ids)
        local: list[_Local] = []
        for result in self._reader.read_all(self._raws(ids, pauses, local, is_asked=bool(only))):
            self._read(result)
        for source, state, index in local:
            self._read_folder(source, state, index)
        self._settle_silent()
        self._write()
        self._progress(self._total, self._total)
        log.info(
            "collected",
            sources=self._report.looked,
            new=self._report.new,
            problems=len(self._report.problems),
        )
        return self._report

    # From the store to raw documents.

    def _raws(
        self, ids: list[str], pauses: dict[str, datetime], local: list[_Local], *, is_asked: bool
    ) -> Iterator[RawDocument]:
        """Yield the bodies that have to be read; what needs no reading is settled on the way."""
        for answer in self._fetcher.fetch_all(self._requests(ids, pauses, local, is_asked=is_asked)):
            source, state, _ = self._under_way[answer.key]
            now = self._clock.now()
            look = looks.after_answer(source, state, answer, now)
            self._hosts[urls.host(source.url)] = (
                self._hosts.get(urls.host(source.url), False) or not look.is_network_failure
            )
            if look.needs_reading and source.kind is SourceKind.FOLDER:
                del self._under_way[answer.key]
                local.append((source, state, answer))
            elif look.needs_reading:
                self._under_way[answer.key] = (source, state, answer)
                yield RawDocument(
                    key=source.id,
                    body=answer.body,
                    url=answer.url,
                    content_type=answer.content_type,
                    zone=source.zone,
                    now=now,
                    kind="page" if source.kind is SourceKind.PAGE else "feed",
                    page_rules=source.page_rules,
                    max_entries=self._rules.max_items,
                    finish=partial(
                        normalisation.digested, source=source, now=now, is_first=not state.has_base_line
                    ),
                )
            else:
                del self._under_way[answer.key]
                self._settle(_Done(source=source, before=state, look=look, now=now))

    def _requests(
        self, ids: list[str], pauses: dict[str, datetime], local: list[_Local], *, is_asked: bool
    ) -> Iterator[FetchRequest]:
        for start in range(0, len(ids), CHUNK):
            with self._store.read() as unit:
                chunk = unit.sources.with_states(ids[start : start + CHUNK])
            now = self._clock.now()
            for source, before in chunk:
                state = looks.current(source, before)
                if source.kind is SourceKind.FOLDER and not is_http(source.url):
                    local.append((source, state, None))
                    continue
                if held := _held(source, state, pauses, now):
                    if is_asked:
                        self._report.skipped.append(f"{source.id}: {held}")
                    continue
                self._under_way[source.id] = (source, state, None)
                yield looks.request(
                    source, state, now, max_bytes=self._rules.max_bytes, timeout=self._rules.timeout
                )

    # From read documents to looks.

    def _read(self, result: ReadResult) -> None:
        source, state, answer = self._under_way.pop(result.key)
        assert answer is not None
        now = self._clock.now()
        look = looks.after_reading(source, state, answer, result, now)
        document = result.document
        entries = document.entries if document else ()
        self._settle(
            _Done(source=source, before=state, look=look, entries=entries, document=document, now=now)
        )

    def _read_folder(self, source: Source, state: SourceState, index: FetchAnswer | None) -> None:
        now = self._clock.now()
        result = self._folder(source, now) if index is None else self._files(source, index, now)
        if result.document is None:
            look = looks.failed(source, state, result.error, now)
            self._settle(_Done(source=source, before=state, look=look, now=now))
            return
        document = result.document
        problem = "; ".join(document.problems[:3])
        if index is None:
            look = looks.folder_read(source, state, problem, now)
        else:
            look = replace(looks.after_reading(source, state, index, result, now), problem=problem)
        self._settle(
            _Done(
                source=source, before=state, look=look, entries=document.entries, document=document, now=now
            )
        )

    def _folder(self, source: Source, now: datetime) -> ReadResult:
        if self._folders is None:
            return ReadResult(key=source.id, reason="not_a_feed", error="folders are not read here")
        return self._folders(source, now)

    def _files(self, source: Source, index: FetchAnswer, now: datetime) -> ReadResult:
        """Read the files an index over HTTP links to."""
        assert self._details is not None
        entries: list[Entry] = []
        unread: list[str] = []
        for result in self._reader.read_all(self._details.files(source, index, now=now)):
            if result.document is not None:
                entries.extend(result.document.entries)
            elif result.reason != "empty":
                unread.append(f"{result.key}: {result.error}")
        document = Document(
            format="folder",
            entries=tuple(entries),
            total_entries=len(entries),
            problems=tuple(sorted(unread)),
        )
        return ReadResult(key=source.id, document=document)

    def _settle(self, done: _Done) -> None:
        self._report.looked += 1
        self._progress(self._report.looked, max(self._total, self._report.looked + 1))
        if done.look.is_network_failure:
            self._silent.append(done)
            return
        self._batch.append(done)
        if len(self._batch) >= BATCH:
            self._write()

    def _settle_silent(self) -> None:
        """Decide whether the hosts that did not answer are down, or we are (P19)."""
        dead = sum(1 for is_alive in self._hosts.values() if not is_alive)
        if dead * 2 > len(self._hosts) >= OUTAGE_HOSTS:
            self._report.is_own_outage = True
            log.warning("own_outage", hosts=len(self._hosts), silent=dead)
            for done in self._silent:
                done.look = looks.after_own_outage(done.source, done.look, done.before, done.now)
        self._batch.extend(self._silent)
        self._silent = []

    # From looks to the store.

    def _write(self) -> None:
        """Write the batch: each source's items, keys, validators and state in one transaction."""
        if not self._batch:
            return
        prepared = [
            (
                done,
                [
                    normalisation.prepare(entry, done.source)
                    for entry in normalisation.plausible(done.entries, done.now)
                ],
            )
            for done in self._batch
        ]
        self._batch = []
        completed = self._completed(prepared)
        with self._store.write() as unit:
            states: list[SourceState] = []
            for (done, candidates), fuller in zip(prepared, completed, strict=True):
                report, state = self._write_one(unit, done, candidates, fuller)
                self._report.lines.append(report)
                states.append(state)
            unit.sources.put_states(states)

    def _completed(
        self, prepared: Sequence[tuple[_Done, list[identity.Candidate]]]
    ) -> list[dict[int, Entry]]:
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

    def _write_one(
        self, unit: UnitOfWork, done: _Done, candidates: list[identity.Candidate], fuller: dict[int, Entry]
    ) -> tuple[SourceReport, SourceState]:
        source, state = done.source, done.look.state
        report = SourceReport(source=source.id, result=state.last_result.value, problem=done.look.problem)
        if done.document is not None:
            report, state = self._keep(unit, done, candidates, fuller, report)
        if done.look.pauses:
            unit.sources.put_pauses(done.look.pauses)
        if done.look.moved_to:
            unit.sources.move(source.id, done.look.moved_to)
            unit.audit.add(
                at=done.now, by="collector", what="source.moved", subject=source.id,
                detail=f"{source.url} -> {done.look.moved_to}",
            )  # fmt: skip
            log.info("source_moved", source=source.id)
        return report, state

    def _keep(
        self, unit: UnitOfWork, done: _Done, candidates: list[identity.Candidate], fuller: dict[int, Entry],
        report: SourceReport,
    ) -> tuple[SourceReport, SourceState]:  # fmt: skip
        source, state, now = done.source, done.look.state, done.now
        known, heads = _known(unit, source, candidates)
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
        made = [
            normalisation.item(_fuller(verdict, fuller), source=source, now=now, state=item_state)
            for verdict, item_state in zip(new, states, strict=True)
        ]
        old = unit.items.get([verdict.item_id for verdict in changed])
        renewed: list[Item] = []
        for verdict in changed:
            stored = old.get(verdict.item_id)
            if stored is None or stored.state in (ItemState.TOMBSTONE, ItemState.WITHDRAWN):
                continue
            fresh = normalisation.item(_fuller(verdict, fuller), source=source, now=now, state=stored.state)
            renewed.append(normalisation.renewed(stored, fresh, now))
        unit.items.put([*made, *renewed])
        seen = [v for v in verdicts if v.change in (identity.Change.SEEN, identity.Change.REISSUED)]
        unit.items.add_aliases(
            [
                {"source_id": source.id, "alias": alias, "item_id": verdict.item_id}
                for verdict in seen
                if verdict.is_new_alias
                for alias in verdict.aliases
                if alias not in known
            ]
        )
        unit.items.touch([verdict.item_id for verdict in seen], now)
        counts = {one: states.count(one) for one in ItemState}
        reissued = sum(1 for verdict in seen if verdict.change is identity.Change.REISSUED)
        state = health.noted(
            state, before=before, policy=policy, document=done.document, new=counts[ItemState.FRESH],
            reissued=reissued, quarantined=counts[ItemState.QUARANTINED], now=now,
        )  # fmt: skip
        report = replace(
            report, new=counts[ItemState.FRESH], changed=len(renewed), stock=counts[ItemState.BASE_LINE],
            quarantined=counts[ItemState.QUARANTINED],
        )  # fmt: skip
        return report, state


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


def is_http(url: str) -> bool:
    """Tell whether an address is fetched rather than read from disk."""
    return url.startswith(("http://", "https://"))


def _held(source: Source, state: SourceState, pauses: dict[str, datetime], now: datetime) -> str:
    """Return why the source is not asked now, "" where it may be."""
    until = pauses.get(urls.registrable_domain(urls.host(source.url)))
    if until and until > now:
        return f"its server asked to be left alone until {until:%Y-%m-%d %H:%M} UTC"
    if state.next_look == timetable.NEVER:
        return "it is gone for good (410); edit its address to begin again"
    if looks.is_to_be_skipped(state, now):
        return "its feed asks for no visits at this hour or on this day"
    floor = timetable.earliest(state, source.url)
    if floor and floor > now:
        looked = f"it was looked at {state.last_look:%Y-%m-%d %H:%M} UTC"
        return f"{looked}; not again before {floor:%Y-%m-%d %H:%M} UTC"
    return ""
