"""No embargoed story leaves before its time: not by an act, an approval, an early start or a changed source."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.editing_desk import ID, Desk
from tests.editing_store import fill, make_item, make_judgement
from tests.edition_world import SEND_AT

from newsdigest.editing import checklist, doubts
from newsdigest.editing.teaser import headline_of, teaser_of
from newsdigest.errors import IllegalStepError
from newsdigest.mailing.dispatch import DispatchOrder, dispatch
from newsdigest.model.editions import Edition

UNTIL = SEND_AT + timedelta(hours=30)
TEXT = (
    "Sperrfrist: Freitag, 13. März 2026, 16:00 Uhr. Forschende der Universität haben ein Gerät"
    " gebaut, das Herzen über vierzehn Stunden ohne Netz versorgt."
)


def composed(desk: Desk, until: datetime = UNTIL) -> Edition:
    """An edition of three stories, and one under embargo."""
    held = make_item(9, "klinik", title="Herzpumpe", text=TEXT, embargo_until=until)
    fill(desk.store, (held,), *((make_item(n, f"quelle{n}"),) for n in range(1, 4)))
    made = desk.compose()
    assert made is not None
    return made


def test_waiting_for_an_embargo_cannot_be_taken_in(desk: Desk):
    """The button is refused with the time it ends and what happens by itself."""
    [waiting] = [p for p in composed(desk).waiting if p.language == "de"]
    assert (waiting.held, waiting.embargo_until) == ("embargo", UNTIL)
    with pytest.raises(IllegalStepError, match=r"embargo ends on 2026-03-13, 16:00.*next edition takes it"):
        desk.review.keep(ID, waiting.id, by="mia")
    assert desk.stored().placement(waiting.id) in desk.stored().waiting


def test_an_embargo_over_by_the_start_is_none(desk: Desk):
    """What may be read when the mail leaves stands in it by itself."""
    assert any(p.headline == "Herzpumpe" for p in composed(desk, SEND_AT).placed("de"))


def changed_embargo(desk: Desk, until: datetime | None) -> None:
    """Let the source say another embargo for what stands already."""
    item = make_item(9, "klinik")
    with desk.store.write() as unit:
        unit.items.judge({item.id: make_judgement(embargo_until=until)})


def test_an_embargo_that_came_later_blocks_approval(desk: Desk):
    """The source adds an embargo to what stands in the draft: a block in the check list, and no approval."""
    edition = composed(desk, SEND_AT)
    changed_embargo(desk, UNTIL)
    held = desk.review.embargoed(edition)
    assert set(held.values()) == {UNTIL}
    lines = checklist.checks(edition, desk.newsletter, {}, embargoed=held)
    assert {(check.code, check.level) for check in lines if check.level == "block"} == {("embargo", "block")}
    with pytest.raises(IllegalStepError, match=r"cannot be approved: the embargo of 'Herzpumpe' ends"):
        desk.review.approve(ID, by="chief")
    for placement_id in held:
        desk.review.drop(ID, placement_id, by="mia")
    assert desk.review.approve(ID, by="chief").approval


def test_a_lifted_embargo_holds_nothing(desk: Desk):
    """The source takes it back: approval goes by what is true now."""
    composed(desk, SEND_AT)
    changed_embargo(desk, None)
    assert desk.review.approve(ID, by="chief").approval


def sent(desk: Desk, at: datetime, undo: timedelta = timedelta()) -> object:
    order = DispatchOrder(edition_id=ID, by="chief", undo=undo)
    desk.now = at
    return dispatch(
        clock=desk.clock, store=desk.store, order=order, render=desk.review.render, keys=[b"k" * 32]
    )


def test_sending_earlier_than_planned_waits_for_the_embargo(desk: Desk):
    """Approved for ten o'clock and rightly so; sent by hand at nine it would break the embargo."""
    composed(desk, SEND_AT)
    desk.review.approve(ID, by="chief")
    with pytest.raises(IllegalStepError, match=r"cannot be sent before 2026-03-12, 09:00 UTC.*'Herzpumpe'"):
        sent(desk, SEND_AT - timedelta(hours=1))
    with desk.store.read() as unit:
        assert unit.mailings.mailing(ID) is None
    # The undo window counts: the first mail leaves when it is over.
    assert sent(desk, SEND_AT - timedelta(minutes=10), undo=timedelta(minutes=10))


def test_embargo_line_is_data_not_teaser(desk: Desk):
    """Readers see the news; the line about its embargo is over when they do."""
    composed(desk, SEND_AT)
    [held] = [p for p in desk.stored().placed("de") if p.headline == "Herzpumpe"]
    assert held.teaser.startswith("Forschende der Universität")


@pytest.mark.parametrize(
    "line",
    [
        "Sperrfrist: Freitag, 27. November 2026, 17:00 Uhr. ",
        "+++ Sperrfrist 27.11.2026, 17 Uhr +++ ",
        "(Sperrfrist: 27.11.2026, 10 Uhr) ",
        "SPERRFRIST bis 27.11.2026 – ",
        "Sperrfrist: 27. November 2026, 12 Uhr\n",
        "Embargoed until 27 November 2026, 17:00 CET. ",
        "EMBARGO: none. ",
        "Frei ab 27. November 2026, 17 Uhr. ",
    ],
)
def test_forms_of_embargo_lines(line: str):
    """However it is written, the first sentence of the news opens the teaser."""
    news = "Forschende der Universität haben ein Gerät gebaut, das Herzen ohne Netz versorgt."
    assert teaser_of(make_item(title="Herzpumpe", text=line + news), 300) == news


def test_an_embargo_on_trade_stays():
    """News about an embargo is no line about one."""
    news = "Embargo gegen Laborgeräte trifft seit 2026 auch sächsische Firmen. Der Verband rät zur Prüfung."
    assert teaser_of(make_item(title="Handel", text=news), 300) == news


@pytest.mark.parametrize(
    ("title", "end"),
    [
        ("Neue Richtlinie zum Thema „KI-gestützte Medizinprodukte für die ambulante Versorgung und die stationäre Pflege in ganz Sachsen“ ist da", "ambulante…“"),
        ("Richtlinie für Medizinprodukte und Diagnostik in Sachsen: „KI in der ambulanten Versorgung und in der stationären Pflege“", "in Sachsen…"),
    ],
    ids=["opens_early", "opens_late"],
)  # fmt: skip
def test_cut_headlines_leave_no_quotation_open(title: str, end: str):
    """Cut before a quotation that begins late; one that begins early is closed."""
    made = headline_of(title, 80)
    assert made.endswith(end)
    assert made.count("„") == made.count("“")


def test_an_edition_that_still_collects_is_doubted(desk: Desk):
    """Begun early and approved at once: asked first, approved when one is sure."""
    desk.now -= timedelta(days=2)
    composed(desk, SEND_AT)
    with pytest.raises(doubts.DoubtfulError, match=r"still collects until 2026-03-11, 12:00") as caught:
        desk.review.approve(ID, by="chief", is_sure=False)
    assert next(doubt.code for doubt in caught.value.doubts) == "early"
    assert desk.review.approve(ID, by="chief", is_sure=True).approval


def test_an_ordinary_week_is_not_doubted(desk: Desk):
    """After the copy deadline, with enough that is new: one act."""
    composed(desk, SEND_AT)
    assert desk.review.approve(ID, by="chief", is_sure=False).approval


def test_repeated_events_make_no_edition(desk: Desk):
    """What stood before is not new: with nothing else the edition is thin."""
    edition = composed(desk, SEND_AT)
    again = replace(edition, placements=tuple(replace(p, is_repeated=True) for p in edition.placements))
    [doubt] = doubts.of(again, desk.newsletter, now=desk.now)
    assert (doubt.code, doubt.n) == ("thin", 0)
    assert doubts.of(replace(again, follows="x"), desk.newsletter, now=datetime(2026, 3, 1, tzinfo=UTC)) == ()
