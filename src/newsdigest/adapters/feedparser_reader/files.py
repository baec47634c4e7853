"""
Press releases as files: .txt .md .html .eml .pdf .docx, each one entry.

The guid is the Message-ID of a mail and the name of any other file, so that a mended file is
the same entry again. A .docx is read from its zip by ourselves: python-docx loads every part of a
stranger's archive into memory, and paragraphs with their styles are all we want.
"""

from __future__ import annotations

import email
import email.policy
import email.utils
import html as entities
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import PurePath
from xml.etree import ElementTree as ET

from newsdigest.model.entries import Document, Entry
from newsdigest.ports.reading import RawDocument, ReadResult
from newsdigest.text import boilerplate, dates, html, xml_repair
from newsdigest.text.decoding import decode

MAX_PAGES = 60
MAX_UNPACKED = 20 * 1024 * 1024
MAX_TEXT = 200_000
_FORWARDED = re.compile(r"\A(?:\s*(?:wg|fw|fwd|aw|re|antw)\s*:\s*)+", re.IGNORECASE)
_HEADING = re.compile(
    # What an office writes before the news itself: forwarding marks, the word for a release with its number.
    r"\A(?:\s*(?:"
    r"\[(?:extern(?:al)?|ext)\]\s*:?|(?:wg|fw|fwd|aw|re|antw|wtr|extern)\s*(?:\[\d+\])?\s*:"
    r"|(?:(?:presse|medien)(?:mitteilung|information|info|meldung|notiz)|pm|press (?:release|information)|media release"
    r"|news release)(?:\s+(?:nr\.?|no\.?|nummer)?\s*\d[\d/.-]*)?\s*(?::|\s[-–—|]\s)"
    r"|zur sofortigen veröffentlichung\s*:|for immediate release\s*:"
    r"))+\s*",
    re.IGNORECASE,
)
_FORWARD_HEAD = re.compile(
    r"^-{3,}.{0,60}(?:weitergeleitete|ursprüngliche|forwarded|original).{0,60}$|^(?:betreff|datum|von"
    r"|gesendet|an|cc|kopie|subject|date|from|sent|to)\s?: .{0,300}$",
    re.IGNORECASE | re.MULTILINE,
)
_FROM = re.compile(r"^[>*\s]*(?:von|from)\s?:\*?[ \t]*(.{3,300})$", re.IGNORECASE | re.MULTILINE)
_LETTERHEAD = re.compile(
    r"(?:presse|medien)(?:mitteilung|information|info|meldung|dienst)\b.{0,40}|press release.{0,40}"
    r"|news release|mitteilung|seite \d+.{0,20}|page \d+.{0,20}"
    r"|zur sofortigen veröffentlichung|for immediate release|nr\. ?\d+.{0,30}",
    re.IGNORECASE,
)
_OFFICE_TITLE = re.compile(
    r"microsoft word|\.(?:docx?|pdf|odt|indd|pages)\b|_|^untitled|^unbenannt|^dokument ?\d*$", re.IGNORECASE
)
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CUT_COMPOUND = r"(?<=[^\W_])-"
_FRONT_MATTER = re.compile(r"\A---\s*\n(.{0,4000}?)\n(?:---|\.\.\.)\s*\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Press:
    """What a file says, whatever its kind."""

    title: str = ""
    markup: str = ""
    date: str = ""
    guid: str = ""
    authors: tuple[str, ...] = ()
    sender: str = ""
    problems: tuple[str, ...] = field(default=())


class _UnreadableFileError(ValueError):
    """The file is damaged, locked or of a kind we do not read."""


def read(raw: RawDocument) -> ReadResult:
    """Return the one entry of a file, or why it could not be read."""
    ending = PurePath(raw.file_name).suffix.lower()
    reader = _READERS.get(ending)
    if reader is None:
        kinds = " ".join(sorted(_READERS))
        return ReadResult(
            key=raw.key,
            reason="not_a_feed",
            error=f"Files of the kind {ending or 'without ending'} are not read; we read {kinds}.",
        )
    if not raw.body.strip():
        return ReadResult(key=raw.key, reason="empty", error="The file is empty.")
    try:
        press = reader(raw.body)
    except _UnreadableFileError as error:
        return ReadResult(key=raw.key, reason="unreadable", error=str(error))
    content = html.clean(press.markup, base=raw.url or None)
    text = html.to_text(content)
    if not text and not press.title:
        return ReadResult(
            key=raw.key, reason="unreadable", error="No text was found in the file; a scanned page has none."
        )
    moment = dates.parse(press.date, zone=raw.zone, now=raw.now) or _dateline(text, raw)
    entry = Entry(
        guid=press.guid or raw.file_name,
        url=raw.url or None,
        title=_bare(html.strip(press.title) or PurePath(raw.file_name).stem.replace("_", " ")),
        content_html=content,
        published=moment.at if moment else None,
        published_raw=press.date[:120],
        is_date_only=bool(moment and moment.is_date_only),
        authors=press.authors,
        sender=press.sender,
    )
    document = Document(
        format=f"file{ending}", title=entry.title, entries=(entry,), total_entries=1, problems=press.problems
    )
    return ReadResult(key=raw.key, document=document)


def _bare(title: str) -> str:
    """Return a title without the marks of mail and press office before it; all of it where nothing is left."""
    return _HEADING.sub("", title, count=1).strip() or title


def _dateline(text: str, raw: RawDocument) -> dates.Moment | None:
    """Return the day a text names at its beginning ("Werdau, 12. Februar 2026")."""
    for line in [line for line in text.split("\n") if line.strip()][:6]:
        found = boilerplate.dateline(line + "\n")
        if found and found.day:
            return dates.parse(found.day.isoformat(), zone=raw.zone, now=raw.now)
    return None


def _text(body: bytes) -> _Press:
    text = decode(body).text[:MAX_TEXT].strip("\ufeff\n ")
    title, rest = _headline(html.tidy(text))
    return _Press(title=title, markup=html.from_text(rest))


def _headline(text: str) -> tuple[str, str]:
    """Return (headline, text without it): the first line that is no letterhead and no dateline."""
    lines = text.split("\n")
    for number, line in enumerate(lines[:12]):
        bare = line.strip(" #*=_-")
        if len(bare) < 8 or _LETTERHEAD.fullmatch(bare) or boilerplate.dateline(bare + "\n"):
            continue
        # A letterhead names the sender only: a short line with another short line below it.
        following = next((other.strip() for other in lines[number + 1 : number + 4] if other.strip()), "")
        if number < 3 and _LETTERHEAD.fullmatch(following):
            continue
        if len(bare) > 250:
            return bare[:120], text
        return bare, "\n".join((*lines[:number], *lines[number + 1 :])).strip()
    return "", text


def _markdown(body: bytes) -> _Press:
    from markdown_it import MarkdownIt

    text = decode(body).text[:MAX_TEXT].replace("\r\n", "\n")
    facts: dict[str, str] = {}
    if match := _FRONT_MATTER.match(text):
        facts = {
            name.strip().lower(): value.strip(" \"'")
            for name, _, value in (line.partition(":") for line in match[1].split("\n"))
        }
        text = text[match.end() :]
    made = MarkdownIt("commonmark", {"html": False}).enable("table").render(text)
    heading = re.search(r"<h1>(.*?)</h1>|<h2>(.*?)</h2>", made, re.DOTALL)
    title = (
        facts.get("title")
        or facts.get("titel")
        or (html.to_text(heading[1] or heading[2] or "") if heading else "")
    )
    if heading and html.to_text(heading[0]) == title:
        made = made[: heading.start()] + made[heading.end() :]
    return _Press(
        title=title or _headline(html.to_text(made))[0],
        markup=made,
        date=facts.get("date") or facts.get("datum") or "",
    )


def _html(body: bytes) -> _Press:
    from selectolax.lexbor import LexborHTMLParser

    from newsdigest.adapters.feedparser_reader import page_lists

    text = decode(body).text[: MAX_TEXT * 5]
    tree = LexborHTMLParser(text)
    heading = tree.css_first("h1") or tree.css_first("title") or tree.css_first("h2")
    title = html.one_line(heading.text(separator=" ")) if heading else ""
    times = tree.css_first("time[datetime]")
    date = (times.attributes.get("datetime") or "") if times else ""
    return _Press(
        title=title,
        markup=re.sub(
            r"<h1\b.*?</h1>", "", page_lists.article(tree), count=1, flags=re.DOTALL | re.IGNORECASE
        ),
        date=date,
    )


def _mail(body: bytes) -> _Press:
    message = email.message_from_bytes(body, policy=email.policy.default)
    if not message.keys():
        raise _UnreadableFileError("The file is no e-mail: it has no headers.")
    subject = _FORWARDED.sub("", html.one_line(_header(message, "subject")))
    name = email.utils.parseaddr(_header(message, "from"))[0]
    sender = _first_sender(message)
    markup, problems = _mail_text(message)
    attached = _attached(message)
    if attached and len(html.to_text(markup)) < 1500:
        markup += "".join(f"<h2>{entities.escape(one.title)}</h2>{one.markup}" for one in attached)
    return _Press(
        title=subject or next((one.title for one in attached), ""),
        markup=markup,
        date=_header(message, "date"),
        guid=_header(message, "message-id").strip(),
        authors=(name,) if name and "@" not in name else (),
        sender=sender,
        problems=problems,
    )


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name, ""))
    except Exception:  # the header registry raises many things for broken headers
        return ""


def _first_sender(message: EmailMessage) -> str:
    """Return who wrote the release: of a mail passed on, the last one the text names as its sender."""
    if not _FORWARDED.match(_header(message, "subject")):
        return html.one_line(_header(message, "from"))[:300]
    part = message.get_body(preferencelist=("plain", "html"))
    payload = part.get_payload(decode=True) if part is not None else b""
    body = payload if isinstance(payload, bytes) else b""
    text = decode(body, str(part.get("content-type", "")) if part is not None else "").text[:MAX_TEXT]
    if part is not None and part.get_content_type() == "text/html":
        text = html.to_text(text)
    # Without such a line it came from a colleague, who is not the one who speaks.
    named = _FROM.findall(text)
    return html.one_line(named[-1])[:300] if named else ""


def _mail_text(message: EmailMessage) -> tuple[str, tuple[str, ...]]:
    part = message.get_body(preferencelist=("plain", "html"))
    if part is None:
        return "", ("The mail has no text of its own.",)
    payload = part.get_payload(decode=True)
    text = decode(payload if isinstance(payload, bytes) else b"", str(part.get("content-type", ""))).text[
        :MAX_TEXT
    ]
    if part.get_content_type() == "text/html":
        return text, ()
    text = re.split(r"^-- ?$", text.replace("\r\n", "\n"), maxsplit=1, flags=re.MULTILINE)[0]
    text = re.sub(r"^> ?", "", _FORWARD_HEAD.sub("", text), flags=re.MULTILINE)
    return html.from_text(_unwrapped(text)), ()


def _attached(message: EmailMessage) -> list[_Press]:
    found = []
    for part in list(message.iter_attachments())[:10]:
        reader = _READERS.get(PurePath(part.get_filename() or "").suffix.lower())
        payload = part.get_payload(decode=True)
        if reader and reader is not _mail and isinstance(payload, bytes) and len(payload) < 5 * 1024 * 1024:
            try:
                found.append(reader(payload))
            except _UnreadableFileError:
                continue
    return found


def _unwrapped(text: str) -> str:
    """Return text with hard line ends inside paragraphs taken out, where lines were cut at a fixed width."""
    lines = [line for line in text.split("\n") if line.strip()]
    long = [line for line in lines if 55 <= len(line) <= 80]
    if len(long) * 2 < len(lines) or any(len(line) > 120 for line in lines):
        return text
    text = re.sub(rf"{_CUT_COMPOUND}\n(?=[A-ZÄÖÜ\d])", "", text)
    return re.sub(r"(?<=[^\n]{50})\n(?=[^\n\s•*-])", " ", text)


def _pdf(body: bytes) -> _Press:
    import pypdf
    import pypdf.errors

    try:
        document = pypdf.PdfReader(io.BytesIO(body))
        if document.is_encrypted and not document.decrypt(""):
            raise _UnreadableFileError("The PDF is locked with a password.")
        pages = [page.extract_text() or "" for page in document.pages[:MAX_PAGES]]
        written = document.metadata.title if document.metadata else None
    except (
        pypdf.errors.PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
        OSError,
    ) as error:
        if isinstance(error, _UnreadableFileError):
            raise
        raise _UnreadableFileError(f"The PDF is damaged: {type(error).__name__}.") from error
    title, rest = _headline(_joined(pages))
    if isinstance(written, str) and len(written) > 15 and not _OFFICE_TITLE.search(written):
        title = written
    return _Press(title=title, markup=html.from_text(rest))


def _joined(pages: list[str]) -> str:
    """
    Return the text of PDF pages as prose: ligatures and hyphenation resolved, page headers and footers gone,
    sentences that run over a page break in one piece.
    """
    split = [
        [line.strip() for line in unicodedata.normalize("NFKC", page).split("\n") if line.strip()]
        for page in pages
    ]
    edges = Counter(re.sub(r"\d+", "#", line) for page in split for line in {*page[:2], *page[-2:]})
    several = len(split) > 1
    lines: list[str] = []
    for place, page in enumerate(split):
        for number, line in enumerate(page):
            at_edge = number < 2 or number >= len(page) - 2
            if re.fullmatch(
                r"(?:.{0,120}\W)?(?:seite|page) \d+(?: (?:von|of|/) \d+)?", line, re.IGNORECASE
            ) or re.fullmatch(r"[-– ]*\d{1,3}[-– ]*", line):
                continue
            if (
                several
                and at_edge
                and lines
                and (
                    edges[re.sub(r"\d+", "#", line)] > 1
                    or (place and number < 2 and _LETTERHEAD.fullmatch(line))
                )
            ):
                continue
            lines.append(line)
    return _prose(lines)


def _prose(lines: list[str]) -> str:
    """Return lines of a fixed width as paragraphs; above the first full one each stands alone (letterhead)."""
    width = max((len(line) for line in lines), default=0)
    made, has_begun = "", False
    for number, line in enumerate(lines):
        last = lines[number - 1] if number else ""
        if re.search(r"[a-zäöüß]-\Z", made) and re.match(
            r"(?!(?:und|oder|bzw|sowie|and|or)\b)[a-zäöüß]", line
        ):
            made = made[:-1] + line
        elif re.search(rf"{_CUT_COMPOUND}\Z", made) and re.match(r"[A-ZÄÖÜ\d]", line):
            # "Terbium-" and "161": cut at a hyphen of its own, which stays.
            made += line
        elif made and _goes_on(last, line, width, has_begun=has_begun):
            made += " " + line
        else:
            made += ("\n\n" if made else "") + line
        has_begun = has_begun or len(line) > width * 0.9
    return made


def _goes_on(last: str, line: str, width: int, *, has_begun: bool) -> bool:
    """Whether a line continues the paragraph: the one before was nearly full."""
    if line[:1].islower():
        return True
    if re.search(r"[.!?:]\W?\Z", last):
        return len(last) > width * 0.9
    return len(last) > width * (0.6 if has_begun else 0.95)


def _docx(body: bytes) -> _Press:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            written = _part(archive, "word/document.xml")
            core = _part(archive, "docProps/core.xml", is_needed=False)
    except (zipfile.BadZipFile, KeyError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise _UnreadableFileError("The file is no .docx document or is damaged.") from error
    pieces, title = [], ""
    for paragraph in _tree(written).iter(f"{_WORD}p"):
        text = "".join(_run(node) for node in paragraph.iter()).strip()
        style = paragraph.find(f"{_WORD}pPr/{_WORD}pStyle")
        name = (style.get(f"{_WORD}val") or "").lower() if style is not None else ""
        if not text:
            continue
        if re.match(r"(?:title|titel|heading|berschrift|überschrift)", name):
            if not title:
                title = text
                continue
            pieces.append(f"<h2>{entities.escape(text)}</h2>")
        else:
            pieces.append(f"<p>{entities.escape(text).replace(chr(10), '<br>')}</p>")
    facts = {node.tag.rpartition("}")[2]: node.text or "" for node in _tree(core).iter()} if core else {}
    markup = "".join(pieces)[:MAX_TEXT]
    if not title:
        title, rest = _headline(html.to_text(markup))
        markup = html.from_text(rest)
    return _Press(title=title, markup=markup, date=facts.get("modified") or facts.get("created") or "")


def _run(node: ET.Element) -> str:
    if node.tag == f"{_WORD}t":
        return node.text or ""
    return {f"{_WORD}br": "\n", f"{_WORD}tab": "\t", f"{_WORD}noBreakHyphen": "-"}.get(node.tag, "")


def _part(archive: zipfile.ZipFile, name: str, *, is_needed: bool = True) -> bytes:
    """Return one part of the archive, bounded by what it really unpacks to (T6), not by what it says."""
    if not is_needed and name not in archive.namelist():
        return b""
    with archive.open(name) as part:
        body = part.read(MAX_UNPACKED + 1)
    if len(body) > MAX_UNPACKED:
        raise _UnreadableFileError("The .docx document unpacks to more than we read.")
    return body


def _tree(body: bytes) -> ET.Element:
    if (
        b"<!DOCTYPE" in body[:2000]
        or b"<!ENTITY" in body
        or not xml_repair.is_well_formed(body.decode("utf-8", "replace"))
    ):
        raise _UnreadableFileError("The .docx document is damaged.")
    return ET.fromstring(body)  # noqa: S314 - no document type, no entities, bounded


_READERS: dict[str, Callable[[bytes], _Press]] = {
    ".txt": _text,
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".eml": _mail,
    ".pdf": _pdf,
    ".docx": _docx,
}
