"""
The main job end to end on this machine: sample feeds in, an approved edition, mail and website feeds out.

Everything is the product's own path (collect, sort, compose, approve, send, publish); only the outermost
edge is local: a web server with the sample world and an SMTP server that keeps what it gets.
"""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from newsdigest.assembly import Assembly
from newsdigest.demo import sample_world
from newsdigest.demo.feed_server import FeedServer
from newsdigest.demo.mail_sink import MailSink
from newsdigest.demo.moving_clock import MovingClock
from newsdigest.errors import WorkspaceError
from newsdigest.settings.workspace import CONFIG_FILES, Workspace, shipped

NEWSLETTER = "weekly"
EDITOR = "demo-editor"
MARK = ".newsdigest-demo"

SETTINGS = """\
# Written by `newsdigest demo`: the shipped settings, turned towards this machine.
association:
  name: "Biosphäre Sachsen e. V."
  name_en: "Biosphere Saxony"
  website: https://www.biosphaere-sachsen.example/
network:
  allow: ["127.0.0.1/32:{feed_port}"]
  host_interval: 0
  operator_page: https://www.biosphaere-sachsen.example/newsdigest
  contact: newsdigest@biosphaere-sachsen.example
mail:
  relays:
    - {{host: 127.0.0.1, port: {smtp_port}, tls: none}}
web:
  public_url: http://127.0.0.1:8800
"""

Progress = Callable[[str, int, int], None]


@dataclass
class DemoReport:
    """What the demo made. Paths are absolute."""

    workspace: Path
    edition_id: str = ""
    stories: dict[str, list[str]] = field(default_factory=dict)  # language to story ids
    mails: list[Path] = field(default_factory=list)
    previews: list[Path] = field(default_factory=list)
    channels: list[Path] = field(default_factory=list)
    looked: int = 0
    items: int = 0
    troubles: list[str] = field(default_factory=list)
    database: Path | None = None


class Demo:
    """The demo's servers and workspace; use as a context manager, then `run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.clock = MovingClock(sample_world.moments()[0].at)
        self._stack = ExitStack()

    def __enter__(self) -> Demo:
        self.feeds = self._stack.enter_context(FeedServer(sample_world.moments(), sample_world.faults()))
        _clear(self.folder)
        self.sink = self._stack.enter_context(MailSink(self.folder / "mails"))
        self._write_settings()
        self.assembly = Assembly(Workspace(self.folder), clock=self.clock)
        self._stack.callback(self.assembly.close)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, progress: Progress = lambda what, done, total: None) -> DemoReport:
        """Do the main job once and return what was made."""
        report = DemoReport(self.folder)
        self._subscribe()
        self.collect(report, progress)
        self._edit(report, progress)
        self._send(report, progress)
        progress("publishing", 0, 1)
        report.channels = [path.resolve() for path in self.assembly.publish(self.folder / "site")]
        progress("publishing", 1, 1)
        report.database = self.assembly.store.path
        return report

    def open_newsroom(self) -> tuple[str, str]:
        """Let the clock run on and return a name and a fresh password for the newsroom."""
        from newsdigest.model.users import Role
        from newsdigest.web import auth

        password = secrets.token_urlsafe(9)
        auth.add_user(
            store=self.assembly.store,
            hasher=self.assembly.password_hasher,
            name=EDITOR,
            password=password,
            role=Role.ADMINISTRATOR,
            email="",
            by="demo",
            now=self.clock.now(),
        )
        self.clock.run()
        return EDITOR, password

    def _write_settings(self) -> None:
        config = self.folder / "config"
        config.mkdir(parents=True, exist_ok=True)
        for name in (*CONFIG_FILES, "theme.yaml"):
            if (shipped("config") / name).is_file():
                shutil.copyfile(shipped("config") / name, config / name)
        settings = SETTINGS.format(feed_port=self.feeds.port, smtp_port=self.sink.port)
        (config / "newsdigest.yaml").write_text(settings, encoding="utf-8")
        (config / "sources.yaml").write_text(sample_world.sources_for(self.feeds.port), encoding="utf-8")

    def _subscribe(self) -> None:
        for reader in sample_world.readers():
            self.assembly.add_subscriber(
                newsletter_id=NEWSLETTER,
                address=reader.address,
                name=reader.name,
                language=reader.language,
                topics=reader.topics,
                basis="member",
                evidence="sample reader of the demo",
            )

    def collect(self, report: DemoReport, progress: Progress = lambda what, done, total: None) -> None:
        """Collect and sort at every moment of the sample world."""
        moments = sample_world.moments()
        for index, moment in enumerate(moments):
            progress("collecting", index, len(moments))
            self.feeds.moment = index
            self.clock.set(moment.at)
            collected = self.assembly.collect()
            report.looked += collected.looked
            report.troubles = list(collected.problems)
            progress("sorting", index, len(moments))
            self.assembly.sort()
        progress("collecting", len(moments), len(moments))
        progress("sorting", len(moments), len(moments))
        with self.assembly.store.read() as unit:
            report.items = unit.items.count()

    def _edit(self, report: DemoReport, progress: Progress) -> None:
        progress("composing", 0, 1)
        self.clock.set(sample_world.copy_deadline() + sample_world.AFTER_COPY_DEADLINE)
        edition = self.assembly.compose(NEWSLETTER).edition
        report.edition_id = edition.id
        report.stories = {
            language: [placement.story_id for placement in edition.placed(language)]
            for language in dict.fromkeys(placement.language for placement in edition.placements)
        }
        report.previews = [
            path.resolve() for path in self.assembly.preview(edition.id, self.folder / "preview")
        ]
        self.assembly.approve(edition.id, by=EDITOR)
        progress("composing", 1, 1)

    def _send(self, report: DemoReport, progress: Progress) -> None:
        self.clock.set(sample_world.sending_time())
        self.assembly.send(
            report.edition_id, by=EDITOR, progress=lambda done, total: progress("sending", done, total)
        )
        report.mails = [path.resolve() for path in self.sink.paths]


def _clear(folder: Path) -> None:
    """
    Empty the demo's folder.

    Raises:
        WorkspaceError: It holds something that is not ours.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise WorkspaceError(f"{folder} is not empty and was not made by the demo; choose another --dir")
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MARK).write_text("made by `newsdigest demo`; emptied by its next run\n", encoding="utf-8")
