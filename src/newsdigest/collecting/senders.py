"""
Who sent a mail that was dropped into a folder, among the organisations we read already.

A folder is a letter box, not an organisation: counted as one, its third release of a week would be
"enough from this organisation" although three companies wrote. The sub-folder's name says it best
(`text.folder_names`), then the sender. Tried and refused: a sender's display
name as it stands ("Presse", "Anna Muster"); a wrong organisation in print is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from newsdigest.model.sources import Source, SourceKind
from newsdigest.text import urls
from newsdigest.text.folding import fold
from newsdigest.text.names import LEGAL_FORMS

_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")


def of_sender(sender: str, sources: Iterable[Source]) -> str:
    """
    Return the organisation of the known source that a sender belongs to, "" where none or several fit.

    Args:
        sender: `Name <address>` as the mail has it.
    """
    # Forwarded mails write it as they like: `Name <address>`, `Name [mailto:address]`, the address alone.
    address = _ADDRESS.search(sender)
    name = _ADDRESS.sub(" ", sender)
    known = [one for one in sources if one.kind is not SourceKind.FOLDER]
    domain = urls.registrable_domain(address[1].lower()) if address else ""
    if domain:
        fitting = {one.speaker for one in known if domain in _domains(one)}
        if len(fitting) == 1:
            return fitting.pop()
    words = f" {' '.join(_words(name))} "
    named = {one.speaker for one in known if (own := _words(one.speaker)) and f" {' '.join(own)} " in words}
    return named.pop() if len(named) == 1 else ""


def _domains(source: Source) -> set[str]:
    return {urls.registrable_domain(urls.host(url)) for url in (source.url, source.homepage) if url} - {""}


def _words(name: str) -> list[str]:
    joined = re.sub(r"\be\.\s?v\.", "ev", fold(name))
    return [word for word in re.findall(r"\w+", joined) if word not in LEGAL_FORMS]
