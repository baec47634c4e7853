"""
Words and sentences of German and English prose: where a sentence ends, and how to shorten one.

A full stop is no end after an abbreviation ("e. V.", "z. B.", "Dr.", "GmbH & Co. KG"), an ordinal
("4. November") or an initial. "usw.", "etc." and "e. V." may end a sentence; the next word decides.
Folding for comparison lives in `folding` and is offered here under its usual name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from newsdigest.text.folding import fold, words

__all__ = ["ELLIPSIS", "cut", "each_sentence", "fold", "sentences", "words"]

ELLIPSIS = "…"

_NEVER_LAST = frozenset(
    """
    abb abs aufl bd bspw bzgl ca dipl dr ebd ev evtl frl fr geb gegr gem gesch ggf ggü hl hr hrn
    hrsg inh ing inkl insb jh kap lfd lt max med min nat nr num phil pol prof rd rer sog
    spez st std stellv str tel u univ urspr usf v verf verh vgl vorm vors wg ziff zit zt zzgl zzt z
    d i o s a b c e f g h j k l m n p q r t w x y i-d-r jan feb mär mrz apr jun jul aug sep sept okt
    oct nov dez dec mo di mi mr mrs ms rep gov capt lt vs approx dept ed
    eds vol pp cf eg ie mio mrd tsd cand habil jur theol oec publ h agr vet dent pharm math
    inform psych sc ph phd bsc msc mba sr jr priv-doz pd apl kfm dipl-ing dr-ing bzw usf ggfs
    eh og zb dh ua sa uä zus phil techn wiss wirtsch
    """.split()  # noqa: SIM905 - a list of words reads better so
)
# These end sentences too: they do when a word follows that likes to begin one.
_SOMETIMES_LAST = frozenset(
    [
        "etc",
        "usw",
        "al",
        "co",
        "inc",
        "ltd",
        "corp",
        "v",
        "m",
        "a",
        "r",
        "art",
        "so",
        "do",
        "no",
        "mag",
        "lat",
        "est",
        "col",
        "hab",
        "prov",
        "gen",
        "sen",
        "fig",
    ]
)
_STARTERS = frozenset(
    """
    der die das den dem ein eine einer eines im in am an auf aus bei beim bis da dabei dafür damit
    danach daneben dann darüber dazu dennoch derzeit deshalb dies diese dieser dieses doch dort
    durch er es für gemeinsam gleichzeitig hier ihr ihre innerhalb ist jetzt mit nach nachdem neben
    nun ob ohne sein seine seit sie so somit sowie trotz über um und unser unter vom von vor während
    wegen weil weitere wenn wer wie wir wo zu zudem zuletzt zum zur zusammen zwischen the a an this
    these that it its in on at for with by from to we they he she our their as after before during
    since when while and but however moreover
    """.split()  # noqa: SIM905 - a list of words reads better so
)
# One set of first letters: the engine then skips over everything else (the end of the text is an end too).
_END = re.compile(r"[.!?…\n](?:(?<=\n)\n*|(?<!\n)[.!?…]*[\"'»«“”’)\]]*(?=\s|\Z))")
_LAST_WORD = re.compile(r"([^\s(\[\"„“»«/]+)\Z")
_NEXT = re.compile(r"\s*[\"'„“»«(\[–-]*\s*(\S+)")
# "e. V.", "z. B.": single letters with stops, perhaps parted by a blank.
_LETTERS = re.compile(r"(?:^|[\s(])(?:[^\W\d_]\.\s?)+\Z")


def sentences(text: str) -> list[tuple[int, int]]:
    """
    Return the spans of the sentences of a text, in order, without the blanks between them.

    A line end is a sentence end as well: headings and list items have no full stop.
    """
    return list(each_sentence(text))


def each_sentence(text: str) -> Iterator[tuple[int, int]]:
    """Yield what `sentences` returns, one by one: a teaser needs the first few only."""
    start = 0
    for match in _END.finditer(text):
        if match.start() < start or not _is_end(text, match):
            continue
        begin = start + len(text[start : match.end()]) - len(text[start : match.end()].lstrip())
        end = match.end() if match[0].strip() else match.start()
        if end > begin and text[begin:end].strip():
            yield begin, end
        start = match.end()
    rest = text[start:]
    if rest.strip():
        yield start + len(rest) - len(rest.lstrip()), len(text)


def _is_end(text: str, match: re.Match[str]) -> bool:
    mark = match[0]
    if not mark.strip() or mark[0] != "." or mark.startswith(".."):
        # "?" and "!" inside a sentence ("Warum? fragte er") go on in lower case.
        following = _NEXT.match(text, match.end(), match.end() + 200)
        return not (mark.strip() and mark[0] in "!?…." and following and following[1][:1].islower())
    before = _LAST_WORD.search(text, max(0, match.start() - 60), match.start())
    following = _NEXT.match(text, match.end(), match.end() + 200)
    if following is None:
        return True
    if "\n" in text[match.end() : following.start(1)]:
        return True
    after = following[1]
    if after[0].islower():
        return False
    if before is None:
        return True
    return _may_end(before[1], after, text[max(0, match.start() - 12) : match.start() + 1])


@lru_cache(maxsize=4096)
def _may_end(word: str, after: str, context: str) -> bool:
    bare = word.rstrip(".").lower()
    starts = re.sub(r"\W+\Z", "", after).lower() in _STARTERS
    if bare.isdigit():
        # "4. November", "am 12. März"; a year or an amount may end a sentence.
        return len(bare) > 2 or starts
    if _LETTERS.search(context) or bare in _SOMETIMES_LAST:
        return starts and bare in _SOMETIMES_LAST
    parts = bare.replace(".", "-").split("-")
    return not (bare in _NEVER_LAST or (len(parts) > 1 and parts[-1] in _NEVER_LAST and len(parts[-1]) > 1))


def cut(text: str, limit: int) -> str:
    """
    Return the beginning of a text, at most `limit` characters, ending with a whole sentence.

    Where not even the first sentence fits, it is cut between words and marked with an ellipsis;
    never inside a number ("2,5 Mio. Euro" stays together or goes). A quotation that goes on behind
    the cut is closed.
    """
    text = text.strip()
    if len(text) <= limit:
        return text
    end = 0
    for _start, stop in each_sentence(text[: limit + 200]):
        if stop + len(_open_quotation(text[:stop])) > limit:
            break
        end = stop
    if end >= min(60, limit // 4):
        return text[:end].rstrip() + _open_quotation(text[:end])
    piece = text[: max(1, limit - 3)]
    if not text[len(piece) : len(piece) + 1].isspace():
        piece = piece.rsplit(None, 1)[0] if re.search(r"\s", piece) else piece
    # A number keeps its unit, and an open bracket or quotation is not left behind.
    piece = re.sub(
        r"\s+(?:\(?[\d.,:%€$§]+|[\d.,]+\s+(?:Mio|Mrd|Millionen|million|billion)\.?|[„“»(\[–&-]+)\Z",
        "",
        piece.rstrip(),
    )
    while (shorter := _DANGLING.sub("", piece)) != piece and len(shorter) > limit // 2:
        piece = shorter
    return f"{piece.rstrip(' ,;:–-(')} {ELLIPSIS}{_open_quotation(piece)}"


# What only begins something: "… durch Ausgabe von bis zu …".
_DANGLING = re.compile(
    r"\s+(?:von|vom|bis|zu|zum|zur|um|mit|durch|für|in|im|an|am|auf|aus|bei|der|die|das|den|dem|des|ein|eine|einen"
    r"|einem|einer|und|oder|sowie|of|up|to|by|the|a|an|and|or|for|with|from|at|on)\Z",
    re.IGNORECASE,
)
_QUOTATIONS = (("„", "“"), ("“", "”"), ("»", "«"), ("‚", "‘"))


def _open_quotation(text: str) -> str:
    """Return the mark that closes a quotation the text leaves open, "" where none is."""
    for opening, closing in _QUOTATIONS:
        if opening == "“" and "„" in text:
            continue  # the German closing mark is the English opening one
        if opening == "»" and 0 <= text.find(closing) < text.find(opening):
            continue  # the French way round
        if text.rfind(opening) > text.rfind(closing):
            return closing
    return '"' if text.count('"') % 2 else ""
