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
