"""
Items, their aliases and judgements.

What is asked for in queries has a column; the smaller fields stand together in one
JSON column, because they are only ever read with the whole record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    desc,
    func,
    literal_column,
    select,
    update,
)

from newsdigest.adapters.sql_store.audit_store import inserter, upsert
from newsdigest.adapters.sql_store.prepared import Prepared
from newsdigest.adapters.sql_store.records import from_plain, makers, to_plain
from newsdigest.adapters.sql_store.tables_items import HAS_TEXT, item_aliases, items
from newsdigest.model.items import Item, ItemState, Judgement
from newsdigest.ports.storage.items import ItemHead

CHUNK = 400
_COLUMNS = (
    "id", "source_id", "guid", "url", "title", "first_seen", "last_seen", "published",
    "changed_at", "state", "fingerprint", "text", "html",
)  # fmt: skip
_DEFAULTS = {part.name: part.default for part in fields(Item)}
_TO_TURN = frozenset({"updated", "image"})
"""Of the smaller fields, those JSON does not take as they are; tuples it takes for lists."""
_MORE = tuple(name for name in _DEFAULTS if name not in (*_COLUMNS, "judgement"))
_PUT = Prepared(lambda dialect: upsert(dialect, items))
_ADD_ALIAS = Prepared(lambda dialect: inserter(dialect)(item_aliases).on_conflict_do_nothing())
_JUDGE = Prepared(
    lambda _: (
        update(items)
        .where(items.c.id == bindparam("item_id"))
        .values(judgement=bindparam("verdict"), judged_fingerprint=bindparam("judged_as"))
    )
)
_HAS_KEY = Prepared(
    lambda _: (
        select(item_aliases.c.item_id)
        .where(item_aliases.c.source_id == bindparam("of_source"))
        .limit(literal_column("1"))
    )
)
_READ = [items.c[name] for name in (*_COLUMNS, "more", "judgement")]


def last_served(before: datetime) -> ColumnElement[bool]:
    """
    Return the condition that an item was last served before that instant.

    It was first seen before then too, which says nothing new but has an index; one on `last_seen`
    would cost at every look at a source.
    """
    return (items.c.first_seen < before) & (items.c.last_seen < before)


class SQLItemStore:
    """See `ports.storage.items.ItemStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source_id: str, aliases: Iterable[str]) -> dict[str, str]:
        """Return alias to item id for those aliases of that source that were ever seen (tombstones too)."""
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(aliases))
        for start in range(0, len(wanted), CHUNK):
            query = select(item_aliases.c.alias, item_aliases.c.item_id).where(
                item_aliases.c.source_id == source_id,
                item_aliases.c.alias.in_(wanted[start : start + CHUNK]),
            )
            found.update((row.alias, row.item_id) for row in self._connection.execute(query))
        return found

    def sources_with_keys(self, source_ids: Sequence[str]) -> frozenset[str]:
        """Return those sources of which any alias is known."""
        return frozenset(
            source_id
            for source_id in source_ids
            if _HAS_KEY.run(self._connection, {"of_source": source_id}).first()
        )

    def heads(self, item_ids: Iterable[str]) -> dict[str, ItemHead]:
        """Return the little that deciding about an entry needs, by id."""
        columns = [
            items.c[name] for name in ("id", "guid", "url", "title", "published", "fingerprint", "state")
        ]
        return {
            row.id: ItemHead(**{**row._mapping, "state": ItemState(row.state)})
            for part in _chunks(item_ids)
            for row in self._connection.execute(select(*columns).where(items.c.id.in_(part)))
        }

    def put(self, changed: Iterable[Item]) -> None:
        """Insert or replace by id, with aliases and judgement."""
        rows: list[dict[str, Any]] = []
        keys: list[dict[str, str]] = []
        for item in changed:
            rows.append(_row(item))
            keys += [
                {"source_id": item.source_id, "alias": alias, "item_id": item.id} for alias in item.aliases
            ]
        if not rows:
            return
        _PUT.run_many(self._connection, rows)
        self.add_aliases(keys)

    def add_aliases(self, keys: Sequence[Mapping[str, str]]) -> None:
        """Store further keys; the first item seen under a key keeps it."""
        # In the order of the index: neighbours fall on the same page.
        _ADD_ALIAS.run_many(self._connection, sorted(keys, key=itemgetter("source_id", "alias")))

    def touch(self, item_ids: Iterable[str], now: datetime) -> None:
        """Note that these were still served."""
        for part in _chunks(item_ids):
            self._connection.execute(update(items).where(items.c.id.in_(part)).values(last_seen=now))

    def judge(self, judgements: dict[str, Judgement]) -> None:
        """Store judgements by item id."""
        _JUDGE.run_many(
            self._connection,
            [
                {"item_id": id_, "verdict": to_plain(one), "judged_as": one.judged_fingerprint}
                for id_, one in judgements.items()
            ],
        )

    def get(self, item_ids: Iterable[str]) -> dict[str, Item]:
        """Return the items that exist, by id, with their judgement."""
        return {
            item.id: item
            for part in _chunks(item_ids)
            for item in self._items(select(*_READ).where(items.c.id.in_(part)))
        }

    def unjudged(self, *, limit: int) -> Sequence[Item]:
        """Return items never judged or changed since, oldest first seen first."""
        query = (
            select(*_READ)
            .where(items.c.judged_fingerprint.is_(None), items.c.state != ItemState.TOMBSTONE.value)
            .order_by(items.c.first_seen, items.c.id)
            .limit(limit)
        )
        return self._items(query)

    def rejudge(self, item_ids: Iterable[str] | None = None) -> None:
        """Put items (all of them: None) before the judge again."""
        statement = update(items).values(judged_fingerprint=None)
        if item_ids is None:
            self._connection.execute(statement)
            return
        for part in _chunks(item_ids):
            self._connection.execute(statement.where(items.c.id.in_(part)))

    def seen_between(self, start: datetime, end: datetime) -> Sequence[Item]:
        """Return items with start <= first_seen < end, by first_seen and id."""
        query = select(*_READ).where(items.c.first_seen >= start, items.c.first_seen < end)
        return self._items(query.order_by(items.c.first_seen, items.c.id))

    def of_source(self, source_id: str, *, limit: int = 1000) -> Sequence[Item]:
        """Newest first seen first."""
        query = select(*_READ).where(items.c.source_id == source_id)
        return self._items(query.order_by(desc(items.c.first_seen), items.c.id).limit(limit))

    def languages(self, source_id: str, *, limit: int) -> Sequence[str]:
        """Return the languages its items were judged to be in, newest first."""
        query = (
            select(items.c.judgement)
            .where(items.c.source_id == source_id, items.c.judged_fingerprint.is_not(None))
            .order_by(
                desc(items.c.first_seen), items.c.published.is_(None), desc(items.c.published), items.c.id
            )
            .limit(limit)
        )
        found = (
            judgement["language"]["language"]
            for judgement in self._connection.execute(query).scalars()
            if judgement
        )
        return list(found)

    def count(self) -> int:
        return self._connection.execute(select(func.count()).select_from(items)).scalar() or 0

    def counts(self) -> dict[tuple[str, ItemState], int]:
        """Return how many items there are by source and state."""
        query = select(items.c.source_id, items.c.state, func.count()).group_by(
            items.c.source_id, items.c.state
        )
        return {
            (source, ItemState(state)): number for source, state, number in self._connection.execute(query)
        }

    def set_state(self, item_ids: Iterable[str], state: ItemState) -> None:
        """Release from quarantine, withdraw, …"""
        for part in _chunks(item_ids):
            self._connection.execute(update(items).where(items.c.id.in_(part)).values(state=state.value))

    def bury(self, before: datetime) -> int:
        """Turn items last served before that instant into tombstones: the text goes, the identity stays."""
        statement = (
            update(items)
            .where(last_served(before), HAS_TEXT)
            .values(state=ItemState.TOMBSTONE.value, text="", html="", more={}, judgement=None)
        )
        return self._connection.execute(statement).rowcount

    def forget(self, before: datetime) -> int:
        """Remove tombstones, and their keys, last served before that instant (two years ago or more)."""
        old = select(items.c.id).where(last_served(before), items.c.state == ItemState.TOMBSTONE.value)
        self._connection.execute(delete(item_aliases).where(item_aliases.c.item_id.in_(old)))
        return self._connection.execute(delete(items).where(items.c.id.in_(old))).rowcount

    def _items(self, query: Select[Any]) -> list[Item]:
        found = [dict(row) for row in self._connection.execute(query).mappings()]
        keys: dict[str, list[str]] = {row["id"]: [] for row in found}
        for part in _chunks(keys):
            asked = select(item_aliases.c.item_id, item_aliases.c.alias).where(
                item_aliases.c.item_id.in_(part)
            )
            for item_id, alias in self._connection.execute(asked.order_by(item_aliases.c.alias)):
                keys[item_id].append(alias)
        return [_item(row, tuple(keys[row["id"]])) for row in found]


def _chunks(ids: Iterable[str]) -> Iterable[list[str]]:
    wanted = list(dict.fromkeys(ids))
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))


def _row(item: Item) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(item, name) for name in _COLUMNS}
    row["more"] = {
        name: to_plain(value) if name in _TO_TURN else value
        for name in _MORE
        if name != "aliases" and (value := getattr(item, name)) != _DEFAULTS[name]
    }
    row["judgement"] = to_plain(item.judgement) if item.judgement else None
    judged = item.judgement.judged_fingerprint if item.judgement else None
    row["judged_fingerprint"] = judged if judged == item.fingerprint else None
    return row


def _item(row: dict[str, Any], aliases: tuple[str, ...]) -> Item:
    more, judgement = row.pop("more"), row.pop("judgement")
    make = makers(Item)
    row["state"] = ItemState(row["state"])
    return Item(
        **row,
        **{name: make[name](value) for name, value in more.items() if name in make},
        aliases=aliases,
        judgement=from_plain(Judgement, judgement) if judgement else None,
    )
