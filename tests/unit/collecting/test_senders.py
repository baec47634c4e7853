"""Who sent a mail, among the organisations we read; nobody rather than the wrong one."""

from __future__ import annotations

import pytest

from newsdigest.collecting import senders
from newsdigest.model.sources import Source, SourceKind

KNOWN = [
    Source(id="dentara", name="Dentara GmbH", url="https://www.dentara.example/feed/"),
    Source(id="mulde", name="Aktuelles", url="https://feeds.host.example/1", organisation="Muldenmed e. V.",
           homepage="https://muldenmed.example/"),
    Source(id="gast", name="Gasthaus Nord", url="https://feeds.host.example/2"),
    Source(id="post", name="Pressepostfach", url="/var/post", kind=SourceKind.FOLDER),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sender", "organisation"),
    [
        ("Anna Muster <a.muster@presse.dentara.example>", "Dentara GmbH"),
        ("Anna Muster [mailto:anna@muldenmed.example]", "Muldenmed e. V."),
        ("presse@dentara.example", "Dentara GmbH"),
        ("Presse Dentara <dentara@agentur.example>", "Dentara GmbH"),
        ("Muldenmed Presse <x@agentur.example>", "Muldenmed e. V."),
        ("Anna Muster <a@agentur.example>", ""),
        ("Pressepostfach <p@agentur.example>", ""),
        ("Redaktion <r@host.example>", ""),
        ("", ""),
    ],
)
def test_a_sender_is_matched_by_domain_or_name(sender: str, organisation: str):
    """A domain that several share, and a name nobody has, tell nothing."""
    assert senders.of_sender(sender, KNOWN) == organisation
