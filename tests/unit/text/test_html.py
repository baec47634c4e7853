"""HTML of strangers: laws of cleaning, and text out of it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import html

PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<b",
        ">",
        "<script>",
        "</script>",
        "<a href=",
        '"javascript:x"',
        "https://a.example/",
        "<img src=x onerror=y>",
        "<svg>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "&lt;",
        "&",
        "&amp;",
        "ü",
        "<table><tr><td>",
        "<li>",
        "]]>",
        "<![CDATA[",
        "<math>",
        "<title>",
        "\x00",
        "\u202e",
        "<iframe>",
        "<pre>",
        "\n",
        " ",
        "style='x'",
        "<template>",
        "<noscript>",
    ]
)


@given(st.lists(PIECES, max_size=30).map("".join))
def test_cleaning_twice_is_cleaning_once(markup: str):
    """And nothing live is left: only tags of the list, no handlers, no foreign schemes (T1, T12)."""
    once = html.clean(markup, base="https://b.example/")
    assert html.clean(once, base="https://b.example/") == once
    tags = {name.lower() for name in re.findall(r"<([a-zA-Z][a-zA-Z0-9]*)", once)}
    assert tags <= html.TAGS
    for tag in re.findall(r"<[a-zA-Z][^>]*>", once):
        names = set(re.findall(r"\s([a-z-]+)=", re.sub(r'"[^"]*"', '""', tag)))
        assert names <= {"href", "rel", "start", "colspan", "rowspan"}
    assert all(link.startswith(("http://", "https://")) for link in re.findall(r'href="([^"]*)"', once))


@given(st.text(max_size=200))
def test_text_survives_as_text(text: str):
    """Plain text made HTML, cleaned and made text again keeps its words."""
    assert html.to_text(html.clean(html.from_text(text))).split() == html.tidy(text).split() or "-" in text


def test_blocks_lists_and_tables_become_lines():
    """Paragraphs are parted, list items and rows stand on lines of their own."""
    markup = "<h2>Kopf</h2><p>Eins<br>zwei</p><ul><li>a</li><li>b &amp; c</li></ul><table><tr><td>x</td><td>y</td></tr></table>"
    assert html.to_text(markup) == "Kopf\n\nEins\nzwei\n\n- a\n- b & c\n\nx y"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("p < 0,05 und n > 3", "p < 0,05 und n > 3"),
        ("<b>fett</b> &amp; mehr", "fett & mehr"),
        ("A&amp;amp;B", "A&amp;B"),
        ("AT&T", "AT&T"),
        ("H<sub>2</sub>O", "H2O"),
        ("Liste<String> erklärt", "Liste<String> erklärt"),
        ("x<br/>y", "x y"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("  a \n b ", "a b"),
        ("<!-- weg -->da", "da"),
        ("&#8222;so&#8220;", "„so“"),
    ],
)
def test_titles_are_text(written: str, expected: str):
    """Known tags go, everything else stays as written."""
    assert html.strip(written) == expected


def test_the_widest_image_and_no_pixels():
    """srcset gives the largest, counters and spacers are no images (F7)."""
    markup = (
        '<img src="https://vg01.met.vgwort.de/na/1" width="1" height="1"><img src="/klein.jpg" srcset="/m.jpg 640w, /g.jpg 1280w" alt="Gerät &amp; Team">'
        '<img src="data:image/gif;base64,R0"><img data-src="/lazy.png" src="data:x"><img src="https://pixel.wp.com/b.gif">'
    )
    assert [(one.url, one.alt) for one in html.images(markup, base="https://a.example/x/")] == [
        ("https://a.example/g.jpg", "Gerät & Team"),
        ("https://a.example/lazy.png", ""),
    ]


def test_long_html_is_cut_first():
    """nh3 is quadratic on nested tags: 64 KiB are looked at."""
    assert len(html.clean("<p>" + "x" * 200_000)) <= html.MAX_LENGTH + 10


@given(
    st.lists(
        PIECES
        | st.sampled_from(["</p>", "<li>", "<br>", "<td>", "<pre>", " ", "\n", "&am", "p;", "\xa0", "-"])
    ).map("".join)
)
def test_text_made_in_few_passes_is_the_text_of_the_walk(markup: str) -> None:
    """The quick way of `to_text` gives letter for letter what the walk from tag to tag gives."""
    scrubbed = html._SCRIPTS.sub("", html.scrub(markup))
    assert html._tidied(html._walked(scrubbed), is_plain=False) == html.to_text(markup)


@pytest.mark.parametrize(
    "markup",
    [
        "<div>Absatz eins.</div><div>Absatz zwei.</div>",
        "<section>Absatz eins.</section><section>Absatz zwei.</section>",
        "<article><header>Absatz eins.</header>Absatz zwei.</article>",
        "<center>Absatz eins.</center>Absatz zwei.",
        "<div class='a'><div>Absatz eins.</div></div><p>Absatz zwei.</p>",
        "<table><tr><td>Absatz eins.</td></tr></table><div>Absatz zwei.</div>",
    ],
)
def test_blocks_of_any_kind_part_paragraphs(markup: str):
    """Many systems write paragraphs as divs: the last word of one must not be glued to the first of the next."""
    cleaned = html.clean(markup)
    assert html.to_text(cleaned) == "Absatz eins.\n\nAbsatz zwei."
    assert html.clean(cleaned) == cleaned
    assert "class" not in cleaned
