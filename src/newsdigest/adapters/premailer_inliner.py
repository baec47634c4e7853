"""
Inlining of style sheets by premailer, behind one function and locked down.

What must stay a sheet (dark mode, small screens) stands in `<style data-premailer="ignore">` and
passes through. Nothing is ever fetched or read. premailer keeps one process-wide cache keyed by
the sheet's text, which content can poison (`<b style="td">` beside a `td{}` rule breaks every
later render), so it is cleared before each run and runs do not overlap. What it made of the sheet itself
is kept here, because parsing the same sheet anew was four fifths of the work.
"""

from __future__ import annotations

import logging
import threading
from typing import Any

import premailer
import premailer.cache

from newsdigest.errors import TemplateError

_one_at_a_time = threading.Lock()
MOST_KNOWN = 1_000
_pairs: dict[Any, Any] = {}
"""What premailer made of the sheets' declarations, by its own keys."""
_rules: dict[tuple[str, int], tuple[list[Any], list[Any]]] = {}
"""What it made of whole sheets, by text and place in the document."""


class _Premailer(premailer.Premailer):  # type: ignore[misc]
    def _parse_style_rules(self, css_body: str, ruleset_index: int) -> tuple[list[Any], list[Any]]:
        key = (css_body, ruleset_index)
        if key not in _rules:
            _rules[key] = super()._parse_style_rules(css_body, ruleset_index)
        rules, leftover = _rules[key]
        return list(rules), list(leftover)


def inline(html: str) -> str:
    """
    Return the document with its plain style sheets written into `style` attributes.

    Raises:
        TemplateError: The sheet cannot be parsed.
    """
    with _one_at_a_time:
        premailer.cache.cache.clear()
        premailer.cache.cache.update(_pairs)
        try:
            made: str = _Premailer(
                html,
                strip_important=False,
                disable_basic_attributes=["width", "height"],
                disable_validation=True,
                align_floating_images=False,
                allow_network=False,
                allow_loading_external_files=False,
                cssutils_logging_level=logging.CRITICAL,
                disable_link_rewrites=True,
                method="html",
            ).transform()
        except (ValueError, TypeError, AttributeError, LookupError) as error:
            raise TemplateError(
                f"parts/mail_head.html.j2:1: the style sheet cannot be inlined ({error}); check the sheet"
            ) from error
        _remember()
    return made


def _remember() -> None:
    """
    Keep what was parsed of sheets.

    premailer asks for a rule's declarations with `validate=…`, so their keys are longer than one part; a
    `style` attribute or a selector is asked for by its bare text, and those two can be mistaken for each other.
    """
    for kept in (_pairs, _rules):
        if len(kept) > MOST_KNOWN:
            kept.clear()
    _pairs.update({key: made for key, made in premailer.cache.cache.items() if len(key) > 1})
