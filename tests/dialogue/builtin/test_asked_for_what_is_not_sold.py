"""Who asks for what the company does not sell is answered by a person, and offered nothing else."""

import pytest

from tests.dialogue.conversing import GARAGE, SALON, Talk


@pytest.mark.parametrize(
    "text", ["gör ni bromsok?", "lagar ni däcktryckssensorer", "säljer ni däckskor?"]
)
def test_another_compound_of_what_is_sold_is_none_of_it(text: str) -> None:
    turn = Talk(business=GARAGE).say(text)
    assert (turn.offered, turn.unanswered) == ((), True)


@pytest.mark.parametrize(
    "text",
    ["måste jag vara med hela tiden?", "behöver jag skjuts hem efteråt", "bör man komma tidigt"],
)
def test_question_about_the_visit_without_an_answer_goes_to_a_person(text: str) -> None:
    turn = Talk(business=SALON).say(text)
    assert (turn.offered, turn.unanswered) == ((), True)


@pytest.mark.parametrize("text", ["är ni där?", "kan du hjälpa mig?", "får jag fråga en sak"])
def test_who_only_begins_is_asked_what_it_is_about(text: str) -> None:
    turn = Talk().say(text)
    assert (turn.effects, turn.unanswered) == ((), False)
