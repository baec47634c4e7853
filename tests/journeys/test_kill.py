"""A slice of the kill test (Q3): real kill -9 of a real sender; `make kill-test` does a thousand."""

from __future__ import annotations

import pytest
from tools import kill_test


@pytest.mark.slow
@pytest.mark.parametrize(
    ("policy", "with_term", "kills"),
    [("hold", False, 30), ("resend_once", False, 12), ("hold", True, 8)],
    ids=["hold", "resend_once", "terminated"],
)
def test_nobody_is_lost_or_doubled_however_often_the_sender_dies(
    policy: str, with_term: bool, kills: int
) -> None:
    """0 lost, 0 falsely sent, sums right after each kill, copies as promised, resumed within two seconds."""
    figures = kill_test.run(
        kills=kills,
        recipients=1000,
        connections=4,
        policy=policy,
        seed=3,
        with_term=with_term,
        per_send=15,
        delay=0.005,
    )
    assert figures.kills == kills
    assert (figures.lost, figures.falsely_sent, figures.sums_wrong, figures.problems) == (0, 0, 0, [])
    assert figures.doubles == 0
    assert figures.most_copies <= (2 if policy == "resend_once" else 1)
    if with_term:
        assert figures.uncertain == 0
