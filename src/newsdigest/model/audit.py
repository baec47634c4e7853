"""Audit: who did what when, append-only and chained by hash; and the runs of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """
    One act of a person or a job.

    `hash` covers the act and the hash of the act before it, so that a removed or
    altered row is seen.
    """

    number: int
    at: datetime
    by: str
    what: str  # e.g. edition.approve
    subject: str  # id
    detail: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a job; `key` is unique, so that a period is done once (e.g. `compose:weekly:2026-03-12`)."""

    key: str
    job: str
    started_at: datetime
    finished_at: datetime | None = None
    outcome: str = ""  # done, failed, skipped
    report: str = ""
