"""Who asks for what the company does not sell is answered by a person, and offered nothing else."""

import pytest

from ringback.business import Answer
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


def test_price_of_another_thing_is_no_answer_that_tells_no_money() -> None:
    faq = (Answer(id="g", question="Vad har ni för garanti på bågar?", answer="2 år på bågar."),)
    turn = Talk(business=GARAGE.model_copy(update={"faq": faq})).say("hur mycket kostar era bågar?")
    assert (turn.used, turn.unanswered) == ((), True)


def test_how_late_it_is_open_is_not_about_coming_late() -> None:
    faq = (
        Answer(id="late", question="Vad händer om jag blir sen?", answer="Vi väntar i 10 minuter."),
    )
    turn = Talk(business=GARAGE.model_copy(update={"faq": faq})).say("hur sent har ni öppet idag")
    assert turn.used == ("hours",)


def test_number_to_ring_is_told() -> None:
    assert Talk().say("har du nåt nummer jag kan ringa").used == ("phone",)


def test_what_cancelling_costs_is_told_without_a_sign_of_asking() -> None:
    turn = Talk().say("kostar det något att avboka")
    assert turn.used == ("policy",)
