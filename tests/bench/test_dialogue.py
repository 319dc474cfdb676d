"""The part about the dialogue at its smallest. How fast anything is, is not asked."""

import pytest

from bench.dialogue import answers_row, situations, turns_row
from dialogue.evaluation.scenarios import read_set
from tests.dialogue.playing import OWN, PUBLIC

pytestmark = pytest.mark.timeout(300)


def test_each_text_of_both_sets_is_a_turn() -> None:
    scenarios = [*read_set(PUBLIC).scenarios, *read_set(OWN).scenarios]
    assert len(situations()) == sum(len(scenario.turns) for scenario in scenarios)


def test_engine_is_measured_beside_the_rate_that_is_asked_of_it() -> None:
    row = turns_row(rounds=1)
    assert row.figure.endswith("/s")
    assert row.ratio
    assert row.wanted


async def test_answers_come_out_and_their_times_are_told() -> None:
    row = await answers_row(seconds=1)
    assert "20 texts at 20/s" in row.what
    assert row.figure.startswith("p99 ")
    assert "NOT SENT" not in row.figure
    assert row.missed == (row.ratio is not None and row.ratio > 1)
