"""The parts of collecting: ports meet tools, one method per job."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from datetime import datetime

    from newsdigest.collecting.collect import CollectReport, Rules
    from newsdigest.collecting.diagnosis import Step
    from newsdigest.collecting.explore import Exploration
    from newsdigest.collecting.following import Follower
    from newsdigest.collecting.health import Health
    from newsdigest.collecting.source_table import ImportLine
    from newsdigest.model.sources import Source, SourceState
    from newsdigest.ports.fetching import Fetcher
    from newsdigest.ports.reading import Reader, ReadResult
    from newsdigest.ports.storage import UnitOfWork

APPLIED = "sources.applied"
APPLIED_FILE = "sources.applied_file"
POOLS = 32
"""Small ones: httpcore's search for a connection grows with the pool."""


class CollectingParts(Base):
    """What the doors ask of collecting."""

    @cached_property
    def fetcher(self) -> Fetcher:
        """The one guarded way out."""
        from newsdigest.adapters.guarded_network import GuardedNetwork, open_transports
        from newsdigest.adapters.httpx_fetcher import HttpxFetcher

        network = self.workspace.main.network
        guard = GuardedNetwork(allow=network.allow)
        return HttpxFetcher(
            open_pools=lambda: open_transports(guard, count=POOLS, connections=network.concurrency),
            user_agent=self.user_agent,
            host_interval=network.host_interval,
            concurrency=network.concurrency,
            book_turn=self._book_turn if self.workspace.main.store.url.startswith("postgresql") else None,
        )

    def _book_turn(self, host: str) -> float:
        """Book the next turn at a host among all machines; return the seconds until then."""
        from newsdigest.adapters.sql_store import host_turns
        from newsdigest.errors import StoreError

        interval = self.workspace.main.network.host_interval
        try:
            return host_turns.book(self.store, host, interval)
        except StoreError:
            # The database says so itself a moment later, when what was fetched is to be written.
            return interval

    @cached_property
    def reader(self) -> Reader:
        """Documents to entries, in killable children."""
        from newsdigest.adapters.feedparser_reader import FeedparserReader

        # What collecting does with the text runs in the children too: they begin with it imported.
        return FeedparserReader(
            children=self.workspace.main.collecting.parse_workers,
            preload=("newsdigest.collecting.normalisation",),
        )

    @property
    def user_agent(self) -> str:
        """Who asks: `newsdigest/<version> (+<operator page>; <contact>)` (P15)."""
        from newsdigest import __version__

        network = self.workspace.main.network
        page = network.operator_page or self.workspace.main.association.website
        about = "; ".join(part for part in (f"+{page}" if page else "", network.contact) if part)
        return f"newsdigest/{__version__}" + (f" ({about})" if about else "")

    @property
    def collecting_rules(self) -> Rules:
        """The settings collecting goes by."""
        from datetime import timedelta

        from newsdigest.collecting.collect import Rules

        main = self.workspace.main
        return Rules(
            base_line=timedelta(days=main.collecting.base_line_days),
            flood_share=main.collecting.flood_share,
            max_items=main.collecting.max_items,
            max_bytes=main.network.max_bytes,
            timeout=main.network.timeout,
        )

    @property
    def follower(self) -> Follower:
        """Fetches and reads what a source only links to."""
        from newsdigest.adapters import trafilatura_reader
        from newsdigest.collecting.following import Follower

        network = self.workspace.main.network
        return Follower(
            fetcher=self.fetcher, reader=self.reader, max_bytes=network.max_bytes, timeout=network.timeout,
            full_text=trafilatura_reader.TrafilaturaReader() if trafilatura_reader.is_installed() else None,
        )  # fmt: skip

    def collect(
        self, only: Sequence[str] = (), *, progress: Callable[[int, int], None] | None = None
    ) -> CollectReport:
        """
        Look at every source that is due, or at those in `only`.

        Raises:
            NotFoundError: There is no source of that id.
        """
        from newsdigest.adapters.image_copier import ImageCopier
        from newsdigest.collecting import collect
        from newsdigest.collecting.copy_images import copy_images

        self.apply_sources()
        for source_id in only:
            self.source(source_id)
        begun = self.clock.now()
        report = collect.collect(
            clock=self.clock,
            store=self.store,
            fetcher=self.fetcher,
            reader=self.reader,
            folders=self._read_folder,
            details=self.follower,
            rules=self.collecting_rules,
            only=only,
            progress=progress,
        )
        if report.looked:
            copy_images(
                store=self.store,
                images=ImageCopier(folder=self.workspace.var / "images", fetcher=self.fetcher),
                since=begun,
            )
        return report

    def apply_sources(self) -> bool:
        """
        Bring what stands in sources.yaml into the store, if the file's content has changed since.

        The store holds the working set; sources added by command or in the newsroom stay as they are.
        """
        file_digest = self._sources_file_digest()
        with self.store.read() as unit:
            applied = unit.runs.get_value(APPLIED)
            # Reading YAML takes a second for a thousand sources: first the bytes are compared.
            if applied and file_digest and unit.runs.get_value(APPLIED_FILE) == file_digest:
                return False
        from newsdigest.settings import source_settings

        was_read_before = "sources" in vars(self.workspace)
        sources = self.workspace.sources
        digest = source_settings.digest(sources)
        if was_read_before or self._sources_file_digest() != file_digest:
            file_digest = ""  # the records may stem from other bytes: the next process has to read
        if applied == digest:
            if not file_digest:
                return False
            with self.store.write() as unit:
                unit.runs.put_value(APPLIED_FILE, file_digest)
            return False
        with self.store.write() as unit:
            before = {source.id: source for source in unit.sources.all()}
            configured = {source.id for source in sources}
            gone = [one.id for one in before.values() if one.origin == "config" and one.id not in configured]
            unit.sources.remove(gone)
            self._put_sources(unit, sources, before)
            unit.runs.put_value(APPLIED, digest)
            unit.runs.put_value(APPLIED_FILE, file_digest)
            unit.audit.add(
                at=self.clock.now(), by="settings", what="sources.apply", subject="sources.yaml",
                detail=f"{len(sources)} sources, {len(gone)} removed",
            )  # fmt: skip
        return True

    def _sources_file_digest(self) -> str:
        """Return what changes with the bytes of sources.yaml, and with the program that reads them."""
        import hashlib

        from newsdigest import __version__

        try:
            data = self.workspace.config_file("sources.yaml").read_bytes()
        except OSError:
            return ""  # reading it as settings says what is wrong
        return hashlib.sha256(__version__.encode() + b"\0" + data).hexdigest()[:32]

    def sources(self) -> list[tuple[Source, SourceState, Health]]:
        """Return every source with what is known of it and how it is, by id."""
        from newsdigest.collecting import health

        self.apply_sources()
        now = self.clock.now()
        with self.store.read() as unit:
            ids = [source.id for source in unit.sources.all()]
            return [
                (source, state, health.report(source, state, now))
                for source, state in unit.sources.with_states(ids)
            ]

    def source(self, source_id: str) -> Source:
        """
        Return one source.

        Raises:
            NotFoundError: There is none of that id.
        """
        from newsdigest.errors import NotFoundError

        with self.store.read() as unit:
            found = unit.sources.get(source_id)
        if found is None:
            raise NotFoundError("source", source_id)
        return found

    def put_source(self, source: Source, *, by: str) -> None:
        """Add a source or change it."""
        self.apply_sources()
        with self.store.write() as unit:
            before = unit.sources.get(source.id)
            what = "source.change" if before else "source.add"
            self._put_sources(unit, [source], {source.id: before} if before else {})
            unit.audit.add(at=self.clock.now(), by=by, what=what, subject=source.id, detail=source.url)

    def import_sources(self, data: bytes, *, name: str, by: str) -> list[ImportLine]:
        """
        Add or change sources from an OPML or CSV file; one line a row.

        Raises:
            UsageError: The file is neither.
        """
        from newsdigest.collecting import opml, source_table
        from newsdigest.errors import UsageError
        from newsdigest.text.decoding import decode

        text = decode(data, "").text
        rows = opml.rows_of_opml(text) if "<opml" in text[:4000].lower() else source_table.rows_of_csv(text)
        if not rows or not any("url" in row for row in rows):
            columns = ",".join(source_table.COLUMNS)
            raise UsageError(f"{name}: holds no sources; give OPML, or CSV with the columns {columns}")
        return self.import_rows(rows, by=by)

    def import_rows(self, rows: Sequence[Mapping[str, str]], *, by: str) -> list[ImportLine]:
        """Add or change sources from rows (column name to text); one line a row."""
        from newsdigest.collecting import source_table

        self.apply_sources()
        with self.store.write() as unit:
            existing = unit.sources.all()
            changed, lines = source_table.plan(rows, existing)
            self._put_sources(unit, changed, {one.id: one for one in existing})
            for line in lines:
                if line.result in ("added", "changed"):
                    unit.audit.add(
                        at=self.clock.now(),
                        by=by,
                        what=f"source.{line.result}",
                        subject=line.id,
                        detail=line.detail,
                    )
        return lines

    @staticmethod
    def _put_sources(unit: UnitOfWork, sources: Sequence[Source], before: Mapping[str, Source]) -> None:
        """Store sources; one that is read in another way than before is looked at anew, without waiting."""
        from newsdigest.collecting import looks

        unit.sources.put(sources)
        turned = [one for one in sources if one.id in before and before[one.id].kind is not one.kind]
        unit.sources.put_states([looks.begun_anew(one, unit.sources.state(one.id)) for one in turned])

    def look_and_add(self, row: Mapping[str, str], *, by: str) -> ImportLine:
        """
        Add or change one source after a look at its address; one that cannot be read is refused.

        Its kind is what the look showed. That of a known source is changed only where the row says so.

        Args:
            row: Column name to text; an empty cell says nothing.
        """
        from newsdigest.collecting import recognise, source_table
        from newsdigest.model.sources import SourceKind

        self.apply_sources()
        with self.store.read() as unit:
            existing = unit.sources.all()
        said = row.get("kind", "").strip().lower()
        url = row.get("url", "").strip()
        folder = self._folder_at(url)
        known = next((one for one in existing if one.id == row.get("id")), None)
        known = known or source_table.known_at(folder or url, existing)
        if said == SourceKind.FOLDER or (folder and not said):
            missing = f"{url[:120]!r} is no folder; make it first, then add it"
            seen = recognise.Recognised(
                url=folder or url,
                kind=SourceKind.FOLDER if folder else None,
                problem="" if folder else missing,
            )
        else:
            seen = recognise.at_address(
                url, kind=SourceKind(said) if said else None, fetcher=self.fetcher, reader=self.reader,
                now=self.clock.now(), page_rules=known.page_rules if known else None,
            )  # fmt: skip
        problem = seen.problem
        if not problem and known and seen.kind is not known.kind and not said:
            problem = (
                f"is read as a {known.kind}, but this is a {seen.kind}; say --kind {seen.kind} to change that"
            )
        if seen.kind is None or problem:
            id_ = known.id if known else row.get("id", "")
            return source_table.ImportLine(row=1, id=id_, result="refused", detail=problem)
        (line,) = self.import_rows([{**row, "url": seen.url, "kind": seen.kind.value}], by=by)
        return line

    def _folder_at(self, place: str) -> str:
        """Return the absolute path of a folder that a person named from where they stand, or from the workspace."""
        from pathlib import Path

        if place.startswith(("http://", "https://")) or not place:
            return ""
        bare = Path(place.removeprefix("file://")).expanduser()
        found = (path.resolve() for path in (bare, self.workspace.folder / bare) if path.is_dir())
        return str(next(found, ""))

    def export_sources(self, *, as_csv: bool = False) -> str:
        """Return all sources as OPML or CSV."""
        from newsdigest.collecting import opml, source_table

        self.apply_sources()
        with self.store.read() as unit:
            found = unit.sources.all()
        if as_csv:
            return source_table.to_csv(found)
        return opml.to_opml(found, title=self.workspace.main.association.name, now=self.clock.now())

    def remove_source(self, source_id: str, *, by: str) -> None:
        """Forget a source; its items stay."""
        self.source(source_id)
        with self.store.write() as unit:
            unit.sources.remove([source_id])
            unit.audit.add(at=self.clock.now(), by=by, what="source.remove", subject=source_id)

    def add_source(
        self,
        *,
        url: str,
        name: str = "",
        type: str = "",  # noqa: A002 - the field's name
        trust: str = "",
        language: str = "",
        kind: str = "feed",
        by: str,
    ) -> Source:
        """
        Add one source and return it.

        Raises:
            UsageError: The address or a word cannot be used, or the address is read already.
        """
        from newsdigest.collecting import source_table
        from newsdigest.errors import UsageError

        with self.store.read() as unit:
            known = source_table.known_at(url, unit.sources.all())
        if known is not None:
            raise UsageError(f"that address is read already as {known.id!r}")
        row = {"url": url, "name": name, "type": type, "trust": trust, "language": language, "kind": kind}
        (line,) = self.import_rows([row], by=by)
        if line.result == "refused":
            raise UsageError(line.detail)
        return self.source(line.id)

    def discover(self, url: str, *, language: str | None = None) -> Exploration:
        """Return what can be read at or behind an address, the likeliest first, with previews."""
        from newsdigest.collecting import explore

        return explore.discover(
            url, fetcher=self.fetcher, reader=self.reader, now=self.clock.now(), language=language
        )

    def test_source(self, url: str, *, language: str = "en", kind: str = "feed") -> list[Step]:
        """Return step by step, in plain words, what the collector sees at an address."""
        from newsdigest.collecting import explore
        from newsdigest.model.sources import SourceKind

        return explore.examine(
            url, fetcher=self.fetcher, reader=self.reader, now=self.clock.now(), language=language,
            kind=SourceKind(kind), translate=str if language == "en" else self._said_in(language),
        )  # fmt: skip

    def _said_in(self, language: str) -> Callable[[str], str]:
        """Return what puts a sentence of the fetcher or the reader into that language."""
        from newsdigest.settings import sentences

        table = sentences.load(self.workspace.template_folders, language)
        return sentences.Sentences(language, table, lambda _key: None).say

    def pause_source(self, source_id: str, *, by: str) -> None:
        """Stop looking at a source."""
        self._set_paused(source_id, is_paused=True, by=by)

    def resume_source(self, source_id: str, *, by: str) -> None:
        """Look at a paused source again."""
        self._set_paused(source_id, is_paused=False, by=by)

    def release(self, item_ids: Sequence[str], *, by: str) -> None:
        """Let items out of quarantine: they count as news from now on."""
        from newsdigest.model.items import ItemState

        with self.store.write() as unit:
            unit.items.set_state(item_ids, ItemState.FRESH)
            for item_id in item_ids:
                unit.audit.add(at=self.clock.now(), by=by, what="item.release", subject=item_id)

    def _set_paused(self, source_id: str, *, is_paused: bool, by: str) -> None:
        from dataclasses import replace

        source = replace(self.source(source_id), is_paused=is_paused)
        with self.store.write() as unit:
            unit.sources.put([source])
            what = "source.pause" if is_paused else "source.resume"
            unit.audit.add(at=self.clock.now(), by=by, what=what, subject=source_id)

    def _read_folder(self, source: Source, now: datetime) -> ReadResult:
        from newsdigest.adapters.folder_reader import FolderReader

        folder = self.workspace.folder / source.url.removeprefix("file://")
        rules = self.collecting_rules
        return FolderReader(self.reader).read(
            folder, key=source.id, now=now, zone=source.zone, max_entries=rules.max_items
        )

    def close(self) -> None:
        """Let go of what was opened."""
        for name in ("fetcher", "reader"):
            if name in self.__dict__:
                self.__dict__.pop(name).close()
        super().close()
