"""
Train the weights of grouping and write `src/newsdigest/sorting/data/weights.json`.

The data anyone can name: sections of "The Debian Administrator's Handbook" (Debian package
`debian-handbook`, GPL-2+ or CC-BY-SA-3.0), which exist in German, English, French and Polish
under one name, made into a stream of items with edits as press portals make them (cut, new lead,
shuffled title, other numbers, other quotes); and invented series of announcements (below),
which look alike and are different news. For other tellings of one event and for translations as press
offices make them, `tools/retold/` holds two months of invented news, written for this project. Nothing
of the texts goes into the weights file. Without vectors the news gained nothing across
languages, and that model is learnt from the handbook alone.

    apt-get download debian-handbook && dpkg -x debian-handbook_*.deb handbook
    .venv/bin/python tools/train_grouping.py handbook
"""

# ruff: noqa: E501 - the invented texts are easier to compare unbroken
from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from selectolax.lexbor import LexborHTMLParser

from newsdigest.adapters.fuse_embedder import FuseEmbedder, is_available
from newsdigest.assembly import Assembly
from newsdigest.settings.workspace import Workspace
from newsdigest.sorting import candidates, classify, comparison, features, retelling
from newsdigest.sorting.features import Features
from newsdigest.sorting.rarity import Rarity
from newsdigest.sorting.sort import Sorter
from newsdigest.sorting.weights import Model, Weights

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/newsdigest/sorting/data/weights.json"
LANGUAGES = {"de": "de-DE", "en": "en-US", "fr": "fr-FR", "pl": "pl-PL"}
FIRST_DAY = 20_500.0
BETA = 1 / 6
"""Weight of recall against precision: a wrong pair is thrice as bad as a lost one."""
DIFFER = {"same": 0.15, "retold": 0.12}
"""Below these scores two texts of one language are different news; joined groups must hold no such pair."""
PROBABLE = {"across_vectors": 0.76}
"""The threshold that suits the handbook alone: a series of releases is where a wrong pair costs most."""
UNTRAINED = Model(bias=0.0, weights=(), sure=1.0, probable=1.0, differ=0.0)
PENALTY = 0.5
"""Strength of the ridge; keeps weights of signals that say the same small."""


@dataclass(frozen=True)
class Telling:
    """One text of a story."""

    story: str
    language: str
    title: str
    text: str
    day: float
    house: str


# Documents


def sections(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Yield for each section of the handbook language to (title, text), where the languages agree in number."""
    base = next(folder.rglob("html/en-US")).parent
    for page in sorted((base / "en-US").glob("*.html")):
        found = {lang: _headed(base / name / page.name) for lang, name in LANGUAGES.items()}
        for number, (title, text) in enumerate(found["en"]):
            made = {"en": (title, text)}
            for language in ("de", "fr", "pl"):
                others = found[language]
                is_translated = len(others) == len(found["en"]) and others[number][1][:80] != text[:80]
                if is_translated and len(others[number][1].split()) > 15:
                    made[language] = others[number]
            if len(text.split()) > 25:
                yield made


def _headed(page: Path) -> list[tuple[str, str]]:
    if not page.is_file():
        return []
    made: list[tuple[str, list[str]]] = []
    for node in LexborHTMLParser(page.read_text(encoding="utf-8")).css(
        "h1.title,h2.title,h3.title,h4.title,p.para,div.para,li p"
    ):
        text = re.sub(r"\s+", " ", node.text()).strip()
        if (node.tag or "").startswith("h"):
            made.append((re.sub(r"^[\d.]+\s*", "", text), []))
        elif made and text:
            made[-1][1].append(text)
    return [(title, " ".join(" ".join(parts).split()[:260])) for title, parts in made]


# Edits


ADDED = {
    "de": ("Das teilte die Pressestelle am Freitag mit.", "Weitere Einzelheiten sollen folgen.", "Dresden (ots) –", "Leipzig, 3. März –"),
    "en": ("The news was confirmed on Friday.", "Further details are to follow.", "Dresden (ots) –", "Leipzig, 3 March –"),
}  # fmt: skip
AFFIXES = (
    "{} | Branchendienst",
    "[Update] {}",
    "+++ {} +++",
    "{} – Pressemitteilung",
    "Meldung: {}",
    "{} - News",
)


def edited(one: Telling, chance: random.Random) -> Telling:
    """Return the telling as another house prints it."""
    title, text, added = one.title, one.text, ADDED.get(one.language, ADDED["en"])
    for edit in chance.sample(
        ("cut", "drop", "affix", "swap", "lead", "add", "numbers", "upper", "spelling", "half"),
        k=chance.choice((0, 1, 1, 2, 2, 3)),
    ):
        sentences = re.split(r"(?<=[.!?])\s+", text)
        words = text.split()
        if edit == "cut" and len(text) > 260:
            text = text[: chance.randint(180, 380)].rsplit(" ", 1)[0] + " …"
        elif edit == "drop" and len(sentences) > 3:
            sentences.pop(chance.randrange(1, len(sentences)))
            text = " ".join(sentences)
        elif edit == "affix":
            title = chance.choice(AFFIXES).format(title)
        elif edit == "swap" and len(title.split()) > 4:
            parts = title.split()
            place = chance.randint(2, len(parts) - 2)
            title = " ".join(parts[place:]) + " – " + " ".join(parts[:place])
        elif edit == "lead":
            title = " ".join(words[: chance.randint(7, 12)])
        elif edit == "add":
            text = f"{chance.choice(added)} {text}"
        elif edit == "numbers":
            text = re.sub(r"\b\d\d+\b", lambda m: str(int(m[0][:6]) + chance.randint(1, 3)), text, count=1)
        elif edit == "upper":
            title = title.upper()
        elif edit == "spelling":
            for a, b in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("„", '"'), ("“", '"')):
                text = text.replace(a, b)
        elif edit == "half" and len(sentences) > 4:
            text = " ".join(sentences[: len(sentences) // 2])
    return replace(
        one,
        title=title,
        text=text,
        day=one.day + chance.random() * 4,
        house=chance.choice(("portal-1", "portal-2", "portal-3")),
    )


# Invented series: alike, and different news


MONTHS = (
    ("Januar", "January"),
    ("März", "March"),
    ("Mai", "May"),
    ("Juni", "June"),
    ("September", "September"),
    ("November", "November"),
)
HOUSES = (
    "Muldetal Pharma",
    "Elbbogen Diagnostik",
    "Zschopau Medtech",
    "Lausitzzell",
    "Plauener Orthesen",
    "Görlitz Genomik",
    "Saale Sensorik",
    "Erzgebirge Biolab",
)
PLACES = ("Dresden", "Leipzig", "Chemnitz", "Freiberg", "Zwickau", "Bautzen")
ORDINALS = (
    ("zweite", "second"),
    ("dritte", "third"),
    ("vierte", "fourth"),
    ("fünfte", "fifth"),
    ("sechste", "sixth"),
)
SERIES = (
    (
        ("{n}. Stammtisch Digitale Gesundheit", "Beim {n}. Stammtisch Digitale Gesundheit am {d}. {m} in {p} sprechen Kliniken und Gründer über Daten in der Pflege. Beginn ist um 18 Uhr, der Eintritt ist frei, um Anmeldung wird gebeten. Gastgeber ist {h}."),
        ("Digital health meetup no. {n}", "At digital health meetup no. {n} on {d} {e} in {p}, hospitals and founders talk about data in nursing care. Doors open at 6 pm, admission is free, please register. The host is {h}."),
    ),
    (
        ("{h} legt Zahlen für das {o} Quartal vor", "{h} hat im {o} Quartal {y} einen Umsatz von {a} Millionen Euro erzielt, {c} Prozent mehr als im Vorjahr. Das Ergebnis lag im Rahmen der Erwartungen des Vorstands. An der Prognose für das Geschäftsjahr hält das Unternehmen fest."),
        ("{h} reports figures for the {q} quarter", "{h} posted revenue of EUR {b} million in the {q} quarter of {y}, up {c} per cent on the previous year. The result was in line with the expectations of the management board. The company confirms its guidance for the fiscal year."),
    ),
    (
        ("{h} sucht Laborleitung (m/w/d), Kennziffer LT-{y}-{n}", "{h} sucht zum nächstmöglichen Zeitpunkt am Standort {p} Verstärkung für das Labor. Bewerbungen unter der Kennziffer LT-{y}-{n} sind bis {d}. {m} möglich. Geboten werden flexible Arbeitszeiten und ein unbefristeter Vertrag."),
        ("{h} is hiring a laboratory lead, reference LT-{y}-{n}", "{h} is looking for reinforcement for its laboratory in {p} as soon as possible. Applications with reference LT-{y}-{n} are accepted until {d} {e}. Flexible hours and a permanent contract are offered."),
    ),
    (
        ("{h} schließt Finanzierungsrunde über {a} Millionen Euro ab", "Das junge Unternehmen {h} aus {p} hat eine Finanzierungsrunde über {a} Millionen Euro abgeschlossen. Mit dem Kapital sollen die Produktion ausgebaut und {c} neue Stellen geschaffen werden. Beteiligt sind der Technologiegründerfonds und private Anleger."),
        ("{h} closes EUR {b} million financing round", "The young company {h} from {p} has closed a financing round of EUR {b} million. The capital will be used to expand production and to create {c} new jobs. Investors are the technology founders' fund and private backers."),
    ),
    (
        ("Steuersoftware 4.0 aktualisiert", "Das Projekt gibt die {o} Aktualisierung seiner stabilen Steuersoftware 4.0 bekannt. Sie behebt vor allem Sicherheitslücken und einige ernste Fehler. Wer regelmäßig aktualisiert, muss nur wenige Pakete erneuern. {h} betreut die Pakete."),
        ("Control software 4.0 updated", "The project announces the {q} update of its stable control software 4.0. It mainly corrects security problems along with a few serious errors. Those who update regularly will not have to renew many packages. {h} maintains the packages."),
    ),
    (
        ("{h} eröffnet neuen Standort in {p}", "{h} hat am {d}. {m} ein neues Gebäude in {p} bezogen. Auf {c}00 Quadratmetern entstehen Reinräume und Labore. Der Bürgermeister sprach von einem guten Tag für die Stadt."),
        ("{h} opens new site in {p}", "On {d} {e}, {h} moved into a new building in {p}. Clean rooms and laboratories are being set up on {c}00 square metres. The mayor called it a good day for the town."),
    ),
)  # fmt: skip


def series(chance: random.Random) -> Iterator[dict[str, tuple[str, str]]]:
    """Yield invented news, most of them members of a series with the same wording."""
    for german, english in SERIES:
        for _ in range(22):
            month, ordinal = chance.choice(MONTHS), chance.choice(ORDINALS)
            amount = chance.randint(12, 980) / 10
            slots = {
                "n": chance.randint(5, 40), "d": chance.randint(1, 28), "m": month[0], "e": month[1], "y": chance.choice((2025, 2026)),
                "o": ordinal[0], "q": ordinal[1], "a": f"{amount:.1f}".replace(".", ","), "b": f"{amount:.1f}", "c": chance.randint(3, 60),
                "h": chance.choice(HOUSES), "p": chance.choice(PLACES),
            }  # fmt: skip
            yield {
                "de": (german[0].format(**slots), german[1].format(**slots)),
                "en": (english[0].format(**slots), english[1].format(**slots)),
            }


# The stream


def stream(folder: Path | None, chance: random.Random) -> list[Telling]:
    """Return tellings over ninety days: about half the stories in two languages, most told more than once."""
    sources = list(series(chance)) + (list(sections(folder)) if folder else [])
    made: list[Telling] = []
    for number, by_language in enumerate(sources):
        # Neighbours in the book are neighbours in time: news of one subject comes in spells.
        day = FIRST_DAY + 90 * number / len(sources) + chance.gauss(0, 2)
        spoken = list(by_language)
        keep = spoken if chance.random() < 0.6 else [chance.choice(spoken)]
        if len(keep) > 2:
            keep = [language for language in keep if language in ("de", "en") or chance.random() < 0.3]
        for language in keep:
            title, text = by_language[language]
            if chance.random() < 0.4:  # a feed of summaries only
                text = " ".join(text.split()[: chance.randint(18, 60)])
            one = Telling(
                str(number), language, title, text, day + chance.random() * 2, f"house-{number % 40}"
            )
            made.append(one)
            made += [edited(one, chance) for _ in range(chance.choice((0, 0, 1, 1, 2, 3)))]
    return made


def described(tellings: Sequence[Telling], *, with_vectors: bool) -> list[Features]:
    """Return the features of all tellings; ids are their places."""
    vectors: list[bytes] = [b""] * len(tellings)
    if with_vectors:
        texts = [features.for_vector(one.title, one.text) for one in tellings]
        vectors = [features.pack_vector(vector) for vector in FuseEmbedder().embed(texts)]
    return [
        features.describe(
            item_id=f"{place:06d}", source=one.house, house=one.house, language=one.language, day=one.day, title=one.title, text=one.text,
            vector=vectors[place],
        )
        for place, one in enumerate(tellings)
    ]  # fmt: skip


# Fitting


SPEAK_AGAINST = frozenset({"days", "conflict_title", "conflict_lead", "missing_lead", "conflict_x_house"})
EITHER_WAY = frozenset({"same_house", "is_short", "is_cut", "length_ratio"})


def fit(signals: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> tuple[np.ndarray, float]:
    """
    Return weights and bias, each weight of the sign its meaning demands.

    Free fits turn likeness into evidence against where two signals say nearly the same; that
    fits the sample and nothing else. Signals that come out with the wrong sign are left out.
    """
    used = list(range(len(names)))
    while True:
        weights, bias = _newton(signals[:, used], labels)
        wrong = [
            place
            for place, weight in zip(used, weights, strict=True)
            if names[place] not in EITHER_WAY and weight * (-1 if names[place] in SPEAK_AGAINST else 1) < 0
        ]
        if not wrong:
            made = np.zeros(len(names))
            made[used] = weights
            return made, bias
        used = [place for place in used if place not in wrong]


def _newton(signals: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Fit a ridge logistic regression by Newton's method."""
    rows = np.hstack([signals, np.ones((len(signals), 1))])
    weights = np.zeros(rows.shape[1])
    ridge = np.full(rows.shape[1], PENALTY)
    ridge[-1] = 1e-6
    for _ in range(60):
        likely = 1 / (1 + np.exp(-np.clip(rows @ weights, -40, 40)))
        slope = rows.T @ (likely - labels) + ridge * weights
        curve = (rows * (likely * (1 - likely) + 1e-9)[:, None]).T @ rows + np.diag(ridge)
        weights -= np.linalg.solve(curve, slope)
    return weights[:-1], float(weights[-1])


def threshold(scores: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """Return the score that separates best when a wrong pair weighs more than a lost one, and the F1 there."""
    found = []
    for cut in np.arange(0.2, 0.9, 0.02):
        right = ((scores > cut) & (labels == 1)).sum()
        said, true = (scores > cut).sum(), labels.sum()
        found.append((right * (1 + BETA) / (said + BETA * true), float(cut), 2 * right / (said + true)))
    _, cut, f1 = max(found)
    return round(cut, 2), float(f1)


@dataclass(frozen=True)
class Stream:
    """Items of one time and place, the news each tells, and all pairs a run over them compares."""

    items: Mapping[str, Features]
    story: Mapping[str, str]
    rarity: Rarity
    pairs: Sequence[tuple[str, str]]

    def compared(self) -> comparison.Comparison:
        """Return the comparison of its items, every pair announced."""
        made = comparison.Comparison(self.items, self.rarity)
        made.meet(self.pairs)
        return made


def stream_of(items: Sequence[Features], story: Mapping[str, str]) -> Stream:
    """Return the stream of these items."""
    rarity = Rarity(Counter(word for one in items for word in features.counted(one)), len(items))
    listing = candidates.Listing(items, rarity)
    pairs = {
        (min(one.id, other), max(one.id, other))
        for one in items
        for question in [candidates.Question(one, rarity)]
        for other in question.best(listing.look(question.keys), own=one.id)
    }
    return Stream({one.id: one for one in items}, story, rarity, sorted(pairs))


def press(*, with_vectors: bool) -> list[Stream]:
    """Return the invented news, judged as `newsdigest classify` judges a file."""
    assembly = Assembly(Workspace(ROOT / "tools" / "retold"))
    sorter = Sorter(
        sources={}, weights=Weights("", UNTRAINED, UNTRAINED, UNTRAINED, UNTRAINED), order=(),
        embedder=FuseEmbedder() if with_vectors else None,
    )  # fmt: skip
    made = []
    for path in sorted((ROOT / "tools" / "retold").glob("*.jsonl")):
        documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        lines = classify.judged(
            [classify.read(one) for one in documents], judge=assembly.judge, sorter=sorter
        )
        items = [line.item for line in lines if line.item]
        story = {item.id: document["story"] for item, document in zip(items, documents, strict=True)}
        made.append(stream_of(classify.describe(items, sorter), story))
    return made


def train(book: Stream, news: Sequence[Stream], *, with_vectors: bool) -> dict[str, object]:
    """Return the models by name."""
    if with_vectors:
        return {"across_vectors": _model("across_vectors", comparison.ACROSS, [book, *news])}
    return {
        "same": _model("same", comparison.SAME, [book]),
        "retold": _model("retold", comparison.RETOLD, news),
        "across": _model("across", comparison.ACROSS, [book]),
    }


def _model(name: str, names: Sequence[str], streams: Sequence[Stream]) -> dict[str, object]:
    signals, labels = _pairs_of(name, streams)
    weights, bias = fit(signals, labels, names)
    scores = 1 / (1 + np.exp(-(signals @ weights + bias)))
    cut, best = threshold(scores, labels)
    print(f"{name}: {len(labels)} pairs, {int(labels.sum())} the same, F1 {best:.4f} at {cut}")
    return {
        "bias": round(bias, 3),
        "weights": {signal: round(float(weight), 3) for signal, weight in zip(names, weights, strict=True)},
        "sure": 0.97, "probable": PROBABLE.get(name, cut), "differ": DIFFER.get(name, 0.0),
    }  # fmt: skip


def _pairs_of(name: str, streams: Sequence[Stream]) -> tuple[np.ndarray, np.ndarray]:
    """Return signals and truth of all pairs that the model would be asked about."""
    rows: list[tuple[float, ...]] = []
    truth: list[bool] = []
    for stream in streams:
        judge = stream.compared()
        for a, b in stream.pairs:
            first, second = stream.items[a], stream.items[b]
            if (first.language == second.language) == name.startswith("across"):
                continue
            if comparison.contradictions(first, second):
                continue
            if name == "retold":
                if "statement" in (first.kind, second.kind):
                    continue
                rows.append(retelling.weigh(first, second, judge))
            elif judge.is_hopeless(first, second):
                continue
            else:
                rows.append(judge.signals(first, second))
            truth.append(stream.story[a] == stream.story[b])
    return np.array(rows), np.array(truth, float)


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument(
        "handbook", type=Path, nargs="?", help="folder into which debian-handbook was unpacked"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--output", type=Path, default=TARGET)
    parser.add_argument("--keep", nargs="*", default=["across"], help="models that stay as the file has them")
    chosen = parser.parse_args()
    chance = random.Random(chosen.seed)  # noqa: S311 - nothing secret
    tellings = stream(chosen.handbook, chance)
    story = {f"{place:06d}": one.story for place, one in enumerate(tellings)}
    made: dict[str, object] = {
        "version": "2",
        "trained_on": "debian-handbook, invented series and invented news (tools/train_grouping.py, tools/retold)",
    }
    for with_vectors in (False, True) if is_available() else (False,):
        book = stream_of(described(tellings, with_vectors=with_vectors), story)
        made |= train(book, press(with_vectors=with_vectors), with_vectors=with_vectors)
    made.setdefault("across_vectors", made["across"])
    if chosen.keep and chosen.output.is_file():
        # A fit differs a little whenever features do; one that measures better is not given up for a newer one.
        made |= {
            name: model
            for name, model in json.loads(chosen.output.read_text(encoding="utf-8")).items()
            if name in chosen.keep
        }
    chosen.output.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
