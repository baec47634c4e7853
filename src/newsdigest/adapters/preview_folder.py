"""
A preview as files: `index.json`, and per variant the HTML, the text and the mail.

File names come from variant ids only. The bytes are those that are stored; recipient tokens
stand in them unreplaced, as nobody in particular receives a preview.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path

from newsdigest.model.editions import Edition, Variant


def write(
    output: Path,
    edition: Edition,
    variants: Mapping[str, Variant],
    *,
    as_mail: Callable[[Variant], bytes] | None = None,
) -> list[Path]:
    """
    Write the files and return their paths.

    Args:
        as_mail: Builds the mail of a variant; without it no `.eml` is written.
    """
    output.mkdir(parents=True, exist_ok=True)
    paths, listed = [output / "index.json"], []
    for variant in variants.values():
        files = {"html": variant.html.encode(), "text": variant.text.encode()}
        if as_mail is not None:
            files["eml"] = as_mail(variant)
        entry = _entry(variant)
        for kind, content in files.items():
            path = output / f"{variant.id}.{'txt' if kind == 'text' else kind}"
            _put(path, content)
            paths.append(path)
            entry[kind] = path.name
        listed.append(entry)
    index = {
        "edition": edition.id, "newsletter": edition.newsletter_id, "state": edition.state.value,
        "send_at": edition.send_at.isoformat(),
        "content_hash": edition.approval.content_hash if edition.approval else "",
        "variants": listed,
    }  # fmt: skip
    _put(paths[0], (json.dumps(index, ensure_ascii=False, indent=2) + "\n").encode())
    return paths


def _put(path: Path, content: bytes) -> None:
    """Write at once or not at all: half a mail must never be taken for the mail (T23)."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _entry(variant: Variant) -> dict[str, object]:
    return {
        "id": variant.id, "language": variant.language, "topics": list(variant.topics), "subject": variant.subject,
        "preheader": variant.preheader, "digest": variant.digest, "stories": list(variant.story_ids),
        "html_bytes": len(variant.html.encode()), "warnings": list(variant.warnings),
    }  # fmt: skip
