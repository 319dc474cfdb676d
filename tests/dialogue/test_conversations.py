"""The 60 conversations of the acceptance set, played through the built-in engine and judged.

A scenario in `NOT_YET` must fail: when one starts to pass, it is taken off the list.
"""

from typing import Any

import pytest

from tests.dialogue.playing import load_businesses, load_scenarios, play

NOT_YET: frozenset[str] = frozenset()

BUSINESSES = load_businesses()
SCENARIOS = load_scenarios()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["id"])
def test_a_scenario_passes_unless_it_is_listed_as_not_yet(scenario: dict[str, Any]) -> None:
    business, taken, secrets = BUSINESSES[scenario["business"]]
    faults = play(scenario, business, taken, secrets)
    if scenario["id"] in NOT_YET:
        assert faults, "passes now: take it off NOT_YET"
    else:
        assert not faults, "\n".join(faults)


def test_the_set_is_whole() -> None:
    assert len(SCENARIOS) == 60
    assert {scenario["id"] for scenario in SCENARIOS} >= NOT_YET
