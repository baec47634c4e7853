"""The editor's acts through the screens: each with its version, each told and undone, none lost."""

from __future__ import annotations

import email
import email.policy
import html
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from tests import newsroom_world as world

from newsdigest.assembly import Assembly
from newsdigest.model.editions import Edition, EditionState
from newsdigest.model.mailings import DeliveryState
from newsdigest.model.stories import Match, MatchState

ID = "weekly-2026-03-12"
PAGE = f"/newsroom/editions/{ID}"


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    """A full workspace."""
    made = world.make_world(tmp_path / "workspace", migrated_database)
    yield made
    made.close()


@pytest.fixture
def chief(assembly: Assembly) -> Iterator[TestClient]:
    """An approver's browser."""
    with world.browsing(assembly, "approver") as client:
        yield client


def edition(assembly: Assembly) -> Edition:
    return assembly.edition(ID)


def do(client: TestClient, assembly: Assembly, path: str, version: int | None = None, **fields: str) -> str:
    """Make one act as the page does, follow to the page, and return what it says about it."""
    seen = edition(assembly).version if version is None else version
    answer = client.post(
        f"{PAGE}/{path}", data={"version": str(seen), "lang": "de", "view": "phone", **fields}
    )
    assert answer.status_code == 303, answer.text
    page = client.get(answer.headers["location"].partition("#")[0]).text
    found = re.search(r'class="note (\w+)">\s*<p>(.*?)</p>', page, re.DOTALL)
    return f"{found[1]}: {found[2]}" if found else ""


def test_drop_keep_and_undo(assembly: Assembly, chief: TestClient):
    """A dropped story is out, kept back in, and the last act can be taken back from the note."""
    assert do(chief, assembly, "placements", act="drop s002.de").startswith(
        "done: Herausgenommen: Clustermanagement"
    )
    placement = edition(assembly).placement("s002.de")
    assert placement is not None
    assert placement.is_dropped
    assert do(chief, assembly, "undo") == "done: Zurückgenommen."
    assert edition(assembly).placement("s002.de") in edition(assembly).placed("de")
    do(chief, assembly, "placements", act="keep w1.de")
    assert any(p.id == "w1.de" for p in edition(assembly).placed("de"))


def test_order_lead_and_section(assembly: Assembly, chief: TestClient):
    """Up, down, to the place a drag names, pinned as lead."""
    do(chief, assembly, "placements", act="up s002.de")
    assert [p.id for p in edition(assembly).placed("de")][:2] == ["s002.de", "s001.de"]
    do(chief, assembly, "placements", act="down s002.de")
    first, *_ = (p for p in edition(assembly).placed("de") if p.section_id == "members")
    do(chief, assembly, "placements", act="move s001.de", section="members", before=first.id)
    moved = [p.id for p in edition(assembly).placed("de") if p.section_id == "members"]
    assert moved[:2] == ["s001.de", first.id]
    do(chief, assembly, "placements", act="pin s003.de")
    assert [p.id for p in edition(assembly).placements if p.is_lead and p.language == "de"] == ["s003.de"]


def test_words_are_rewritten(assembly: Assembly, chief: TestClient):
    """Headline, teaser, greeting and subject as written; markup stays text in the preview."""
    do(
        chief,
        assembly,
        "placements",
        act="edit s001.de",
        headline="Neu & <b>kurz</b>",
        teaser="Ein\nSatz.",
        section="own",
    )
    placement = edition(assembly).placement("s001.de")
    assert placement is not None
    assert (placement.headline, placement.teaser) == ("Neu & <b>kurz</b>", "Ein Satz.")
    said = do(chief, assembly, "words", introduction="Guten Tag.\n\n{{7*7}}", subject="Betreff", preheader="")
    assert said == "done: Begrüßung und Betreff gespeichert."
    mail = chief.get(f"{PAGE}/preview/de").text
    assert "Neu &amp; &lt;b&gt;kurz&lt;/b&gt;" in mail
    assert "{{7*7}}" in mail


def test_an_own_event_takes_one_form(assembly: Assembly, chief: TestClient):
    """An item of one's own stands at the end of its section, with its date."""
    do(
        chief, assembly, "own", headline="Sommerfest", url="https://verband.example/fest", section="events",
        start="2026-06-20", time="17:00", place="Dresden",
    )  # fmt: skip
    (own,) = [p for p in edition(assembly).placements if p.headline == "Sommerfest"]
    assert own.is_own
    assert own.event is not None
    assert (str(own.event.start), own.event.place, own.section_id) == ("2026-06-20", "Dresden", "events")
    assert "javascript" in do(
        chief, assembly, "own", headline="x", url="javascript:alert(1)", section="events"
    )


def test_two_editors_lose_nothing(assembly: Assembly, chief: TestClient):
    """The second act on an old page is refused, says who changed what, and leaves the first one's work."""
    with world.browsing(assembly, "editor") as other:
        seen = edition(assembly).version
        do(
            other,
            assembly,
            "placements",
            version=seen,
            act="edit s001.de",
            headline="Von der Kollegin",
            teaser="",
        )
        said = do(
            chief, assembly, "placements", version=seen, act="edit s001.de", headline="Von mir", teaser=""
        )
    assert said.startswith("refused: editor hat inzwischen etwas geändert")
    placement = edition(assembly).placement("s001.de")
    assert placement is not None
    assert placement.headline == "Von der Kollegin"


def test_approval_is_for_what_the_page_showed(assembly: Assembly, chief: TestClient):
    """An old page cannot approve; the numbers are said; a change afterwards makes it void."""
    seen = edition(assembly).version
    do(chief, assembly, "placements", act="drop s002.de")
    assert do(chief, assembly, "approve", version=seen).startswith("refused: approver hat inzwischen")
    assert edition(assembly).approval is None
    page = chief.get(PAGE).text
    assert "21 de, 11 en" in re.sub(r"\s+", " ", page)
    assert do(chief, assembly, "approve") == "done: Freigegeben: 21 de, 11 en."
    approved = edition(assembly)
    assert approved.approval is not None
    assert (approved.state, approved.approval.by) == (EditionState.APPROVED, "approver")
    do(chief, assembly, "placements", act="drop s003.de")
    assert edition(assembly).approval is None
    assert approved.approval.content_hash in chief.get(f"{PAGE}/history").text


def test_reject_and_skip_need_words(assembly: Assembly, chief: TestClient):
    """A note for the editor, a reason for the gap; a skipped edition can be taken up again."""
    assert "darf nicht leer sein" in do(chief, assembly, "reject", note="")
    do(chief, assembly, "reject", note="Bitte den Minister richtig schreiben")
    assert "Bitte den Minister richtig schreiben" in chief.get(PAGE).text
    do(chief, assembly, "skip", reason="Messewoche")
    assert edition(assembly).state is EditionState.SKIPPED
    do(chief, assembly, "revive")
    assert edition(assembly).state is EditionState.DRAFT


def test_send_waits_and_can_be_taken_back(assembly: Assembly, chief: TestClient):
    """Within the undo window no mail has left; taking back leaves the edition approved."""
    do(chief, assembly, "approve")
    chief.post(f"{PAGE}/send", data={"version": "0"})
    page = chief.get(f"{PAGE}/sending").text
    assert "Bedenkzeit" in page
    assert "0 / 32" in re.sub(r"<.*?>", "", page)
    chief.post(f"{PAGE}/pause")
    assert "angehalten" in chief.get(f"{PAGE}/sending").text
    chief.post(f"{PAGE}/resume")
    chief.post(f"{PAGE}/take-back")
    assert edition(assembly).state is EditionState.APPROVED


def test_every_act_is_in_the_audit_log(assembly: Assembly, chief: TestClient):
    """Who did what to which edition; and the chain holds."""
    do(chief, assembly, "placements", act="drop s002.de")
    do(chief, assembly, "undo")
    do(chief, assembly, "approve")
    with assembly.store.read() as unit:
        acts = [(act.by, act.what) for act in unit.audit.recent(subject=ID)]
        assert unit.audit.broken_link() is None
    assert acts == [
        ("approver", "edition.approved"),
        ("approver", "edition.undid"),
        ("approver", "edition.dropped"),
    ]


def test_splitting_takes_one_click_and_corrections_are_kept(assembly: Assembly, chief: TestClient):
    """The suspected telling is ticked already; language, kind and topics are corrected in place."""
    chief.post("/newsroom/stories/s001/split", data={"item": "i001c"})
    with assembly.store.read() as unit:
        assert unit.stories.of_items(["i001c"])["i001c"] != "s001"
    chief.post("/newsroom/stories/s001/correct", data={"item": "i001a", "what": "language", "language": "en"})
    with assembly.store.read() as unit:
        judgement = unit.items.get(["i001a"])["i001a"].judgement
    assert judgement is not None
    assert (judgement.language.language, "language" in judgement.by_editor) == ("en", True)


def test_a_correction_is_seen_in_the_open_edition_at_once(assembly: Assembly, chief: TestClient):
    """Said to be English, a story moves, the approval is void, and one step takes it back."""
    do(chief, assembly, "approve")
    before = edition(assembly).placement("s003.de")
    said = {"item": "i003a", "what": "language", "language": "en", "edition": ID}
    assert chief.post("/newsroom/stories/s003/correct", data=said).status_code == 303
    after = edition(assembly)
    moved = after.placement("s003.de")
    assert (after.state, after.approval) == (EditionState.DRAFT, None)
    assert before is not None
    assert moved is not None
    assert (before.section_id != "in-en", moved.section_id) == (True, "in-en")
    do(chief, assembly, "undo")
    back = edition(assembly).placement("s003.de")
    assert back is not None
    assert back.section_id == before.section_id


def test_why_and_why_not_are_answered(assembly: Assembly, chief: TestClient):
    """Source, time, rule, evidence and merges in the editor's language; what the rules left out, with the reason."""
    page = chief.get(f"{PAGE}/why/s001.de").text
    assert "gleicher Betrag und gleiches Datum" in page
    assert "Medizintechnik" in page
    assert "Vorbei" in chief.get(f"{PAGE}/left-out").text


def test_the_page_works_without_javascript(assembly: Assembly, chief: TestClient):
    """Reading, check list and approving are plain links and forms."""
    page = chief.get(f"{PAGE}?checks=1").text
    assert "Prüfungen" in page
    assert f'action="{PAGE}/approve"' in page
    assert f'action="{PAGE}/placements"' in page


def test_as_a_reader_sees_it(assembly: Assembly, chief: TestClient):
    """The frame shows the variant of that person's language and topics; an unknown address is said so."""
    assert (
        chief.get(f"{PAGE}/preview/de?view=reader&reader=leserin03@haus-3.example").text.find('lang="en"') > 0
    )
    assert chief.get(f"{PAGE}/preview/de?view=reader&reader=nobody@x.example").status_code == 404


@pytest.mark.parametrize(("view", "has_style"), [("desktop", True), ("no-style", False)])
def test_views_change_the_look_not_the_bytes(
    assembly: Assembly, chief: TestClient, view: str, has_style: bool
):
    """Whatever the view, the file to download is what will be sent."""
    assert ("<style" in chief.get(f"{PAGE}/preview/de?view={view}").text) is has_style
    assert "<style" in chief.get(f"{PAGE}/bytes/de.html").text
    off = chief.get(f"{PAGE}/preview/de?view=no-images").headers["content-security-policy"]
    assert "img-src 'none'" in off


def test_the_page_shows_the_hash_an_approval_would_bind(assembly: Assembly, chief: TestClient):
    """Before and after: what was looked at is what was signed."""
    shown = re.search(r"<code>([0-9a-f]{16})</code>", chief.get(PAGE).text)
    assert shown is not None
    do(chief, assembly, "approve")
    approval = edition(assembly).approval
    assert approval is not None
    assert approval.content_hash.startswith(shown[1])


def test_the_mail_to_download_has_the_headers_of_the_wire(assembly: Assembly, chief: TestClient):
    """What an office keeps as proof is the message itself: sender, list headers, both parts; for nobody in particular."""
    made = chief.get(f"{PAGE}/bytes/de.eml")
    message = email.message_from_bytes(made.content, policy=email.policy.default)
    assert {
        "From",
        "Subject",
        "Date",
        "Message-ID",
        "List-Id",
        "List-Unsubscribe",
        "Content-Language",
    } <= set(message.keys())
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert message["To"] == "reader@example.invalid"


def test_a_table_of_people_is_taken_in_with_a_report(assembly: Assembly):
    """One answer per row; refused rows are named."""
    table = "address,name,language\nneu@haus.example,Neu,de\nkaputt,Wer,de\n"
    with world.browsing(assembly, "administrator") as client:
        page = client.post(
            "/newsroom/subscribers/import", data={"newsletter": "weekly", "basis": "member"},
            files={"file": ("people.csv", table.encode(), "text/csv")},
        ).text  # fmt: skip
    assert "1 aufgenommen" in page
    assert "1 abgelehnt" in page


def test_a_correction_begins_with_the_chosen_stories(assembly: Assembly, chief: TestClient):
    """The page of a sent edition offers its stories; none chosen makes no edition."""
    with assembly.store.write() as unit:
        whole = unit.editions.get(ID)
        assert whole is not None
        unit.editions.save(replace(whole, state=EditionState.SENT))
    page = chief.get(PAGE).text
    chosen = edition(assembly).placed("de")[0].story_id
    assert page.count(f'name="story" value="{chosen}"') == 1
    assert do(chief, assembly, "follow-up").startswith("refused: ")
    answer = chief.post(f"{PAGE}/follow-up", data={"version": "0", "story": chosen})
    assert answer.headers["location"].startswith(f"{PAGE}-correction")
    made = assembly.edition(f"{ID}-correction")
    assert {p.story_id for p in made.placements} == {chosen}
    assert chief.get(f"{PAGE}-correction").status_code == 200


def test_an_early_approval_is_asked_for_twice(assembly: Assembly, chief: TestClient):
    """Still collecting: one page with the numbers and the doubts, without JavaScript; approved when one is sure."""
    store(assembly, replace(edition(assembly), state=EditionState.COLLECTING))
    fields = {"version": str(edition(assembly).version), "lang": "de", "view": "phone"}
    page = chief.post(f"{PAGE}/approve", data=fields)
    assert page.status_code == 200
    assert "Wirklich jetzt freigeben?" in page.text
    assert "21 de" in page.text
    assert 'name="sure" value="1"' in page.text
    assert edition(assembly).approval is None
    assert do(chief, assembly, "approve", sure="1").startswith("done: Freigegeben")


def test_an_embargo_is_refused_in_german(assembly: Assembly, chief: TestClient):
    """ "Aufnehmen" says until when, and what happens by itself."""
    before = edition(assembly)
    until = before.send_at + timedelta(days=1)
    waiting = tuple(replace(p, held="embargo", embargo_until=until) for p in before.waiting)
    store(assembly, replace(before, waiting=waiting))
    said = do(chief, assembly, "placements", act=f"keep {waiting[0].id}")
    assert said.startswith("refused: Die Sperrfrist dieser Meldung endet erst am 13. März 2026")
    assert "die nächste Ausgabe" in said


def test_a_link_is_changed_or_taken_out(assembly: Assembly, chief: TestClient):
    """The story form holds the link; without one the title stands unlinked, and what is no address is refused."""
    headline = edition(assembly).placed("de")[0].headline
    do(
        chief,
        assembly,
        "placements",
        act="edit s001.de",
        headline=headline,
        url="https://verband.example/neu",
    )
    placement = edition(assembly).placement("s001.de")
    assert placement is not None
    assert (placement.url, placement.has_link_edited) == ("https://verband.example/neu", True)
    assert do(chief, assembly, "placements", act="edit s001.de", headline=headline, url="/tmp/x").startswith(
        "refused"
    )
    do(chief, assembly, "placements", act="edit s001.de", headline=headline, url="")
    made = assembly.variants(ID)["de"]
    assert "s001" in made.story_ids
    assert "https://verband.example/neu" not in made.html + made.text
    assert headline in " ".join(made.text.split())


def test_what_mailing_would_refuse_blocks_approval(assembly: Assembly, chief: TestClient):
    """A link that leads nowhere is a line of the check list with its story, and approval says so."""
    before = edition(assembly)
    placements = tuple(
        replace(p, url="/srv/presse/x.pdf") if p.id == "s002.de" else p for p in before.placements
    )
    store(assembly, replace(before, placements=placements))
    [line] = [check for check in assembly.checks(ID) if check.level == "block"]
    assert (line.code, line.placement_id) == ("mail", "s002.de")
    assert do(chief, assembly, "approve", sure="1").startswith(
        "refused: Die Ausgabe kann nicht freigegeben werden: ein Link ist unvollständig: /srv/presse/x.pdf"
    )
    assert edition(assembly).approval is None


def store(assembly: Assembly, changed: Edition) -> None:
    with assembly.store.write() as unit:
        unit.editions.save(changed)


def test_a_round_up_and_its_stories_lead_to_each_other(assembly: Assembly, chief: TestClient):
    """What is attached stays a story of its own; the screen names it from both sides."""
    attached = Match(
        a="i003a", b="i004a", score=1.0, reason="a round-up that tells this among others", state=MatchState.ATTACHED,
        level="attached",
    )  # fmt: skip
    with assembly.store.write() as unit:
        unit.stories.put_matches([attached])
        titles = {id_: item.title for id_, item in unit.items.get(["i003a", "i004a"]).items()}
    for story, other in (("s003", "i004a"), ("s004", "i003a")):
        page = html.unescape(chief.get(f"/newsroom/stories/{story}").text)
        assert "Steht auch in" in page
        assert titles[other] in page.partition("Steht auch in")[2].partition("</section>")[0]


def test_a_correction_by_the_source_is_offered_after_sending(assembly: Assembly, chief: TestClient):
    """4.2 became 4.4 million: dashboard and sent edition name the story, one button begins the correction."""
    before = edition(assembly)
    with assembly.store.write() as unit:
        item = unit.items.get(["i001a"])["i001a"]
        placements = tuple(
            replace(p, item_id=item.id, item_fingerprint=item.fingerprint) if p.id == "s001.de" else p
            for p in before.placements
        )
        unit.editions.save(replace(before, placements=placements, state=EditionState.SENT))
    assert "Nach dem Versand geändert" not in chief.get("/newsroom").text
    with assembly.store.write() as unit:
        unit.items.put([replace(item, text="Es sind 4,4 Millionen.", fingerprint="another")])
    for page in (chief.get("/newsroom").text, chief.get(PAGE).text):
        assert "Nach dem Versand geändert" in page
        assert 'name="story" value="s001" checked' in page
    [(_, [placement])] = assembly.changed_since_sent()
    assert placement.id == "s001.de"
    assert chief.post(f"{PAGE}/follow-up", data={"story": "s001"}).status_code == 303
    assert {p.story_id for p in assembly.edition(f"{ID}-correction").placements} == {"s001"}
    assert "Nach dem Versand geändert" not in chief.get("/newsroom").text


def test_a_change_of_the_source_is_told_before_approval(assembly: Assembly):
    """What a source changed after it was placed is a line of the check list with its story."""
    before = edition(assembly)
    placements = tuple(
        replace(p, item_id="i001a", item_fingerprint="older") if p.id == "s001.de" else p
        for p in before.placements
    )
    store(assembly, replace(before, placements=placements))
    told = [check for check in assembly.checks(ID) if check.code == "changed"]
    assert [(check.level, check.placement_id) for check in told] == [("warn", "s001.de")]


def test_a_sent_edition_shows_whom_it_was_mailed_to(assembly: Assembly, chief: TestClient):
    """The numbers of the ledger, not of today's readers."""
    do(chief, assembly, "approve")
    assembly.dispatch(ID, by="approver", undo=timedelta())
    with assembly.store.write() as unit:
        fence = unit.mailings.take_lease(ID, owner="test", until=assembly.clock.now() + timedelta(hours=1))
        claimed = unit.mailings.claim(ID, now=assembly.clock.now(), limit=3, fence=fence)
        unit.mailings.mark_in_data([one.id for one in claimed], fence=fence, now=assembly.clock.now())
        unit.mailings.mark([replace(one, state=DeliveryState.SENT) for one in claimed], fence=fence)
        unit.editions.save(replace(unit.editions.get(ID) or edition(assembly), state=EditionState.SENT))
        assert sum(unit.mailings.mailed(ID).values()) == 3
    page = chief.get(PAGE).text
    each = Counter(one.variant_id.partition(".")[0] for one in claimed)
    assert f"<b>{each['de']} de, {each['en']} en</b>" in page
    assert "gesendet" in page


def test_a_section_that_joins_another_is_not_shown_empty(assembly: Assembly, chief: TestClient):
    """Its stories stand in the other section; told "empty" it would look forgotten every week."""
    joining = next(s for s in assembly.newsletter().sections if s.joins)
    title = dict(joining.titles)["de"]
    headings = re.findall(r"<h[23][^>]*>(.*?)</h[23]>", chief.get(PAGE).text, re.DOTALL)
    shown = [re.sub(r"<[^>]+>", " ", one).split("  ")[0].strip() for one in headings]
    assert dict(next(s for s in assembly.newsletter().sections if s.id == "members").titles)[
        "de"
    ] in " ".join(shown)
    assert title not in shown


def test_the_screen_of_jobs_shows_how_far_a_working_one_is(assembly: Assembly):
    """A collection of thousands is watched, not guessed at."""
    with assembly.store.write() as unit:
        unit.runs.put_value("working:collect", '{"done": 120, "total": 1000}')
    with world.browsing(assembly, "administrator") as client:
        page = client.get("/newsroom/jobs").text
    assert '<progress value="120" max="1000"' in page
    assert "120 / 1000" in page
