"""What the office does with people, what time does, and how somebody is forgotten."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from tests.edition_world import sample_edition
from tests.web_world import browsing, every_row, keep, make_assembly

from newsdigest.assembly import Assembly
from newsdigest.errors import NotFoundError, UsageError
from newsdigest.model.ids import derive
from newsdigest.model.subscribers import LegalBasis, SubscriberState, Suppression, SuppressionReason
from newsdigest.text import addresses, tokens

ADDRESS = "Anna.Person+x@example.org"


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    made = make_assembly(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


def outcomes(assembly: Assembly, table: str, basis: str = "member") -> list[str]:
    return [row.outcome for row in assembly.import_subscribers(table.encode(), basis=basis).rows]


def test_import_answers_every_row_and_repeats_nothing(assembly: Assembly):
    table = "email\na@b.de\nbad\nA@B.de\n"
    assert outcomes(assembly, table) == ["added", "refused", "twice"]
    before = list(assembly.subscribers())
    assert outcomes(assembly, table) == ["known", "refused", "twice"]
    assert list(assembly.subscribers()) == before


@pytest.mark.parametrize("reason", SuppressionReason)
def test_no_import_lifts_a_suppression(assembly: Assembly, reason: SuppressionReason):
    """Neither an import nor a person of the office brings back who left, bounced or complained."""
    hash_ = tokens.address_hash(assembly.secret_keys, "a@b.de")
    with assembly.store.write() as unit:
        unit.subscribers.suppress(
            Suppression(address_hash=hash_, newsletter_id="", reason=reason, at=assembly.clock.now())
        )
    assert outcomes(assembly, "email\nA@B.de\n") == ["suppressed"]
    with pytest.raises(UsageError, match="not added"):
        assembly.add_subscriber(address="a@b.de")
    assert list(assembly.subscribers()) == []


def test_an_import_never_changes_a_status(assembly: Assembly):
    """Who is pending, paused or gone stays so, whatever a table says."""
    assembly.add_subscriber(address="a@b.de", basis="none")
    assert outcomes(assembly, "email,basis\na@b.de,member\n") == ["known"]
    (person,) = assembly.subscribers()
    assert (person.state, person.basis) == (SubscriberState.PENDING, LegalBasis.NONE)


def test_without_a_legal_basis_nobody_is_mailed(assembly: Assembly):
    report = assembly.import_subscribers(b"email\na@b.de\n")
    assert "receives nothing" in report.rows[0].detail
    assert not any(p.may_receive for p in assembly.subscribers())
    with pytest.raises(UsageError, match="proof"):
        assembly.confirm_by_hand("a@b.de", evidence=" ")
    assert assembly.confirm_by_hand("a@b.de", evidence="form of 2 March").may_receive
    proof = {step["what"]: step["detail"] for step in assembly.evidence("a@b.de")["history"]}
    assert proof["confirmed"]["evidence"] == "form of 2 March"


def test_retention_lets_go_of_what_is_past_its_period(assembly: Assembly):
    """Unconfirmed sign-ups after 14 days, ended subscriptions after three years, pauses when they are over."""
    assembly.add_subscriber(address="pending@b.de", basis="none")
    assembly.add_subscriber(address="stays@b.de")
    assembly.add_subscriber(address="left@b.de")
    assembly.unsubscribe("left@b.de")
    assert assembly.retain() == ""
    assembly.clock.advance(timedelta(days=14, seconds=1))  # type: ignore[attr-defined]
    assert assembly.retain() == "1 unconfirmed sign-ups deleted"
    assert assembly.retain() == ""
    assembly.clock.advance(timedelta(days=3 * 365))  # type: ignore[attr-defined]
    assert assembly.retain() == "1 ended subscriptions deleted"
    assert [p.address for p in assembly.subscribers()] == ["stays@b.de"]
    assert outcomes(assembly, "email\nleft@b.de\n") == ["suppressed"]


def spellings(address: str) -> list[bytes]:
    """The address as it might lie in a file: plain, lower, upper, base64 at any offset, URL-encoded."""
    raw = [address, address.lower(), address.upper()]
    made = [one.encode() for one in raw] + [urllib.parse.quote(one).encode() for one in raw]
    for one in raw[:2]:
        for shift in range(3):
            inner = base64.b64encode(b"x" * shift + one.encode() + b"yyy")
            made.append(inner[4 if shift else 0 : -8])
        made.append(one.encode().hex().encode())
    return made


def digests(address: str) -> list[bytes]:
    """What anybody can compute from a guessed address, whole or as long as our ids."""
    made = []
    for one in (address, address.lower(), address.strip().casefold()):
        made.append(derive("subscriber", one).encode())
        for name in ("md5", "sha1", "sha256", "sha512"):
            digest = hashlib.new(name, one.encode(), usedforsecurity=False)
            made += [digest.hexdigest()[:20].encode(), base64.b64encode(digest.digest())[:20]]
    return made


def test_who_is_forgotten_is_nowhere(assembly: Assembly):
    """After deletion the address is in no file of the workspace: database, its log, its free pages, dry-run mails."""
    with browsing(assembly) as client:
        client.post("/de/subscribe", data={"address": ADDRESS, "consent": "yes"})
    assembly.add_subscriber(address="other@example.org")
    var = assembly.workspace.var
    (var / "outbox" / "odd.eml").write_bytes(
        b"To: x\r\n\r\n" + base64.encodebytes(b"Liebe " + ADDRESS.encode() + b" da")
    )
    (var / "report.txt").write_text(
        f"https://news.example/?a={urllib.parse.quote(ADDRESS)}", encoding="utf-8"
    )
    with assembly.store.write() as unit:
        # What a relay answered quotes the address; so might any text of any table.
        unit.runs.put_value("relay", f"550 5.1.1 <{ADDRESS.lower()}>: unknown")
    found = [
        path
        for path in var.rglob("*")
        if path.is_file() and any(s in path.read_bytes() for s in spellings(ADDRESS))
    ]
    assert found
    report = assembly.forget(ADDRESS)
    assert (report.subscriptions, report.texts, report.files) == (1, 1, 3)
    assembly.store.close()
    left = [
        (path.name, spelling)
        for path in assembly.workspace.folder.rglob("*")
        if path.is_file()
        for spelling in spellings(ADDRESS) + digests(ADDRESS)
        if spelling in path.read_bytes()
    ]
    assert left == []
    assert [p.address for p in assembly.subscribers()] == ["other@example.org"]
    assert outcomes(assembly, f"email\n{ADDRESS}\n") == ["suppressed"]
    with assembly.store.read() as unit:
        assert unit.audit.broken_link() is None
    with pytest.raises(NotFoundError):
        assembly.forget(ADDRESS)


def test_an_unknown_address_is_told_in_a_sentence(assembly: Assembly):
    """Without the address: messages are logged."""
    with pytest.raises(NotFoundError, match=r"^nobody has that address; `newsdigest subscribers list`"):
        assembly.evidence("niemand@b.de")


def test_what_is_left_of_a_delivery_confirms_no_guess(assembly: Assembly):
    """The ledger keeps its sums; its ids are keyed, so the database alone cannot check a guessed address."""
    keep(assembly, sample_edition())
    assembly.import_subscribers(f"email\n{ADDRESS}\nother@example.org\n".encode(), basis="member")
    assembly.approve("weekly-2026-03-12", by="chief")
    assembly.dispatch("weekly-2026-03-12", by="chief")
    person = next(p for p in assembly.subscribers() if p.address == ADDRESS)
    assert any(one.subscriber_id == person.id for one in assembly.deliveries("weekly-2026-03-12"))
    assembly.forget(ADDRESS)
    assembly.store.close()
    database = b"".join(path.read_bytes() for path in assembly.workspace.var.glob("newsdigest.db*"))
    assert person.id.encode() in database
    assert [one for one in spellings(ADDRESS) + digests(ADDRESS) if one in database] == []


def test_a_person_stays_the_same_over_a_change_of_keys(assembly: Assembly):
    """People are found by their address: a new key makes nobody a stranger, in whatever case it is typed."""
    first, _ = assembly.add_subscriber(address="Anna@Example.org")
    assert first.id != "p" + derive("subscriber", "anna@example.org")
    assembly.__dict__["secret_keys"] = (b"n" * 48,)
    same, outcome = assembly.add_subscriber(address="anna@example.ORG")
    assert (same, outcome.outcome) == (first, "known")
    assert outcomes(assembly, "email\nANNA@example.org\n") == ["known"]
    assert assembly.unsubscribe("aNNA@example.org") == 1


def test_no_act_and_no_log_holds_an_address(assembly: Assembly, capsys: pytest.CaptureFixture[str]):
    """T22: adding, importing, leaving and forgetting leave ids in audit and log, never the address."""
    from newsdigest import logs

    logs.configure(style="json", level="debug")
    assembly.add_subscriber(address=ADDRESS)
    assembly.import_subscribers(f"email\n{ADDRESS}\nwrong{ADDRESS}@\n".encode(), basis="member")
    assembly.unsubscribe(ADDRESS)
    assembly.forget(ADDRESS)
    output = capsys.readouterr()
    assert ADDRESS.lower() not in (output.out + output.err).lower()
    assert ADDRESS.lower() not in str(every_row(assembly)["acts"]).lower()


@pytest.mark.parametrize("address", ["a@b.de", "A.B+c@Sub.Example.ORG", "x_y@ex-ample.org"])
def test_usable_addresses_are_kept_as_written(address: str):
    local, _, host = address.partition("@")
    assert addresses.normal(f" {address} ") == f"{local}@{host.lower()}"


def test_international_hosts_become_punycode():
    assert addresses.normal("info@bücher.example") == "info@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "a",
        "a@",
        "@b.de",
        "a@b",
        "a b@c.de",
        "a@b..de",
        "a@-b.de",
        "a..b@c.de",
        '"a"@b.de',
        "a@1.2.3.4",
        "a@b.de\n",
        "ä@b.de"[:6] + "\0",
        "a" * 65 + "@b.de",
    ],
)
def test_unusable_addresses_are_none(address: str):
    assert addresses.normal(address) is None or address.strip() == "a@b.de"
