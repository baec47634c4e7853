"""
The same entry again? (feeds spec, section 3)

An entry is known by any of its keys (aliases): the raw guid, the guid without scheme and
host, the canonical link, title and day, title and text. Which keys can be trusted is
learnt per source and kept (sticky), because a policy that flips sends everything
again. A key that two different entries of one document share tells nothing and is
written down as ambiguous.

Refused: guid first, then link, then title, with nothing further when the guid changes
(most readers): a move to https mails a whole feed again.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from enum import StrEnum
from typing import TYPE_CHECKING

from newsdigest.collecting.sameness import normalised
from newsdigest.model import ids
from newsdigest.model.entries import Entry
from newsdigest.text import urls

if TYPE_CHECKING:
    # Not at run time: the children import this module, and need nothing of the store.
    from newsdigest.ports.storage.items import ItemHead

LONG_TEXT = 200
"""Characters from which equal title and text mean the same entry, whatever its link and date."""
ROTATING = 3
"""Known entries that came with another guid on one look; from then on guids tell nothing here."""
RELAUNCHED = 3
"""Unknown entries under known headlines on one look that mean old posts were issued again."""
MAX_AMBIGUOUS = 60


class Change(StrEnum):
    """What an entry is to us."""

    NEW = "new"
    CHANGED = "changed"
    SEEN = "seen"
    REISSUED = "reissued"  # known text under a new guid, link and date


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """
    An entry with its keys.

    Attributes:
        text: The body as plain text.
        keys: kind (g, h, l, t, x, n) to alias; `n` is the bare headline, which only tells in a flood.
        fingerprint: Of the normalised title and text.
    """

    entry: Entry
    title: str
    text: str
    keys: Mapping[str, str]
    fingerprint: str

    @property
    def day(self) -> str:
        """The day of publication, "" where unknown."""
        return self.entry.published.astimezone(UTC).date().isoformat() if self.entry.published else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    What was learnt about a source's keys; only ever grows.

    Attributes:
        distrusted: Kinds that tell nothing here, e.g. `g` for guids that rotate.
        ambiguous: Aliases that stood on different entries.
    """

    distrusted: frozenset[str] = frozenset()
    ambiguous: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, text: str) -> Policy:
        """Return the policy written by `str`."""
        kinds, _, aliases = text.partition(";")
        return cls(distrusted=frozenset(kinds), ambiguous=frozenset(aliases.split()))

    def __str__(self) -> str:
        if not self.distrusted and not self.ambiguous:
            return ""
        return f"{''.join(sorted(self.distrusted))};{' '.join(sorted(self.ambiguous))}"

    def without(self, *, kinds: Iterable[str] = (), aliases: Iterable[str] = ()) -> Policy:
        """Return the policy that trusts these no more."""
        distrusted = self.distrusted | frozenset(kinds)
        ambiguous = self.ambiguous | frozenset(aliases)
        if len(ambiguous) > MAX_AMBIGUOUS:
            counts: dict[str, int] = defaultdict(int)
            for alias in ambiguous:
                counts[alias[0]] += 1
            distrusted |= {kind for kind, count in counts.items() if count > MAX_AMBIGUOUS // 2}
            ambiguous = frozenset(alias for alias in ambiguous if alias[0] not in distrusted)
        return Policy(distrusted=distrusted, ambiguous=ambiguous)

    def trusts(self, alias: str) -> bool:
        """Tell whether an alias says anything here."""
        if not self.distrusted and not self.ambiguous:
            return True
        kind = "g" if alias[0] == "h" else alias[0]
        return kind not in self.distrusted and alias[0] not in self.distrusted and alias not in self.ambiguous

    def words(self) -> list[str]:
        """Return in plain words what was learnt."""
        said = {
            "g": "guids change at every look or repeat; entries are told by their links",
            "l": "links repeat; entries are told by guid and title",
            "t": "titles repeat on one day",
            "x": "texts repeat",
        }
        found = [said[kind] for kind in sorted(self.distrusted) if kind in said]
        if self.ambiguous:
            found.append(f"{len(self.ambiguous)} keys stood on different entries and are not used")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an entry is to us, and the stored item it is, if any."""

    candidate: Candidate
    change: Change
    item_id: str
    aliases: tuple[str, ...]
    is_new_alias: bool = False


def candidate(entry: Entry, *, title: str, text: str, source_id: str) -> Candidate:
    """Return the entry with its keys."""
    words, body = normalised(title), normalised(text)
    fingerprint = ids.derive("fingerprint", words, body)
    keys: dict[str, str] = {}
    guid = (entry.guid or "").strip()
    # A guid that is just the headline is as weak as the headline.
    if guid and not (entry.url and normalised(guid) == words):
        keys["g"] = _alias("g", guid)
        rest = urls.without_host(guid)
        if rest != guid and len(rest.strip("/")) > 1:
            keys["h"] = _alias("h", rest)
    if entry.url and (page := urls.canonical(entry.url)).strip("/").count("/"):
        keys["l"] = _alias("l", page)
    elif entry.url and "?" in entry.url:
        keys["l"] = _alias("l", urls.canonical(entry.url))
    if words and entry.published:
        day = entry.published.astimezone(UTC).date().isoformat()
        keys["t"] = _alias("t", words, day, source_id)
    elif words and not guid and "l" not in keys:
        keys["t"] = _alias("t", words, "", source_id)
    if words and len(body) >= LONG_TEXT:
        keys["x"] = _alias("x", words, body)
    if len(words.split()) >= 3:
        keys["n"] = _alias("n", words, source_id)
    if not keys.keys() - {"n"}:
        keys["t"] = _alias("t", words or body or entry.url or guid, "", source_id)
    return Candidate(entry=entry, title=title, text=text, keys=keys, fingerprint=fingerprint)


def _alias(kind: str, *parts: str) -> str:
    return f"{kind}:{ids.derive(*parts)}"


def distinct(candidates: Sequence[Candidate]) -> tuple[list[Candidate], set[str]]:
    """
    Return the entries of one document, each once, and the aliases that stand on different ones.

    The first of two equal entries counts: feeds list the newest first.
    """
    ambiguous: set[str] = set()
    by_alias: dict[str, list[Candidate]] = defaultdict(list)
    kept: list[Candidate] = []
    for one in candidates:
        is_double = False
        clashes: set[str] = set()
        for kind, alias in one.keys.items():
            if kind == "n":
                continue
            for other in by_alias[alias]:
                if _differ(one, other, alias[0]):
                    clashes.add(alias)
                else:
                    is_double = True
        if is_double and not _differs_from_all(one, by_alias, clashes):
            continue
        ambiguous |= clashes
        kept.append(one)
        for alias in one.keys.values():
            by_alias[alias].append(one)
    return kept, ambiguous


def _differs_from_all(one: Candidate, by_alias: Mapping[str, list[Candidate]], clashes: set[str]) -> bool:
    """Whether every entry that shares a clean key also clashes in another: then it is one of its own."""
    return not any(
        alias not in clashes and by_alias.get(alias) for kind, alias in one.keys.items() if kind != "n"
    )


def _differ(one: Candidate, other: Candidate, kind: str) -> bool:
    """Tell whether two entries of one document that share a key of that kind are different entries."""
    links = _unlike(one, other, "l")
    guids = _unlike(one, other, "g")
    titles = normalised(one.title) != normalised(other.title)
    days = bool(one.day and other.day and one.day != other.day)
    match kind:
        case "g" | "h":
            return titles or (links and days)
        case "l":
            return titles or (guids and days)
        case "t":
            return guids or links
        case _:
            return guids and links and days


def _unlike(one: Candidate, other: Candidate, kind: str) -> bool:
    a, b = one.keys.get(kind), other.keys.get(kind)
    return a is not None and b is not None and a != b


def compare(
    candidates: Sequence[Candidate],
    *,
    source_id: str,
    known: Mapping[str, str],
    heads: Mapping[str, ItemHead],
    policy: Policy,
) -> tuple[list[Verdict], Policy]:
    """
    Return what each entry is to us, and the policy with what this look taught.

    Args:
        candidates: All of one document.
        known: Alias to item id, as stored for this source.
        heads: Of the items `known` names.
    """
    kept, ambiguous = distinct(candidates)
    policy = policy.without(aliases=ambiguous)
    matched: list[tuple[Candidate, str | None, str]] = []
    contradicted: set[str] = set()
    for one in kept:
        item_id, kind, against = _match(one, known=known, heads=heads, policy=policy)
        contradicted |= against
        matched.append((one, item_id, kind))
    rotated = sum(
        1
        for one, item_id, kind in matched
        if item_id
        and kind in ("l", "t")
        and one.keys.get("g")
        and one.keys["g"] not in known
        and heads[item_id].guid
    )
    total = sum(1 for _, item_id, _ in matched if item_id)
    policy = policy.without(aliases=contradicted)
    if rotated >= ROTATING and rotated * 2 > total and _rotates_without_reason(matched, heads):
        policy = policy.without(kinds="g")
    matched = _reissues(matched, known=known, heads=heads)
    taken: set[str] = set()
    used = set(known.values())
    verdicts = []
    for one, item_id, kind in matched:
        # Two entries cannot both be one stored item; the second is its own.
        if item_id in taken:
            item_id = None
        verdict = _verdict(
            one, item_id, kind, source_id=source_id, known=known, heads=heads, policy=policy, used=used
        )
        taken.add(verdict.item_id)
        used.add(verdict.item_id)
        verdicts.append(verdict)
    return verdicts, policy


def _rotates_without_reason(
    matched: Sequence[tuple[Candidate, str | None, str]], heads: Mapping[str, ItemHead]
) -> bool:
    """Whether guids changed although nothing moved: a move to another host changes them once, rightly."""
    for one, item_id, kind in matched:
        if not item_id or kind not in "lt" or not one.entry.guid:
            continue
        before = heads[item_id].guid or ""
        if urls.without_host(before) == urls.without_host(one.entry.guid):
            return False
        if one.entry.url and heads[item_id].url and urls.host(one.entry.url) != urls.host(heads[item_id].url):
            return False
    return True


def _reissues(
    matched: list[tuple[Candidate, str | None, str]],
    *,
    known: Mapping[str, str],
    heads: Mapping[str, ItemHead],
) -> list[tuple[Candidate, str | None, str]]:
    """
    Recognise a relaunch: several unknown entries under headlines that are all known.

    One such entry may be next month's get-together; several at once are old posts under new
    guids, links and dates (domain spec, section 6, level c).
    """
    served = {item_id for _, item_id, _ in matched if item_id}
    again = {}
    for number, (one, item_id, _) in enumerate(matched):
        old = known.get(one.keys.get("n", ""))
        if item_id is None and old in heads and old not in served:
            again[number] = old
    new = sum(1 for _, item_id, _ in matched if item_id is None)
    if len(again) < RELAUNCHED or len(again) * 2 <= new or len(set(again.values())) < len(again):
        return matched
    return [
        (one, again[number], "n") if number in again else (one, item_id, kind)
        for number, (one, item_id, kind) in enumerate(matched)
    ]


def _match(
    one: Candidate, *, known: Mapping[str, str], heads: Mapping[str, ItemHead], policy: Policy
) -> tuple[str | None, str, set[str]]:
    """Return the item an entry is, by which kind of key, and the keys that were contradicted."""
    against: set[str] = set()
    for kind in ("g", "h", "l", "t", "x"):
        alias = one.keys.get(kind)
        if alias is None or not policy.trusts(alias) or alias not in known:
            continue
        head = heads.get(known[alias])
        if head is None:
            continue
        if _contradicts(one, head, kind, policy):
            against.add(alias)
            continue
        return head.id, "g" if kind == "h" else kind, against
    return None, "", against


def _contradicts(one: Candidate, head: ItemHead, kind: str, policy: Policy) -> bool:
    """
    Tell whether the rest of an entry speaks against the item its key names.

    A guid or a link that wanders from one piece of news to the next (a feed with one entry,
    a link to the home page) would otherwise swallow every later entry.
    """
    title = _are_other_titles(one.title, head.title)
    day = bool(head.published and one.day and head.published.astimezone(UTC).date().isoformat() != one.day)
    undated = not (head.published and one.day)
    link = bool(
        "l" in one.keys
        and head.url
        and "l" not in policy.distrusted
        and urls.canonical(head.url) != urls.canonical(one.entry.url or "")
    )
    guid = bool(one.entry.guid and head.guid and "g" not in policy.distrusted and one.entry.guid != head.guid)
    same_path = bool(
        one.entry.guid and head.guid and urls.without_host(one.entry.guid) == urls.without_host(head.guid)
    )
    match kind:
        case "g" | "h":
            has_link = "l" in one.keys
            return title and (link or not has_link) and (day or (undated and link))
        case "l":
            return title and guid and not same_path and (day or undated)
        case "t":
            # Another guid and link under one headline on one day: two notices, unless the text is the same.
            return bool(guid and link and not same_path and one.fingerprint != head.fingerprint)
        case _:
            return False


def _are_other_titles(a: str, b: str) -> bool:
    """Tell whether two titles are of different news: few words in common, or another number in a series."""
    numbers = [set(re.findall(r"\d+", title)) for title in (a, b)]
    return _similarity(a, b) < 0.5 or numbers[0] != numbers[1]


def _similarity(a: str, b: str) -> float:
    """Return the share of words two titles have in common, 0 to 1."""
    one, two = set(normalised(a).split()), set(normalised(b).split())
    return len(one & two) / max(len(one | two), 1)


def _verdict(
    one: Candidate,
    item_id: str | None,
    kind: str,
    *,
    source_id: str,
    known: Mapping[str, str],
    heads: Mapping[str, ItemHead],
    policy: Policy,
    used: set[str],
) -> Verdict:
    aliases = tuple(alias for alias in one.keys.values() if policy.trusts(alias))
    if item_id is None:
        made = _new_id(one, source_id=source_id, policy=policy, used=used)
        return Verdict(candidate=one, change=Change.NEW, item_id=made, aliases=aliases, is_new_alias=True)
    if kind in ("x", "n"):
        change = Change.REISSUED
    elif heads[item_id].fingerprint != one.fingerprint:
        change = Change.CHANGED
    else:
        change = Change.SEEN
    fresh = any(alias not in known for alias in aliases)
    return Verdict(candidate=one, change=change, item_id=item_id, aliases=aliases, is_new_alias=fresh)


def _new_id(one: Candidate, *, source_id: str, policy: Policy, used: set[str]) -> str:
    """Return the id from guid, else link, else title; from all where the strongest is used already."""
    plain = {"g": one.entry.guid, "l": one.entry.url}
    for kind in "gl":
        alias, text = one.keys.get(kind), plain[kind]
        if alias and text and policy.trusts(alias) and (made := ids.item_id(source_id, text)) not in used:
            return made
    return ids.item_id(
        source_id, "\x1e".join((one.entry.guid or "", one.entry.url or "", one.title, one.day))
    )
