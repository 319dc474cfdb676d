"""All sets on rows, through the steps that serve customers, from inside and from outside."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from dialogue.evaluation.judging import Judge
from dialogue.evaluation.playing import play_set
from dialogue.evaluation.scenarios import ScenarioSet, read_set
from dialogue.evaluation.seen import Seen
from dialogue.evaluation.stage import Stages
from tests.dialogue.playing import MORE, OWN, PUBLIC

LEAST = 0.95
_PLAYED: dict[Path, dict[str, object]] = {}
pytestmark = pytest.mark.timeout(400)


async def failed(folder: Path, stages: Stages) -> dict[str, object]:
    """What went wrong, by conversation; each set is played once."""
    if folder not in _PLAYED:
        played = [one async for one in play_set(read_set(folder), stages)]
        _PLAYED[folder] = {one.scenario.id: one.failed for one in played if not one.passed}
    return _PLAYED[folder]


@pytest.mark.parametrize("folder", [PUBLIC, OWN, MORE], ids=["public", "own", "more"])
async def test_at_least_nineteen_of_twenty_conversations_pass(folder: Path, stages: Stages) -> None:
    wrong = await failed(folder, stages)
    share = 1 - len(wrong) / len(read_set(folder).scenarios)
    assert share >= LEAST, wrong


async def test_every_conversation_with_further_companies_passes(stages: Stages) -> None:
    assert await failed(MORE, stages) == {}


async def test_the_score_from_outside_is_the_one_from_inside(stages: Stages) -> None:
    known = read_set(PUBLIC)
    assert judged_from_outside(known, PUBLIC) == set(await failed(PUBLIC, stages))


def judged_from_outside(known: ScenarioSet, folder: Path) -> set[str]:
    """Which conversations fail when the judge knows nothing but the lines."""
    wrong = set()
    with spoken_to() as ask:
        for scenario in known.scenarios:
            written = read(folder / "scenarios" / f"{scenario.id}.yaml")
            context = {k: v for k, v in written["context"].items() if k != "note"}
            company = read(folder / "businesses" / f"{scenario.business}.yaml")
            told = {key: written[key] for key in ("now", "caller")}
            reset = {"op": "reset", "business": company, "context": context, **told}
            assert ask(reset) == {"ok": True}
            judge = Judge(known.company(scenario), scenario)
            for step, turn in zip(scenario.turns, written["turns"], strict=True):
                told["now"] = turn.get("at", told["now"])
                seen = ask({"op": "turn", "text": turn["user"], "now": told["now"]})
                if judge.turn(step, Seen.model_validate(seen)):
                    wrong.add(scenario.id)
    return wrong


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


@contextmanager
def spoken_to() -> Iterator[Any]:
    """The program as somebody else starts it; it ends when nobody speaks to it any more."""
    words = [sys.executable, "-m", "ringback", "dialogue-eval", "--stdio"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        there, back = process.stdin, process.stdout
        assert there
        assert back

        def ask(order: object) -> Any:
            there.write(json.dumps(order).encode() + b"\n")
            there.flush()
            return json.loads(back.readline())

        try:
            yield ask
        finally:
            there.close()
            assert process.wait(timeout=60) == 0
