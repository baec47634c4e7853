"""Which texts call people together, which tell of what is over, which call for applications, which change an office."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from newsdigest.model.items import Kind
from newsdigest.settings import topic_settings
from newsdigest.settings.workspace import shipped
from newsdigest.sorting import announcing, event_dates
from newsdigest.sorting.event_dates import DatesRead
from newsdigest.sorting.kind import KindRules

PUBLISHED = datetime(2026, 11, 24, 9, tzinfo=UTC)


@cache
def rules() -> KindRules:
    return KindRules(topic_settings.load(shipped("config") / "topics.yaml"))


def read(title: str, text: str) -> DatesRead:
    return event_dates.read(title=title, text=text, published=PUBLISHED, zone=ZoneInfo("Europe/Berlin"))


def kind(title: str, text: str) -> Kind:
    return rules().judge(title=title, text=text, dates=read(title, text))[0]


CONVENED = {
    "findet_statt": ("Reihe Zellgespräche, Teil 6", "Teil 6 der Reihe findet am Freitag, dem 4. Dezember 2026, um 17 Uhr in der Aula statt."),
    "laedt_weit_davor_ein": ("Kältekette zum Anfassen", "Am 9. Dezember 2026 lädt die Firma Eiswerk nach drei Jahren Pause wieder Kunden, Nachbarn, Studierende und alle Neugierigen aus der Region in ihre Halle nach Döbeln ein."),
    "spricht_um": ("Was Mikroben erzählen", "Am Donnerstag, dem 3. Dezember 2026, spricht Prof. Lea Brandt um 18:30 Uhr im Audimax."),
    "trifft_sich": ("Arbeitskreis Sterilisation", "Der Arbeitskreis trifft sich am 10. Dezember in Riesa. Beginn: 14 Uhr."),
    "oeffnet_die_labore": ("Ein Blick hinter die Kulissen", "Am Samstag, dem 12. Dezember, öffnet das Institut von 10 bis 16 Uhr seine Labore."),
    "wir_laden_ein": ("Digitales Frühstück zu Vigilanz", "Wir laden Sie am 8. Dezember von 9 bis 10 Uhr zum Austausch ein. Den Zugangslink erhalten Sie danach."),
    "melden_sie_sich": ("Infostunde zum Datenraum", "Die Infostunde am 15. Dezember 2026 dauert eine Stunde. Bitte melden Sie sich bis 10. Dezember an."),
    "reise": ("Delegationsreise nach Brünn vom 8. bis 10. März 2027", "Interessierte Unternehmen melden sich bis 15. Januar."),
    "join_us": ("Proteins after five", "Join us on Thursday, 10 December 2026, from 5 pm for short talks. Registration closes on 7 December."),
    "will_be_held": ("Materials colloquium", "The colloquium will be held on 4 December 2026 at 3 pm in the main lecture hall."),
    "will_host": ("Saxony in Dubai", "The cluster will host a joint stand at the fair from 25 to 28 January 2027."),
    "hosts_with_seats": ("Talking to investors", "The hub hosts an evening with investors on 2 December at 17:00. Seats are limited."),
    "termin_und_ort": ("Skizzenwerkstatt: Anträge gut schreiben", "Termin: Dienstag, 8. Dezember 2026, 10 bis 15 Uhr\nOrt: Technikum, Aue\n\nWer eine Projektskizze für die Bekanntmachung schreibt, bekommt Handwerkszeug."),
    "verleihung": ("Verleihung des Pflegepreises am 3. Dezember", "Der Preis wird am 3. Dezember um 18 Uhr im Rathaus Zittau verliehen."),
    "takes_place": ("Women in life sciences", "Our next round table takes place on 11 December 2026, 9:00-11:00 CET, online."),
}  # fmt: skip
DAY_WITH_AN_HOUR = (
    "Bühnentraining für Gründerinnen",
    "Zweimal wird geübt: am 9. Dezember und am 13. Januar, jeweils um 16 Uhr im Netz.",
)
NOT_CONVENED = {
    "ein_vergangenes_und_das_naechste": ("Hygieneforum brachte 80 Fachleute nach Aue", "Am 17. November 2026 trafen sich 80 Fachleute in Aue. Das nächste Forum findet am 16. November 2027 statt."),
    "rueckblick": ("Rückblick auf das Herbsttreffen", "120 Gäste kamen. Das nächste Treffen findet am 11. November 2027 statt."),
    "workshop_war": ("Workshop zur Pflegerobotik war ausgebucht", "Beim Workshop am 18. November diskutierten 60 Teilnehmer."),
    "past_in_english": ("Founders met investors at pitch night", "More than 60 founders took part in the pitch night on 18 November."),
    "messe_nebenbei": ("Sensolab zeigt Einwegsensor", "Das Unternehmen stellt seinen Sensor vor. Zu sehen ist er auf der Messe, die vom 18. bis 20. Mai 2027 in Hannover stattfindet."),
    "kongress_nebenbei": ("Radiotracer enters clinical trial", "The first patient was dosed. Data will be presented at the congress on 9 October 2027 in Vienna."),
    "laufzeit": ("Studie zu Herzpflastern gestartet", "Die Studie läuft bis Ende 2027. Ergebnisse werden im Juni 2027 erwartet."),
    "ab_januar": ("Klinikum verlegt Station", "Ab 1. Januar 2027 werden die Patienten in Bautzen betreut."),
    "ohne_tag_erzaehlt": ("Sommerfest der Branche", "Mehr als 200 Gäste kamen bei Sonne in den Park und feierten."),
    "gaeste_folgten": ("Neujahrsempfang: 240 Gäste", "Rund 240 Gäste sind der Einladung des Verbandes gefolgt."),
    "messen": ("Implantate, die im Körper messen", "Das Land gibt drei Millionen Euro."),
    "aktienkurs": ("Vor der Kursrakete?", "Die Aktie klettert."),
    "studiengang": ("Neuer Master für Zulassung", "Bewerbungen sind bis 15. Juli 2027 möglich."),
    "jahresbericht": ("Annual report: nine new members, six projects", "The report is out."),
    "baubeginn": ("Neues Werk in Freital", "Der Bau beginnt am 1. März 2027."),
}  # fmt: skip


@pytest.mark.parametrize("case", CONVENED)
def test_a_day_to_come_and_a_plain_invitation_make_an_event(case: str) -> None:
    """Readers find it under events, with its day."""
    assert kind(*CONVENED[case]) is Kind.EVENT
    assert read(*CONVENED[case]).event is not None


@pytest.mark.parametrize("case", NOT_CONVENED)
def test_what_is_over_or_named_in_passing_stays_news(case: str) -> None:
    """A report with next year's day at its end is no invitation."""
    assert kind(*NOT_CONVENED[case]) is Kind.NEWS


def test_hour_end_and_place_come_from_any_mention_of_the_day() -> None:
    """The title names the day, the text says the rest."""
    read_ = read(
        "9. Reinraumtag am 10. Dezember",
        "Der 9. Reinraumtag findet am 10. Dezember 2026 von 9.30 bis 15 Uhr s. t. im Festsaal des Rathauses statt. "
        "Anmeldung bis 4. Dezember.",
    )
    event = read_.event
    assert event is not None
    assert (date(2026, 12, 10), time(9, 30), time(15), "Festsaal des Rathauses", date(2026, 12, 4)) == (
        event.start, event.start_time, event.end_time, event.place, read_.deadline,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Am 14. Januar 2027, ab 18 Uhr, laden wir zum Jahresauftakt in das Verkehrsmuseum Dresden ein.", "Verkehrsmuseum Dresden"),
        ("Der Vortrag findet am 3. Dezember um 16 Uhr c. t. im Hörsaal 2 statt.", "Hörsaal 2"),
        ("Im Haus der Wirtschaft in Plauen findet am 3. Dezember der Stammtisch statt.", "Haus der Wirtschaft"),
        ("Am 3. Dezember findet in Leipzig der Kongress statt.", "Leipzig"),
        ("Am 18. Dezember präsentieren sich in Aue 60 Unternehmen auf der Fachmesse.", "Aue"),
        ("Das Webinar findet am 3. Dezember in Kooperation mit der Kammer statt.", ""),
        ("Am 3. Dezember findet ein Vortrag über Kälteschutz in Bakterien statt.", ""),
        ("The lecture takes place on 3 December at 4 p.m. in the Marie Curie Auditorium.", "Marie Curie Auditorium"),
    ],
)  # fmt: skip
def test_a_place_is_where_people_meet(text: str, place: str) -> None:
    """Not what they talk about, with whom, or the event itself."""
    event = read("", text).event
    assert event is not None
    assert place == event.place


CALLS = {
    "deadline_and_proposals": ("Accelerator: next cut-off for deep tech", "The council invites companies to submit full proposals. Deadline: 10 March 2027, 17:00."),
    "until_behind_a_capital": ("Seed programme for health teams", "Teams can submit their idea until 15 January 2027. Five receive 20,000 euros each."),
    "skizzen": ("Ministerium fördert Wundforschung", "Skizzen sind bis 26. Februar 2027 beim Projektträger einzureichen."),
    "reichen_ein": ("Räume gesucht, Ideen gesucht: Wettbewerb startet", "Teams reichen ihre Ideen bis 1. März 2027 ein."),
    "vorschlaege": ("Nachwuchspreis für Laborautomation", "Vorschläge nimmt die Jury bis zum 20. Dezember 2026 entgegen."),
}  # fmt: skip
NO_CALLS = {
    "abgelaufen": ("Bekanntmachung: Netzwerke im Mittelstand (abgelaufen)", "Anträge konnten bis zum 15. November 2026 gestellt werden."),
    "beendet": ("Förderaufruf beendet: 40 Anträge eingegangen", "Die Einreichungsfrist endete am 31. Oktober 2026."),
    "closed": ("Call for pilot sites: 30 entries", "Applications closed on 20 November 2026."),
    "newsletter": ("Newsletter 12/2026: Preis für Eiswerk, Förderung für Zelltech, neue Ausschreibungen", "Das Wichtigste in Kürze."),
    "kurz_notiert": ("Kurz notiert: Professor berufen, Förderaufruf gestartet, Preis verliehen", "Drei Meldungen."),
    "named_at_the_end": ("Cluster and Taiwanese park sign agreement", "The cluster and the park have agreed to broker suppliers, open test laboratories to each other and exchange five young professionals a year. The chairwoman and the director signed in Leipzig on Tuesday. A delegation of 14 toured two makers of endoscopes and a centre for additive manufacturing, and went on to Dresden. Members can apply for a return visit until 20 December."),
    "news_in_brief": ("News in brief: new CEO, open call, trade fair", "This month in short."),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_a_deadline_ahead_and_something_to_hand_in_make_a_call(case: str) -> None:
    """No word of a call need stand in the title."""
    assert kind(*CALLS[case]) is Kind.CALL
    assert read(*CALLS[case]).deadline is not None


@pytest.mark.parametrize("case", NO_CALLS)
def test_what_has_closed_and_a_round_up_are_no_call(case: str) -> None:
    """Nobody can apply there any more, or never could."""
    assert kind(*NO_CALLS[case]) is Kind.NEWS


def test_a_job_with_a_deadline_is_a_job() -> None:
    """One applies for it as for a grant."""
    text = "Das Institut sucht zum 1. Februar 2027 Verstärkung (m/w/d). Bewerbungen bis 15. Dezember 2026."
    assert kind("Wissenschaftlicher Mitarbeiter Zellbiologie", text) is Kind.JOB


@pytest.mark.parametrize(
    "title",
    [
        "Eiswerk beruft Prof. Lea Brandt in den Beirat", "Jan Voigt ist neuer Chefarzt der Chirurgie",
        "Anna Berg rückt in den Vorstand auf", "Zelltech: Finanzvorstand verlässt das Unternehmen",
        "Wechsel im Aufsichtsrat der Dentalwerke", "Stabwechsel bei der Wirtschaftsförderung",
        "Leiter der Apotheke nach 31 Jahren verabschiedet", "Nachfolge an der Institutsspitze geregelt",
        "Sensolab appoints Mary Hill as chief commercial officer", "Peter Long joins Sensolab as CFO",
        "Cryotec names new head of research", "Managing director of the cluster steps down", "CFO leaves Cryotec",
    ],
)  # fmt: skip
def test_an_office_that_changes_hands_is_news_of_people(title: str) -> None:
    """Appointed, promoted, said goodbye to: in either language."""
    assert kind(title, "Mehr dazu im Text.") is Kind.PEOPLE


@pytest.mark.parametrize(
    "title",
    [
        "Verband beruft sich auf neues Gutachten", "Direktor des Instituts erhält Verdienstorden",
        "Vorstand stellt Quartalszahlen vor", "New circuit board for pacemakers", "Leiter (m/w/d) Qualität gesucht",
        "Neue Wasserleitung für das Klinikum", "Professor warnt vor Engpässen bei Antibiotika",
    ],
)  # fmt: skip
def test_an_office_named_is_no_change(title: str) -> None:
    """Offices stand in many titles."""
    assert not announcing.changes_office(title)


def test_a_day_with_an_hour_in_the_first_sentence_is_one_on_which_people_meet() -> None:
    """No verb need say so."""
    assert kind(*DAY_WITH_AN_HOUR) is Kind.EVENT


def test_the_day_in_the_text_is_closer_than_the_month_in_the_title() -> None:
    """A calendar entry for the whole month would help nobody."""
    event = read(
        "Stammtisch im Dezember", "Am Dienstag, 8. Dezember, treffen wir uns ab 19 Uhr im Ratskeller Aue."
    ).event
    assert event is not None
    assert (date(2026, 12, 8), None, time(19), "Ratskeller Aue") == (
        event.start,
        event.end,
        event.start_time,
        event.place,
    )


def test_of_two_cut_off_dates_the_first_is_due() -> None:
    """Two days are no span."""
    text = "Firms can apply for vouchers. Cut-off dates: 15 January and 15 April 2027."
    assert date(2027, 1, 15) == read("Open call: vouchers", text).deadline


RECURRING = {
    "returns_on": ("MedTech Day returns on 12 May", "The MedTech Day returns on 12 May 2027 in Leipzig.", date(2027, 5, 12), None),
    "returns_to": ("Founders and funders", "The Finance Day returns to Leipzig on 8 April 2027.", date(2027, 4, 8), None),
    "is_back": ("Life Science Day is back on 4 March", "Companies present their work.", date(2027, 3, 4), None),
    "kehrt_zurueck": ("BioTech Day kehrt am 12. Mai zurück", "Firmen zeigen ihre Arbeit.", date(2027, 5, 12), None),
    "ist_zurueck": ("Gründer treffen Geldgeber", "Am 8. April 2027 ist der Finance Day zurück in Leipzig.", date(2027, 4, 8), None),
    "naechste_runde": ("Medizintechnik-Tag geht am 4. März in die nächste Runde", "Er dauert einen Tag.", date(2027, 3, 4), None),
    "ausstellung": ("Körper und Technik", "Die Ausstellung ist vom 1. Dezember 2026 bis 31. Mai 2027 im Museum zu sehen.", date(2026, 12, 1), date(2027, 5, 31)),
    "laeuft_vom": ("Neue Ausstellung öffnet am 1. Dezember", "Die Schau „Leben im Labor“ läuft vom 1. Dezember 2026 bis 31. März 2027.", date(2026, 12, 1), date(2027, 3, 31)),
    "exhibition": ("Exhibition on smart implants", "The exhibition is open from 1 February to 30 April 2027 at the museum.", date(2027, 2, 1), date(2027, 4, 30)),
    "exhibition_in_title": ("Exhibition: prosthetics of the future", "From 2 January to 15 May 2027 the Technical Collections show sixty of them.", date(2027, 1, 2), date(2027, 5, 15)),
}  # fmt: skip
NO_EVENT = {
    "person_returns": ("Chefärztin kommt wieder", "Dr. Weber returns to the clinic on 1 March 2027 after a year in Seoul."),
    "minister": ("Minister kehrt am 12. Dezember aus Korea zurück", "Minister Schmidt kehrt am 12. Dezember 2026 von seiner Reise zurück."),
    "landtag": ("Beratung vertagt", "Der Landtag kehrt am 12. Januar 2027 aus der Pause zurück."),
    "montag": ("Betrieb läuft an", "Am Montag, dem 7. Dezember 2026, kehrt der Betrieb zurück."),
    "project": ("Projekt zur Frühdiagnose", "Das Projekt läuft vom 1. Januar bis 30. September 2027 und zeigt neue Wege."),
    "offer": ("Impfwochen in den Praxen", "Die Aktion läuft vom 1. Dezember 2026 bis 31. März 2027."),
    "certificates": ("Neue Formulare", "Die Ausstellung von Bescheinigungen läuft vom 1. Januar bis 31. Mai 2027 über das Portal."),
    "exhibition_stand": ("Visitors at our exhibition stand", "The project runs from 1 January to 30 June 2027 and shows new ways."),
    "exhibition_over": ("Ausstellung im Museum war ein Erfolg", "Sie war vom 1. April bis 30. September 2026 zu sehen. 20.000 Gäste kamen."),
}  # fmt: skip


@pytest.mark.parametrize(("title", "text", "start", "end"), RECURRING.values(), ids=RECURRING)
def test_series_and_exhibitions_are_events(title: str, text: str, start: date, end: date | None):
    """A series by its name takes place again; an exhibition lasts for months."""
    found = read(title, text)
    assert found.event is not None
    assert (start, end, Kind.EVENT) == (found.event.start, found.event.end, kind(title, text))


@pytest.mark.parametrize(("title", "text"), NO_EVENT.values(), ids=NO_EVENT)
def test_who_returns_or_what_lasts_is_no_event(title: str, text: str):
    """People, parliaments and weekdays return; projects and offers last."""
    assert kind(title, text) is not Kind.EVENT
