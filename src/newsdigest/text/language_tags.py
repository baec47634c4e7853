"""Language tags as feeds declare them, brought to one form (`de_DE` gives `de-DE`, `deutsch` gives `de`)."""

from __future__ import annotations

import re

_NAMES = {
    "deutsch": "de",
    "german": "de",
    "ger": "de",
    "deu": "de",
    "englisch": "en",
    "english": "en",
    "eng": "en",
    "français": "fr",
    "french": "fr",
    "fra": "fr",
    "fre": "fr",
    "czech": "cs",
    "ces": "cs",
    "cze": "cs",
    "polish": "pl",
    "pol": "pl",
    "sorbian": "hsb",
}
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(?:[-_](?P<script>[a-z]{4}))?(?:[-_](?P<region>[a-z]{2}"
    r"|\d{3}))?(?:[-_.@].*)?",
    re.IGNORECASE,
)


def normal(declared: str | None) -> str | None:
    """Return a BCP 47 tag (language, script, region), or None for what is none."""
    if not declared:
        return None
    written = declared.strip()[:40]
    if (known := _NAMES.get(written.lower())) is not None:
        return known
    match = _TAG.fullmatch(written)
    if not match or match["language"].lower() in ("und", "mul", "zxx", "xx"):
        return None
    language = _NAMES.get(match["language"].lower(), match["language"].lower())
    script = f"-{match['script'].title()}" if match["script"] else ""
    region = f"-{match['region'].upper()}" if match["region"] else ""
    return f"{language}{script}{region}"


def primary(declared: str | None) -> str | None:
    """Return the language alone (`de` of `de-AT`), or None."""
    tag = normal(declared)
    return tag.partition("-")[0] if tag else None
