"""The editors' guides name what stands on the screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from newsdigest.settings import catalogue
from newsdigest.settings.workspace import shipped
from newsdigest.web.newsroom import words

GUIDES = Path(__file__).parents[3] / "deploy" / "guides"
QUOTED = {"de": re.compile(r"„([^\"“”]+)[\"“]"), "en": re.compile(r"\"([^\"]+)\"")}
FOLDERS = (shipped("templates"),)
PLACE = re.compile(r"\{[a-z_]+\}")


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_button_an_editor_is_sent_to_exists(language: str):
    """A name in quotes is a button or the subject of a mail, word for word; `…` stands for what is filled in."""
    text = (GUIDES / f"editor.{language}.md").read_text(encoding="utf-8")
    shown = set(words.load(FOLDERS)[language].words.values())
    shown |= set(catalogue.load(FOLDERS, ("de", "en"))[language].values())
    known = {PLACE.sub("…", one) for one in shown}
    named = QUOTED[language].findall(text)
    assert len(named) >= 6
    assert [one for one in named if one not in known] == []
