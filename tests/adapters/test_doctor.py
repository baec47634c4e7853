"""The doctor's looks at relays and DNS: real sockets on this machine, from the settings to the words."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.fault_relay import FaultRelay
from tests.fakes.name_server import NameServer
from tests.web_world import BASE, SETTINGS, make_assembly

from newsdigest.adapters.dns_resolver import DNSResolver
from newsdigest.assembly import Assembly
from newsdigest.mailing.preflight import Finding, Weight

Certificate = tuple[ssl.SSLContext, str]


def test_records_come_as_they_stand() -> None:
    """Long texts joined, mail servers by preference, a name that does not exist told from silence."""
    records = {
        ("example.org", "TXT"): ['"v=spf1 include:relay.example" " -all"', '"other"'],
        ("bounce.example.org", "MX"): ["20 late.example.org.", "10 first.example.org."],
    }
    with NameServer(records) as server:
        resolver = DNSResolver(["127.0.0.1"], port=server.port)
        assert sorted(resolver.texts("example.org") or ()) == ["other", "v=spf1 include:relay.example -all"]
        assert resolver.mail_servers("bounce.example.org") == ("first.example.org", "late.example.org")
        assert resolver.texts("bounce.example.org") == ()
        assert resolver.texts("nobody.example.org") == ()
    with NameServer(is_silent=True) as server:
        assert DNSResolver(["127.0.0.1"], port=server.port, seconds=0.3).texts("example.org") is None


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    made = make_assembly(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


def looked(assembly: Assembly, mail: str) -> dict[str, Finding]:
    """What the doctor finds under those settings of mail, by name."""
    text = SETTINGS.format(base=BASE).replace("  outbox: var/outbox\n", mail)
    (assembly.workspace.folder / "config" / "newsdigest.yaml").write_text(text, encoding="utf-8")
    found = Assembly(type(assembly.workspace)(assembly.workspace.folder), clock=assembly.clock)
    found.name_resolver = assembly.name_resolver  # type: ignore[method-assign]
    try:
        return {one.name: one for one in found.doctor()}
    finally:
        found.close()


def relay_lines(port: int, tls: str, **more: str) -> str:
    extra = "".join(f", {name}: {value}" for name, value in more.items())
    return f"  relays: [{{host: 127.0.0.1, port: {port}, tls: {tls}{extra}}}]\n"


def test_each_relay_is_tried_and_described(assembly: Assembly, relay_certificate: Certificate) -> None:
    """Encrypted and let in: what it offers; nothing is sent."""
    assembly.name_resolver = lambda: DNSResolver(["127.0.0.1"], port=1, seconds=0.1)  # type: ignore[method-assign]
    with FaultRelay(tls=relay_certificate[0], offers_tls=True) as relay:
        found = looked(assembly, relay_lines(relay.port, "required", ca_file=relay_certificate[1]))
    one = found[f"relay 127.0.0.1:{relay.port}"]
    assert one.weight is Weight.OK
    assert "encrypted" in one.says
    assert "PIPELINING" in one.says
    assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.parametrize(
    ("options", "tls", "words"),
    [
        pytest.param({}, "required", "does not offer STARTTLS", id="no_encryption"),
        pytest.param({"answer": lambda where, _: 554 if where == "connect" else None}, "none", "554", id="shut_out"),
    ],
)  # fmt: skip
def test_a_relay_that_does_not_let_us_in_blocks(
    assembly: Assembly, options: dict, tls: str, words: str
) -> None:
    """With what it said, and where to look."""
    assembly.name_resolver = lambda: DNSResolver(["127.0.0.1"], port=1, seconds=0.1)  # type: ignore[method-assign]
    with FaultRelay(**options) as relay:
        one = looked(assembly, relay_lines(relay.port, tls))[f"relay 127.0.0.1:{relay.port}"]
    assert one.weight is Weight.BLOCKS
    assert words in one.says
    assert "mail.relays" in one.do


def test_the_names_of_the_sender_are_looked_up(assembly: Assembly) -> None:
    """SPF, DMARC and DKIM of the sender, SPF and MX of the return path: each a line with its record, or advice."""
    sender = next(iter(assembly.workspace.newsletters.values())).sender.address.rpartition("@")[2]
    bounce = f"bounce.{sender}"
    records = {
        (sender, "TXT"): ['"v=spf1 -all"'],
        (f"_dmarc.{sender}", "TXT"): ['"v=DMARC1; p=none"'],
        (f"s1._domainkey.{sender}", "TXT"): ['"v=DKIM1; p=AAAA"'],
        (bounce, "TXT"): ['"v=spf1 mx -all"'],
        (bounce, "MX"): [f"10 mail.{sender}."],
    }
    mail = f"  outbox: var/outbox\n  bounce_domain: {bounce}\n  dkim: {{domain: {sender}, selector: s1}}\n"
    with NameServer(records) as server:
        assembly.name_resolver = lambda: DNSResolver(["127.0.0.1"], port=server.port)  # type: ignore[method-assign]
        found = looked(assembly, mail)
        names = ("SPF", "SPF of the return path", "DKIM", "DMARC")
        assert [found[name].weight for name in names] == [Weight.OK] * 4, found
        assert {"bounces", "alignment", "DNS"}.isdisjoint(found)
        assert "not sent" in found["relay"].says
        records.pop((bounce, "MX"))
        records.pop((f"_dmarc.{sender}", "TXT"))
        poorer = looked(assembly, mail)
    assert "reports cannot come back" in poorer["bounces"].says
    assert "no DMARC record" in poorer["DMARC"].says


def test_a_policy_above_the_sender_counts(assembly: Assembly) -> None:
    """Mail from a sub-domain: receivers fall back to the DMARC record of the registered domain, and so do we."""
    above = next(iter(assembly.workspace.newsletters.values())).sender.address.rpartition("@")[2]
    newsletters = assembly.workspace.folder / "config" / "newsletters.yaml"
    newsletters.write_text(newsletters.read_text("utf-8").replace(f"@{above}", f"@news.{above}"), "utf-8")
    records = {
        (f"news.{above}", "TXT"): ['"v=spf1 -all"'],
        (f"_dmarc.{above}", "TXT"): ['"v=DMARC1; p=reject"'],
    }
    with NameServer(records) as server:
        assembly.name_resolver = lambda: DNSResolver(["127.0.0.1"], port=server.port)  # type: ignore[method-assign]
        found = looked(assembly, "  outbox: var/outbox\n")
    assert (found["DMARC"].weight, "p=reject" in found["DMARC"].says) == (Weight.OK, True)


def test_a_name_server_that_is_silent_is_one_warning(assembly: Assembly) -> None:
    """Not four false alarms about missing records."""
    with NameServer(is_silent=True) as server:
        assembly.name_resolver = lambda: DNSResolver(["127.0.0.1"], port=server.port, seconds=0.2)  # type: ignore[method-assign]
        found = looked(assembly, "  outbox: var/outbox\n")
    assert "could not be looked up" in found["DNS"].says
    assert {"SPF", "DMARC", "DKIM"}.isdisjoint(found)
