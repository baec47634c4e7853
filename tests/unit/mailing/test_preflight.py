"""Preflight: what blocks, what warns, in words with what to do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.mail_world import make_newsletter, make_variant
from tests.unit.mailing.test_messages import recipient

from newsdigest.mailing import preflight
from newsdigest.mailing.message_building import template
from newsdigest.mailing.preflight import DomainFacts, Weight


@pytest.mark.parametrize(
    ("changes", "url", "name"),
    [
        pytest.param(
            {"imprint": (("de", "x"),)}, "https://n.example.org", "Impressum", id="no_imprint_in_english"
        ),
        pytest.param({}, "http://n.example.org", "unsubscribe", id="no_https"),
        pytest.param({}, "", "unsubscribe", id="no_address"),
    ],
)
def test_what_blocks_sending(changes: dict[str, object], url: str, name: str) -> None:
    """Without Impressum or an https unsubscribe nothing goes out."""
    found = preflight.newsletter_findings(make_newsletter(**changes), public_url=url)
    assert [(one.name, one.weight) for one in found] == [(name, Weight.BLOCKS)]
    assert found[0].do


def test_a_newsletter_in_order_has_no_findings() -> None:
    """Silence means ready."""
    assert preflight.newsletter_findings(make_newsletter(), public_url="https://n.example.org") == []
    variant = make_variant()
    made = template(variant, make_newsletter(), date=datetime(2026, 3, 12, tzinfo=UTC))
    assert preflight.variant_findings(variant, made, made.fill(recipient())) == []


def test_a_variant_without_unsubscribe_link_blocks() -> None:
    """Also when only one part lacks it."""
    variant = make_variant(text="Nur Text, kein Weg hinaus")
    made = template(variant, make_newsletter(), date=datetime(2026, 3, 12, tzinfo=UTC))
    found = preflight.variant_findings(variant, made, made.fill(recipient()))
    assert [one.weight for one in found] == [Weight.BLOCKS]
    assert preflight.worst(found) is Weight.BLOCKS


GOOD = {
    "domain": "example.org", "spf": ("v=spf1 include:relay.example -all",), "dmarc": ("v=DMARC1; p=none",),
    "selector": "s1", "dkim": ("v=DKIM1; k=rsa; p=AAAA",),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        pytest.param({"spf": ()}, "SPF", "no SPF", id="no_spf"),
        pytest.param({"spf": ("v=spf1 -all", "v=spf1 ~all")}, "SPF", "counts as none", id="two_spf"),
        pytest.param({"spf": ("v=spf1 +all",)}, "SPF", "everybody", id="open_spf"),
        pytest.param({"dmarc": ()}, "DMARC", "no DMARC", id="no_dmarc"),
        pytest.param({"dkim": ()}, "DKIM", "no key", id="no_dkim"),
        pytest.param({"dkim": ("v=DKIM1; p=",)}, "DKIM", "no key", id="revoked_dkim"),
        pytest.param({"dmarc": None}, "DNS", "could not be looked up", id="dns_down"),
        pytest.param({"dkim": None}, "DNS", "s1._domainkey.example.org could not", id="dns_down_for_the_key"),
        pytest.param(
            {"bounce_domain": "b.example.org", "bounce_spf": ("v=spf1 -all",), "mx": None},
            "DNS",
            "b.example.org could not",
            id="dns_down_for_the_return_path",
        ),
        pytest.param(
            {"dkim": (), "dkim_domain": "keys.example.org"},
            "DKIM",
            "no key at s1._domainkey.keys.example.org",
            id="no_dkim_at_another_domain",
        ),
        pytest.param(
            {"bounce_domain": "b.other.de", "bounce_spf": ("v=spf1 -all",), "mx": ("mx.other.de",)},
            "alignment",
            "another domain",
            id="not_aligned",
        ),
        pytest.param(
            {"bounce_domain": "b.example.org", "bounce_spf": ("v=spf1 -all",)},
            "bounces",
            "cannot come back",
            id="no_mx",
        ),
    ],
)
def test_what_dns_lacks_is_a_warning_with_advice(changes: dict[str, object], name: str, words: str) -> None:
    """SPF, DKIM, DMARC, alignment (R4, R5)."""
    found = preflight.domain_findings(DomainFacts(**{**GOOD, **changes}), signs_itself=True)  # type: ignore[arg-type]
    odd = [one for one in found if one.weight is not Weight.OK]
    assert [one.name for one in odd] == [name]
    assert words in odd[0].says
    assert odd[0].do


def test_over_one_percent_of_bad_addresses_warns() -> None:
    """The edition's report."""
    assert preflight.bounce_finding(1000, 10).weight is Weight.OK
    assert preflight.bounce_finding(1000, 11).weight is Weight.WARNING
