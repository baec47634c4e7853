"""Users by command and page: passwords, second factor, what is never shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests import newsroom_world as world
from tests import web_world

from newsdigest.adapters.argon_hasher import ArgonHasher
from newsdigest.assembly import Assembly
from newsdigest.cli import group
from newsdigest.model.users import Role
from newsdigest.web import auth, totp

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
    ],
)
def test_codes_are_those_of_the_rfc(second: int, expected: str):
    """RFC 6238, appendix B (last six digits)."""
    assert totp.code(RFC_SECRET, second // 30) == expected


def test_a_code_of_the_neighbouring_step_counts_too():
    """Half a minute of drift either way, no more."""
    now = datetime(2026, 3, 12, 9, tzinfo=UTC)
    step = int(now.timestamp()) // 30
    assert totp.matching_step(RFC_SECRET, totp.code(RFC_SECRET, step - 1), now) == step - 1
    assert totp.matching_step(RFC_SECRET, totp.code(RFC_SECRET, step - 2), now) is None
    assert totp.matching_step(RFC_SECRET, "", now) is None


def test_passwords_are_argon2id_with_a_salt_each():
    """RFC 9106; equal passwords do not look equal; a missing user costs a comparison too."""
    hasher = ArgonHasher(time_cost=1, memory_kib=64, lanes=1)
    first, second = hasher.hash("ein kurzer Satz"), hasher.hash("ein kurzer Satz")
    assert first.startswith("$argon2id$v=19$m=64,t=1,p=1$")
    assert first != second
    assert hasher.fits("ein kurzer Satz", first)
    assert not hasher.fits("ein anderer Satz", first)
    assert not hasher.fits("nobody", "")
    assert ArgonHasher().is_outdated(first)


def test_the_first_user_comes_by_command(tmp_path: Path, migrated_database: Path):
    """No default account: added, listed, changed and removed on the command line, password from standard input."""
    web_world.make_assembly(tmp_path / "w", migrated_database).close()

    def run(*arguments: str, text: str = "") -> str:
        done = CliRunner().invoke(group, ["-w", str(tmp_path / "w"), "users", *arguments], input=text)
        return done.output if done.exception is None or done.exit_code == 0 else f"error: {done.exception}"

    assert "no users yet" in run("list")
    assert "administrator" in run("add", "Chefin", "--role", "administrator", text="ein langer Satz\n")
    assert "at least 12" in run("add", "zwei", text="kurz\n")
    assert '"second_factor": false' in run("list", "--json")
    assert "argon2" not in run("list", "--json")
    assert "last administrator" in run("remove", "chefin")
    assert "new password" in run("password", "chefin", text="noch ein langer Satz\n")


def test_a_second_factor_is_asked_for_and_counts_once(tmp_path: Path, migrated_database: Path):
    """Switched on with a right code; then no log-in without one, and none with a used one."""
    assembly = world.make_world(tmp_path / "w", migrated_database)
    secret = totp.new_secret()
    with world.browsing(assembly, "editor") as client:

        def code() -> str:
            return totp.code(secret, int(assembly.clock.now().timestamp()) // 30)

        client.post("/newsroom/account/second-factor", data={"secret": secret, "code": code()})
        data = {"name": "editor", "password": world.PASSWORD}
        assert client.post("/newsroom/log-in", data=data).status_code == 403
        assert client.post("/newsroom/log-in", data=data | {"code": code()}).status_code == 303
        assert client.post("/newsroom/log-in", data=data | {"code": code()}).status_code == 403
        assembly.clock.set(world.NOW + timedelta(minutes=1))  # type: ignore[attr-defined]
        assert client.post("/newsroom/log-in", data=data | {"code": code()}).status_code == 303
    with assembly.store.read() as unit:
        user = unit.users.get("editor")
    assert user is not None
    assert user.role is Role.EDITOR
    assert secret not in repr(user)
    assembly.close()


def try_log_in(assembly: Assembly, network: str, password: str = "falsch falsch falsch") -> str:
    """Return what becomes of one log-in as the editor: `in`, `wrong` or `wait N`."""
    try:
        auth.log_in(
            store=assembly.store, hasher=assembly.password_hasher, name="editor", password=password, code="",
            network=network, key=b"k" * 32, now=assembly.clock.now(),
        )  # fmt: skip
    except auth.LogInDelayedError as error:
        return f"wait {error.seconds}"
    except auth.LogInError:
        return "wrong"
    return "in"


@pytest.fixture
def house(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A workspace with users."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


def test_a_stranger_cannot_lock_an_editor_out(house: Assembly):
    """Ten failures from elsewhere delay that network for a minute, and the true editor not at all."""
    for _ in range(10):
        while try_log_in(house, "203.0.113.9").startswith("wait"):
            house.clock.set(house.clock.now() + timedelta(seconds=1))  # type: ignore[attr-defined]
    assert try_log_in(house, "203.0.113.9", world.PASSWORD).startswith("wait")
    assert try_log_in(house, "198.51.100.7", world.PASSWORD) == "in"


def test_guessing_from_a_thousand_networks_is_slow(house: Assembly):
    """From the thirty-first failure on one name waits ten seconds between two attempts, whoever asks, and never longer."""
    answers = [try_log_in(house, f"2001:db8::{n:x}") for n in range(200)]
    assert (answers.count("wrong"), set(answers)) == (31, {"wrong", "wait 10"})
    house.clock.set(house.clock.now() + timedelta(seconds=11))  # type: ignore[attr-defined]
    assert try_log_in(house, "198.51.100.7", world.PASSWORD) == "in"
    assert try_log_in(house, "198.51.100.8") == "wrong"


def test_a_new_password_starts_the_count_anew(house: Assembly):
    """Whoever gets one from the administrator need not wait."""
    for _ in range(4):
        try_log_in(house, "203.0.113.9")
    assert try_log_in(house, "203.0.113.9").startswith("wait")
    house.clock.set(house.clock.now() + timedelta(seconds=2))  # type: ignore[attr-defined]
    auth.set_password(
        store=house.store, hasher=house.password_hasher, name="editor", password="ganz neue lange Worte",
        by="test", now=house.clock.now(),
    )  # fmt: skip
    assert try_log_in(house, "203.0.113.9", "ganz neue lange Worte") == "in"


@pytest.mark.parametrize("name", ["you@example.org", "anna.muster+presse@verband.example"])
def test_an_address_is_a_log_in_name(name: str):
    """The guides' own command works: people remember their address."""
    assert auth.NAME.fullmatch(auth.plain_name(name))
