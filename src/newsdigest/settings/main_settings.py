"""`config/newsdigest.yaml`: the workspace's own set-up. Each room has its section here."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from newsdigest.settings.checking import Strict


def _allowed(value: str) -> str:
    network, _, port = value.rpartition(":") if value.count(":") == 1 or "]:" in value else (value, "", "")
    ipaddress.ip_network(network.strip("[]"))
    if port and not 0 < int(port) < 65536:
        raise ValueError("the port must be 1 to 65535")
    return value


def _listed(value: Any) -> Any:
    """Environment variables give lists as comma-separated text."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class NetworkSettings(Strict):
    """
    How we go out.

    Attributes:
        allow: `CIDR` or `CIDR:port` that the guard lets through although it is not public.
        host_interval: Seconds between two requests to one host.
        timeout: Wall-clock seconds for one fetch, redirects included.
        concurrency: Hosts worked on at once.
    """

    allow: Annotated[tuple[Annotated[str, AfterValidator(_allowed)], ...], BeforeValidator(_listed)] = ()
    host_interval: float = Field(1.0, ge=0, le=3600)
    timeout: float = Field(20.0, gt=0, le=300)
    concurrency: int = Field(16, ge=1, le=256)
    max_bytes: int = Field(10 * 1024 * 1024, ge=1024)
    operator_page: str = ""
    contact: str = ""


def _zone(value: str) -> str:
    """Refuse a zone the machine does not know; without time-zone data it would know none (Q15)."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("is no known time zone; write e.g. Europe/Berlin, or install tzdata") from error
    return value


class AssociationSettings(Strict):
    """Who publishes."""

    name: str = "newsdigest"
    name_en: str = ""
    website: str = ""
    zone: Annotated[str, AfterValidator(_zone)] = "Europe/Berlin"
    languages: tuple[Literal["de", "en"], ...] = ("de", "en")


STORES = ("sqlite:///", "postgresql+psycopg://", "postgresql://", "postgres://")


def _store_url(value: str) -> str:
    """Refuse what is no address of a database of ours; the usual forms of PostgreSQL's are all understood."""
    if value and not value.startswith(STORES):
        # The value itself is not repeated here: it may hold a password.
        raise ValueError(
            "is no database we know; write postgresql+psycopg://user@host/database, sqlite:////path/file.db, "
            "or nothing for var/newsdigest.db"
        )
    for form in ("postgresql://", "postgres://"):
        if value.startswith(form):
            return "postgresql+psycopg://" + value.removeprefix(form)
    return value


class StoreSettings(Strict):
    """
    Where records are kept.

    Attributes:
        url: Empty: SQLite in `var/newsdigest.db`; else `postgresql+psycopg://user@host/database`.
        silence: A service on PostgreSQL that heard nothing from it for so many seconds ends, to be started anew.
    """

    url: Annotated[str, AfterValidator(_store_url)] = ""
    silence: float = Field(30.0, ge=1, le=3600)


class RelaySettings(Strict):
    """One SMTP relay. The password comes from `NEWSDIGEST_MAIL__PASSWORD` or a file, never from here."""

    host: str = "localhost"
    port: int = Field(25, ge=1, le=65535)
    tls: Literal["required", "implicit", "none"] = "required"
    ca_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    connections: int = Field(4, ge=1, le=32)


class DKIMSettings(Strict):
    """Signing by ourselves, where the relay does not. `key_file`: PEM, RSA from 2048 bit or Ed25519."""

    domain: str = ""
    selector: str = ""
    key_file: Path | None = None


class BounceSettings(Strict):
    """
    Where reports about our mail arrive; one of `maildir` and `host` (IMAP over TLS), or neither.

    Attributes:
        ca_file: Certificates to trust for IMAP instead of the system's.
        archive: IMAP folder (or maildir sub-folder) into which dealt-with reports are put.
        soft_limit: Score at which an address is suppressed; a soft bounce counts 1, half after 30 days.
        webhook_secret_file: Holds the secret that signs reports pushed by a provider.
    """

    maildir: Path | None = None
    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    ca_file: Path | None = None
    user: str = ""
    password_file: Path | None = None
    folder: str = "INBOX"
    archive: str = "Archive"
    soft_limit: float = Field(3.5, gt=0)
    webhook_secret_file: Path | None = None


class MailSettings(Strict):
    """
    How mail leaves. `outbox` set: written as .eml files instead (dry run).

    Attributes:
        bounce_domain: Return paths are `bounce-<token>@` it; empty: the sender's own address.
        helo: Our name in EHLO; empty: this machine's.
        per_minute, domain_limits: Messages a minute in all, and by recipient domain; 0: no limit.
    """

    relays: tuple[RelaySettings, ...] = (RelaySettings(),)
    outbox: Path | None = None
    bounce_domain: str = ""
    helo: str = ""
    uncertain: Literal["hold", "resend_once"] = "hold"
    timeout_to_dot: float = Field(120.0, gt=0)
    timeout_after_dot: float = Field(600.0, gt=0)
    per_minute: int = Field(0, ge=0)
    domain_limits: dict[str, int] = Field(default_factory=dict)
    dkim: DKIMSettings = DKIMSettings()
    bounces: BounceSettings = BounceSettings()


class CollectingSettings(Strict):
    """
    How sources are looked at.

    Attributes:
        base_line_days: Entries this young count as news on a source's first look; 0: all of it is stock.
        flood_share: More than this share of a known feed new at once may be a flood and waits for an editor.
    """

    parse_workers: int = Field(2, ge=1, le=16)
    max_items: int = Field(300, ge=1, le=500)
    flood_share: float = Field(0.5, gt=0, le=1)
    base_line_days: float = Field(0.0, ge=0, le=365)


class SortingSettings(Strict):
    """How items are judged."""

    window_days: int = Field(120, ge=1)
    vectors: Literal["auto", "on", "off"] = "auto"


class WebSettings(Strict):
    """Newsroom and public pages."""

    host: str = "127.0.0.1"
    port: int = Field(8800, ge=1, le=65535)
    public_url: str = ""


class PublishingSettings(Strict):
    """What the website gets. `entries`: stories a channel holds at most."""

    entries: int = Field(50, ge=1, le=500)


class SubscribingSettings(Strict):
    """
    People: how often anybody may make us write to an address, and how long what is kept.

    Attributes:
        form_origins: Other websites (`https://www.example.org`) whose sign-up form may post to us.
        address_day, address_total: Mails to one address a day, and in all until somebody confirms.
        network_hour, site_hour: Mails asked for from one network, and by all, in an hour.
        pending_days: A sign-up nobody confirmed is deleted after so many days.
        ended_days: Proof of consent is kept so long after a subscription ended.
    """

    form_origins: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    address_day: int = Field(1, ge=1, le=10)
    address_total: int = Field(3, ge=1, le=100)
    network_hour: int = Field(20, ge=1)
    site_hour: int = Field(300, ge=1)
    pending_days: int = Field(14, ge=1, le=60)
    ended_days: int = Field(1095, ge=30)


class RetentionSettings(Strict):
    """
    How many days what is kept; the job `retain` lets go of the rest every night and reports it.

    Unconfirmed sign-ups and ended subscriptions stand in `subscribing`.

    Attributes:
        attempts: Keyed hashes that count sign-ups, for the caps of abuse.
        reports: What relays and providers reported about deliveries.
        deliveries: Who got which edition; afterwards only the sums are left.
        runs: Runs of jobs; they keep a period from being done twice, so a year at least.
        items: Texts of items after their source served them last.
        tombstones: What tells an old item from a new one when its text is gone; two years at least.
        pictures: Copies of pictures that no edition and no item shows.
        dry_runs: Mails that a dry run wrote into the outbox folder.
        copies: What `restore` and `migrate` kept of the state before.
        failed_log_ins: Counts of failed log-ins.
    """

    attempts: int = Field(60, ge=2)
    reports: int = Field(365, ge=90)
    deliveries: int = Field(1095, ge=90)
    runs: int = Field(400, ge=366)
    items: int = Field(365, ge=150)
    tombstones: int = Field(1095, ge=730)
    pictures: int = Field(60, ge=14)
    dry_runs: int = Field(30, ge=1)
    copies: int = Field(30, ge=1)
    failed_log_ins: int = Field(30, ge=1)


class LogSettings(Strict):
    """Logs go to standard error."""

    style: Literal["console", "json"] = "console"
    level: Literal["debug", "info", "warning", "error"] = "warning"


class AlertSettings(Strict):
    """
    Mails to the operator when something needs a person.

    Attributes:
        to: Addresses; none: no alerts.
        a_day: At most so many mails a day; the same trouble is told once a day.
    """

    to: tuple[str, ...] = ()
    a_day: int = Field(3, ge=1, le=50)


class MainSettings(Strict):
    """All of `newsdigest.yaml`."""

    association: AssociationSettings = AssociationSettings()
    network: NetworkSettings = NetworkSettings()
    store: StoreSettings = StoreSettings()
    mail: MailSettings = MailSettings()
    collecting: CollectingSettings = CollectingSettings()
    sorting: SortingSettings = SortingSettings()
    web: WebSettings = WebSettings()
    publishing: PublishingSettings = PublishingSettings()
    subscribing: SubscribingSettings = SubscribingSettings()
    retention: RetentionSettings = RetentionSettings()
    log: LogSettings = LogSettings()
    alerts: AlertSettings = AlertSettings()
