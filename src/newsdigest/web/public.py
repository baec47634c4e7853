"""
The public pages: sign-up, confirmation, settings, leaving, one's own data, archive, feeds.

Everything works without JavaScript and without a cookie. GET and HEAD change nothing, as mail
scanners follow every link (T17); what changes something is a button. Work with the store is done
in threads; letters are handed over after the answer, so that its time tells nothing of who is known.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from newsdigest.model.channels import KINDS
from newsdigest.model.subscribers import Frequency, Subscriber, SubscriberState
from newsdigest.publishing import archive, pages
from newsdigest.publishing.channels import NAMES
from newsdigest.subscribing.consent import Wishes
from newsdigest.subscribing.sign_up import Act, Answer
from newsdigest.text import addresses, public_links
from newsdigest.web import conditional
from newsdigest.web.language import preferred
from newsdigest.web.site_files import SiteFiles

if TYPE_CHECKING:
    from newsdigest.assembly import Assembly

LANGUAGE_NAMES = {"de": "Deutsch", "en": "English"}
MAX_FIELDS = 100
ROBOTS = """\
User-agent: *
Disallow: /newsroom
Disallow: /unsubscribe/
Disallow: /preferences/
Disallow: /confirm/
Disallow: /my-data/
"""

Endpoint = Callable[[Request], Awaitable[Response]]


class Public:
    """The endpoints of one workspace."""

    def __init__(self, assembly: Assembly) -> None:
        self.assembly = assembly
        self.files = SiteFiles(assembly)
        self.languages: tuple[str, ...] = assembly.workspace.main.association.languages

    # -- pages of a language

    def home(self, request: Request, language: str, form: FormData | None) -> Response:
        """Say what this is, and show the latest edition."""
        editions = self.files.archive(language)
        latest = editions[0] if editions else None
        return self._page("home", language, other="/{}/", latest=latest, here="home")

    def subscribe(self, request: Request, language: str, form: FormData | None) -> Response:
        """Show the form, or take it."""
        consent = self._consent_text(language)
        if form is None:
            return self._form(language, form=FormData(), errors=(), consent=consent)
        if str(form.get("website", "")):
            # Only a program fills a field nobody sees; it gets the answer everybody gets.
            return self._message("sent", language)
        errors = [] if addresses.normal(str(form.get("address", ""))) else ["address"]
        errors += [] if form.get("consent") else ["consent"]
        if errors:
            return self._form(language, form=form, errors=errors, consent=consent)
        answer, errand = self.assembly.sign_up(
            address=str(form.get("address", "")),
            newsletter_id=self._newsletter_id(str(form.get("newsletter", ""))),
            language=str(form.get("language", language)),
            topics=[str(topic) for topic in form.getlist("topics")],
            frequency=str(form.get("frequency", "weekly")),
            consent_text=consent,
            network=request.client.host if request.client else "",
        )
        if answer is Answer.TOO_MANY:
            raise HTTPException(429, headers={"retry-after": "3600"})
        task = BackgroundTask(self.assembly.post_letter, errand) if errand else None
        return self._message("sent", language, task=task)

    def ask_for_data(self, request: Request, language: str, form: FormData | None) -> Response:
        """Show the form that asks for a link to one's data, or take it."""
        if form is None:
            return self._page("ask_data", language, other="/{}/my-data", errors=(), address="", here="")
        return self._send_data_link(request, language, str(form.get("address", "")))

    def feeds(self, request: Request, language: str, form: FormData | None) -> Response:
        """List every channel with its formats."""
        at = self.assembly.public_url

        def row(id_: str, name: str, *more: tuple[str, str]) -> dict[str, object]:
            formats = [("RSS", "rss"), ("Atom", "atom"), ("JSON", "json"), *more]
            snippet = f"{at}/embed/{language}/{id_}.html" if id_ != "archive" else ""
            url = f"{at}{public_links.FEEDS}/{language}/{id_}"
            return {"name": name, "url": url, "formats": formats, "snippet": snippet}

        calendar = {"events": [("ICS", "ics")]}
        kinds = [
            *(
                row(kind, NAMES[kind].get(language, NAMES[kind]["en"]), *calendar.get(kind, ()))
                for kind in KINDS
            ),
            row("archive", self._word(language)("archive.all")),
        ]
        topics = [row(f"topic-{id_}", names.get(language, id_)) for id_, names in self.assembly.site.topics]
        return self._page("feeds", language, other="/{}/feeds", kinds=kinds, topics=topics, here="feeds")

    # -- pages behind a link in a mail

    def confirm(self, request: Request, form: FormData | None) -> Response:
        """Show the button that confirms a sign-up, or confirm."""
        token = request.path_params["token"]
        said = self.assembly.read_confirmation(token)
        if said is None:
            return self._void(request)
        person, wishes = said
        language = wishes.language
        title = self.assembly.newsletter(person.newsletter_id).title(language)
        word = self._word(language)
        if form is None and person.state in (SubscriberState.CONFIRMED, SubscriberState.PAUSED):
            # An old mail, opened again: nothing is left to confirm, and nothing will be deleted.
            return self._confirmed(language, "already", title, person)
        if form is None:
            act = button("confirm", word("confirm.button"), is_quiet=False)
            text = self._text(language, "confirm.text", newsletter=title)
            hint = word("confirm.not_you")
            return self._show(language, word("confirm.title"), text, acts=[act], hint=hint)
        made = self.assembly.confirm_sign_up(token)
        if made is None:
            return self._void(request)
        return self._confirmed(language, "done", title, made)

    def _confirmed(self, language: str, which: str, title: str, person: Subscriber) -> Response:
        settings = public_links.preferences("", self._token("preferences", person))
        act = link(settings, self._word(language)("confirm.to_preferences"))
        text = self._text(language, f"confirm.{which}_text", newsletter=title)
        return self._show(language, self._word(language)(f"confirm.{which}_title"), text, acts=[act])

    def unsubscribe(self, request: Request, form: FormData | None) -> Response:
        """Show the buttons, or do what one of them says; a bare POST is the one-click of RFC 8058."""
        who = self.assembly.read_mailed("unsubscribe", request.path_params["token"])
        if who is None:
            return self._void(request)
        person = self.assembly.subscriber(*who)
        if person is None:
            language = preferred(request, self.languages)
            word = self._word(language)
            return self._show(language, word("unsubscribe.done_title"), word("unsubscribe.gone_text"))
        language = person.language
        title = self.assembly.newsletter(person.newsletter_id).title(language)
        if form is None and person.state is not SubscriberState.UNSUBSCRIBED:
            is_monthly = person.frequency is Frequency.MONTHLY
            return self._page("unsubscribe", language, newsletter=title, is_monthly=is_monthly, here="")
        if form is None:
            return self._left(language, title)
        what = _act_of(form, {Act.UNDO, Act.PAUSE, Act.MONTHLY}) or Act.UNSUBSCRIBE
        how = "one-click" if form.get("List-Unsubscribe") == "One-Click" else "page"
        made = self.assembly.act(who, what, how=how) or person
        return self._after(made, what, title)

    def preferences(self, request: Request, form: FormData | None) -> Response:
        """Show a person's settings, or change them."""
        who = self.assembly.read_mailed("preferences", request.path_params["token"])
        person = self.assembly.subscriber(*who) if who else None
        if who is None or person is None:
            return self._void(request)
        if form is None:
            return self._settings(person, is_saved=False)
        if form.get("act") == "send_link":
            return self._send_data_link(request, person.language, person.address)
        allowed = {Act.SAVE, Act.PAUSE, Act.RESUME, Act.UNDO, Act.UNSUBSCRIBE}
        what = _act_of(form, allowed)
        if what is None:
            raise HTTPException(400)
        wishes = self._wishes(form, person) if what is Act.SAVE else None
        made = self.assembly.act(who, what, wishes=wishes, how="preferences") or person
        return self._settings(made, is_saved=True)

    def personal(self, request: Request, form: FormData | None) -> Response:
        """Show what can be done with one's data, hand it out, or delete it."""
        id_ = self.assembly.read_personal(request.path_params["token"])
        language = preferred(request, self.languages)
        held = self.assembly.evidence_of(id_) if id_ and self._is_known(id_) else None
        if held is None:
            return self._void(request)
        language = held["subscriptions"][0]["language"]
        settings = self._settings_links(str(id_), language)
        if form is None:
            return self._page("personal", language, is_unticked=False, settings=settings, here="")
        if form.get("act") == "export":
            text = json.dumps(held, ensure_ascii=False, indent=1) + "\n"
            headers = {"content-disposition": 'attachment; filename="my-data.json"'}
            return Response(text, media_type="application/json", headers=headers)
        if form.get("act") != "delete" or not form.get("sure"):
            return self._page("personal", language, status=422, is_unticked=True, settings=settings, here="")
        self.assembly.forget(held["address"], by="person")
        word = self._word(language)
        return self._show(language, word("data.deleted_title"), word("data.deleted_text"))

    # -- published files

    def archive_list(self, request: Request, form: FormData | None) -> Response:
        """Show the list of editions, or what a search finds in them."""
        language = request.path_params["language"]
        query = " ".join(request.query_params.get("q", "").split())[:100]
        if language not in self.languages:
            raise HTTPException(404)
        if not query:
            return self._file(request, "archive", language, "index.html")
        editions = self.files.archive(language)
        body = pages.archive_list(
            editions,
            language=language,
            languages=self.languages,
            site=self.assembly.site,
            render=self.assembly.pages.page,
            query=query,
            stories=archive.search(editions, query),
        )
        return HTMLResponse(body)

    def archive_edition(self, request: Request, form: FormData | None) -> Response:
        """Lead from an edition's address without a language to its page in the reader's."""
        edition_id = request.path_params["edition_id"]
        wanted = preferred(request, self.languages)
        for language in (wanted, *self.languages):
            found = next((e for e in self.files.archive(language) if e.id == edition_id), None)
            if found is not None:
                path = public_links.edition("", language, found.id)
                return RedirectResponse(path, 302, headers={"vary": "Accept-Language"})
        raise HTTPException(404)

    def site_file(self, request: Request, form: FormData | None) -> Response:
        """Serve one published file."""
        return self._file(request, *request.url.path.strip("/").split("/"))

    def start(self, request: Request, form: FormData | None) -> Response:
        """Lead to the start page in the reader's language."""
        language = preferred(request, self.languages)
        return RedirectResponse(f"/{language}/", 302, headers={"vary": "Accept-Language"})

    def robots(self, request: Request, form: FormData | None) -> Response:
        """Keep machines that ask away from pages of single persons."""
        return PlainTextResponse(ROBOTS)

    # -- helpers

    def _file(self, request: Request, *parts: str) -> Response:
        content = self.files.content(*parts)
        if content is None:
            raise HTTPException(404)
        return conditional.serve(request, content)

    def _page(
        self, name: str, language: str, *, other: str = "", status: int = 200, **values: Any
    ) -> HTMLResponse:
        others = [(code, other.format(code)) for code in self.languages if code != language] if other else []
        text = self.assembly.pages.page(f"web/{name}.html.j2", language, other_languages=others, **values)
        return HTMLResponse(text, status_code=status)

    def _show(
        self,
        language: str,
        title: str,
        text: object,
        *,
        hint: object = "",
        acts: Sequence[dict[str, object]] = (),
        status: int = 200,
        task: BackgroundTask | None = None,
    ) -> Response:
        response = self._page(
            "message",
            language,
            status=status,
            title=title,
            text=text,
            hint=hint,
            acts=acts,
            number="",
            here="",
        )
        response.background = task
        return response

    def _message(self, section: str, language: str, *, task: BackgroundTask | None = None) -> Response:
        word = self._word(language)
        if section == "sent":
            return self._show(
                language, word("sent.title"), word("sent.text"), hint=word("sent.hint"), task=task
            )
        return self._show(language, word("data.sent_title"), word("data.sent_text"), task=task)

    def _void(self, request: Request) -> Response:
        language = preferred(request, self.languages)
        word = self._word(language)
        title, text = word("problem.void_title"), word("problem.void_text")
        if request.url.path.startswith("/confirm/"):
            again = link(public_links.subscribe("", language), word("sign_up.title"))
        else:
            # Whoever cannot leave by their link any more can by a fresh one: deleting ends everything.
            again = link(f"/{language}/my-data", word("data.ask_title"))
        acts = [again, link(f"/{language}/", word("problem.back"))]
        return self._show(language, title, text, acts=acts, status=404)

    def _left(self, language: str, title: str) -> Response:
        word = self._word(language)
        act = button("undo", word("unsubscribe.undo"))
        text = self._text(language, "unsubscribe.done_text", newsletter=title)
        hint = word("unsubscribe.undo_hint")
        return self._show(language, word("unsubscribe.done_title"), text, hint=hint, acts=[act])

    def _after(self, person: Subscriber, what: Act, title: str) -> Response:
        language = person.language
        word = self._word(language)
        match what:
            case Act.UNDO if person.state is SubscriberState.UNSUBSCRIBED:
                act = link(public_links.subscribe("", language), word("sign_up.title"))
                late = word("unsubscribe.undo_late_text")
                return self._show(language, word("unsubscribe.done_title"), late, acts=[act])
            case Act.UNDO:
                text = self._text(language, "unsubscribe.undone_text", newsletter=title)
                return self._show(language, word("unsubscribe.undone_title"), text)
            case Act.MONTHLY:
                text = self._text(language, "unsubscribe.monthly_text", newsletter=title)
                return self._show(language, word("unsubscribe.monthly_title"), text)
            case Act.PAUSE if person.paused_until is not None:
                day = self.assembly.pages.day(person.paused_until, language)
                text = self._text(language, "unsubscribe.paused_text", newsletter=title)
                return self._show(language, word("unsubscribe.paused_title", day=day), text)
            case _:
                return self._left(language, title)

    def _settings(self, person: Subscriber, *, is_saved: bool) -> Response:
        newsletter = self.assembly.newsletter(person.newsletter_id)
        language = person.language
        return self._page(
            "preferences",
            language,
            newsletter=newsletter.title(language),
            languages=newsletter.languages,
            language_names=LANGUAGE_NAMES,
            topics=self._topics(language),
            chosen=person,
            state=person.state.value,
            paused_until=self.assembly.pages.day(person.paused_until, language),
            is_saved=is_saved,
            here="",
        )

    def _form(self, language: str, *, form: FormData, errors: Sequence[str], consent: str) -> Response:
        newsletters = [(n.id, n.title(language)) for n in self.assembly.workspace.newsletters.values()]
        chosen = {
            "language": str(form.get("language", language)),
            "frequency": str(form.get("frequency", "weekly")),
            "topics": [str(topic) for topic in form.getlist("topics")],
        }
        return self._page(
            "subscribe",
            language,
            other="/{}/subscribe",
            status=422 if errors else 200,
            errors=errors,
            address=str(form.get("address", ""))[:254],
            newsletters=newsletters,
            newsletter=self._newsletter_id(str(form.get("newsletter", ""))),
            languages=self.assembly.newsletter().languages,
            language_names=LANGUAGE_NAMES,
            topics=self._topics(language),
            chosen=chosen,
            has_consent=bool(form.get("consent")),
            consent_text=consent,
            here="subscribe",
        )

    def _send_data_link(self, request: Request, language: str, address: str) -> Response:
        network = request.client.host if request.client else ""
        answer, errand = self.assembly.ask_for_data(address=address, language=language, network=network)
        if answer is Answer.BAD_ADDRESS:
            return self._page(
                "ask_data",
                language,
                other="/{}/my-data",
                status=422,
                errors=("address",),
                address=address[:254],
                here="",
            )
        if answer is Answer.TOO_MANY:
            raise HTTPException(429, headers={"retry-after": "3600"})
        return self._message(
            "data", language, task=BackgroundTask(self.assembly.post_letter, errand) if errand else None
        )

    def _wishes(self, form: FormData, person: Subscriber) -> Wishes:
        newsletter = self.assembly.newsletter(person.newsletter_id)
        language, frequency = str(form.get("language", "")), str(form.get("frequency", ""))
        asked = {str(topic) for topic in form.getlist("topics")}
        return Wishes(
            language=language if language in newsletter.languages else person.language,
            frequency=Frequency(frequency) if frequency in set(Frequency) else person.frequency,
            topics=tuple(id_ for id_, _ in self._topics(person.language) if id_ in asked),
        )

    def _topics(self, language: str) -> list[tuple[str, str]]:
        return [(topic.id, topic.name(language)) for topic in self.assembly.workspace.topics.topics]

    def _newsletter_id(self, asked: str) -> str:
        known = self.assembly.workspace.newsletters
        return asked if asked in known else next(iter(known))

    def _consent_text(self, language: str) -> str:
        name = self.assembly.site.publisher.get(language, "")
        return self.assembly.pages.word("sign_up.consent", language, name=name)

    def _is_known(self, subscriber_id: str) -> bool:
        with self.assembly.store.read() as unit:
            return bool(unit.subscribers.of_person(subscriber_id))

    def _settings_links(self, subscriber_id: str, language: str) -> list[tuple[str, str]]:
        """Return (newsletter, link to its settings): who lost the mails gets them back by a fresh one."""
        with self.assembly.store.read() as unit:
            people = unit.subscribers.of_person(subscriber_id)
        return [
            (
                self.assembly.newsletter(person.newsletter_id).title(language),
                public_links.preferences("", self._token("preferences", person)),
            )
            for person in people
            if person.state is not SubscriberState.PENDING
        ]

    def _token(self, purpose: str, person: Subscriber) -> str:
        from newsdigest.text import tokens

        return tokens.sign(self.assembly.secret_keys, purpose, person.id, person.newsletter_id)

    def _word(self, language: str) -> Callable[..., str]:
        def word(name: str, /, **values: object) -> str:
            return self.assembly.pages.word(name, language, **values)

        return word

    def _text(self, language: str, name: str, /, **values: object) -> object:
        return self.assembly.pages.phrase(name, language, **values)


def link(url: str, label: str) -> dict[str, object]:
    """Return a link as a message's page shows it."""
    return {"post": False, "url": url, "label": label, "quiet": True}


def button(name: str, label: str, *, is_quiet: bool = True) -> dict[str, object]:
    """Return a button that posts `act` to the page it stands on."""
    return {"post": True, "name": name, "label": label, "url": "", "quiet": is_quiet}


def _act_of(form: FormData, allowed: set[Act]) -> Act | None:
    asked = str(form.get("act", ""))
    return Act(asked) if asked in {act.value for act in allowed} else None


def routes(assembly: Assembly) -> Sequence[BaseRoute]:
    """Return the public routes."""
    house = Public(assembly)
    both = ["GET", "POST"]
    made = [
        Route("/", _endpoint(house.start)),
        Route("/robots.txt", _endpoint(house.robots)),
        Route("/confirm/{token}", _endpoint(house.confirm), methods=both),
        Route("/unsubscribe/{token}", _endpoint(house.unsubscribe), methods=both),
        Route("/preferences/{token}", _endpoint(house.preferences), methods=both),
        Route("/my-data/{token}", _endpoint(house.personal), methods=both),
        Route("/archive/{language}/", _endpoint(house.archive_list)),
        Route("/archive/{language}/{name}", _endpoint(house.site_file)),
        Route("/archive/{edition_id}", _endpoint(house.archive_edition)),
        Route("/feeds/{language}/{name}", _endpoint(house.site_file)),
        Route("/embed/{language}/{name}", _endpoint(house.site_file)),
        Route("/opml/{name}", _endpoint(house.site_file)),
        Route("/assets/{name}", _endpoint(house.site_file)),
        Route("/images/{name}", _endpoint(house.site_file)),
    ]
    for code in house.languages:
        made += [
            Route(f"/{code}/", _endpoint_in(house.home, code)),
            Route(f"/{code}/subscribe", _endpoint_in(house.subscribe, code), methods=both),
            Route(f"/{code}/my-data", _endpoint_in(house.ask_for_data, code), methods=both),
            Route(f"/{code}/feeds", _endpoint_in(house.feeds, code)),
        ]
    return made


def _endpoint(view: Callable[[Request, FormData | None], Response]) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(view, request, None)
        async with request.form(max_files=0, max_fields=MAX_FIELDS) as form:
            return await run_in_threadpool(view, request, form)

    return endpoint


def _endpoint_in(view: Callable[[Request, str, FormData | None], Response], language: str) -> Endpoint:
    return _endpoint(lambda request, form: view(request, language, form))
