"""
One person: what is kept about them, the proof of their consent, what was sent, and the right to be forgotten.

For administrators only. The address stands on the page and in the documents it gives, never in a path, in
the audit log or in a note that a cookie carries.
"""

from __future__ import annotations

import json
from html import unescape
from typing import Any

from starlette.responses import Response

from newsdigest.errors import NotFoundError, UsageError
from newsdigest.model.subscribers import Frequency, Subscriber
from newsdigest.subscribing.amend import Change
from newsdigest.subscribing.consent import Wishes
from newsdigest.web.newsroom.edition_pages import topic_names
from newsdigest.web.newsroom.visits import HOME, Visit

FACTS = ("by", "how", "basis", "evidence", "language", "topics", "frequency", "asked_at", "until", "form")
"""What is shown of a step's proof, in this order; the rest (hashes, Message-ID) stands in the document."""


def show(visit: Visit) -> Response:
    """Show everything kept about one person."""
    held = visit.assembly.evidence_of(visit.path("id"))
    with visit.assembly.store.read() as unit:
        people = unit.subscribers.of_person(visit.path("id"))
    newsletters = visit.assembly.workspace.newsletters
    return visit.page(
        "person.html", held=held, people=people, address=people[0].address, history=[_step(s) for s in held["history"]],
        titles={id_: newsletter.title(visit.language) for id_, newsletter in newsletters.items()},
        languages={id_: newsletter.languages for id_, newsletter in newsletters.items()},
        topic_names=topic_names(visit), frequencies=[one.value for one in Frequency],
        suppressed=visit.assembly.suppressions_of(people[0].address), here=f"{HOME}/subscribers/{visit.path('id')}",
    )  # fmt: skip


def save(visit: Visit) -> Response:
    """Store other wishes, name or organisation; only what the newsletter has is taken."""
    person = _subscription(visit)
    newsletter = visit.assembly.newsletter(person.newsletter_id)
    language, frequency = visit.say("language"), visit.say("frequency")
    if language not in newsletter.languages or frequency not in set(Frequency):
        raise UsageError(visit.t("person.unknown_choice"))
    asked = visit.list("topic")
    wishes = Wishes(
        language=language, frequency=Frequency(frequency),
        topics=tuple(id_ for id_ in topic_names(visit) if id_ in asked),
        name=visit.say("name")[:120], organisation=visit.say("organisation")[:120],
    )  # fmt: skip
    return _amended(visit, Change.SAVE, "person.saved", wishes)


def pause(visit: Visit) -> Response:
    """Send nothing for four weeks."""
    return _amended(visit, Change.PAUSE, "person.paused")


def resume(visit: Visit) -> Response:
    """Send again."""
    return _amended(visit, Change.RESUME, "person.resumed")


def confirm(visit: Visit) -> Response:
    """Confirm a pending subscription on a proof that is kept elsewhere."""
    person = _subscription(visit)
    visit.assembly.confirm_by_hand(
        person.address, newsletter_id=person.newsletter_id, evidence=visit.say("evidence")[:300], by=visit.by
    )
    return _back(visit, "person.confirmed")


def end(visit: Visit) -> Response:
    """End the subscription; the address is never written to again unless they ask."""
    person = _subscription(visit)
    visit.assembly.unsubscribe(person.address, newsletter_id=person.newsletter_id, by=visit.by)
    return _back(visit, "people.ended")


def evidence(visit: Visit) -> Response:
    """Return everything kept about the person as one document for machines."""
    held = visit.assembly.evidence_of(visit.path("id"))
    text = json.dumps(held, ensure_ascii=False, indent=2) + "\n"
    return _document(text, f"evidence-{held['id']}.json", "application/json")


def evidence_to_read(visit: Visit) -> Response:
    """Return the same as a text for people: for a letter, a file or a court."""
    held = visit.assembly.evidence_of(visit.path("id"))
    text = visit.house.pages.render(
        "evidence.txt", visit.language, held=held, now=visit.now, topic_names=topic_names(visit),
        history=[_step(step) for step in held["history"]],
        publisher=visit.assembly.site.publisher.get(visit.language, ""),
    )  # fmt: skip
    return _document(unescape(text), f"evidence-{held['id']}.txt", "text/plain; charset=utf-8")


def _document(text: str, name: str, kind: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(text.encode(), media_type=kind, headers=headers)


def forget(visit: Visit) -> Response:
    """Delete the person everywhere, once the box is ticked."""
    held = visit.assembly.evidence_of(visit.path("id"))
    if not visit.say("sure"):
        raise UsageError(visit.t("person.not_sure"))
    report = visit.assembly.forget(held["address"], by=visit.by)
    return visit.page("forgotten.html", report=report)


def _subscription(visit: Visit) -> Subscriber:
    found = visit.assembly.subscriber(visit.path("id"), visit.say("newsletter"))
    if found is None:
        raise NotFoundError("subscriber", visit.path("id"))
    return found


def _amended(visit: Visit, what: Change, word: str, wishes: Wishes | None = None) -> Response:
    person = _subscription(visit)
    _, is_changed = visit.assembly.amend_subscriber(
        person.id, newsletter_id=person.newsletter_id, what=what, wishes=wishes, by=visit.by
    )
    return _back(visit, word if is_changed else "person.unchanged")


def _back(visit: Visit, word: str) -> Response:
    return visit.go(f"{HOME}/subscribers/{visit.path('id')}", done=visit.t(word))


def _step(step: dict[str, Any]) -> dict[str, Any]:
    """One step of the history, its proof as (fact, value) pairs."""
    proof: dict[str, Any] = step["detail"] if isinstance(step["detail"], dict) else {}
    return {**step, "facts": [(name, str(proof[name])) for name in FACTS if proof.get(name)]}
