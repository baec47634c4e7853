"""
Sources as rows: CSV and OPML in and out become the same rows, and rows become sources.

Importing twice changes nothing the second time; a row that cannot be used is one line of the
report and never the end of the import (nextcloud/news #2996).
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Literal, TypeVar

from newsdigest.model.sources import Source, SourceKind, SourceType, Trust
from newsdigest.text import urls

E = TypeVar("E", bound=Enum)

COLUMNS = ("id", "name", "url", "kind", "type", "language", "trust")
MORE_COLUMNS = ("organisation", "homepage", "zone", "fetches_full_text")
MAX_ROWS = 20_000
_ALIASES = {
    "xmlurl": "url",
    "title": "name",
    "text": "name",
    "htmlurl": "homepage",
    "feed": "url",
    "site": "homepage",
    "adresse": "url",
    "sprache": "language",
}
_UMLAUTS = {ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"}
_DEFUSED = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """What came of one row: `added`, `changed`, `unchanged` or `refused` with the reason."""

    row: int
    id: str
    result: Literal["added", "changed", "unchanged", "refused"]
    detail: str = ""


def rows_of_csv(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV with a header line; comma, semicolon (as German spreadsheets write) or tab."""
    text = text.removeprefix("\ufeff")
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    made = []
    for row in rows:
        cells = {
            _ALIASES.get(name.strip().lower(), name.strip().lower()): _DEFUSED.sub("", (value or "").strip())
            for name, value in row.items()
            if name and not isinstance(value, list)
        }
        if any(cells.values()):
            made.append(cells)
        if len(made) >= MAX_ROWS:
            break
    return made


def to_csv(sources: Iterable[Source]) -> str:
    """Return the sources as CSV; cells a spreadsheet would run as formulas are defused (T24)."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for one in sources:
        cells = (
            one.id,
            one.name,
            one.url,
            one.kind.value,
            one.type.value,
            one.language or "",
            one.trust.value,
        )
        writer.writerow(
            [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
        )
    return out.getvalue()


def plan(
    rows: Sequence[Mapping[str, str]], existing: Sequence[Source]
) -> tuple[list[Source], list[ImportLine]]:
    """Return the sources to store and one line a row."""
    by_id = {source.id: source for source in existing}
    by_url = {urls.canonical(source.url): source.id for source in existing}
    stored: dict[str, Source] = {}
    lines: list[ImportLine] = []
    for number, row in enumerate(rows, 1):
        source_id = row.get("id", "").strip()
        known = by_url.get(urls.canonical(row.get("url", "").strip()))
        if not source_id and known:
            source_id = known
        try:
            source = _source(row, source_id, taken=by_id, known=known)
        except ValueError as error:
            lines.append(ImportLine(row=number, id=source_id, result="refused", detail=str(error)))
            continue
        before = by_id.get(source.id)
        made = _over(before, row, source) if before else source
        if before == made:
            lines.append(ImportLine(row=number, id=made.id, result="unchanged"))
            continue
        stored[made.id] = made
        by_id[made.id] = made
        by_url[urls.canonical(made.url)] = made.id
        lines.append(
            ImportLine(
                row=number,
                id=made.id,
                result="changed" if before else "added",
                detail=_difference(before, made),
            )
        )
    return list(stored.values()), lines


def known_at(url: str, existing: Iterable[Source]) -> Source | None:
    """Return the source that reads that address, whatever its scheme or slash."""
    wanted = urls.canonical(url.strip())
    return next((source for source in existing if urls.canonical(source.url) == wanted), None)


def _over(before: Source, row: Mapping[str, str], source: Source) -> Source:
    """Return the stored source with what the row says; an empty cell says nothing."""
    said = {name: getattr(source, name) for name in (*COLUMNS, *MORE_COLUMNS) if row.get(name, "").strip()}
    return replace(before, **said)


def _difference(before: Source | None, made: Source) -> str:
    if before is None:
        return ""
    return ", ".join(
        name for name in (*COLUMNS, *MORE_COLUMNS) if getattr(before, name) != getattr(made, name)
    )


def _source(
    row: Mapping[str, str], source_id: str, *, taken: Mapping[str, Source], known: str | None
) -> Source:
    cell = {name: " ".join(str(value).split()) for name, value in row.items()}
    kind = _one_of(SourceKind, cell.get("kind", ""), SourceKind.FEED, "kind")
    url = cell.get("url", "")
    if not url:
        raise ValueError("there is no address (column url)")
    if kind is not SourceKind.FOLDER or url.startswith(("http:", "https:")):
        safe = urls.safe(url if "://" in url else f"https://{url}")
        # A bare word is a folder's name or a slip of the pen, never a host on the Internet.
        if safe is None or ("://" not in url and "." not in url.partition("/")[0]):
            raise ValueError(f"{url[:120]!r} is no http or https address")
        url = safe
    name = cell.get("name", "") or urls.host(url) or url
    if not source_id:
        source_id = slug(name if cell.get("name") else f"{urls.host(url)}", taken)
    if not re.fullmatch(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,60}", source_id):
        raise ValueError(f"the id {source_id!r} may hold letters, digits, dots, hyphens and underscores only")
    if known and known != source_id:
        raise ValueError(f"that address is read already as {known!r}")
    return Source(
        id=source_id,
        name=name,
        url=url,
        kind=kind,
        type=_one_of(SourceType, cell.get("type", ""), SourceType.MEMBER, "type"),
        language=_language(cell.get("language", "")),
        trust=_one_of(Trust, cell.get("trust", ""), Trust.NORMAL, "trust"),
        organisation=cell.get("organisation", ""),
        homepage=(urls.safe(cell["homepage"]) or "") if cell.get("homepage") else "",
        zone=cell.get("zone", "") or "Europe/Berlin",
        fetches_full_text=cell.get("fetches_full_text", "").lower() in ("1", "true", "yes", "ja"),
        origin="added",
    )


def slug(name: str, taken: Mapping[str, Source] | None = None) -> str:
    """Return a short id made from a name, with a number where it is taken."""
    folded = name.lower().translate(_UMLAUTS)
    plain = unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-") or "source"
    if not taken or made not in taken:
        return made
    return next(f"{made}-{number}" for number in range(2, len(taken) + 3) if f"{made}-{number}" not in taken)


def _language(text: str) -> str | None:
    if not text or text.lower() in ("none", "null", "-"):
        return None
    if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*", text):
        raise ValueError(f"{text!r} is no language; write e.g. de or en-GB")
    return text.replace("_", "-")


def _one_of(kind: type[E], text: str, default: E, column: str) -> E:
    if not text:
        return default
    try:
        return kind(text.lower())
    except ValueError:
        known = ", ".join(str(one.value) for one in kind)
        raise ValueError(f"{column}: {text!r} is unknown; there are {known}") from None
