"""The dialogue: turns a second of the built-in engine, and how long an answer takes on SQLite.

The texts are those of the scripted conversations in `tests/data`, each with what was said before it.

- turns: the engine alone, in a situation that is at hand, by the processor time of one core.
- answers: the product in a process of its own, from the moment when a caller's text is committed to the
  one when the reply is handed to the provider, at 20 texts a second of callers who write on.
"""

import asyncio
import json
import sys
import time
from statistics import median, quantiles

from bench.table import Options, Row, at_least, at_most
from dialogue.builtin.engine import take_turn
from dialogue.evaluation.scenarios import read_set
from dialogue.turns import Situation, Turn
from tests.dialogue.playing import OWN, PUBLIC, play

RATE = 20.0
_MOST_MS = 150.0
_MARGIN = 2.0  # the engine must leave a core time for everything else at that rate
_MORE_S = 90.0


async def measure(options: Options) -> list[Row]:
    """One row for the engine, one for the answers."""
    return [turns_row(options.rounds), await answers_row(options.seconds)]


def turns_row(rounds: int) -> Row:
    """How many turns the engine takes in a second of one core; the median of the rounds."""
    asked = situations()
    per_s = []
    for _ in range(rounds):
        began = time.process_time()
        for text, situation in asked:
            take_turn(text, situation)
        per_s.append(len(asked) / (time.process_time() - began))
    told, wanted = median(per_s), _MARGIN * RATE
    what = f"built-in engine, {len(asked)} turns of two sets"
    beside = f"{RATE:g} texts/s"
    return Row("dialogue", what, f"{told:,.0f}/s", beside, told / RATE, at_least(wanted / RATE))


def situations() -> list[tuple[str, Situation]]:
    """Every text of both sets, with the situation in which it came."""
    asked: list[tuple[str, Situation]] = []

    def noting(text: str, situation: Situation) -> Turn:
        asked.append((text, situation))
        return take_turn(text, situation)

    for folder in (PUBLIC, OWN):
        known = read_set(folder)
        for scenario in known.scenarios:
            play(scenario, known.company(scenario), noting)
    return asked


async def answers_row(seconds: int) -> Row:
    """How long callers wait; the slowest hundredth counts."""
    texts = max(int(RATE * seconds), 2)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.clients.texting", str(texts), str(RATE)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds + _MORE_S):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    told = json.loads(said)
    waits_ms: list[float] = told["waits_ms"]
    hundredths = quantiles(waits_ms, n=100)
    p50_ms, p99_ms = hundredths[49], hundredths[98]
    figure = f"p99 {p99_ms:.0f} ms (p50 {p50_ms:.0f}, slowest {max(waits_ms):.0f})"
    lost = f", {told['lost']} NOT SENT" if told["lost"] else ""
    what = f"text committed to reply at the provider, SQLite, {texts:,} texts at {RATE:g}/s"
    beside = f"p99 of {_MOST_MS:g} ms"
    return Row("dialogue", what, figure + lost, beside, p99_ms / _MOST_MS, at_most(1))
