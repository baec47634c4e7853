"""Days in German and English texts: which are events, deadlines, embargoes, and which are none of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsdigest.model.disagreements import contradictions
from newsdigest.sorting import event_dates
from newsdigest.sorting.event_dates import DatesRead

BERLIN = ZoneInfo("Europe/Berlin")
PUBLISHED = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)  # a Thursday


def read(text: str, title: str = "", published: datetime = PUBLISHED) -> DatesRead:
    return event_dates.read(title=title, text=text, published=published, zone=BERLIN)


def day(text: str) -> date:
    return date.fromisoformat(text)


EVENTS = [
    # German: days
    ("Der Stammtisch findet am 12. März 2026 in Leipzig statt.", "2026-03-12", None),
    ("Der Stammtisch findet am 12.03.2026 statt.", "2026-03-12", None),
    ("Der Workshop findet am 12.3.26 in Chemnitz statt.", "2026-03-12", None),
    ("Die Konferenz beginnt am Donnerstag, dem 12. März, um 10 Uhr.", "2026-03-12", None),
    ("Termin: Do., 12.03.2026, 18:00 Uhr", "2026-03-12", None),
    ("Wann: 12. März 2026, 10 bis 16 Uhr\nWo: BIO CITY Leipzig", "2026-03-12", None),
    ("Datum: 12. Mai 2026", "2026-05-12", None),
    ("Termin und Ort: 12. Mai 2026, Dresden", "2026-05-12", None),
    ("Wir laden herzlich zum Sommerfest am 3. Juli ein.", "2026-07-03", None),
    ("Am 18. April präsentieren sich 60 Unternehmen auf der Fachmesse.", "2026-04-18", None),
    ("Am 3.9. um 18 Uhr trifft sich der Arbeitskreis.", "2026-09-03", None),
    ("Das Webinar am 7. Januar zeigt, wie es geht.", "2027-01-07", None),
    ("Die Mitgliederversammlung findet am 1. Dezember 2026 um 14 Uhr statt.", "2026-12-01", None),
    ("Merken Sie sich den 24. September 2026 vor: bionection in Dresden.", "2026-09-24", None),
    # German: several days
    ("Der Kongress findet vom 12. bis 14. März 2026 in Dresden statt.", "2026-03-12", "2026-03-14"),
    ("Die Tagung findet vom 12.–14. Mai 2026 statt.", "2026-05-12", "2026-05-14"),
    ("Die Messe öffnet vom 12.-14.05.2026 in Halle 3.", "2026-05-12", "2026-05-14"),
    ("Die Konferenz tagt vom 30. März bis zum 2. April 2026 in Jena.", "2026-03-30", "2026-04-02"),
    ("Der Kurs findet am 12. und 13. Mai 2026 statt.", "2026-05-12", "2026-05-13"),
    ("Workshop am 12./13. Mai 2026 in Aue", "2026-05-12", "2026-05-13"),
    ("Die Fachmesse findet vom 30.03. bis 02.04.2026 statt.", "2026-03-30", "2026-04-02"),
    ("Die Akademie findet vom 29. Dezember 2026 bis 3. Januar 2027 statt.", "2026-12-29", "2027-01-03"),
    # German: weeks and months
    ("Der Workshop findet in KW 12 statt.", "2026-03-16", "2026-03-22"),
    ("Der Kongress findet in der 12. Kalenderwoche statt.", "2026-03-16", "2026-03-22"),
    ("Die Konferenz findet in KW 20/2026 in Leipzig statt.", "2026-05-11", "2026-05-17"),
    ("Die Konferenz findet im September 2026 in Leipzig statt, Termin folgt.", "2026-09-01", "2026-09-30"),
    ("Das Forum findet Anfang Juni 2026 in Dresden statt.", "2026-06-01", "2026-06-10"),
    # English: days
    ("The workshop takes place on 12 March 2026 in Leipzig.", "2026-03-12", None),
    ("The conference will be held on March 12, 2026.", "2026-03-12", None),
    ("Join our webinar on Thursday, 12 March at 10 a.m.", "2026-03-12", None),
    ("When: 12 March 2026, 6 pm", "2026-03-12", None),
    ("Date: 12th of May 2026", "2026-05-12", None),
    ("The meeting takes place on the 3rd of July.", "2026-07-03", None),
    ("The symposium starts on 2026-05-12.", "2026-05-12", None),
    ("Save the date: 24 September 2026, bionection in Dresden", "2026-09-24", None),
    ("The reception begins at 6 pm on 7 January in Leipzig.", "2027-01-07", None),
    ("The get-together takes place on 13/05/2026.", "2026-05-13", None),
    # English: several days, weeks, months
    ("The congress takes place from 12 to 14 March 2026 in Dresden.", "2026-03-12", "2026-03-14"),
    ("The trade fair opens 12-14 May 2026 in hall 3.", "2026-05-12", "2026-05-14"),
    ("The summit takes place May 12-14, 2026.", "2026-05-12", "2026-05-14"),
    ("The conference takes place March 30 to April 2, 2026.", "2026-03-30", "2026-04-02"),
    ("The conference takes place from 30 March to 2 April 2026.", "2026-03-30", "2026-04-02"),
    ("The course takes place on 12 and 13 May.", "2026-05-12", "2026-05-13"),
    ("The workshop takes place in calendar week 12.", "2026-03-16", "2026-03-22"),
    ("The forum takes place in mid-June 2026.", "2026-06-11", "2026-06-20"),
    ("The fair will be held in October 2026.", "2026-10-01", "2026-10-31"),
]


@pytest.mark.parametrize(("text", "start", "end"), EVENTS, ids=[text[:45] for text, *_ in EVENTS])
def test_the_day_of_an_event_is_read(text: str, start: str, end: str | None) -> None:
    """German and English forms, spans, weeks and months become start and end."""
    event = read(text).event
    assert event is not None
    assert (day(start), day(end) if end else None) == (event.start, event.end)


TIMES = [
    ("Der Stammtisch findet am 12. März 2026, 18 Uhr, statt.", time(18), None),
    ("Der Stammtisch findet am 12. März 2026 um 18:30 Uhr statt.", time(18, 30), None),
    ("Wann: 12.03.2026, 10.00 Uhr", time(10), None),
    ("Termin: 12. März 2026, 10–16 Uhr", time(10), time(16)),
    ("Termin: 12. März 2026 von 10 bis 16.30 Uhr", time(10), time(16, 30)),
    ("Termin: 12. März 2026, 10:00–12:30", time(10), time(12, 30)),
    ("The workshop takes place on 12 March 2026 at 10:00 CET.", time(10), None),
    ("When: 12 March 2026, 10 am to 4 pm", time(10), time(16)),
    ("When: 12 March 2026, 2-4 p.m.", time(14), time(16)),
    ("The lecture begins at 6.30 pm on 12 March.", time(18, 30), None),
    ("The lecture takes place on 12 March 2026 at noon.", time(12), None),
    ("Der Kongress findet am 12. März 2026 in Dresden statt.", None, None),
]


@pytest.mark.parametrize(("text", "start", "end"), TIMES, ids=[text[:45] for text, *_ in TIMES])
def test_the_hour_of_an_event_is_read(text: str, start: time | None, end: time | None) -> None:
    """Hours belong to the day they stand beside; a year is no hour."""
    event = read(text).event
    assert event is not None
    assert (start, end) == (event.start_time, event.end_time)


DEADLINES = [
    ("Anmeldung bis zum 10. März 2026 unter www.example.org.", "2026-03-10"),
    ("Anmeldeschluss: 10.03.2026", "2026-03-10"),
    ("Anmeldeschluss ist der 10. März.", "2026-03-10"),
    ("Bewerbungen sind bis 31. Mai 2026 möglich.", "2026-05-31"),
    ("Bewerben Sie sich bis zum 31.05.2026!", "2026-05-31"),
    ("Bewerbungsfrist: 31. Mai 2026", "2026-05-31"),
    ("Die Einreichungsfrist endet am 30. April 2026.", "2026-04-30"),
    ("Skizzen können bis zum 30. April 2026 eingereicht werden.", "2026-04-30"),
    ("Anträge sind spätestens am 15. April 2026 beim Projektträger einzureichen.", "2026-04-15"),
    (
        "Projektskizzen sind bis spätestens 15. April 2026, 12 Uhr, vorzulegen; die Frist gilt für alle.",
        "2026-04-15",
    ),
    ("Stichtag für die Einreichung ist der 1. Oktober 2026.", "2026-10-01"),
    ("Die Antragsfrist läuft bis zum 30. Juni 2026.", "2026-06-30"),
    ("Vom 1. April bis 30. Juni 2026 können Anträge eingereicht werden.", "2026-06-30"),
    ("Um Anmeldung wird bis Freitag, 20. März, gebeten.", "2026-03-20"),
    ("Frühbucher melden sich bis 31. März 2026 an (Anmeldung online).", "2026-03-31"),
    ("Register by 10 March 2026.", "2026-03-10"),
    ("Please register by Friday, 20 March.", "2026-03-20"),
    ("Registration deadline: 20 March 2026", "2026-03-20"),
    ("Outlines are due by 15 October.", "2026-10-15"),
    ("Proposals must be submitted no later than April 15, 2026.", "2026-04-15"),
    ("Applications are open until 31 May 2026.", "2026-05-31"),
    ("The call closes on 30 April 2026 at 17:00 CET.", "2026-04-30"),
    ("Deadline for applications is 31 May.", "2026-05-31"),
    ("Closing date: 31 May 2026", "2026-05-31"),
    ("Apply before 1 June 2026.", "2026-06-01"),
    ("Send your application by 31 March 2026 to the clinic.", "2026-03-31"),
]


@pytest.mark.parametrize(("text", "expected"), DEADLINES, ids=[text[:45] for text, _ in DEADLINES])
def test_a_deadline_is_read_and_is_no_event(text: str, expected: str) -> None:
    """What one must do until a day is a deadline; it does not become an event's date."""
    found = read(text)
    assert day(expected) == found.deadline
    assert found.event is None


NOTHING = [
    "Leipzig, 4. März 2026 – Die Firma hat 40 Mitarbeiter.",
    "Dresden, 5. März 2026. Das Institut entdeckt ein Protein.",
    "Das Unternehmen wurde am 12. Mai 2009 gegründet.",
    "Seit dem 1. Januar 2026 leitet sie das Labor.",
    "Das Projekt läuft vom 1. April 2026 bis 31. März 2030.",
    "Das Label ist gültig bis 28. Februar 2029.",
    "The label is valid until 28 February 2029.",
    "Stand: 3. März 2026",
    "Zum 1. Juli 2026 übernimmt sie die Geschäftsführung.",
    "She takes over as managing director on 1 July 2026.",
    "Im ersten Quartal 2026 stieg der Umsatz auf 12,3 Mio. Euro.",
    "Die Konferenz fand am 12. Februar 2026 in Leipzig statt.",
    "The conference took place on 12 February 2026.",
    "Version 1.2.3 kostet 12.000 Euro, Telefon 0341 12.03.",
    "You may order 12 units; the march of progress goes on.",
    "Am 31. Februar 2026 findet nichts statt.",
    "Die Verordnung tritt am 1. Januar 2027 in Kraft.",
    "",
]


@pytest.mark.parametrize("text", NOTHING, ids=[text[:45] or "empty" for text in NOTHING])
def test_other_days_are_left_alone(text: str) -> None:
    """Datelines, history, terms of projects and offices are neither events nor deadlines."""
    assert (read(text).event, read(text).deadline) == (None, None)


def test_event_and_deadline_of_one_text_are_told_apart() -> None:
    """The day of the fair and the day to register by are two fields."""
    found = read(
        "Der Neujahrsempfang findet am 19. März 2026, 18 Uhr, in Leipzig statt. Anmeldung bis 10. März."
    )
    assert found.event is not None
    assert (day("2026-03-19"), "Leipzig") == (found.event.start, found.event.place)
    assert day("2026-03-10") == found.deadline


MOVED = [
    "Der Empfang wird vom 12. März auf den 19. März 2026 verlegt.",
    "Der Empfang am 12. März wird auf den 19. März 2026 verschoben.",
    "Neuer Termin: 19. März 2026. Der Empfang war für den 12. März geplant.",
    "The reception has been moved from 12 March to 19 March 2026.",
    "The reception is postponed to 19 March 2026 (originally 12 March).",
]


@pytest.mark.parametrize("text", MOVED, ids=[text[:45] for text in MOVED])
def test_a_moved_event_has_its_new_day(text: str) -> None:
    """The old day is history."""
    event = read(text, title="Neujahrsempfang").event
    assert event is not None
    assert (day("2026-03-19"), True) == (event.start, event.is_moved)


@pytest.mark.parametrize(
    "text",
    [
        "Der Stammtisch am 12. März 2026 fällt aus.",
        "Der Stammtisch am 12. März 2026 ist abgesagt.",
        "The meeting on 12 March 2026 has been cancelled.",
    ],
)
def test_a_cancelled_event_is_marked(text: str) -> None:
    """The calendar must say so."""
    event = read(text).event
    assert event is not None
    assert event.is_cancelled


def test_place_and_online_are_read() -> None:
    """A labelled place wins; a webinar has none to go to."""
    labelled = read("Wann: 12. März 2026, 10 Uhr\nOrt: BIO CITY Leipzig, Deutscher Platz 5").event
    online = read("Das Webinar findet am 12. März 2026 online statt.").event
    assert labelled is not None
    assert online is not None
    assert (labelled.place, labelled.is_online) == ("BIO CITY Leipzig, Deutscher Platz 5", False)
    assert online.is_online


EMBARGOES = [
    ("Sperrfrist: 12. März 2026, 10 Uhr", "2026-03-12T09:00"),
    ("Sperrfrist bis 12.03.2026, 10:00 Uhr MEZ", "2026-03-12T09:00"),
    ("SPERRFRIST: Donnerstag, 12. März 2026, 0:01 Uhr", "2026-03-11T23:01"),
    ("Gesperrt bis Donnerstag, 12. März, 14.30 Uhr.", "2026-03-12T13:30"),
    ("Frei ab 12. März 2026", "2026-03-11T23:00"),
    ("Embargoed until 12 March 2026, 10:00 CET", "2026-03-12T09:00"),
    ("EMBARGO: 00:01 GMT, 12 March 2026", "2026-03-12T00:01"),
    ("Under embargo until 5 p.m. on March 12, 2026 EST", "2026-03-12T22:00"),
    ("Not for publication before 12 March 2026, 10 am.", "2026-03-12T09:00"),
    ("Sperrfrist: 1. Juli 2026, 10 Uhr", "2026-07-01T08:00"),
    ("Sperrfrist: 12. März 2026", "2026-03-12T23:00"),
]


@pytest.mark.parametrize(("text", "instant"), EMBARGOES, ids=[text[:45] for text, _ in EMBARGOES])
def test_an_embargo_is_an_instant(text: str, instant: str) -> None:
    """In the named zone, else the source's; a day without an hour is held to its end."""
    found = read(f"{text}\n\nForschende aus Dresden haben ein Protein gefunden.")
    assert datetime.fromisoformat(instant).replace(tzinfo=UTC) == found.embargo_until
    assert found.event is None
    assert found.deadline is None


def test_an_embargo_without_a_readable_day_is_a_warning() -> None:
    """Silence would publish it."""
    found = read("Sperrfrist: bis zum Beginn der Pressekonferenz. Text.")
    assert found.embargo_until is None
    assert "embargo" in found.warnings[0]


@pytest.mark.parametrize(
    "text", ["Sperrfrist: keine. Text.", "Das Waffenembargo gilt bis 12. März 2026, 10 Uhr."]
)
def test_no_embargo_is_no_embargo(text: str) -> None:
    """The word alone holds nothing back."""
    assert (read(text).embargo_until, read(text).warnings) == (None, ())


def test_twins_that_disagree_are_reported() -> None:
    """The German page moved the event, the English one did not."""
    german = read("Der Empfang findet am 19. März 2026, 18 Uhr, statt.")
    english = read("The reception takes place on 12 March 2026 at 6 pm.")
    warning = contradictions(german, english, names=("de", "en"))
    assert warning == ("the event's date differs: de says 2026-03-19, en says 2026-03-12",)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Die Messe findet vom 12. bis 14. Mai 2026 statt.", "The fair takes place on 12 May 2026."),
        ("Die Messe findet im Mai 2026 statt.", "The fair takes place on 12 May 2026."),
        ("Die Messe findet am 12. Mai 2026 statt.", "The fair will be worth a visit."),
    ],
    ids=["first_day_only", "month_only", "no_day"],
)
def test_twins_that_only_say_less_do_not_contradict(one: str, other: str) -> None:
    """A vaguer text agrees with a more exact one."""
    assert contradictions(read(one), read(other)) == ()


@given(st.text(max_size=300))
def test_nothing_in_a_text_can_break_the_reading(text: str) -> None:
    """Any text gives a record."""
    assert isinstance(read(text, title=text[:40]), DatesRead)


@given(st.dates(min_value=date(2026, 3, 6), max_value=date(2027, 12, 31)))
def test_every_day_survives_its_german_and_english_form(when: date) -> None:
    """Writing a day out and reading it gives the same day."""
    german = f"Die Tagung findet am {when.day}.{when.month}.{when.year} statt."
    english = f"The meeting takes place on {when:%B} {when.day}, {when.year}."
    for text in (german, english):
        event = read(text).event
        assert event is not None
        assert when == event.start
