"""The public pages over the real store: what a person can do, and what nobody can."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.web_world import (
    BASE,
    NOW,
    browsing,
    every_row,
    keep,
    letters,
    link_in,
    make_assembly,
    sent_edition,
)

from newsdigest.assembly import Assembly
from newsdigest.model.subscribers import Frequency, LegalBasis, SubscriberState
from newsdigest.subscribing import abuse, sign_up
from newsdigest.subscribing.abuse import Caps
from newsdigest.subscribing.consent import Wishes
from newsdigest.subscribing.sign_up import Answer, confirm_token
from newsdigest.text import tokens
from newsdigest.web import public

FORM = {"address": "Anna@Example.org", "consent": "yes", "language": "de", "frequency": "weekly"}


@pytest.fixture
def assembly(tmp_path: Path, migrated_database: Path) -> Iterator[Assembly]:
    made = make_assembly(tmp_path / "workspace", migrated_database)
    keep(made, sent_edition())
    yield made
    made.close()


@pytest.fixture
def client(assembly: Assembly) -> Iterator[TestClient]:
    with browsing(assembly) as made:
        yield made


def add(assembly: Assembly, name: str = "anna", language: str = "de") -> tuple[str, str]:
    made, _ = assembly.add_subscriber(address=f"{name}@example.org", language=language)
    return made.id, made.newsletter_id


def path(assembly: Assembly, purpose: str, who: tuple[str, ...]) -> str:
    folder = {"personal": "my-data"}.get(purpose, purpose)
    return f"/{folder}/{tokens.sign(assembly.secret_keys, purpose, *who)}"


def only(assembly: Assembly) -> Any:
    (person,) = assembly.subscribers()
    return person


# -- double opt-in


def test_sign_up_confirm_and_the_proof_of_it(assembly: Assembly, client: TestClient):
    """Nothing is mailed before the owner of the mailbox says so; every step is kept as proof, without an IP."""
    assert (
        client.post("/de/subscribe", data=FORM | {"topics": ["medtech", "funding", "nonsense"]}).status_code
        == 200
    )
    assert not only(assembly).may_receive
    (letter,) = letters(assembly)
    link = link_in(letter)
    assert client.get(link).status_code == 200
    assert not only(assembly).may_receive
    assert client.post(link).status_code == 200
    person = only(assembly)
    assert (person.state, person.basis, person.topics) == (
        SubscriberState.CONFIRMED,
        LegalBasis.CONSENT,
        ("medtech", "funding"),
    )
    proof = assembly.evidence("anna@example.org")
    assert {step["what"] for step in proof["history"]} == {"signed_up", "confirmation_sent", "confirmed"}
    ((hash_, wording),) = proof["consent_texts"].items()
    assert hash_ == hashlib.sha256(wording.encode()).hexdigest()
    assert letter["Message-ID"] in str(proof["history"])
    assert "testclient" not in str(every_row(assembly))


def test_the_confirmation_is_no_advertising_and_speaks_one_language(assembly: Assembly, client: TestClient):
    """T16: no submitted text, no news, no List-Unsubscribe; subject, body and header in the chosen language."""
    client.post("/de/subscribe", data=FORM | {"language": "en", "name": "Buy now"})
    (letter,) = letters(assembly)
    assert letter["Subject"] == "Please confirm your subscription"
    assert letter["Content-Language"] == "en"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["List-Unsubscribe"] is None
    text = letter.as_string()
    assert "Buy now" not in text
    assert "Freistaat" not in text


def test_confirming_twice_is_confirming_once(assembly: Assembly, client: TestClient):
    client.post("/de/subscribe", data=FORM)
    link = link_in(letters(assembly)[0])
    client.post(link)
    before = every_row(assembly)
    assert client.post(link).status_code == 200
    assert every_row(assembly) == before


def test_a_confirmed_reader_is_not_told_to_confirm(assembly: Assembly, client: TestClient):
    """The link of an old mail opened again: no button, and no word of deleting an address."""
    client.post("/de/subscribe", data=FORM)
    link = link_in(letters(assembly)[0])
    assert "nach 14 Tagen gelöscht" in client.get(link).text
    client.post(link)
    page = client.get(link).text
    assert "Ihre Anmeldung ist bestätigt" in page
    assert "gelöscht" not in page
    assert "<button" not in page.partition("<main")[2]
    assert client.get(re.search(r'href="(/preferences/[^"]+)"', page)[1]).status_code == 200  # type: ignore[index]


def test_an_old_confirmation_does_not_bring_back_who_left(assembly: Assembly, client: TestClient):
    """The link of an old mail is void once its owner has unsubscribed."""
    client.post("/de/subscribe", data=FORM)
    link = link_in(letters(assembly)[0])
    client.post(link)
    assembly.clock.advance(timedelta(days=1))  # type: ignore[attr-defined]
    assembly.unsubscribe("anna@example.org")
    assert client.post(link).status_code == 404
    assert only(assembly).state is SubscriberState.UNSUBSCRIBED


def test_who_left_may_come_back_by_signing_up(assembly: Assembly, client: TestClient):
    """ "Unsubscribed" is lifted by a new double opt-in, and by nothing else."""
    add(assembly)
    assembly.unsubscribe("anna@example.org")
    assembly.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    client.post("/de/subscribe", data=FORM)
    assert only(assembly).state is SubscriberState.UNSUBSCRIBED
    client.post(link_in(letters(assembly)[0]))
    assert only(assembly).may_receive
    with assembly.store.read() as unit:
        assert not unit.subscribers.suppressed(
            tokens.address_hashes(assembly.secret_keys, "anna@example.org"), "weekly"
        )


# -- abuse


def test_known_and_unknown_get_the_same_answer(assembly: Assembly, client: TestClient):
    """T16: the page does not tell who reads the newsletter."""
    add(assembly, "known")
    assembly.add_subscriber(address="gone@example.org")
    assembly.unsubscribe("gone@example.org")
    answers = {
        client.post("/de/subscribe", data=FORM | {"address": f"{name}@example.org"}).text
        for name in ("known", "gone", "new")
    }
    assert len(answers) == 1


def test_somebody_known_is_told_by_mail_and_not_changed(assembly: Assembly, client: TestClient):
    add(assembly)
    client.post("/de/subscribe", data=FORM | {"frequency": "monthly"})
    assert only(assembly).frequency is Frequency.WEEKLY
    assert letters(assembly)[0]["Subject"] == "Sie erhalten den Newsletter bereits"


def test_one_mail_a_day_and_three_in_all(assembly: Assembly, client: TestClient):
    """T16: whoever types somebody's address all month long causes three mails."""
    for _ in range(30):
        for _ in range(3):
            assert client.post("/de/subscribe", data=FORM).status_code == 200
        assembly.clock.advance(timedelta(days=1, seconds=1))  # type: ignore[attr-defined]
    assert len(letters(assembly)) == 3


def test_a_network_and_the_whole_site_have_caps(assembly: Assembly, tmp_path: Path, migrated_database: Path):
    """A thousand addresses from one network: twenty mails, then an open refusal."""
    made = make_assembly(tmp_path / "strict", migrated_database)
    text = made.workspace.config / "newsdigest.yaml"
    text.write_text(
        text.read_text(encoding="utf-8").replace("network_hour: 1000", "network_hour: 20"), encoding="utf-8"
    )
    with browsing(made) as client:
        codes = [
            client.post("/de/subscribe", data=FORM | {"address": f"a{n}@example.org"}).status_code
            for n in range(60)
        ]
    assert codes == [200] * 20 + [429] * 40
    assert len(letters(made)) == 20
    made.close()


def test_an_abuse_run_stays_within_every_cap(assembly: Assembly):
    """Three days, 40 addresses (half of them known), 12 networks: no cap is passed, and no answer tells who is known."""
    known = [f"known{n}@example.org" for n in range(20)]
    for address in known:
        assembly.add_subscriber(address=address)
    caps = Caps(address_day=1, address_total=3, network_hour=4, site_hour=15)
    random = Random(7)
    mails: list[tuple[str, str, datetime]] = []
    answers: dict[str, set[Answer]] = {"known": set(), "new": set()}
    for _ in range(900):
        assembly.clock.advance(timedelta(seconds=random.randrange(30, 540)))  # type: ignore[attr-defined]
        address = random.choice((random.choice(known), f"new{random.randrange(20)}@example.org"))
        network = (
            f"198.51.100.{random.randrange(12)}"
            if random.random() < 0.5
            else f"10.{random.randrange(11)}.0.9"
        )
        answer, errand = sign_up.sign_up(
            clock=assembly.clock, store=assembly.store, keys=assembly.secret_keys, caps=caps,
            request=sign_up.Request(
                address=address, newsletter_id="weekly", wishes=Wishes(), consent_text="Ja", network=network
            ),
        )  # fmt: skip
        answers["known" if address in known else "new"].add(answer)
        if errand is not None:
            mails.append((address, abuse.network_of(network), assembly.clock.now()))
    assert answers["known"] == answers["new"] == {Answer.ON_ITS_WAY, Answer.TOO_MANY}
    assert len(mails) > 40
    for index, span, cap in ((0, abuse.DAY, 1), (1, abuse.HOUR, 4), (None, abuse.HOUR, 15)):
        for mail in mails:
            fitting = [
                m
                for m in mails
                if (index is None or m[index] == mail[index]) and timedelta() <= m[2] - mail[2] < span
            ]
            assert len(fitting) <= cap
    assert max(Counter(address for address, *_ in mails).values()) <= 3


def test_programs_fall_into_the_trap(assembly: Assembly, client: TestClient):
    """A filled field that nobody sees: the usual answer, and nothing happens."""
    before = every_row(assembly)
    assert client.post("/de/subscribe", data=FORM | {"website": "http://spam.example"}).status_code == 200
    assert every_row(assembly) == before


@pytest.mark.parametrize(
    "address",
    [
        "",
        "x",
        "a@b",
        "a b@example.org",
        "a@example.org\r\nBcc: x@y.de",
        "ä@example.org",
        "a@" + "b" * 300 + ".de",
    ],
)
def test_a_wrong_address_is_a_clear_line(assembly: Assembly, client: TestClient, address: str):
    before = every_row(assembly)
    answer = client.post("/de/subscribe", data=FORM | {"address": address})
    assert answer.status_code == 422
    assert "Diese E-Mail-Adresse ist nicht verwendbar" in answer.text
    assert every_row(assembly) == before


def test_without_the_tick_nothing_happens(assembly: Assembly, client: TestClient):
    answer = client.post("/de/subscribe", data={"address": "anna@example.org"})
    assert (answer.status_code, letters(assembly)) == (422, [])


# -- leaving


@pytest.mark.parametrize(
    "body",
    [{"data": {"List-Unsubscribe": "One-Click"}}, {"files": {"List-Unsubscribe": (None, "One-Click")}}],
)
def test_one_click_ends_it_at_once(assembly: Assembly, client: TestClient, body: dict[str, Any]):
    """RFC 8058: a bare POST from a stranger's server, no cookie, no redirect, either kind of form; twice is once."""
    who = add(assembly)
    link = path(assembly, "unsubscribe", who)
    headers = {"origin": "https://mail.example", "sec-fetch-site": "cross-site"}
    assert [client.post(link, headers=headers, **body).status_code for _ in range(2)] == [200, 200]
    person = only(assembly)
    assert person.state is SubscriberState.UNSUBSCRIBED
    with assembly.store.read() as unit:
        assert unit.subscribers.suppressed(
            tokens.address_hashes(assembly.secret_keys, person.address), "weekly"
        )
        assert [e.what for e in unit.subscribers.events(person.id)].count("unsubscribed") == 1


def test_the_link_works_for_months_and_over_a_change_of_keys(assembly: Assembly):
    """The unsubscribe link of a mail of last year still works, also after the keys were rotated."""
    from newsdigest.settings.secrets import rotate_keys

    link = path(assembly, "unsubscribe", add(assembly))
    assembly.clock.advance(timedelta(days=400))  # type: ignore[attr-defined]
    rotate_keys(assembly.workspace.var)
    later = Assembly(assembly.workspace, clock=assembly.clock)
    with browsing(later) as client:
        assert client.post(link).status_code == 200
    assert only(later).state is SubscriberState.UNSUBSCRIBED
    assert (
        later.import_subscribers(b"email\nanna@example.org\n", basis="member").rows[0].outcome == "suppressed"
    )
    later.close()


ACTS = {
    "monthly": lambda p: p.frequency is Frequency.MONTHLY and p.may_receive,
    "pause": lambda p: p.state is SubscriberState.PAUSED and p.paused_until == NOW + timedelta(days=28),
    "unsubscribe": lambda p: p.state is SubscriberState.UNSUBSCRIBED,
}


@pytest.mark.parametrize("act", ACTS)
def test_the_page_offers_less_than_leaving(assembly: Assembly, client: TestClient, act: str):
    who = add(assembly)
    assert client.post(path(assembly, "unsubscribe", who), data={"act": act}).status_code == 200
    assert ACTS[act](only(assembly))


def test_undo_brings_everything_back(assembly: Assembly, client: TestClient):
    """A click by mistake is undone within a week, the suppression with it."""
    who = add(assembly)
    link = path(assembly, "unsubscribe", who)
    client.post(link)
    client.post(link, data={"act": "undo"})
    assert only(assembly).may_receive
    client.post(link)
    assembly.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]
    client.post(link, data={"act": "undo"})
    assert not only(assembly).may_receive


def test_preferences_are_stored_and_strange_wishes_are_not(assembly: Assembly, client: TestClient):
    who = add(assembly)
    wishes = {"act": "save", "language": "en", "frequency": "monthly", "topics": ["medtech", "zzz"]}
    answer = client.post(path(assembly, "preferences", who), data=wishes)
    assert "Saved." in answer.text
    person = only(assembly)
    assert (person.language, person.frequency, person.topics) == ("en", Frequency.MONTHLY, ("medtech",))
    client.post(
        path(assembly, "preferences", who), data={"act": "save", "language": "xx", "frequency": "hourly"}
    )
    assert (only(assembly).language, only(assembly).frequency) == ("en", Frequency.MONTHLY)


# -- tokens


def test_every_token_is_bound_to_its_purpose(assembly: Assembly, client: TestClient):
    """T18: the link that unsubscribes neither exports nor deletes nor confirms; all other pairs fail too."""
    who = add(assembly)
    made = {
        "unsubscribe": tokens.sign(assembly.secret_keys, "unsubscribe", *who),
        "preferences": tokens.sign(assembly.secret_keys, "preferences", *who),
        "my-data": tokens.sign(assembly.secret_keys, "personal", who[0], NOW.isoformat()),
        "confirm": confirm_token(assembly.secret_keys, only(assembly), Wishes(), NOW),
    }
    before = every_row(assembly)
    for (place, _), (purpose, token) in itertools.product(made.items(), made.items()):
        if place != purpose:
            for method in ("GET", "POST"):
                answer = client.request(
                    method,
                    f"/{place}/{token}",
                    data={"act": "delete", "sure": "yes"} if method == "POST" else None,
                )
                assert answer.status_code == 404, (place, purpose)
    assert every_row(assembly) == before


@pytest.mark.parametrize(
    "forge",
    [
        lambda t: t[:-1],
        lambda t: t + "A",
        lambda t: ("B" if t[0] == "A" else "A") + t[1:],
        lambda t: t.lower(),
        lambda t: "x",
        lambda t: "%00",
        lambda t: "A" * 5000,
    ],
)
def test_forged_tokens_change_nothing(assembly: Assembly, client: TestClient, forge: Any):
    who = add(assembly)
    before = every_row(assembly)
    for purpose, folder in (
        ("unsubscribe", "unsubscribe"),
        ("preferences", "preferences"),
        ("confirm", "confirm"),
        ("personal", "my-data"),
    ):
        token = tokens.sign(assembly.secret_keys, purpose, *who)
        assert client.post(f"/{folder}/{forge(token)}").status_code == 404
    assert every_row(assembly) == before


# -- one's own data


def test_export_and_deletion_by_a_freshly_mailed_link(assembly: Assembly, client: TestClient):
    """The link goes to the mailbox, lives for an hour, hands out everything and deletes everything."""
    add(assembly)
    client.post("/de/my-data", data={"address": "anna@example.org"})
    link = link_in(letters(assembly)[0])
    held = client.post(link, data={"act": "export"}).json()
    assert held["address"] == "anna@example.org"
    assert client.post(link, data={"act": "delete"}).status_code == 422
    assert len(list(assembly.subscribers())) == 1
    assert client.post(link, data={"act": "delete", "sure": "yes"}).status_code == 200
    assert list(assembly.subscribers()) == []
    assert client.get(link).status_code == 404


def test_who_lost_the_mails_finds_the_settings_again(assembly: Assembly, client: TestClient):
    """The freshly mailed link leads to the settings of every subscription, and from there to leaving."""
    add(assembly)
    client.post("/de/my-data", data={"address": "anna@example.org"})
    page = client.get(link_in(letters(assembly)[0])).text
    [settings] = re.findall(r'href="(/preferences/[^"]+)"', page)
    assert "Ihre Einstellungen" in client.get(settings).text
    client.post(settings, data={"act": "unsubscribe"})
    assert [person.state for person in assembly.subscribers()] == [SubscriberState.UNSUBSCRIBED]


def test_the_link_to_ones_data_grows_old(assembly: Assembly, client: TestClient):
    who = add(assembly)
    link = path(assembly, "personal", (who[0], NOW.isoformat()))
    assembly.clock.advance(timedelta(hours=1, seconds=1))  # type: ignore[attr-defined]
    assert client.get(link).status_code == 404


def test_asking_for_data_tells_nothing(assembly: Assembly, client: TestClient):
    add(assembly)
    known = client.post("/en/my-data", data={"address": "anna@example.org"}).text
    assert client.post("/en/my-data", data={"address": "nobody@example.org"}).text == known
    assert len(letters(assembly)) == 1


# -- the guard


POSTS = ("/de/subscribe", "/de/my-data", "/confirm/x", "/preferences/x", "/my-data/x")
FOREIGN = {
    "fetch_metadata": {"sec-fetch-site": "cross-site"},
    "same_site": {"sec-fetch-site": "same-site", "origin": "https://other.news.example"},
    "origin": {"origin": "https://evil.example"},
    "null_origin": {"origin": "null"},
}


@pytest.mark.parametrize("name", FOREIGN)
@pytest.mark.parametrize("place", POSTS)
def test_foreign_pages_cannot_post(assembly: Assembly, client: TestClient, place: str, name: str):
    """T19: every POST route but the one-click refuses another site's page, in the reader's language."""
    before = every_row(assembly)
    answer = client.post(place, data=FORM, headers=FOREIGN[name])
    assert answer.status_code == 403
    assert "<h1>" in answer.text
    assert every_row(assembly) == before


def test_every_post_route_is_enumerated(assembly: Assembly):
    """A new POST route must be added to the list above (or be the one-click)."""
    found = {route.path for route in public.routes(assembly) if "POST" in (route.methods or ())}  # type: ignore[attr-defined]
    listed = {p.replace("/x", "/{token}") for p in POSTS} | {
        "/en/subscribe",
        "/en/my-data",
        "/unsubscribe/{token}",
    }
    assert found == listed


def test_the_associations_own_website_may_embed_the_form(client: TestClient):
    headers = {"origin": "https://www.biosphaere-sachsen.example", "sec-fetch-site": "cross-site"}
    assert client.post("/de/subscribe", data=FORM, headers=headers).status_code == 200
    assert client.post("/de/my-data", data=FORM, headers=headers).status_code == 403


@pytest.mark.parametrize("is_honest", [True, False])
def test_large_bodies_are_refused(assembly: Assembly, client: TestClient, is_honest: bool):
    """T25: more than 64 KiB is 413, announced or not, and nothing changes."""
    before = every_row(assembly)
    content = b"address=" + b"a" * 70_000
    body = content if is_honest else iter([content[:40_000], content[40_000:]])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/de/subscribe", content=body, headers=headers)
    assert answer.status_code == 413
    assert "Zu viele Daten" in answer.text
    assert every_row(assembly) == before


def test_garbage_is_a_clear_page(client: TestClient):
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post("/de/subscribe", content=b"\x00garbage", headers=headers).status_code in (400, 422)
    assert client.put("/de/subscribe").status_code == 405
    assert client.get("/feeds/de/../../../secret.key").status_code == 404
    assert client.get("/feeds/de/..%2f..%2fsecret.key").status_code == 404
    assert client.get("/assets/.hidden").status_code == 404


HEADERS = (
    "content-security-policy", "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
    "cross-origin-resource-policy", "strict-transport-security", "permissions-policy", "cache-control",
)  # fmt: skip


@pytest.mark.parametrize("place", ["/de/", "/nothing", "/feeds/de/all.rss", "/unsubscribe/x", "/broken"])
def test_every_response_is_protected(assembly: Assembly, place: str, monkeypatch: pytest.MonkeyPatch):
    """Errors and defects carry the security headers too; a defect says a number and no more."""
    if place == "/broken":
        monkeypatch.setattr(public.Public, "robots", lambda *_: 1 / 0)
        place = "/robots.txt"
    with browsing(assembly, raise_server_exceptions=False) as client:
        answer = client.get(place)
    assert [name for name in HEADERS if name not in answer.headers] == []
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "ZeroDivision" not in answer.text
    if place == "/robots.txt":
        assert answer.status_code == 500
        assert "Nummer für Rückfragen" in answer.text or "Number for questions" in answer.text


def test_each_response_has_its_own_nonce(client: TestClient):
    assert (
        client.get("/de/").headers["content-security-policy"]
        != client.get("/de/").headers["content-security-policy"]
    )


def test_pages_of_one_person_are_not_kept(assembly: Assembly, client: TestClient):
    assert client.get(path(assembly, "preferences", add(assembly))).headers["cache-control"] == "no-store"


def test_no_cookie_and_no_foreign_redirect(client: TestClient):
    """T21: redirects stay in the house."""
    for place in ("/", "/archive/weekly-2026-03-12", "//evil.example/", "/archive/%2f%2fevil.example"):
        answer = client.get(BASE + place)
        assert "set-cookie" not in answer.headers
        assert not answer.headers.get("location", "/").startswith(("//", "http"))


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_of_feeds_leads_to_everything_a_website_embeds(client: TestClient, language: str):
    """Channels in every format, the snippets, the archive's feed and the list of sources, all of them served."""
    found = re.findall(
        r'href="https://news\.example(/(?:feeds|embed|opml)/[^"]+)"', client.get(f"/{language}/feeds").text
    )
    assert {f"/embed/{language}/events.html", f"/feeds/{language}/archive.rss", "/opml/sources.opml"} <= set(
        found
    )
    assert {client.get(path).status_code for path in found} == {200}
