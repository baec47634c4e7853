"""
Remind: tell the editors what waits for them, and hold what nobody approved.

Asks `deadlines` for every open edition and does the one step that is due. A mail that no relay
takes is tried again at the next nudge; told twice is better than not told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from newsdigest import logs
from newsdigest.editing import deadlines
from newsdigest.editing.deadlines import Step
from newsdigest.editing.review import Review
from newsdigest.errors import IllegalStepError, NewsdigestError
from newsdigest.model import ids
from newsdigest.model.audit import Run
from newsdigest.model.editions import Edition, EditionState
from newsdigest.model.letters import Letter
from newsdigest.model.newsletters import Newsletter, say
from newsdigest.ports.clock import Clock
from newsdigest.ports.rendering import MailRenderer
from newsdigest.ports.storage import Store

log = logs.get_logger(__name__)

BY_AUTOMATIC = "automatic"
_OPEN = frozenset(
    {
        EditionState.DRAFT,
        EditionState.IN_REVIEW,
        EditionState.REJECTED,
        EditionState.NEEDS_DECISION,
        EditionState.SKIPPED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditorNews:
    """
    What a mail to the editors tells beside the edition itself.

    Attributes:
        link: Address of the edition's screen.
        recipients: Per language.
        size: (used, allowed) bytes of the largest variant.
        health: One line for each source that needs a look.
    """

    link: str
    recipients: tuple[tuple[str, int], ...] = ()
    size: tuple[int, int] = (0, 0)
    health: tuple[str, ...] = ()


def remind(
    *,
    clock: Clock,
    store: Store,
    review: Review,
    renderer: MailRenderer,
    newsletters: Mapping[str, Newsletter],
    news: Callable[[Edition], EditorNews],
    post: Callable[[Letter], None],
) -> list[str]:
    """
    Do what is due and return a line for each step.

    Args:
        news: Gathers what a mail tells of an edition; asked only when one is written.
        post: Hands a letter over; raises one of our errors when no relay takes it.
    """
    now = clock.now()
    lines = []
    for newsletter in newsletters.values():
        for edition, step in _due(store, newsletter, now):
            done = _held_or_approved(review, edition, step)
            told = 0
            if step is not Step.APPROVE:
                facts = news(done)
                letters = [_letter(renderer, done, newsletter, step, facts, to) for to in newsletter.editors]
                told = _posted(letters, post)
                if letters and not told:
                    continue  # no relay: the next nudge tries again
            with store.write() as unit:
                unit.runs.start(
                    Run(
                        key=_key(edition, step), job="remind", started_at=now, finished_at=now, outcome="done"
                    )
                )
            log.info("editors_reminded", edition=edition.id, step=step.value, told=told)
            lines.append(f"{edition.id}: {step.value.replace('_', ' ')} ({told} told)")
    return lines


def _due(store: Store, newsletter: Newsletter, now: datetime) -> Sequence[tuple[Edition, Step]]:
    found = []
    with store.read() as unit:
        for slim in unit.editions.all(newsletter.id):
            if slim.state not in _OPEN or now - slim.send_at > deadlines.FORGET_AFTER:
                continue
            edition = unit.editions.get(slim.id) or slim
            done = [step for step in Step if unit.runs.get(_key(edition, step)) is not None]
            if step := deadlines.due_step(edition, newsletter, now=now, done=done):
                found.append((edition, step))
    return found


def _held_or_approved(review: Review, edition: Edition, step: Step) -> Edition:
    if step is Step.APPROVE:
        try:
            return review.approve(edition.id, by=BY_AUTOMATIC, version=edition.version)
        except IllegalStepError as error:
            # An embargo, a link that leads nowhere: a person decides, the other newsletters go on.
            reason = str(error).removeprefix(f"{edition.id}: ")
            return review.hold(edition.id, reason=reason, version=edition.version)
    if step is Step.HOLD and edition.state is not EditionState.NEEDS_DECISION:
        return review.hold(
            edition.id, reason="nobody approved it by the planned start", version=edition.version
        )
    return edition


def _letter(
    renderer: MailRenderer,
    edition: Edition,
    newsletter: Newsletter,
    step: Step,
    news: EditorNews,
    address: str,
) -> Letter:
    """Return the mail about one step, in the newsletter's first language."""
    language = newsletter.languages[0]
    zone = ZoneInfo(newsletter.zone)
    counts = tuple((code, len(edition.placed(code))) for code in newsletter.languages)
    made = renderer.mail(
        "editor_mail", language, step=step.value, edition=edition, newsletter_title=newsletter.title(language),
        counts=counts, waiting=len({p.story_id for p in edition.waiting}), news=news,
        merged=len({p.story_id for p in edition.placements if p.tellings > 1}),
        send_at=edition.send_at.astimezone(zone), imprint=say(newsletter.imprint, language),
    )  # fmt: skip
    return Letter(
        id="r" + ids.derive("remind", edition.id, step.value, address), address=address, language=language,
        subject=made.subject, text=made.text, html=made.html, sender_name=say(newsletter.sender.names, language),
        sender_address=newsletter.sender.address, reply_to=newsletter.sender.reply_to,
    )  # fmt: skip


def _posted(letters: Sequence[Letter], post: Callable[[Letter], None]) -> int:
    taken = 0
    for letter in letters:
        try:
            post(letter)
            taken += 1
        except NewsdigestError as error:
            log.warning("editor_mail_not_taken", letter=letter.id, reason=str(error))
    return taken


def _key(edition: Edition, step: Step) -> str:
    return f"remind:{edition.id}:{step.value}"
