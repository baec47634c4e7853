"""The parts of operating: checking settings, status, alerts and figures, the queue to the workers."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from newsdigest.assembly.collecting import CollectingParts
from newsdigest.assembly.editing import EditingParts
from newsdigest.assembly.keeping import KeepingParts
from newsdigest.errors import SettingsError, StoreError, UsageError
from newsdigest.model.figures import Figure
from newsdigest.text import urls

if TYPE_CHECKING:
    from newsdigest.model.letters import Letter
    from newsdigest.ports.queueing import Queue

SETTINGS = ("main", "newsletters", "topics", "themes", "words", "sources")
"""Parts of the workspace that are read from files; `check` reads them all."""

CHUNK_BUCKETS = 64
"""Hosts are dealt into so many chunks; more than that many workers would find nothing to do."""


class OperatingParts(KeepingParts, EditingParts, CollectingParts):
    """What the doors ask of operating."""

    def queue(self) -> Queue | None:
        """
        Return the queue to the workers, None on SQLite, where the scheduler runs the jobs itself.

        Raises:
            UsageError: The extra `postgres` is not installed.
        """
        if self.store.is_sqlite:
            return None
        try:
            from newsdigest.adapters.procrastinate_queue import ProcrastinateQueue
        except ImportError as error:
            raise UsageError(
                "the store is PostgreSQL: install the extra with `pip install newsdigest[postgres]`"
            ) from error
        queue = ProcrastinateQueue(self.store.libpq_url)
        queue.prepare()
        return queue

    def require_sound(self) -> None:
        """
        Look at the database's structure before a long run begins.

        Raises:
            StoreCorruptError: It is damaged; nothing is fetched or sent from it.
        """
        from newsdigest.adapters.sql_store import snapshot

        # Its schema is looked at first: that much can be said also of a whole one.
        if self.store.path is not None:
            snapshot.require_sound(self.store.path)

    def watched(self) -> AbstractContextManager[object]:
        """
        Return what watches over a service while it works: it must hear from its database.

        On PostgreSQL a service whose database is silent for too long ends, to be started anew; a
        file does not hang, and there only systemd is told that we live.
        """
        from newsdigest.adapters.service_watch import ServiceWatch

        def ask() -> None:
            with self.store.read() as unit:
                unit.runs.get_value("ready?")

        limit = 0.0 if self.store.is_sqlite else self.workspace.main.store.silence
        return ServiceWatch(ask, limit=limit)

    def due_chunks(self) -> list[tuple[str, list[str]]]:
        """
        Return what is due to be fetched as (lock, source ids): all sources of a host in one chunk.

        Two chunks with one lock never run at once, so that a host is asked by one machine at a
        time; within the chunk the fetcher keeps the host's interval.
        """
        self.apply_sources()
        with self.store.read() as unit:
            due = unit.sources.due_addresses(self.clock.now())
        chunks: dict[str, list[str]] = {}
        for source_id, url in due:
            chunks.setdefault(_chunk(url), []).append(source_id)
        return sorted(chunks.items())

    def chunk_of(self, source_ids: Sequence[str]) -> str:
        """Return the lock under which `due_chunks` dealt those sources, "" when the first is no more."""
        with self.store.read() as unit:
            source = unit.sources.get(source_ids[0]) if source_ids else None
        return _chunk(source.url) if source else ""

    def collect_chunk(
        self, source_ids: Sequence[str], *, progress: Callable[[int, int], None] | None = None
    ) -> str:
        """Fetch those of the sources that are still due (a nudge may come twice); return one line."""
        now = self.clock.now()
        with self.store.read() as unit:
            due = [
                source.id
                for source, state in unit.sources.with_states(source_ids)
                if not source.is_paused
                # What is known of another address than the present one does not count, see `due_ids`.
                and (state.next_look is None or state.next_look <= now or state.url != source.url)
            ]
        return self.collect(due, progress=progress).line if due else ""

    def problems(self) -> list[str]:
        """Return every problem of settings and templates, one line each; empty when all is well."""
        found: list[str] = []
        for name in SETTINGS:
            try:
                getattr(self.workspace, name)
            except SettingsError as error:
                # Several parts read the same file: its problems are told once.
                found += [problem for problem in error.problems if problem not in found]
        # Templates are tried with the settings, so those must be right first.
        return found or self.editing_problems()

    def status(self) -> dict[str, Any]:
        """Return counts, the last runs of jobs, and what needs a person's attention."""
        from newsdigest.adapters.sql_store import standing

        with self.store.read() as unit:
            told = standing.tell(lambda query: unit.connection.exec_driver_sql(query).all())
        return {"workspace": self.workspace.folder, **told}

    def alert_due(self) -> str:
        """The alerting job: one mail to the operators about what is new today; one line, "" for nothing."""
        settings = self.workspace.main.alerts
        attention = self.status()["attention"] if settings.to else []
        day = f"alerts:{self.clock.now().astimezone(self._zone).date()}"
        with self.store.read() as unit:
            told: list[list[str]] = json.loads(unit.runs.get_value(day) or "[]")
        known = {line for lines in told for line in lines}
        fresh = [line for line in attention if line not in known]
        if not fresh or len(told) >= settings.a_day:
            return ""
        # Noted before it is posted: a relay that is down must not make a mail a minute of it.
        with self.store.write() as unit:
            unit.runs.put_value(day, json.dumps([*told, fresh]))
        for address in settings.to:
            self._post_letter(self._alert(address, fresh, number=len(told) + 1))
        return f"{len(settings.to)} told of {len(fresh)} troubles"

    def _alert(self, address: str, lines: Sequence[str], *, number: int) -> Letter:
        from newsdigest.model import ids
        from newsdigest.model.letters import Letter

        sender = self.newsletter().sender
        day = self.clock.now().astimezone(self._zone).date()
        text = "\n".join(
            [f"newsdigest in {self.workspace.folder.name} needs a person:", "", *(f"* {line}" for line in lines), "",
             "`newsdigest status` shows the rest. The same trouble is told once a day."]
        )  # fmt: skip
        return Letter(
            id="a" + ids.derive("alert", address, str(day), str(number)),
            address=address,
            language="en",
            subject=f"newsdigest: {lines[0][:80]}",
            text=text,
            html=f"<!doctype html><html lang='en'><title>newsdigest</title><pre>{html.escape(text)}</pre></html>",
            sender_name="newsdigest",
            sender_address=sender.address,
        )

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.workspace.main.association.zone)

    def is_ready(self) -> bool:
        """Return whether the database answers a question."""
        try:
            with self.store.read() as unit:
                unit.runs.get_value("ready?")
        except StoreError:
            return False
        return True

    def metrics(self) -> bytes:
        """Return the workspace's figures in the text format Prometheus reads."""
        from newsdigest.adapters import prometheus_writer

        return prometheus_writer.write(self.figures())

    def figures(self) -> list[Figure]:
        """Return what monitoring wants to know: fetching, queue, sending, jobs, the last good digest."""
        from newsdigest.adapters.sql_store import standing

        now = self.clock.now()
        with self.store.read() as unit:
            looks = standing.looks(lambda query: unit.connection.exec_driver_sql(query).all())
            editions = unit.editions.all()
            current = [
                edition for edition in editions if edition.state.value in ("sending", "paused", "sent")
            ][:3]
            sums = {edition.id: unit.mailings.counts(edition.id) for edition in current}
            job_facts = unit.runs.values("job:")
            items = unit.items.count()
        made = [Figure(name="newsdigest_items", meaning="Items stored.", value=items)]
        made += [
            Figure(
                name="newsdigest_sources", meaning="Sources by the result of the last look.", value=count,
                labels=(("result", result),),
            )
            for result, count, _ in looks
        ]  # fmt: skip
        newest = max((at for _, _, at in looks if at), default=None)
        made.append(
            _age("newsdigest_newest_success_age_seconds", "Since any source was last read.", newest, now)
        )
        sent = max((edition.finished_at for edition in editions if edition.finished_at), default=None)
        made.append(
            _age("newsdigest_last_digest_age_seconds", "Since the last edition was sent to all.", sent, now)
        )
        made += [
            Figure(
                name="newsdigest_deliveries", meaning="Deliveries of the latest editions by state.", value=count,
                labels=(("edition", edition_id), ("state", state.value)),
            )
            for edition_id, counts in sums.items()
            for state, count in counts.items()
        ]  # fmt: skip
        made += [
            Figure(
                name="newsdigest_job_failures", meaning="Failures of a job in a row.", value=job["failures"],
                labels=(("job", job["job"]),),
            )
            for job in job_facts
        ]  # fmt: skip
        return made + self._queue_figures()

    def _queue_figures(self) -> list[Figure]:
        queue = self.queue()
        if queue is None:
            return []
        try:
            depth = queue.depth()
        finally:
            queue.close()
        meaning = "Nudges that wait or run, by job."
        return [
            Figure(name="newsdigest_queue_depth", meaning=meaning, value=count, labels=(("job", job),))
            for job, count in sorted(depth.items())
        ]


def _chunk(url: str) -> str:
    """Return the chunk of an address by its host; sources of a folder on disk have none and share a chunk."""
    number = int(hashlib.sha256(urls.host(url).encode()).hexdigest()[:8], 16) % CHUNK_BUCKETS
    return f"collect:{number}"


def _age(name: str, meaning: str, since: datetime | None, now: datetime) -> Figure:
    """Return an age in seconds; infinity for what never happened, so that an alarm on it rings."""
    return Figure(name=name, meaning=meaning, value=(now - since).total_seconds() if since else float("inf"))
