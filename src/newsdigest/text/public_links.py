"""
The addresses of our own public pages, in one place: mails name them, the web serves them.

Tokens are URL-safe text; nothing of a person stands in a path. The web application builds its
routes from the same words.
"""

from __future__ import annotations

UNSUBSCRIBE = "/unsubscribe"
PREFERENCES = "/preferences"
CONFIRM = "/confirm"
PERSONAL = "/my-data"
ARCHIVE = "/archive"
FEEDS = "/feeds"
SUBSCRIBE = "/subscribe"
IMAGES = "/images"


def unsubscribe(base: str, token: str) -> str:
    """
    Return the address for List-Unsubscribe (one-click POST) and for the link in the mail (page).

    The token: `tokens.sign(keys, "unsubscribe", subscriber_id, newsletter_id)`.
    """
    return f"{base}{UNSUBSCRIBE}/{token}"


def preferences(base: str, token: str) -> str:
    """Return the preference page's address; the token is signed for `preferences`, same subject."""
    return f"{base}{PREFERENCES}/{token}"


def confirm(base: str, token: str) -> str:
    """Return the address of the page with the button that confirms a sign-up."""
    return f"{base}{CONFIRM}/{token}"


def personal(base: str, token: str) -> str:
    """Return the address of the page with one's own data (export, deletion); its token lives for an hour."""
    return f"{base}{PERSONAL}/{token}"


def edition(base: str, language: str, edition_id: str) -> str:
    """Return the address of an edition's web page ("view in browser")."""
    return f"{base}{ARCHIVE}/{language}/{edition_id}.html"


def archive(base: str, language: str) -> str:
    """Return the address of the list of editions."""
    return f"{base}{ARCHIVE}/{language}/"


def subscribe(base: str, language: str) -> str:
    """Return the address of the sign-up form."""
    return f"{base}/{language}{SUBSCRIBE}"


def image(base: str, name: str) -> str:
    """Return the address of our own copy of a picture; the name derives from its content."""
    return f"{base}{IMAGES}/{name}"


def event(base: str, language: str, story_id: str) -> str:
    """Return the address of the calendar file of one event."""
    return f"{base}{FEEDS}/{language}/event-{story_id}.ics"
