"""Pages of the website as files: the archive and its list (`snippets`: what other sites embed)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from newsdigest.publishing.archive import ArchivedEdition
from newsdigest.publishing.channels import Site
from newsdigest.publishing.snippets import Render
from newsdigest.text import public_links

LOCALES = {"de": "de_DE", "en": "en_GB"}


def archive_pages(
    by_language: Mapping[str, Sequence[ArchivedEdition]], *, site: Site, render: Render
) -> dict[PurePosixPath, bytes]:
    """Return the page of every edition and the list, per language."""
    made: dict[PurePosixPath, bytes] = {}
    for language, editions in by_language.items():
        made[PurePosixPath(f"archive/{language}/index.html")] = archive_list(
            editions, language=language, languages=tuple(by_language), site=site, render=render
        )
        for index, edition in enumerate(editions):
            others = [
                (other, public_links.edition(site.base_url, other, edition.id))
                for other, theirs in by_language.items()
                if other != language and any(e.id == edition.id for e in theirs)
            ]
            text = render(
                "web/archive_edition.html.j2",
                language,
                here="archive",
                other_languages=others,
                edition=edition,
                sections=edition.sections,
                notices=edition.notices,
                older=editions[index + 1].url if index + 1 < len(editions) else "",
                newer=editions[index - 1].url if index else "",
                feed_url=f"{site.base_url}/feeds/{language}/archive.rss",
                locale=LOCALES.get(language, language),
            )
            made[PurePosixPath(f"archive/{language}/{edition.id}.html")] = text.encode()
    return made


def archive_list(
    editions: Sequence[ArchivedEdition],
    *,
    language: str,
    languages: Sequence[str],
    site: Site,
    render: Render,
    query: str = "",
    stories: Sequence[object] = (),
) -> bytes:
    """Return the list of editions, or what a search found in them."""
    return render(
        "web/archive_index.html.j2",
        language,
        here="archive",
        other_languages=[
            (code, public_links.archive(site.base_url, code)) for code in languages if code != language
        ],
        editions=editions,
        url=public_links.archive(site.base_url, language),
        feed_url=f"{site.base_url}/feeds/{language}/archive.rss",
        locale=LOCALES.get(language, language),
        query=query,
        stories=stories,
    ).encode()
