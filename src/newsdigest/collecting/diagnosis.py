"""
What the collector sees at an address, step by step, in words a webmaster can act on.

Pure: an answer and a reading go in, sentences come out, German or English.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsdigest.collecting import looks, timetable
from newsdigest.model.entries import Document, Entry
from newsdigest.ports.fetching import FetchAnswer, FetchProblem
from newsdigest.ports.reading import ReadResult
from newsdigest.text import dates

MOVED = frozenset({301, 302, 303, 307, 308})


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


_GERMAN_MARKS = str.maketrans(",.", ".,")
_FORMATS = {
    "rss20": "RSS 2.0", "rss092": "RSS 0.92", "rss091u": "RSS 0.91", "rss091n": "RSS 0.91", "rss090": "RSS 0.90",
    "rss10": "RSS 1.0", "rss": "RSS", "atom10": "Atom 1.0", "atom03": "Atom 0.3", "jsonfeed1": "JSON Feed 1.0",
    "jsonfeed11": "JSON Feed 1.1",
}  # fmt: skip
_TAG = '<link rel="alternate" type="application/rss+xml" href="...">'
_WORDS: dict[str, tuple[str, str]] = {  # name: (German, English)
    "address": ("Adresse: {url}", "Address: {url}"),
    # What the fetcher says is a whole sentence; here only what helps is added.
    "dns": ("{detail}. Ist die Adresse richtig geschrieben?", "{detail}. Is the address spelt rightly?"),
    "connect": (
        "{detail}. Läuft der Server, und lässt er Abrufe von außen zu?",
        "{detail}. Is the server running, and does it let others in?",
    ),
    "bad_url": ("Die Adresse ist nicht verwendbar: {detail}", "The address cannot be used: {detail}"),
    "circle": (
        "Die Weiterleitungen führen im Kreis, über {to}. Oft widersprechen sich zwei Regeln (http/https, mit/ohne www).",
        "The redirects go round in a circle, by {to}. Often two rules contradict each other (http/https, www or not).",
    ),
    "problem": ("{detail}.", "{detail}."),
    "status": ("Der Server antwortet mit {status}.", "The server answers {status}."),
    "status_204": ("Der Server schickt nichts ({status}).", "The server sends nothing ({status})."),
    "nowhere": (
        "Der Server leitet weiter ({status}), sagt aber nicht wohin.",
        "The server redirects ({status}) but does not say where to.",
    ),
    "status_403": (
        "Der Server verweigert den Abruf ({status}). Bitte den User-Agent „newsdigest“ zulassen.",
        "The server refuses us ({status}). Please allow the user agent \"newsdigest\".",
    ),
    "status_401": (
        "Der Server verlangt eine Anmeldung ({status}). Ein Feed muss ohne Anmeldung lesbar sein.",
        "The server wants a log-in ({status}). A feed has to be readable without one.",
    ),
    "status_410": (
        "Der Server sagt, der Feed sei endgültig fort ({status}). Wie lautet seine neue Adresse?",
        "The server says the feed is gone for good ({status}). What is its new address?",
    ),
    "status_429": (
        "Der Server bittet um eine Pause ({status}); mit dem Feed selbst muss nichts falsch sein.",
        "The server asks for a pause ({status}); nothing need be wrong with the feed itself.",
    ),
    "status_503": (
        "Der Server ist gerade nicht bereit ({status}), etwa wegen Wartung. Später noch einmal versuchen.",
        "The server is not ready just now ({status}), for maintenance perhaps. Try again later.",
    ),
    "status_5xx": (
        "Der Server hat einen Fehler ({status}); welchen, steht in seinem Fehlerprotokoll.",
        "The server has an error ({status}); its error log says which.",
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
        "Der Typ {type} passt nicht zu diesem Feed; richtig wäre {right}.",
        "The type {type} does not fit this feed; {right} would.",
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
    "named": ("Die Seite nennt diesen Feed: {url}", "The page names this feed: {url}"),
    "none_named": (
        "Die Seite nennt keinen Feed. Gibt es einen, gehört er in ihren Kopf: {tag}",
        "The page names no feed. Where there is one, it belongs into its head: {tag}",
    ),
    "feed": ("Gelesen als {format}: „{title}“; Einträge: {count}", "Read as {format}: \"{title}\"; entries: {count}"),
    "untitled": ("Gelesen als {format}; Einträge: {count}", "Read as {format}; entries: {count}"),
    "no_title": ("Der Feed hat keinen Titel.", "The feed has no title."),
    "page": ("Webseite", "web page"),
    "empty": ("Der Feed enthält keine Einträge.", "The feed holds no entries."),
    "repaired": ("Repariert: {detail}", "Repaired: {detail}"),
    "language": ("Angegebene Sprache: {language}", "Declared language: {language}"),
    "no_language": ("Der Feed nennt keine Sprache.", "The feed declares no language."),
    "no_date": ("Einträge ohne Datum: {count}", "Entries without a date: {count}"),
    "bad_date": (
        "Einträge mit unlesbarem Datum: {count}, etwa „{example}“; lesbar wäre „{right}“.",
        "Entries with an unreadable date: {count}, such as \"{example}\"; \"{right}\" could be read.",
    ),
    "future": (
        "Einträge mit einem Datum in der Zukunft: {count}. Das Datum soll sagen, wann die Nachricht erschien.",
        "Entries dated in the future: {count}. The date should say when the news was published.",
    ),
    "no_guid": (
        "Einträge ohne Kennung (guid/id): {count}. Ohne sie kann eine geänderte Meldung als neue erscheinen.",
        "Entries without an id (guid): {count}. Without one, an edited item may pass for a new one.",
    ),
    "same_guid": (
        "Eine Kennung steht bei mehreren Einträgen: {guid}",
        "One id stands on several entries: {guid}",
    ),
    "no_link": ("Einträge ohne Link: {count}", "Entries without a link: {count}"),
    "no_text": (
        "Einträge ohne Text: {count}. Ein Anlesetext von zwei Sätzen hilft.",
        "Entries without text: {count}. A teaser of two sentences helps.",
    ),
    "entry": ("Neuester Eintrag: {title} ({date})", "Newest entry: {title} ({date})"),
    "fine": ("Alles lesbar.", "Everything can be read."),
    "usable": (
        "Lesbar; was oben mit „Tipp“ steht, würde es besser machen.",
        "It can be read; what is marked \"hint\" above would make it better.",
    ),
    "undated": ("ohne Datum", "undated"),
}  # fmt: skip


def explain(
    url: str,
    answer: FetchAnswer,
    result: ReadResult | None,
    *,
    again: FetchAnswer | None = None,
    named: Sequence[str] | None = None,
    language: str = "en",
    translate: Callable[[str], str] = str,
    now: datetime,
) -> list[Step]:
    """
    Return the steps of one look, in order; the last one sums up.

    Args:
        named: Addresses of feeds that a page names, where it is one.
        translate: Puts a sentence of the fetcher or the reader into that language.
    """
    say = _Speaker(language, translate)
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
        seconds=say.number(f"{answer.seconds:.1f}"),
        size=say.number(f"{len(answer.body):,}"),
        type=kind,
    )
    if result is None or result.document is None:
        say.bad("no_feed", detail=result.error if result else "The document is empty.")
        for feed in named or ():
            say.good("named", url=feed)
        if named is not None and not named:
            say.hint("none_named", tag=_TAG)
        return say.steps
    _explain_headers(say, answer, again, result.document)
    _explain_document(say, result.document, now)
    is_fine = all(step.mood is Mood.GOOD for step in say.steps)
    say.good("fine" if is_fine else "usable")
    return say.steps


class _Speaker:
    """Collects steps in one language."""

    def __init__(self, language: str, translate: Callable[[str], str]) -> None:
        self._column = 0 if language == "de" else 1
        self._translate = translate
        self.steps: list[Step] = []

    def word(self, name: str, **facts: object) -> str:
        """Return one sentence."""
        if "detail" in facts:
            facts["detail"] = self._translate(str(facts["detail"]))
        made = _WORDS[name][self._column].format(**facts)
        return made[:1].upper() + made[1:]

    def number(self, written: str) -> str:
        """Return a number with the marks of the language."""
        return written if self._column else written.translate(_GERMAN_MARKS)

    def good(self, name: str, **facts: object) -> None:
        """Note what is right."""
        self._note(Mood.GOOD, name, facts)

    def hint(self, name: str, **facts: object) -> None:
        """Note what could be better."""
        self._note(Mood.HINT, name, facts)

    def bad(self, name: str, **facts: object) -> None:
        """Note what stands in the way."""
        self._note(Mood.BAD, name, facts)

    def _note(self, mood: Mood, name: str, facts: dict[str, object]) -> None:
        step = Step(mood=mood, text=self.word(name, **facts))
        # A redirect in a circle says the same five times.
        if step not in self.steps:
            self.steps.append(step)


def _explain_problem(say: _Speaker, answer: FetchAnswer) -> None:
    if answer.problem is FetchProblem.STATUS:
        name = f"status_{403 if answer.status in (407, 451) else answer.status}"
        if name not in _WORDS:
            name = "status_5xx" if answer.status >= 500 else "nowhere" if answer.status in MOVED else "status"
        say.bad(name, status=answer.status)
        if wall := looks.bot_wall(answer):
            say.bad("wall", wall=wall)
        return
    assert answer.problem is not None
    targets = [target for _, _, target in answer.hops]
    if answer.problem is FetchProblem.TOO_MANY_HOPS and len(set(targets)) < len(targets):
        say.bad("circle", to=targets[-1])
        return
    name = answer.problem.value
    say.bad(name if name in _WORDS else "problem", detail=answer.detail)


def _explain_headers(
    say: _Speaker, answer: FetchAnswer, again: FetchAnswer | None, document: Document
) -> None:
    kind = answer.content_type.partition(";")[0].strip().lower()
    if (
        document.format != "page"
        and kind
        and not any(word in kind for word in ("xml", "json", "rss", "atom"))
    ):
        right = {"atom": "application/atom+xml", "json": "application/feed+json"}
        say.hint("type", type=kind, right=right.get(document.format[:4], "application/rss+xml"))
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
    form = say.word("page") if document.format == "page" else _FORMATS.get(document.format, document.format)
    say.good("feed" if document.title else "untitled", format=form, title=document.title, count=len(entries))
    if not document.title:
        say.hint("no_title")
    if document.language:
        say.good("language", language=document.language)
    else:
        say.hint("no_language")
    for problem in document.problems[:5]:
        say.hint("repaired", detail=problem)
    if not entries:
        say.hint("empty")
        return
    _explain_dates(say, entries)
    counts = {
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
    date = dates.local_day(newest.published) if newest.published else say.word("undated")
    say.good("entry", title=newest.title, date=date)


def _explain_dates(say: _Speaker, entries: Sequence[Entry]) -> None:
    """Tell apart what has no date, one that nobody can read, and one that cannot be yet."""
    undated = [entry for entry in entries if entry.published is None]
    if missing := sum(not entry.published_raw for entry in undated):
        say.hint("no_date", count=missing)
    if unread := [
        entry.published_raw
        for entry in undated
        if entry.published_raw and not dates.parse(entry.published_raw)
    ]:
        say.hint("bad_date", count=len(unread), example=unread[0], right="Mon, 02 Mar 2026 08:00:00 +0100")
    # The reader believes no date that lies ahead (F5); here it is told why.
    if ahead := sum(bool(entry.published_raw and dates.parse(entry.published_raw)) for entry in undated):
        say.hint("future", count=ahead)
