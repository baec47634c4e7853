"""`read`: what the collector would make of a document, without a workspace and without storing anything."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from newsdigest.model.entries import Document, Entry


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…", type=click.Path(path_type=Path))
@click.option(
    "--url", default="", help="Where the document was found; relative links are resolved against it."
)
@click.option("--content-type", default="", help="The Content-Type header it came with.")
@click.option(
    "--press",
    is_flag=True,
    help="The files are press releases, one entry each (.md .eml .pdf .docx always are).",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def read(files: tuple[Path, ...], url: str, content_type: str, press: bool, as_json: bool) -> int:
    """Parse documents as the collector would; store nothing."""
    from newsdigest.assembly.reading import read_files
    from newsdigest.cli.common import print_json

    rows = []
    has_error = False
    for path, result in read_files(files, url=url, content_type=content_type, as_press=press):
        has_error = has_error or bool(result.error)
        row = _row(path, result.error, result.document)
        rows.append(row)
        if not as_json:
            _print(row, result.document)
    if as_json:
        print_json(rows)
    return 1 if has_error else 0


def _row(path: Path, error: str, document: Document | None) -> dict[str, Any]:
    return {
        "file": str(path),
        "error": error or None,
        "feed": {
            "title": document.title if document else "",
            "language": document.language if document else None,
            "format": document.format if document else "",
            "home_url": document.home_url if document else None,
            "problems": list(document.problems) if document else [],
        },
        "entries": [_entry(entry) for entry in document.entries] if document else [],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    from newsdigest.text import html

    return {
        "guid": entry.guid,
        "url": entry.url,
        "title": entry.title,
        "published": entry.published,
        "updated": entry.updated,
        "language": entry.language,
        "summary_text": html.to_text(entry.summary_html or entry.content_html),
        "authors": list(entry.authors),
        "categories": list(entry.categories),
        "enclosures": [{"url": one.url, "type": one.type, "length": one.length} for one in entry.enclosures],
        "image": entry.image_url,
    }


def _print(row: dict[str, Any], document: Document | None) -> None:
    from newsdigest.text import dates, html

    click.echo(
        f"{row['file']}: "
        + (row["error"] or f"{row['feed']['format']}, {row['feed']['title'] or 'no title'}")
    )
    for problem in row["feed"]["problems"]:
        click.echo(f"  ! {problem}")
    for entry in row["entries"]:
        day = dates.local_day(entry["published"]) if entry["published"] else "no date   "
        click.echo(f"  {day}  {html.one_line(entry['title']) or '(no title)'}  {entry['url'] or '(no link)'}")
    if document and not document.entries:
        click.echo("  no entries")
