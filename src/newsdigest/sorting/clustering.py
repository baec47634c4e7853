"""
From pairs to stories: from the best score down, with a veto.

Joining every pair above a threshold chains strangers together (A like B, B like C). Here the
best pair is joined first, and two groups are only joined if no two of their members in one
language differ: a group holding "meeting no. 14" refuses "meeting no. 15", although both may be
like an announcement that names neither. Refused: average and complete linkage, which split long
chains of edits.

What an editor said comes before any score: "the same" is joined first, without asking; two
groups holding a pair of "never these two" are never joined.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

VETO_MEMBERS = 6
"""Members a side compared for the veto; stories told more often than that agree enough by then."""


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """A pair of items that may tell the same news, a < b; ordered best first."""

    rank: float  # minus the score, so that plain sorting gives the best first
    a: str
    b: str


class Groups:
    """Disjoint groups of item ids that are joined step by step."""

    def __init__(self, ids: Iterable[str], *, never: Iterable[tuple[str, str]] = ()) -> None:
        self._group = {id_: id_ for id_ in ids}
        self.members = {id_: [id_] for id_ in self._group}
        self._never: dict[str, set[str]] = {}
        for a, b in never:
            self._never.setdefault(a, set()).add(b)
            self._never.setdefault(b, set()).add(a)

    def of(self, id_: str) -> str:
        """Return the name of the group an item is in."""
        return self._group[id_]

    def is_forbidden(self, a: str, b: str) -> bool:
        """Whether joining the groups of two items would bring together what an editor parted."""
        theirs = set(self.members[self.of(b)])
        return any(self._never.get(id_, set()) & theirs for id_ in self.members[self.of(a)])

    def join(self, a: str, b: str) -> None:
        """Put the groups of two items together; the smaller name stays."""
        keep, go = sorted((self.of(a), self.of(b)))
        if keep == go:
            return
        for id_ in self.members[go]:
            self._group[id_] = keep
        self.members[keep] = sorted(self.members[keep] + self.members.pop(go))

    def all(self) -> list[list[str]]:
        """Return the groups, each sorted, by their smallest id."""
        return [self.members[name] for name in sorted(self.members)]


def cluster(
    groups: Groups,
    edges: Iterable[Edge],
    *,
    together: Iterable[tuple[str, str]] = (),
    differ: Callable[[str, str], bool],
) -> Groups:
    """
    Join groups along edges from the best down and return them.

    The outcome depends on the set of edges only, not on their order.

    Args:
        groups: Where to start, with editors' "never these two".
        together: Pairs an editor joined.
        differ: Whether two items cannot tell the same news, for the veto.
    """
    for a, b in sorted(together):
        if not groups.is_forbidden(a, b):
            groups.join(a, b)
    for edge in sorted(edges):
        first, second = groups.of(edge.a), groups.of(edge.b)
        if first == second or groups.is_forbidden(edge.a, edge.b):
            continue
        ours, theirs = _speakers(groups, edge.a, differ), _speakers(groups, edge.b, differ)
        if any(differ(a, b) for a in ours for b in theirs):
            continue
        groups.join(edge.a, edge.b)
    return groups


def _speakers(groups: Groups, id_: str, differ: Callable[[str, str], bool]) -> list[str]:
    """
    The members that may veto when their group is joined through one of them.

    Whom an editor put beside an item although the judge holds the two for different news has no
    say about what that item is like.
    """
    members = groups.members[groups.of(id_)]
    others = [member for member in members if member != id_ and not differ(member, id_)]
    return [id_, *others[: VETO_MEMBERS - 1]]
