"""
What grouping looks at in an item: computed once, packed into a trace, and compared many times.

Words are held as 32-bit hashes, because two items are compared far more often than they are
shown. Only the beginning of a text is read (`MAX_WORDS`): copies are cut at the end, never at
the start, and a text of ten megabytes must not cost more than a long one.

Three vocabularies stand side by side. *Words* as written and folded: names and house words,
equal in all languages. *Stems*, the first letters of a word in a spelling in which German and
English cognates agree (`Zentrum`, `centre`). *Concepts*, words of either language looked up in
a small lexicon of the trade (`Krankenhausplan`: hospital and plan).
"""

from __future__ import annotations

import json
import math
import re
import struct
import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from newsdigest.model.items import Item
from newsdigest.sorting import facts_in_text, lexicon
from newsdigest.text import folding, urls

MAX_WORDS = 700
MAX_CHARACTERS = 12_000
LEAD_CHARACTERS, MOST_BEYOND = 320, 150
MAX_NAMES = 40
MAX_LINKS = 12
VECTOR_CHARACTERS = 240
SHINGLE_WORDS = 3
SAMPLED_SHINGLES = 24
SPREAD = 0x9E3779B1
"""Multiplied, hashes of neighbouring texts lie far apart; CRC alone is linear and its smallest no fair sample."""
STEM_LETTERS = 5
FINDING_TYPES = "ardv"
VERSION = "2"
"""Grows when packed features change; older traces are then made anew."""

_CUT = re.compile(r"(?:…|\.\.\.|\[\s*(?:…|\.\.\.)\s*\])\W*$")
_DIGIT = re.compile(r"\d")
_NAME = re.compile(r"\b[A-ZÄÖÜ][\w&-]*\w")
_FULL_NAME = re.compile(r"\b[A-ZÄÖÜ][\w&-]*\w(?: [A-ZÄÖÜ][\w&-]*\w)+")
_URL = re.compile(r"https?://[^\s<>\"']{8,300}")
_HREF = re.compile(r"href=\"(https?://[^\"]{8,300})\"")
_PATH = re.compile(r"://[^/]+/[^/?#]{3}")
_COGNATES = (
    ("sch", "s"), ("ph", "f"), ("th", "t"), ("qu", "kv"), ("x", "ks"), ("z", "s"), ("ck", "k"), ("ce", "se"),
    ("ci", "si"), ("cy", "si"), ("c", "k"),
    ("y", "i"), ("w", "v"), ("ae", "a"), ("oe", "o"), ("ue", "u"), ("ou", "u"), ("oo", "u"),
)  # fmt: skip


@dataclass(frozen=True)
class Features:
    """
    One item as grouping sees it.

    Attributes:
        house: Who speaks; texts of one house share templates.
        day: Publication (else first seen) in days since 1970, with fraction.
        documents: Hashes of what names the same document: canonical URL, guid, URLs of translations.
        page: Hash of the address without fragment where it has one, else 0: items of one page.
        title: Folded words of the title, in order, hashed.
        words, shingles, stems, concepts: Sorted distinct hashes.
        short_words: Those too short for a stem.
        title_concepts, title_stems: The same of the title alone.
        title_facts, lead_facts, facts: Hard facts; each holds the one before.
        names: Capitalised words as written, for reasons.
        couples: Words that stand side by side with capitals (Mareike Tannert, Precision Park), two hashes each.
        links: Hashes of addresses in the text, to be compared with others' `documents`.
        is_cut: The text ends in the middle.
        length: Words of the text that were read.
        text_hash: Of the whole folded text.
        vector: Sentence vector as signed bytes; empty without the extra.
    """

    id: str
    source: str
    house: str
    language: str
    day: float
    kind: str
    documents: tuple[int, ...]
    page: int
    title: tuple[int, ...]
    words: array[int]
    shingles: array[int]
    stems: array[int]
    concepts: array[int]
    short_words: tuple[int, ...]
    title_stems: tuple[int, ...]
    title_concepts: tuple[int, ...]
    title_facts: frozenset[str]
    lead_facts: frozenset[str]
    facts: frozenset[str]
    names: tuple[str, ...]
    couples: tuple[int, ...]
    links: tuple[int, ...]
    is_cut: bool
    length: int
    text_hash: int
    vector: bytes = b""

    @cached_property
    def fact_hashes(self) -> tuple[int, ...]:
        """Hashes of the facts that are rare enough to find another telling by."""
        return tuple(fact_hash(fact) for fact in self.facts if fact[0] in FINDING_TYPES or len(fact) > 5)

    @cached_property
    def telling(self) -> tuple[int, ...]:
        """Hashes by which another telling of the news is found: stems, short words, facts, concepts."""
        return tuple({*self.stems, *self.concepts, *self.fact_hashes, *self.short_words})

    @cached_property
    def sample(self) -> list[int]:
        """The smallest of the spread hashes of the word triples: a fair sample, ascending."""
        return sorted([value * SPREAD & 0xFFFFFFFF for value in self.shingles])[:SAMPLED_SHINGLES]

    @cached_property
    def vector_values(self) -> array[float]:
        """The sentence vector with a length of 100."""
        values = memoryview(self.vector).cast("b")
        length = math.sqrt(sum(value * value for value in values)) or 1.0
        return array("d", (100 * value / length for value in values))

    @cached_property
    def couple_set(self) -> frozenset[tuple[int, int]]:
        """Names of two words and more, by their neighbours in either order (LIN Chia-Hao)."""
        return frozenset(zip(self.couples[::2], self.couples[1::2], strict=True))

    @cached_property
    def telling_set(self) -> frozenset[int]:
        return frozenset(self.telling)

    @cached_property
    def title_stem_set(self) -> frozenset[int]:
        return frozenset(self.title_stems)

    @cached_property
    def title_concept_set(self) -> frozenset[int]:
        return frozenset(self.title_concepts)

    @cached_property
    def title_set(self) -> frozenset[int]:
        return frozenset(self.title)

    @cached_property
    def word_set(self) -> frozenset[int]:
        return frozenset(self.words)

    @cached_property
    def told_set(self) -> frozenset[int]:
        """Words of title and text."""
        return self.word_set | self.title_set

    @cached_property
    def name_set(self) -> frozenset[int]:
        """Words of its names; in German they hold the nouns too."""
        return frozenset().union(*map(name_hashes, self.names))

    @cached_property
    def shingle_set(self) -> frozenset[int]:
        return frozenset(self.shingles)

    @cached_property
    def stem_set(self) -> frozenset[int]:
        return frozenset(self.stems)

    @cached_property
    def concept_set(self) -> frozenset[int]:
        return frozenset(self.concepts)


def describe(
    *, item_id: str, source: str, house: str, language: str, day: float, title: str, text: str, kind: str = "",
    documents: Iterable[str] = (), links: Iterable[str] = (), page: str = "", vector: bytes = b"",
) -> Features:  # fmt: skip
    """
    Return the features of an item.

    Args:
        text: Without boilerplate; only its beginning is read.
        documents: Strings that name the same document wherever they occur (canonical URLs, guids).
        links: Such names of other documents that the text points to.
    """
    title, text = folding.scrub(title[:2_000]).strip(), folding.scrub(text[:MAX_CHARACTERS]).strip()
    folded_title, folded_text = folding.fold(title), folding.fold(text)
    title_words = folding.words_of_folded(folded_title)[:60]
    text_words = folding.words_of_folded(folded_text)[:MAX_WORDS]
    cut = _lead_end(folded_text)
    title_facts = facts_in_text.find(folded_title)
    lead_facts = title_facts | facts_in_text.find(folded_text[:cut])
    told = [word for word in dict.fromkeys(title_words + text_words) if _tells(word)]
    return Features(
        id=item_id, source=source, house=house, language=language, day=day, kind=kind,
        documents=tuple(sorted({_hash(name) for name in documents if name})),
        page=_hash(page) if page else 0,
        title=tuple(_hash(word) for word in title_words),
        words=array("I", sorted({_hash(word) for word in told})),
        shingles=array("I", sorted(_shingles(text_words or title_words))),
        stems=array("I", sorted(_stems(told))),
        concepts=array("I", sorted(lexicon.concepts(told, language))),
        short_words=tuple(sorted({_hash(word) for word in told if len(word) < STEM_LETTERS})),
        title_stems=tuple(sorted(_stems(title_words))),
        title_concepts=tuple(sorted(lexicon.concepts(title_words, language))),
        title_facts=title_facts,
        lead_facts=lead_facts,
        facts=lead_facts | facts_in_text.find(folded_text[cut:]),
        names=_names(title, text),
        couples=_couples(title, text),
        links=tuple(sorted({_hash(name) for name in links})),
        is_cut=bool(_CUT.search(text[-12:])) or not text,
        length=len(text_words),
        text_hash=_hash(" ".join(text_words)) if len(text_words) >= 8 else 0,
        vector=vector,
    )  # fmt: skip


def of_item(item: Item, *, house: str, language: str, kind: str = "", vector: bytes = b"") -> Features:
    """Return the features of a stored item."""
    guid = item.guid or ""
    documents = [_address(item.url), f"guid {house} {urls.without_host(guid)}" if guid else ""]
    if guid.startswith(("http://", "https://")):
        documents.append(_address(guid))
    documents += [_address(url) for _, url in item.alternates if url]
    return describe(
        item_id=item.id, source=item.source_id, house=house, language=language, kind=kind,
        day=(item.published or item.first_seen).timestamp() / 86_400,
        title=item.title, text=item.core_text or item.teaser, documents=documents,
        links=_links(item), page=urls.canonical(item.url) if "#" in item.url else "", vector=vector,
    )  # fmt: skip


def _links(item: Item) -> list[str]:
    """Addresses that the text or its markup points to, but for its own and its house's front page."""
    found = dict.fromkeys(
        [*_URL.findall(item.text[:MAX_CHARACTERS]), *_HREF.findall(item.html[: 4 * MAX_CHARACTERS])]
    )
    named = {_address(url.rstrip(".,;:)")) for url in list(found)[:MAX_LINKS] if _PATH.search(url)}
    return sorted(named - {_address(item.url)})


def _couples(title: str, text: str) -> tuple[int, ...]:
    found: dict[tuple[int, int], None] = {}
    for match in _FULL_NAME.finditer(f"{title} . {text[:3_000]}"):
        words = [word for word in folding.words(match[0]) if word not in lexicon.function_words()]
        for first, second in pairwise(words):
            one, other = sorted((_word_hash(first), _word_hash(second)))
            found[one, other] = None
    return tuple(hash_ for couple in list(found)[:MAX_NAMES] for hash_ in couple)


def _lead_end(text: str) -> int:
    """Where the lead ends: between two words, none of them near a figure that would be torn apart."""
    place = LEAD_CHARACTERS
    while (place := text.find(" ", place)) >= 0 and place < LEAD_CHARACTERS + MOST_BEYOND:
        if not _DIGIT.search(text, place - facts_in_text.NEAR_DIGIT, place + facts_in_text.NEAR_DIGIT):
            return place
        place += 1
    return min(len(text), LEAD_CHARACTERS)


def _address(url: str) -> str:
    """A page's address; with a fragment, as items of one page differ in nothing else."""
    return f"{urls.canonical(url)}#{url.partition('#')[2]}" if url else ""


def for_vector(title: str, text: str) -> str:
    """Return what of an item is turned into a sentence vector: the title and the beginning."""
    return f"{title.strip()}. {text[:VECTOR_CHARACTERS]}".replace("\n", " ")


def is_linked(a: Features, b: Features) -> bool:
    """Whether one text points to the other's page."""
    return not {*a.links}.isdisjoint(b.documents) or not {*b.links}.isdisjoint(a.documents)


def pack_vector(vector: Sequence[float]) -> bytes:
    """Return a unit vector as signed bytes, fine enough for a cosine of two digits."""
    largest = max((abs(value) for value in vector), default=0) or 1
    return bytes(round(value / largest * 127) & 0xFF for value in vector)


def pack(features: Features) -> bytes:
    """Return the features as bytes."""
    head = json.dumps(
        [
            features.source, features.house, features.language, features.day, features.kind, features.documents,
            features.page, features.title,
            features.short_words, features.title_stems, features.title_concepts, sorted(features.title_facts),
            sorted(features.lead_facts - features.title_facts), sorted(features.facts - features.lead_facts),
            features.names, features.couples, features.links, features.is_cut, features.length, features.text_hash,
        ],
        ensure_ascii=True, separators=(",", ":"),
    ).encode()  # fmt: skip
    arrays = (features.words, features.shingles, features.stems, features.concepts)
    sizes = struct.pack("<6I", len(head), *(len(part) for part in arrays), len(features.vector))
    return b"".join((sizes, head, *(part.tobytes() for part in arrays), features.vector))


def unpack(item_id: str, packed: bytes) -> Features:
    """Return the features packed before."""
    head_size, *sizes = struct.unpack_from("<6I", packed)
    place = 24 + head_size
    head = json.loads(packed[24:place])
    arrays = []
    for size in sizes[:4]:
        part: array[int] = array("I")
        part.frombytes(packed[place : place + 4 * size])
        arrays.append(part)
        place += 4 * size
    (
        source,
        house,
        language,
        day,
        kind,
        documents,
        page,
        title,
        short,
        stems,
        concepts,
        in_title,
        in_lead,
        elsewhere,
        names,
        couples,
        links,
        cut,
        length,
        text_hash,
    ) = head
    title_facts = frozenset(in_title)
    lead_facts = title_facts | frozenset(in_lead)
    return Features(
        id=item_id, source=source, house=house, language=language, day=day, kind=kind, documents=tuple(documents),
        page=page, title=tuple(title),
        words=arrays[0], shingles=arrays[1], stems=arrays[2], concepts=arrays[3],
        short_words=tuple(short), title_stems=tuple(stems), title_concepts=tuple(concepts), title_facts=title_facts,
        lead_facts=lead_facts,
        facts=lead_facts | frozenset(elsewhere), names=tuple(names),
        couples=tuple(couples), links=tuple(links), is_cut=cut, length=length, text_hash=text_hash,
        vector=packed[place : place + sizes[4]],
    )  # fmt: skip


def counted(features: Features) -> tuple[int, ...]:
    """Return all hashes whose rarity weighs: words, stems, concepts and facts."""
    return tuple({*features.words, *features.stems, *features.concepts, *features.fact_hashes})


def shared_names(a: Features, b: Features) -> list[str]:
    """Return names written in both, in the order of the first."""
    others = {folding.fold(name) for name in b.names}
    return [name for name in a.names if folding.fold(name) in others]


def _tells(word: str) -> bool:
    return (len(word) > 2 or word.isdigit()) and word not in lexicon.function_words()


def _shingles(words: Sequence[str]) -> set[int]:
    if not words:
        return set()
    if len(words) < SHINGLE_WORDS:
        return {_hash(" ".join(words))}
    crc32 = zlib.crc32
    return {
        crc32(f"{a} {b} {c}".encode("utf-8", "replace"))
        for a, b, c in zip(words, words[1:], words[2:], strict=False)
    }


def _stems(words: Iterable[str]) -> set[int]:
    """Hashes of the beginnings of words in a spelling in which cognates of German and English agree."""
    # Spelt all at once: none of the spellings reaches over a blank.
    spelt = " ".join([word for word in words if len(word) >= STEM_LETTERS and not word.isdigit()])
    for written, sound in _COGNATES:
        spelt = spelt.replace(written, sound)
    stems = {word[:STEM_LETTERS] for word in spelt.split(" ") if len(word) >= STEM_LETTERS}
    return {_hash("~" + stem) for stem in stems}


def _names(title: str, text: str) -> tuple[str, ...]:
    found = dict.fromkeys(
        match[0] for match in _NAME.finditer(f"{title} {text[:3_000]}") if len(match[0]) > 3
    )
    return tuple(found)[:MAX_NAMES]


@lru_cache(maxsize=200_000)
def _word_hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


def _hash(text: str) -> int:
    return zlib.crc32(text.encode("utf-8", "replace"))


def fact_hash(fact: str) -> int:
    """Return the hash under which a fact is counted and looked for."""
    return _hash(fact)


@lru_cache(maxsize=50_000)
def name_hashes(name: str) -> frozenset[int]:
    """Return the hashes of a name's words."""
    return frozenset(map(_word_hash, folding.words(name)))


def salted(values: Iterable[int], salt: int) -> list[int]:
    """Keep hashes of different sorts of things apart, and spread them anew (CRC is linear)."""
    apart = salt * 0x9E3779B1 & 0xFFFFFFFF
    made = []
    for value in values:  # in one place: eighty of an item's words are asked for under three salts
        value ^= apart
        value = ((value ^ (value >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        value = ((value ^ (value >> 16)) * 0x45D9F3B) & 0xFFFFFFFF
        made.append(value ^ (value >> 16))
    return made
