"""CSV and OPML: in, out, and in again changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.collecting import opml, source_table
from newsdigest.model.sources import Source, SourceKind, SourceType, Trust

NOW = datetime(2026, 10, 5, tzinfo=UTC)
TABLE = """id,name,url,kind,type,language,trust
haus,Haus e. V.,https://haus.example/feed,feed,association,de-DE,own
seite,"Seite, die erste",https://seite.example/news,page,member,,high
ordner,Postfach,var/postfach,folder,association,de,normal
"""


def test_rows_become_sources():
    """Every column lands in its field."""
    stored, lines = source_table.plan(source_table.rows_of_csv(TABLE), [])
    assert [line.result for line in lines] == ["added"] * 3
    assert stored[0] == Source(
        id="haus", name="Haus e. V.", url="https://haus.example/feed", kind=SourceKind.FEED,
        type=SourceType.ASSOCIATION, language="de-DE", trust=Trust.OWN, origin="added",
    )  # fmt: skip
    assert (stored[1].kind, stored[1].language) == (SourceKind.PAGE, None)
    assert stored[2].url == "var/postfach"


def test_importing_twice_changes_nothing():
    """The second import is unchanged, row by row."""
    rows = source_table.rows_of_csv(TABLE)
    stored, _ = source_table.plan(rows, [])
    again, lines = source_table.plan(rows, stored)
    assert not again
    assert {line.result for line in lines} == {"unchanged"}


def test_a_bad_row_ends_nothing():
    """Each refused row says why; the rest is stored."""
    text = (
        TABLE
        + "x,Ohne Adresse,,feed,member,de,normal\ny,Falsch,ftp://a.example/,feed,member,de,normal\nz,Art,https://z.example/,blog,member,de,normal\n"
    )
    stored, lines = source_table.plan(source_table.rows_of_csv(text), [])
    assert len(stored) == 3
    assert [line.result for line in lines[3:]] == ["refused"] * 3
    assert "address" in lines[3].detail
    assert "feed, page, folder" in lines[5].detail


def test_the_same_address_under_another_id_is_refused():
    """One feed is not read twice, whatever its scheme or slash."""
    stored, _ = source_table.plan(source_table.rows_of_csv(TABLE), [])
    row = {"id": "anders", "url": "http://www.haus.example/feed/"}
    _, lines = source_table.plan([row], stored)
    assert (lines[0].result, "haus" in lines[0].detail) == ("refused", True)


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_spreadsheets_write_other_delimiters(mark: str):
    """A German spreadsheet writes semicolons, with a byte order mark."""
    text = (
        "\ufeff"
        + mark.join(["id", "name", "url"])
        + "\r\n"
        + mark.join(["a", "Ä", "https://a.example/f"])
        + "\r\n"
    )
    assert source_table.rows_of_csv(text) == [{"id": "a", "name": "Ä", "url": "https://a.example/f"}]


@given(st.lists(st.text(min_size=1, max_size=30), max_size=6))
def test_csv_comes_back_whole(names: list[str]):
    """Names survive out and in, formulas defused on the way (T24)."""
    sources = [
        Source(id=f"s{n}", name=" ".join(name.split()) or "x", url=f"https://s{n}.example/f", origin="added")
        for n, name in enumerate(names)
        if name.isprintable()
    ]
    text = source_table.to_csv(sources)
    assert not any(
        line.partition(",")[2][:1] in "=+-@" for line in text.splitlines()[1:] if line.partition(",")[2]
    )
    stored, _ = source_table.plan(source_table.rows_of_csv(text), [])
    assert [(one.id, one.url) for one in stored] == [(one.id, one.url) for one in sources]


def test_opml_comes_back_whole():
    """Our export, imported elsewhere, gives the same sources."""
    stored, _ = source_table.plan(source_table.rows_of_csv(TABLE), [])
    text = opml.to_opml(stored, title="Haus & Hof", now=NOW)
    rows = opml.rows_of_opml(text)
    assert rows is not None
    again, _ = source_table.plan(rows, [])
    assert sorted(again, key=lambda one: one.id) == sorted(stored, key=lambda one: one.id)
    assert source_table.plan(rows, stored)[0] == []


@pytest.mark.parametrize(
    "text",
    [
        '<opml version="1.0"><body><outline text="Ordner"><outline text="A &amp; B" type="rss" xmlUrl="https://a.example/f"/></outline></body></opml>',
        '<?xml version="1.0"?><!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><body><outline title="A & B" xmlurl="https://a.example/f"></body>',
    ],
    ids=["folders", "broken_with_a_doctype"],
)
def test_foreign_opml_is_read(text: str):
    """Folders are flattened; what is not well-formed, or tries an entity, harms nothing."""
    rows = opml.rows_of_opml(text)
    assert rows is not None
    assert [(row["name"], row["url"]) for row in rows] == [("A & B", "https://a.example/f")]


def test_what_is_no_opml_is_told():
    """A feed is not a list of feeds."""
    assert opml.rows_of_opml("<rss><channel/></rss>") is None


def test_ids_are_made_from_names():
    """Umlauts are written out, a taken id gets a number."""
    taken = {"gruen-e-v": Source(id="gruen-e-v", name="", url="")}
    assert source_table.slug("Grün e. V.", {}) == "gruen-e-v"
    assert source_table.slug("Grün e. V.", taken) == "gruen-e-v-2"
