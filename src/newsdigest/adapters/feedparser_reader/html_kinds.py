"""
What an HTML page is that came instead of a feed (P20, P22): parked, log-in, consent, bot wall, error page.

Told apart because the advice differs: a parked domain needs a new address, a bot wall a word
with the site's webmaster, an ordinary page may name its feed.
"""

from __future__ import annotations

import re

from newsdigest.text import html

_TITLE = re.compile(r"<title[^>]{0,200}>(.{0,300}?)</title", re.IGNORECASE | re.DOTALL)
_KINDS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (reason, sentence, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for reason, sentence, pattern in (
        (
            "bot_wall",
            "The server shows a check against robots instead of the feed; ask the webmaster to let our user agent pass",
            (
                r"cf-browser-verification|cf[-_]chl|challenge-platform|just a moment\.\.\."
                r"|checking your browser|attention required! \| cloudflare|ddos[- ]guard|"
                r"_incapsula_|incapsula incident|perimeterx|px-captcha|datadome|captcha-delivery"
                r"|recaptcha/api|hcaptcha\.com|are you a (?:robot|human)|"
                r"sind sie ein (?:mensch|roboter)|verify(?:ing)? (?:that )?you are (?:a )?human"
                r"|access denied.{0,200}(?:akamai|reference #)|sucuri website firewall|"
                r"request unsuccessful|anubis.{0,80}(?:challenge|techaro)|making sure you&#39;re not a bot"
                r"|making sure you're not a bot|friendlycaptcha"
            ),
        ),
        (
            "parked",
            "The domain is parked or for sale; the organisation probably has a new address",
            (
                r"sedoparking|parkingcrew|bodis\.com|above\.com/|dan\.com|domain (?:is )?(?:parked"
                r"|for sale)|this domain (?:may be|is) for sale|buy this domain|"
                r"diese domain (?:steht zum verkauf|kaufen|ist zu verkaufen"
                r"|wurde (?:soeben )?(?:registriert|reserviert|geparkt))|domain steht zum verkauf|"
                r"hier entsteht eine neue (?:internetpräsenz|homepage|website|webseite)|parked free"
                r"|domain parking|godaddy\.com/domainsearch|future home of something"
            ),
        ),
        (
            "parked",
            "The server shows the start page of a web server where nothing is set up; the address is probably wrong",
            (
                r"default (?:web )?(?:site )?page.{0,200}(?:plesk|apache|nginx|cpanel)|welcome to nginx!"
                r"|apache2 (?:ubuntu|debian) default page"
            ),
        ),
        (
            "consent",
            "The server shows a consent page instead of the feed; the feed may be reachable under another address",
            (
                r"consent\.(?:google|yahoo|youtube)|<form[^<>]{0,300}consent|before you continue"
                r"|bevor (?:sie|du) fortf(?:ä|ae)hr|cookie[- ]?wall|"
                r"(?:weiter|lesen) mit werbung|pur[- ]abo|zustimmen und weiter|accept (?:all )?and continue"
            ),
        ),
        (
            "login",
            "The server asks for a log-in instead of giving the feed",
            r"<input[^<>]{0,300}type\s*=\s*[\"']?password",
        ),
        (
            "error_page",
            "The server shows an error page instead of the feed",
            (
                r"<title[^>]{0,200}>[^<]{0,80}(?:\b404\b|\b403\b|\b410\b|\b50[0234]\b|not found|nicht gefunden"
                r"|page not found|seite nicht gefunden|forbidden|wartung|maintenance|"
                r"service unavailable|internal server error|bad gateway|datenbank|database error|fehler)"
            ),
        ),
    )
)
_LOOK_AT = 60_000


def classify(page: str) -> tuple[str, str]:
    """Return (reason, one plain sentence) for a page that is no feed."""
    head = page[:_LOOK_AT]
    title = _TITLE.search(head)
    named = f' ("{html.strip(title[1])[:80]}")' if title and title[1].strip() else ""
    is_long = len(html.to_text(head)) > 3000
    for reason, sentence, pattern in _KINDS:
        # A consent form, a log-in or a captcha in a corner of an ordinary page says nothing: those pages are short.
        if reason in ("consent", "login", "bot_wall") and is_long:
            continue
        if pattern.search(head):
            return reason, f"{sentence}{named}."
    if re.search(r"<link[^<>]{1,300}type\s*=\s*[\"']?application/(?:rss|atom|feed)\+", head, re.IGNORECASE):
        return (
            "html",
            f"The address is an HTML page{named}, not a feed; the page names a feed, which `sources discover` finds.",
        )
    return "html", f"The address is an HTML page{named}, not a feed."
