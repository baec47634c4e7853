"""
YAML 1.2 files with the place of every value.

The node graph is composed (not constructed) so that each value keeps its line and
column: a message that names them saves the office an afternoon. Timestamps stay
text; the models parse them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from newsdigest.errors import SettingsError

Path_ = tuple[str | int, ...]


@dataclass
class YAMLFile:
    """
    Plain data and where each part of it stands.

    Attributes:
        places: Path of keys to (line, column), counted from 1.
    """

    path: Path
    data: Any = None
    places: dict[Path_, tuple[int, int]] = field(default_factory=dict)

    def where(self, path: Path_) -> str:
        """Return `file:line:column` of the nearest place known for that path."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.path}:{line}:{column}"


def load(path: Path) -> YAMLFile:
    """
    Return the file's data with places; an empty file gives an empty mapping.

    Raises:
        SettingsError: Unreadable, not YAML 1.2, or a key twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError([f"{path}:1:1: cannot be read ({error}); is it UTF-8 text?"]) from error
    return parse(text, path)


def parse(text: str, path: Path) -> YAMLFile:
    """Return the data of YAML text; `path` only names it in messages."""
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise SettingsError(
            [f"{path}:{line}:{column}: not valid YAML: {problem}; check indentation and quotes"]
        ) from error
    except YAMLError as error:
        raise SettingsError([f"{path}:1:1: not valid YAML: {error}"]) from error
    file = YAMLFile(path)
    if root is None:
        file.data = {}
        return file
    problems: list[str] = []
    file.data = _plain(root, (), file, problems)
    if problems:
        raise SettingsError(problems)
    return file


def _plain(node: Node, path: Path_, file: YAMLFile, problems: list[str]) -> Any:
    file.places.setdefault(path, (node.start_mark.line + 1, node.start_mark.column + 1))
    if isinstance(node, MappingNode):
        made: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = str(_scalar(key_node)) if isinstance(key_node, ScalarNode) else "?"
            place = (*path, key)
            if key in made:
                line, column = key_node.start_mark.line + 1, key_node.start_mark.column + 1
                problems.append(f"{file.path}:{line}:{column}: {key!r} stands twice; keep one")
            file.places[place] = (key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            made[key] = _plain(value_node, place, file, problems)
        return made
    if isinstance(node, SequenceNode):
        return [_plain(child, (*path, index), file, problems) for index, child in enumerate(node.value)]
    return _scalar(node)


def _scalar(node: Any) -> Any:
    value = node.value
    match node.tag:
        case "tag:yaml.org,2002:null":
            return None
        case "tag:yaml.org,2002:bool":
            return value.lower() == "true"
        case "tag:yaml.org,2002:int":
            try:
                return int(value.replace("_", ""), 0)
            except ValueError:
                return int(value.replace("_", ""))
        case "tag:yaml.org,2002:float":
            try:
                return float(value.replace("_", "").replace(".inf", "inf").replace(".nan", "nan"))
            except ValueError:
                return value
    return value
