"""Adapters: one tool, one file, met only by assembly."""

from __future__ import annotations

import sys
from typing import Any, cast

# httpx brings its command line along, with rich and its colours, wherever rich is installed: 5 MB and 30 ms
# that nobody here needs. None stands for a module that is not there, which httpx is prepared for.
cast(dict[str, Any], sys.modules).setdefault("httpx._main", None)
