"""Messages: every rule on the wire, for whatever text an editor or a feed gives (R1 to R15, T14, T15)."""

from __future__ import annotations

import email
import email.policy
import os
import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.mail_world import KEYS, make_newsletter, make_variant

from newsdigest.mailing import headers, wire_rules
from newsdigest.mailing.links import LinkMaker
from newsdigest.mailing.message_building import BuildingError, Recipient, template
from newsdigest.model.mailings import Delivery
from newsdigest.model.newsletters import Sender

AT = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
LINKS = LinkMaker(
    keys=KEYS,
    newsletter_id="weekly",
    public_url="https://news.example.org",
    sender="digest@news.example.org",
    bounce_domain="bounce.example.org",
)
EXAMPLES = int(os.environ.get("NEWSDIGEST_TEST_MESSAGES", "300"))
"""How many messages are generated; `make message-test` asks for 10,000."""

nasty = st.one_of(
    st.text(max_size=120),
    st.text(alphabet="\r\n\0\x0b\u2028\u202e=?utf8qbB: .@<>\"ä€😀\u0301", max_size=80),
    st.sampled_from([
        "=?utf-8?q?a=0D=0ABcc:=20victim@example.com?=", "a\r\nBcc: victim@example.com", "x" * 500, "ä" * 300,
        "word " * 100, "a" * 1200, "\u202eevil", "e\u0301" * 60, "👩‍👩‍👧" * 20, " =?x?= ", "\ud800", "",
    ]),
)  # fmt: skip
body = st.lists(
    st.one_of(
        st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=200).filter(
            lambda text: "u.invalid" not in text  # such a text is refused, see below
        ),
        st.sampled_from([
            "\n", "\n.\n", "\n..", "From here\n", "\nFrom there", " \n", "\t\n", "=", "=\n", "ß" * 90, "x" * 75, "x" * 76,
            "https://u.invalid/unsubscribe ", 'href="https://u.invalid/preferences"', "https://u.invalid/web\n", "😀" * 30, ".",
        ]),
    ),
    max_size=20,
).map("".join)  # fmt: skip


def fill(
    html: str, text: str, subject: str, name: str = "Biosphäre", address: str = "reader@example.com"
) -> bytes:
    newsletter = make_newsletter(
        sender=Sender(address="digest@news.example.org", names=(("de", name),), list_id="weekly.example.org"),
        titles=(("de", name or "x"),),
    )
    made = template(make_variant("de", html=html, text=text, subject=subject), newsletter, date=AT)
    return made.fill(recipient(address))


def recipient(address: str = "reader@example.com") -> Recipient:
    delivery = Delivery(
        id="d" + "1" * 20,
        edition_id="weekly-2026-03-12",
        subscriber_id="p" + "1" * 20,
        variant_id="de",
        domain="x",
    )
    return LINKS.recipient(delivery, address)


def whole(template_text: str, who: Recipient) -> str:
    """What a full build would hold."""
    for name in ("unsubscribe", "preferences", "web"):
        template_text = template_text.replace(f"https://u.invalid/{name}", getattr(who, name))
    return template_text


@settings(max_examples=EXAMPLES, deadline=None)
@given(html=body, text=body, subject=nasty, name=nasty)
def test_any_message_is_wire_perfect_and_decodes_to_a_full_build(
    html: str, text: str, subject: str, name: str
) -> None:
    """No rule broken, no header injected, and the spliced bodies are exactly what a whole build would be."""
    html, text = f"<p>{html}</p>", f"x{text}"
    content = fill(html, text, subject, name)
    assert wire_rules.broken(content) == []
    who = recipient()
    assert wire_rules.decoded_parts(content) == [whole(text, who), whole(html, who)]
    read = email.message_from_bytes(content, policy=email.policy.default)
    assert read.get_all("Bcc") is None
    assert [part.get_content_type() for part in read.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert read["To"] == "reader@example.com"
    wanted = " ".join(headers.plain(subject).split())
    assert " ".join(str(read["Subject"]).split()) == wanted


def test_list_headers_and_message_id_stand_verbatim() -> None:
    """cpython #85725: a long List-Unsubscribe must not become an encoded word."""
    content = fill("<p>a</p>", "a", "s")
    who = recipient()
    assert len(who.unsubscribe) > 78
    lines = content.split(b"\r\n")
    assert f"List-Unsubscribe: <{who.unsubscribe}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    assert b"Message-ID: <d11111111111111111111@news.example.org>" in lines
    assert b'List-Id: "Biosphaere" <de.weekly.example.org>' in lines
    assert b"Auto-Submitted: auto-generated" in lines


def test_every_attempt_gives_identical_bytes() -> None:
    """Date, boundary and ids are fixed."""
    assert fill("<p>a</p>", "a", "s") == fill("<p>a</p>", "a", "s")


def test_the_envelope_sender_names_the_delivery_and_no_address() -> None:
    """VERP: opaque, at least 128 bit, read back in any case."""
    from newsdigest.mailing.links import delivery_of

    delivery = Delivery(id="d" + "1" * 20, edition_id="e", subscriber_id="p", variant_id="de", domain="x")
    sender = LINKS.mail_from(delivery)
    assert len(sender.partition("@")[0]) <= 64
    assert delivery_of(KEYS, sender.upper()) == delivery.id
    assert delivery_of((b"x" * 32,), sender) is None


@pytest.mark.parametrize(
    "address",
    [
        "a@b\r\nBcc: c@d",
        "a@b\0",
        "grüße@example.com",
        "a b@example.com",
        "<a@b.de>",
        "a@b.de>",
        "a@",
        "@b",
        "a@b@c",
        "",
    ],
)
def test_an_address_that_could_break_out_is_refused(address: str) -> None:
    """R11: nothing of a stranger's address reaches the wire unless it is a plain one."""
    with pytest.raises(headers.HeaderError):
        fill("<p>a</p>", "a", "s", address=address)


@pytest.mark.parametrize(
    ("html", "rule"),
    [
        pytest.param("<p>" + "x" * 100_001, "R12", id="too_large"),
        pytest.param("<p>" + "ß" * 40_000, "R12", id="too_large_encoded"),
        pytest.param("<p>\x85</p>", "R13", id="c1_control"),
        pytest.param("   ", "R10", id="empty"),
    ],
)
def test_a_broken_rule_is_named(html: str, rule: str) -> None:
    """The assertion on the final bytes says which rule."""
    assert any(problem.startswith(rule) for problem in wire_rules.broken(fill(html, "a", "s")))


@pytest.mark.parametrize("token", ["https://u.invalid/other", "https://u.invalid/", "u.invalid"])
def test_an_unknown_token_is_an_error_not_a_link(token: str) -> None:
    """R15: no token is left in any outgoing byte string."""
    with pytest.raises(BuildingError):
        fill(f"<p>{token}</p>", "a", "s")


def test_an_http_link_breaks_rule_one() -> None:
    """One-click needs https."""
    made = template(make_variant("de"), make_newsletter(), date=AT)
    content = made.fill(
        Recipient(
            delivery_id="d" + "1" * 20,
            address="a@b.de",
            unsubscribe="http://x.de/u",
            preferences="https://x.de/p",
            web="https://x.de/w",
        )
    )
    assert any("R1:" in problem for problem in wire_rules.broken(content))
    assert re.search(rb"^To: a@b\.de\r$", content, re.MULTILINE)
