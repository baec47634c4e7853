"""The parts of subscribing: ports meet tools, one method per job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.model.subscribers import Subscriber
    from newsdigest.subscribing.csv_people import RowResult
    from newsdigest.subscribing.manage import ImportReport


class SubscribingParts(Base):
    """What the doors ask of subscribing."""

    def add_subscriber(
        self,
        *,
        address: str,
        newsletter_id: str = "",
        name: str = "",
        language: str = "de",
        topics: Sequence[str] = (),
        frequency: str = "weekly",
        basis: str = "member",
        evidence: str = "",
        organisation: str = "",
        by: str = "office",
    ) -> tuple[Subscriber, RowResult]:
        """
        Add one person by hand; somebody known is left as they are.

        Raises:
            UsageError: The address is unusable or suppressed, or a word is not known.
        """
        from newsdigest.errors import UsageError
        from newsdigest.model.subscribers import Frequency, LegalBasis
        from newsdigest.subscribing import manage
        from newsdigest.subscribing.consent import Wishes

        newsletter = self.newsletter(newsletter_id)
        if language not in newsletter.languages:
            raise UsageError(
                f"{newsletter.id} has no language {language!r}; it has {', '.join(newsletter.languages)}"
            )
        known = [topic.id for topic in self.workspace.topics.topics]
        strange = [topic for topic in topics if topic not in known]
        if strange:
            raise UsageError(f"there is no topic {strange[0]!r}; there are {', '.join(known)}")
        wishes = Wishes(
            language=language,
            topics=tuple(topics),
            frequency=Frequency(frequency),
            name=name,
            organisation=organisation,
        )
        return manage.add(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            address=address,
            newsletter_id=newsletter.id,
            wishes=wishes,
            basis=LegalBasis(basis),
            evidence=evidence,
            by=by,
        )

    def import_subscribers(
        self, content: bytes, *, newsletter_id: str = "", basis: str = "none", by: str = "office"
    ) -> ImportReport:
        """
        Take a CSV table in; one answer per row.

        Raises:
            UsageError: The table as a whole cannot be read; nothing was taken in.
        """
        from newsdigest.model.subscribers import LegalBasis
        from newsdigest.subscribing import manage

        newsletter = self.newsletter(newsletter_id)
        return manage.import_people(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            content=content,
            newsletter_id=newsletter.id,
            languages=newsletter.languages,
            topics=[topic.id for topic in self.workspace.topics.topics],
            newsletters=[n.id for n in self.workspace.newsletters],
            basis=LegalBasis(basis),
            by=by,
        )

    def subscribers(self, newsletter_id: str = "") -> Iterator[Subscriber]:
        """Yield subscriptions by newsletter and id."""
        with self.store.read() as unit:
            yield from unit.subscribers.iterate(newsletter_id)

    def export_subscribers(self, newsletter_id: str = "") -> str:
        """Return the table of people as CSV, formulas defused."""
        from newsdigest.subscribing import csv_people

        return csv_people.write(self.subscribers(newsletter_id))

    def unsubscribe(self, address: str, *, newsletter_id: str = "", by: str = "office") -> int:
        """
        End a person's subscriptions and suppress the address there; return how many ended.

        Raises:
            NotFoundError: Nobody has that address.
        """
        from newsdigest.subscribing import manage

        return manage.unsubscribe(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            address=address,
            newsletter_id=newsletter_id,
            by=by,
        )
