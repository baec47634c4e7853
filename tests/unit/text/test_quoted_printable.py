"""Quoted-printable in pieces: joined pieces decode to the joined text."""

from __future__ import annotations

import quopri

from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text.quoted_printable import encode_piece

text = st.text(
    alphabet=st.one_of(
        st.characters(exclude_categories=["Cs"], exclude_characters="\r"), st.sampled_from(" \t\n.=F")
    ),
    max_size=400,
)


@given(st.lists(st.one_of(text, st.sampled_from(["From ", ".", "..", " ", "x" * 76, "ä" * 40])), max_size=8))
def test_joined_pieces_decode_to_the_joined_text_within_the_limits(pieces: list[str]) -> None:
    """At most 76 octets a line, ASCII, no dot and no "From " at a line's start, no space at its end."""
    joined = b"".join(encode_piece(piece) for piece in pieces)
    assert quopri.decodestring(joined).decode().replace("\r\n", "\n") == "".join(pieces)
    for line in joined.split(b"\r\n"):
        assert len(line) <= 76
        assert line.isascii()
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
