"""Broken XML mended, well-formed XML untouched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import xml_repair

WORDS = st.lists(
    st.sampled_from(
        [
            "Müller",
            "&amp;",
            "<b>x</b>",
            "<![CDATA[a & b < c]]>",
            "<!-- & -->",
            "&#228;",
            "ß",
            " ",
            "<br/>",
            "&lt;",
        ]
    ),
    max_size=12,
).map("".join)
BROKEN = st.lists(
    st.sampled_from(
        [
            "&",
            "<",
            ">",
            "<item>",
            "</item>",
            "<title>",
            "</title>",
            "&uuml;",
            "&x;",
            "<![CDATA[",
            "]]>",
            "<!--",
            "-->",
            "\x0b",
            "\ud800",
            "ü",
            "<dc:x>",
            "&#0;",
            "&#150;",
            '"',
            "<?p",
            "?>",
        ]
    ),
    max_size=25,
).map("".join)


@given(WORDS)
def test_well_formed_passes_unchanged(inner: str):
    """Byte for byte (F3)."""
    text = f'<rss version="2.0"><channel><title>{inner}</title></channel></rss>'
    assert xml_repair.is_well_formed(text)
    assert xml_repair.repair(text) == (text, ())


@given(BROKEN)
def test_mending_never_fails_and_is_stable(inner: str):
    """Any text comes back, and mending it again changes nothing more that matters to a parser."""
    mended, _ = xml_repair.repair(f"<rss><channel><title>{inner}</title></channel></rss>")
    again, _ = xml_repair.repair(mended)
    assert xml_repair.is_well_formed(again) or not xml_repair.is_well_formed(mended)


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        ("F&E", "F&amp;E"),
        ("a &amp; b & c", "a &amp; b &amp; c"),
        ("&uuml;&nbsp;&ndash;", "ü\xa0–"),
        ("M&S; x", "M&amp;S; x"),
        ("x < 5", "x &lt; 5"),
        ("<![CDATA[a & b]]> & c", "<![CDATA[a & b]]> &amp; c"),
        ("&#150;&#x84; &", "–„ &amp;"),
        ("a\x0bb&#11;", "ab"),
        ("&auml", "&amp;auml"),
    ],
)
def test_what_is_mended(inner: str, expected: str):
    """Outside CDATA and comments only."""
    mended, problems = xml_repair.repair(f"<rss>{inner}</rss>")
    assert mended == f"<rss>{expected}</rss>"
    assert problems


def test_prefixes_are_declared():
    """An undeclared prefix would send feedparser to its forgiving parser."""
    mended, _ = xml_repair.repair("<rss><channel><media:content url='x'/><foo:bar/></channel></rss>")
    assert 'xmlns:media="http://search.yahoo.com/mrss/"' in mended
    assert xml_repair.is_well_formed(mended)


@pytest.mark.parametrize("before", ["Notice: x<br>\n", "\n\n<?xml version='1.0'?>", "\ufeff"])
def test_what_stands_before_the_root_goes(before: str):
    """PHP notices, blank lines, second prologs."""
    mended, _ = xml_repair.repair(xml_repair.without_declaration(f"{before}<rss>x</rss>"))
    assert mended == "<rss>x</rss>"
