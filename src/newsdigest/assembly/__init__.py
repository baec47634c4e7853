"""
Where ports meet tools: the only package that names an adapter.

One `Assembly` per process and workspace; parts are made on first use, so that a command pays
only for what it needs. Each room's parts stand in a file of their own; a part may use another's
(sending asks editing for a variant), which is what an assembly is for. The class itself is loaded
when it is first asked for: `quick.status` does without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from newsdigest.assembly.whole import Assembly

__all__ = ["Assembly"]


def __getattr__(name: str) -> Any:
    if name != "Assembly":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from newsdigest.assembly.whole import Assembly

    return Assembly
