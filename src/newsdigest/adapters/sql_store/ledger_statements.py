"""
The statements of a running send; see `prepared`.

Claiming is one statement: it finds, marks and returns. A mark names the lease's fence, and the
mark "in data" says by what it returns which deliveries it was given.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Update, and_, bindparam, null, or_, select, update
from sqlalchemy.sql.elements import ClauseElement, ColumnElement

from newsdigest.adapters.sql_store.prepared import Prepared
from newsdigest.adapters.sql_store.tables_mailings import deliveries, mailings
from newsdigest.model.mailings import DeliveryState

IN_DATA_SIZES = (1, 2, 4, 8, 16, 32, 64)
"""How many deliveries one mark names; a list is filled up to the next size, so that few texts are compiled."""

CLAIMED = (
    "id", "edition_id", "subscriber_id", "variant_id", "domain", "attempts", "reason", "code", "queue_id", "resends",
)  # fmt: skip
"""What a claim returns, in this order; the rest is the same for all of them."""

_MINE = and_(mailings.c.edition_id == bindparam("p_edition"), mailings.c.fence == bindparam("p_fence"))
_OF_FENCE = and_(deliveries.c.id == bindparam("p_id"), deliveries.c.fence == bindparam("p_fence"))


def _look(engine: str) -> ClauseElement:
    query = select(mailings.c.state, mailings.c.lease_until).where(_MINE)
    # SQLite's writers stand in line already; elsewhere no other lease may come between this and our commit.
    return query if engine == "sqlite" else query.with_for_update()


LOOK = Prepared(_look)
HOLD = Prepared(lambda _: update(mailings).where(_MINE).values(lease_until=bindparam("p_until")))
MARK = Prepared(
    lambda _: (
        update(deliveries)
        .where(_OF_FENCE)
        .values(
            {
                name: bindparam(f"p_{name}", type_=deliveries.c[name].type)
                for name in ("state", "attempts", "next_try", "reason", "code", "queue_id", "changed_at")
            }
        )
    )
)
UNCLAIM = Prepared(
    lambda _: (
        update(deliveries)
        .where(_OF_FENCE, deliveries.c.state == DeliveryState.CLAIMED.value)
        .values(state=DeliveryState.PLANNED.value)
    )
)


def claim(engine: str, *conditions: ColumnElement[bool]) -> Update:
    """Return what claims due deliveries of one state, up to a number, under further conditions."""
    due = or_(deliveries.c.next_try.is_(None), deliveries.c.next_try <= bindparam("p_due"))
    found = (
        select(deliveries.c.id)
        .where(
            deliveries.c.edition_id == bindparam("p_edition"),
            deliveries.c.state == bindparam("p_from"),
            due,
            *conditions,
        )
        .limit(bindparam("p_limit", type_=deliveries.c.fence.type))
    )
    if engine != "sqlite":
        found = found.with_for_update(skip_locked=True)
    return (
        update(deliveries)
        .where(deliveries.c.id.in_(found.scalar_subquery()))
        .values(
            state=DeliveryState.CLAIMED.value,
            fence=bindparam("p_fence"),
            changed_at=bindparam("p_now"),
            next_try=null(),
        )
        .returning(*(deliveries.c[name] for name in CLAIMED))
    )


CLAIM = Prepared(claim)


@cache
def in_data(size: int) -> Prepared:
    """Return the mark "in data" for that many ids (`p_0` and on); it returns those that were marked."""
    ids = [bindparam(f"p_{number}", type_=deliveries.c.id.type) for number in range(size)]
    return Prepared(
        lambda _: (
            update(deliveries)
            .where(
                deliveries.c.id.in_(ids),
                deliveries.c.fence == bindparam("p_fence"),
                deliveries.c.state == DeliveryState.CLAIMED.value,
            )
            .values(state=DeliveryState.IN_DATA.value, changed_at=bindparam("p_now"))
            .returning(deliveries.c.id)
        )
    )


def in_data_groups(ids: Sequence[str]) -> list[tuple[Prepared, dict[str, Any]]]:
    """Return the marks for a list of ids, each with its parameters."""
    groups = []
    for start in range(0, len(ids), IN_DATA_SIZES[-1]):
        part = ids[start : start + IN_DATA_SIZES[-1]]
        size = next(size for size in IN_DATA_SIZES if size >= len(part))
        filled = [*part, *[part[-1]] * (size - len(part))]
        groups.append((in_data(size), {f"p_{number}": one for number, one in enumerate(filled)}))
    return groups
