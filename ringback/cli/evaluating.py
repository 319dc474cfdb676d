"""The command `ringback dialogue-eval`: scripted conversations with the assistant, judged.

In: a folder with a set, or lines on standard input. Out: the share that passed, by kind, and what was
wrong; exit code 1 when it is below `--min`. The texts go through the product's own inbox and steps,
on databases in a temporary folder; nothing of an installation is read or touched.
"""

import asyncio
import json
import logging
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from dialogue.evaluation.furnishing import ACCOUNT
from dialogue.evaluation.lines import answers
from dialogue.evaluation.playing import play_set
from dialogue.evaluation.scenarios import ScenarioSet, read_set
from dialogue.evaluation.scoring import Score
from dialogue.evaluation.stage import Stages, Steps, open_stages
from dialogue.model.endpoint import Endpoint
from dialogue.model.endpoints import read_endpoints
from dialogue.model.engine import Asks
from ringback.cli.finishing import finish
from ringback.clock import Clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.logs import set_up_logs
from ringback.settings import Settings, read_settings
from ringback.wiring import Parts
from sms_gateway.inbox import Inbox
from sms_gateway.provider import Account
from sms_gateway.providers.phones import StoredPhones
from sms_gateway.providers.simulator import Simulator

_PLENTY_KR = 1_000_000.0  # of the model: who evaluates it has decided to pay


class EngineName(StrEnum):
    """Which engine understands the texts."""

    BUILTIN = "builtin"
    MODEL = "model"


def dialogue_eval(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Holds businesses/ and scenarios/.")
    ] = None,
    engine: Annotated[
        EngineName, typer.Option(help="Which engine understands the texts.")
    ] = EngineName.BUILTIN,
    endpoint: Annotated[
        str, typer.Option(help="The model's, of RINGBACK_MODELS; not needed while there is one.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    least: Annotated[
        float | None,
        typer.Option("--min", min=0, max=1, help="Exit code 1 when a smaller share passes."),
    ] = None,
    runs: Annotated[int, typer.Option(help="How often the set is played.", min=1)] = 1,
    stdio: Annotated[
        bool, typer.Option("--stdio", help="Be judged from outside: JSON lines in and out.")
    ] = False,
) -> None:
    """Play scripted conversations with the assistant, and tell the share that passes."""
    # A model that gave no turn is a warning: the built-in engine's answer stands in its place.
    set_up_logs(logging.WARNING if engine is EngineName.MODEL else logging.ERROR)
    scores: list[Score] = []

    async def work() -> None:
        if stdio == (folder is not None):
            raise BadInput("Name the folder of a set, or write --stdio; one of both.")
        known = read_set(folder) if folder else None
        async with (
            _model(engine, endpoint) as (models, assistant),
            open_stages(partial(served, models=models), assistant) as stages,
        ):
            if known:
                scores.append(await _score(known, stages, runs))
            else:
                await _speak(stages)

    finish(work())
    for score in scores:
        typer.echo(_as_json(score) if as_json else "\n".join(score.lines()))
        if least is not None and score.lowest < least:
            raise SystemExit(1)


def served(
    settings: Settings, db: Database, clock: Clock, models: Mapping[str, Asks] | None = None
) -> Steps:
    """The inbox and the dialogue's steps, wired as in the product."""
    inbox = Inbox(db, clock)
    phones = Simulator(StoredPhones(db), inbox.settle, "", clock)
    accounts = {ACCOUNT: Account(phones)}
    parts = Parts(settings, db, clock, accounts, inbox, models=models or {})
    return Steps(inbox.receive, parts.steps(("dialogue",))["dialogue"])


@asynccontextmanager
async def _model(
    engine: EngineName, name: str
) -> AsyncIterator[tuple[Mapping[str, Asks], Mapping[str, Any]]]:
    """The model, and the settings of an assistant that asks it; neither for the built-in engine."""
    if engine is EngineName.BUILTIN:
        yield {}, {}
        return
    known = read_endpoints(read_settings().models)
    if not known:
        raise BadInput("There is no model endpoint; name their file in RINGBACK_MODELS.")
    if name not in known and (name or len(known) > 1):
        raise BadInput(f"Say which endpoint with --endpoint: {', '.join(known)}.")
    model = Endpoint(known[name or next(iter(known))])
    chosen = model.settings.name
    async with aclosing(model):
        yield (
            {chosen: model},
            {"engine": "model", "endpoint": chosen, "month_budget_kr": _PLENTY_KR},
        )


async def _score(known: ScenarioSet, stages: Stages, runs: int) -> Score:
    played = []
    for _ in range(runs):
        played.append(tuple([one async for one in play_set(known, stages)]))
    return Score(tuple(played))


def _as_json(score: Score) -> str:
    return json.dumps(score.to_json(), ensure_ascii=False)


async def _speak(stages: Stages) -> None:
    async for answer in answers(_lines(), stages):
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


async def _lines() -> AsyncIterator[bytes]:
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        yield line
