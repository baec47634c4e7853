"""The parts of subscribing: ports meet tools, one method per job."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from newsdigest.assembly.mailing import MailingParts
from newsdigest.assembly.publishing import PublishingParts

if TYPE_CHECKING:
    from newsdigest.model.letters import Letter
    from newsdigest.model.subscribers import Subscriber, Suppression
    from newsdigest.subscribing.abuse import Caps
    from newsdigest.subscribing.amend import Change
    from newsdigest.subscribing.consent import Wishes
    from newsdigest.subscribing.csv_people import RowResult
    from newsdigest.subscribing.forget import ForgetReport
    from newsdigest.subscribing.manage import ImportReport
    from newsdigest.subscribing.retention import Keeper, Periods, RetentionReport
    from newsdigest.subscribing.sign_up import Act, Answer, Errand


class SubscribingParts(PublishingParts, MailingParts):
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
            newsletters=list(self.workspace.newsletters),
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

    # -- what people do themselves

    @property
    def caps(self) -> Caps:
        """How often anybody may make us write to an address."""
        from newsdigest.subscribing.abuse import Caps

        asked = self.workspace.main.subscribing
        return Caps(
            address_day=asked.address_day,
            address_total=asked.address_total,
            network_hour=asked.network_hour,
            site_hour=asked.site_hour,
        )

    def sign_up(
        self,
        *,
        address: str,
        newsletter_id: str = "",
        language: str = "de",
        topics: Sequence[str] = (),
        frequency: str = "weekly",
        consent_text: str,
        network: str = "",
    ) -> tuple[Answer, Errand | None]:
        """Take a sign-up; return what the page says, and the letter for `post_letter`, if any."""
        from newsdigest.model.subscribers import Frequency
        from newsdigest.subscribing import sign_up
        from newsdigest.subscribing.consent import Wishes

        newsletter = self.newsletter(newsletter_id)
        known = [topic.id for topic in self.workspace.topics.topics]
        wishes = Wishes(
            language=language if language in newsletter.languages else newsletter.languages[0],
            topics=tuple(topic for topic in known if topic in topics),
            frequency=Frequency(frequency if frequency in set(Frequency) else "weekly"),
        )
        request = sign_up.Request(
            address=address,
            newsletter_id=newsletter.id,
            wishes=wishes,
            consent_text=consent_text,
            network=network,
        )
        return sign_up.sign_up(
            clock=self.clock, store=self.store, keys=self.secret_keys, request=request, caps=self.caps
        )

    def ask_for_data(
        self, *, address: str, language: str = "", network: str = ""
    ) -> tuple[Answer, Errand | None]:
        """Take the wish to see or delete one's data; the link goes to the mailbox."""
        from newsdigest.subscribing import sign_up

        return sign_up.ask_for_data(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            address=address,
            language=language,
            network=network,
            caps=self.caps,
        )

    def post_letter(self, errand: Errand) -> bool:
        """Write and hand over a letter; False when no relay took it."""
        from newsdigest.subscribing import sign_up

        return sign_up.deliver(clock=self.clock, store=self.store, errand=errand, post=self._post)

    def letter(self, errand: Errand) -> Letter:
        """Return the letter of an errand, in the person's language."""
        from newsdigest.model.letters import Letter
        from newsdigest.model.newsletters import say
        from newsdigest.subscribing.sign_up import Kind
        from newsdigest.text import public_links

        newsletter = self.newsletter(errand.person.newsletter_id)
        makers = {
            Kind.CONFIRM: public_links.confirm,
            Kind.ALREADY: public_links.preferences,
            Kind.PERSONAL: public_links.personal,
        }
        values = {
            "kind": errand.kind.value,
            "newsletter": newsletter.title(errand.language),
            "link": makers[errand.kind](self.public_url, errand.token),
            "publisher": self.site.publisher.get(errand.language) or newsletter.title(errand.language),
            "imprint": say(newsletter.imprint, errand.language).strip(),
            "privacy_url": say(newsletter.privacy_url, errand.language),
        }
        parts = {
            name: self.pages.page(f"confirmation/{name}.j2", errand.language, **values)
            for name in ("subject.txt", "body.txt", "body.html")
        }
        return Letter(
            id=errand.id,
            address=errand.person.address,
            language=errand.language,
            subject=parts["subject.txt"].strip(),
            text=parts["body.txt"],
            html=parts["body.html"],
            sender_name=say(newsletter.sender.names, errand.language),
            sender_address=newsletter.sender.address,
            reply_to=newsletter.sender.reply_to,
        )

    def _post(self, errand: Errand) -> str:
        from newsdigest.errors import Retryable
        from newsdigest.mailing.letter import LetterDesk, message

        letter = self.letter(errand)
        desk = LetterDesk(message(letter, at=self.clock.now()))
        transport = self.mail_transport()
        try:
            transport.deliver(desk)
        finally:
            transport.close()
        if not desk.was_taken:
            reply = desk.answer.reply if desk.answer else "no relay could be reached"
            raise Retryable(f"letter {letter.id} was not taken: {reply}")
        return letter.message_id

    def read_confirmation(self, token: str) -> tuple[Subscriber, Wishes] | None:
        """Return who would be confirmed and with which wishes, None when it is void; changes nothing."""
        from newsdigest.subscribing import sign_up

        said = sign_up.read_confirmation(self.secret_keys, token, now=self.clock.now())
        if said is None:
            return None
        person = self.subscriber(said.subscriber_id, said.newsletter_id)
        return (person, said.wishes) if person else None

    def confirm_sign_up(self, token: str) -> Subscriber | None:
        """Confirm a sign-up; None when the link is void."""
        from newsdigest.subscribing import sign_up

        return sign_up.confirm(clock=self.clock, store=self.store, keys=self.secret_keys, token=token)

    def confirm_by_hand(
        self, address: str, *, newsletter_id: str = "", evidence: str, by: str = "office"
    ) -> Subscriber:
        """
        Confirm a pending subscription because the consent was given elsewhere (on paper, say).

        Raises:
            UsageError: There is no such pending subscription, or the address is suppressed.
        """
        from newsdigest.subscribing import manage

        return manage.confirm_by_hand(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            address=address,
            newsletter_id=self.newsletter(newsletter_id).id,
            evidence=evidence,
            by=by,
        )

    def amend_subscriber(
        self, subscriber_id: str, *, newsletter_id: str, what: Change, wishes: Wishes | None = None, by: str
    ) -> tuple[Subscriber, bool]:
        """
        Change one person's wishes, pause or resume by the office; returns whether anything changed.

        Raises:
            NotFoundError: There is no such subscription.
        """
        from newsdigest.subscribing import amend

        return amend.amend(
            clock=self.clock, store=self.store, subscriber_id=subscriber_id, newsletter_id=newsletter_id,
            what=what, wishes=wishes, by=by,
        )  # fmt: skip

    def suppressions_of(self, address: str) -> Sequence[Suppression]:
        """Return the standing decisions about an address."""
        from newsdigest.text import tokens

        with self.store.read() as unit:
            return unit.subscribers.suppressions(tokens.address_hashes(self.secret_keys, address))

    def subscriber(self, subscriber_id: str, newsletter_id: str) -> Subscriber | None:
        """Return one subscription."""
        with self.store.read() as unit:
            return unit.subscribers.get(subscriber_id, newsletter_id)

    def read_mailed(self, purpose: str, token: str) -> tuple[str, str] | None:
        """Return (subscriber id, newsletter id) of a link in a mail, None when it is not ours."""
        from newsdigest.subscribing import sign_up

        return sign_up.read_mailed(self.secret_keys, purpose, token)

    def act(
        self, who: tuple[str, str], what: Act, *, wishes: Wishes | None = None, how: str
    ) -> Subscriber | None:
        """Do what a signed link asks for; None when the person is gone."""
        from newsdigest.subscribing import sign_up

        return sign_up.act(
            clock=self.clock,
            store=self.store,
            keys=self.secret_keys,
            who=who,
            what=what,
            wishes=wishes,
            how=how,
        )

    def read_personal(self, token: str) -> str | None:
        """Return whose data a freshly mailed link shows, None when it is void."""
        from newsdigest.subscribing import sign_up

        return sign_up.read_personal(self.secret_keys, token, now=self.clock.now())

    # -- everything about one person

    def evidence(self, address: str) -> dict[str, Any]:
        """
        Return everything kept about one person as one document.

        Raises:
            NotFoundError: Nobody has that address.
        """
        from newsdigest.subscribing import forget

        return forget.evidence(store=self.store, address=address)

    def evidence_of(self, subscriber_id: str) -> dict[str, Any]:
        """Like `evidence`, by id."""
        from newsdigest.subscribing import forget

        return forget.evidence_of(store=self.store, id_=subscriber_id)

    def forget(self, address: str, *, by: str = "office") -> ForgetReport:
        """
        Delete one person everywhere: rows, texts, deleted pages, files of the workspace.

        Raises:
            NotFoundError: Nobody has that address.
        """
        from newsdigest.adapters.sql_store.eraser import SQLEraser
        from newsdigest.adapters.workspace_files import remove_holding
        from newsdigest.subscribing import forget

        outbox = self.workspace.main.mail.outbox
        folders = [self.workspace.var, *([self.workspace.folder / outbox] if outbox else [])]
        return forget.forget(
            clock=self.clock,
            store=self.store,
            eraser=SQLEraser(self.store),
            keys=self.secret_keys,
            address=address,
            remove_files=lambda forms: remove_holding(folders, forms),
            by=by,
        )

    def retain(self) -> str:
        """The retention job: one line about what went, "" when nothing was due."""
        return self.retain_report().line

    def retain_report(self, *, by: str = "retention") -> RetentionReport:
        """Let go of what is past its period; returns how much of each kind went."""
        from newsdigest.subscribing import retention

        return retention.retain(
            clock=self.clock, store=self.store, keeper=self._keeper, periods=self.retention_periods, by=by
        )

    def retention_due(self) -> RetentionReport:
        """Return what `retain` would let go of now; changes nothing."""
        from newsdigest.subscribing import retention

        return retention.due(
            clock=self.clock, store=self.store, keeper=self._keeper, periods=self.retention_periods
        )

    @property
    def retention_periods(self) -> Periods:
        """How long what is kept, by the settings."""
        from datetime import timedelta

        from newsdigest.subscribing.retention import Periods

        people, asked = self.workspace.main.subscribing, self.workspace.main.retention
        days = {
            "pending": people.pending_days,
            "ended": people.ended_days,
            "attempts": asked.attempts,
            "reports": asked.reports,
            "deliveries": asked.deliveries,
            "runs": asked.runs,
            "items": asked.items,
            "tombstones": max(asked.tombstones, asked.items),
            "pictures": asked.pictures,
            "dry_runs": asked.dry_runs,
            "copies": asked.copies,
            "failures": asked.failed_log_ins,
        }
        return Periods(**{kind: timedelta(days=number) for kind, number in days.items()})

    @property
    def _keeper(self) -> Keeper:
        from newsdigest.adapters.sql_store.keeper import SQLKeeper

        outbox = self.workspace.main.mail.outbox
        return SQLKeeper(
            self.store,
            pictures=self.workspace.var / "images",
            outbox=self.workspace.folder / outbox if outbox else None,
            workspace=self.workspace.folder,
        )
