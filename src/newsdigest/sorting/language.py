"""
The language of one item: from votes, a weak prior and the words everybody knows.

The title never decides alone where there is text. The declared language is a tie-break of 0.6 of
a vote, as 26 % of feeds declare wrongly (stories spec, section 1). Beside the detectors the small
words (`und`, `the`, `w`) vote, which detectors of letter sequences underrate in titles full of
names. A body that is truly in two languages is marked `mixed`; a few foreign lines are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from newsdigest.model.items import LanguageVerdict, LanguageVote
from newsdigest.ports.judging import LanguageDetector

OURS = ("de", "en", "cs", "pl", "fr")
SAMPLE = 700
PRIOR_WEIGHT = 0.6
MIXED_SHARE = 0.3
MIXED_CHARACTERS = 240
MIXED_FROM, PROBE = 700, 240
"""Shorter bodies are not looked through for a second language."""

# Small words of each language that are no word (or a rare one) in the other four.
_SMALL = {
    "de": """der die das den dem des und oder nicht ein eine einen einem einer eines ist sind war wird werden wurde
        wurden hat haben mit für fuer von vom zu zum zur auf aus bei beim nach über ueber unter durch gegen ohne im am
        an als auch sich wie wir sie ihr ihre ihrer ihren sein seine seiner dass bis um vor seit zwischen noch nur mehr
        neue neuer neues neuen wer was wo warum ich du ihm ihn kein keine jetzt heute können kann soll muss
        herzlich willkommen sachsen sachsens deutschland österreich thüringen bayern""",
    "en": """the and of to for with from by is are was were be been has have had will would can on at into its their
        this that these those an not but who what when how why new about between after before than you your our
        we it he she his her they which gets get says more all up out over saxony saxony's germany austria
        thuringia bavaria""",
    "fr": """le la les un une et ou du de des au aux est sont pour par avec dans sur sous ce cette ces qui que quoi
        nous vous ils elle elles il je ne pas plus entre vers chez son sa ses leur leurs mais donc concernant depuis""",
    "pl": """i w z na do nie się sie jest są to że za od po przez dla jak co czy oraz lub który która które tego tym
        ze ich jego jej przy już tak bez pod""",
    "cs": """a v s se na do ne je jsou to že za od po pro jak co nebo který která které toho tím ze jeho její při
        už bez pod ve si ho mu nové také byl byla bylo""",
}
# Finite verbs of headlines: names and product words of the other language stand around them
# ("Sächsische Aufbaubank launches grant"), but nobody borrows the verb.
_VERBS = {
    "de": """startet gewinnt übernimmt eröffnet stellt lädt laden sucht erhält feiert begrüßt präsentiert wählt
        fordert fördert entwickelt baut zeigt bringt schließt gründet investiert kooperiert unterzeichnet warnt meldet
        bleibt steigt wächst sammelt bewilligt beginnt erweitert verleiht überzeugt erreicht liefert launcht
        pitcht relauncht managt gestartet gesucht verschoben verlegt eröffnet gewählt unterzeichnet
        ausgezeichnet gegründet verlängert abgesagt geplant gefördert entdeckt entdecken starten gewinnen
        erhalten suchen feiern druckt forscht testet nutzt besucht kommt""",
    "en": """wins launches opens signs raises receives announces appoints joins presents expands acquires publishes
        develops completes secures celebrates welcomes introduces extends closes obtains begins becomes elected
        appointed awarded visits moves explained hires names leads""",
}
# Nouns and verbs that German has borrowed, or writes alike: in a title with capitals, German writes nouns
# with one, so that in small letters they are English ("Fraunhofer IZI and Klinikum Leipzig start trial").
_BORROWED_NOUNS = """start launch trial grant grants award awards startup startups start-up lab labs board members
    partners project projects centre center company companies drug device devices hospital hospitals health care
    therapy agreement call calls event events meeting research funding prize win open sign join speakers
    cells test tests data study patients software network cluster workshop forum sensor implant chip team
    biotech medtech pharma"""
_SMALL_IN_ENGLISH = frozenset(_BORROWED_NOUNS.split())
_BORROWED = re.compile(
    r"\b(?:"
    r"save the date|call for \w+|head of(?: \w+)?|point[ -]of[ -]care|proof[ -]of[ -]concept"
    r"|state[ -]of[ -]the[ -]art|internet of things|lab[ -]on[ -]a[ -]chip|meet the \w+|women in \w+"
    r"|made in germany|know-how|get-together|go[ -]to[ -]market|on demand|up to date"
    r"|first[ -]in[ -]human|digital health|life sciences?|business angels?|pitch (?:day|night)"
    r"|finance day|demo day|science slam|open access|open source"
    r")\b",
    re.IGNORECASE,
)
"""What German titles say in English; where other words stand beside it, those say the language."""
_VERB_OWNERS = {verb: language for language, verbs in _VERBS.items() for verb in verbs.split()}
_HEADLINE, _VERB_WEIGHT = 14, 3.2
"""Words up to which a text is a headline; what the verb of one counts (more than three tools)."""
_ENOUGH_LETTERS, _NAMES = 10, 3
PLENTY, PLAIN, PLAINLY = 150, 1.4, 0.95
"""Characters, weight of the small words (five more of one language) and confidence that need no further voice."""
_OWN_LETTERS, _OWN_WEIGHT = 5, 2.4
"""Letters a headline's words in small letters need, and their weight; more lost development titles again."""
_CLEAR = 3
"""Small words of one language, and none of another, that count like a verb."""
_GERMAN_JOB = re.compile(
    r"\((?:m/w/[dx]|w/m/[dx]|d/m/w|w/d/m|m/d/w)\)|\b\w{4,}[:*]in(?:nen)?\b|^stellen(?:angebot|ausschreibung)\b",
    re.IGNORECASE,
)

_SMALL_WORDS = {language: frozenset(listed.split()) for language, listed in _SMALL.items()}
_SHARED = {
    word
    for language, words in _SMALL_WORDS.items()
    for other, others in _SMALL_WORDS.items()
    if language < other
    for word in words & others
}
_OWNERS = {
    word: language for language, words in _SMALL_WORDS.items() for word in words if word not in _SHARED
}

SMALL_WORDS, SMALL_LETTERS = "small words", "words in small letters"
OURSELVES = (SMALL_WORDS, SMALL_LETTERS)
"""Voices that are no tool's: they are sure by their nature."""
_KIN = frozenset(
    ["sk", "lb", "nds", "bar", "gsw", "als", "pdc", "pfl", "ksh", "sco", "pcm", "csb", "szl", "wa"]
)
"""So near to one of ours that short texts are often taken for them; never a reason for "other"."""

_WORD = re.compile(r"[^\W\d_]+")
# Nearly all texts have none, and need not be counted letter by letter (dashes and quotes lie between).
_FAR_LETTERS = re.compile("[\u0250-\u1fff\u2070-\U0010ffff]")
_PART_END = re.compile(r"\n+|(?<=[.!?…])\s+(?=[A-ZÄÖÜ„\"»(])")


def sample(title: str, text: str) -> str:
    """Return what detectors should read: the title and the beginning of the text, addresses taken out."""
    joined = f"{title.strip()}\n{text.strip()[: 4 * SAMPLE]}" if text.strip() else title.strip()
    if any(sign in joined for sign in _IN_ADDRESS) or _SURROGATE.search(joined):
        joined = _ADDRESS.sub(" ", joined)
    return joined[:SAMPLE].strip()


_PUNCTUATION = ".,;:!?…\"'„“”‚‘’»«›‹()[]–—-*"
_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\w+|[\ud800-\udfff]")
_IN_ADDRESS, _SURROGATE = ("@", "://", "www."), re.compile("[\ud800-\udfff]")
"""One of these is in whatever `_ADDRESS` finds."""


def small_words_vote(text: str) -> LanguageVote | None:
    """Return the vote of the small words, None where none or as many of two languages occur."""
    tokens = [token.strip(_PUNCTUATION) for token in text[:SAMPLE].split()]
    is_headline = len(tokens) <= _HEADLINE
    if is_headline:
        tokens = [
            token.strip(_PUNCTUATION) for token in _BORROWED.sub(_unless_english, text[:SAMPLE]).split()
        ]
    # A single capital letter is an initial, not a word.
    words = [token.lower() for token in tokens if token.isalpha() and (len(token) > 1 or token.islower())]
    counts = Counter(_OWNERS[word] for word in words if word in _OWNERS)
    if is_headline:
        verbs = {_VERB_OWNERS[word] for word in words if word in _VERB_OWNERS}
        if _GERMAN_JOB.search(text):  # however English the trade's name
            verbs.add("de")
        if len(verbs) == 1 and not counts.keys() - verbs:
            return LanguageVote(by=SMALL_WORDS, language=verbs.pop(), confidence=1.0, weight=_VERB_WEIGHT)
        if not text.islower():
            counts["en"] += sum(token in _SMALL_IN_ENGLISH for token in tokens)
    counted = (+counts).most_common(2)
    if not counted:
        return None
    language, count = counted[0]
    rival = counted[1][1] if len(counted) > 1 else 0
    if count == rival:
        return None
    is_clear = is_headline and rival == 0 and count >= _CLEAR
    return LanguageVote(
        by=SMALL_WORDS,
        language=language,
        confidence=round((count - rival) / (count + rival), 2),
        weight=_VERB_WEIGHT if is_clear else min(1.5, 1.0 + 0.1 * (count - rival - 1)),
    )


def judge(
    *,
    title: str,
    text: str,
    detector: LanguageDetector,
    declared: str | None = None,
    fixed: str | None = None,
) -> LanguageVerdict:
    """Return the verdict over title and text, asking the detector where the source does not fix it."""
    heard = sample(title, text)
    if fixed:
        return decide(text=heard, votes=(), fixed=fixed)
    votes = _votes(heard, detector)
    parts = parts_of(text) if len(text) >= MIXED_FROM and _may_be_mixed(text, votes, detector) else []
    mixture = mixture_of((part, detector.quick(part)) for part in parts)
    return decide(text=heard, votes=votes, declared=declared, mixture=mixture)


def _votes(heard: str, detector: LanguageDetector) -> list[LanguageVote]:
    """
    Ask the fastest tool and the small words; the whole vote where those leave any doubt.

    Of 6,765 development texts the short way decided 1,177 (nearly all with a summary), each as the whole vote did.
    """
    small = small_words_vote(heard)
    if small and len(heard) >= PLENTY and small.weight >= PLAIN:
        quick = detector.quick(heard)
        if quick and quick.language == small.language and not quick.elsewhere and quick.confidence >= PLAINLY:
            return [quick, small]
    native = _without_borrowed(heard)
    votes = [*detector.votes(native)]
    own = _small_letters_vote(native, detector)
    return [vote for vote in (*votes, small, own) if vote]


def _small_letters_vote(heard: str, detector: LanguageDetector) -> LanguageVote | None:
    """
    Return what a headline's words in small letters are in, where all tools agree about them.

    Names and German nouns have capitals and fill a headline whatever its language is; what stands between
    them ("Landesförderbank Thüringen: call is open", "Medical Valley trifft Silicon Saxony") is the writer's own.
    """
    tokens = [token.strip(_PUNCTUATION) for token in heard.split()]
    words = [token for token in tokens if token[:1].isalpha()]
    own = [word for word in words if word.isalpha() and word.islower()]
    if not own or len(own) == len(words) or len(words) > _HEADLINE or sum(map(len, own)) < _OWN_LETTERS:
        return None
    heard_in = {vote.language for vote in detector.votes(" ".join(own))}
    if len(heard_in) != 1:
        return None
    return LanguageVote(by=SMALL_LETTERS, language=heard_in.pop(), confidence=1.0, weight=_OWN_WEIGHT)


def _without_borrowed(heard: str) -> str:
    """A title without the English it borrows ("Save the Date: Sommerfest"), where enough is left of it."""
    if len(heard) > PLENTY or not _BORROWED.search(heard):
        return heard
    rest = " ".join(_BORROWED.sub(_unless_english, heard).split())
    return rest if sum(map(str.isalpha, rest)) >= _ENOUGH_LETTERS else heard


def _unless_english(borrowed: re.Match[str]) -> str:
    """German writes the noun of what it borrows with a capital ("Call for Speakers"); English need not."""
    return borrowed[0] if borrowed[0].split()[-1][0].islower() else " "


def _may_be_mixed(text: str, votes: Sequence[LanguageVote], detector: LanguageDetector) -> bool:
    """Look at three stretches only; a body in one language, the rule, costs no more."""
    heard = {vote.language for vote in votes}
    text = text[:20_000]
    for share in (0.3, 0.6, 0.9):
        start = int(share * (len(text) - PROBE))
        probe = detector.quick(text[start : start + PROBE])
        heard |= {probe.language} if probe and probe.confidence >= 0.8 else set()
    return len(heard) > 1


def decide(
    *,
    text: str,
    votes: Sequence[LanguageVote],
    declared: str | None = None,
    fixed: str | None = None,
    mixture: Sequence[tuple[str, int]] = (),
) -> LanguageVerdict:
    """
    Return the verdict.

    Args:
        text: The sample voted on.
        declared: What feed or source say; breaks ties.
        fixed: The source's override; ends the matter.
        mixture: (language, characters) of the text's parts, most first (`mixture_of`).
    """
    if fixed:
        return LanguageVerdict(
            language=fixed, confidence=1.0, evidence=("fixed for this source",), by="source"
        )
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    if not words or not votes:
        return LanguageVerdict(language="und", confidence=0.0, is_unsure=True, evidence=("no words",))
    foreign = _elsewhere(text, votes, letters)
    if foreign:
        return LanguageVerdict(
            language="other",
            confidence=0.9,
            is_unsure=letters < 40,
            evidence=(f"looks like {foreign}", *map(_said, votes)),
        )
    tally = _tally(votes, declared)
    language, weight = tally[0]
    confidence = _confidence(weight, sum(count for _, count in tally), letters, len(words))
    if letters < 60 and all(vote.confidence < 0.6 for vote in votes if vote.by not in OURSELVES):
        confidence = round(0.7 * confidence, 3)  # all agree, none is convinced: names and product words
    if (
        len(words) <= _NAMES
        and all(word[0].isupper() for word in words)
        and SMALL_WORDS not in {v.by for v in votes}
    ):
        confidence = round(0.7 * confidence, 3)  # may be a name, which is in no language
    evidence = tuple(map(_said, votes)) + ((f"declared {declared}",) if declared else ())
    main, second = (*mixture, ("", 0), ("", 0))[:2]
    if second[1] >= MIXED_CHARACTERS and second[1] >= MIXED_SHARE * (main[1] + second[1]):
        parts = f"{main[1]} characters {main[0]}, {second[1]} {second[0]}"
        return LanguageVerdict(language="mixed", confidence=0.9, evidence=(parts, *evidence))
    return LanguageVerdict(
        language=language, confidence=confidence, is_unsure=confidence < 0.75, evidence=evidence
    )


def parts_of(text: str, *, limit: int = 16) -> list[str]:
    """Return up to `limit` lines or sentences of at least 40 characters, spread over the text."""
    parts = [part.strip() for part in _PART_END.split(text[:20_000]) if len(part.strip()) >= 40]
    step = max(1, len(parts) // limit)
    return parts[::step][:limit]


def mixture_of(parts: Iterable[tuple[str, LanguageVote | None]]) -> list[tuple[str, int]]:
    """Return (language, characters) of the parts whose language is clear, most first."""
    counted: Counter[str] = Counter()
    for part, vote in parts:
        if vote and not vote.elsewhere and vote.confidence >= 0.8:
            small = small_words_vote(part)
            if small is None or small.language == vote.language:
                counted[vote.language] += len(part)
    return counted.most_common()


def _tally(votes: Sequence[LanguageVote], declared: str | None) -> list[tuple[str, float]]:
    tally: dict[str, float] = {}
    for vote in votes:
        tally[vote.language] = tally.get(vote.language, 0.0) + vote.weight
    prior = (declared or "").strip().lower().replace("_", "-").split("-")[0]
    if prior in OURS and prior in tally:
        # A tie-break between languages somebody voted for, never a voice of its own.
        tally[prior] += PRIOR_WEIGHT
    return sorted(tally.items(), key=lambda one: -one[1])


def _confidence(weight: float, total: float, letters: int, words: int) -> float:
    agreement = weight / total if total else 0.0
    length = min(1.0, letters / 30)
    confidence = agreement * (0.8 + 0.2 * length)
    if words == 1 or letters < 6:
        confidence *= 0.6
    return round(confidence, 3)


def _elsewhere(text: str, votes: Sequence[LanguageVote], letters: int) -> str:
    """Return a language outside ours that the votes agree on, or a script none of ours is written in."""
    if _FAR_LETTERS.search(text):
        ours = sum(1 for letter in text if letter.isalpha() and letter < "\u0250")
        every = sum(1 for letter in text if letter.isalpha())
        if every and ours / every < 0.5:
            return "another script"
    if letters < 30:
        return ""
    named = Counter(vote.elsewhere for vote in votes if vote.elsewhere and vote.elsewhere not in _KIN)
    if not named:
        return ""
    language, count = named.most_common(1)[0]
    # Two tools are enough where no small word of ours contradicts them.
    has_small = any(vote.by == SMALL_WORDS for vote in votes)
    return language if count >= (3 if has_small else 2) else ""


def _said(vote: LanguageVote) -> str:
    return f"{vote.by}: {vote.language} {vote.confidence:.2f}"
