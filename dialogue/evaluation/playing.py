"""A set is played and judged, conversation by conversation.

In: a set and where to play it. Out: for each conversation the turns that failed, with what was wrong.
Stands between `scenarios` and `scoring`.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from dialogue.evaluation.judging import Judge
from dialogue.evaluation.scenarios import Company, Scenario, ScenarioSet
from dialogue.evaluation.stage import Stages
from ringback.errors import BadInput


@dataclass(frozen=True, slots=True)
class FailedTurn:
    """A turn that did not hold what was expected of it.

    Attributes:
        number: From 1.
        user: What the caller wrote.
        reply: What was sent, or None.
        wrong: In plain words.
    """

    number: int
    user: str
    reply: str | None
    wrong: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """A conversation, and what was wrong with it; it passes when nothing was."""

    scenario: Scenario
    failed: tuple[FailedTurn, ...]

    @property
    def passed(self) -> bool:
        """Whether every turn passed."""
        return not self.failed


async def play_set(known: ScenarioSet, stages: Stages) -> AsyncIterator[Played]:
    """Play all conversations, one after the other."""
    for scenario in known.scenarios:
        try:
            yield await play(scenario, known.company(scenario), stages)
        except BadInput as wrong:
            raise BadInput(f"{scenario.id}: {wrong}") from wrong


async def play(scenario: Scenario, company: Company, stages: Stages) -> Played:
    """Play a whole conversation, also when a turn fails."""
    failed, judge = [], Judge(company, scenario)
    async with stages.open(company, scenario) as stage:
        for number, step in enumerate(scenario.turns, 1):
            seen = await stage.turn(step.user, step.at)
            if wrong := judge.turn(step, seen):
                failed.append(FailedTurn(number, step.user, seen.text, tuple(wrong)))
    return Played(scenario, tuple(failed))
