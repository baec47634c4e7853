"""
Names of organisations as readers see them.

A source is often called what its feed is called ("Muldenmed – Aktuelles", "News | Muldenmed", "Muldenmed (RSS)");
readers of a mail want to know who speaks. Only words that name a part of a website are taken off, and only
where a mark parts them from the rest: "Medical Valley" and "BIO Deutschland – Regionalgruppe Süd" stay whole.
"""

from __future__ import annotations

import re
from functools import lru_cache

from newsdigest.text.folding import words

_PARTS = frozenset(
    """
    aktuell aktuelle aktuelles aktuellen news newsfeed newsticker neues neuigkeiten nachricht nachrichten meldung
    meldungen kurzmeldungen mitteilungen presse pressemitteilungen pressemeldungen presseinformationen pressestelle
    pressebereich presseportal medien medieninformationen medienmitteilungen press media releases newsroom mediaroom
    blog magazin community feed feeds rss atom kategorie kategorien category latest alle all
    termine veranstaltungen veranstaltungskalender events event kalender calendar kalendar
    karriere careers career jobs job stellen stellenangebote stellenboerse jobboerse stellenmarkt vacancies
    neue new mitglieder members projekte projects publikationen publications
    bekanntmachungen ausschreibungen foerderaufrufe calls
    investor relations updates update archiv archive startseite home homepage website webseite
    deutsch german english englisch de en und and
    """.split()  # noqa: SIM905 - a list of words reads better so
)
_MARK = re.compile(r"\s+[–—|»›·/-]+\s+|\s*[:»]\s+")
_BRACKET = re.compile(r"\s*[(\[]([^()\[\]]*)[)\]]\s*\Z")


@lru_cache(maxsize=16384)
def organisation(name: str) -> str:
    """Return the name without what only names a part of a website; as it stands where nothing else would be left."""
    left = " ".join(name.split())
    while True:
        shorter = _shorter(left)
        if shorter == left or not words(shorter):
            return left
        left = shorter


def _shorter(name: str) -> str:
    if (bracket := _BRACKET.search(name)) and _is_part(bracket[1]):
        return name[: bracket.start()]
    marks = list(_MARK.finditer(name))
    if marks and _is_part(name[marks[-1].end() :]):
        return name[: marks[-1].start()]
    if marks and _is_part(name[: marks[0].start()]):
        return name[marks[0].end() :]
    return name


def _is_part(text: str) -> bool:
    found = words(text)
    return bool(found) and all(word in _PARTS for word in found)


LEGAL_FORMS = frozenset(
    "gmbh ag se kg kgaa ug ev e v ggmbh mbh co inc ltd llc the und and".split()  # noqa: SIM905 - reads better so
)
"""Words of a name, folded, that say nothing of whose it is."""
_LEAST_LETTERS = 4


def is_named(name: str, text: str) -> bool:
    """Whether a text names an organisation: the words of its name beside the legal form, next to each other."""
    own = _own_words(name)
    return bool(own) and own in f" {' '.join(words(text))} "


@lru_cache(maxsize=16384)
def _own_words(name: str) -> str:
    """Return the words that tell it from others, between blanks; "" where they are too short to prove anything."""
    own = [word for word in words(name) if word not in LEGAL_FORMS]
    return f" {' '.join(own)} " if len("".join(own)) >= _LEAST_LETTERS else ""
