"""
What to look at before approving: one line a matter, with the placement it concerns.

Pure: an edition, its rendered variants and a few numbers in, lines out. `block` stops approval
from being wise (no Impressum), `warn` wants a look, `ok` says what was looked at and is well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from newsdigest.model.editions import TOKEN_UNSUBSCRIBE, Edition, Placement, Variant
from newsdigest.model.newsletters import Newsletter

_ALT = re.compile(r"<img\b(?![^>]*\balt=\"[^\"]+\")[^>]*>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """
    One line of the check list.

    Attributes:
        code: Which matter, e.g. `size`; the newsroom words it by this.
        level: `ok`, `warn` or `block`.
        text: In plain English.
        placement_id: Where to jump, "" for the edition as a whole.
        language: Which edition it concerns, "" for all.
    """

    code: str
    level: str
    text: str
    placement_id: str = ""
    language: str = ""


def checks(
    edition: Edition,
    newsletter: Newsletter,
    variants: Mapping[str, Variant],
    *,
    recipients: Mapping[str, int] | None = None,
    recipients_before: int | None = None,
    dead_links: Mapping[str, str] | None = None,
) -> tuple[Check, ...]:
    """
    Return the check list, blocks first, then warnings, then what is well.

    Args:
        recipients: How many would get it, per language; None where nobody counted.
        recipients_before: How many got the edition before.
        dead_links: URL to reason, as far as somebody looked.
    """
    found = [
        *_of_variants(newsletter, variants),
        *_of_placements(edition, newsletter, dead_links or {}),
        *_of_sections(edition, newsletter),
        *_of_sender(newsletter),
        *_of_recipients(recipients, recipients_before),
    ]
    order = {"block": 0, "warn": 1, "ok": 2}
    return tuple(sorted(found, key=lambda check: order[check.level]))


def _of_variants(newsletter: Newsletter, variants: Mapping[str, Variant]) -> Iterator[Check]:
    for variant in variants.values():
        size = len(variant.html.encode())
        share = size / newsletter.max_html_bytes
        text = f"{variant.id}: {size / 1000:.0f} of {newsletter.max_html_bytes / 1000:.0f} KB"
        yield Check(code="size", level="warn" if share > 0.85 else "ok", text=text, language=variant.language)
        for warning in variant.warnings:
            if "bytes are used" not in warning:
                yield Check(
                    code="shortened", level="warn", text=f"{variant.id}: {warning}", language=variant.language
                )
        if missing := _ALT.findall(variant.html):
            text = f"{variant.id}: {len(missing)} images without a text for readers who see none"
            yield Check(code="alt_texts", level="warn", text=text, language=variant.language)
        has_link = TOKEN_UNSUBSCRIBE in variant.html and TOKEN_UNSUBSCRIBE in variant.text
        text = f"{variant.id}: the unsubscribe link is {'there' if has_link else 'missing'}"
        yield Check(
            code="unsubscribe", level="ok" if has_link else "block", text=text, language=variant.language
        )
        if not variant.story_ids:
            yield Check(
                code="empty", level="block", text=f"{variant.id}: holds no story", language=variant.language
            )


def _of_placements(edition: Edition, newsletter: Newsletter, dead: Mapping[str, str]) -> Iterator[Check]:
    for p in (p for language in newsletter.languages for p in edition.placed(language)):
        where = {"placement_id": p.id, "language": p.language}
        if p.url in dead:
            yield Check(
                code="dead_link", level="warn", text=f"{_named(p)}: the link is dead ({dead[p.url]})", **where
            )
        if len(p.headline) > newsletter.headline_characters:
            limit = newsletter.headline_characters
            text = f"{_named(p)}: the title has {len(p.headline)} characters; {limit} read well"
            yield Check(code="long_title", level="warn", text=text, **where)
        if "unsure_language" in p.warnings:
            yield Check(
                code="unsure_language", level="warn", text=f"{_named(p)}: is the language right?", **where
            )
        if any(reason.startswith("proposed:") for reason in p.reasons):
            yield Check(
                code="suspected_duplicate",
                level="warn",
                text=f"{_named(p)}: merged on suspicion; look at it",
                **where,
            )
        for warning in p.warnings:
            if warning not in ("unsure_language", "long_title"):
                yield Check(
                    code="look", level="warn", text=f"{_named(p)}: {warning.replace('_', ' ')}", **where
                )


def _of_sections(edition: Edition, newsletter: Newsletter) -> Iterator[Check]:
    for language in newsletter.languages:
        placed = {p.section_id for p in edition.placed(language)}
        empty = [s.id for s in newsletter.sections if not s.joins and s.id not in placed]
        if empty:
            text = f"{language}: empty sections vanish: {', '.join(empty)}"
            yield Check(code="empty_section", level="ok", text=text, language=language)
        if not dict(edition.introductions).get(language, "").strip():
            yield Check(
                code="introduction", level="ok", text=f"{language}: no introduction", language=language
            )


def _of_sender(newsletter: Newsletter) -> Iterator[Check]:
    for language in newsletter.languages:
        has = bool(dict(newsletter.imprint).get(language, "").strip())
        text = f"{language}: the Impressum is {'there' if has else 'missing; add it in newsletters.yaml'}"
        yield Check(code="imprint", level="ok" if has else "block", text=text, language=language)
    domain = newsletter.sender.address.rpartition("@")[2]
    is_example = domain.endswith((".example", ".invalid", ".test")) or "." not in domain
    text = f"sender {newsletter.sender.address}" + (": an example; set your own domain" if is_example else "")
    yield Check(code="sender_domain", level="warn" if is_example else "ok", text=text)


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
    yield Check(code="recipients", level=level, text=text)


def _named(p: Placement) -> str:
    return f"{p.language} “{p.headline[:60]}”"
