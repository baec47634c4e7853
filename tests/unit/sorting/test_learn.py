"""Corrections and what is learned from them, on a real store."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from newsdigest.adapters.keyword_scorer import KeywordScorer
from newsdigest.adapters.linear_scorer import LinearLearner
from newsdigest.adapters.sql_store import SQLStore
from newsdigest.adapters.system_clock import FixedClock
from newsdigest.errors import IllegalStepError, NotFoundError, SettingsError, UsageError
from newsdigest.model.items import Item, Judgement, Kind, LanguageVerdict
from newsdigest.model.sources import Source
from newsdigest.model.topics import Taxonomy, Topic, TopicExample
from newsdigest.sorting import learn, topic
from newsdigest.sorting.correct import correct

NOW = datetime(2026, 3, 5, 9, 0, tzinfo=UTC)
CLOCK = FixedClock(NOW)
TAXONOMY = Taxonomy(
    topics=(
        Topic(id="biotech", names=(("de", "Bio"), ("en", "Bio")), keywords=(("any", ("biotech",)),)),
        Topic(id="medtech", names=(("de", "Med"), ("en", "Med")), keywords=(("any", ("implant",)),)),
        Topic(id="events", names=(("de", "Termine"), ("en", "Events")), keywords=(("any", ("messe",)),)),
    )
)
KEYWORDS = KeywordScorer(TAXONOMY)
LEARNER = LinearLearner(KEYWORDS, ["biotech", "medtech", "events"])
# The keywords know neither phages nor robots; the editor does.
TEXTS = [
    (f"Phagen gegen Keime {n}", f"Bakteriophagen der Firma {n} helfen gegen Keime.", "biotech")
    for n in range(8)
]
TEXTS += [
    (f"Roboter im Operationssaal {n}", f"Der Roboter {n} hilft beim Operieren.", "medtech") for n in range(8)
]


def store_items(store: SQLStore) -> list[str]:
    ids = []
    with store.write() as unit:
        unit.sources.put([Source(id="s", name="S", url="https://s.example/feed")])
        for number, (title, text, _) in enumerate(TEXTS):
            ids.append(f"i{number}")
            unit.items.put([
                Item(
                    id=f"i{number}", source_id="s", guid=None, url=f"https://s.example/{number}", title=title, text=text,
                    first_seen=NOW, last_seen=NOW, fingerprint=f"f{number}",
                    judgement=Judgement(language=LanguageVerdict(language="de", confidence=1.0), judged_fingerprint=f"f{number}"),
                )
            ])  # fmt: skip
    return ids


def correct_all(store: SQLStore, ids: list[str]) -> None:
    for item_id, (_, _, wanted) in zip(ids, TEXTS, strict=True):
        correct(store=store, clock=CLOCK, taxonomy=TAXONOMY, item_id=item_id, topics=[wanted], by="anna")


def run(store: SQLStore) -> learn.LearnReport:
    return learn.learn(store=store, clock=CLOCK, keywords=KEYWORDS, learner=LEARNER)


def test_a_correction_changes_the_item_and_is_kept(sqlite_store: SQLStore) -> None:
    """Item, record and audit, in one transaction; the item waits for grouping again."""
    ids = store_items(sqlite_store)
    made = correct(
        store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=ids[0], by="anna",
        language="en", topics=["events", "biotech"], kind="event",
    )  # fmt: skip
    assert (
        made.language.language,
        made.kind,
        [t.id for t in made.topics],
    ) == ("en", Kind.EVENT, ["events", "biotech"])
    with sqlite_store.read() as unit:
        assert made == unit.items.get(ids)[ids[0]].judgement
        assert {"language", "topics", "kind"} == {record.what.value for record in unit.stories.corrections()}
        assert ids[0] in unit.stories.queued(limit=9)
        assert unit.audit.recent()[0].by == "anna"


@pytest.mark.parametrize(
    "wrong",
    [{}, {"language": "xx"}, {"topics": ["nothing"]}, {"kind": "novel"}],
    ids=["nothing", "language", "topic", "kind"],
)
def test_a_wrong_correction_is_refused_with_advice(sqlite_store: SQLStore, wrong: dict) -> None:
    """Names what there is; nothing is stored."""
    ids = store_items(sqlite_store)
    with pytest.raises(UsageError):
        correct(store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=ids[0], by="anna", **wrong)
    with sqlite_store.read() as unit:
        assert list(unit.stories.corrections()) == []


def test_an_unknown_or_unjudged_item_is_refused(sqlite_store: SQLStore) -> None:
    """There is nothing to correct yet."""
    with pytest.raises(NotFoundError):
        correct(store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id="none", by="anna", language="de")
    with sqlite_store.write() as unit:
        unit.items.put([
            Item(id="x", source_id="s", guid=None, url="", title="x", first_seen=NOW, last_seen=NOW, fingerprint="f")
        ])  # fmt: skip
    with pytest.raises(IllegalStepError):
        correct(store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id="x", by="anna", language="de")


def test_too_few_corrections_teach_nothing(sqlite_store: SQLStore) -> None:
    """Two of a kind may be chance; nothing is activated before the third."""
    ids = store_items(sqlite_store)
    for item_id in ids[:2]:
        correct(
            store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=item_id, topics=["biotech"], by="anna"
        )
    report = run(sqlite_store)
    assert (report.is_activated, report.topics) == (False, ())
    assert "too few" in report.line


def test_three_corrections_of_one_mistake_are_learned_and_can_be_rolled_back(
    sqlite_store: SQLStore,
) -> None:
    """The next story of the kind is given the topic, the others nothing; the report says it in a sentence."""
    for item_id in store_items(sqlite_store)[:3]:
        correct(
            store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=item_id, topics=["biotech"], by="anna"
        )
    report = run(sqlite_store)
    with sqlite_store.read() as unit:
        _, model = learn.active_model(unit.runs)
    assert model is not None
    scorer = learn.scorer(model, LEARNER)
    named = [
        [one.id for one in topic.choose(scorer.score(title=title, text=""))]
        for title in ("Bakteriophagen in Aue", "Roboter im Operationssaal", "Messe in Aue")
    ]
    assert (report.is_activated, named) == (True, [["biotech"], [], ["events"]])
    assert any("is about biotech (3 corrected stories" in line for line in report.lessons)
    assert learn.roll_back(store=sqlite_store, clock=CLOCK).active == 0


def test_learning_helps_on_texts_it_has_not_seen(sqlite_store: SQLStore) -> None:
    """The report is by cross-validation; the activated scorer knows what the keywords did not."""
    correct_all(sqlite_store, store_items(sqlite_store))
    report = run(sqlite_store)
    assert report.is_activated
    assert report.keywords < 1 < 80 < report.after
    with sqlite_store.read() as unit:
        number, model = learn.active_model(unit.runs)
    assert model is not None
    found = topic.choose(
        learn.scorer(model, LEARNER).score(title="Neue Phagen", text="Bakteriophagen gegen Keime in Aue.")
    )
    assert (number, [one.id for one in found]) == (1, ["biotech"])
    assert any("learned" in reason for reason in found[0].reasons)


def test_learning_again_without_news_changes_nothing(sqlite_store: SQLStore) -> None:
    """The nightly job does not pile up versions."""
    correct_all(sqlite_store, store_items(sqlite_store))
    run(sqlite_store)
    again = run(sqlite_store)
    assert (again.is_activated, again.version) == (False, 1)
    with sqlite_store.read() as unit:
        assert len(learn.read_shelf(unit.runs).versions) == 1


def test_no_gain_is_no_activation(sqlite_store: SQLStore) -> None:
    """Where the keywords are right already, they stay alone."""
    ids = store_items(sqlite_store)
    with sqlite_store.write() as unit:
        for number, item in enumerate(unit.items.get(ids).values()):
            name = ("biotech", "implant", "messe")[number % 3]
            unit.items.put(
                [
                    Item(
                        **{
                            **{f: getattr(item, f) for f in Item.__dataclass_fields__},
                            "title": f"{name} {number}",
                            "text": "",
                        }
                    )
                ]
            )
    with sqlite_store.read() as unit:
        titles = {item.id: item.title.split()[0] for item in unit.items.get(ids).values()}
    names = {"biotech": "biotech", "implant": "medtech", "messe": "events"}
    for item_id in ids:
        correct(
            store=sqlite_store,
            clock=CLOCK,
            taxonomy=TAXONOMY,
            item_id=item_id,
            topics=[names[titles[item_id]]],
            by="a",
        )
    report = run(sqlite_store)
    assert (report.is_activated, report.keywords) == (False, 100.0)
    with sqlite_store.read() as unit:
        assert learn.active_model(unit.runs) == (0, None)


@pytest.mark.parametrize("seed", range(4))
def test_corrections_without_a_pattern_are_not_activated(sqlite_store: SQLStore, seed: int) -> None:
    """What does not help on stories it has not seen never replaces what works, however often it is said."""
    ids = store_items(sqlite_store)
    chance = random.Random(seed)
    drawn = [chance.choice(["biotech", "medtech", "events"]) for _ in ids]
    with sqlite_store.write() as unit:
        for number, item in enumerate(unit.items.get(ids).values()):
            name = ("biotech", "implant", "messe")[number % 3]
            unit.items.put([replace(item, title=f"{name} {chance.random()}", text="")])
    for item_id, name in zip(ids, drawn, strict=True):
        correct(store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=item_id, topics=[name], by="a")
    report = run(sqlite_store)
    assert not report.is_activated
    with sqlite_store.read() as unit:
        assert learn.active_model(unit.runs) == (0, None)


def test_a_version_can_be_rolled_back(sqlite_store: SQLStore) -> None:
    """Back to the keywords, and forward again; unknown versions are refused."""
    correct_all(sqlite_store, store_items(sqlite_store))
    run(sqlite_store)
    assert learn.roll_back(store=sqlite_store, clock=CLOCK).active == 0
    assert learn.roll_back(store=sqlite_store, clock=CLOCK, to=1).active == 1
    with pytest.raises(UsageError):
        learn.roll_back(store=sqlite_store, clock=CLOCK, to=7)
    learn.roll_back(store=sqlite_store, clock=CLOCK)
    with pytest.raises(UsageError):
        learn.roll_back(store=sqlite_store, clock=CLOCK)


def test_activation_puts_recent_items_before_the_judge_again(sqlite_store: SQLStore) -> None:
    """The coming edition profits; what an editor said is kept by the judge."""
    ids = store_items(sqlite_store)
    correct_all(sqlite_store, ids)
    run(sqlite_store)
    with sqlite_store.read() as unit:
        assert set(ids) == {item.id for item in unit.items.unjudged(limit=99)}


def test_the_same_correction_of_a_source_becomes_advice(sqlite_store: SQLStore) -> None:
    """Three times the same language: a setting would have spared them."""
    ids = store_items(sqlite_store)
    for item_id in ids[:3]:
        correct(store=sqlite_store, clock=CLOCK, taxonomy=TAXONOMY, item_id=item_id, language="en", by="anna")
    assert any("fixed_language: en" in line for line in run(sqlite_store).advice)


def test_the_last_word_counts(sqlite_store: SQLStore) -> None:
    """An editor may change their mind."""
    ids = store_items(sqlite_store)
    correct_all(sqlite_store, ids)
    later = FixedClock(NOW + timedelta(hours=1))
    for item_id in ids:
        correct(
            store=sqlite_store, clock=later, taxonomy=TAXONOMY, item_id=item_id, topics=["events"], by="anna"
        )
    assert run(sqlite_store).topics == ("events",)


@pytest.mark.parametrize("model", ["", "{}", "[]", '{"format": 99}', "no json"])
def test_a_damaged_model_is_named(model: str) -> None:
    """With advice, instead of judging wrongly."""
    with pytest.raises(SettingsError, match="newsdigest learn"):
        LEARNER.scorer(model)


def test_a_model_can_be_read_word_by_word() -> None:
    """What was learned is open to argument."""
    examples = [TopicExample(title=t, text=x, topics=frozenset({w}), group=t) for t, x, w in TEXTS]
    model = LEARNER.fit(examples)
    assert '"bakteri"' in model
    assert model == LEARNER.fit(examples)
