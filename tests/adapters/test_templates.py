"""Templates of a workspace: they come first, and a mistake in one is named with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.edition_world import make_newsletter, make_renderer, sample_edition

from newsdigest.adapters.jinja_renderer import JinjaRenderer
from newsdigest.errors import TemplateError
from newsdigest.settings import catalogue
from newsdigest.settings.workspace import Workspace, shipped


def renderer(folder: Path) -> JinjaRenderer:
    folders = (folder, shipped("templates"))
    themes = Workspace(Path("/nonexistent")).themes
    return JinjaRenderer(
        folders=folders, words=catalogue.load(folders, ("de", "en")), themes=themes, inline=lambda html: html
    )


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_the_workspace_comes_first(tmp_path: Path):
    """Its subject line is used; everything else stays as shipped."""
    write(tmp_path, "edition/subject.txt.j2", "Eigener Betreff {{ page.week }}\n")
    variant = renderer(tmp_path).render(edition=sample_edition(), newsletter=make_newsletter(), language="de")
    assert variant.subject == "Eigener Betreff 11"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("eins\n{{ page.titel }}\n", 2, "titel"),
        ("eins\nzwei\n{% if %}\n", 3, "Expected an expression"),
        ("{{ word('gibt_es_nicht') }}", 1, "gibt_es_nicht"),
        ("{% include 'parts/fehlt.j2' %}", 1, "missing"),
    ],
    ids=["unknown_name", "syntax", "unknown_word", "missing_part"],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, said: str):
    """StrictUndefined: an unknown name is an error, never an empty place."""
    write(tmp_path, "edition/body.txt.j2", text)
    with pytest.raises(TemplateError, match=said) as caught:
        renderer(tmp_path).render(edition=sample_edition(), newsletter=make_newsletter(), language="de")
    assert f":{line}:" in str(caught.value)


def test_the_way_out_cannot_be_forgotten(tmp_path: Path):
    """A template without the unsubscribe link renders nothing."""
    broken = (
        (shipped("templates") / "edition/body.txt.j2")
        .read_text(encoding="utf-8")
        .replace("{{ token.unsubscribe }}", "")
    )
    write(tmp_path, "edition/body.txt.j2", broken)
    with pytest.raises(TemplateError, match="unsubscribe"):
        renderer(tmp_path).render(edition=sample_edition(), newsletter=make_newsletter(), language="de")


def test_check_finds_mistakes_before_anybody_renders(tmp_path: Path):
    """All of them at once: syntax by reading, names by filling a sample."""
    write(tmp_path, "edition/body.html.j2", "{% for x %}")
    write(tmp_path, "parts/entry.txt.j2", "{{ }}")
    assert len(renderer(tmp_path).problems()) == 2
    write(tmp_path, "edition/body.html.j2", "{{ page.titel }}")
    (tmp_path / "parts/entry.txt.j2").unlink()
    [line] = renderer(tmp_path).problems([make_newsletter(languages=("de",))])
    assert "titel" in line


def test_a_changed_template_changes_the_digest(tmp_path: Path):
    """So that an approval given before is void."""
    before = renderer(tmp_path).digest(make_newsletter())
    assert before == make_renderer().digest(make_newsletter())
    write(tmp_path, "edition/subject.txt.j2", "anders")
    assert renderer(tmp_path).digest(make_newsletter()) != before


def test_the_shipped_templates_are_in_order():
    """Every part of them, filled with a sample that shows each once."""
    assert make_renderer().problems([make_newsletter()]) == []
