"""The sample world that ships with the program: its moments, faults, sources and readers."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from newsdigest.demo.feed_server import Moment
from newsdigest.settings import yaml_file

WORLD = Path(__file__).parent / "world"
PLACEHOLDER = "http://demo.invalid"


@dataclass(frozen=True)
class Reader:
    """One sample subscriber; no topics means all."""

    address: str
    name: str
    language: str
    topics: tuple[str, ...]


def moments() -> list[Moment]:
    """Return the moments in order; their instants are the demo's clock."""
    data = yaml_file.load(WORLD / "moments.yaml").data
    return [
        Moment(id=row["id"], at=datetime.fromisoformat(row["time"]), folder=WORLD / row["folder"])
        for row in data["moments"]
    ]


def sending_time() -> datetime:
    """Return when the demo's edition goes out."""
    return datetime.fromisoformat(yaml_file.load(WORLD / "moments.yaml").data["send"])


def faults() -> dict[str, int]:
    """Return path to HTTP status for what the local server answers badly."""
    return {
        path: fault["status"] for path, fault in yaml_file.load(WORLD / "faults.yaml").data["faults"].items()
    }


def sources_for(port: int) -> str:
    """Return `sources.yaml` for a server on that local port."""
    text = (WORLD / "sources.yaml").read_text(encoding="utf-8")
    return text.replace(PLACEHOLDER, f"http://127.0.0.1:{port}")


def readers() -> list[Reader]:
    """Return the sample subscribers."""
    with (WORLD / "subscribers.csv").open(encoding="utf-8", newline="") as file:
        return [
            Reader(
                address=row["email"],
                name=row["name"],
                language=row["language"],
                topics=tuple(topic for topic in row["topics"].split(";") if topic),
            )
            for row in csv.DictReader(file)
        ]


def copy_deadline() -> datetime:
    """Return the end of the edition's window."""
    return datetime.fromisoformat(yaml_file.load(WORLD / "moments.yaml").data["window"]["until"])


AFTER_COPY_DEADLINE = timedelta(minutes=5)
"""How long after the copy deadline the demo's editor composes."""
