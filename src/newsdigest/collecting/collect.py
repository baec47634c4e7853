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
from datetime import datetime
from functools import partial
from typing import Protocol

from newsdigest import logs
from newsdigest.collecting import looks, normalisation, timetable
from newsdigest.collecting.keeping import Details, Done, Keeper, Rules, SourceReport
from newsdigest.model.entries import Document, Entry
from newsdigest.model.sources import Source, SourceKind, SourceState
from newsdigest.ports.clock import Clock
from newsdigest.ports.fetching import FetchAnswer, Fetcher, FetchRequest
from newsdigest.ports.reading import RawDocument, Reader, ReadResult
from newsdigest.ports.storage import Store
from newsdigest.text import urls

__all__ = ["CollectReport", "Details", "Folders", "Rules", "SourceReport", "collect", "is_http"]

log = logs.get_logger(__name__)

CHUNK = 200
BATCH = 10
"""Documents written in one transaction: commits cost more than rows."""
LIGHT_BATCH = 100
"""Looks written in one transaction; those without a new document are a row each."""
OUTAGE_HOSTS = 4
"""Fewer hosts than this on one run prove no outage of ours."""


class Folders(Protocol):
    """Reads a folder of press releases."""

    def __call__(self, source: Source, now: datetime) -> ReadResult:
        """Return the files of the source's folder as one document."""
        ...


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
        self._keeper = Keeper(store=store, details=details, rules=rules)
        self._batch: list[Done] = []
        self._documents = 0
        self._silent: list[Done] = []
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
                self._settle(Done(source=source, before=state, look=look, now=now))

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
            Done(source=source, before=state, look=look, entries=entries, document=document, now=now)
        )

    def _read_folder(self, source: Source, state: SourceState, index: FetchAnswer | None) -> None:
        now = self._clock.now()
        result = self._folder(source, now) if index is None else self._files(source, index, now)
        if result.document is None:
            look = looks.failed(source, state, result.error, now)
            self._settle(Done(source=source, before=state, look=look, now=now))
            return
        document = result.document
        problem = "; ".join(document.problems[:3])
        if index is None:
            look = looks.folder_read(source, state, problem, now)
        else:
            look = replace(looks.after_reading(source, state, index, result, now), problem=problem)
        self._settle(
            Done(source=source, before=state, look=look, entries=document.entries, document=document, now=now)
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

    def _settle(self, done: Done) -> None:
        self._report.looked += 1
        self._progress(self._report.looked, max(self._total, self._report.looked + 1))
        if done.look.is_network_failure:
            self._silent.append(done)
            return
        self._batch.append(done)
        self._documents += done.document is not None
        if self._documents >= BATCH or len(self._batch) >= LIGHT_BATCH:
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

    def _write(self) -> None:
        for start in range(0, len(self._batch), LIGHT_BATCH):
            self._report.lines += self._keeper.keep(self._batch[start : start + LIGHT_BATCH])
        self._batch, self._documents = [], 0


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
