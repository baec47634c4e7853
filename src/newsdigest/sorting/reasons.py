"""Why two items are held to tell the same news, in words an editor understands."""

from __future__ import annotations

import re

from newsdigest.sorting import comparison, facts_in_text, lexicon
from newsdigest.sorting.features import Features, is_linked, shared_names
from newsdigest.text import folding

SAME_DOCUMENT, COPY, TWIN, RETOLD = "same_document", "copy", "twin", "retold"

_AT = {name: place for place, name in enumerate(comparison.SAME)}
CERTAIN_SHARE = 0.8
"""Share of the shorter text's word triples found in the longer; edits and cuts of one text keep more."""

_NO_NAMES = frozenset(
    folding.words(
        """
        GmbH mbH gGmbH UG AG KG KGaA OHG SE e.V. eV Verein Ltd Limited Inc LLC PLC Corp Corporation
        Company Holding Gruppe Group Co SAS SARL BV Sp Prof Professor Professorin Dr Doktor Ing PhD
        MSc Herr Frau Mr Mrs Ms Minister Ministerin Staatsminister Staatssekretär Secretary
        President Präsident Geschäftsführer Geschäftsführerin Vorstand CEO CFO CTO COO Million
        Millionen Mio Milliarde Milliarden Mrd millions billion Euro EUR Cent Dollar USD Prozent
        percent Tonnen Kilogramm Meter Quadratmeter Stunden Minuten Jahr Jahre Jahren Uhr CET CEST
        MEZ Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag Monday Tuesday Wednesday
        Thursday Friday Saturday Sunday Januar Februar März April Mai Juni Juli August September
        Oktober November Dezember January February March May June July October December Preis Jury
        Freistaat Bescheid Team Teams Menschen Leute Woche Monat Tag Land Stadt Welt Ziel Weg Teil
        Anfang Ende Beginn Fragen Antwort Thema Themen Rahmen Kontakt Foto Bild Video Gast Gäste
        Verbund Vorhaben Medieninformation Pressemitteilung Press Release News Company Project Award
        Prize Study Grant Funding Germany Deutschland Europe Europa
        """
    )
)
"""Legal forms, titles, sums, days and what everybody speaks of; folded."""
_NOUN = re.compile(
    r"(?:ung|ungen|heit|heiten|keit|keiten|schaft|schaften|ionen|preis|preise|preises|projekt|projekte|studie|studien"
    r"|verfahren|mittel|kosten|arbeit|unternehmen|hersteller|entwicklung|tum|nis|nisse|ismus|ität|täten|technik|medizin|produkt|produkte"
    r"|patient|patienten|implantat|implantate|woche|tag|jahr|plätze|platz|bescheid|urkunde|übergabe|gespräch|treffen"
    r"|forum|fonds)\Z"
)
"""How German nouns end that name no one."""


def is_same_document(a: Features, b: Features, signals: tuple[float, ...]) -> bool:
    """
    Whether two items are one document under two addresses, or a text and the translation its source names.

    An address alone does not prove it: four news items of a list page share the page's address.
    """
    if not set(a.documents) & set(b.documents) or signals_conflict(a, b, signals):
        return False
    if a.language != b.language:
        return True
    return signals[_AT["title"]] >= 0.3 or signals[_AT["shingles"]] >= 0.3


def signals_conflict(a: Features, b: Features, signals: tuple[float, ...]) -> bool:
    """Whether a hard fact of one title is contradicted by the other."""
    names = comparison.SAME if a.language == b.language else comparison.ACROSS
    return signals[names.index("conflict_title")] > 0.2


def is_certain(a: Features, b: Features, signals: tuple[float, ...]) -> bool:
    """Whether nobody needs to look at it: near-equal wording and nothing that differs."""
    if is_same_document(a, b, signals) or signals[_AT["text_equal"]]:
        return not signals_conflict(a, b, signals)
    no_conflict = signals[_AT["conflict_title"]] == 0 and signals[_AT["conflict_lead"]] == 0
    return no_conflict and signals[_AT["shingles"]] >= CERTAIN_SHARE and min(a.length, b.length) >= 12


def explain(a: Features, b: Features, signals: tuple[float, ...]) -> tuple[str, str]:
    """Return the level (domain spec, section 6) and the reason."""
    is_twin = a.language != b.language
    if set(a.documents) & set(b.documents):
        return (
            (TWIN, "the source names it as its translation") if is_twin else (SAME_DOCUMENT, "same address")
        )
    facts = _facts(a, b)
    if is_twin:
        return TWIN, _join([*facts, *_names(a, b)]) or "names and terms agree"
    share = signals[_AT["shingles"]]
    if signals[_AT["text_equal"]]:
        return (SAME_DOCUMENT if a.house == b.house else COPY), "same text"
    if share >= 0.5:
        return COPY, f"text {share:.0%} equal".replace("%", " %")
    likeness = signals[_AT["title"]]
    title = (
        ["same title"]
        if likeness > 0.99
        else [f"title {likeness:.0%} alike".replace("%", " %")]
        if likeness >= 0.5
        else []
    )
    return RETOLD, _join([*facts, *title, *_names(a, b)]) or "same terms"


def contradiction(a: Features, b: Features) -> str:
    """Return what differs between two leads in words, "" where nothing does."""
    return "; ".join(
        f"{facts_in_text.say(mine)} / {facts_in_text.say(theirs)}"
        for mine, theirs in comparison.contradictions(a, b)
    )


def _facts(a: Features, b: Features) -> list[str]:
    shared = sorted(a.facts & b.facts)
    found = ["one links to the other"] if is_linked(a, b) else []
    references = [fact[2:] for fact in shared if fact[0] == "r"]
    if references:
        found.append(
            "same DOI" if references[0].startswith("10.") else f"same reference ({references[0].upper()})"
        )
    amounts = [fact for fact in shared if fact[0] == "a"]
    amounts += [
        fact
        for fact in sorted(a.facts)
        if fact[0] == "a" and fact not in amounts and facts_in_text.is_told(fact, b.facts)
    ]
    days = [fact for fact in sorted(a.lead_facts & b.facts | b.lead_facts & a.facts) if fact[0] == "d"]
    both = [("amount", amounts), ("date", days)]
    named = [name for name, values in both if values]
    if named:
        values = ", ".join(facts_in_text.say(values[0]) for _, values in both if values)
        found.append(f"same {' and '.join(named)} ({values})")
    versions = [fact[2:] for fact in shared if fact[0] == "v"]
    if versions:
        found.append(f"same version ({versions[0]})")
    return found


def _names(a: Features, b: Features) -> list[str]:
    names = _real(shared_names(a, b), a.language)[:3]
    return [f"same names ({', '.join(names)})"] if names else []


def _real(names: list[str], language: str) -> list[str]:
    """
    Of words in capitals those that name somebody or something; German writes every noun so.

    Words of the trade are none, though a house may be called after one ("Proteomica"): such a word is
    shown where nothing better is, unless it is built as a noun is.
    """
    found = [name for name in names if folding.fold(name) not in _NO_NAMES]
    plain = [
        name for name in found if _is_coined(name) or not lexicon.concepts(folding.words(name), language)
    ]
    named = [name for name in plain if _is_coined(name) or not _NOUN.search(name)]
    return named or [name for name in found if not _NOUN.search(name)]


def _is_coined(name: str) -> bool:
    """Whether no ordinary word is written so: CRY-7, KRYOLOG, FluxKnee."""
    return any(letter.isdigit() for letter in name) or any(letter.isupper() for letter in name[1:])


def _join(parts: list[str]) -> str:
    return ", ".join(parts)
