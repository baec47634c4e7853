"""Reports that come back: every one of our corpus in its right kind, mapped to its delivery."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.mail_world import KEYS

from newsdigest.mailing import reports
from newsdigest.model.mailings import BounceKind

FOLDER = Path(__file__).parents[2] / "data" / "dsn"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


@pytest.mark.parametrize("name", EXPECTED)
def test_a_report_is_read_and_mapped_to_its_delivery(name: str) -> None:
    """German and English, standard and not: kind, delivery, and whether we signed what names it."""
    found = reports.read((FOLDER / name).read_bytes(), keys=KEYS)
    wanted = EXPECTED[name]
    assert (found.kind, found.delivery_id, found.is_proven) == (
        wanted["kind"],
        wanted["delivery"],
        wanted["proven"],
    )
    assert "@" not in found.diagnostic, "addresses are not kept"


def test_the_corpus_is_large_enough_and_bilingual() -> None:
    """At least 60 reports, a third of them German."""
    assert len(EXPECTED) >= 60
    assert sum("-de" in name for name in EXPECTED) >= 20


@given(st.binary(max_size=2000), st.sampled_from(sorted(EXPECTED)), st.integers(0, 4000))
def test_what_a_stranger_sends_never_raises(noise: bytes, name: str, place: int) -> None:
    """Mutated and random messages give some report, and never a proven delivery that was not signed."""
    raw = (FOLDER / name).read_bytes()
    found = reports.read(raw[:place] + noise + raw[place:], keys=(b"another key, 32 bytes long......",))
    assert isinstance(found.kind, BounceKind)
    assert not found.is_proven


_ID = "d" + "0" * 20
_HOSTILE = {
    "open_tags": b"Content-Type: text/html\r\n\r\n" + b"<a" * 500_000,
    "dashes": b"\r\n" + b"-" * 1_000_000,
    "return_paths": b"\r\n" + b"bounce-" * 140_000,
    "a_long_word": b"\r\n" + b"a" * 1_000_000,
    "encoded_words": b"Subject: " + b"=?a?q?" * 160_000 + b"\r\n\r\n",
    "a_long_diagnostic": (
        b"Content-Type: multipart/report; boundary=x\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        b"Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: " + b"a" * 1_000_000 + b"\r\n\r\n--x--\r\n"
    ),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_a_megabyte_made_to_be_slow_is_read_like_any_other(name: str) -> None:
    """Anybody may write to the return path: patterns that grow with the square would hold the job for hours."""
    found = reports.read(b"From: stranger@example.net\r\n" + _HOSTILE[name], keys=KEYS)
    assert (found.delivery_id, found.is_proven) == ("", False)


@pytest.mark.parametrize("kind", ["abuse", "failed"])
def test_a_message_id_alone_proves_neither_complaint_nor_bad_address(kind: str) -> None:
    """Whoever got an answer or a forwarded mail knows it; only what we signed takes an address off the list."""
    verdict = (
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
        if kind == "abuse"
        else "Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n"
    )
    raw = (
        "From: stranger@example.net\nTo: digest@news.example.org\n"
        f"Content-Type: multipart/report; boundary=x\n\n--x\n{verdict}\n--x\n"
        f"Content-Type: text/rfc822-headers\n\nMessage-ID: <{_ID}@news.example.org>\n\n--x--\n"
    )
    found = reports.read(raw.encode(), keys=KEYS)
    assert (found.kind, found.delivery_id, found.is_proven) == (BounceKind.SOFT, _ID, False)


@pytest.mark.parametrize(
    ("subject", "text", "kind"),
    [
        ("Warning: message 1x delayed 24 hours", "has not yet been delivered", "delayed"),
        ("Verzögerte Zustellung", "Ihre Nachricht wurde noch nicht zugestellt; weitere Zustellversuche folgen.", "delayed"),
        ("Delivery Status Notification (Delay)", "There was a temporary problem delivering your message.", "delayed"),
        ("Mail delivery failed", "retry timeout exceeded; the message was delayed too long and is returned", "soft"),
        ("Unzustellbar", "Die Zustellung hat sich verzögert und wurde endgültig abgebrochen.", "soft"),
    ],
    ids=["exim", "german", "gmail", "given_up", "given_up_german"],
)  # fmt: skip
def test_a_late_mail_is_no_refused_one(subject: str, text: str, kind: str) -> None:
    """It may arrive yet: only what was given up counts."""
    raw = f"From: MAILER-DAEMON@mx.example.net\nSubject: {subject}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
    assert reports.read(raw.encode(), keys=KEYS).kind == kind
