"""
A workspace as a year of use leaves it: rows in every table, made by the product's own jobs and acts.

    python -m tests.shipped_world FILE.tar.gz

writes a backup of one, to be kept in `tests/data/shipped` under the schema's revision: what a
released program left behind, which every later one must be able to take over.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import timedelta
from pathlib import Path

import ruamel.yaml

from newsdigest import jobs
from newsdigest.adapters.argon_hasher import ArgonHasher
from newsdigest.assembly import Assembly
from newsdigest.demo import sample_world
from newsdigest.demo.run_demo import NEWSLETTER, Demo
from newsdigest.mailing import standing
from newsdigest.model.audit import Run
from newsdigest.model.links import LinkLook, LinkState
from newsdigest.model.mailings import Bounce, BounceKind, Throttle
from newsdigest.model.users import Role
from newsdigest.web import auth
from tests import newsroom_world

SOURCES = 9
"""So many of the sample sources: enough for twins and translations, and a file of half the size."""
PASSWORD = "eine kleine Nachtredaktion"
FIRST, NEXT = "weekly-2026-03-12", "weekly-2026-03-19"
LATER = sample_world.sending_time() + timedelta(days=6, hours=3)
"""When the backup is made: the first edition is sent, the next one drafted."""


def fill(folder: Path) -> None:
    """Collect, sort, edit, send and administer in a new workspace at that place."""
    with Demo(folder) as demo:
        _keep_it_small(folder)
        assembly = demo.assembly
        # Cheap costs: what argon2 costs is not what is kept here.
        assembly.__dict__["password_hasher"] = ArgonHasher(time_cost=1, memory_kib=64, lanes=1)
        _people(assembly)
        for index, moment in enumerate(sample_world.moments()):
            demo.feeds.moment = index
            demo.clock.set(moment.at)
            assembly.collect()
            assembly.sort()
        demo.clock.set(sample_world.copy_deadline() + sample_world.AFTER_COPY_DEADLINE)
        _edit(assembly)
        demo.clock.set(sample_world.sending_time())
        assembly.send(FIRST, by="anna")
        assembly.publish_due()
        demo.clock.set(LATER)
        for job in jobs.JOBS:
            jobs.nudge(assembly, job)
        _afterwards(assembly)
    # The servers are gone: what is sent from it goes into a folder.
    path, yaml = folder / "config" / "newsdigest.yaml", ruamel.yaml.YAML()
    settings = yaml.load(path)
    settings["mail"] = {"outbox": "var/outbox"}
    yaml.dump(settings, path)
    (folder / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")


def _keep_it_small(folder: Path) -> None:
    """Let few sources speak, and let two new stories make an edition."""
    yaml = ruamel.yaml.YAML()
    for name, change in (
        ("sources.yaml", lambda settings: settings["sources"].__delitem__(slice(SOURCES, None))),
        ("newsletters.yaml", lambda settings: settings["newsletters"][0]["cadence"].update(skip_below=1)),
    ):
        path = folder / "config" / name
        settings = yaml.load(path)
        change(settings)
        yaml.dump(settings, path)


def _people(assembly: Assembly) -> None:
    for reader in sample_world.readers():
        assembly.add_subscriber(
            newsletter_id=NEWSLETTER, address=reader.address, name=reader.name, language=reader.language,
            topics=reader.topics, basis="member", evidence="sample reader",
        )  # fmt: skip
    for name, role in (("anna", Role.ADMINISTRATOR), ("bert", Role.EDITOR)):
        auth.add_user(
            store=assembly.store, hasher=assembly.password_hasher, name=name, password=PASSWORD, role=role,
            email=f"{name}@digest.example", by="test", now=assembly.clock.now(),
        )  # fmt: skip


def _edit(assembly: Assembly) -> None:
    edition = assembly.compose(NEWSLETTER).edition
    placed = edition.placed("de")
    assembly.correct(placed[0].item_id, by="anna", topics=["medtech"])
    assembly.merge([placed[1].story_id, placed[2].story_id], by="anna")
    with assembly.store.write() as unit:
        unit.editions.put_link_looks(
            [LinkLook(url=placed[0].url, state=LinkState.ALIVE, status=200, at=assembly.clock.now())]
        )
    assembly.approve(edition.id, by="anna")


def _afterwards(assembly: Assembly) -> None:
    """What a week brings: a bounce, a busy relay, a sign-up, a farewell, a takedown, wrong and right passwords."""
    now, store = assembly.clock.now(), assembly.store
    readers = sample_world.readers()
    for address in ("undecided@readers.example", "new@readers.example"):
        _, errand = assembly.sign_up(address=address, consent_text="I want it", network="192.0.2.1")
        assert errand is not None
        assembly.post_letter(errand)
        token = errand.token
    assembly.confirm_sign_up(token)
    assembly.unsubscribe(readers[0].address)
    assembly.take_down(assembly.published_stories()[0][0], by="anna", reason="withdrawn")
    with newsroom_world.browsing(assembly) as client:
        for name, password in (("bert", "wrong"), ("anna", PASSWORD)):
            client.post("/newsroom/log-in", data={"name": name, "password": password})
    assembly.correct(assembly.edition(FIRST).placed("en")[0].item_id, by="bert", topics=["biotech"])
    with store.write() as unit:
        delivery = next(iter(unit.mailings.of_edition(FIRST)))
        unit.mailings.add_bounce(
            Bounce(id="b1", delivery_id=delivery.id, kind=BounceKind.SOFT, status="4.2.2", at=now)
        )
        unit.mailings.put_throttles(
            [Throttle(domain="readers.example", blocked_until=now, failures=1, reason="busy")]
        )
        unit.sources.put_pauses({"slow.example": now})
        unit.runs.put_value(standing.FACT, standing.Standing(1, "another machine").written())
        unit.runs.start(Run(key="remind:test", job="remind", started_at=now, finished_at=now, outcome="done"))


def main(target: Path) -> None:
    """Fill a workspace and write its backup to the file."""
    from newsdigest.settings.workspace import Workspace

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "workspace"
        fill(place)
        assembly = Assembly(Workspace(place), now=LATER)
        print(f"{target}: {assembly.backup(target)} bytes")
        assembly.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
