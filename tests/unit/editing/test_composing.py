"""Composing and reviewing on a real store: once a period, no lost updates, approval bound to the bytes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, timedelta
from typing import Any

import pytest
from tests.editing_desk import CUT_OFF, ID, Desk
from tests.editing_store import SEEN, fill, make_item
from tests.edition_world import SEND_AT, WINDOW, make_newsletter, make_renderer

from newsdigest.adapters.sql_store import SQLStore
from newsdigest.editing import compose
from newsdigest.editing.remind import EditorNews, remind
from newsdigest.errors import IllegalStepError, Retryable
from newsdigest.model.editions import EditionState
from newsdigest.model.letters import Letter

S = EditionState


def test_the_due_edition_is_drafted(desk: Desk):
    """Its window runs from the cut-off before to this one; what is stored is what was made."""
    edition = desk.drafted()
    assert (edition.id, edition.state, edition.number) == (ID, S.DRAFT, 1)
    assert edition.window == WINDOW
    assert edition.send_at == SEND_AT
    assert len(edition.placed("de")) == 5
    assert desk.stored() == edition


def test_composing_again_gives_the_same_bytes(desk: Desk):
    """Done twice is done once: no new version, equal renderings (Q2)."""
    first = desk.drafted()
    before = desk.review.variants(first)
    desk.now += timedelta(hours=3)
    assert desk.compose() == first
    assert desk.review.variants(desk.stored()) == before


def test_the_clock_composes_once_a_period(desk: Desk):
    """Nudged every half minute, it does its work the first time."""
    desk.drafted()
    assert [desk.compose(is_by_hand=False) for _ in range(3)] == [None, None, None]


def test_rebuilding_after_a_crash_is_identical(desk: Desk, tmp_path: Any):
    """The draft lost and composed anew from the same items equals the lost one (Q2)."""
    first = desk.drafted()
    other = SQLStore(f"sqlite:///{tmp_path / 'other.db'}")
    from newsdigest.adapters.sql_store import schema

    schema.migrate(other)
    again = Desk(other).drafted()
    other.close()
    assert again == first


def test_too_little_news_is_skipped_visibly(desk: Desk):
    """Two stories are no edition; "send anyway" is possible and needs approval."""
    edition = desk.drafted(2)
    assert edition.state is S.SKIPPED
    assert "only 2 new stories" in edition.state_reason
    assert desk.review.send_anyway(ID, by="anna").state is S.DRAFT


def test_stories_of_a_skipped_edition_stand_in_the_next(desk: Desk):
    """What was not sent is still new."""
    desk.drafted(2)
    fill(
        desk.store,
        *(
            (
                make_item(
                    n, f"neu{n}", first_seen=SEEN + timedelta(days=7), published=SEEN + timedelta(days=7)
                ),
            )
            for n in range(3)
        ),
    )
    desk.now += timedelta(days=7)
    edition = desk.compose()
    assert edition is not None
    assert len(edition.placed("de")) == 5
    assert edition.number == 1


def test_sent_stories_do_not_come_again(desk: Desk):
    """A new telling next week does not bring back what was approved this week."""
    desk.drafted()
    desk.review.approve(ID, by="mia")
    later = SEEN + timedelta(days=7)
    fill(
        desk.store,
        *(
            (make_item(n, f"quelle{n}"), make_item(100 + n, f"echo{n}", first_seen=later, published=later))
            for n in range(1, 6)
        ),
        *((make_item(n, f"neu{n}", first_seen=later, published=later),) for n in range(200, 203)),
    )
    desk.now += timedelta(days=7)
    edition = desk.compose()
    assert edition is not None
    assert sorted(p.organisation for p in edition.placed("de")) == ["Neu200", "Neu201", "Neu202"]
    assert edition.number == 2


def test_begun_early_and_completed_at_the_deadline(desk: Desk):
    """By hand before the cut-off: collecting. At the cut-off the late stories join, the editor's work stays."""
    desk.now = SEEN + timedelta(hours=1)
    early = desk.drafted()
    assert early.state is S.COLLECTING
    dropped = early.placed("de")[0].id
    desk.review.drop(ID, dropped, by="anna")
    late = SEEN + timedelta(hours=10)
    fill(desk.store, (make_item(50, "spaet", first_seen=late, published=late),))
    desk.now = CUT_OFF + timedelta(minutes=1)
    done = desk.compose(is_by_hand=False)
    assert done is not None
    assert done.state is S.DRAFT
    assert "Spaet" in [p.organisation for p in done.placed("de")]
    assert dropped not in [p.id for p in done.placed("de")]


def test_late_items_are_pulled_in_on_request(desk: Desk):
    """What came after the deadline joins by one act, and only then."""
    desk.drafted()
    fill(desk.store, (make_item(50, "spaet", first_seen=desk.now, published=desk.now),))
    desk.now += timedelta(hours=1)
    assert "Spaet" not in [p.organisation for p in desk.stored().placed("de")]
    pulled = desk.review.pull_in(ID, by="anna")
    assert "Spaet" in [p.organisation for p in pulled.placed("de")]


def test_two_editors_lose_no_update(desk: Desk):
    """The slower one is refused and told what the other did."""
    edition = desk.drafted()
    first, second = (p.id for p in edition.placed("de")[:2])
    desk.review.drop(ID, first, by="anna", version=edition.version)
    with pytest.raises(IllegalStepError, match=r"anna .*dropped"):
        desk.review.drop(ID, second, by="bert", version=edition.version)
    assert not next(p for p in desk.stored().placements if p.id == second).is_dropped


def test_approval_freezes_what_the_preview_showed(desk: Desk):
    """The stored bytes are the previewed ones, signed with the content's hash."""
    edition = desk.drafted()
    shown = desk.review.variants(edition)
    approved = desk.review.approve(ID, by="mia")
    with desk.store.read() as unit:
        frozen = unit.editions.variants(ID)
        [approval] = unit.editions.approvals(ID)
    assert frozen == shown
    assert approved.approval == approval
    assert {variant.content_hash for variant in frozen.values()} == {approval.content_hash}
    assert desk.review.is_approved(desk.stored())


def test_a_change_after_approval_voids_it(desk: Desk):
    """Approval and frozen bytes are gone; that it was given stays on record."""
    edition = desk.drafted()
    desk.review.approve(ID, by="mia")
    changed = desk.review.edit(ID, edition.placed("de")[0].id, headline="Anders", by="anna")
    assert (changed.state, changed.approval) == (S.DRAFT, None)
    with desk.store.read() as unit:
        assert unit.editions.variants(ID) == {}
        assert len(unit.editions.approvals(ID)) == 1


def test_changed_settings_void_an_approval(desk: Desk):
    """The imprint is part of what was approved."""
    desk.drafted()
    desk.review.approve(ID, by="mia")
    desk.newsletter = make_newsletter(imprint=(("de", "Neu"), ("en", "New")))
    assert not desk.review.is_approved(desk.stored())


def test_no_imprint_no_approval(desk: Desk):
    """Without it no mail leaves."""
    desk.drafted()
    desk.newsletter = make_newsletter(imprint=(("de", "Da"),))
    with pytest.raises(IllegalStepError, match="imprint in 'en'"):
        desk.review.approve(ID, by="mia")


def test_undo_takes_back_step_by_step(desk: Desk):
    """Twice undone is two steps back; the history tells all of it."""
    edition = desk.drafted()
    first = edition.placed("de")[0].id
    desk.review.edit(ID, first, headline="Eins", by="anna")
    desk.review.edit(ID, first, headline="Zwei", by="anna")
    headlines = []
    for _ in range(2):
        desk.review.undo(ID, by="anna")
        found = desk.stored().placement(first)
        assert found is not None
        headlines.append(found.headline)
    assert headlines == ["Eins", edition.placed("de")[0].headline]
    with desk.store.read() as unit:
        assert len(unit.editions.history(ID)) == 5
    with pytest.raises(IllegalStepError, match="nothing left"):
        desk.review.undo(ID, by="anna")


def test_a_correction_is_an_edition_of_its_own(desk: Desk):
    """On the same day, linked to what it corrects, with a draft's rights and duties."""
    edition = desk.drafted()
    with pytest.raises(IllegalStepError, match="not sent yet"):
        desk.review.correct(ID, by="anna")
    with desk.store.write() as unit:
        unit.editions.save(replace(edition, state=S.SENT))
    desk.now = SEND_AT + timedelta(hours=2)
    with pytest.raises(IllegalStepError, match="choose at least one"):
        desk.review.correct(ID, by="anna")
    with pytest.raises(IllegalStepError, match="does not hold"):
        desk.review.correct(ID, by="anna", story_ids=["nonsense"])
    wrong = edition.placed("de")[0].story_id
    made = desk.review.correct(ID, by="anna", story_ids=[wrong])
    assert made.placements == tuple(p for p in edition.placements if p.story_id == wrong)
    assert (made.follows, made.day, made.state) == (ID, edition.day, S.DRAFT)
    for language in ("de", "en"):
        desk.review.add_own(
            made.id,
            by="anna",
            language=language,
            section_id="own",
            headline="Berichtigung",
            url="https://verband.example/b",
        )
    approved = desk.review.approve(made.id, by="mia")
    assert "Berichtigung zu einer früheren Ausgabe" in desk.review.variants(approved)["de"].html
    with pytest.raises(IllegalStepError, match="exists already"):
        desk.review.correct(ID, by="anna", story_ids=[wrong])


def test_every_act_is_on_the_audit_log(desk: Desk):
    """Who did what, in order."""
    edition = desk.drafted()
    desk.review.drop(ID, edition.placed("de")[0].id, by="anna")
    desk.review.approve(ID, by="mia")
    with desk.store.read() as unit:
        found = [(act.by, act.what) for act in unit.audit.recent(subject=ID)]
    assert found == [("mia", "edition.approved"), ("anna", "edition.dropped"), ("clock", "edition.compose")]


def test_four_eyes_look_at_who_changed_the_words(desk: Desk):
    """Asking for approval is no change of words; the other person approves."""
    edition = desk.drafted()
    desk.newsletter = make_newsletter(needs_four_eyes=True)
    desk.review.drop(ID, edition.placed("de")[0].id, by="anna")
    desk.review.request_review(ID, by="bert")
    with pytest.raises(IllegalStepError, match="four eyes"):
        desk.review.approve(ID, by="anna")
    assert desk.review.approve(ID, by="bert").state is S.APPROVED


def test_weeks_of_sleep_leave_rows(desk: Desk):
    """Down for three weeks: one edition, two skipped rows, the open draft closed with its stories moved on."""
    desk.drafted()
    desk.now += timedelta(days=21)
    report = compose.compose(clock=desk.clock, store=desk.store, newsletter=desk.newsletter, is_by_hand=False)
    assert report is not None
    assert report.edition.day == date(2026, 4, 2)
    assert [edition.day for edition in report.skipped] == [date(2026, 3, 19), date(2026, 3, 26)]
    assert desk.stored().state is S.SKIPPED
    assert len(report.edition.placed("de")) == 5


def told(desk: Desk, *, refuse: bool = False) -> tuple[list[str], list[Letter]]:
    letters: list[Letter] = []

    def post(letter: Letter) -> None:
        if refuse:
            raise Retryable("no relay")
        letters.append(letter)

    lines = remind(
        clock=desk.clock, store=desk.store, review=desk.review, renderer=make_renderer(),
        newsletters={desk.newsletter.id: desk.newsletter}, post=post,
        news=lambda edition: EditorNews(
            link=f"https://office.example/newsroom/editions/{edition.id}", recipients=(("de", 1284), ("en", 391)),
            size=(71_000, 100_000), health=("Elbtal Biosensorik: not reached since 2 March",),
        ),
    )  # fmt: skip
    return lines, letters


def test_the_editors_week_of_reminders(desk: Desk):
    """Ready, two hours before, held: one mail each, and the edition is held, not sent."""
    desk.newsletter = make_newsletter(editors=("office@verband.example",))
    desk.drafted()
    subjects = []
    for moment in (desk.now, desk.now, SEND_AT - timedelta(hours=1), SEND_AT, SEND_AT + timedelta(hours=1)):
        desk.now = moment
        subjects += [letter.subject for letter in told(desk)[1]]
    assert subjects == [
        "Entwurf für den 12.03.2026 ist fertig", "Letzte Erinnerung: Ausgabe vom 12.03.2026", "Angehalten: Ausgabe vom 12.03.2026",
    ]  # fmt: skip
    assert desk.stored().state is S.NEEDS_DECISION


def test_the_editors_mail_tells_what_counts(desk: Desk):
    """Link, counts, recipients, size and the sources that need a look, in both parts."""
    desk.newsletter = make_newsletter(editors=("office@verband.example",))
    desk.drafted()
    _, [letter] = told(desk)
    for part in (letter.text, letter.html):
        for words in (
            f"/newsroom/editions/{ID}",
            "Meldungen de: 5",
            "1284 de",
            "71 von 100 KB",
            "Elbtal Biosensorik: not reached",
        ):
            assert words in part


def test_a_mail_no_relay_takes_is_tried_again(desk: Desk):
    """Told twice is better than not told."""
    desk.newsletter = make_newsletter(editors=("office@verband.example",))
    desk.drafted()
    assert told(desk, refuse=True) == ([], [])
    assert len(told(desk)[1]) == 1


def test_automatic_newsletter_approves_itself(desk: Desk):
    """Only where it is set to."""
    desk.newsletter = make_newsletter(is_automatic=True)
    desk.drafted()
    desk.now = SEND_AT - timedelta(minutes=10)
    told(desk)
    assert desk.stored().state is S.APPROVED
    assert desk.now.tzinfo is UTC
