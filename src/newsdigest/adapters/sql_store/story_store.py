"""Stories with their members and reasons, corrections, and the candidate index."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select

from newsdigest.adapters.sql_store.audit_store import insert_for
from newsdigest.adapters.sql_store.tables_stories import (
    corrections,
    stories,
    story_matches,
    story_members,
    story_queue,
    story_traces,
    story_words,
)
from newsdigest.model.stories import Correction, CorrectionRecord, Match, MatchState, Story, Trace

BATCH = 400
"""Values in one IN list; SQLite's oldest limit is 999."""

KEY_BATCH = 64
"""Keys in one look at the index. The statement is always this long, so that it is compiled once."""

SHOWN = (MatchState.MERGED.value, MatchState.PROPOSED.value, MatchState.ATTACHED.value)


class SQLStoryStore:
    """See `ports.storage.stories.StoryStore`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # Stories

    def put(self, stories_: Iterable[Story]) -> None:
        """Insert or replace stories with their members and matches."""
        made = list(stories_)
        ids = [story.id for story in made]
        for part in _parts(ids):
            self._connection.execute(delete(story_members).where(story_members.c.story_id.in_(part)))
        if made:
            self._upsert(stories, "id", [_story_row(story) for story in made])
        members = [row for story in made for row in _member_rows(story)]
        if members:
            self._upsert(story_members, "item_id", members)
        self.put_matches(match for story in made for match in story.matches)

    def remove(self, story_ids: Iterable[str]) -> None:
        """Forget stories whose items have all gone to others."""
        for part in _parts(story_ids):
            self._connection.execute(delete(story_members).where(story_members.c.story_id.in_(part)))
            self._connection.execute(delete(stories).where(stories.c.id.in_(part)))

    def get(self, story_ids: Iterable[str]) -> dict[str, Story]:
        """Return the stories that exist, by id."""
        made: dict[str, Story] = {}
        for part in _parts(story_ids):
            rows = self._connection.execute(select(stories).where(stories.c.id.in_(part))).all()
            query = select(story_members).where(story_members.c.story_id.in_(part))
            members: dict[str, list[Any]] = defaultdict(list)
            for row in self._connection.execute(
                query.order_by(story_members.c.story_id, story_members.c.position)
            ):
                members[row.story_id].append(row)
            of = {row.item_id: story_id for story_id, found in members.items() for row in found}
            matches = self._matches(of)
            for row in rows:
                made[row.id] = _story(row, members[row.id], matches.get(row.id, ()))
        return made

    def of_items(self, item_ids: Iterable[str]) -> dict[str, str]:
        """Return item id to story id."""
        columns = (story_members.c.item_id, story_members.c.story_id)
        made: dict[str, str] = {}
        for part in _parts(item_ids):
            found = self._connection.execute(select(*columns).where(story_members.c.item_id.in_(part)))
            made.update((row.item_id, row.story_id) for row in found)
        return made

    def seen_since(self, since: datetime | None) -> Sequence[Story]:
        """Stories with an item first seen at or after that instant (all: None), newest last."""
        query = select(stories.c.id).order_by(stories.c.last_seen, stories.c.id)
        if since is not None:
            query = query.where(stories.c.last_seen >= since)
        ids = list(self._connection.execute(query).scalars())
        found = self.get(ids)
        return [found[id_] for id_ in ids]

    def put_matches(self, matches: Iterable[Match]) -> None:
        """Insert or replace by the pair of items."""
        rows = {
            (match.a, match.b): {
                "a": match.a, "b": match.b, "reason": match.reason, "score": match.score,
                "state": match.state.value, "level": match.level, "by": match.by,
            }
            for match in matches
        }  # fmt: skip
        if rows:
            statement = insert_for(self._connection, story_matches)
            new = {name: statement.excluded[name] for name in ("reason", "score", "state", "level", "by")}
            statement = statement.on_conflict_do_update(index_elements=["a", "b"], set_=new)
            self._connection.execute(statement, list(rows.values()))

    def attached(self, item_ids: Iterable[str]) -> list[Match]:
        """Return the matches between those items and round-ups of other stories, or the other way about."""
        made: dict[tuple[str, str], Match] = {}
        for part in _parts(item_ids):
            touching = or_(story_matches.c.a.in_(part), story_matches.c.b.in_(part))
            query = select(story_matches).where(touching, story_matches.c.state == MatchState.ATTACHED.value)
            for row in self._connection.execute(query).mappings():
                made[row["a"], row["b"]] = Match(**{**row, "state": MatchState.ATTACHED})
        return [made[key] for key in sorted(made)]

    # Corrections

    def correct(self, record: CorrectionRecord) -> None:
        """Keep a correction; the same one twice is one."""
        row = {
            "id": record.id, "what": record.what.value, "subject": record.subject, "other": record.other,
            "before": record.before, "after": record.after, "by": record.by, "at": record.at,
        }  # fmt: skip
        self._connection.execute(insert_for(self._connection, corrections).on_conflict_do_nothing(), row)

    def corrections(self) -> Sequence[CorrectionRecord]:
        """All of them, oldest first."""
        query = select(corrections).order_by(corrections.c.at, corrections.c.id)
        return [
            CorrectionRecord(**{**row, "what": Correction(row["what"])})
            for row in self._connection.execute(query).mappings()
        ]

    # Candidate index

    def enqueue(self, items: Iterable[tuple[str, datetime]]) -> None:
        """Put judged items before grouping, each with its publication (else first seen)."""
        rows = [{"item_id": item_id, "at": at} for item_id, at in items]
        if rows:
            self._upsert(story_queue, "item_id", rows)

    def queued(self, *, limit: int) -> Sequence[str]:
        """Return ids of items that wait for grouping, by that instant and id."""
        query = select(story_queue.c.item_id).order_by(story_queue.c.at, story_queue.c.item_id).limit(limit)
        return list(self._connection.execute(query).scalars())

    def dequeue(self, item_ids: Iterable[str]) -> None:
        """Take items off the list."""
        for part in _parts(item_ids):
            self._connection.execute(delete(story_queue).where(story_queue.c.item_id.in_(part)))

    def put_traces(self, traces: Iterable[Trace]) -> None:
        """Insert or replace by item id, with the keys of the candidate index and the word counts."""
        made = {trace.item_id: trace for trace in traces}
        self._forget_traces(made)
        if not made:
            return
        rows = [
            {
                "item_id": trace.item_id, "fingerprint": trace.fingerprint, "seen": trace.seen,
                "words": array("I", trace.words).tobytes(), "keys": array("I", trace.keys).tobytes(),
                "data": trace.data,
            }
            for trace in made.values()
        ]  # fmt: skip
        self._connection.execute(insert(story_traces), rows)
        self._add_keys(made)
        self._count_words(Counter(word for trace in made.values() for word in set(trace.words)))

    def traces(self, item_ids: Iterable[str]) -> dict[str, Trace]:
        """Return what is kept of those items, without their keys."""
        columns = [story_traces.c[name] for name in ("item_id", "fingerprint", "seen", "data")]
        made: dict[str, Trace] = {}
        for part in _parts(item_ids):
            query = select(*columns).where(story_traces.c.item_id.in_(part))
            for row in self._connection.execute(query):
                made[row.item_id] = Trace(
                    item_id=row.item_id, fingerprint=row.fingerprint, seen=row.seen, data=bytes(row.data)
                )
        return made

    def prune_traces(self, before: datetime) -> int:
        """Drop traces of items first seen before that instant; return how many."""
        gone = 0
        query = select(story_traces.c.item_id).where(story_traces.c.seen < before).limit(BATCH)
        while ids := list(self._connection.execute(query).scalars()):
            self._forget_traces(ids)
            gone += len(ids)
        return gone

    def candidates(self, keys: Iterable[int], *, per_key: int) -> dict[int, list[int]]:
        """Return the numbers of the newest items (at most `per_key`) for each key that has any."""
        found: dict[int, list[int]] = {}
        # Straight to the driver: naming and binding sixty-four parameters costs more than the look.
        statement = _look(per_key, self._mark)
        for part in _parts(sorted(set(keys)), KEY_BATCH):
            padded = (*part, *[-1] * (KEY_BATCH - len(part)))
            # All at once: asked for one by one, rows cost more than the look.
            for key, number in self._connection.exec_driver_sql(statement, padded).fetchall():
                found.setdefault(key, []).append(number)
        return found

    def numbered(self, numbers: Iterable[int]) -> dict[int, str]:
        """Return number to item id."""
        made: dict[int, str] = {}
        marks = ", ".join([self._mark] * BATCH)
        statement = f"SELECT number, item_id FROM story_traces WHERE number IN ({marks})"  # noqa: S608 - marks only
        for part in _parts(sorted(numbers)):
            padded = (*part, *[-1] * (BATCH - len(part)))
            made.update(tuple(row) for row in self._connection.exec_driver_sql(statement, padded).fetchall())
        return made

    def word_counts(self, words: Iterable[int]) -> Mapping[int, int]:
        """Return in how many kept items each word occurs; absent means none."""
        made: dict[int, int] = {}
        marks = ", ".join([self._mark] * BATCH)
        statement = f"SELECT word, items FROM story_words WHERE word IN ({marks})"  # noqa: S608 - marks only
        for part in _parts(sorted(set(words))):
            padded = (*part, *[-1] * (BATCH - len(part)))
            rows = self._connection.exec_driver_sql(statement, padded).fetchall()
            made.update((word, items) for word, items in rows)
        return made

    def count_traces(self) -> int:
        """Return of how many items traces are kept."""
        return self._connection.execute(select(func.count()).select_from(story_traces)).scalar_one()

    # Helpers

    @property
    def _mark(self) -> str:
        """The driver's mark for a parameter."""
        return "%s" if self._connection.dialect.name == "postgresql" else "?"

    def _forget_traces(self, item_ids: Iterable[str]) -> None:
        for part in _parts(item_ids):
            query = select(story_traces).where(story_traces.c.item_id.in_(part))
            rows = self._connection.execute(query).all()
            if not rows:
                continue
            counts: Counter[int] = Counter()
            keys: list[tuple[int, ...]] = []
            for row in rows:
                counts.update(dict.fromkeys(set(_numbers(row.words)), -1))
                day = _day(row.seen)
                keys += [(key, day, row.number) for key in set(_numbers(row.keys))]
            self._many("DELETE FROM story_keys WHERE key = ? AND day = ? AND number = ?", keys)
            self._count_words(counts)
            numbers = [row.number for row in rows]
            self._connection.execute(delete(story_traces).where(story_traces.c.number.in_(numbers)))

    def _add_keys(self, traces: Mapping[str, Trace]) -> None:
        numbers: dict[str, int] = {}
        for part in _parts(traces):
            query = select(story_traces.c.item_id, story_traces.c.number).where(
                story_traces.c.item_id.in_(part)
            )
            numbers.update((row.item_id, row.number) for row in self._connection.execute(query))
        rows = [
            (key, _day(trace.seen), numbers[trace.item_id])
            for trace in traces.values()
            for key in set(trace.keys)
        ]
        # In the order of the table's key: neighbouring rows land on the same page.
        self._many("INSERT INTO story_keys (key, day, number) VALUES (?, ?, ?)", sorted(rows))

    def _count_words(self, counts: Mapping[int, int]) -> None:
        rows = [(word, count) for word, count in sorted(counts.items()) if count]
        self._many(
            "INSERT INTO story_words (word, items) VALUES (?, ?)"
            " ON CONFLICT (word) DO UPDATE SET items = story_words.items + excluded.items",
            rows,
        )
        for part in _parts([word for word, count in rows if count < 0]):
            gone = story_words.c.word.in_(part) & (story_words.c["items"] <= 0)
            self._connection.execute(delete(story_words).where(gone))

    def _many(self, statement: str, rows: Sequence[tuple[int, ...]]) -> None:
        """Write rows of whole numbers straight through the driver; naming each parameter would double the cost."""
        if rows:
            self._connection.exec_driver_sql(statement.replace("?", self._mark), list(rows))

    def _matches(self, of: Mapping[str, str]) -> dict[str, list[Match]]:
        """Matches among items of one story, best first."""
        made: dict[str, dict[tuple[str, str], Match]] = defaultdict(dict)
        for part in _parts(of):
            touching = or_(story_matches.c.a.in_(part), story_matches.c.b.in_(part))
            query = select(story_matches).where(touching, story_matches.c.state.in_(SHOWN))
            for row in self._connection.execute(query).mappings():
                if of.get(row["a"], "?") == of.get(row["b"], "!"):
                    match = Match(**{**row, "state": MatchState(row["state"])})
                    made[of[match.a]][(match.a, match.b)] = match
        return {
            id_: sorted(found.values(), key=lambda m: (-m.score, m.a, m.b)) for id_, found in made.items()
        }

    def _upsert(self, target: Any, key: str, rows: list[dict[str, Any]]) -> None:
        statement = insert_for(self._connection, target)
        new = {name: statement.excluded[name] for name in rows[0] if name != key}
        self._connection.execute(statement.on_conflict_do_update(index_elements=[key], set_=new), rows)


def _look(per_key: int, mark: str) -> str:
    """One statement for KEY_BATCH keys, each reading its newest rows only."""
    order = f"ORDER BY day DESC, number DESC LIMIT {int(per_key)}"
    newest = f"SELECT key, number FROM story_keys WHERE key = {mark} {order}"  # noqa: S608 - our own text
    return " UNION ALL ".join(f"SELECT * FROM ({newest}) AS t{place}" for place in range(KEY_BATCH))  # noqa: S608


def _parts(values: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    steps = iter(values)
    while part := list(islice(steps, size)):
        yield part


def _numbers(packed: bytes) -> array[int]:
    found = array("I")
    found.frombytes(bytes(packed))
    return found


def _day(seen: datetime) -> int:
    return int(seen.timestamp() // 86400)


def _story_row(story: Story) -> dict[str, Any]:
    assert story.first_seen is not None, "a stored story has items, and items have been seen"
    return {
        "id": story.id, "first_seen": story.first_seen, "last_seen": story.last_seen or story.first_seen,
        "leads": [list(lead) for lead in story.lead_by_language],
    }  # fmt: skip


def _member_rows(story: Story) -> Iterator[dict[str, Any]]:
    states = [(id_, MatchState.MERGED) for id_ in story.item_ids]
    states += [(id_, MatchState.PROPOSED) for id_ in story.proposed_ids]
    for position, (item_id, state) in enumerate(states):
        yield {"item_id": item_id, "story_id": story.id, "position": position, "state": state.value}


def _story(row: Any, members: Sequence[Any], matches: Sequence[Match]) -> Story:
    return Story(
        id=row.id,
        item_ids=tuple(member.item_id for member in members if member.state == MatchState.MERGED.value),
        proposed_ids=tuple(member.item_id for member in members if member.state == MatchState.PROPOSED.value),
        lead_by_language=tuple((language, item_id) for language, item_id in row.leads),
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        matches=tuple(matches),
    )
