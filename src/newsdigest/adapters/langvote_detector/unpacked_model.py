"""
py3langid's model, unpacked once for all processes of a user.

The wheel holds it as xz: 68 MB to unpack at every start were half of what the judge's start cost
(0.5 s, and as much memory again). So its arrays are kept as plain `.npy` files in the user's cache,
named by the hash of the packed file, and mapped into memory: a start reads only what it touches,
and processes share it. They hold numbers, never pickles. A Python version of the same walk over
fewer tables was refused: it must give the very same scores. Where nothing can be kept, each process
unpacks for itself.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

LAYOUT = "1"
"""Changes with what is kept, so that no version reads what another one left."""
ARRAYS = ("ptc", "pc", "classes", "nextmove", "nextmove_row", "out_feat")


def load(folder: Path | None) -> Any:
    """
    Return py3langid's identifier with normed probabilities, the same whichever way it was loaded.

    Args:
        folder: Where unpacked models are kept; None to keep nothing.
    """
    from py3langid.langid import MODEL_DIR, MODEL_FILE, LanguageIdentifier

    packed = MODEL_DIR / MODEL_FILE
    if folder is None:
        return LanguageIdentifier.from_model_file(packed, norm_probs=True)
    kept = folder / f"py3langid-{LAYOUT}-{hashlib.sha256(packed.read_bytes()).hexdigest()[:32]}"
    try:
        arrays = _mapped(kept)
    except (OSError, ValueError, EOFError):  # not there yet, or cut short
        try:
            _unpack(packed, kept)
            arrays = _mapped(kept)
        except OSError:  # a full disk, a folder of somebody else's
            return LanguageIdentifier.from_model_file(packed, norm_probs=True)
    ptc, pc, classes, moves, rows, features = arrays
    return LanguageIdentifier(
        ptc, pc, classes.tolist(), moves.data, features.tolist(), norm_probs=True, tk_row=rows.tolist()
    )


def user_cache() -> Path | None:
    """Return the folder for what this user's processes can make again; None where there is none."""
    if given := os.environ.get("CACHE_DIRECTORY"):  # systemd's, made for the service
        return Path(given.split(":")[0])
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "newsdigest"
    except RuntimeError:  # a user without a home
        return None


def _mapped(kept: Path) -> list[np.ndarray[Any, Any]]:
    return [np.load(kept / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS]


def _unpack(packed: Path, kept: Path) -> None:
    """Write the arrays; they appear under their name together, whole and on disk."""
    from py3langid.modelio import load_model

    kept.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    being_made = Path(tempfile.mkdtemp(prefix=".py3langid-", dir=kept.parent))
    try:
        for name, values in zip(ARRAYS, load_model(packed), strict=True):
            with (being_made / f"{name}.npy").open("wb") as file:
                np.save(file, np.asarray(values), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        for old in kept.parent.glob("py3langid-*"):
            shutil.rmtree(old, ignore_errors=True)
        with suppress(OSError):  # another process was faster
            being_made.rename(kept)
    finally:
        shutil.rmtree(being_made, ignore_errors=True)
