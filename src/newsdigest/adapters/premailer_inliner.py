"""
Inlining of style sheets by premailer, behind one function and locked down.

What must stay a sheet (dark mode, small screens) stands in `<style data-premailer="ignore">` and
passes through. Nothing is ever fetched or read. premailer keeps one process-wide cache keyed by
the sheet's text, which content can poison (`<b style="td">` beside a `td{}` rule breaks every
later render), so it is cleared before each run and runs do not overlap.
"""

from __future__ import annotations

import logging
import threading

import premailer
import premailer.cache

from newsdigest.errors import TemplateError

_one_at_a_time = threading.Lock()


def inline(html: str) -> str:
    """
    Return the document with its plain style sheets written into `style` attributes.

    Raises:
        TemplateError: The sheet cannot be parsed.
    """
    with _one_at_a_time:
        premailer.cache.cache.clear()
        try:
            made: str = premailer.Premailer(
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
    return made
