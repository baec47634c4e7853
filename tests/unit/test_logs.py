"""Logs: secrets and addresses are masked, control characters escaped (T22)."""

from __future__ import annotations

from typing import Literal

import pytest

from newsdigest import logs


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        pytest.param("password", "hunter2", "***", id="password"),
        pytest.param("session_token", "abc", "***", id="token_in_the_name"),
        pytest.param(
            "reply",
            "550 <eva.muster@praxis.example> unknown",
            "550 <<address>> unknown",
            id="address_in_a_reply",
        ),
        pytest.param("title", "a\x1b[2Jb\x00c", "a\\x1b[2Jb\\x00c", id="terminal_escape"),
        pytest.param("title", "a\u202eb", "a\\x202eb", id="bidi_override"),
        pytest.param("count", 3, 3, id="numbers_stay"),
    ],
)
def test_what_a_log_line_shows(key: str, value: object, shown: object):
    """What somebody could misuse does not reach the log."""
    assert logs.mask(None, "info", {key: value}) == {key: shown}


def test_masked_events_reach_the_stream(capsys: pytest.CaptureFixture[str]):
    """The configured logger masks in either style."""
    logs.configure(style="json", level="info")
    logs.get_logger("test").info("mail_sent", address="eva.muster@praxis.example", api_key="s3cret")
    written = capsys.readouterr().err
    assert "mail_sent" in written
    assert "eva.muster" not in written
    assert "s3cret" not in written


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_trace_shows_no_local_values(capsys: pytest.CaptureFixture[str], style: Literal["console", "json"]):
    """A defect's trace names lines, never what variables held: keys are among them."""
    logs.configure(style=style, level="info")
    try:
        signing_key = "never-shown"
        raise ValueError(f"broke with {len(signing_key)} characters")
    except ValueError:
        logs.get_logger("test").exception("job_broke")
    written = capsys.readouterr().err
    assert "broke with 11 characters" in written
    assert "signing_key =" not in written.replace('signing_key = "never-shown"', "", 1)
