"""Names of organisations as readers see them."""

from __future__ import annotations

import pytest

from newsdigest.text import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vitasax e. V. – Aktuelles", "vitasax e. V."),
        ("vitasax e. V. – Projekte (Kategorie-Feed)", "vitasax e. V."),
        ("News | Muldenmed GmbH", "Muldenmed GmbH"),
        ("Muldenmed » Feed", "Muldenmed"),
        ("vitasax e. V. – Neue Mitglieder", "vitasax e. V."),
        ("Klinikverbund: Pressemitteilungen", "Klinikverbund"),
        ("European Cluster Exchange – community news", "European Cluster Exchange"),
        ("Wissenschaftsdienst Mitteldeutschland (WDM)", "Wissenschaftsdienst Mitteldeutschland (WDM)"),
        ("BIO Deutschland – Regionalgruppe Süd", "BIO Deutschland – Regionalgruppe Süd"),
        ("Medical Valley", "Medical Valley"),
        ("Newsroom", "Newsroom"),
        ("Presse – Aktuelles", "Presse"),
        ("Max-Planck-Institut", "Max-Planck-Institut"),
        ("", ""),
    ],
)
def test_parts_of_a_website_are_taken_off(name: str, expected: str):
    """Only where a mark parts them from the rest, and never all there is."""
    assert names.organisation(name) == expected
    assert names.organisation(expected) == expected


@pytest.mark.parametrize(
    ("name", "text", "is_named"),
    [
        ("Kryovia GmbH", "Kryovia: Millionen für die Kälte", True),
        ("Elbtal Biosensorik GmbH", "Preis für Elbtal-Biosensorik", True),
        ("Elbtal Biosensorik GmbH", "Stau im Elbtal", False),
        ("BIO AG", "Bio wird teurer", False),
    ],
)
def test_an_organisation_is_named(name: str, text: str, is_named: bool):
    """By all words of its name but the legal form; short names prove nothing."""
    assert names.is_named(name, text) is is_named
