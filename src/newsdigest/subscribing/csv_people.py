"""
Tables of people in and out: every row gets an answer, and no cell can act as a formula.

Read as UTF-8 (or, from an old office, Windows-1252), divided by comma, semicolon or tab.
Columns are known by their German and English names; a column nobody knows is an error that
names it, as a misspelt `topics` would otherwise subscribe people to everything.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from newsdigest.errors import UsageError
from newsdigest.model.subscribers import Frequency, LegalBasis, Subscriber
from newsdigest.subscribing.consent import Wishes
from newsdigest.text import addresses

MAX_BYTES = 20 * 1024 * 1024
MAX_CELL = 1000
COLUMNS = (
    "address",
    "name",
    "organisation",
    "newsletter",
    "language",
    "topics",
    "frequency",
    "basis",
    "evidence",
    "state",
    "created_at",
    "confirmed_at",
)
_ALIASES = {
    "e-mail": "address",
    "email": "address",
    "mail": "address",
    "e-mail-adresse": "address",
    "adresse": "address",
    "organization": "organisation",
    "firma": "organisation",
    "company": "organisation",
    "sprache": "language",
    "lang": "language",
    "themen": "topics",
    "häufigkeit": "frequency",
    "rhythmus": "frequency",
    "rechtsgrundlage": "basis",
    "legal_basis": "basis",
    "nachweis": "evidence",
    "proof": "evidence",
    "vorname": "first_name",
    "nachname": "last_name",
    "firstname": "first_name",
    "lastname": "last_name",
    "id": "ignored",
    "status": "state",
}
_BASES = {"einwilligung": "consent", "kunde": "customer", "mitglied": "member", "": "none"}
_FREQUENCIES = {"wöchentlich": "weekly", "monatlich": "monthly", "": "weekly"}
_LANGUAGES = {"deutsch": "de", "german": "de", "englisch": "en", "english": "en"}
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row as read. `problem` says why it cannot be used; `line` counts from 1, the head included."""

    line: int
    address: str = ""
    newsletter_id: str = ""
    wishes: Wishes = field(default_factory=Wishes)
    basis: LegalBasis = LegalBasis.NONE
    evidence: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one row: `added`, `known`, `suppressed`, `twice`, `refused`; no address in it."""

    line: int
    outcome: str
    detail: str = ""


def read(
    content: bytes, *, languages: Sequence[str], topics: Iterable[str], default_basis: LegalBasis
) -> list[Row]:
    """
    Return every row with what it asks for or why it cannot be used.

    Raises:
        UsageError: The table as a whole cannot be read (size, encoding, columns).
    """
    text = _text(content)
    known = {topic.casefold(): topic for topic in topics}
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=False)
    try:
        head = next(lines, None)
        if not head:
            raise UsageError(
                "the table is empty; the first line names the columns, e.g. address,language,topics,basis"
            )
        columns = _columns(head)
        return [
            _row(lines.line_num, columns, cells, languages, known, default_basis)
            for cells in lines
            if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise UsageError(
            f"line {lines.line_num}: not a readable table ({error}); save it as CSV, UTF-8"
        ) from error


def write(people: Iterable[Subscriber]) -> str:
    """Return the table of people, formulas defused (T24); `read` takes it back."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\r\n")
    table.writerow(COLUMNS)
    for person in people:
        table.writerow(
            [
                defuse(cell)
                for cell in (
                    person.address,
                    person.name,
                    person.organisation,
                    person.newsletter_id,
                    person.language,
                    " ".join(person.topics),
                    person.frequency.value,
                    person.basis.value,
                    "",
                    person.state.value,
                    person.created_at.isoformat(),
                    person.confirmed_at.isoformat() if person.confirmed_at else "",
                )
            ]
        )
    return out.getvalue()


def defuse(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell


def _undefuse(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].lstrip(" ").startswith(_FORMULA) else cell


def _text(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise UsageError(f"the table has {len(content):,} bytes, {MAX_BYTES:,} at most; divide it")
    if content[:4] == b"PK\x03\x04" or content[:4] == b"\xd0\xcf\x11\xe0":
        raise UsageError("this is a spreadsheet file, not CSV; save it as CSV, UTF-8")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace").replace("\0", "")
    try:
        return content.decode("utf-8-sig").replace("\0", "")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace").replace("\0", "")


def _delimiter(text: str) -> str:
    head = text.splitlines()[0] if text.strip() else ""
    return max(",;\t", key=head.count)


def _columns(head: Sequence[str]) -> list[str]:
    found = []
    for cell in head:
        name = cell.strip().casefold().replace(" ", "_")
        found.append(_ALIASES.get(name, name))
    allowed = {*COLUMNS, "ignored", "first_name", "last_name"}
    unknown = [head[i].strip() for i, name in enumerate(found) if name not in allowed]
    if unknown:
        raise UsageError(f"unknown column {unknown[0]!r}; known are {', '.join(COLUMNS)}")
    if "address" not in found:
        raise UsageError("the table has no column `address` (or `email`); the first line names the columns")
    doubled = [name for name in found if name != "ignored" and found.count(name) > 1]
    if doubled:
        raise UsageError(f"the column {doubled[0]!r} stands twice; keep one")
    return found


def _row(
    line: int,
    columns: Sequence[str],
    given: Sequence[str],
    languages: Sequence[str],
    topics: dict[str, str],
    default_basis: LegalBasis,
) -> Row:
    cells = dict(zip(columns, given, strict=False))
    is_too_long = any(cell.strip() for cell in given[len(columns) :])
    get = {name: _undefuse(value.strip()).strip() for name, value in cells.items()}
    problems = ["more cells than columns"] if is_too_long else []
    if any(len(value) > MAX_CELL for value in get.values()):
        return Row(line=line, problem=f"a cell is longer than {MAX_CELL} characters")
    address = addresses.normal(get.get("address", ""))
    if address is None:
        problems.append("no usable mail address" if get.get("address") else "the address is missing")
    language = get.get("language", "").casefold()
    language = _LANGUAGES.get(language, language) or languages[0]
    if language not in languages:
        problems.append(f"language {language!r} is none of {', '.join(languages)}")
    wanted = [topic for topic in get.get("topics", "").replace(";", " ").replace(",", " ").split() if topic]
    strange = [topic for topic in wanted if topic.casefold() not in topics]
    if strange and topics:
        problems.append(f"unknown topic {strange[0]!r}")
    basis = get.get("basis", "").casefold()
    basis = _BASES.get(basis, basis) if basis else default_basis.value
    if basis not in set(LegalBasis):
        problems.append(f"basis {basis!r} is none of {', '.join(b.value for b in LegalBasis)}")
    frequency = get.get("frequency", "").casefold()
    frequency = _FREQUENCIES.get(frequency, frequency)
    if frequency not in set(Frequency):
        problems.append(f"frequency {frequency!r} is none of weekly, monthly")
    if problems or address is None:
        return Row(line=line, problem="; ".join(problems))
    name = get.get("name", "") or " ".join(
        filter(None, (get.get("first_name", ""), get.get("last_name", "")))
    )
    return Row(
        line=line,
        address=address,
        newsletter_id=get.get("newsletter", ""),
        basis=LegalBasis(basis),
        evidence=get.get("evidence", ""),
        wishes=Wishes(
            language=language,
            topics=tuple(dict.fromkeys(topics.get(t.casefold(), t) for t in wanted)),
            frequency=Frequency(frequency),
            name=name,
            organisation=get.get("organisation", ""),
        ),
    )
