"""An invented edition of forty stories in German and English, and the shipped newsletter, for tests of editing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from newsdigest.adapters.jinja_renderer import JinjaRenderer
from newsdigest.adapters.premailer_inliner import inline
from newsdigest.model.editions import Edition, EditionState, Placement
from newsdigest.model.items import EventDates
from newsdigest.model.newsletters import Newsletter
from newsdigest.settings import catalogue
from newsdigest.settings.workspace import Workspace, shipped

DAY = date(2026, 3, 12)
WINDOW = (datetime(2026, 3, 4, 11, tzinfo=UTC), datetime(2026, 3, 11, 11, tzinfo=UTC))
SEND_AT = datetime(2026, 3, 12, 9, tzinfo=UTC)


def make_newsletter(**changes: Any) -> Newsletter:
    """The shipped weekly newsletter."""
    return replace(Workspace(Path("/nonexistent")).newsletters["weekly"], **changes)


@lru_cache
def make_renderer() -> JinjaRenderer:
    """The renderer with the shipped templates, words and theme."""
    folders = (shipped("templates"),)
    themes = Workspace(Path("/nonexistent")).themes
    return JinjaRenderer(
        folders=folders, words=catalogue.load(folders, ("de", "en")), themes=themes, inline=inline
    )


def make_placement(number: int = 1, language: str = "de", **changes: Any) -> Placement:
    """A story of a member; `number` makes it another one."""
    defaults: dict[str, Any] = {
        "id": f"s{number:03}.{language}",
        "story_id": f"s{number:03}",
        "item_id": f"i{number:03}",
        "language": language,
        "text_language": language,
        "section_id": "members",
        "position": number,
        "headline": f"Meldung Nummer {number}" if language == "de" else f"Story number {number}",
        "teaser": "Ein Satz, der etwas sagt.",
        "url": f"https://mitglied-{number}.example/meldung?id={number}&l={language}",
        "organisation": "Muldenmed",
        "topics": ("medtech",),
        "published": datetime(2026, 3, 9, 8, tzinfo=UTC),
    }
    return Placement(**defaults | changes)


def make_edition(*placements: Placement, **changes: Any) -> Edition:
    """A draft of 12 March 2026."""
    defaults: dict[str, Any] = {
        "id": "weekly-2026-03-12",
        "newsletter_id": "weekly",
        "day": DAY,
        "number": 11,
        "state": EditionState.DRAFT,
        "window": WINDOW,
        "send_at": SEND_AT,
        "created_at": WINDOW[1],
        "placements": placements,
    }
    return Edition(**defaults | changes)


_DE: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("own", "Freistaat bewilligt 3,84 Millionen Euro für Transferzentrum Implantierbare Sensorik", "Biosphäre Sachsen e. V.",
     "Das Zentrum in Dresden bringt ab Juli 2026 Forschungsergebnisse zu langlebigen Implantaten in die Anwendung. Beteiligt sind zwölf Mitglieder des Verbands, darunter vier Kliniken. Die ersten Prüfstände sollen im Herbst stehen.",
     {"also_at": (("Sächsisches Staatsministerium für Wirtschaft und Transfer", "https://www.smwt.example/2026/transferzentrum"), ("Elbtal Biosensorik", "https://elbtal-biosensorik.example/?p=1496")), "notices": ("Diese Maßnahme wird mitfinanziert durch Steuermittel auf der Grundlage des vom Sächsischen Landtag beschlossenen Haushaltes.",)}),
    ("own", "Clustermanagement erhält Gold-Label der europäischen Exzellenzinitiative", "Biosphäre Sachsen e. V.",
     "Nach dem Audit im Februar bestätigt die Initiative dem Netzwerk die höchste Stufe. Das Label gilt drei Jahre und öffnet den Zugang zu Partnerprogrammen in elf Ländern.", {}),
    ("own", "Stellungnahme: Forschungsdaten brauchen kurze Fristen", "Biosphäre Sachsen e. V.",
     "Der Verband begrüßt den Entwurf des Gesundheitsdatengesetzes, hält aber eine Frist von sechs Monaten für die Freigabe von Daten für zu lang.", {"kind": "statement"}),
    ("members", "Herzpumpen-Controller nach MDR zertifiziert", "Muldenmed",
     "Die Benannte Stelle hat die Konformität nach Anhang IX bestätigt. Das Gerät aus Grimma steuert Herzunterstützungssysteme über bis zu 14 Stunden ohne Netz; die Auslieferung beginnt im Mai.", {"also_at": (("Informationsdienst Forschung Mitteldeutschland", "https://ifm.example/de/news831300"),)}),
    ("members", "PleißeCell schließt Finanzierungsrunde über 18 Millionen Euro", "PleißeCell Therapeutics",
     "Angeführt wird die Runde von einem Wagniskapitalgeber aus Kopenhagen. Mit dem Geld soll die Phase-I-Studie zu einer allogenen Zelltherapie bei Knorpelschäden abgeschlossen werden.", {}),
    ("members", "Klinikverbund Westsachsen nimmt OP-Roboter in Betrieb", "Klinikverbund Westsachsen",
     "Seit Montag operieren zwei Teams in Zwickau minimalinvasiv mit dem neuen System. Im ersten Jahr sind 220 Eingriffe in Urologie und Viszeralchirurgie geplant.", {}),
    ("members", "Gesundheitskasse Ostsachsen startet Telemonitoring für Herzpatienten", "Gesundheitskasse Ostsachsen",
     "1.200 Versicherte mit Herzinsuffizienz können teilnehmen. Auffällige Werte gehen innerhalb von 30 Minuten an ein Zentrum in Görlitz.", {}),
    ("members", "Handscanner verkürzt Wartezeit auf Orthesen", "Vogtland Orthetik", "Statt eines Gipsabdrucks genügt ein Scan von 40 Sekunden. Die Werkstatt in Auerbach fertigt die Orthese danach binnen drei Tagen.", {}),
    ("new_members", "Neu im Netzwerk: GörliGen Diagnostics", "Biosphäre Sachsen e. V.", "Das Unternehmen aus Görlitz entwickelt Schnelltests für von Zecken übertragene Infektionen und beschäftigt 23 Menschen.", {"kind": "new_member"}),
    ("awards_people", "Neuer Geschäftsführer im Klinikverbund Westsachsen", "Klinikverbund Westsachsen", "Dr. Henrike Sommerlatt übernimmt zum 1. April die Leitung des Verbunds mit vier Häusern.", {"kind": "people"}),
    ("awards_people", "Muldenmed gewinnt Mitteldeutschen Gerätepreis", "Muldenmed", "Die Jury würdigt die leise Pumpensteuerung und die Bedienung mit einer Hand. Der Preis ist mit 20.000 Euro verbunden.", {}),
    ("research", "Einwegsensor weist Sepsis-Marker in zwölf Minuten nach", "Elbtal Biosensorik", "Das Verfahren misst Procalcitonin aus einem Tropfen Blut. In einer Studie mit 312 Proben stimmten 97 Prozent der Ergebnisse mit dem Labor überein.", {}),
    ("research", "Knochenschrauben aus Magnesium lösen sich nach Plan auf", "Informationsdienst Forschung Mitteldeutschland", "Eine Beschichtung aus Calciumphosphat verzögert den Abbau um acht Wochen, bis der Knochen trägt.", {}),
    ("policy", "Kabinett beschließt Landesstrategie Gesundheitswirtschaft 2032", "Sächsisches Staatsministerium für Wirtschaft und Transfer", "Die Strategie nennt 24 Vorhaben, darunter ein Reallabor für vernetzte Medizinprodukte und schnellere Genehmigungen für Reinräume.", {}),
]  # fmt: skip
_EN: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("own", "Free State grants 3.84 million euros to a transfer centre for implantable sensors", "Biosphere Saxony",
     "From July 2026 the centre in Dresden will bring research on long-lived implants into use. Twelve members of the association take part, among them four hospitals.",
     {"also_at": (("Informationsdienst Forschung Mitteldeutschland", "https://ifm.example/en/news831205"),), "notices": ("This measure is co-financed by tax revenue on the basis of the budget adopted by the Saxon State Parliament.",)}),
    ("own", "Cluster management awarded the European gold label for excellence", "Biosphere Saxony", "After February's audit the initiative confirms the highest level. The label is valid for three years and opens partner programmes in eleven countries.", {}),
    ("members", "Heart-pump controller certified under the MDR", "Muldenmed", "The notified body has confirmed conformity under Annex IX. The device runs for up to 14 hours without mains power; deliveries begin in May.", {}),
    ("members", "PleißeCell closes an 18 million euro financing round", "PleißeCell Therapeutics", "The money will complete the phase I trial of an allogeneic cell therapy for cartilage defects.", {}),
    ("members", "GörliGen tick-borne infection test cleared under IVDR", "GörliGen Diagnostics", "Results are ready in 25 minutes, without a laboratory. The first batch goes to practices in Saxony and Lower Silesia.", {}),
    ("research", "Single-use sensor detects sepsis marker in twelve minutes", "Elbtal Biosensorik", "The method measures procalcitonin in one drop of blood. In a study of 312 samples, 97 per cent of the results agreed with the laboratory.", {}),
    ("policy", "Report: hospitals buy regionally", "Clusterboard Europe", "A survey of 410 hospitals in nine countries finds that 38 per cent of purchases come from within 200 kilometres.", {}),
]  # fmt: skip
_CALLS = [
    ("Richtlinie „KI-gestützte Diagnostik in der ambulanten Versorgung“", "AI-supported diagnostics in outpatient care: call for outlines", "Bundesministerium für Gesundheitsforschung", date(2026, 3, 18)),
    ("Innovationsprämie für Kleinbetriebe der Gesundheitswirtschaft", "", "Sächsisches Staatsministerium für Wirtschaft und Transfer", date(2026, 3, 31)),
    ("Cross-border medtech vouchers", "Cross-border medtech vouchers", "Clusterboard Europe", date(2026, 4, 30)),
    ("Nachwuchsgruppen in der Infektionsforschung", "", "Bundesministerium für Gesundheitsforschung", date(2026, 6, 15)),
]  # fmt: skip
_EVENTS = [
    ("15. Regulatorik-Stammtisch in Dresden", "15th regulatory affairs meet-up in Dresden", EventDates(start=date(2026, 3, 18), start_time=time(17, 0), end_time=time(19, 30), place="Dresden, Haus am Zwingerteich"), ""),
    ("Webinar: Datenräume für klinische Studien", "", EventDates(start=date(2026, 3, 24), start_time=time(10, 0), is_online=True), ""),
    ("Delegationsreise nach Taichung", "Delegation to Taichung", EventDates(start=date(2026, 5, 11), end=date(2026, 5, 16), place="Taichung, Taiwan"), ""),
    ("Tag der offenen Tür im OP-Zentrum", "", EventDates(start=date(2026, 4, 18), start_time=time(11, 0), place="Zwickau", is_cancelled=True), ""),
    ("Partnering-Konferenz BioTandem", "BioTandem partnering conference", EventDates(start=date(2026, 10, 8), place="Leipzig", is_moved=True), ""),
]  # fmt: skip
_JOBS = [
    ("Qualitätsmanager GMP (m/w/d)", "Quality manager GMP (all genders)", "PleißeCell Therapeutics", "Leipzig", date(2026, 4, 10)),
    ("Orthopädietechniker (m/w/d)", "", "Vogtland Orthetik", "Auerbach", date(2026, 3, 20)),
    ("", "Postdoctoral researcher (all genders)", "Dresdner Institut für Stammzellbiologie", "Dresden", date(2026, 4, 30)),
]  # fmt: skip
_PRESS = [
    ("Pflegekräfte aus dem Ausland: Was Kliniken wirklich hilft", "Neue Elbzeitung"),
    ("Wie Rehakliniken um Personal werben", "Neue Elbzeitung"),
]


def sample_placements() -> tuple[Placement, ...]:
    """All of the sample edition, both languages."""
    found: list[Placement] = []

    def add(language: str, section: str, headline: str, organisation: str, **more: Any) -> None:
        number = len(found) + 1
        story = more.pop("story_id", f"s{number:03}")
        more.setdefault("text_language", language)
        more.setdefault("published", datetime(2026, 3, 10, 9, tzinfo=UTC) - timedelta(days=number % 6))
        found.append(
            make_placement(
                number,
                language,
                section_id=section,
                headline=headline,
                organisation=organisation,
                story_id=story,
                id=f"{story}.{language}",
                **{"teaser": "", **more},
            )
        )

    for language, listed in (("de", _DE), ("en", _EN)):
        for section, headline, organisation, teaser, more in listed:
            add(language, section, headline, organisation, teaser=teaser, **more)
        for german, english, organisation, deadline in _CALLS:
            if title := (german if language == "de" else english):
                add(language, "calls", title, organisation, kind="call", deadline=deadline, published=None)
        for german, english, event, _ in _EVENTS:
            if title := (german if language == "de" else english):
                who = "Biosphäre Sachsen e. V." if language == "de" else "Biosphere Saxony"
                add(language, "events", title, who, kind="event", event=event)
        for german, english, organisation, place, deadline in _JOBS:
            if title := (german if language == "de" else english):
                add(language, "jobs", f"{title}, {place}", organisation, kind="job", deadline=deadline)
        if language == "de":
            for headline, medium in _PRESS:
                add("de", "press", headline, medium, kind="press_review")
    for _, headline, organisation, _, _ in [_DE[2], _DE[5], _DE[6], _DE[7], _DE[13]]:
        add("en", "in-de", headline, organisation, text_language="de")
    return tuple(found)


def sample_edition(**changes: Any) -> Edition:
    """The sample edition with introductions in both languages."""
    introductions = (
        (
            "de",
            "Liebe Leserinnen und Leser,\n\nin dieser Woche hat der Freistaat das Transferzentrum bewilligt, an dem viele von Ihnen zwei Jahre gearbeitet haben. Das ist ein gemeinsamer Erfolg.\n\nBitte merken Sie sich den Regulatorik-Stammtisch am 18. März vor: Es geht um die ersten Erfahrungen mit der neuen Verordnung.",
        ),
        (
            "en",
            "Dear readers,\n\nthis week the Free State approved the transfer centre on which many of you have worked for two years. It is a success we share.\n\nPlease save 18 March for the regulatory affairs meet-up.",
        ),
    )
    return make_edition(*sample_placements(), **{"introductions": introductions, **changes})
