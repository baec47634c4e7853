"""
What must be right before anything is sent, and what a mail program's operator will look at.

Pure: facts in, findings out, each in plain words with what to do. `blocks` means that nothing
is sent; a warning is for the editor, a note for the curious.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from newsdigest.errors import NewsdigestError
from newsdigest.mailing import headers, message_building, wire_rules
from newsdigest.mailing.message_building import MessageTemplate
from newsdigest.model.editions import Variant
from newsdigest.model.newsletters import Newsletter, say

HARD_BOUNCE_WARNING = 0.01


class Weight(StrEnum):
    """How much a finding matters."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    BLOCKS = "blocks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what, how it is, what to do about it ("" when nothing)."""

    name: str
    weight: Weight
    says: str
    do: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainFacts:
    """
    What DNS says about the sender's domains; None where the look-up failed.

    Attributes:
        dkim_domain: Where the key of our signatures stands; "" for the sender's own domain.
        spf, dmarc, dkim: The texts found (whole TXT records).
        dmarc: Of the sender's domain, or else of the registered domain above it (RFC 7489, section 6.6.3).
    """

    domain: str
    bounce_domain: str = ""
    selector: str = ""
    dkim_domain: str = ""
    spf: tuple[str, ...] | None = ()
    bounce_spf: tuple[str, ...] | None = ()
    dmarc: tuple[str, ...] | None = ()
    dkim: tuple[str, ...] | None = ()
    mx: tuple[str, ...] | None = ()

    @property
    def key_name(self) -> str:
        """The name under which our public key stands."""
        return f"{self.selector}._domainkey.{self.dkim_domain or self.domain}"

    @property
    def untold(self) -> list[str]:
        """Names whose records nobody could tell: that is no sign that there are none."""
        asked = [(self.domain, self.spf), (f"_dmarc.{self.domain}", self.dmarc)]
        if self.selector:
            asked.append((self.key_name, self.dkim))
        if self.bounce_domain:
            asked += [(self.bounce_domain, self.bounce_spf), (self.bounce_domain, self.mx)]
        return list(dict.fromkeys(name for name, records in asked if records is None))


class PreflightError(NewsdigestError):
    """Something must be put right before anything is sent."""

    def __init__(self, edition_id: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        lines = "; ".join(f"{one.says} ({one.do})" if one.do else one.says for one in findings)
        super().__init__(f"{edition_id}: cannot be sent: {lines}")


def newsletter_findings(newsletter: Newsletter, *, public_url: str) -> list[Finding]:
    """Return what is wrong with a newsletter's settings for sending."""
    found: list[Finding] = []
    for language in newsletter.languages:
        if not dict(newsletter.imprint).get(language, "").strip():
            found.append(
                _blocks("Impressum", f"there is no Impressum in {language!r}", "add it to newsletters.yaml")
            )
        if not say(newsletter.sender.names, language).strip():
            found.append(_warning("sender", f"the sender has no name in {language!r}", "set sender.names"))
    try:
        headers.require_address(newsletter.sender.address)
    except headers.HeaderError:
        found.append(
            _blocks("sender", "the sender's address cannot be used", "set sender.address to name@domain")
        )
    if urlsplit(public_url).scheme != "https":
        found.append(
            _blocks(
                "unsubscribe",
                f"the public pages are at {public_url}, which is not https"
                if public_url
                else "the public pages have no address, so nobody could unsubscribe",
                "set web.public_url to their https address; the unsubscribe button needs it",
            )
        )
    elif urlsplit(public_url).hostname in ("127.0.0.1", "localhost", "::1"):
        found.append(
            _warning(
                "unsubscribe",
                "the public pages are on this machine only; readers cannot unsubscribe",
                "set web.public_url",
            )
        )
    return found


def variant_findings(variant: Variant, made: MessageTemplate, sample: bytes) -> list[Finding]:
    """Return what is wrong with one variant as it would leave."""
    name = f"message {variant.id}"
    found = [
        _blocks(name, problem) for problem in wire_rules.broken(sample, is_signed=made.signer is not None)
    ]
    for part, text in (("HTML", variant.html), ("text", variant.text)):
        if f"https://{message_building.TOKEN_HOST}/unsubscribe" not in text:
            found.append(
                _blocks(name, f"the {part} has no unsubscribe link", "put it back into the template")
            )
    size = len(variant.html.encode())
    if size > wire_rules.MAX_HTML_BYTES * 0.85:
        found.append(
            _warning(
                name,
                f"{size / 1000:.0f} of {wire_rules.MAX_HTML_BYTES / 1000:.0f} KB",
                "shorten or drop a story",
            )
        )
    odd = [link for link in variant.links if not re.match(r"(https?://|mailto:|tel:)", link)]
    if odd:
        found.append(_blocks(name, f"a link is not absolute: {odd[0]}", "edit the story"))
    if plain := [link for link in variant.links if link.startswith("http://")]:
        found.append(
            Finding(name=name, weight=Weight.NOTE, says=f"{len(plain)} links are not https, e.g. {plain[0]}")
        )
    return found


def domain_findings(facts: DomainFacts, *, signs_itself: bool) -> list[Finding]:
    """Return what DNS lacks for our mail to be believed: SPF, DKIM, DMARC, and that they align (R4, R5)."""
    domain = facts.domain
    if facts.untold:
        names = ", ".join(facts.untold)
        return [
            _warning(
                "DNS", f"the records of {names} could not be looked up", "check this machine's name server"
            )
        ]
    found = [_spf(domain, facts.spf or (), "SPF")]
    if facts.bounce_domain and facts.bounce_domain != domain:
        found.append(_spf(facts.bounce_domain, facts.bounce_spf or (), "SPF of the return path"))
        if not facts.mx:
            found.append(
                _warning(
                    "bounces",
                    f"{facts.bounce_domain} has no MX record: reports cannot come back",
                    "add one, or clear mail.bounce_domain",
                )
            )
        if organisational(facts.bounce_domain) != organisational(domain):
            found.append(
                _warning(
                    "alignment",
                    f"the return path ({facts.bounce_domain}) is of another domain than the sender ({domain})",
                    "use a sub-domain of the sender's domain, or rely on DKIM alone",
                )
            )
    found.append(_dkim(facts, signs_itself=signs_itself))
    found.append(_dmarc(domain, facts.dmarc or ()))
    return found


def bounce_finding(sent: int, hard: int) -> Finding:
    """Return how the share of bad addresses looks (over 1 % warns)."""
    share = hard / sent if sent else 0.0
    if share > HARD_BOUNCE_WARNING:
        return _warning(
            "hard bounces",
            f"{hard} of {sent} addresses were bad ({share:.1%})",
            "look where they came from; providers block from 2 %",
        )
    return Finding(
        name="hard bounces", weight=Weight.OK, says=f"{hard} of {sent} addresses were bad ({share:.1%})"
    )


def organisational(domain: str) -> str:
    """Return the registered part of a domain, well enough for `.de`, `.org` and the like."""
    labels = domain.lower().rstrip(".").split(".")
    is_second_level = (
        len(labels) > 2
        and len(labels[-1]) == 2
        and labels[-2] in ("co", "ac", "gv", "or", "com", "org", "net")
    )
    return ".".join(labels[-3:] if is_second_level else labels[-2:])


def _spf(domain: str, records: Sequence[str], name: str) -> Finding:
    known = [record for record in records if record.lower().startswith("v=spf1")]
    if not known:
        return _warning(
            name,
            f"{domain} has no SPF record",
            "add a TXT record that names your relay, e.g. `v=spf1 include:… -all`",
        )
    if len(known) > 1:
        return _warning(
            name, f"{domain} has {len(known)} SPF records, which counts as none", "join them into one"
        )
    if re.search(r"[+ ]all\b", known[0]) and not re.search(r"[-~?]all\b", known[0]):
        return _warning(
            name, f"the SPF record of {domain} allows everybody (+all)", "end it with -all or ~all"
        )
    return Finding(name=name, weight=Weight.OK, says=f"{domain}: {known[0]}")


def _dkim(facts: DomainFacts, *, signs_itself: bool) -> Finding:
    if not signs_itself and not facts.selector:
        return Finding(
            name="DKIM",
            weight=Weight.NOTE,
            says="this program does not sign; your relay must",
            do="ask whoever runs the relay, or set mail.dkim",
        )
    wanted = facts.key_name
    records = facts.dkim or ()
    key = next((record for record in records if "p=" in record), "")
    if not key or re.search(r"p=\s*(;|$)", key):
        return _warning(
            "DKIM",
            f"there is no key at {wanted}",
            "publish the public key that belongs to mail.dkim.key_file",
        )
    return Finding(name="DKIM", weight=Weight.OK, says=f"there is a key at {wanted}")


def _dmarc(domain: str, records: Sequence[str]) -> Finding:
    known = [record for record in records if record.lower().replace(" ", "").startswith("v=dmarc1")]
    if len(known) != 1:
        says = f"{domain} has no DMARC record" if not known else f"{domain} has {len(known)} DMARC records"
        return _warning(
            "DMARC", says, f"add one TXT record at _dmarc.{domain}, e.g. `v=DMARC1; p=none; rua=mailto:…`"
        )
    return Finding(name="DMARC", weight=Weight.OK, says=f"{domain}: {known[0]}")


def _blocks(name: str, says: str, do: str = "") -> Finding:
    return Finding(name=name, weight=Weight.BLOCKS, says=says, do=do)


def _warning(name: str, says: str, do: str = "") -> Finding:
    return Finding(name=name, weight=Weight.WARNING, says=says, do=do)


def worst(findings: Sequence[Finding]) -> Weight:
    """Return the gravest weight among the findings."""
    order = list(Weight)
    return max((finding.weight for finding in findings), key=order.index, default=Weight.OK)
