"""
Structured logs: fixed event names, facts as fields, ids rather than objects.

Modules that log hold `log = get_logger(__name__)`. A door configures it once more by its settings;
until then warnings are shown, masked like all else (structlog's own default is not).
"""

from __future__ import annotations

import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

_SECRET = re.compile(r"pass|secret|token|authorization|cookie|api_key", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def get_logger(name: str) -> Any:
    """Return the logger of a module."""
    return structlog.get_logger(module=name)


def configure(*, style: Literal["console", "json"] = "console", level: str = "info") -> None:
    """Send logs to standard error, for people or as JSON lines."""
    import logging

    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        mask,
    ]
    # Plain traces only: the pretty ones print local values, keys and addresses among them.
    if style == "json":
        processors += [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        processors.append(
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        )
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=lambda *_: _Stderr(),
        cache_logger_on_first_use=False,
    )


class _Stderr:
    """Writes to what standard error is now: a service manager or a test may have exchanged it."""

    def msg(self, message: str) -> None:
        """Write one line."""
        print(message, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = msg


def mask(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide secrets and addresses, and escape control characters (T22)."""
    for key, value in event.items():
        if _SECRET.search(key):
            event[key] = "***"
        elif isinstance(value, str):
            safe = _ADDRESS.sub("<address>", value)
            event[key] = _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", safe)
    return event


configure(level="warning")
