"""All parts of one workspace in one class."""

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
