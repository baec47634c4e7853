"""Bytes to text by rule, not by statistics (F1, F2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text.decoding import decode, normal

GERMAN = "Größere Räume für Ärzte in Görlitz – „schön“"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_declared_or_not_german_is_read(encoding: str):
    """With the right label, without one, and with a wrong one."""
    for label in ("", 'encoding="UTF-8"', 'encoding="ISO-8859-1"'):
        text = f'<?xml version="1.0" {label}?><a>{GERMAN}</a>'
        assert decode(text.encode(encoding)).text.lstrip("\ufeff") == text


@given(
    st.binary(max_size=300),
    st.sampled_from(
        [
            "",
            "text/xml; charset=utf-8",
            "x; charset=utf-7",
            "x; charset=idna",
            "x;charset=hex",
            "x; charset=shift_jis",
        ]
    ),
)
def test_any_bytes_are_decoded(body: bytes, content_type: str):
    """Never an exception, never a codec that is no text encoding."""
    assert isinstance(decode(body, content_type).text, str)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200))
def test_utf8_is_recognised_under_any_label(text: str):
    """Valid UTF-8 with umlauts is UTF-8, whatever an 8-bit label says; only what was encoded twice changes."""
    body = f"<a>ä{text}</a>".encode()
    decoded = decode(body, "text/xml; charset=iso-8859-1")
    assert decoded.encoding == "utf-8"
    if not any("encoded twice" in problem for problem in decoded.problems):
        assert decoded.text == f"<a>ä{text}</a>"


@given(st.text(alphabet="aäöüß„“– ", max_size=60))
def test_what_was_encoded_twice_is_mended_whole(text: str):
    """German text that a windows-1252 system encoded again comes back as it was written."""
    assert decode(f"<a>ä ü {_encoded_again(text)} Ã¼</a>".encode()).text == f"<a>ä ü {text} ü</a>"


def _encoded_again(text: str) -> str:
    """Return what the UTF-8 bytes of a text look like to a windows-1252 system (undefined bytes kept)."""
    undefined = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return "".join(
        chr(byte) if byte in undefined else bytes([byte]).decode("cp1252") for byte in text.encode()
    )


def test_dangerous_labels_are_unknown():
    """UTF-7 and Python's own codecs are no text encodings of a stranger."""
    assert [normal(label) for label in ("utf-7", "unicode_escape", "idna", "rot13", "zlib", "nonsense")] == [
        None
    ] * 6
