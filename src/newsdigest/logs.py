"""
Structured logs: fixed event names, facts as fields, ids rather than objects.

Modules that log hold `log = get_logger(__name__)`. A door configures it once more by its settings;
until then warnings are shown, masked like all else (structlog's own default is not). structlog is
loaded with the first line that is shown: most commands show none, and start 70 ms earlier.
"""

from __future__ import annotations

import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

_SECRET = re.compile(r"pass|secret|token|authorization|cookie|api_key", re.IGNORECASE)
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_WEIGHTS = {"debug": 10, "info": 20, "warning": 30, "error": 40}


class Logger:
    """The logger of a module; what is below the level asked for costs a comparison."""

    def __init__(self, name: str) -> None:
        self._name = name

    def debug(self, event: str, **facts: Any) -> None:
        """Say what only helps in finding a defect."""
        _say("debug", event, {"module": self._name, **facts})

    def info(self, event: str, **facts: Any) -> None:
        """Say that a state changed."""
        _say("info", event, {"module": self._name, **facts})

    def warning(self, event: str, **facts: Any) -> None:
        """Say that something odd was handled."""
        _say("warning", event, {"module": self._name, **facts})

    def error(self, event: str, **facts: Any) -> None:
        """Say that somebody must look."""
        _say("error", event, {"module": self._name, **facts})

    def exception(self, event: str, **facts: Any) -> None:
        """Say that a defect showed, with the trace of the exception under way."""
        _say("error", event, {"module": self._name, "exc_info": True, **facts})


class _Chosen:
    """How lines are written: the door's choice, and structlog's logger once there is a line."""

    style: Literal["console", "json"] = "console"
    weight = _WEIGHTS["warning"]
    writer: Any = None


def get_logger(name: str) -> Logger:
    """Return the logger of a module."""
    return Logger(name)


def configure(*, style: Literal["console", "json"] = "console", level: str = "info") -> None:
    """Send logs to standard error, for people or as JSON lines."""
    _Chosen.style, _Chosen.weight, _Chosen.writer = style, _WEIGHTS[level], None


def _say(level: str, event: str, facts: dict[str, Any]) -> None:
    if _WEIGHTS[level] < _Chosen.weight:
        return
    writer = _Chosen.writer
    if writer is None:
        writer = _Chosen.writer = _writer(_Chosen.style)
    getattr(writer, level)(event, **facts)


def _writer(style: Literal["console", "json"]) -> Any:
    import structlog

    processors: list[Any] = [
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
    return structlog.wrap_logger(
        _Stderr(),
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(0),
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
