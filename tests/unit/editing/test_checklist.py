"""The check list: what is blocked, what wants a look, and where each line jumps to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.edition_world import make_edition, make_newsletter, make_placement

from newsdigest.editing.checklist import Check, checks
from newsdigest.model.editions import TOKEN_UNSUBSCRIBE, Placement, Variant
from newsdigest.settings.workspace import Workspace


def variant(**changes: Any) -> Variant:
    defaults: dict[str, Any] = {
        "edition_id": "e", "id": "de", "language": "de", "subject": "S", "html": f"<a href='{TOKEN_UNSUBSCRIBE}'>x</a>",
        "text": TOKEN_UNSUBSCRIBE, "digest": "d", "story_ids": ("s001",),
    }  # fmt: skip
    return Variant(**defaults | changes)


def found(*placements: Placement, rendered: Variant | None = None, **more: Any) -> dict[str, Check]:
    newsletter = more.pop("newsletter", make_newsletter(languages=("de",)))
    listed = checks(make_edition(*placements), newsletter, {"de": rendered or variant()}, **more)
    return {check.code: check for check in reversed(listed)}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"headline": "x" * 120}, "long_title"),
        ({"warnings": ("unsure_language",)}, "unsure_language"),
        ({"reasons": ("proposed: same amount and date",)}, "suspected_duplicate"),
        ({"warnings": ("health_claim",)}, "look"),
    ],
)
def test_lines_that_jump_to_a_story(changes: dict[str, Any], code: str):
    """Each names its placement."""
    check = found(make_placement(1, **changes))[code]
    assert (check.level, check.placement_id, check.language) == ("warn", "s001.de", "de")


def test_contrast_is_measured():
    """Of the theme's own colours, light and dark."""
    theme = Workspace(Path("/nonexistent")).themes["default"]
    assert found(make_placement(), theme=theme)["contrast"].level == "ok"
    pale = replace(theme, light=replace(theme.light, muted="#c0c0c0"))
    assert found(make_placement(), theme=pale)["contrast"].level == "warn"


@pytest.mark.parametrize(
    ("rendered", "code"),
    [
        (variant(html="<p>no way out</p>"), "unsubscribe"),
        (variant(story_ids=()), "empty"),
    ],
)
def test_what_must_not_leave(rendered: Variant, code: str):
    """No way out, or nothing in it: blocked."""
    assert found(make_placement(), rendered=rendered)[code].level == "block"


def test_no_imprint_is_blocked():
    """The law asks for it in every mail."""
    assert (
        found(make_placement(), newsletter=make_newsletter(languages=("de",), imprint=()))["imprint"].level
        == "block"
    )


@pytest.mark.parametrize(
    ("size", "level"), [(60_000, "ok"), (86_000, "warn")], ids=["room_left", "over_85_percent"]
)
def test_size(size: int, level: str):
    """Warned from 85 per cent of what Gmail shows."""
    assert (
        found(make_placement(), rendered=variant(html="x" * size + TOKEN_UNSUBSCRIBE))["size"].level == level
    )


def test_images_without_words():
    """Readers who see no images get a text for each."""
    assert (
        found(make_placement(), rendered=variant(html=f'<img src="a.jpg">{TOKEN_UNSUBSCRIBE}'))[
            "alt_texts"
        ].level
        == "warn"
    )


@pytest.mark.parametrize(
    ("now", "before", "level"), [(1000, 990, "ok"), (1000, 400, "warn"), (0, None, "warn"), (5, None, "ok")]
)
def test_recipients_against_last_week(now: int, before: int | None, level: str):
    """A jump is more often an import gone wrong than success."""
    recipients = {"de": now} if now else {}
    assert (
        found(make_placement(), recipients=recipients, recipients_before=before)["recipients"].level == level
    )


def test_blocks_come_first():
    """Then warnings, then what is well."""
    newsletter = make_newsletter(languages=("de",), imprint=())
    levels = [
        check.level
        for check in checks(make_edition(make_placement(headline="x" * 120)), newsletter, {"de": variant()})
    ]
    assert levels == sorted(levels, key=["block", "warn", "ok"].index)
