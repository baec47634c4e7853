"""
The words of the mails: `templates/strings/<language>.yaml`, one flat catalogue a language.

A workspace's own file overrides single words; what it leaves out comes from the shipped one.
Every catalogue holds the same keys, so that no reader meets a word of the other language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from newsdigest.errors import SettingsError
from newsdigest.settings import yaml_file

FOLDER = "strings"


def load(folders: Sequence[Path], languages: Sequence[str]) -> dict[str, Mapping[str, str]]:
    """
    Return the words per language; folders come most particular first.

    Raises:
        SettingsError: A catalogue is missing, a word has no text, or a key is not in every language.
    """
    made: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for language in languages:
        words: dict[str, str] = {}
        files = [
            path for folder in reversed(folders) if (path := folder / FOLDER / f"{language}.yaml").is_file()
        ]
        if not files:
            problems.append(
                f"{folders[0] / FOLDER / language}.yaml:1:1: the catalogue is missing; copy another language's"
            )
        for path in files:
            file = yaml_file.load(path)
            for key, text in (file.data or {}).items():
                if not isinstance(text, str):
                    problems.append(f"{file.where((key,))}: {key}: must be text; put it in quotes")
                else:
                    words[key] = text
        made[language] = words
    every = {key for words in made.values() for key in words}
    for language, words in made.items():
        where = f"{folders[-1] / FOLDER / language}.yaml:1:1"
        problems += [
            f"{where}: {key}: has no word in this language; add it" for key in sorted(every - set(words))
        ]
    if problems:
        raise SettingsError(problems)
    return dict(made)
