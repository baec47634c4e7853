"""
Links: made safe, made absolute, and folded to one spelling for "is it the same page?".

`safe` is the only door by which a foreign link comes in (T3): absolute http or https, no user
name, no control or bidi characters, foreign-script hosts shown in punycode. `canonical` gives a key
for comparing, never a link to follow. `w3lib.canonicalize_url` sorts the query; the list of tracking
parameters is ours, as the lists of others drop WordPress's `?p=123`, which is the page itself.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2048

_TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|piwik_\w+|matomo_\w+|at_(?:medium|campaign|custom\w*)|wt_\w+|wt\.\w+"
    r"|hsa_\w+|__hs\w+|_hs\w+"
    r"|oly_\w+|vero_\w+|mc_[ce]id|fb_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid"
    r"|ttclid|igshid|igsh"
    r"|li_fat_id|_ga|_gl|cmpid|icid|ito|ocid|s_cid|ncid|ref|ref_src|ref_url|referrer|source|src|spm"
    r"|xtor|ns_\w+"
    r"|newsletter|nl|mkt_tok|trk\w*|sc_\w+|ceneo_spo|feature|share|rss|from_rss|partner"
    r"|chash|no_cache|phpsessid|jsessionid|sid|sessionid|session_id|aspsessionid\w*|cfid|cftoken"
    r"|nocache|cachebuster|cb|_t|timestamp|print|amp|outputtype)",
    re.IGNORECASE,
)
_COUNTER = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_(?:campaign|kwd|source|medium|content|cid|keyword)|piwik_\w+|matomo_\w+|hsa_\w+|_hs\w+|__hs\w+"
    r"|mc_[ce]id|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|li_fat_id|mkt_tok|oly_\w+"
    r"|vero_\w+|wt_mc|wt\.mc_\w+|at_(?:medium|campaign|custom\w*)|xtor)",
    re.IGNORECASE,
)
# These words are pages on some sites (`?source=press` lists, `?src=12` shows): dropped only where the value tells.
_DOUBTFUL = frozenset(
    {
        "ref",
        "source",
        "src",
        "rss",
        "feature",
        "share",
        "partner",
        "nl",
        "newsletter",
        "print",
        "amp",
        "sid",
        "cb",
        "trk",
    }
)
_DOUBTFUL_VALUES = re.compile(
    r"(?:rss\d*|feed\w*|atom|twitter|facebook|linkedin|xing|mail|email|newsletter|nl|social|share\w*|1"
    r"|true|0|[0-9a-f]{24,})?",
    re.IGNORECASE,
)
_INDEX = re.compile(r"/(?:index|default|home)\.(?:html?|php\d?|aspx?|jsp|cfm)\Z", re.IGNORECASE)
_PLAIN_PATH = re.compile(r"(?:(?!/\.)[A-Za-z0-9/_.~-])*")
_AMP = re.compile(r"/amp/?\Z|\.amp(?=\.html\Z)", re.IGNORECASE)
_WITH_HOST = re.compile(r"\s*(?:https?:)?//[^/?#\s]+(?P<rest>[/?#].*)?\Z", re.IGNORECASE | re.DOTALL)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_UNSEEN = re.compile(
    "[\x00-\x20\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[^:\[\]@/?#\\]+)(?::(?P<port>\d{0,5}))?\Z", re.IGNORECASE)
# Most links are in order as they are: lower-case host, no port, nothing to encode.
_PLAIN = re.compile(
    r"https?://[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
    r"(?:/(?:[A-Za-z0-9\-._~:/?@!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)?"
)
_FORGOT_SCHEME = re.compile(r"www\.[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?=[/?#:]|\Z)", re.IGNORECASE)
_SECOND_LEVEL = frozenset(
    [
        "ac",
        "co",
        "com",
        "edu",
        "gov",
        "govt",
        "gv",
        "ltd",
        "me",
        "net",
        "nhs",
        "or",
        "org",
        "plc",
        "police",
        "sch",
        "asn",
        "id",
        "go",
        "ne",
        "ad",
        "ed",
        "gob",
        "nom",
        "mil",
        "int",
        "info",
    ]
)


def safe(link: str) -> str | None:
    """
    Return a link that may be shown and fetched, or None.

    Absolute http/https only; user name and password are a reason to refuse (they disguise the
    host); invisible characters vanish; a host with letters beyond ASCII is written in punycode, so
    that a look-alike is seen as one.
    """
    if len(link) <= MAX_LENGTH and _PLAIN.fullmatch(link):
        return link
    if len(link) > MAX_LENGTH * 2:
        return None
    # Browsers drop tabs and line ends inside links; blanks inside a path are percent-encoded.
    link = _UNSEEN.sub("", re.sub(r"(?<=\S) (?=\S)", "%20", link.strip())).replace("\\", "/")
    try:
        parts = urlsplit(link)
    except ValueError:
        return None
    if parts.scheme.lower() not in ("http", "https") or "@" in parts.netloc:
        return None
    authority = _AUTHORITY.match(parts.netloc)
    if not authority or (authority["port"] and int(authority["port"]) > 65535):
        return None
    ascii_host = _ascii_host(authority["host"])
    if not ascii_host:
        return None
    netloc = ascii_host + (f":{authority['port']}" if authority["port"] else "")
    tail = urlunsplit(("", "", parts.path, parts.query, parts.fragment))
    made = f"{parts.scheme.lower()}://{netloc}{_quoted(tail)}"
    return made if len(made) <= MAX_LENGTH else None


def absolute(link: str | None, base: str | None) -> str | None:
    """Return the safe absolute form of a link found in a document at `base`, or None."""
    if not link or len(link) > MAX_LENGTH * 2:
        return None
    if len(link) <= MAX_LENGTH and _PLAIN.fullmatch(link):
        return link
    if base and link[0] == "/" and link[1:2] != "/" and "/." not in link:
        made = _origin(base) + link
        if _PLAIN.fullmatch(made):
            return made
    link = link.strip()
    if link.startswith("//"):
        link = f"{(base or 'https:').partition(':')[0]}:{link}"
    elif _FORGOT_SCHEME.match(link):
        link = f"{(base or 'https:').partition(':')[0]}://{link}"
    try:
        joined = urljoin(base, link) if base else link
    except ValueError:
        return None
    return safe(joined)


@lru_cache(maxsize=256)
def _origin(base: str) -> str:
    """Return scheme and host of an address, "" where it is no plain one (then nothing is joined quickly)."""
    match = re.match(r"https?://[a-z0-9.-]+(?=[/?#]|\Z)", base)
    return match[0] if match else ""


@lru_cache(maxsize=2_000)
def canonical(link: str) -> str:
    """
    Return a key equal for links to the same page: `host/path?query`.

    Scheme, `www.`, default ports, fragment, index page, trailing slash, `/amp`, session ids and tracking
    parameters are gone, the query is sorted. A `#!` fragment is kept, as it is the page. For what
    is no http link the stripped text comes back.
    """
    made = safe(link)
    if made is None:
        return link.strip()
    parts = urlsplit(made)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    path = _AMP.sub("", _INDEX.sub("/", _SESSION_PATH.sub("", re.sub(r"/{2,}", "/", parts.path))))
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not is_tracking(name, value)
    ]
    fragment = parts.fragment if parts.fragment.startswith("!") else ""
    if not query and not fragment and _PLAIN_PATH.fullmatch(path):
        return f"{host}{port}{path.rstrip('/')}"  # most links: nothing to quote, nothing to sort
    from w3lib.url import canonicalize_url

    sorted_ = urlsplit(canonicalize_url(urlunsplit(("http", "x", path.rstrip("/"), urlencode(query), ""))))
    tail = (f"?{sorted_.query}" if sorted_.query else "") + (f"#{fragment}" if fragment else "")
    return f"{host}{port}{sorted_.path.rstrip('/')}{tail}"


def is_tracking(name: str, value: str = "") -> bool:
    """Whether a query parameter says who sent the reader rather than which page it is."""
    if not _TRACKING.fullmatch(name):
        return False
    return name.lower() not in _DOUBTFUL or bool(_DOUBTFUL_VALUES.fullmatch(value))


def untracked(link: str) -> str:
    """
    Return the link without parameters that only count who sent the reader; all else byte for byte.

    Narrower than `is_tracking`: TYPO3's `cHash` and the like make no difference to which page it is,
    yet the page does not open without them.
    """
    head, mark, fragment = link.partition("#")
    head, question, query = head.partition("?")
    if not question:
        return link
    kept = "&".join(one for one in query.split("&") if not _COUNTER.fullmatch(one.partition("=")[0]))
    return head + (f"?{kept}" if kept else "") + mark + fragment


def without_host(guid: str) -> str:
    """Return a guid without scheme and host (Feedbin's second key): it survives a move to https or another host."""
    match = _WITH_HOST.match(guid)
    return (match["rest"] or "/").strip() if match else guid.strip()


def host(link: str) -> str:
    """Return the lower-case host name without `www.`, "" where there is none."""
    try:
        return (urlsplit(link).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def registrable_domain(name: str) -> str:
    """
    Return the part of a host name that somebody registered (`press.uni.ac.uk` gives `uni.ac.uk`).

    Second-level registries are recognised by their usual labels under two-letter countries; the
    whole public suffix list (300 kB) would only matter for hosts under private suffixes.
    """
    labels = name.lower().rstrip(".").split(".")
    if len(labels) <= 2 or name.replace(".", "").isdigit() or ":" in name:
        return ".".join(labels)
    keeps = 3 if len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL else 2
    return ".".join(labels[-keeps:])


def _ascii_host(name: str) -> str:
    name = name.lower().rstrip(".")
    if name.startswith("["):
        return name
    if not name.isascii():
        try:
            name = name.encode("idna").decode("ascii")
        except UnicodeError:
            return ""
    return name if re.fullmatch(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?", name) and ".." not in name else ""


def _quoted(tail: str) -> str:
    """Percent-encode what has no place in a link, leaving existing escapes as they are."""
    if re.fullmatch(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*", tail) and not re.search(
        r"%(?![0-9A-Fa-f]{2})", tail
    ):
        return tail
    tail = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", tail)
    return re.sub(
        r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]",
        lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8", "replace")),
        tail,
    )
