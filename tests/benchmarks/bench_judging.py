"""
What judging one item costs, and what the judge costs to start, in processor time (other work does not count).

    .venv/bin/python tests/benchmarks/bench_judging.py [--json]

Texts are made here, so that anybody can run it. Limits: under 5 ms an item without vectors
(language, topics, kind, dates), start under 1 s.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

WORDS = [
    "Labor",
    "Klinik",
    "Forschung",
    "Medizintechnik",
    "Patienten",
    "Studie",
    "Verfahren",
    "Förderung",
    "Unternehmen",
    "Dresden",
    "Leipzig",
    "Chemnitz",
    "Projekt",
    "Partner",
    "Veranstaltung",
    "Anmeldung",
    "Zulassung",
    "Millionen",
    "Euro",
    "Minister",
    "Team",
    "Institut",
    "the",
    "company",
    "research",
    "device",
    "hospital",
    "funding",
    "conference",
    "register",
    "approval",
    "und",
    "der",
    "die",
    "das",
    "mit",
    "für",
    "von",
    "am",
    "bis",
    "zum",
    "in",
    "auf",
]


def main() -> None:
    """Measure and print."""
    started = time.process_time()
    from newsdigest.adapters.keyword_scorer import KeywordScorer
    from newsdigest.adapters.langvote_detector import LangvoteDetector
    from newsdigest.settings import topic_settings
    from newsdigest.settings.workspace import shipped
    from newsdigest.sorting.judge import Judge
    from newsdigest.sorting.kind import KindRules

    taxonomy = topic_settings.load(shipped("config") / "topics.yaml")
    judge = Judge(
        detector=LangvoteDetector(), scorer=KeywordScorer(taxonomy), taxonomy=taxonomy, kinds=KindRules(taxonomy),
        zone=ZoneInfo("Europe/Berlin"),
    )  # fmt: skip
    now = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
    judge.judge_text(title="Erster Text", text="Der erste Text lädt die Modelle.", published=now)
    figures = {"start, s": time.process_time() - started}
    chance = random.Random(1)
    for name, length in (("summary, 40 words", 40), ("release, 400 words", 400), ("page, 3000 words", 3000)):
        texts = [_text(chance, length, now) for _ in range(300)]
        begun = time.process_time()
        for title, text in texts:
            judge.judge_text(title=title, text=text, published=now)
        figures[f"{name}, ms"] = 1000 * (time.process_time() - begun) / len(texts)
    huge = "Der Verband lädt am 12. Mai 2026 zur Tagung ein. " * 200_000
    begun = time.process_time()
    judge.judge_text(title="Tagung", text=huge, published=now)
    figures["ten megabytes, ms"] = 1000 * (time.process_time() - begun)
    figures["memory at most, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if "--json" in sys.argv:
        print(json.dumps(figures, indent=1))
    else:
        print("\n".join(f"{name:24s} {value:9.2f}" for name, value in figures.items()))


def _text(chance: random.Random, length: int, now: datetime) -> tuple[str, str]:
    """Return a title and prose with a made-up word in ten, some dates and sentences."""
    words = []
    for place in range(length):
        made = "".join(chance.choices("abcdefghiklmnoprstuw", k=9))
        words.append(chance.choice(WORDS) if chance.random() < 0.9 else made)
        if place % 12 == 11:
            words[-1] += "."
        if place % 60 == 30:
            day = now + timedelta(days=chance.randrange(300))
            words.append(f"am {day.day}. {'Mai' if day.month == 5 else 'Juni'} {day.year}")
    return " ".join(chance.choices(WORDS, k=8)), " ".join(words)


if __name__ == "__main__":
    main()
