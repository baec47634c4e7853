"""
The words around a day that tell what happens on it, German and English.

Each list holds regular expressions parted by blanks; `_` stands for white space. `before` lists
must end right before the day (a weekday or "den" may stand between). Words were gathered from how
press offices write, not from any test set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache

SHORTEST_STEM = 2
_BETWEEN = r"(?:[^\W\d_]+[.,]*\s+)?(?:(?:den|dem|der|the)\s+)?"


@dataclass(frozen=True)
class Cue:
    """
    One expression for a list of them, as (stem, expression).

    Trying dozens of alternatives at every letter costs half a millisecond a text, and most texts hold
    none of their words. So each alternative is tried only where its longest literal run stands in the
    text, and compiled when that first happens. An alternative without such a run has "" for a stem.
    """

    listed: tuple[tuple[str, str], ...]

    def search(self, text: str) -> re.Match[str] | None:
        """Find the first place where one of them matches, of several there the one listed first."""
        lowered = _lowered(text)
        first = None
        for written in [written for stem, written in self.listed if stem in lowered]:
            found = _compiled(written).search(text)
            if found and (first is None or found.start() < first.start()):
                first = found
        return first

    def match(self, text: str) -> re.Match[str] | None:
        """Find one of them at the beginning, the one listed first."""
        return next(filter(None, (_compiled(written).match(text) for _, written in self.listed)), None)


# A sentence is asked about by twenty cues in a row.
_lowered = lru_cache(maxsize=64)(str.lower)


@cache
def _compiled(written: str) -> re.Pattern[str]:
    return re.compile(written, re.IGNORECASE)


_GROUP = re.compile(r"\([^()]*\)(?:[?*+]|\{[^}]*\})?")
_NO_LITERAL = re.compile(r"\\.(?:[?*+]|\{[^}]*\})?|\[[^\]]*\](?:[?*+]|\{[^}]*\})?|.[?*]|.\{[^}]*\}|[.^$+_]")


def stem_of(listed: str) -> str:
    """Return the longest run of letters that every match of a listed expression holds, "" for none."""
    while (shorter := _GROUP.sub(" ", listed)) != listed:
        listed = shorter
    return max(_NO_LITERAL.sub(" ", listed).lower().split(), key=len, default="")


def any_of(listed: str, *, start: str = "", end: str = "") -> Cue:
    """Return one expression for a list of them."""
    found = []
    for part in listed.split():
        stem = stem_of(part)
        expression = part.replace("_", r"\s+")
        found.append((stem if len(stem) >= SHORTEST_STEM else "", f"{start}(?:{expression}){end}"))
    return Cue(tuple(found))


def before(listed: str, *, between: str = _BETWEEN) -> Cue:
    """Return an expression for what must stand right before a day."""
    return any_of(listed, start=r"(?<!\w)", end=rf"\s*{between}\Z")


# A series by its name: "Life Science Day", "Medizintechnik-Tag"; neither weekdays nor parliaments.
_OTHER_DAYS = """
    Mon Diens Donners Frei Sams Sonn Mit Vormit Nachmit All Feier Land Bundes Kreis Städte Geburts Stich Werk Arbeits
    Jahres Wochen
"""
_NO_SERIES = "".join(f"(?<!{word})" for word in _OTHER_DAYS.split())
_SERIES = (
    rf"(?-i:\b[A-ZÄÖÜ][\w&-]*\s+Days?\b|\b[A-ZÄÖÜ][\w-]*(?:-Tag|{_NO_SERIES}tag)(?:e|s)?\b"
    r"|\b(?:[\w-]*(?:[Kk]onferenz|[Kk]ongress|[Tt]agung|[Ff]orum|[Gg]ipfel|[Ss]tammtisch|[Ff]estival|[Nn]acht)"
    r"|[Cc]onference|[Cc]ongress|[Ss]ummit|[Ff]air|[Ss]ymposium|[Nn]ight|[Hh]ackathon|[Bb]arcamp|[Rr]oadshow)\b)"
)
RETURNS = " ".join(
    [
        *(rf"{_SERIES}.{{0,80}}\b{verb}\b" for verb in ("returns?", "is_back", "are_back", "comes?_back")),
        *(rf"{_SERIES}.{{0,60}}\b{verb}.{{0,60}}\bzurück\b" for verb in ("kehr(?:t|en)", "meldet", "ist")),
        *(
            rf"\bkehr(?:t|en)\b.{{0,40}}{_SERIES}.{{0,60}}\bzurück\b",
            rf"\bist\b.{{0,40}}{_SERIES}.{{0,60}}\bzurück\b",
        ),
        *(rf"{_SERIES}.{{0,60}}\b{verb}.{{0,60}}\brunde\b" for verb in ("geh(?:t|en)", "startet")),
    ]
)
"""An event of a series takes place again: the name and the verb, as people and shares return, too."""

# What takes place: nouns are sure, verbs may also speak of a production line or a shop.
EVENT_NOUNS = any_of(
    RETURNS
    + r"""
    veranstalt konferenz kongress tagung stammtisch workshop webinar seminar symposi forum messe\b fachmesse
    empfang treffen trifft_sich treffen_sich tagt stattfind findet\b finden\b
    lädt\b.{0,160}\bein\b laden\b.{0,160}\bein\b mitgliederversammlung kurs\b vortrag fachtag aktionstag frühstück
    barcamp sommerfest vor_ort halle_\d stand_[a-z]?\d programm podium sprechstunde tag_der_offenen bionection
    merken_sie vormerken einladung hackathon get-together summit panel networking
    save_the_date conference congress takes?_place taking_place will_be_held is_held are_held hosts?\b invites?\b
    meeting meets?\b gather trade_fair \bfair\b reception exhibit assembly course lecture breakfast hall_\d booth
    lange_nacht joint_pavilion ausbildungsmesse karrieremesse
    pitch_day pitch_night pitch_abend demo_day gemeinschaftsstand messestand \bstell(?:en|t)\b.{0,80}\baus\b
    open_day join_(?:us|our|the) verlegt verschoben postponed rescheduled moved_to moved_from abgesagt cancell?ed
    eingeladen training\b info_?session information_session
    verleihung festakt feierstunde day_20\d\d (?<!her)ausstellung
    kolloqui colloqui round-?table infostunde delegationsreise unternehmerreise meet-?up mittagspause fireside
    (?<=[a-zäöü])(?<!sonn)(?<!feier)(?<!heilig)abend\b mitgliedertreff \blunch\b spricht\b speaks?\b
    fällt_aus \bstart_ist \bbeginn_ist \btermin_ist kursbeginn sommerschule winterschule summer_school open_house
    """
)
EXHIBITION = any_of(
    r"(?<!her)ausstellung(?!_(?:von|einer?s?|de[rs])\b) exhibition(?!s?_(?:stand|booth|space|hall|area|cent))"
)
"""What may be visited for months; a project or an offer lasts as long."""
SHOWN = any_of(
    r"""
    \bzeig(?:t|en)\b \bshows?\b präsentier \bpresents?\b museum galerie gallery \bschau\b zu_sehen\b geöffnet
    \bläuft\b \bruns\b on_(?:display|show|view)\b is_open\b \bopens\b
    """
)
EVENT_VERBS = any_of(r"beginnt beginn\b eröffnet öffnet starts\b begins\b opens\b startet")
EVENT_LABEL = any_of(
    r"""
    (?:neuer_)?termine? datum wann beginn start zeit date dates when new_date save_the_date terminhinweis
    """,
    start=r"\b",
    end=r"(?:\s+(?:und|&|and)\s+(?:ort|uhrzeit|zeit|place|time|venue))?\s*[:–|-]\s*" + _BETWEEN + r"\Z",
)
STARTS_AT = any_of(
    r"\bbeginn(?:_ist|t|:)? \bstart(?:_ist|s|:)? \blos_geht \bbegins \b(?:ab|von)_(?=\d{1,2}(?:[.:]\d\d)?_uhr)",
    end=r"(?=[^.!?\n]{0,12}\d)",
)
DOORS_AT = any_of(r"\beinlass \bdoors_open", end=r"(?=[^.!?\n]{0,12}\d)")
MOVED = any_of(
    r"""
    verlegt verschoben verschiebt_sich neuer_termin terminänderung new_date postponed rescheduled date_change
    (?:has|have|is|are|was)_(?:been_)?moved\b(?=.{0,60}\d) moved_(?:from|to)_(?=.{0,30}\d)
    """
)
CANCELLED = any_of(
    r"\babgesagt \bfällt_(?:leider_|wegen_\S+_)?aus\b \bentfällt\b \bcancell?ed\b \bcalled_off absage_(?:der|des)"
)
MOVED_FROM = before(r"(?:moved|postponed|rescheduled|verlegt|verschoben)_(?:from|vom|von)")
TO_NEW = any_of(r"auf to until neuer_termin new_date nun jetzt now", start=r"\b", end=r"\b[^.]{0,25}\Z")
FROM_OLD = any_of(
    r"vom from statt instead_of originally ursprünglich bisher geplant\w*", start=r"\b", end=r"\b[^.]{0,30}\Z"
)
PREPOSITION = before(r"am vom on from den ab im in")

OPENING = re.compile(
    r"\b(?:anmeldung|bewerbung|antragstellung|ticket\w*|registration|applications?|booking)\b[^.]{0,40}"
    r"\b(?:öffnet|startet|beginnt|opens?|starts?|begins?)\b",
    re.IGNORECASE,
)
LINE_START = re.compile(
    r"(?:^|\n)[ \t*•–-]*(?:(?:neu|new|update)\s*:\s*)?"
    r"(?:(?:mo|di|mi|do|fr|sa|so|tu|we|th|su)[a-zäöü]{0,8}[.,]*\s*(?:(?:den|dem|der|the)\s+)?)?\Z",
    re.IGNORECASE,
)

# Until when something must be done.
DEADLINE_NOUNS = any_of(
    r"""
    anmeldeschluss anmeldefrist bewerbungsschluss bewerbungsfrist einreichungsfrist einreichfrist einsendeschluss
    abgabefrist abgabeschluss antragsfrist redaktionsschluss meldeschluss vorlagefrist annahmeschluss \bfrist\b
    fristende stichtag deadline closing_date due_date submission_date cut-?off
    """
)
DEADLINE_AFTER = re.compile(
    r"\s*(?:\(?\s*(?:ist|is)\s+)?\(?(?:der\s+|die\s+|the\s+)?(?:anmeldeschluss|bewerbungsschluss|einsendeschluss|deadline)\b",
    re.IGNORECASE,
)
DEADLINE_LABEL = any_of(
    r"""
    anmeldeschluss anmeldefrist anmeldung_bis bewerbungsschluss bewerbungsfrist bewerbung(?:en)?_bis
    einreichungsfrist einreichfrist einreichung_bis einsendeschluss antragsfrist abgabefrist abgabeschluss frist
    stichtag meldeschluss annahmeschluss vorlagefrist deadline closing_date apply_by register_by due(?:_date)?
    submission_date cut-?off(?:_date)?
    """,
    start=r"(?<!\w)",
    end=r"[^.!?\n]{0,60}\Z",
)
DEADLINE_BEFORE = before(
    r"""
    bis(?:_spätestens|_einschließlich|_einschl\.)?(?:_zum|_zur|_am)? spätestens(?:_am|_bis(?:_zum)?)? vor_dem
    endet(?:_am)? läuft_(?:noch_)?bis(?:_zum)? by until till no_later_than before up_to ends?(?:_on)? closes?(?:_on)?
    """
)
DEADLINE_WORDS = any_of(
    r"""
    bewerb bewirb anmeld einreich eingereicht einsend antrag anträge beantrag bekund
    reichen\b.{0,80}\bein\b reicht\b.{0,80}\bein\b skizze vorschl[aä]g gebote?\b frist
    teilnahmeantrag melden_sich meldet_sich melden_sie_sich
    tragen_sie_sich eintragen interessenbekundung aufruf rückmeld zusage vormerk frühbucher offen_bis
    registr \bregister\b submit submission appl(?:y|ic|ies) proposal tender nominat abstract outline enter\b entries
    call\b send_(?:us_)?your \bcv\b sign_up early[\s-]bird rsvp open_until
    """
)
APPLYING = any_of(r"bewerb einreich eingereicht anmeld antr[aä]g submi appl registr open")
PAIR = re.compile(r"\b(?:und|and)\b|&", re.IGNORECASE)
"""Between two days: two of them, and no span."""
OPENS = any_of(r"beginnt startet opens starts", start=r"\b", end=r"\b")

# Days that are neither.
NOT_TO_COME = before(
    r"""
    seit since banz_at bgbl gegründet founded geboren born stand:? geändert:? veröffentlicht:? published:?
    last_(?:changed|updated):? gültig_(?:bis|ab) valid_(?:until|from|through)
    """,
    between=r"(?:(?:am|vom|zum|on|in|dem)\s+)?" + _BETWEEN,
)
TERM = any_of(
    r"""
    laufzeit projektzeitraum förderzeitraum gültig läuft_(?:vom|von|vier|drei|zwei|bis) geschäftsjahr quartal halbjahr
    inkrafttreten in_kraft tritt_am lieferung umsatz eintrittstermin arbeitsbeginn zum_nächstmöglichen bezogen\b
    einzug amtszeit übernimmt_(?:zum|am|ab) tritt_(?:zum|am|ab|ihr|sein) wirkung_zum nachfolge dividende bilanz
    rückruf ausgeliefert chargen?\b
    project_term \bruns?_from \bterm\b valid\b quarter fiscal into_force revenue starting_date takes?_over
    takes?_office effective succeed recall
    """
)
PAST = any_of(
    r"""
    \bfand\b \bfanden\b stattgefunden übergab überreicht unterzeichne teilgenommen besuchten \btrafen\b informierten
    blickt\w*_zurück rückblick \bwurden?\b.{0,60}(?:verliehen|ausgezeichnet|eröffnet|unterzeichnet|übergeben)
    \btook_place \bwas_held \bwere_held signed handed_over
    """
)
DATELINE_END = re.compile(r"\s*(?:\(\w+\)\s*)?[–—-]\s|\s*[/|:]\s|\s*\.\s|\s*\n|\s*\((?:ots|idw|dpa|pm)")
DATELINE_START = re.compile(r"[\W_]*(?:[A-ZÄÖÜ][\w./ -]{1,35}(?:\([^)]*\))?,?\s*(?:den\s+|the\s+)?)?[(\[]?")

EMBARGO = any_of(
    r"""
    sperrfrist sperrvermerk gesperrt_bis nicht_(?:zu_)?veröffentlich\w*_vor frei_(?:zur_veröffentlichung_)?ab
    freigegeben_ab veröffentlichung_(?:erst_)?(?:ab|nicht_vor) embargo(?:ed)?\b
    not_for_(?:publication|release)_(?:before|until) hold_for_release_until
    """
)
EMBARGO_FROM = any_of(r"frei freigegeben veröffentlichung_(?:erst_)?ab")
NO_EMBARGO = any_of(
    r"""
    (?:sperrfrist|embargo)\w*\s*:?\s*(?:keine|none|aufgehoben|lifted|abgelaufen|ended|has_ended|is_over)
    (?:keine|no)_(?:sperrfrist|embargo) embargo_(?:gegen|against|on_(?:exports?|trade|russia))
    (?:handels|waffen|öl|trade|arms|oil)[\s-]?embargo
    """
)

_PLACE_LABEL = re.compile(
    r"\b(?:veranstaltungsort|ort|wo|venue|place|location|where)\s*:\s*(?P<place>[^\n;|]{3,80})",
    re.IGNORECASE,
)


def place_label(text: str) -> re.Match[str] | None:
    """Return where a text says "Ort: …", the place as `place`."""
    return _PLACE_LABEL.search(text) if ":" in text else None


PLACE_END = re.compile(
    r"(?<=[a-zß)])[.]\s|,\s*(?=\d{1,2}[.:]\s?\d)|\s+(?:Uhrzeit|Zeit|Time|Anmeldung|Registration)\b"
)
PLACE = re.compile(
    r"(?<![^\s,;(])(?:[Ii]n|[Ii]m|ins|[Aa]t|[Aa]uf\s+de[rm]|nach|to)\s+(?P<place>(?:(?:der|dem|den|das|die|einem|einer|the)\s+)?"
    r"[A-ZÄÖÜ][\w&\-]+(?:\s+(?:am|an\s+der|de|of|of\s+the|der|des)\s+[A-ZÄÖÜ][\w\-]+|\s+[A-ZÄÖÜ][\w\-]*){0,4}(?:\s+\d{1,3}\b(?![.:]|\s+[A-ZÄÖÜ]))?)"
)
ARTICLE = re.compile(r"(?:de[rmn]|das|die|einem|einer|the)\s+")
VENUE = re.compile(
    r"saal|säle|raum|räume|haus\b|häuser|zentrum|halle\b|museum|universität|hochschule|institut|klinik|campus"
    r"|forum\b|hotel|schloss|city\b|foyer|gebäude|bibliothek|theater|labor\b|akademie|kammer|werk\b|fabrik|mensa"
    r"|kirche|aula|villa|arena|café|park\b"
    r"|cent(?:re|er)\b|hall\b|auditorium|building|library|university|institute|hospital|room\b|gallery|hub\b"
    r"|headquarters|theatre",
    re.IGNORECASE,
)
ROOM = re.compile(r"(?:saal|raum|halle|haus|gebäude|room|hall|building)\s+\d{1,3}\Z", re.IGNORECASE)
NO_PLACE = re.compile(
    r"(?:präsenz|kooperation|zusammenarbeit|rahmen|anschluss|mittelpunkt|livestream|internet|fokus|kürze"
    r"|partnerschaft|vorfeld|verbindung|gespräch|form|englisch|deutsch|englischer|deutscher|sprache|zukunft|netz|kraft|namen|auftrag|vortrag"
    r"|workshop|programm|anmeldung|voranmeldung|ende|absprache|vereinbarung|angaben|feierabend|bedarf"
    r"|cooperation|partnership|person|english|german|least|present|uhr|jahr|herbst|frühjahr|sommer|winter|spring|autumn|summer|cet|teams|zoom|thema|bereich)\b",
    re.IGNORECASE,
)
ABOUT = re.compile(r"\b(?:über|thema|themen|about|how|wie)\b", re.IGNORECASE)
"""Behind it stands what an event is about, and where bacteria live is not where people meet."""
ONLINE = any_of(
    r"\bonline\b webinar \bvirtuell \bvirtual \bzoom\b \bteams- livestream \bper_video videokonferenz remote_event"
)
# Each begins with the white space it ends with, which a search finds fast; what must stand before comes then.
SENTENCE_END = re.compile(
    r"\s(?:(?<!\bProf\.\s)(?<!\bDr\.\s)(?<!\bmed\.\s)(?<!\bNr\.\s)(?<!\bNo\.\s)(?<!\bSt\.\s)(?<!\bMr\.\s)(?<!\bMs\.\s)"
    r"(?<=[^\d\W][.!?]\s)\s*(?=[A-ZÄÖÜ„\"0-9])|(?<=\n)\n*|(?<=\d{4}[.!?]\s)\s*(?=[A-ZÄÖÜ„\"])|(?<=Uhr[.!?]\s)\s*)"
)
