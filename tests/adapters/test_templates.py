"""Templates of a workspace: they come first, and a mistake in one is named with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.edition_world import make_newsletter, make_renderer, sample_edition

from newsdigest.adapters import jinja_check
from newsdigest.adapters.jinja_renderer import JinjaRenderer
from newsdigest.assembly import Assembly
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


@pytest.mark.parametrize(
    ("name", "text", "line", "said"),
    [
        ("newsroom/note.html", "eins\n{% if x\n", 2, "unexpected end of template"),
        ("newsroom/note.html", "eins\n{{ note.text|schoen }}", 2, "no filter 'schoen'"),
        ("newsroom/note.html", "\n\n{{ t('gibt.es_nicht') }}", 3, "no word 'gibt.es_nicht'"),
        ("newsroom/note.html", "{{ tippfehler }}", 1, "no value 'tippfehler'"),
        ("newsroom/note.html", "{% include 'newsroom/fehlt.html' %}", 1, "no template 'newsroom/fehlt.html'"),
        ("web/home.html.j2", "a\nb\n{{ t('home.nichts') }}", 3, "no word 'home.nichts'"),
        ("confirmation/body.txt.j2", "{% endif %}", 1, "endif"),
        ("newsroom/de.toml", "brand = 'x'\n[edit]\nheadline = kaputt\n", 3, "Invalid value"),
        ("newsroom/de.toml", "\n[edit]\nheadlines = 'x'\n", 3, "no such word"),
        ("newsroom/de.toml", "[edition]\nnumber = '{n} {was}'\n", 2, "no value {was}"),
        ("newsroom/de.toml", "[edition]\nnumber = '{n'\n", 2, "braces"),
        ("newsroom/said.de.toml", '"dropped {title}" = "weg: {titel}"\n', 1, "no value {titel}"),
        ("web/words.toml", "[problem]\n\nback = 3\n", 3, "must be text"),
    ],
)
def test_check_names_every_mistake_in_a_workspaces_own_files(
    tmp_path: Path, name: str, text: str, line: int, said: str
):
    """Newsroom, public pages, confirmation and word files: one line each, with file and line."""
    path = write(tmp_path, name, text)
    found = jinja_check.problems(tmp_path, shipped("templates"))
    assert len(found) == 1, found
    assert found[0].startswith(f"{path}:{line}: "), found
    assert said in found[0]


def test_a_copy_of_what_is_shipped_is_in_order(tmp_path: Path):
    """Nothing that we ship ourselves is called a mistake."""
    shutil.copytree(shipped("templates"), tmp_path / "templates")
    assert jinja_check.problems(tmp_path / "templates", shipped("templates")) == []


def test_check_compiles_overlays(tmp_path: Path):
    """`newsdigest check` and the settings screen ask this."""
    shutil.copytree(shipped("config"), tmp_path / "config")
    write(tmp_path, "templates/newsroom/note.html", "{% if %}")
    [line] = Assembly(Workspace(tmp_path)).problems()
    assert "note.html:1:" in line
