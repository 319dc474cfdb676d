"""The conversations of both sets, through the tools of a model that decides as the built-in engine.

The scripted model speaks the real protocol; what it may not write itself it gets from code. It must
pass whatever the built-in engine passes: else a tool is missing, or a guard stands in the way.
"""

import asyncio
from collections.abc import Iterator

import pytest

from dialogue.builtin.engine import take_turn
from dialogue.engines import Decided, Question, by_builtin, by_model, wants_no_model
from dialogue.evaluation.scenarios import Scenario, read_set
from dialogue.model.endpoint import Endpoint
from dialogue.turns import Situation, Turn
from tests.dialogue.playing import OWN, PUBLIC, play
from tests.fakes.model import model_server
from tests.fakes.model_decisions import Decisions

SETS = {"public": read_set(PUBLIC), "own": read_set(OWN)}
PLAYED = [(name, scenario) for name, one in SETS.items() for scenario in one.scenarios]


class ScriptedModel:
    """The engine of the product with a model, for a player that does not wait."""

    def __init__(self) -> None:
        self.script = Decisions()
        self.decided: list[Decided] = []
        self._runner = asyncio.Runner()
        self._server = model_server(self.script)
        fake = self._runner.run(self._server.__aenter__())
        self._endpoint = Endpoint(fake.settings())

    def __call__(self, text: str, situation: Situation) -> Turn:
        own = by_builtin(take_turn, text, situation)
        if wants_no_model(own.turn):
            return own.turn
        self.script.expect(text, situation)
        question = Question(text, situation, self._endpoint)
        self.decided.append(self._runner.run(by_model(question, take_turn)))
        return self.decided[-1].turn

    def close(self) -> None:
        self._runner.run(self._endpoint.aclose())
        self._runner.run(self._server.__aexit__(None, None, None))
        self._runner.close()


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    scripted = ScriptedModel()
    yield scripted
    scripted.close()


@pytest.mark.parametrize(
    ("name", "scenario"), PLAYED, ids=[f"{name}-{scenario.id}" for name, scenario in PLAYED]
)
def test_scripted_model_reaches_what_the_built_in_engine_reaches(
    name: str, scenario: Scenario, model: ScriptedModel
) -> None:
    company = SETS[name].company(scenario)
    model.decided.clear()
    faults = play(scenario, company, model)
    assert not faults or play(scenario, company), "\n".join(faults)
    by = [(decided.engine, decided.refused, decided.turn.reply) for decided in model.decided]
    assert all(engine == "model" for engine, _, _ in by), by
