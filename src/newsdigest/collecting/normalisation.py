"""
From an entry (what the publisher wrote) to an item (our clean copy).

Pure. What must not be lost: the co-financing sentence (a notice), the raw guid, the
credit of an image that is used. What a source may not give us: full text and images,
unless its settings allow them (rights).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from newsdigest.collecting import repetition
from newsdigest.collecting.identity import Candidate, Verdict, candidate
from newsdigest.model.entries import Digest, Entry, Shape
from newsdigest.model.items import Image, Item, ItemState
from newsdigest.model.sources import Source, SourceKind, Trust
from newsdigest.ports.reading import ReadResult
from newsdigest.text import boilerplate, html, urls

MAX_TITLE = 400
MAX_TEXT = 60_000
MAX_CATEGORIES = 20
AHEAD = timedelta(days=2)
ENOUGH_FOR_A_TEASER = 80


def text_of(entry: Entry) -> str:
    """Return the entry's text, whole, boilerplate included."""
    return html.to_text(entry.html)[:MAX_TEXT]


def title_of(entry: Entry, text: str) -> str:
    """Return the title as one line of text; the first words of the text where there is none."""
    title = html.one_line(entry.title)[:MAX_TITLE]
    if title:
        return title
    first = " ".join(text[:300].split())
    return first[:90].rsplit(" ", 1)[0] + " …" if len(first) > 90 else first or (entry.url or "")


def prepare(entry: Entry, source: Source) -> Candidate:
    """Return the entry with its keys for comparing, taken from its digest where one was made."""
    if made := entry.digest:
        return Candidate(
            entry=entry, title=made.title, text=made.text, keys=made.keys, fingerprint=made.fingerprint
        )
    text = text_of(entry)
    return candidate(entry, title=title_of(entry, text), text=text, source_id=source.id)


def digested(result: ReadResult, *, source: Source, now: datetime, is_first: bool) -> ReadResult:
    """
    Return the result, its entries plausible and with digests.

    Runs in the reader's child. The shape of the texts is made for a source's first document only:
    later most entries are known, and the shape of the few new ones is made when they are kept.
    """
    if result.document is None:
        return result
    entries = plausible(result.document.entries, now)
    candidates = [prepare(entry, source) for entry in entries]
    shared = repetition.found_in(one.text for one in candidates)
    entries = [
        replace(entry, digest=_digest(one, source, shared if is_first else None))
        for entry, one in zip(entries, candidates, strict=True)
    ]
    document = replace(result.document, entries=tuple(entries), repeated=tuple(shared.items()))
    return replace(result, document=document)


def _digest(one: Candidate, source: Source, shared: Collection[str] | None) -> Digest:
    shape = None if shared is None else _shape(one.text, title=one.title, source=source, keys=shared)
    return Digest(
        title=one.title, text=one.text, keys=dict(one.keys), fingerprint=one.fingerprint, shape=shape
    )


def _shape(text: str, *, title: str, source: Source, keys: Collection[str] = ()) -> Shape:
    spans = boilerplate.core(text, title=title, known=source.boilerplate, keys=keys)
    line = boilerplate.dateline(text)
    told = spans
    if keys and sum(end - start for start, end in spans) < ENOUGH_FOR_A_TEASER:
        # A series of events shares all but its date: what repeats tells nothing new, but it does tell a reader.
        told = boilerplate.core(text, title=title, known=source.boilerplate)
    is_headline = source.trust is Trust.HEADLINE
    return Shape(
        core=spans,
        teaser="" if is_headline else boilerplate.teaser(text, title=title, spans=told),
        dateline=text[: line.end].strip() if line else "",
        notices=boilerplate.notices(text, more=source.notices),
    )


def plausible(entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """
    Return the entries with dates that can be: a few in the future are errors and are dropped.

    Where most are in the future the feed is a calendar: its dates say when things happen, not when
    they were published, so they are dropped as well and windows go by `first_seen`.
    """
    return [
        replace(entry, published=None, digest=None)
        if entry.published and entry.published > now + AHEAD
        else entry
        for entry in entries
    ]


def item(
    verdict: Verdict, *, source: Source, now: datetime, state: ItemState, keys: Collection[str] = (),
    organisation: str = "",
) -> Item:  # fmt: skip
    """
    Return the item for a new entry.

    Args:
        keys: Of paragraphs that the source repeats under its texts (`repetition`).
        organisation: Who speaks, where it is not the source's.
    """
    one, entry = verdict.candidate, verdict.candidate.entry
    made = entry.digest.shape if entry.digest and entry.digest.text == one.text else None
    shape = made or _shape(one.text, title=one.title, source=source, keys=keys)
    return Item(
        id=verdict.item_id,
        source_id=source.id,
        guid=entry.guid,
        # A folder on disk is no address that a reader could open.
        url=entry.url or source.homepage or ("" if source.kind is SourceKind.FOLDER else source.url),
        title=one.title,
        first_seen=now,
        last_seen=now,
        fingerprint=one.fingerprint,
        aliases=verdict.aliases,
        text=one.text,
        core=shape.core,
        teaser=shape.teaser,
        html="" if source.trust is Trust.HEADLINE else entry.html,
        dateline=shape.dateline,
        notices=shape.notices,
        published=entry.published,
        is_date_only=entry.is_date_only,
        updated=entry.updated,
        declared_language=entry.language or source.language,
        authors=entry.authors[:10],
        categories=entry.categories[:MAX_CATEGORIES],
        image=_image(entry, source),
        enclosures=tuple((found.url, found.type) for found in entry.enclosures[:10]),
        alternates=entry.alternates[:10],
        organisation=organisation,
        state=state,
    )


def reshaped(old: Item, *, source: Source, keys: Collection[str]) -> Item:
    """
    Return the stored item without boilerplate that was learnt after it came; the source changed nothing.

    What it says stays, and with it the fingerprint, the judgement and `changed_at`.
    """
    shape = _shape(old.text, title=old.title, source=source, keys=keys)
    return replace(old, core=shape.core, teaser=shape.teaser)


def _image(entry: Entry, source: Source) -> Image | None:
    address = urls.safe(entry.image_url) if entry.image_url else None
    if not address:
        return None
    return Image(url=address, alt=html.one_line(entry.image_alt)[:300], credit=source.image_credit)


def renewed(old: Item, new: Item, now: datetime) -> Item:
    """
    Return the stored item with what changed under it.

    Kept: id, first sight, state and judgement (the judge sees the fingerprint differ). A
    body that vanished is kept too: a feed that turns to headlines takes nothing back.
    """
    keeps_body = not new.text.strip() and bool(old.text.strip())
    body = old if keeps_body else new
    return replace(
        new,
        id=old.id,
        first_seen=old.first_seen,
        changed_at=now,
        aliases=tuple(dict.fromkeys((*old.aliases, *new.aliases))),
        text=body.text,
        core=body.core,
        teaser=body.teaser,
        html=body.html,
        dateline=body.dateline,
        notices=tuple(dict.fromkeys((*new.notices, *(old.notices if keeps_body else ())))),
        published=new.published or old.published,
        is_date_only=new.is_date_only if new.published else old.is_date_only,
        image=old.image if new.image is None or (old.image and old.image.url == new.image.url) else new.image,
        state=old.state,
        judgement=old.judgement,
    )
