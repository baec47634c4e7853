"""Every sentence that other rooms can say to an editor is a whole sentence in German."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic_core._pydantic_core import list_all_errors

import newsdigest
from newsdigest.errors import IllegalStepError, NotFoundError
from newsdigest.mailing.breaker import Breaker
from newsdigest.model.mailings import DeliveryState, HandOver, Phase
from newsdigest.settings import sentences, wording
from newsdigest.settings.workspace import shipped
from newsdigest.web.newsroom import words

SRC = Path(newsdigest.__file__).parent
FOLDERS = (shipped("templates"),)
CATALOGUES = words.load(FOLDERS)
GERMAN = CATALOGUES["de"]
TABLE = sentences.load(FOLDERS, "de")

# Where a newsroom act can be refused: the acts' own rooms and what they call.
ROOMS = (
    "editing/*.py", "sorting/correct.py", "sorting/decide.py", "mailing/dispatch.py", "mailing/send.py",
    "mailing/steer.py", "mailing/trial.py", "mailing/report.py", "mailing/headers.py", "mailing/message_building.py",
    "subscribing/csv_people.py", "subscribing/manage.py", "subscribing/whose.py", "collecting/source_table.py",
    "assembly/base.py", "assembly/collecting.py", "assembly/editing.py", "assembly/mailing.py",
    "assembly/subscribing.py", "web/auth.py", "web/newsroom/*.py", "adapters/sql_store/edition_store.py",
)  # fmt: skip
NOT_FOR_EDITORS = (
    "has no place in an edition's content",  # a defect, not a refusal
    "the word ",  # a catalogue that lacks a word breaks the page itself
    "the webhook's signature",  # said to a relay, not to a person
    "sorting.vectors is on",
    "unreachable",
)
VALUES = {
    "n": "7", "day": "2026-03-12", "clock": "10:20", "state": "in review", "lang": "en", "thing": "edition",
    "type": "member", "said": "must not be empty",
}  # fmt: skip


def written(node: ast.expr) -> str | None:
    """Return a literal message with its places filled in as they might be; None where it is no literal."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp):
        left, right = written(node.left), written(node.right)
        return None if left is None or right is None else left + right
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else _sample(part) for part in node.values
        )
    return None


def _sample(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    name = ast.unparse(part.value)
    if part.conversion == ord("r"):
        return "'de'" if "lang" in name or name == "text" else "'x'"
    if "state" in name or "to.value" in name or name == "_words(mailing)":
        return "in review"
    if ".day" in name:
        return "2026-03-12"
    if part.format_spec is not None and (form := ast.unparse(part.format_spec)).count("%"):
        return "10:20" if "%H" in form else "2026-03-12"
    if name == "language":
        return "de"
    is_number = re.search(r"len\(|limit|LIMIT|LEAST|MOST|MAX|number|minutes|line_num|count|start", name)
    return "7" if is_number else "Wort"


def raised() -> Iterator[tuple[str, str]]:
    """Yield (place, message) of every error of ours that is raised with its words."""
    for pattern in ROOMS:
        for path in sorted(SRC.glob(pattern)):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                    continue
                name, args = ast.unparse(node.exc.func), node.exc.args
                place = f"{path.relative_to(SRC)}:{node.lineno}"
                if name.endswith("NotFoundError"):
                    yield place, str(NotFoundError(written(args[0]) or "story", "x"))
                elif (name.endswith("IllegalStepError") and (message := written(args[1]))) or (
                    args and (message := written(args[0])) and not name.endswith("_FetchError")
                ):
                    yield place, message


def test_every_refusal_is_a_german_sentence():
    """Enumerated from the code: an error raised without a German form fails here, with its place."""
    found = [(place, text) for place, text in raised() if not any(known in text for known in NOT_FOR_EDITORS)]
    assert len(found) > 70
    missing = [f"{place}: {text}" for place, text in found if GERMAN.whole(text) is None]
    assert missing == []


def test_every_step_of_an_edition_has_words():
    """What `review` and `compose` write into the history is read in German."""
    found = set()
    for name in ("review", "compose", "follow"):
        for node in ast.walk(ast.parse((SRC / f"editing/{name}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                found |= {written(k.value) for k in node.keywords if k.arg == "what"}
                if ast.unparse(node.func) == "self._do":
                    found.add(written(node.args[2]) if len(node.args) > 2 else None)
    found.discard("Wort Wort")  # pin's verb is pinned or unpinned
    steps = {step for step in found if step and "." not in step.split(" ")[0]} | {"pinned x", "unpinned x"}
    assert len(steps) > 15
    assert sorted(step for step in steps if GERMAN.whole(step) is None) == []


@pytest.mark.parametrize(
    ("state", "phase"),
    [("failed", "rcpt"), ("uncertain", "dot"), ("deferred", "auth"), ("deferred", "starttls"), ("deferred", "connect")],
)  # fmt: skip
def test_what_pauses_a_mailing_has_words(state: str, phase: str):
    """Whatever trips the circuit breaker is told to editors in German."""
    outcome = HandOver(
        delivery_id="d", state=DeliveryState(state), phase=Phase(phase), code=554, reply="no", relay="r:25",
        is_for_all=state == "deferred",
    )  # fmt: skip
    breaker = Breaker()
    for _ in range(20):
        breaker = breaker.after(outcome)
    assert GERMAN.whole(breaker.reason) is not None, breaker.reason


@pytest.mark.parametrize("english", sorted(TABLE), ids=lambda text: text[:50])
def test_a_translation_keeps_every_place(english: str):
    """No name, number or date is lost or invented, and the sentence is recognised with its places filled."""
    own = TABLE[english]
    assert sentences.places(own) - sentences.places(english) == set()
    lost = sentences.places(english) - sentences.places(own)
    assert lost & {"day", "said", "title", "by", "url", "name"} == set()
    filled = re.sub(r"\{([a-z_]+?)(\d?)\}", lambda place: VALUES.get(place[1], "Wort"), english)
    assert GERMAN.whole(filled) is not None


@pytest.mark.parametrize(
    ("english", "german"),
    [
        ("only 2 new stories; 5 are needed", "nur 2 neue Meldungen; nötig sind 5"),
        ("not approved before the edition of 2026-03-12 was due",
         "nicht freigegeben, bevor die Ausgabe vom 12. März 2026 fällig war"),
        ("redirects to https://x.example since 2026-03-01", "leitet seit 1. März 2026 weiter nach https://x.example"),
        ("same amount and date (3.84 million euro, 5 March), same names (A, B)",
         "gleicher Betrag und gleiches Datum (3,84 Mio. Euro, 5. März), gleiche Namen (A, B)"),
        ("is in review (nobody approved it by the planned start) and cannot be approved",
         "Die Ausgabe ist im Stand „zur Freigabe“ (bis zum geplanten Beginn hat niemand freigegeben) und kann nicht freigegeben werden."),
        ("the server answered 503; for 9 days, 14 looks in a row (since 2026-03-01 10:20 UTC)",
         "der Server antwortet 503; seit 9 Tagen, 14 Blicke hintereinander (seit 1. März 2026)"),
        ("a relay's own words stay", "a relay's own words stay"),
    ],
)  # fmt: skip
def test_sentences_are_whole(english: str, german: str):
    """Dates in German forms, states in German words; what is not ours stays as it was said."""
    assert GERMAN.said(english) == german
    assert CATALOGUES["en"].said(english) == english


def test_a_refusal_names_the_field():
    """About a field by its name; about the edition on its page without its id."""
    field = IllegalStepError("headline", "is 240 characters long; at most 200 fit")
    assert GERMAN.refusal(field) == "Die Überschrift hat 240 Zeichen; höchstens 200 passen."
    edition = IllegalStepError("weekly-1", "is not sent yet; change it directly")
    assert GERMAN.refusal(edition) == "Die Ausgabe ist noch nicht gesendet; ändern Sie sie selbst."
    assert CATALOGUES["en"].refusal(edition) == "weekly-1: is not sent yet; change it directly"


def test_a_workspace_lays_its_own_sentences_over(tmp_path: Path):
    """Sentence by sentence; the others stay as shipped."""
    own = tmp_path / "newsroom"
    own.mkdir()
    (own / "said.de.toml").write_text('"composed" = "zusammengestellt"\n', encoding="utf-8")
    made = words.load((tmp_path, *FOLDERS))["de"]
    assert (made.said("composed"), made.said("approved")) == ("zusammengestellt", "freigegeben")


def test_every_complaint_about_a_setting_is_a_german_sentence():
    """Enumerated from the code, too: what the settings' own models and the library's errors say."""
    said = {
        wording.sentence({"type": one["type"], "msg": "", "ctx": one["example_context"] or {}})
        for one in list_all_errors()
    }
    for path in sorted((SRC / "settings").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "ValueError" and node.args:
                said.add(written(node.args[0]) or "")
    # Without an example the library's choices are empty.
    missing = sorted(
        text for text in said if text.strip() != "must be" and text and GERMAN.whole(text) is None
    )
    assert missing == []
