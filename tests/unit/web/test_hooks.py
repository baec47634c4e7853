"""The webhook: signed reports are taken, anything else changes nothing."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace
from newsdigest.web.app import create_app

SECRET = b"a-secret-of-both-sides"
BODY = json.dumps(
    {"events": [{"type": "hard", "message_id": "<d00000000000000000000@digest.example>"}]}
).encode()


@pytest.fixture
def browser(tmp_path: Path):
    (tmp_path / "config").mkdir()
    (tmp_path / "hook.secret").write_bytes(SECRET)
    (tmp_path / "hook.secret").chmod(0o600)
    (tmp_path / "config" / "newsdigest.yaml").write_text(
        f"mail: {{bounces: {{webhook_secret_file: '{tmp_path / 'hook.secret'}'}}}}\n", encoding="utf-8"
    )
    assembly = Assembly(Workspace(tmp_path), now=datetime(2026, 3, 12, tzinfo=UTC))
    yield TestClient(create_app(assembly, has_newsroom=False))
    assembly.close()


def signature(body: bytes, secret: bytes = SECRET) -> str:
    return "sha256=" + hmac.new(secret, body, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("body", "signed", "status"),
    [
        pytest.param(BODY, signature(BODY), 200, id="signed"),
        pytest.param(BODY, signature(BODY, b"another"), 403, id="forged"),
        pytest.param(BODY, "", 403, id="unsigned"),
        pytest.param(b"[]", signature(b"[]"), 400, id="no_such_document"),
        pytest.param(b"x" * 70_000, signature(b"x" * 70_000), 413, id="too_large"),
    ],
)
def test_what_a_provider_is_told(browser: TestClient, body: bytes, signed: str, status: int):
    """The right status for each; a browser of a stranger's page is refused as everywhere."""
    assert browser.post("/hooks/bounces", content=body, headers={"X-Signature": signed}).status_code == status
    foreign = {"X-Signature": signed, "Origin": "https://evil.example"}
    assert browser.post("/hooks/bounces", content=body, headers=foreign).status_code in (403, 413)
