"""
What to look at before approving: one line a matter, with the placement it concerns.

Pure: an edition, its rendered variants and a few numbers in, lines out. `block` stops approval
(no Impressum, an embargo, a link that leads nowhere), `warn` wants a look, `ok` says what was looked at and is well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsdigest.editing import doubts
from newsdigest.editing.doubts import Doubt
from newsdigest.editing.link_rounds import links_of
from newsdigest.model.editions import TOKEN_UNSUBSCRIBE, Edition, Placement, Variant
from newsdigest.model.links import LinkLook
from newsdigest.model.newsletters import LEAST_CONTRAST, Newsletter, Theme

WARN_SHARE = 0.85
_ALT = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class MailFault:
    """
    What the mail room finds in the mail as it would leave.

    Attributes:
        text: In plain English, with what to do.
        blocks: Nothing would be sent.
        link: The link it is about, "" for none.
    """

    text: str
    blocks: bool
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One line of the check list.

    Attributes:
        code: Which matter, e.g. `size`; the newsroom words it by this and the facts.
        level: `ok`, `warn` or `block`.
        text: In plain English.
        placement_id: Where to jump, "" for the edition as a whole.
        language: Which edition it concerns, "" for all.
        facts: Names and values of what the line tells.
    """

    code: str
    level: str
    text: str
    placement_id: str = ""
    language: str = ""
    facts: tuple[tuple[str, Any], ...] = ()


def checks(
    edition: Edition,
    newsletter: Newsletter,
    variants: Mapping[str, Variant],
    *,
    recipients: Mapping[str, int] | None = None,
    recipients_before: int | None = None,
    links: Mapping[str, LinkLook] | None = None,
    theme: Theme | None = None,
    embargoed: Mapping[str, datetime] | None = None,
    mail_faults: Iterable[MailFault] = (),
    now: datetime | None = None,
    changed: Iterable[str] = (),
) -> tuple[Check, ...]:
    """
    Return the check list, blocks first, then warnings, then what is well.

    Args:
        recipients: How many would get it, per language; None where nobody counted.
        recipients_before: How many got the edition before.
        links: What was last seen behind each link, as far as somebody looked.
        theme: Whose colours are measured.
        embargoed: Placement id to the end of its embargo, for what may not leave at the planned start.
        mail_faults: What the mail room would refuse or warn of when the edition is sent.
        changed: Ids of placements whose source has changed its words since.
        now: To say what makes approving look too early; None asks nothing.
    """
    found = [
        *_of_embargoes(edition, newsletter, embargoed or {}),
        *_of_mail(edition, mail_faults),
        *_of_doubts(doubts.of(edition, newsletter, now=now) if now else ()),
        *_of_changes(edition, changed),
        *_of_variants(newsletter, variants),
        *_of_placements(edition, newsletter),
        *_of_links(edition, newsletter, links or {}),
        *_of_sections(edition, newsletter),
        *_of_sender(newsletter),
        *_of_colours(theme),
        *_of_recipients(recipients, recipients_before),
    ]
    order = {"block": 0, "warn": 1, "ok": 2}
    return tuple(sorted(found, key=lambda check: order[check.level]))


def _of_variants(newsletter: Newsletter, variants: Mapping[str, Variant]) -> Iterator[Check]:
    for variant in variants.values():
        where: dict[str, Any] = {"language": variant.language}
        size, limit = len(variant.html.encode()), newsletter.max_html_bytes
        yield Check(
            code="size", level="warn" if size / limit > WARN_SHARE else "ok",
            text=f"{variant.id}: {size / 1000:.0f} of {limit / 1000:.0f} KB",
            facts=(("used", size), ("limit", limit)), **where,
        )  # fmt: skip
        for warning in variant.warnings:
            if "bytes are used" not in warning:
                text = f"{variant.id}: {warning}"
                yield Check(code="shortened", level="warn", text=text, facts=(("how", warning),), **where)
        if missing := _ALT.findall(variant.html):
            text = f"{variant.id}: {len(missing)} images without a text for readers who see none"
            yield Check(code="alt_texts", level="warn", text=text, facts=(("n", len(missing)),), **where)
        has_link = TOKEN_UNSUBSCRIBE in variant.html and TOKEN_UNSUBSCRIBE in variant.text
        text = f"{variant.id}: the unsubscribe link is {'there' if has_link else 'missing'}"
        yield Check(code="unsubscribe", level="ok" if has_link else "block", text=text, **where)
        if not variant.story_ids:
            # One language may have nothing in a week: its readers get no mail. All of them may not.
            is_bare = not any(one.story_ids for one in variants.values())
            level = "block" if is_bare else "warn"
            yield Check(code="empty", level=level, text=f"{variant.id}: holds no story", **where)


def _of_embargoes(
    edition: Edition, newsletter: Newsletter, embargoed: Mapping[str, datetime]
) -> Iterator[Check]:
    for id_, end in embargoed.items():
        p = edition.placement(id_)
        if p is None:
            continue
        local = end.astimezone(ZoneInfo(newsletter.zone))
        text = f"{_named(p)}: under embargo until {local:%Y-%m-%d}, {local:%H:%M}, after the planned start"
        facts = (("day", local.date()), ("clock", local.time()))
        where: dict[str, Any] = {"placement_id": p.id, "language": p.language}
        yield Check(code="embargo", level="block", text=f"{text}; drop it", facts=facts, **where)


def _of_mail(edition: Edition, faults: Iterable[MailFault]) -> Iterator[Check]:
    for fault in faults:
        told = next((p for p in edition.placements if fault.link and p.url == fault.link), None)
        where: dict[str, Any] = {
            "placement_id": told.id if told else "",
            "language": told.language if told else "",
        }
        level = "block" if fault.blocks else "warn"
        yield Check(code="mail", level=level, text=fault.text, facts=(("what", fault.text),), **where)


def _of_changes(edition: Edition, changed: Iterable[str]) -> Iterator[Check]:
    for p in (found for id_ in changed if (found := edition.placement(id_))):
        text = f"{_named(p)}: the source has changed its text since it was placed here"
        yield Check(code="changed", level="warn", text=text, placement_id=p.id, language=p.language)


def _of_doubts(found: Iterable[Doubt]) -> Iterator[Check]:
    for doubt in found:
        facts = (("n", doubt.n), ("needed", doubt.needed))
        yield Check(code=f"doubt_{doubt.code}", level="warn", text=doubt.text, facts=facts)


def _of_placements(edition: Edition, newsletter: Newsletter) -> Iterator[Check]:
    for p in (p for language in newsletter.languages for p in edition.placed(language)):
        where: dict[str, Any] = {"level": "warn", "placement_id": p.id, "language": p.language}
        if len(p.headline) > newsletter.headline_characters:
            limit = newsletter.headline_characters
            text = f"{_named(p)}: the title has {len(p.headline)} characters; {limit} read well"
            facts = (("n", len(p.headline)), ("limit", limit))
            yield Check(code="long_title", text=text, facts=facts, **where)
        if "unsure_language" in p.warnings:
            yield Check(code="unsure_language", text=f"{_named(p)}: is the language right?", **where)
        if any(reason.startswith("proposed:") for reason in p.reasons):
            text = f"{_named(p)}: merged on suspicion; look at it"
            yield Check(code="suspected_duplicate", text=text, **where)
        for warning in p.warnings:
            if warning not in ("unsure_language", "long_title"):
                text = f"{_named(p)}: {warning.replace('_', ' ')}"
                yield Check(code="look", text=text, facts=(("warning", warning),), **where)


def _of_links(edition: Edition, newsletter: Newsletter, looks: Mapping[str, LinkLook]) -> Iterator[Check]:
    """Yield a line for every link in trouble, a warning and never a block, and one about the whole round."""
    for language in newsletter.languages:
        for p in edition.placed(language):
            for url in (p.url, *(url for _, url in p.also_at)):
                look = looks.get(url)
                if look is not None and look.is_trouble:
                    text = f"{_named(p)}: {url} is {look.state.value.replace('_', ' ')}; {look.detail}"
                    yield _link_check(look, text, placement_id=p.id, language=language)
        look = looks.get(dict(newsletter.privacy_url).get(language, ""))
        if look is not None and look.is_trouble:
            yield _link_check(look, f"{language}: {look.url} (privacy): {look.detail}", language=language)
    wanted = links_of(edition, newsletter)
    seen = [looks[url] for url in wanted if url in looks]
    if not wanted:
        return
    facts = (("n", len(seen)), ("of", len(wanted)), ("at", min((look.at for look in seen), default=None)))
    text = f"{len(seen)} of {len(wanted)} links looked at"
    yield Check(code="links" if seen else "links_unseen", level="ok", text=text, facts=facts)


def _link_check(look: LinkLook, text: str, **where: str) -> Check:
    facts = (("url", look.url), ("why", look.detail), ("at", look.at))
    return Check(code=f"link_{look.state.value}", level="warn", text=text, facts=facts, **where)


def _of_sections(edition: Edition, newsletter: Newsletter) -> Iterator[Check]:
    for language in newsletter.languages:
        placed = {p.section_id for p in edition.placed(language)}
        empty = [s for s in newsletter.sections if not s.joins and s.id not in placed]
        if empty:
            text = f"{language}: empty sections vanish: {', '.join(s.id for s in empty)}"
            facts = (("sections", tuple(s.id for s in empty)),)
            yield Check(code="empty_section", level="ok", text=text, language=language, facts=facts)
        if not dict(edition.introductions).get(language, "").strip():
            text = f"{language}: no introduction"
            yield Check(code="introduction", level="ok", text=text, language=language)


def _of_sender(newsletter: Newsletter) -> Iterator[Check]:
    for language in newsletter.languages:
        has = bool(dict(newsletter.imprint).get(language, "").strip())
        text = f"{language}: the Impressum is {'there' if has else 'missing; add it in newsletters.yaml'}"
        yield Check(code="imprint", level="ok" if has else "block", text=text, language=language)
    address = newsletter.sender.address
    domain = address.rpartition("@")[2]
    is_example = domain.endswith((".example", ".invalid", ".test")) or "." not in domain
    text = f"sender {address}" + (": an example; set your own domain" if is_example else "")
    level = "warn" if is_example else "ok"
    yield Check(code="sender_domain", level=level, text=text, facts=(("address", address),))


def _of_colours(theme: Theme | None) -> Iterator[Check]:
    if theme is None:
        return
    least = min(theme.light.least_contrast, theme.dark.least_contrast)
    text = f"contrast of text and ground: at least {least:.1f}:1, light and dark"
    level = "ok" if least >= LEAST_CONTRAST else "warn"
    yield Check(code="contrast", level=level, text=text, facts=(("least", least),))


def _of_recipients(recipients: Mapping[str, int] | None, before: int | None) -> Iterator[Check]:
    if recipients is None:
        return
    total = sum(recipients.values())
    told = ", ".join(f"{number} {language}" for language, number in sorted(recipients.items()))
    text = f"{total} recipients ({told or 'none'})"
    level = "ok" if total else "warn"
    if before is not None:
        text += f", {before} last time"
        # A fifth more or less within a week is an import gone wrong more often than success.
        level = "warn" if abs(total - before) > max(10, before // 5) else level
    facts = (("total", total), ("each", tuple(sorted(recipients.items()))), ("before", before))
    yield Check(code="recipients", level=level, text=text, facts=facts)


def _named(p: Placement) -> str:
    return f"{p.language} “{p.headline[:60]}”"
