"""
Lead images, copied through the guard and made anew (T11).

What a stranger sends is never served: the bytes are recognised by their first bytes, decoded
under a pixel limit, and written again as JPEG or PNG without metadata. SVG is refused, as it is a
program; so is everything Pillow is not told to know.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import tempfile
import warnings
from dataclasses import replace
from pathlib import Path

from newsdigest.model.items import Image
from newsdigest.ports.fetching import Fetcher, FetchRequest

MAX_BYTES = 8 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 1200
LEAST_SIDE = 80
"""Smaller ones are pixels, icons and share buttons."""
_MAGIC = {
    b"\xff\xd8\xff": "JPEG",
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}


class ImageCopier:
    """
    Copies images into a folder; the name derives from the content.

    Args:
        folder: `var/images`; made when first needed.
    """

    def __init__(self, *, folder: Path, fetcher: Fetcher) -> None:
        self._folder = folder
        self._fetcher = fetcher

    def copy(self, image: Image) -> Image:
        """Return the image with file name and size, as it was where it cannot be copied."""
        answer = self._fetcher.fetch(
            FetchRequest(
                key=image.url,
                url=image.url,
                max_bytes=MAX_BYTES,
                accept="image/webp, image/jpeg, image/png, image/gif",
            )
        )
        if answer.problem is not None or answer.status != 200:
            return image
        made = made_anew(answer.body)
        if made is None:
            return image
        body, suffix, width, height = made
        name = f"{hashlib.sha256(body).hexdigest()[:24]}.{suffix}"
        self._write(name, body)
        return replace(image, stored_as=name, width=width, height=height)

    def _write(self, name: str, body: bytes) -> None:
        """Write by way of a temporary file, so that no half picture is ever served (T23)."""
        target = self._folder / name
        if target.exists():
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._folder, prefix=".image-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(target)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()
            raise


def kind_of(body: bytes) -> str | None:
    """Return what the first bytes say a picture is, None for anything we do not decode."""
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "WEBP"
    return next((kind for magic, kind in _MAGIC.items() if body.startswith(magic)), None)


def made_anew(body: bytes) -> tuple[bytes, str, int, int] | None:
    """Return the picture encoded again with its suffix, width and height; None for what is none or too small."""
    kind = kind_of(body)
    if kind is None:
        return None
    from PIL import Image as Picture
    from PIL import ImageOps

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Picture.DecompressionBombWarning)
            with Picture.open(io.BytesIO(body), formats=[kind]) as opened:
                if opened.width * opened.height > MAX_PIXELS or min(opened.size) < LEAST_SIDE:
                    return None
                opened.draft("RGB", (MAX_SIDE * 2, MAX_SIDE * 2))
                picture = ImageOps.exif_transpose(opened)
                picture.thumbnail((MAX_SIDE, MAX_SIDE))
                has_alpha = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
                picture = picture.convert("RGBA" if has_alpha else "RGB")
    except Exception:  # whatever a broken picture raises, it is not shown
        return None
    # A fresh picture carries no metadata (places, names, thumbnails).
    clean = Picture.new(picture.mode, picture.size)
    clean.paste(picture)
    out = io.BytesIO()
    if has_alpha:
        clean.save(out, "PNG", optimize=True)
    else:
        clean.save(out, "JPEG", quality=82, optimize=True, progressive=True)
    return out.getvalue(), "png" if has_alpha else "jpg", clean.width, clean.height
