"""The main job: feed bytes in, .eml files and website feeds out; only the outermost edge is local."""

from __future__ import annotations

import email
import email.policy
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from selectolax.lexbor import LexborHTMLParser

from newsdigest.demo.run_demo import Demo, DemoReport
from newsdigest.demo.sample_world import WORLD, readers
from newsdigest.subscribing.forget import evidence

pytestmark = pytest.mark.slow


@dataclass
class Done:
    """A finished demo, read back."""

    report: DemoReport
    mails: list[EmailMessage]
    placements: dict[str, list[Any]]
    stories: list[dict[str, Any]]
    evidence: dict[str, Any]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    with Demo(tmp_path_factory.mktemp("demo") / "workspace") as world:
        report = world.run()
        with world.assembly.store.read() as unit:
            edition = unit.editions.get(report.edition_id)
        assert edition is not None
        parsed = [
            email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in report.mails
        ]
        yield Done(
            report,
            parsed,
            {language: list(edition.placed(language)) for language in ("de", "en")},
            world.assembly.stories(),
            evidence(store=world.assembly.store, address=readers()[0].address),
        )


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_both_editions_are_worth_reading(done: Done):
    """Each language has at least ten stories in at least four sections, none of them twice."""
    for language, placed in done.placements.items():
        assert len(placed) >= 10, language
        assert len({placement.section_id for placement in placed}) >= 4, language
        assert max(Counter(placement.story_id for placement in placed).values()) == 1, language


def test_every_reader_gets_exactly_one_mail(done: Done):
    """One message per subscriber, in the subscriber's language."""
    wanted = {reader.address: reader.language for reader in readers()}
    assert {str(mail["To"].addresses[0].addr_spec): mail["Content-Language"] for mail in done.mails} == wanted
    assert len(done.mails) == len(wanted)


def test_mails_carry_inlined_styles_and_nothing_live(done: Done):
    """No script, no event handler, no style block of a feed item; colours and fonts stand in style attributes."""
    for mail in done.mails:
        tree = LexborHTMLParser(html_of(mail))
        assert not tree.css("script, iframe, object, embed, form, link")
        assert all(
            "data-premailer" in node.attributes
            or "ignore" in str(node.attributes)
            or not node.text()
            or "prefers-color-scheme" in node.text()
            or "@media" in node.text()
            for node in tree.css("style")
        )
        assert len(tree.css("[style]")) > 50
        assert not [node for node in tree.css("*") if any(name.startswith("on") for name in node.attributes)]
        assert not re.search(r"javascript:|u\.invalid", html_of(mail) + text_of(mail))


def test_both_parts_have_the_same_links(done: Done):
    """Who reads plain text can go everywhere the HTML part goes."""
    for mail in done.mails:
        linked = {
            str(node.attributes["href"])
            for node in LexborHTMLParser(html_of(mail)).css("a[href]")
            if str(node.attributes["href"]).startswith("http")
        }
        missing = {link for link in linked if link not in text_of(mail)}
        assert not missing


def test_grouping_is_as_expected(done: Done):
    """What tells the same news stands together; what must never be merged stands apart."""
    expected = json.loads((WORLD / "expected.json").read_text(encoding="utf-8"))
    story_of = {item["doc"]: story["id"] for story in done.stories for item in story["items"]}
    wrong = [
        pair for pair in expected["never_merge"] if len({story_of.get(doc, doc) for doc in pair[:2]}) == 1
    ]
    assert not wrong
    known = [[doc for doc in story["documents"] if doc in story_of] for story in expected["stories"]]
    pairs = [(docs[0], doc) for docs in known for doc in docs[1:]]
    joined = sum(story_of[a] == story_of[b] for a, b in pairs)
    # What is told in other words (a ministry, a newspaper headline) is for the editor to join.
    assert joined / len(pairs) >= 0.7, f"{joined} of {len(pairs)} joined"


def test_embargoed_and_doubtful_news_stay_out(done: Done):
    """An embargo that has not ended when the mail is sent, and irrelevant or doubtful items, are not mailed."""
    expected = json.loads((WORLD / "expected.json").read_text(encoding="utf-8"))
    docs = {item["doc"]: story["id"] for story in done.stories for item in story["items"]}
    placed = {placement.story_id for placements in done.placements.values() for placement in placements}
    assert not {doc for doc in expected["manual_check"] if docs.get(doc) in placed}


def test_website_feeds_are_well_formed_and_complete(done: Done):
    """Each language has an RSS feed with the edition's stories, absolute links and stable ids."""
    sizes = {}
    for path in (path for path in done.report.channels if path.suffix == ".rss"):
        items = ElementTree.parse(path).getroot().findall("channel/item")
        sizes[path.parent.name, path.stem] = len(items)
        assert all(
            (item.findtext("link") or "").startswith(("https://", "http://127.0.0.1")) for item in items
        ), path
        assert len({item.findtext("guid") for item in items}) == len(items), path
    assert min(sizes["de", "all"], sizes["en", "all"]) >= 10


def test_one_broken_feed_does_not_stop_the_rest(done: Done):
    """The source that fails is a line in the report; its neighbours are in the edition."""
    assert any("gruenderwerft" in trouble for trouble in done.report.troubles)
    assert done.report.items > 90


def test_a_readers_own_document_names_their_mail(done: Done):
    """What is kept about a person, mail included, comes as one document."""
    document = done.evidence
    assert [(one["edition"], one["state"]) for one in document["deliveries"]] == [
        (done.report.edition_id, "sent")
    ]
    assert document["subscriptions"]


def test_a_second_demo_gives_the_same_edition(done: Done, tmp_path: Path):
    """The demo's clock is fixed: the same stories in the same words, whatever the day."""
    with Demo(tmp_path / "again") as world:
        again = world.run()
        with world.assembly.store.read() as unit:
            edition = unit.editions.get(again.edition_id)
    assert edition is not None
    assert {language: list(edition.placed(language)) for language in ("de", "en")} == done.placements
