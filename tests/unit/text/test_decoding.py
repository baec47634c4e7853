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
    """Valid UTF-8 with umlauts is UTF-8, whatever an 8-bit label says."""
    body = f"<a>ä{text}</a>".encode()
    assert decode(body, "text/xml; charset=iso-8859-1").text == f"<a>ä{text}</a>"


def test_dangerous_labels_are_unknown():
    """UTF-7 and Python's own codecs are no text encodings of a stranger."""
    assert [normal(label) for label in ("utf-7", "unicode_escape", "idna", "rot13", "zlib", "nonsense")] == [
        None
    ] * 6
