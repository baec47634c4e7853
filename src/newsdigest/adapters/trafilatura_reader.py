"""
The article of a page by trafilatura, the extra `fulltext`.

Each page is read by a process of its own, started afresh with limits and a time-out: an extractor of
lxml's size is not let loose on a stranger's bytes in the process that holds the database.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from importlib.util import find_spec

SECONDS = 20.0
ADDRESS_SPACE = 1024 * 1024 * 1024
MAX_TEXT = 2_000_000


def is_installed() -> bool:
    """Whether the extra is there."""
    return find_spec("trafilatura") is not None


class TrafilaturaReader:
    """See `ports.reading.FullText`."""

    def article(self, body: bytes, *, url: str) -> str:
        """Return the article as HTML, "" where none is found or the limits are met."""
        command = [sys.executable, "-I", "-m", "newsdigest.adapters.trafilatura_reader", url]
        try:
            done = subprocess.run(command, input=body, capture_output=True, timeout=SECONDS, check=False)
        except (subprocess.TimeoutExpired, OSError):
            return ""
        return done.stdout.decode("utf-8", "replace")[:MAX_TEXT] if done.returncode == 0 else ""


def _extract(body: bytes, url: str) -> str:
    import trafilatura

    found = trafilatura.extract(
        body, url=url, output_format="html", include_comments=False, include_tables=True, with_metadata=False
    )
    return str(found or "")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CPU, (int(SECONDS), int(SECONDS)))
    sys.stdout.buffer.write(_extract(sys.stdin.buffer.read(), sys.argv[1]).encode("utf-8", "replace"))
