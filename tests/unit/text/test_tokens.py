"""Tokens: bound to a purpose, opaque, and alive after a change of keys (T18)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from newsdigest.text import tokens

OLD, NEW = (b"o" * 32), (b"n" * 32)
parts = st.lists(
    st.text(alphabet=st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=40),
    min_size=1,
    max_size=3,
)


@given(parts, st.sampled_from(["unsubscribe", "export"]))
def test_a_token_is_worth_something_for_its_purpose_and_keys_only(subject: list[str], purpose: str) -> None:
    """Another purpose, another key or another letter: nothing. An old key still verifies."""
    token = tokens.sign([OLD], purpose, *subject)
    assert tokens.read([NEW, OLD], purpose, token) == tuple(subject)
    assert tokens.read([OLD], purpose + "x", token) is None
    assert tokens.read([NEW], purpose, token) is None
    changed = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert tokens.read([OLD], purpose, changed) is None
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert tokens.MAC_BYTES * 8 >= 128


@given(st.one_of(st.text(max_size=300), st.just("a" * 2000)))
def test_what_a_stranger_sends_is_never_an_error(text: str) -> None:
    """Any text is simply not a token of ours."""
    assert tokens.read([OLD], "unsubscribe", text) is None
    assert tokens.read_short([OLD], "verp", text) is None


def test_a_short_token_survives_folded_case_and_fits_a_local_part() -> None:
    """Some servers fold the local part."""
    token = tokens.sign_short([OLD], "verp", "d" + "1" * 20)
    assert tokens.read_short([NEW, OLD], "verp", token.upper()) == "d" + "1" * 20
    assert tokens.read_short([OLD], "other", token) is None
    assert len("bounce-" + token) <= 64


def test_an_addresss_hash_ignores_case_and_outlives_a_change_of_keys() -> None:
    """A suppression cannot be lifted by another spelling or by new keys."""
    stored = tokens.address_hash([OLD], "Reader@Example.com")
    assert stored in tokens.address_hashes([NEW, OLD], " reader@example.COM ")
    assert stored not in tokens.address_hashes([NEW], "reader@example.com")
