"""
Bounded inflating of gzip and deflate.

The common libraries inflate without bound: 1 MB became 2 GiB in one read (feeds spec, H2).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator

STEP = 64 * 1024
MAX_RATIO = 400
"""Inflated bytes per raw byte; text reaches about 20, the worst a bomb can do with deflate is 1,030."""

Inflate = Callable[[bytes], Iterator[bytes]]


class PackingError(ValueError):
    """What came cannot be unpacked."""


class BombError(PackingError):
    """What came is a decompression bomb."""


class Inflater:
    """
    Inflates in steps, several gzip members if need be, and stops at a ratio no text reaches.

    Called with raw chunks it gives decoded parts of at most 64 KiB; b"" says that the end was reached.

    Raises:
        PackingError: The bytes are not what was declared, or end in the middle.
        BombError: They grow as no text does; nothing more is unpacked.
    """

    def __init__(self, *, is_gzip: bool) -> None:
        self._is_gzip = is_gzip
        self._inside = zlib.decompressobj(wbits=31 if is_gzip else 15)
        self._raw = self._made = 0
        self._is_begun = False

    def __call__(self, chunk: bytes) -> Iterator[bytes]:
        if not chunk:
            if self._is_begun and not self._inside.eof:
                raise PackingError("the packed answer ends in the middle")
            return
        self._raw += len(chunk)
        rest = chunk
        while rest:
            if self._inside.eof:
                if not self._is_gzip or not rest.startswith(b"\x1f\x8b"):
                    return  # padding after the end
                self._inside = zlib.decompressobj(wbits=31)
            part = self._step(rest)
            self._made += len(part)
            if self._made > 1_000_000 and self._made > MAX_RATIO * self._raw:
                raise BombError("the answer is a decompression bomb; it was not unpacked further")
            if part:
                yield part
            rest = self._inside.unused_data if self._inside.eof else self._inside.unconsumed_tail

    def _step(self, rest: bytes) -> bytes:
        try:
            part = self._inside.decompress(rest, STEP)
        except zlib.error as error:
            if self._is_gzip or self._is_begun:
                raise PackingError(f"the answer cannot be unpacked ({error})") from error
            # "deflate" without the zlib frame, as some servers send it.
            self._inside = zlib.decompressobj(wbits=-15)
            try:
                part = self._inside.decompress(rest, STEP)
            except zlib.error as again:
                raise PackingError(f"the answer cannot be unpacked ({again})") from again
        self._is_begun = True
        return part
