"""
What a text does with the days it names: it convenes, tells of what is over, calls for papers, closes a call.

A day to come makes no event: studies end, laws come into force. Who announces an event convenes for
it in the title or the first sentence ("findet am … statt", "join us on …"), or says how to register.
The words are German and English and were gathered from how press offices write, not from any test set.
"""

from __future__ import annotations

import re

from newsdigest.sorting.date_cues import RETURNS, any_of

MAX_TITLE = 300

CONVENES = any_of(
    RETURNS
    + r"""
    findet\b.{0,160}\bstatt finden\b.{0,160}\bstatt (?:findet|finden)_(?:am|vom|im|in)\b
    lädt\b.{0,160}\bein laden\b.{0,160}\bein lädt_zu[mr]?\b laden_(?:wir|sie|herzlich|zu[mr]?)\b
    sind_(?:\S+_){0,2}eingeladen einladung(?!.{0,120}gefolgt)
    merken_sie vormerken save_the_date (?:trifft|treffen)_(?:sich|wir_uns|sie_uns) besuchen_sie_uns
    nehmen_sie_teil
    spricht\b.{0,80}\büber sprechen\b.{0,60}\büber referier(?:t|en)\b
    (?:spricht|referiert)\b.{0,120}\buhr uhr\b.{0,80}(?:spricht|referiert)\b hält\b.{0,120}vortrag
    öffne[tn]\b.{0,100}(?:türen|labore|pforten|tore|haus|reinräume|werkstätten)
    kommen\b.{0,80}\bzusammen reisen_wir bietet\b.{0,140}\ban\b bieten_wir veranstaltet\b veranstalten\b
    gastiert
    join_(?:us|our|the) takes?_place taking_place will_be_held (?:is|are)_(?:being_)?held will_(?:co-?)?host\b
    \b(?:co-)?hosts\b is_hosting are_hosting invites?_you invites?_(?:to|all|members|its)\b
    (?:is|are)_inviting cordially_invited you_are_invited
    we_invite (?:will_)?meets?_(?:on|at|in|again)\b visit_us meet_us come_and opens_its_doors
    (?:speaks|talks)_(?:on|about)
    gives_a_(?:talk|lecture) is_holding holds_(?:a|an|its)\b organis\w+_(?:a|an|its)\b organiz\w+_(?:a|an|its)\b
    """
)
REGISTERS = any_of(
    r"""
    anmeldung\b anmeldeschluss anmeldefrist \banzumelden melden_sie_sich melden_sich \banmelden
    anmeldelink eintritt_frei
    eintritt_ist_frei eintrittskarten tickets? teilnahme_ist plätze begrenzt teilnahmegebühr einlass zugangslink
    \bregister\b registration rsvp \bseats\b places_are sign_up free_of_charge admission participation_is
    attendance_is
    doors_open book_(?:a|your)_(?:place|seat|ticket)
    """
)
NO_TELLING = any_of(
    r"nächste[nrs]?\b(?!_runde) künftig wiederholt \bdie\b[^.,]{0,60}stattfind"
    r" \bder\b[^.,]{0,60}stattfind next_(?:edition|forum|year)"
)
"""The day belongs to the next time, or to a fair named in passing."""
TELLS = any_of(
    r"""
    \bfand(?:en)?\b stattgefunden \bkamen\b \bdiskutierten? \btrafen\b teilgenommen \bbesuchten?
    \bnahmen\b tauschten
    \blud(?:en)?\b \bsprachen?\b \bzeigten\b informierten? \bwar(?:en)?\b \bwurden?\b brachten?
    \bstanden?\b folgten erlebten
    \bgab_es\b \bgefolgt\b begrüßten? \bfolgten?_der_einladung ging_zu_ende gingen_zu_ende
    took_(?:place|part) \bwas\b \bwere\b \bmet\b attended discussed gathered came_together brought visited
    welcomed drew
    heard learned
    """
)
REVIEW = any_of(
    r"""
    rückblick nachbericht nachlese blickt\w*_zurück \bfand(?:en)?\b.{0,90}\bstatt\b stattgefunden
    took_place was_held were_held look(?:s|ing)?_back recap\b
    """
)
"""A report on what is over."""

APPLIES = any_of(
    r"""
    bewerb bewirb reichen\b.{0,80}\bein\b einreich eingereicht einzureichen antrag\b anträge antragst
    beantrag skizze vorschl[aä]g
    interessenbekund
    teilnahmeantrag \bgebote?\b submit submission proposal \bappl(?:y|ications?|icants?)\b abstracts?
    nominat cut-?off
    \bentries outlines?\b
    """
)
"""Who has until a day for this answers a call; who has until a day to register attends an event."""
STUDIES = any_of(r"\bmaster\b bachelor studiengang studiengänge studium \bdegree")
"""What one applies for there is a place to learn, and no call."""
CLOSED = any_of(
    r"""
    abgelaufen
    (?:aufruf|ausschreibung|bewerbungsphase|antragsphase|runde|frist|einreichung)\w*_(?:ist_)?(?:beendet|geschlossen|vorbei)
    konnten?\b.{0,90}\bbis\b endete\b frist_ist_verstrichen nicht_mehr_möglich
    keine_(?:weiteren_)?(?:anträge|bewerbungen|skizzen)
    (?:call|applications?|submission)\w*_(?:is|are|has|have)_(?:now_)?closed closed_on ended_on \bexpired
    has_ended
    no_longer_(?:possible|accept|open) could_be_submitted
    """
)
ROUND_UP = re.compile(
    r"\W*(?:[^\W\d_][\w-]*\s+){0,3}?(?:[\w-]*newsletter|rundbrief|mitglieder(?:info|brief)|kurzmeldungen"
    r"|kurznachrichten|kurz\s+(?:notiert|gemeldet|berichtet)|(?:wochen|monats|quartals|jahres)(?:rückblick|überblick)|news\s+(?:digest|in\s+brief|roundup)|in\s+brief"
    r"|in\s+kürze|meldungen\s+der\s+woche|news\s+round-?up|round-?up|weekly\s+news)"
    r"(?:\s*(?:[:|–—+]|-\s)|\s+(?:nr|no|kw|ausgabe|issue|vol|week)\b|\s+\d|\s*\Z|\s+(?:im|vom|für|for|in)?\s*"
    r"(?:januar|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember|january|february|march"
    r"|may|june|july|october|december)\b)",
    re.IGNORECASE,
)
"""A title that says: several stories in one."""

_OFFICE = (
    r"(?:geschäftsführ\w*|[\w-]*vorst[aä]nd\w*|aufsichtsr[aä]t\w*|[\w-]*beir[aä]t\w*|kuratorium|(?:vize)?präsident\w*"
    r"|[\w-]*direktor\w*|chef(?:arzt|ärztin)|[\w-]*chef(?:in)?|[\w-]*professor\w*|prof\.?|[\w-]*leiter(?:in)?"
    r"|(?:instituts|klinik|geschäfts|pflege|standort|werks|verwaltungs|abteilungs)?leitung|sprecher(?:in)?|kanzler(?:in)?"
    r"|(?:pro)?rektor(?:in)?|dekan(?:in)?|vorsitz\w*|doppelspitze|spitze|c[efotmsi]o"
    r"|chief\s+[\w-]+(?:\s+[\w-]+)?\s+officer|managing\s+directors?"
    r"|head\s+of|(?:supervisory|advisory|executive|management)\s+board|board(?:\s+of\s+\w+)?|chair(?:man|woman|person)?|president"
    r"|(?:\w+\s+)?director|dean|rector|spokesperson|cluster\s+manager)"
)
_CHANGES = re.compile(
    rf"\b(?:(?:beruft|bestellt|ernennt|holt|wählt|bestätigt)\b.{{1,90}}\b{_OFFICE}\b"
    rf"|\b{_OFFICE}\b.{{0,90}}\b(?:berufen|bestellt|ernannt|gewählt|wiedergewählt|verabschiedet|bestätigt|im\s+amt)\b"
    rf"|neue[rsnm]?\s+(?:[\w-]+\s+)?{_OFFICE}\b"
    rf"|(?:rückt|wechselt|steigt|zieht|kommt)\b.{{0,60}}\b(?:in|an|zur?m?)\s+(?:den|die|das|der)?\s*{_OFFICE}\b"
    rf"|(?:wechsel)\s+(?:im|in\s+der|in\s+den|an\s+der)\s+{_OFFICE}\b"
    rf"|{_OFFICE}\b.{{0,60}}\b(?:verlässt|wechselt|scheidet|hört\s+auf|tritt\s+(?:ab|zurück)"
    rf"|geht\s+(?:in|von\s+bord|zum|nach))"
    rf"|(?:verlässt|scheidet|tritt|zieht)\b.{{0,70}}\b{_OFFICE}\b.{{0,30}}\b(?:aus|zurück|ab|ein)\s*\Z"
    rf"|(?:wird|ist|folgt|künftig|übernimmt)\s+(?:neue[rs]?\s+|als\s+|zum\s+|zur\s+|künftig\s+)?{_OFFICE}\b"
    rf"|(?:appoints?|names|elects|hires|promotes|welcomes)\b.{{1,90}}\b{_OFFICE}\b"
    rf"|joins\b.{{0,70}}\b(?:as|its|the|on)\b.{{0,30}}\b{_OFFICE}\b"
    rf"|\b{_OFFICE}\b.{{0,70}}\b(?:leaves|to\s+leave|departs|steps\s+down|retires|resigns|to\s+retire|appointed|elected)\b"
    rf"|(?:leaves|steps\s+down|retires|resigns|departs|takes\s+over|to\s+become|becomes)\b.{{0,40}}\b(?:as\s+)?{_OFFICE}\b"
    rf"|new\s+(?:[\w-]+\s+)?(?:ceo|cfo|cto|coo|cso|chair\w*|president|head\s+of|managing\s+director|chief\s+\w+|dean|rector|director)\b)",
    re.IGNORECASE,
)
_NO_CHANGE = re.compile(
    r"\bberuft\s+sich\b|\bboard\s+game|\(\s*[mwdfx]\s*/|\bgesucht\b|\bwir\s+suchen\b|\bpreisträger|\bauszeichnung",
    re.IGNORECASE,
)


# One of these is in every office; without one, a title need not be tried against all ways to leave it.
_OFFICES = (
    "führ", "vorst", "rat", "rät", "kuratorium", "präsident", "president", "direktor", "director", "chef", "prof",
    "leit", "sprecher", "kanzler", "rektor", "rector", "dekan", "dean", "vorsitz", "spitze", "ceo", "cfo", "coo",
    "cto", "cmo", "cso", "cio", "officer", "chief", "head", "board", "chair", "spokesperson", "manager",
)  # fmt: skip


def changes_office(title: str) -> bool:
    """Whether a title tells that an office passes to somebody or somebody leaves it."""
    title = title[:MAX_TITLE]
    lowered = title.lower()
    return (
        any(word in lowered for word in _OFFICES)
        and bool(_CHANGES.search(title))
        and not _NO_CHANGE.search(title)
    )


def is_round_up(title: str) -> bool:
    """Whether a title announces several stories at once ("Newsletter 11/2026: …")."""
    return bool(ROUND_UP.match(title[:MAX_TITLE]))
