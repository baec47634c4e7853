"""
The newsroom: the screens in which editors make, approve and follow an edition.

`routes(assembly)` returns them all. Which role may pass which door stands in `doors.py` beside each
path, and nowhere else: what is not listed there is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

    from newsdigest.assembly import Assembly


def routes(assembly: Assembly) -> Sequence[BaseRoute]:
    """Return the newsroom's routes (all below `/newsroom`) and the static files (below `/static`)."""
    from newsdigest.web.newsroom import doors

    return doors.routes(assembly)
