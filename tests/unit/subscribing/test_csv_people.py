"""Tables of people: an answer for every row, and no row does harm."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.errors import UsageError
from newsdigest.model.subscribers import Frequency, LegalBasis, Subscriber
from newsdigest.subscribing import csv_people

TOPICS = ("medtech", "funding")


def read(text: str | bytes, basis: LegalBasis = LegalBasis.NONE) -> list[csv_people.Row]:
    content = text.encode() if isinstance(text, str) else text
    return csv_people.read(content, languages=("de", "en"), topics=TOPICS, default_basis=basis)


SHAPES = {
    "commas": "email,language,topics\na@b.de,en,medtech",
    "semicolons_german": "E-Mail;Sprache;Themen\na@b.de;Englisch;medtech",
    "tabs": "address\tlanguage\ttopics\na@b.de\ten\tmedtech\n\n",
    "byte_order_mark": "\ufeffemail,language,topics\r\na@b.de,en,medtech\r\n",
    "quoted": '"email","language","topics"\n"a@b.de","en","medtech"\n',
}


@pytest.mark.parametrize("shape", SHAPES)
def test_the_usual_shapes_are_read(shape: str):
    (row,) = read(SHAPES[shape])
    assert (row.address, row.wishes.language, row.wishes.topics, row.problem) == (
        "a@b.de",
        "en",
        ("medtech",),
        "",
    )


def test_an_old_offices_encoding_is_read():
    (row,) = read("email;name\na@b.de;Jürgen Größe".encode("cp1252"))
    assert row.wishes.name == "Jürgen Größe"


WRONG_ROWS = {
    "not-an-address": "no usable mail address", "": "address is missing", "a@b.de,xx": "language 'xx'",
    "a@b.de,de,nonsense": "unknown topic", "a@b.de,de,,sometimes": "frequency", "a@b.de,de,,weekly,maybe": "basis",
    "a@b.de,de,,weekly,member,more": "more cells", "a@b.de," + "x" * 1200: "longer than",
}  # fmt: skip


@pytest.mark.parametrize("cells", WRONG_ROWS)
def test_a_wrong_row_says_why_and_the_next_goes_on(cells: str):
    rows = read(f"email,language,topics,frequency,basis\n{cells or ',de'}\ngood@b.de,de\n")
    assert WRONG_ROWS[cells] in rows[0].problem
    assert (rows[1].line, rows[1].address, rows[1].problem) == (3, "good@b.de", "")


WRONG_TABLES = {
    "empty": (b"", "empty"),
    "no_address": (b"name,language\nx,de", "no column"),
    "misspelt_column": (b"email,topcis\na@b.de,medtech", "topcis"),
    "twice": (b"email,mail\na@b.de,b@b.de", "twice"),
    "spreadsheet": (b"PK\x03\x04rest", "spreadsheet"),
    "too_large": (b"email\n" + b"x" * (csv_people.MAX_BYTES + 1), "at most"),
}


@pytest.mark.parametrize("name", WRONG_TABLES)
def test_a_wrong_table_is_refused_as_a_whole(name: str):
    content, words = WRONG_TABLES[name]
    with pytest.raises(UsageError, match=words):
        read(content)


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_clear_error(content: bytes):
    try:
        rows = read(b"email,name\n" + content)
    except UsageError:
        return
    assert all(row.address or row.problem for row in rows)


def make_person(name: str) -> Subscriber:
    return Subscriber(
        id="p1", address="a@b.de", newsletter_id="weekly", name=name, topics=("medtech", "funding"),
        frequency=Frequency.MONTHLY, basis=LegalBasis.MEMBER, created_at=datetime(2026, 3, 12, tzinfo=UTC),
    )  # fmt: skip


@pytest.mark.parametrize(
    "name", ["=1+1", "+49 351", "-x", "@cmd", "\t=x", " =1", '=HYPERLINK("http://x")', "O'Neil", "'quoted"]
)
def test_no_cell_is_a_formula_and_names_come_back(name: str):
    """T24: what a spreadsheet would run is defused, and undone when it is read again."""
    table = csv_people.write([make_person(name)])
    cells = next(csv.reader(io.StringIO(table.split("\r\n", 1)[1])))
    assert not any(cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    (row,) = read(table)
    assert row.wishes.name == name.strip()
    assert (row.wishes.topics, row.wishes.frequency, row.basis) == (
        TOPICS,
        Frequency.MONTHLY,
        LegalBasis.MEMBER,
    )
