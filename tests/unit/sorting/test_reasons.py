"""Which shared names an editor reads as the reason that two items are one story."""

from __future__ import annotations

import pytest

from newsdigest.sorting import comparison, features, reasons
from newsdigest.sorting.features import Features


def described(title: str, text: str, language: str = "de") -> Features:
    return features.describe(
        item_id=title, source=title, house=title, language=language, day=1.0, title=title, text=text
    )


@pytest.mark.parametrize(
    ("one", "other", "names"),
    [
        (
            ("Eiswerk erhält 3 Millionen Euro", "Die Eiswerk GmbH bekommt vom Freistaat 3 Millionen Euro, sagte Prof. Lea Brandt."),
            ("Millionen Euro für Eiswerk", "Der Minister gab der Eiswerk GmbH den Bescheid über 3 Millionen Euro. Prof. Lea Brandt dankte."),
            "same names (Eiswerk, Brandt)",
        ),
        (
            ("Gründerpreis für Hüftwerk", "Den Gründerpreis der Jury bekam die Hüftwerk AG."),
            ("Hüftwerk siegt", "Der Gründerpreis geht an die Hüftwerk AG, so die Jury."),
            "same names (Hüftwerk)",
        ),
        (
            ("Protein ARK-9 schützt Zellen", "Das Protein ARK-9 schützt, schreibt Prof. Rothe im Fachblatt."),
            ("Wie ARK-9 schützt", "Das Team von Prof. Rothe zeigt es am Protein ARK-9."),
            "same names (ARK-9, Rothe)",
        ),
    ],
    ids=["money_and_legal_form", "prize", "title_of_a_person"],
)  # fmt: skip
def test_only_real_names_are_given_as_a_reason(
    one: tuple[str, str], other: tuple[str, str], names: str
) -> None:
    """No legal forms, titles, sums and nouns that everybody writes."""
    a, b = described(*one), described(*other)
    _, reason = reasons.explain(a, b, (0.0,) * len(comparison.SAME))
    assert names in reason


def test_a_house_called_after_a_word_of_the_trade_is_still_named() -> None:
    """Rather that than no name at all."""
    a = described("Proteomix", "Die Proteomix GmbH wächst.")
    b = described("Wachstum", "Es wächst die Proteomix GmbH.")
    _, reason = reasons.explain(a, b, (0.0,) * len(comparison.SAME))
    assert "Proteomix" in reason
