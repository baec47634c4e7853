"""
Reading what comes back: delivery reports, complaints, absence notes.

Standard reports say it in fields (RFC 3464, RFC 5965); the rest in words of a dozen programs in
two languages. What was refused for good because the address is bad is `hard`; every other
refusal (full, blocked, too large, given up) is `soft`, whatever its first digit: a 5.7.1 says that
the receiver dislikes us, not that the person has gone. Absence notes and notes that a mail is
late count for nothing: it may arrive yet.

Who it is about: the signed return path; else the signed unsubscribe token in the headers that
came back; else the Message-ID, which anybody could have copied and which therefore never
takes an address off the list at once.

A stranger may write here, a megabyte at a time: what is searched by patterns is cut first, and no
pattern begins anew within what it has passed.
"""

from __future__ import annotations

import email
import email.message
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.errors import MessageError

from newsdigest.mailing import links
from newsdigest.model.mailings import BounceKind
from newsdigest.text import public_links, tokens

MAX_BYTES = 1024 * 1024
_MAX_TEXT = 65536  # characters of a part, before our own words are looked for in it
_MAX_FIELD = 2000
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_CODE = re.compile(r"(?:^|[\s:;(<\"'#])([45]\d\d)[ \-:]", re.MULTILINE)
_MESSAGE_ID = re.compile(r"<(d[0-9a-f]{20})@[^<>\s]+>")
_UNSUBSCRIBE = re.compile(re.escape(public_links.UNSUBSCRIBE) + r"/([A-Za-z0-9_-]{24,})")
_ADDRESS = re.compile(re.escape(links.VERP_PREFIX) + r"[a-z0-9-]{20,64}@[a-z0-9.-]{1,253}", re.IGNORECASE)

_BAD_ADDRESS = frozenset({"5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
_GONE = re.compile(
    r"user unknown|unknown user|no such (user|recipient|mailbox|address|person|account)|user (does not|doesn't) exist"
    r"|mailbox (unavailable|not found|does not exist|is disabled|disabled)|unknown (recipient|mailbox|address)"
    r"|recipient (address rejected: (undeliverable|user|unknown)|not found|unknown|does not exist)"
    r"|address (unknown|not found)"
    r"|account (is )?(disabled|does not exist|has been (disabled|deleted))|no mailbox here|not a valid (mailbox|user)"
    r"|(host|domain)( name)? (not found|lookup failed)|unrouteable address|null ?mx|invalid (recipient|mailbox|address)"
    r"|no longer (works|employed|with|available|exists)|addressee unknown"
    r"|(empfänger|adresse|postfach|benutzer|konto|teilnehmer)[^.\n]{0,60}"
    r"(unbekannt|existiert nicht|nicht gefunden|nicht vorhanden|deaktiviert|gelöscht|gesperrt|ungültig)"
    r"|existiert nicht|unbekannter (empfänger|benutzer|nutzer)|nicht (mehr )?(erreichbar|gültig)"
    r"|konnte nicht gefunden werden|kein(en)? (solchen |solcher |solches )?(benutzer|postfach|empfänger)",
    re.IGNORECASE,
)
_NOT_GONE = re.compile(
    r"quota|mailbox (is )?full|over ?limit|postfach (ist )?voll|speicherplatz|kontingent"
    r"|too (large|big|many)|zu (groß|viele)"
    r"|spam|blocked|blacklist|blocklist|policy|reputation|greylist|grey-list|try again|temporar|vorübergehend"
    r"|timed? ?out|zeitüberschreitung|connection refused|rate limit|loop",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"(could|can) ?not be delivered|undeliver(able|ed)|delivery (has )?(failed|failure|to the following)|returned mail"
    r"|failure notice|delivery status notification|mail delivery|message not delivered|wasn't delivered"
    r"|not be delivered"
    r"|unzustellbar|nicht zugestellt|konnte nicht (übermittelt|ausgeliefert|zugestellt)"
    r"|zustellung (fehlgeschlagen|nicht möglich)"
    r"|unable to deliver|permanent(ly)? (fatal )?error|rejected your message|zurückgewiesen|verzögert|delayed",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"\(delay\)|\b(message|mail|delivery|nachricht|zustellung)\b[^.\n]{0,60}(delayed|verzögert)"
    r"|warning: could not send|warning message only|not yet been delivered|will (be retried|keep trying|retry)"
    r"|noch nicht zugestellt|weitere zustellversuche|weiterhin versuch",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"g(iven|iving|ave) up|expired|too long|returned|final|permanent|endgültig|aufgegeben|abgebrochen|abgelaufen",
    re.IGNORECASE,
)
_ABSENT = re.compile(
    r"^\s*(re: |aw: )?(\[?auto(matic|matisch|mated)?[ -]?(reply|antwort|response|e antwort)"
    r"|automatische antwort|abwesen"
    r"|out of (the )?office|autoreply|auto:|ich bin (ab|bis|vom)|urlaub|i am out|on (vacation|leave|holiday)|ferien"
    r"|eingangsbestätigung|empfangsbestätigung|your (message|mail|request) (has been|was) received|ticket)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """
    What came back says.

    Attributes:
        delivery_id: Which delivery it is about, "" when that cannot be told.
        is_proven: The delivery was named by something we signed.
        subscriber_id: Whose link that was; the delivery must be to them. "" where the return path was signed.
        status: RFC 3463, e.g. `5.1.1`; "" where none was given.
    """

    kind: BounceKind
    delivery_id: str = ""
    is_proven: bool = False
    subscriber_id: str = ""
    status: str = ""
    diagnostic: str = ""


def read(raw: bytes, *, keys: Sequence[bytes]) -> Report:
    """Return what a message says about one of our deliveries; never raises, whatever a stranger sent."""
    try:
        message = email.message_from_bytes(raw[:MAX_BYTES])
        parts = list(message.walk())
        kind, status, diagnostic = _verdict(message, parts)
        delivery_id, subscriber_id, is_proven = _about(
            message, raw[:MAX_BYTES].decode("utf-8", "replace"), keys
        )
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return Report(kind=BounceKind.UNKNOWN)
    if kind in (BounceKind.HARD, BounceKind.COMPLAINT) and not is_proven:
        kind = BounceKind.SOFT  # anybody can copy a Message-ID
    return Report(
        kind=kind,
        delivery_id=delivery_id,
        is_proven=is_proven,
        subscriber_id=subscriber_id,
        status=status,
        diagnostic=tidy(diagnostic),
    )


def _verdict(
    message: email.message.Message, parts: list[email.message.Message]
) -> tuple[BounceKind, str, str]:
    """Return (kind, status, diagnostic)."""
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return _complaint(part)
    for part in parts:
        if part.get_content_type() in ("message/delivery-status", "message/global-delivery-status"):
            found = _standard(part)
            if found:
                return found
    if _is_absence(message):
        return BounceKind.AUTO_REPLY, "", ""
    return _by_words(message, parts)


def _complaint(part: email.message.Message) -> tuple[BounceKind, str, str]:
    fields = "\n".join(str(block) for block in _blocks(part))
    kind = re.search(r"^Feedback-Type:\s*(\S+)", fields, re.IGNORECASE | re.MULTILINE)
    if kind and kind[1].lower() in ("abuse", "fraud", "opt-out", "opt-out-list"):
        return BounceKind.COMPLAINT, "", f"complaint: {kind[1]}"
    return BounceKind.UNKNOWN, "", ""


def _standard(part: email.message.Message) -> tuple[BounceKind, str, str] | None:
    """Read RFC 3464's fields of the first recipient that failed or waits."""
    for block in _blocks(part):
        action = _field(block, "Action").lower()
        status_found = _STATUS.search(_field(block, "Status"))
        diagnostic = _field(block, "Diagnostic-Code")
        if not action and not status_found:
            continue
        better = _STATUS.search(diagnostic)
        status = status_found[1] if status_found else ""
        if better and (not status or status.endswith(".0.0")):
            status = better[1]
        if action in ("delivered", "relayed", "expanded") or status.startswith("2"):
            return BounceKind.UNKNOWN, status, ""
        if action == "delayed":
            return BounceKind.DELAYED, status, diagnostic
        if status.startswith("4"):
            return BounceKind.SOFT, status, diagnostic
        return _kind_of(status, diagnostic), status, diagnostic
    return None


def _kind_of(status: str, words: str) -> BounceKind:
    """Hard only where the address itself is bad."""
    if status in _BAD_ADDRESS:
        # 5.1.0 and 5.2.1 are also used for "we block you".
        is_vague = status in ("5.1.0", "5.2.1") and _NOT_GONE.search(words) and not _GONE.search(words)
        return BounceKind.SOFT if is_vague else BounceKind.HARD
    is_generic = not status or status in (
        "5.0.0",
        "5.5.0",
        "5.5.1",
        "5.3.0",
        "5.4.1",
        "5.7.1",
        "5.2.0",
        "5.4.310",
    )
    if is_generic and _GONE.search(words) and not _NOT_GONE.search(words):
        return BounceKind.HARD
    return BounceKind.SOFT


def _is_absence(message: email.message.Message) -> bool:
    submitted = str(message.get("Auto-Submitted", "")).lower()
    if submitted.startswith("auto-replied") and message.get_content_type() != "multipart/report":
        subject = _decoded(str(message.get("Subject", "")))
        return not _REFUSED.search(subject)
    if (
        message.get("X-Autoreply")
        or message.get("X-Autorespond")
        or message.get("X-Auto-Response-Suppress") == "OOF"
    ):
        return True
    if str(message.get("Precedence", "")).lower() in ("auto_reply", "auto-reply"):
        return True
    return bool(_ABSENT.search(_decoded(str(message.get("Subject", "")))))


def _by_words(
    message: email.message.Message, parts: list[email.message.Message]
) -> tuple[BounceKind, str, str]:
    """Read a report that follows no standard: its text up to where our own message begins."""
    text = "\n".join(_text(part) for part in parts if part.get_content_type() in ("text/plain", "text/html"))
    subject = _decoded(str(message.get("Subject", "")))
    own = re.split(
        r"^---.*?(?:copy|original|below|kopie|header|nachricht)|^List-Unsubscribe:",
        text,
        maxsplit=1,
        flags=re.IGNORECASE | re.MULTILINE,
    )[0][:8000]
    own = re.sub(r"[^\s<>;:(),\"]+@[^\s<>;:(),\"]+", "it", own)  # the words, not the address, decide
    status = _STATUS.search(own)
    code = _CODE.search(own)
    if _DELAYED.search(f"{subject}\n{own}") and not _GIVEN_UP.search(f"{subject}\n{own}"):
        return BounceKind.DELAYED, "", ""
    if not (_REFUSED.search(subject) or _REFUSED.search(own) or status or code):
        return BounceKind.UNKNOWN, "", ""
    said = status[1] if status else ""
    line = next((line for line in own.splitlines() if _STATUS.search(line) or _CODE.search(line)), "")
    if not line:
        line = next((line for line in own.splitlines() if _GONE.search(line) or _NOT_GONE.search(line)), "")
    if said.startswith("4") or (not said and code and code[1].startswith("4")):
        return BounceKind.SOFT, said, line
    if said and said != "5.0.0":
        return _kind_of(said, own), said, line
    is_gone = _GONE.search(own) and not _NOT_GONE.search(own)
    return (BounceKind.HARD if is_gone else BounceKind.SOFT), said, line


def _about(message: email.message.Message, text: str, keys: Sequence[bytes]) -> tuple[str, str, bool]:
    """Return the delivery a report is about, whose link came back with it, and whether we signed what names it."""
    for address in _receivers(message):
        if found := links.delivery_of(keys, address):
            return found, "", True
    named = _MESSAGE_ID.search(_unfolded(text))
    for match in _UNSUBSCRIBE.finditer(_unfolded(text)) if named else ():
        if whose := tokens.read(keys, "unsubscribe", match[1]):
            return named[1] if named else "", whose[0], True
    for address in _ADDRESS.findall(text):
        if found := links.delivery_of(keys, address):
            return found, "", True
    return (named[1] if named else "", "", False)


def _receivers(message: email.message.Message) -> Iterator[str]:
    for name in (
        "To",
        "Delivered-To",
        "X-Original-To",
        "Envelope-To",
        "X-Envelope-To",
        "X-Failed-Recipients",
    ):
        for value in message.get_all(name, []):
            yield from _ADDRESS.findall(str(value))
    for value in message.get_all("Received", []):
        yield from _ADDRESS.findall(str(value))


def _unfolded(text: str) -> str:
    """Undo soft breaks, folding and quoting, which may cut an id."""
    return re.sub(r"=\r?\n|\r?\n[ \t]+|\r?\n> ?", "", text)


def _blocks(part: email.message.Message) -> list[email.message.Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        return [block for block in payload if isinstance(block, email.message.Message)]
    blocks = re.split(r"\r?\n\r?\n", str(payload))
    return [email.message_from_string(block) for block in blocks]


def _field(block: email.message.Message, name: str) -> str:
    return " ".join(str(block.get(name, ""))[:_MAX_FIELD].split())


def _text(part: email.message.Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        text = payload.decode(charset, "replace")
    except LookupError:
        text = payload.decode("utf-8", "replace")
    text = text[:_MAX_TEXT]
    return re.sub(r"<[^<>@\s][^<>@]*>", " ", text) if part.get_content_type() == "text/html" else text


def _decoded(header: str) -> str:
    from email.header import decode_header, make_header

    header = header[:_MAX_FIELD]
    try:
        return str(make_header(decode_header(header)))
    except (ValueError, LookupError, MessageError):
        return header


def tidy(text: str) -> str:
    """Return the text on one line without addresses and controls: it is kept, and they may not be."""
    without = re.sub(r"[^\s<>;:()]+@[^\s<>;:()]+", "<address>", " ".join(text[:_MAX_FIELD].split()))
    return "".join(character for character in without if character.isprintable())[:300]
