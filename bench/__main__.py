"""`python -m bench [PART...]`: measures, prints one table, and ends with 1 when a promise is missed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import typer

from bench import callback_list, calls, commit, dialogue, memory, texts, tracker
from bench.table import Options, Row, printed
from ringback.logs import set_up_logs

PARTS: Mapping[str, Callable[[Options], Awaitable[list[Row]]]] = {
    "calls": calls.measure,
    "tracker": tracker.measure,
    "memory": memory.measure,
    "commit": commit.measure,
    "texts": texts.measure,
    "dialogue": dialogue.measure,
    "callbacks": callback_list.measure,
}

_D = Options()
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    parts: Annotated[list[str] | None, typer.Argument(help=f"Of {', '.join(PARTS)}.")] = None,
    events: Annotated[int, typer.Option(help="For each reader in each round.", min=1)] = _D.events,
    rounds: Annotated[int, typer.Option(help="The median counts.", min=1)] = _D.rounds,
    calls_up: Annotated[int, typer.Option(help="The most at once.", min=10)] = _D.calls_up,
    seconds: Annotated[
        int, typer.Option(help="Of real calls; of texts at most 8.", min=1)
    ] = _D.seconds,
    install: Annotated[bool, typer.Option(help="Load missing peers.")] = True,
) -> None:
    """Measures the parts, all of them when none is named."""
    unknown = set(parts or ()) - set(PARTS)
    if unknown:
        raise typer.BadParameter(f"There is no part {sorted(unknown)[0]!r}: {', '.join(PARTS)}.")
    set_up_logs(logging.ERROR)
    options = Options(events, rounds, calls_up, seconds, install)
    rows = asyncio.run(_all(parts or list(PARTS), options))
    typer.echo(printed(rows))
    if any(row.missed for row in rows):
        raise typer.Exit(1)


async def _all(parts: list[str], options: Options) -> list[Row]:
    rows = []
    for part in parts:
        typer.echo(f"measuring {part} ...", err=True)
        rows += await PARTS[part](options)
    return rows


if __name__ == "__main__":
    app()
