# ruff: noqa: ISC004 - titles and texts
"""Invented items for the tests of grouping, a judge that believes what is declared, and a sorter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.model import ids
from newsdigest.model.items import Item, Judgement, LanguageVerdict
from newsdigest.model.sources import Source, SourceType
from newsdigest.model.stories import Story
from newsdigest.ports.judging import Embedder
from newsdigest.sorting import classify, preferred, weights
from newsdigest.sorting.sort import Sorter, SortReport, sort

NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)

GRANT_DE = (
    "Freistaat bewilligt 3,84 Millionen Euro für Sensorzentrum",
    "Der Freistaat Sachsen fördert das neue Transferzentrum für implantierbare Sensorik in Dresden mit 3,84 Millionen "
    "Euro. Wirtschaftsminister Thorben Adlerhorst übergab den Bescheid am 5. März 2026 an die Biosphäre Management GmbH. "
    "Sieben Unternehmen, drei Institute und eine Klinik arbeiten bis 31. März 2030 zusammen.",
)
GRANT_EN = (
    "Saxony grants EUR 3.84 million for sensor centre",
    "The Free State of Saxony is funding the new transfer centre for implantable sensors in Dresden with EUR 3.84 million. "
    "Economics minister Thorben Adlerhorst handed over the grant notice to Biosphäre Management GmbH on 5 March 2026. "
    "Seven companies, three institutes and one hospital will work together until 31 March 2030.",
)
RETOLD_DE = (
    "Adlerhorst übergibt Bescheid für Transferzentrum Implantierbare Sensorik",
    "Minister Adlerhorst hat heute in Dresden einen Zuwendungsbescheid über rund 3,84 Mio. Euro für das Transferzentrum "
    "Implantierbare Sensorik überreicht. Elf Partner unter Leitung der Biosphäre Management GmbH wollen Implantate mit "
    "Sensorik schneller in die Versorgung bringen. Datum der Übergabe: 5. März 2026.",
)
MEETING = (
    "{n}. Stammtisch Digitale Gesundheit",
    "Beim {n}. Stammtisch Digitale Gesundheit am {d}. März in Leipzig sprechen Kliniken und Gründer über Daten in der "
    "Pflege. Beginn ist um 18 Uhr, der Eintritt ist frei, um Anmeldung wird gebeten. Gastgeber ist der Biocampus.",
)
JOB = (
    "Qualitätsmanager GMP (m/w/d), {place}",
    "Pleißezell entwickelt Zelltherapien gegen seltene Bluterkrankungen und stellt sie in eigenen Reinräumen her. Für "
    "unseren Standort {place} suchen wir eine Fachkraft für das Qualitätsmanagement. Geboten werden flexible Zeiten und "
    "ein unbefristeter Vertrag. Bewerbungen mit der Kennziffer ZT-2026-{n} bis 31. März 2026 an die Personalabteilung.",
)
OTHER = (
    "Hochschule Elbland beruft Professorin für Zellkultur",
    "Die Biologin Ottilie Mühlgraben übernimmt zum Sommersemester die neue Professur für Zellkulturtechnik. Sie kommt "
    "aus Rostock und baut in Riesa ein Labor für Organoide auf.",
)

SOURCES = {
    "verband": Source(
        id="verband", name="Verband", url="https://verband.example/feed", type=SourceType.ASSOCIATION
    ),
    "ministerium": Source(
        id="ministerium", name="Ministerium", url="https://smwt.example/feed", type=SourceType.MINISTRY
    ),
    "portal": Source(id="portal", name="Portal", url="https://portal.example/feed", type=SourceType.PORTAL),
}


class BelievingJudge:
    """Takes the declared language for the truth."""

    def judge(self, item: Item, source: Source | None) -> Judgement:
        return Judgement(
            language=LanguageVerdict(language=item.declared_language or "de", confidence=1.0),
            judged_fingerprint=item.fingerprint,
        )


def make_item(
    title: str, text: str, *, source: str = "verband", language: str = "de", **changes: Any
) -> Item:
    """An unjudged item; the day may be given as `day` (of March 2026)."""
    seen = NOW.replace(day=changes.pop("day", 6))
    guid = changes.pop("guid", f"{source}:{title}:{language}")
    defaults: dict[str, Any] = {
        "id": ids.item_id(source, guid), "source_id": source, "guid": guid, "url": f"https://{source}.example/{ids.derive(guid)}",
        "title": title, "text": text, "first_seen": seen, "last_seen": seen, "published": seen,
        "fingerprint": ids.derive(title, text), "declared_language": language,
    }  # fmt: skip
    return Item(**defaults | changes)


def make_sorter(embedder: Embedder | None = None) -> Sorter:
    """A sorter with the shipped weights."""
    return Sorter(sources=SOURCES, weights=weights.shipped(), order=preferred.ORDER, embedder=embedder)


def grouped(*items: Item) -> dict[str, Story]:
    """Group items in memory; item id to story."""
    judge = BelievingJudge()
    from dataclasses import replace

    judged = {item.id: replace(item, judgement=judge.judge(item, None)) for item in items}
    return classify.group(judged, make_sorter())


def are_one(a: Item, b: Item, *others: Item) -> bool:
    """Whether two items end in one story."""
    stories = grouped(a, b, *others)
    return stories[a.id].id == stories[b.id].id


def keep(store: SQLStore, *items: Item) -> None:
    """Store items as collecting does."""
    with store.write() as unit:
        unit.items.put(items)


def run_sort(store: SQLStore, *, days: int = 0) -> SortReport:
    """Run the job as it would run that many days later."""
    return sort(
        store=store, clock=FixedClock(NOW + timedelta(days=days)), judge=BelievingJudge(), sorter=make_sorter(),
        window=timedelta(days=120),
    )  # fmt: skip


def stored(store: SQLStore) -> list[Story]:
    """All stories."""
    with store.read() as unit:
        return list(unit.stories.seen_since(None))
