"""Editions as rows and as plain data: the one place that knows how their records are written down."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import date, datetime, time
from typing import Any

from newsdigest.model.editions import Approval, Edition, EditionState, Placement, Variant
from newsdigest.model.items import EventDates

_DEFAULTS = tuple((field.name, field.default) for field in fields(Placement))
_PLAIN_ALREADY = frozenset({str, int, float, bool, type(None)})
_TUPLES = ("topics", "notices", "reasons", "warnings")


def placement_data(placement: Placement) -> dict[str, Any]:
    """Return a placement as plain data; values that are the default are left out."""
    values = ((name, getattr(placement, name), default) for name, default in _DEFAULTS)
    return {name: _plain(value) for name, value, default in values if value != default}


def placement_from(data: Mapping[str, Any]) -> Placement:
    """Return the placement written down by `placement_data`."""
    values = dict(data)
    for name in _TUPLES:
        if name in values:
            values[name] = tuple(values[name])
    if "also_at" in values:
        values["also_at"] = tuple((organisation, url) for organisation, url in values["also_at"])
    if "image_size" in values:
        values["image_size"] = tuple(values["image_size"])
    if values.get("published"):
        values["published"] = datetime.fromisoformat(values["published"])
    if values.get("embargo_until"):
        values["embargo_until"] = datetime.fromisoformat(values["embargo_until"])
    if values.get("deadline"):
        values["deadline"] = date.fromisoformat(values["deadline"])
    if values.get("event"):
        values["event"] = _event_from(values["event"])
    return Placement(**values)


def edition_row(edition: Edition) -> dict[str, Any]:
    """Return the row of an edition, without its placements."""
    approval = edition.approval
    return {
        "id": edition.id, "newsletter_id": edition.newsletter_id, "day": edition.day, "number": edition.number,
        "state": edition.state.value, "state_reason": edition.state_reason,
        "window_start": edition.window[0], "window_end": edition.window[1], "send_at": edition.send_at,
        "created_at": edition.created_at, "changed_by": edition.changed_by, "changed_at": edition.changed_at,
        "started_at": edition.started_at, "finished_at": edition.finished_at, "version": edition.version,
        "follows": edition.follows,
        "approval_hash": approval.content_hash if approval else "", "approval_by": approval.by if approval else "",
        "approval_at": approval.at if approval else None,
        "words": {
            "introductions": [list(pair) for pair in edition.introductions],
            "subjects": [list(pair) for pair in edition.subjects],
            "preheaders": [list(pair) for pair in edition.preheaders],
            "left_out": [list(pair) for pair in edition.left_out],
        },
    }  # fmt: skip


def edition_from(
    row: Mapping[Any, Any], placed: tuple[Placement, ...], waiting: tuple[Placement, ...]
) -> Edition:
    """Return the edition of a row and its placements."""
    approval = None
    if row["approval_hash"]:
        approval = Approval(content_hash=row["approval_hash"], by=row["approval_by"], at=row["approval_at"])
    words = {name: tuple((key, text) for key, text in pairs) for name, pairs in row["words"].items()}
    return Edition(
        id=row["id"], newsletter_id=row["newsletter_id"], day=row["day"], number=row["number"],
        state=EditionState(row["state"]), state_reason=row["state_reason"],
        window=(row["window_start"], row["window_end"]), send_at=row["send_at"], created_at=row["created_at"],
        changed_by=row["changed_by"], changed_at=row["changed_at"], started_at=row["started_at"],
        finished_at=row["finished_at"], version=row["version"], follows=row["follows"], approval=approval,
        placements=placed, waiting=waiting, **words,
    )  # fmt: skip


def pack(edition: Edition) -> bytes:
    """Return the whole edition in a few kilobytes."""
    row = {name: _plain(value) for name, value in edition_row(edition).items()}
    row["placements"] = [placement_data(p) for p in edition.placements]
    row["waiting"] = [placement_data(p) for p in edition.waiting]
    return zlib.compress(
        json.dumps(row, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode(), 6
    )


def unpack(snapshot: bytes) -> Edition:
    """Return the edition that was packed."""
    row = json.loads(zlib.decompress(snapshot))
    for name in (
        "window_start",
        "window_end",
        "send_at",
        "created_at",
        "changed_at",
        "started_at",
        "finished_at",
        "approval_at",
    ):
        row[name] = datetime.fromisoformat(row[name]) if row[name] else None
    row["day"] = date.fromisoformat(row["day"])
    placed = tuple(placement_from(data) for data in row["placements"])
    return edition_from(row, placed, tuple(placement_from(data) for data in row["waiting"]))


def variant_row(variant: Variant) -> dict[str, Any]:
    """Return the row of a variant; its bytes are stored as bytes."""
    return {
        "edition_id": variant.edition_id, "id": variant.id, "language": variant.language,
        "topics": list(variant.topics), "subject": variant.subject, "preheader": variant.preheader,
        "html": variant.html.encode(), "text": variant.text.encode(), "digest": variant.digest,
        "content_hash": variant.content_hash,
        "lists": {
            "story_ids": list(variant.story_ids), "warnings": list(variant.warnings), "links": list(variant.links),
        },
    }  # fmt: skip


def variant_from(row: Mapping[Any, Any]) -> Variant:
    """Return the variant of a row."""
    lists = {name: tuple(values) for name, values in row["lists"].items()}
    return Variant(
        edition_id=row["edition_id"], id=row["id"], language=row["language"], topics=tuple(row["topics"]),
        subject=row["subject"], preheader=row["preheader"], html=bytes(row["html"]).decode(),
        text=bytes(row["text"]).decode(), digest=row["digest"], content_hash=row["content_hash"], **lists,
    )  # fmt: skip


def without_version(edition: Edition) -> Edition:
    """Return what matters when asking whether anything changed."""
    return replace(edition, version=0, changed_by="", changed_at=None)


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN_ALREADY:
        return value
    if isinstance(value, EventDates):
        empty = EventDates(start=value.start)
        named = {f.name: getattr(value, f.name) for f in fields(EventDates)}
        return {k: _plain(v) for k, v in named.items() if k == "start" or v != getattr(empty, k)}
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    return value


def _event_from(data: Mapping[str, Any]) -> EventDates:
    values = dict(data)
    for name in ("start", "end"):
        if values.get(name):
            values[name] = date.fromisoformat(values[name])
    for name in ("start_time", "end_time"):
        if values.get(name):
            values[name] = time.fromisoformat(values[name])
    return EventDates(**values)
