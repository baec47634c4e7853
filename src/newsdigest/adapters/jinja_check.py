"""
Whether a workspace's own templates and words would hold, before anybody opens a page.

Every template laid over a shipped one is parsed; filters, names and words it asks for must be known.
What is known is read from the shipped templates of the same folder, so that nothing has to be listed
twice. Word files must be readable, name words that there are, and fill in only the places that the
shipped text fills in. Each finding is one line that begins with file and line.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

SUFFIXES = (".html", ".j2")
MAILS = ("edition", "parts", "editor_mail")
"""Tried by the renderer itself, with a sample edition."""
_WORD_FILES = {"web/words.toml", "newsroom/de.toml", "newsroom/en.toml", "newsroom/said.de.toml"}
_AT = re.compile(r"\(at line (\d+), column \d+\)|\(at end of document\)")
_PLURAL = (".one", ".other")


@dataclass
class _Known:
    """What the shipped templates of one folder use."""

    filters: set[str] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def problems(own: Path, shipped: Path) -> list[str]:
    """Return what is wrong with the templates and words of a workspace's `templates` folder, a line each."""
    if not own.is_dir():
        return []
    environment = Environment(autoescape=True)
    found: list[str] = []
    for path in sorted(path for path in own.rglob("*") if path.suffix in SUFFIXES and path.is_file()):
        name = path.relative_to(own).as_posix()
        if not name.startswith(tuple(f"{folder}/" for folder in MAILS)):
            found += _of_template(path, name, own, shipped, environment)
    for name in sorted(_WORD_FILES):
        if (own / name).is_file():
            found += _of_words(own / name, shipped / name)
    return found


def _of_template(path: Path, name: str, own: Path, shipped: Path, environment: Environment) -> Iterator[str]:
    try:
        tree = environment.parse(path.read_text(encoding="utf-8"), name)
    except TemplateSyntaxError as error:
        yield f"{path}:{error.lineno}: {error.message}; correct the template"
        return
    except UnicodeDecodeError as error:
        yield f"{path}:1: is not UTF-8 ({error.reason}); save it as UTF-8"
        return
    known = _known(shipped / name.partition("/")[0], environment)
    for node in tree.find_all(nodes.Filter):
        if node.name not in environment.filters and node.name not in known.filters:
            yield f"{path}:{node.lineno}: there is no filter {node.name!r}; correct the template"
    for test in tree.find_all(nodes.Test):
        if test.name not in environment.tests and test.name not in known.tests:
            yield f"{path}:{test.lineno}: there is no test {test.name!r}; correct the template"
    for value in sorted(_undeclared(tree) - known.names - set(environment.globals)):
        yield f"{path}:{_line_of_name(tree, value)}: there is no value {value!r} here; correct the template"
    for reference in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
        wanted = reference.template  # type: ignore[attr-defined]
        if isinstance(wanted, nodes.Const) and not any(
            (folder / wanted.value).is_file() for folder in (own, shipped)
        ):
            yield f"{path}:{reference.lineno}: there is no template {wanted.value!r}; correct the name"
    words = _words_of(name, own, shipped)
    for call in tree.find_all(nodes.Call):
        key = _asked_word(call)
        if words and key and not _has(words, key):
            yield f"{path}:{call.lineno}: there is no word {key!r}; add it to the word file or correct the name"


def _known(folder: Path, environment: Environment) -> _Known:
    made = _Known()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in SUFFIXES):
        tree = environment.parse(path.read_text(encoding="utf-8"))
        made.filters |= {node.name for node in tree.find_all(nodes.Filter)}
        made.tests |= {node.name for node in tree.find_all(nodes.Test)}
        # Also what templates set themselves: a name that one is given may be set by another.
        made.names |= _undeclared(tree)
        made.names |= {node.name for node in tree.find_all(nodes.Name)}
    return made


def _undeclared(tree: nodes.Template) -> set[str]:
    """Return the names a template expects to be given; its filters are taken for known here."""
    scratch = Environment(autoescape=True)
    for kind, known in ((nodes.Filter, scratch.filters), (nodes.Test, scratch.tests)):
        for node in tree.find_all(kind):
            known.setdefault(node.name, lambda value, *_, **__: value)
    tree.set_environment(scratch)
    return meta.find_undeclared_variables(tree)


def _line_of_name(tree: nodes.Template, name: str) -> int:
    return next((node.lineno for node in tree.find_all(nodes.Name) if node.name == name), 1)


def _asked_word(call: nodes.Call) -> str:
    """Return the key of `t("key")`, "" for any other call or a key that is put together."""
    is_word = isinstance(call.node, nodes.Name) and call.node.name == "t" and call.args
    first = call.args[0] if is_word else None
    return first.value if isinstance(first, nodes.Const) and isinstance(first.value, str) else ""


def _words_of(name: str, own: Path, shipped: Path) -> dict[str, Any]:
    file = {"newsroom": "newsroom/de.toml", "web": "web/words.toml"}.get(name.partition("/")[0])
    if file is None:
        return {}
    words: dict[str, Any] = {}
    for folder in (shipped, own):
        if (folder / file).is_file():
            try:
                words |= _flat(tomllib.loads((folder / file).read_text(encoding="utf-8")))
            except (tomllib.TOMLDecodeError, UnicodeDecodeError):
                return {}  # said by the word file's own check
    return words


def _has(words: Mapping[str, Any], key: str) -> bool:
    return key in words or any(f"{key}{ending}" in words for ending in (*_PLURAL, ".de"))


def _of_words(path: Path, shipped: Path) -> Iterator[str]:
    try:
        text = path.read_text(encoding="utf-8")
        own = _flat(tomllib.loads(text))
    except UnicodeDecodeError as error:
        yield f"{path}:1: is not UTF-8 ({error.reason}); save it as UTF-8"
        return
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error))
        line = at[1] if at and at[1] else "1"
        yield f"{path}:{line}: {_AT.sub('', str(error)).strip()}; correct the file"
        return
    base = _flat(tomllib.loads(shipped.read_text(encoding="utf-8")))
    is_said = path.name.startswith("said.")
    lines = text.splitlines()
    for key, words in own.items():
        where = f"{path}:{_line_of_key(lines, key)}"
        if not isinstance(words, str):
            yield f"{where}: {key}: must be text; put it in quotes"
        elif not is_said and key not in base and f"{key}.one" not in base:
            yield f"{where}: {key}: there is no such word; correct the name"
        else:
            allowed = _places(key if is_said else base.get(key) or base[f"{key}.one"])
            places = _places(words)
            if places is None:
                yield f"{where}: {key}: the braces do not match; write {{{{ for a brace"
            elif allowed is not None and (strange := sorted(places - allowed)):
                yield f"{where}: {key}: there is no value {{{strange[0]}}}; there are {sorted(allowed) or 'none'}"


def _places(text: str) -> set[str] | None:
    """Return the names of a text's places, None where its braces do not match."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name}
    except ValueError:
        return None


def _line_of_key(lines: Sequence[str], key: str) -> int:
    """Return the line a key stands in; the nearest that can be found without the parser's help."""
    section, _, last = key.rpartition(".")
    start = next((n for n, line in enumerate(lines) if section and line.strip() == f"[{section}]"), 0)
    for names in ((key, last), (key.split(".")[-2] if "." in key else last,)):
        for n in range(start, len(lines)):
            written = lines[n].split("=")[0].strip().strip('"')
            if any(written == name or written.endswith(f".{name}") for name in names):
                return n + 1
    return start + 1


def _flat(words: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in words.items():
        made |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return made
