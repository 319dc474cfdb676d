"""Two sets of scripted conversations, through the built-in engine alone.

On rows, as customers are served, they are played in `evaluation/test_sets.py`. A scenario in `NOT_YET`
must fail: when one starts to pass, it is taken off the list.
"""

import re
from collections.abc import Callable

import pytest

from dialogue.evaluation.scenarios import Scenario, read_set
from tests.dialogue.playing import PUBLIC, play

NOT_YET: frozenset[str] = frozenset()

SET = read_set(PUBLIC)


@pytest.mark.parametrize("scenario", SET.scenarios, ids=lambda scenario: scenario.id)
def test_a_scenario_passes_unless_it_is_listed_as_not_yet(scenario: Scenario) -> None:
    faults = play(scenario, SET.company(scenario))
    if scenario.id in NOT_YET:
        assert faults, "passes now: take it off NOT_YET"
    else:
        assert not faults, "\n".join(faults)


def without_dots(text: str) -> str:
    return text.translate(str.maketrans("åäöÅÄÖ", "aaoAAO"))


def without_signs(text: str) -> str:
    return re.sub(r"(?<!\d)[,.!?](?!\d)", " ", text)


def signed(text: str) -> str:
    return f"{text} mvh Lisa Ek"


def with_a_smile(text: str) -> str:
    return f"{text} 🙂"


def rewritten(scenario: Scenario, slip: Callable[[str], str]) -> Scenario:
    turns = tuple(
        step
        if step.user in ("STOPP", "START")
        else step.model_copy(update={"user": slip(step.user)})
        for step in scenario.turns
    )
    return scenario.model_copy(update={"turns": turns})


@pytest.mark.parametrize("slip", [without_dots, without_signs, signed, with_a_smile, str.upper])
def test_the_way_of_writing_makes_no_difference(slip: Callable[[str], str]) -> None:
    failing = [
        scenario.id
        for scenario in SET.scenarios
        if not (slip is signed and scenario.lang != "sv")
        and play(rewritten(scenario, slip), SET.company(scenario))
    ]
    assert set(failing) <= NOT_YET


def test_the_set_is_whole() -> None:
    assert len(SET.scenarios) == 60
    assert {scenario.id for scenario in SET.scenarios} >= NOT_YET
