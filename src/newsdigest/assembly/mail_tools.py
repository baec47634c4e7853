"""What mailing works with, made from the settings; and the looks at it before and after."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from newsdigest.assembly.base import Base

if TYPE_CHECKING:
    from newsdigest.adapters.dns_resolver import DNSResolver
    from newsdigest.mailing.links import LinkMaker
    from newsdigest.mailing.preflight import Finding
    from newsdigest.model.editions import Edition, Variant
    from newsdigest.model.newsletters import Newsletter
    from newsdigest.ports.mail import BounceInbox, MailTransport, MessageSigner


class MailTools(Base):
    """Transports, signer, links, inbox; preflight and doctor."""

    if TYPE_CHECKING:
        # Editing's parts, which in turn use ours to post letters to editors.
        def render(self, edition: Edition, language: str, topics: tuple[str, ...] = ()) -> Variant: ...
        def variants(self, edition_id: str) -> dict[str, Variant]: ...

    def mail_transport(self) -> MailTransport:
        """Return the transport of the settings: relays, or a folder for dry runs."""
        mail = self.workspace.main.mail
        if mail.outbox is not None:
            from newsdigest.adapters.eml_transport import EMLTransport

            return EMLTransport(self.workspace.folder / mail.outbox)
        from newsdigest.adapters.smtp_transport import Relay, SMTPTransport
        from newsdigest.settings.secrets import load_password

        relays = [
            Relay(
                host=relay.host,
                port=relay.port,
                tls=relay.tls,
                user=relay.user,
                password=load_password(relay.password_file) if relay.user else "",
                connections=relay.connections,
                ca_file=str(self.workspace.folder / relay.ca_file) if relay.ca_file else "",
            )
            for relay in mail.relays
        ]
        return SMTPTransport(
            relays,
            helo=mail.helo,
            timeout_to_dot=mail.timeout_to_dot,
            timeout_after_dot=mail.timeout_after_dot,
        )

    def message_signer(self) -> MessageSigner | None:
        """Return the DKIM signer of the settings, None where the relay signs."""
        dkim = self.workspace.main.mail.dkim
        if dkim.key_file is None:
            return None
        from newsdigest.adapters.dkim_signer import DKIMSigner

        return DKIMSigner.load(
            self.workspace.folder / dkim.key_file, domain=dkim.domain, selector=dkim.selector
        )

    def link_maker(self, newsletter: Newsletter) -> LinkMaker:
        """Return what makes the links of a newsletter's messages."""
        from newsdigest.mailing.links import LinkMaker, https

        main = self.workspace.main
        return LinkMaker(
            keys=self.secret_keys,
            newsletter_id=newsletter.id,
            public_url=https(main.web.public_url or f"http://{main.web.host}:{main.web.port}"),
            sender=newsletter.sender.address,
            bounce_domain=main.mail.bounce_domain,
        )

    def bounce_inbox(self) -> BounceInbox | None:
        """Return where reports arrive by the settings, None where no place is set."""
        bounces = self.workspace.main.mail.bounces
        if bounces.maildir is not None:
            from newsdigest.adapters.bounce_inbox import MaildirInbox

            return MaildirInbox(self.workspace.folder / bounces.maildir, archive=bounces.archive)
        if bounces.host:
            from newsdigest.adapters.bounce_inbox import IMAPInbox
            from newsdigest.settings.secrets import load_password

            return IMAPInbox(
                host=bounces.host,
                port=bounces.port,
                user=bounces.user,
                password=load_password(bounces.password_file),
                folder=bounces.folder,
                archive=bounces.archive,
                ca_file=str(self.workspace.folder / bounces.ca_file) if bounces.ca_file else "",
            )
        return None

    def _edition(self, edition_id: str) -> Edition:
        from newsdigest.errors import NotFoundError

        with self.store.read() as unit:
            edition = unit.editions.get(edition_id)
        if edition is None:
            raise NotFoundError("edition", edition_id)
        return edition

    def preflight(self, edition_id: str) -> list[Finding]:
        """Return what stands against sending an edition, and what an editor should know before."""
        edition = self._edition(edition_id)
        newsletter = self.newsletter(edition.newsletter_id)
        return self._findings(newsletter, list(self.variants(edition_id).values()))

    def doctor(self, *, with_network: bool = True) -> list[Finding]:
        """Look at everything a mail needs: database, disk, clock, secrets, settings, relays, DNS, reports."""
        from newsdigest.adapters import machine_look
        from newsdigest.mailing import preflight
        from newsdigest.model.mailings import BounceKind, DeliveryState, MailingState

        found = [
            preflight.Finding(name=name, weight=preflight.Weight(weight), says=says, do=do)
            for name, weight, says, do in machine_look.look(
                self.workspace.var, self.store.path, self.clock.now()
            )
        ]
        for newsletter in self.workspace.newsletters.values():
            found += self._findings(newsletter, [])
        with self.store.read() as unit:
            sent = next(iter(unit.mailings.mailings([MailingState.SENT])), None)
            if sent is not None:
                counts = unit.mailings.counts(sent.edition_id)
                hard = unit.mailings.bounce_counts(sent.edition_id).get(BounceKind.HARD, 0)
                found.append(preflight.bounce_finding(counts.get(DeliveryState.SENT, 0), hard))
        if with_network:
            found += self._look_at_relays()
            found += self._look_at_names()
        return found

    def _look_at_relays(self) -> list[Finding]:
        from newsdigest.adapters.smtp_transport import SMTPTransport
        from newsdigest.adapters.smtp_transport.trying import try_relay
        from newsdigest.mailing.preflight import Finding, Weight

        transport = self.mail_transport()
        if not isinstance(transport, SMTPTransport):
            words = f"mails are written to {self.workspace.main.mail.outbox}, not sent"
            return [Finding(name="relay", weight=Weight.WARNING, says=words, do="clear mail.outbox to send")]
        found = []
        for relay in transport.relays:
            is_in, says = try_relay(relay, helo=transport.helo)
            weight = Weight.OK if is_in else Weight.BLOCKS
            do = "" if is_in else "check mail.relays, the password and the network"
            found.append(Finding(name=f"relay {relay.name}", weight=weight, says=says, do=do))
        return found

    def name_resolver(self) -> DNSResolver:
        """Return what looks names up for the doctor."""
        from newsdigest.adapters.dns_resolver import DNSResolver

        return DNSResolver()

    def _look_at_names(self) -> list[Finding]:
        from newsdigest.mailing import preflight

        mail, resolver = self.workspace.main.mail, self.name_resolver()
        found = []
        domains = {n.sender.address.rpartition("@")[2] for n in self.workspace.newsletters.values()}
        for domain in sorted(domains):
            selector = mail.dkim.selector
            above = preflight.organisational(domain)
            dmarc = resolver.texts(f"_dmarc.{domain}")
            if dmarc == () and above != domain:
                dmarc = resolver.texts(f"_dmarc.{above}")
            facts = preflight.DomainFacts(
                domain=domain,
                bounce_domain=mail.bounce_domain,
                selector=selector,
                dkim_domain=mail.dkim.domain,
                spf=resolver.texts(domain),
                bounce_spf=resolver.texts(mail.bounce_domain) if mail.bounce_domain else (),
                dmarc=dmarc,
                dkim=resolver.texts(f"{selector}._domainkey.{mail.dkim.domain or domain}")
                if selector
                else (),
                mx=resolver.mail_servers(mail.bounce_domain) if mail.bounce_domain else (),
            )
            found += preflight.domain_findings(facts, signs_itself=mail.dkim.key_file is not None)
        return found

    def _findings(self, newsletter: Newsletter, variants: Sequence[Variant]) -> list[Finding]:
        from newsdigest.errors import NewsdigestError
        from newsdigest.mailing import preflight, send
        from newsdigest.mailing.message_building import template

        links = self.link_maker(newsletter)
        found = preflight.newsletter_findings(
            newsletter, public_url=links.public_url if self.workspace.main.web.public_url else ""
        )
        for variant in variants:
            try:
                made = template(variant, newsletter, date=self.clock.now(), signer=self.message_signer())
                found += preflight.variant_findings(variant, made, send.sample_of(made, links))
            except NewsdigestError as error:
                name = f"message {variant.id}"
                found.append(preflight.Finding(name=name, weight=preflight.Weight.BLOCKS, says=str(error)))
        return found

    def _require_preflight(self, edition: Edition, newsletter: Newsletter) -> None:
        """Refuse to begin while something stands against it; what is under way is not asked again."""
        from newsdigest.mailing.preflight import PreflightError, Weight

        with self.store.read() as unit:
            if unit.mailings.mailing(edition.id) is not None or edition.approval is None:
                return
            variants = list(unit.editions.variants(edition.id).values())
        against = [one for one in self._findings(newsletter, variants) if one.weight is Weight.BLOCKS]
        if against:
            raise PreflightError(edition.id, against)
