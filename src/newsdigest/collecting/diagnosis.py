"""
What the collector sees at an address, step by step, in words a webmaster can act on.

Pure: an answer and a reading go in, sentences come out, German or English.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsdigest.collecting import looks, timetable
from newsdigest.model.entries import Document
from newsdigest.ports.fetching import FetchAnswer, FetchProblem
from newsdigest.ports.reading import ReadResult


class Mood(StrEnum):
    """How a step went."""

    GOOD = "good"
    HINT = "hint"  # works, could be better
    BAD = "bad"  # cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing the collector saw."""

    mood: Mood
    text: str


_WORDS: dict[str, tuple[str, str]] = {  # name: (German, English)
    "address": ("Adresse: {url}", "Address: {url}"),
    "dns": ("Der Name {host} lässt sich nicht auflösen: {detail}", "The name {host} does not resolve: {detail}"),
    "connect": ("Der Server ist nicht zu erreichen: {detail}", "The server cannot be reached: {detail}"),
    "tls": (
        "Die verschlüsselte Verbindung scheitert ({detail}). Meist fehlt ein Zwischenzertifikat oder es ist abgelaufen.",
        "The encrypted connection fails ({detail}). Usually an intermediate certificate is missing or expired.",
    ),
    "timeout": (
        "Keine vollständige Antwort in der erlaubten Zeit: {detail}",
        "No complete answer in the time allowed: {detail}",
    ),
    "too_large": ("Das Dokument ist zu groß: {detail}", "The document is too large: {detail}"),
    "refused_address": (
        "Die Adresse führt in ein nicht öffentliches Netz und wird nicht abgerufen: {detail}",
        "The address leads into a network that is not public and is not fetched: {detail}",
    ),
    "bad_url": ("Die Adresse ist nicht verwendbar: {detail}", "The address cannot be used: {detail}"),
    "too_many_hops": ("Zu viele Weiterleitungen: {detail}", "Too many redirects: {detail}"),
    "bad_encoding": ("Die Komprimierung ist nicht lesbar: {detail}", "The compression cannot be read: {detail}"),
    "protocol": ("Die Antwort ist kein gültiges HTTP: {detail}", "The answer is no valid HTTP: {detail}"),
    "status": ("Der Server antwortet mit {status}.", "The server answers {status}."),
    "status_403": (
        "Der Server verweigert den Abruf ({status}). Bitte den User-Agent „newsdigest“ zulassen.",
        "The server refuses us ({status}). Please allow the user agent \"newsdigest\".",
    ),
    "status_404": (
        "Unter dieser Adresse gibt es nichts ({status}). Ist der Feed umgezogen?",
        "There is nothing at this address ({status}). Has the feed moved?",
    ),
    "wall": (
        "{wall} hält den Sammler für einen Angreifer. Eine Ausnahme für den User-Agent „newsdigest“ hilft.",
        "{wall} takes the collector for an attacker. An exception for the user agent \"newsdigest\" helps.",
    ),
    "hop": ("Weiterleitung ({status}) nach {to}", "Redirect ({status}) to {to}"),
    "hop_temporary": (
        "Die Weiterleitung ({status}) ist als vorübergehend bezeichnet; für einen dauerhaften Umzug bitte 301 verwenden.",
        "The redirect ({status}) is marked temporary; please use 301 for a lasting move.",
    ),
    "downgrade": (
        "Die Weiterleitung führt von https zu http; bitte auf https bleiben.",
        "The redirect leads from https to http; please stay on https.",
    ),
    "answered": (
        "Antwort {status} nach {seconds} s, {size} Byte, Typ {type}",
        "Answer {status} after {seconds} s, {size} bytes, type {type}",
    ),
    "type": (
        "Der Typ {type} passt nicht zu einem Feed; richtig wäre application/rss+xml oder application/atom+xml.",
        "The type {type} does not fit a feed; application/rss+xml or application/atom+xml would.",
    ),
    "validators": (
        "Der Server schickt {names}; damit kann unverändert gemeldet werden.",
        "The server sends {names}; so \"not modified\" can be told.",
    ),
    "no_validators": (
        "Weder ETag noch Last-Modified: jeder Abruf überträgt alles, deshalb schauen wir seltener nach.",
        "Neither ETag nor Last-Modified: each look transfers everything, so we look less often.",
    ),
    "304": ("Auf die Rückfrage kommt richtig 304 (unverändert).", "Asked again, it rightly says 304 (not modified)."),
    "no_304": (
        "Auf die Rückfrage mit ETag/Last-Modified kommt {status} statt 304.",
        "Asked again with ETag/Last-Modified it says {status} rather than 304.",
    ),
    "next": ("Nächster Abruf frühestens nach {hours} h.", "Next look after {hours} h at the earliest."),
    "no_feed": ("Das ist kein Feed: {detail}", "This is no feed: {detail}"),
    "feed": ("Gelesen als {format}, „{title}“, {count} Einträge", "Read as {format}, \"{title}\", {count} entries"),
    "empty": ("Der Feed enthält keine Einträge.", "The feed holds no entries."),
    "repaired": ("Repariert: {detail}", "Repaired: {detail}"),
    "language": ("Angegebene Sprache: {language}", "Declared language: {language}"),
    "no_language": ("Der Feed nennt keine Sprache.", "The feed declares no language."),
    "no_date": ("{count} Einträge ohne lesbares Datum", "{count} entries without a readable date"),
    "future": ("{count} Einträge liegen in der Zukunft", "{count} entries lie in the future"),
    "no_guid": ("{count} Einträge ohne Kennung (guid/id)", "{count} entries without an id (guid)"),
    "same_guid": (
        "Eine Kennung steht bei mehreren Einträgen: {guid}",
        "One id stands on several entries: {guid}",
    ),
    "no_link": ("{count} Einträge ohne Link", "{count} entries without a link"),
    "no_text": (
        "{count} Einträge ohne Text; ein Anlesetext von zwei Sätzen hilft.",
        "{count} entries without text; a teaser of two sentences helps.",
    ),
    "entry": ("Neuester Eintrag: {title} ({date})", "Newest entry: {title} ({date})"),
    "fine": ("Alles lesbar.", "Everything can be read."),
    "undated": ("ohne Datum", "undated"),
}  # fmt: skip


def explain(
    url: str,
    answer: FetchAnswer,
    result: ReadResult | None,
    *,
    again: FetchAnswer | None = None,
    language: str = "en",
    now: datetime,
) -> list[Step]:
    """Return the steps of one look, in order; the last one sums up."""
    say = _Speaker(language)
    say.good("address", url=url)
    for status, before, target in answer.hops:
        say.good("hop", status=status, to=target)
        if status not in (301, 308):
            say.hint("hop_temporary", status=status)
        if before.startswith("https:") and not target.startswith("https:"):
            say.hint("downgrade")
    if answer.problem is not None:
        _explain_problem(say, answer)
        return say.steps
    kind = answer.content_type or "?"
    say.good(
        "answered",
        status=answer.status,
        seconds=f"{answer.seconds:.1f}",
        size=f"{len(answer.body):,}",
        type=kind,
    )
    _explain_headers(say, answer, again, now)
    if result is None or result.document is None:
        say.bad("no_feed", detail=result.error if result else "")
        return say.steps
    _explain_document(say, result.document, now)
    if all(step.mood is Mood.GOOD for step in say.steps):
        say.good("fine")
    return say.steps


class _Speaker:
    """Collects steps in one language."""

    def __init__(self, language: str) -> None:
        self._column = 0 if language == "de" else 1
        self.steps: list[Step] = []

    def word(self, name: str, **facts: object) -> str:
        """Return one sentence."""
        return _WORDS[name][self._column].format(**facts)

    def good(self, name: str, **facts: object) -> None:
        """Note what is right."""
        self.steps.append(Step(mood=Mood.GOOD, text=self.word(name, **facts)))

    def hint(self, name: str, **facts: object) -> None:
        """Note what could be better."""
        self.steps.append(Step(mood=Mood.HINT, text=self.word(name, **facts)))

    def bad(self, name: str, **facts: object) -> None:
        """Note what stands in the way."""
        self.steps.append(Step(mood=Mood.BAD, text=self.word(name, **facts)))


def _explain_problem(say: _Speaker, answer: FetchAnswer) -> None:
    if answer.problem is FetchProblem.STATUS:
        name = f"status_{answer.status}"
        if answer.status in (401, 403, 451):
            name = "status_403"
        say.bad(name if name in _WORDS else "status", status=answer.status)
        if wall := looks.bot_wall(answer):
            say.bad("wall", wall=wall)
        return
    assert answer.problem is not None
    host = answer.url.partition("://")[2].partition("/")[0]
    say.bad(answer.problem.value, detail=answer.detail, host=host)


def _explain_headers(say: _Speaker, answer: FetchAnswer, again: FetchAnswer | None, now: datetime) -> None:
    kind = answer.content_type.partition(";")[0].strip().lower()
    if kind and not any(word in kind for word in ("xml", "json", "rss", "atom")):
        say.hint("type", type=kind)
    names = [
        name for name, key in (("ETag", "etag"), ("Last-Modified", "last-modified")) if key in answer.headers
    ]
    if names:
        say.good("validators", names=" + ".join(names))
    else:
        say.hint("no_validators")
    if again is not None and again.problem is None:
        if again.status == 304:
            say.good("304")
        else:
            say.hint("no_304", status=again.status)
    fresh = max(timetable.freshness(answer.headers), timetable.FLOOR)
    say.good("next", hours=f"{fresh.total_seconds() / 3600:g}")


def _explain_document(say: _Speaker, document: Document, now: datetime) -> None:
    entries = document.entries
    say.good("feed", format=document.format, title=document.title, count=len(entries))
    if document.language:
        say.good("language", language=document.language)
    else:
        say.hint("no_language")
    for problem in document.problems[:5]:
        say.hint("repaired", detail=problem)
    if not entries:
        say.hint("empty")
        return
    counts = {
        "no_date": sum(entry.published is None for entry in entries),
        "future": sum(entry.published is not None and entry.published > now for entry in entries),
        "no_guid": sum(not entry.guid for entry in entries),
        "no_link": sum(not entry.url for entry in entries),
        "no_text": sum(not entry.html.strip() for entry in entries),
    }
    for name, count in counts.items():
        if count:
            say.hint(name, count=count)
    repeated = [guid for guid, count in Counter(e.guid for e in entries if e.guid).items() if count > 1]
    if repeated:
        say.hint("same_guid", guid=repeated[0])
    newest = max(entries, key=lambda entry: entry.published.timestamp() if entry.published else 0.0)
    date = newest.published.date().isoformat() if newest.published else say.word("undated")
    say.good("entry", title=newest.title, date=date)
