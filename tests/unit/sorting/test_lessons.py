"""The same mistake corrected three times is not made again, and nothing broader is learned from it."""

from __future__ import annotations

import pytest

from newsdigest.adapters.keyword_scorer import KeywordScorer
from newsdigest.model.topics import Taxonomy, Topic, TopicExample
from newsdigest.sorting import lessons, topic
from newsdigest.sorting.lessons import Lesson, LessonScorer

KEYWORDS = KeywordScorer(
    Taxonomy(
        topics=(
            Topic(id="care", names=(("de", "Pflege"), ("en", "Care")), keywords=(("any", ("pflege",)),)),
            Topic(id="research", names=(("de", "F"), ("en", "R")), keywords=(("any", ("studie", "forschung")),)),
        )
    )
)  # fmt: skip


def said(title: str, *topics: str, story: str = "") -> TopicExample:
    return TopicExample(title=title, text="", topics=frozenset(topics), group=story or title)


def given(title: str, *taught: Lesson) -> list[str]:
    return [one.id for one in topic.choose(LessonScorer(KEYWORDS, taught).score(title=title, text=""))]


MISSED = [
    said("Exoskelett hilft beim Heben", "care"),
    said("Neues Exoskelett aus Riesa", "care"),
    said("Klinik testet Exoskelette", "care"),
]
WRONG = [
    said("Marktstudie zu Laborbedarf"),
    said("Marktstudie zeigt Wachstum"),
    said("Kundenstudie der Messe"),
]


def test_a_word_of_three_missed_stories_gives_the_topic() -> None:
    """The fourth story of the kind comes right, whatever its ending, and says why."""
    (lesson,) = lessons.find(MISSED, KEYWORDS)
    assert Lesson(does="gives", topic="care", word="exoskelet", stories=3) == lesson
    assert (
        given("Exoskeletten gehört die Zukunft", lesson),
        given("Neues aus Riesa", lesson),
    ) == (["care"], [])
    assert (
        "learned: exoskelet…"
        in LessonScorer(KEYWORDS, [lesson]).score(title="Exoskelett", text="")[0].reasons
    )


def test_a_keyword_that_was_wrong_in_three_stories_gives_the_topic_no_more() -> None:
    """By itself only: another keyword of the topic still does."""
    (lesson,) = lessons.find(WRONG, KEYWORDS)
    assert Lesson(does="takes", topic="research", word="studie", stories=3) == lesson
    assert (
        given("Leserstudie im Herbst", lesson),
        given("Studie aus der Forschung", lesson),
    ) == ([], ["research"])


@pytest.mark.parametrize(
    "examples",
    [
        MISSED[:2],
        [MISSED[0], MISSED[1], said("Exoskelett: noch ein Bericht", "care", story=MISSED[0].group)],
        [*MISSED, said("Exoskelett für Lagerarbeiter")],
        [*WRONG, said("Studie zu Herzklappen", "research")],
    ],
    ids=["two", "two_stories_told_three_times", "one_says_otherwise", "keyword_was_right_once"],
)
def test_what_is_not_plain_teaches_nothing(examples: list[TopicExample]) -> None:
    """Three stories, not tellings, and no word to the contrary."""
    assert lessons.find(examples, KEYWORDS) == ()


@pytest.mark.parametrize("examples", [MISSED, WRONG], ids=["gives", "takes"])
def test_what_would_change_many_other_stories_teaches_nothing(examples: list[TopicExample]) -> None:
    """Thirty-one stored stories that nobody corrected outweigh three."""
    stock = [said(f"Exoskelett oder Studie, Meldung {number}") for number in range(31)]
    assert lessons.find(examples, KEYWORDS, stock=stock) == ()
    assert [found.touches for found in lessons.find(examples, KEYWORDS, stock=stock[:5])] == [5]


def test_lessons_survive_being_kept() -> None:
    """What a version keeps is what was learned."""
    found = lessons.find([*MISSED, *WRONG], KEYWORDS)
    assert found == lessons.from_plain(lessons.to_plain(found))
    assert len(found) == 2
