"""
The job beside collecting: copies of lead images, only where a source's settings allow it (rights).

One try an item: an image that cannot be had is not asked for again, and the item stands without.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime

from newsdigest import logs
from newsdigest.errors import NewsdigestError
from newsdigest.model.items import Image, Item, ItemState
from newsdigest.ports.images import Images
from newsdigest.ports.storage import Store

log = logs.get_logger(__name__)

MAX_A_SOURCE = 30
MAX_A_RUN = 200
MAX_FAILURES = 3
"""After so many failures of one source its other pictures are not asked for: a dead host costs its time-out each."""


def copy_images(*, store: Store, images: Images, since: datetime) -> int:
    """Copy the lead images of news first seen or changed at or after that instant; return how many."""
    with store.read() as unit:
        wanted = [
            item
            for source in unit.sources.all()
            if source.shows_images
            for item in unit.items.of_source(source.id, limit=MAX_A_SOURCE)
            if _is_wanted(item, since)
        ]
    copied = 0
    failures: Counter[str] = Counter()
    for item in wanted[:MAX_A_RUN]:
        if failures[item.source_id] >= MAX_FAILURES:
            continue
        image = _copied(images, item)
        if image is None:
            failures[item.source_id] += 1
            continue
        with store.write() as unit:
            # Read again: an editor may have acted while the network was asked.
            present = unit.items.get([item.id]).get(item.id)
            if present and present.image and present.image.url == image.url:
                unit.items.put([replace(present, image=image)])
                copied += 1
    if copied:
        log.info("images_copied", images=copied)
    return copied


def _copied(images: Images, item: Item) -> Image | None:
    """Return the copied image; what cannot be had is a line of the log, and the item stands without."""
    assert item.image is not None
    reason = "it could not be fetched, or is no picture we know of at least 80 by 80 pixels"
    try:
        image = images.copy(item.image)
    except (OSError, NewsdigestError) as error:
        image, reason = item.image, str(error)
    if image.stored_as:
        return image
    log.warning("image_not_copied", source=item.source_id, item=item.id, url=item.image.url, reason=reason)
    return None


def _is_wanted(item: Item, since: datetime) -> bool:
    is_recent = item.first_seen >= since or (item.changed_at is not None and item.changed_at >= since)
    return item.state is ItemState.FRESH and is_recent and item.image is not None and not item.image.stored_as
