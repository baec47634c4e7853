"""
Where ports meet tools: the only package that names an adapter.

One `Assembly` per process and workspace; parts are made on first use, so that a command pays
only for what it needs. Each room's parts stand in a file of their own; a part may use another's
(sending asks editing for a variant), which is what an assembly is for.
"""

from __future__ import annotations

from newsdigest.assembly.collecting import CollectingParts
from newsdigest.assembly.editing import EditingParts
from newsdigest.assembly.mailing import MailingParts
from newsdigest.assembly.newsroom import NewsroomParts
from newsdigest.assembly.operating import OperatingParts
from newsdigest.assembly.publishing import PublishingParts
from newsdigest.assembly.sorting import SortingParts
from newsdigest.assembly.subscribing import SubscribingParts


# The order matters to Python: who uses another's parts stands before it (against the flow of the news).
class Assembly(
    OperatingParts,
    NewsroomParts,
    SubscribingParts,
    PublishingParts,
    EditingParts,
    MailingParts,
    SortingParts,
    CollectingParts,
):
    """The parts of one workspace, put together: one method per job."""
