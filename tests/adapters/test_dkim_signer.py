"""DKIM: signatures that another implementation verifies, over messages as they leave."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.mail_world import make_newsletter, make_variant
from tests.unit.mailing.test_messages import recipient

from newsdigest.adapters.dkim_signer import DKIMSigner
from newsdigest.errors import SettingsError
from newsdigest.mailing import wire_rules
from newsdigest.mailing.message_building import template

dkim = pytest.importorskip("dkim", reason="dkimpy, the oracle, is a tool of the tests")


def key_pair(kind: str) -> tuple[bytes, bytes]:
    """Return a private key in PEM and the DNS record of its public half."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    private = rsa.generate_private_key(65537, 2048) if kind == "rsa" else ed25519.Ed25519PrivateKey.generate()
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    form = (
        (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        if kind == "rsa"
        else (serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    )
    public = base64.b64encode(private.public_key().public_bytes(*form))
    return pem, b"v=DKIM1; k=" + kind.encode() + b"; p=" + public


def test_a_signed_message_verifies_and_an_altered_one_does_not() -> None:
    """R3: From, To, Subject, Date, Message-ID, List-*, MIME-Version, Content-Type are covered."""
    pem, record = key_pair("rsa")
    signer = DKIMSigner(pem, domain="news.example.org", selector="s1")
    made = template(
        make_variant("de"), make_newsletter(), date=datetime(2026, 3, 12, tzinfo=UTC), signer=signer
    )
    content = made.fill(recipient())
    assert wire_rules.broken(content, is_signed=True) == []

    def look_up(name: bytes, timeout: int = 5) -> bytes:
        assert name == b"s1._domainkey.news.example.org."
        return record

    assert dkim.verify(content, dnsfunc=look_up)
    for old, new in (
        (b"Auf Wiedersehen", b""),
        (b"List-Unsubscribe: <https", b"List-Unsubscribe: <http"),
        (b"Dresden", b"Leipzig"),
    ):
        if old in content:
            assert not dkim.verify(content.replace(old, new), dnsfunc=look_up)
    assert not dkim.verify(b"Subject: another\r\n" + content, dnsfunc=look_up), "no field can be added"


def test_an_ed25519_signature_is_over_the_hash_of_the_same_bytes() -> None:
    """RFC 8463, section 3; the oracle above needs a further library for it."""
    from cryptography.hazmat.primitives.asymmetric import ed25519

    pem, record = key_pair("ed25519")
    made = template(
        make_variant("de"),
        make_newsletter(),
        date=datetime(2026, 3, 12, tzinfo=UTC),
        signer=DKIMSigner(pem, domain="news.example.org", selector="s1"),
    )
    content = made.fill(recipient())
    verifier = dkim.DKIM(content)
    headers, body = dkim.rfc822_parse(content)
    field, value = headers[0]
    tags = dkim.util.parse_tag_value(value)
    policy = dkim.CanonicalizationPolicy.from_c_value(tags[b"c"])
    assert base64.b64encode(hashlib.sha256(policy.canonicalize_body(body)).digest()) == tags[b"bh"]
    names = list(tags[b"h"].replace(b"\r\n", b"").replace(b" ", b"").lower().split(b":"))
    hashed = hashlib.sha256()
    dkim.hash_headers(hashed, policy, policy.canonicalize_headers(headers), names, [field, value], tags)
    public = ed25519.Ed25519PublicKey.from_public_bytes(base64.b64decode(record.rpartition(b"p=")[2]))
    public.verify(base64.b64decode(b"".join(tags[b"b"].split())), hashed.digest())
    assert verifier


def test_settings_that_cannot_sign_are_refused_with_advice(tmp_path: Path) -> None:
    """No silent unsigned mail."""
    (tmp_path / "key.pem").write_text("no key")
    with pytest.raises(SettingsError, match="PEM"):
        DKIMSigner.load(tmp_path / "key.pem", domain="d.example", selector="s")
    with pytest.raises(SettingsError, match="selector"):
        DKIMSigner.load(tmp_path / "key.pem", domain="d.example", selector="")
