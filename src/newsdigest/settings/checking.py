"""From plain data to frozen settings; a model's complaints become lines that name file, line and column."""

from __future__ import annotations

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from newsdigest.errors import SettingsError
from newsdigest.settings import wording
from newsdigest.settings.yaml_file import YAMLFile


class Strict(BaseModel):
    """Base of all settings models: unknown keys are errors, records are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True, validate_default=True)


M = TypeVar("M", bound=BaseModel)


def check(model: type[M], file: YAMLFile, *, data: Any = None, prefix: tuple[str | int, ...] = ()) -> M:
    """
    Return the file's data as that model.

    Raises:
        SettingsError: With one line for every problem, not just the first.
    """
    try:
        return model.model_validate(file.data if data is None else data)
    except ValidationError as error:
        raise SettingsError(
            [complaint(model, file, problem, prefix) for problem in error.errors()]
        ) from error


def complaint(
    model: type[BaseModel], file: YAMLFile, problem: Any, prefix: tuple[str | int, ...] = ()
) -> str:
    """Return `file:line:column: key: what is wrong; what to do` for one of pydantic's errors."""
    # A wrong name in a group stands as its name and a mark of the library's.
    path = tuple(part for part in problem["loc"] if part != "[key]")
    key = ".".join(str(part) for part in path) or "(the file)"
    where = file.where((*prefix, *path))
    match problem["type"]:
        case "extra_forbidden":
            parent = _model_at(model, path[:-1])
            near = difflib.get_close_matches(str(path[-1]), list(parent.model_fields) if parent else [], n=1)
            hint = (
                f"did you mean {near[0]!r}?"
                if near
                else "remove it, or see the shipped file for the known settings"
            )
            return f"{where}: {key}: unknown setting; {hint}"
        case "missing":
            return f"{where}: {key}: is required; add it"
        case _:
            return f"{where}: {key}: {wording.sentence(problem)}{wording.found(problem.get('input'))}"


def _model_at(model: type[BaseModel], path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Return the settings model that stands at a path, None where that is not plain to see."""
    found: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int) or found is None:
            continue
        field = found.model_fields.get(part)
        found = _model_in(field.annotation) if field else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for part in getattr(annotation, "__args__", ()):
        if found := _model_in(part):
            return found
    return None
