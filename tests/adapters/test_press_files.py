"""Press releases as files, and a folder of them as a source."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from newsdigest.adapters.feedparser_reader import FeedparserReader, documents
from newsdigest.adapters.folder_reader import FolderReader
from newsdigest.model.entries import Entry
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import html

NOW = datetime(2026, 3, 12, tzinfo=UTC)
TITLE = "Pflegeschule Werdau begrüßt 48 Auszubildende"
BODY = "Doppelt so viele wie vor drei Jahren haben in Werdau ihre Ausbildung begonnen."


def read(name: str, body: bytes) -> ReadResult:
    return documents.read(RawDocument(key=name, body=body, kind="file", file_name=name, now=NOW))


def entry_of(name: str, body: bytes) -> Entry:
    result = read(name, body)
    assert result.error == ""
    assert result.document is not None
    return result.document.entries[0]


def mail(**more: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = more.get("subject", f"WG: Fwd: {TITLE}")
    message["From"] = "Anna Böhm <a@x.example>"
    message["Date"] = "Thu, 12 Feb 2026 16:40:00 +0100"
    message["Message-ID"] = "<77@x.example>"
    message.set_content(f"{BODY}\n\n-- \nAnna Böhm\nTel. 5550\n")
    return message


def docx(*paragraphs: tuple[str, str]) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = "".join(
        f'<w:p><w:pPr><w:pStyle w:val="{style}"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'
        for style, text in paragraphs
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "word/document.xml",
            f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>',
        )
    return out.getvalue()


def pdf(*lines: str) -> bytes:
    """Return a small PDF with one page of text (latin-1)."""
    text = "BT /F1 11 Tf 14 TL 60 780 Td " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    stream = text.encode("cp1252")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"\nendstream",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + one + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer << /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % start)


FILES = {
    "meldung.txt": f"Presseinformation\nWerdau, 12. Februar 2026\n\n{TITLE}\n\n{BODY}\n".encode(),
    "latin.txt": f"{TITLE}\n\nWerdau, 12. Februar 2026 – {BODY}\n".encode("cp1252"),
    "meldung.md": f"# {TITLE}\n\nWerdau, 12. Februar 2026 – {BODY}\n".encode(),
    "kopf.md": f"---\ntitle: {TITLE}\ndate: 2026-02-12\n---\n\n{BODY} <script>x</script>\n".encode(),
    "meldung.html": f"<html><body><nav>Start</nav><article><h1>{TITLE}</h1><p>Werdau, 12. Februar 2026 – {BODY}</p></article></body></html>".encode(),
    "meldung.docx": docx(("Title", TITLE), ("Normal", "Werdau, 12. Februar 2026 – " + BODY)),
    "meldung.pdf": pdf(
        "Presseinformation",
        "Werdau, 12. Februar 2026",
        TITLE,
        "Doppelt so viele wie vor drei Jahren haben in Wer-",
        "dau ihre Ausbildung begonnen.",
    ),
    "meldung.eml": mail().as_bytes(),
}


@pytest.mark.parametrize("name", FILES)
def test_every_kind_of_file_is_one_entry(name: str):
    """Title, text and day, whatever the file."""
    entry = entry_of(name, FILES[name])
    assert entry.title == TITLE
    assert BODY in html.to_text(entry.content_html)
    assert "<script" not in entry.content_html
    assert entry.published is not None
    assert entry.published.date().isoformat() in ("2026-02-11", "2026-02-12")


def test_a_mail_keeps_its_identity_and_loses_its_signature():
    """The guid is the Message-ID; addresses of persons are not kept."""
    entry = entry_of("meldung.eml", FILES["meldung.eml"])
    assert (entry.guid, entry.authors) == ("<77@x.example>", ("Anna Böhm",))
    assert "5550" not in entry.content_html


def test_an_attached_release_is_read():
    """A short mail with a document: the document's text counts too."""
    message = mail(subject="bitte aufnehmen")
    message.add_attachment(
        FILES["meldung.docx"], maintype="application", subtype="octet-stream", filename="PM.docx"
    )
    assert "Werdau, 12. Februar 2026" in html.to_text(entry_of("m.eml", message.as_bytes()).content_html)


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("a.docx", b"no zip", "unreadable"),
        ("a.pdf", b"%PDF-1.4 broken", "unreadable"),
        ("a.eml", b"\n\nno headers", "unreadable"),
        ("a.txt", b"  ", "empty"),
        ("a.xlsx", b"x", "not_a_feed"),
        ("bomb.docx", docx(("Normal", "x" * 30_000_000)), "unreadable"),
    ],
)
def test_damaged_files_are_told(name: str, body: bytes, reason: str):
    """With one plain sentence, and a zip bomb is not unpacked (T6)."""
    result = read(name, body)
    assert (result.reason, result.document) == (reason, None)
    assert result.error


@pytest.fixture(scope="module")
def reader() -> Iterator[FeedparserReader]:
    made = FeedparserReader(children=1)
    yield made
    made.close()


def test_a_folder_is_a_source(tmp_path: Path, reader: FeedparserReader):
    """Newest first; hidden and partial files do not count; a damaged one is a line, not the end."""
    for name, body in {
        **FILES,
        ".hidden.txt": b"x",
        "halb.pdf.part": b"x",
        "kaputt.docx": b"x",
        "bild.jpg": b"x",
    }.items():
        (tmp_path / name).write_bytes(body)
    (tmp_path / "unter").mkdir()
    (tmp_path / "unter" / "neu.txt").write_text(
        "Noch eine Meldung aus dem Haus\n\nDresden, 10. März 2026 – Text dazu.", encoding="utf-8"
    )
    document = FolderReader(reader).read(tmp_path, key="k", now=NOW).document
    assert document is not None
    assert document.entries[0].title == "Noch eine Meldung aus dem Haus"
    assert len(document.entries) == len(FILES) + 1
    assert [problem.partition(":")[0] for problem in document.problems] == ["kaputt.docx"]


def test_a_missing_folder_is_advice(tmp_path: Path, reader: FeedparserReader):
    """The path is named."""
    assert "weg" in FolderReader(reader).read(tmp_path / "weg", key="k", now=NOW).error


@pytest.mark.parametrize(
    "subject",
    [
        "WG: Pressemitteilung: Dentara liefert erste Geräte",
        "AW: Fwd: Dentara liefert erste Geräte",
        "[EXTERN] Medieninformation Nr. 12/2026: Dentara liefert erste Geräte",
        "FW: Press release - Dentara liefert erste Geräte",
        "PM: Dentara liefert erste Geräte",
    ],
)
def test_marks_of_mail_and_press_office_are_no_part_of_the_headline(subject: str):
    assert entry_of("m.eml", mail(subject=subject).as_bytes()).title == "Dentara liefert erste Geräte"


@pytest.mark.parametrize(
    "subject", ["Pressemitteilung", "Pressefreiheit: ein Abend", "PM-Belastung: Werte sinken"]
)
def test_a_title_that_is_only_the_mark_or_begins_alike_stays(subject: str):
    assert entry_of("m.eml", mail(subject=subject).as_bytes()).title == subject


def test_a_pdf_line_cut_at_its_own_hyphen_is_one_word():
    """Cut at a hyphen of the word itself: it stays, without a space; a suspended one keeps its space."""
    lines = (
        "Radiolux liefert erstes Radionuklid aus Rossendorf an vier Kliniken",
        "Das Unternehmen liefert seit dem heutigen Montag das Radionuklid Terbium-",
        "161 an vier Kliniken in Deutschland und an zwei in Polen, weitere Ver-",
        "suche folgen im Fruehjahr, sagt die Leiterin der Abteilung fuer Mess-",
        "und Regeltechnik am Standort Rossendorf in der Naehe der Stadt Dresden.",
    )
    text = html.to_text(entry_of("m.pdf", pdf(*lines)).content_html)
    assert "Terbium-161 an vier" in text
    assert "weitere Versuche folgen" in text
    assert "Mess- und Regeltechnik" in text


def test_a_mail_names_who_wrote_it_also_when_passed_on():
    """A colleague who passes a release on is not the one who speaks."""
    own = mail(subject="Dentara liefert erste Geräte")
    assert entry_of("m.eml", own.as_bytes()).sender == "Anna Böhm <a@x.example>"
    passed = mail(subject="WG: Dentara liefert erste Geräte")
    assert entry_of("m.eml", passed.as_bytes()).sender == ""
    passed.set_content(
        f"Zur Kenntnis\n\nVon: Presse Dentara <presse@dentara.example>\nAn: Anna Böhm\n\n{BODY}\n"
    )
    assert entry_of("m.eml", passed.as_bytes()).sender == "Presse Dentara <presse@dentara.example>"


@pytest.mark.parametrize(
    ("place", "organisation"),
    [
        ("meldung.txt", ""),
        ("Radiolux GmbH/meldung.txt", "Radiolux GmbH"),
        ("2026/11/Muldenmed_AG/November/meldung.txt", "Muldenmed AG"),
        ("2026-11/Archiv/meldung.txt", ""),
    ],
)
def test_a_sub_folder_is_named_after_who_speaks(
    tmp_path: Path, reader: FeedparserReader, place: str, organisation: str
):
    """Years, months and letter boxes name nobody."""
    (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / place).write_bytes(FILES["meldung.txt"])
    document = FolderReader(reader).read(tmp_path, key="k", now=NOW).document
    assert document is not None
    assert [entry.organisation for entry in document.entries] == [organisation]
