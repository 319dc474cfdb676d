"""The commands `ringback run` and `ringback demo`."""

import logging
import shutil
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import typer

from ringback.cli.finishing import finish
from ringback.demo import DemoPbx, recorded_pbx
from ringback.demo import demo as play
from ringback.errors import BadInput
from ringback.folder import one_process
from ringback.logs import set_up_logs
from ringback.serving import listen
from ringback.settings import Part, read_settings
from ringback.wiring import ALL, open_parts
from ringback.wiring import run as run_parts

DEMO_FOLDER = Path("var/demo")
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")]


def run(
    only: Annotated[
        str, typer.Option(help="Only these parts, by comma: pbx, sms, dialogue, portal.")
    ] = "",
    verbose: Verbose = False,
) -> None:
    """Run the product."""
    parts = _parts(only)
    set_up_logs(logging.DEBUG if verbose else logging.INFO)

    async def work() -> None:
        settings = read_settings()
        listening = listen(settings) if "portal" in parts else None
        async with open_parts(settings) as opened:
            if listening:
                typer.echo(f"The portal is at {settings.address}")
            if not await opened.has_company():
                typer.echo("There is no company yet. Add one: ringback add company FILE.yaml")
            await run_parts(opened, parts, listening=listening)

    finish(work())


def demo(
    port: Annotated[
        int | None, typer.Option(help="Port of the portal; else RINGBACK_PORT, or 8025.")
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="Emptied at each start, so RINGBACK_VAR is not taken.")
    ] = DEMO_FOLDER,
    verbose: Verbose = False,
) -> None:
    """Show the product on a sample hair salon, with recorded calls and simulated phones."""
    show_demo(recorded_pbx, port, folder, verbose)


def show_demo(
    pbx: Callable[[], AbstractAsyncContextManager[DemoPbx]],
    port: int | None = None,
    folder: Path = DEMO_FOLDER,
    verbose: bool = False,
) -> None:
    """Run the demo with the PBX that `pbx()` opens, on a port or on that of the settings."""
    set_up_logs(logging.INFO if verbose else logging.WARNING)

    async def work() -> None:
        chosen = {} if port is None else {"port": port}
        settings = read_settings(var=folder, database_url="", sms_accounts=None, **chosen)
        listening = listen(settings, instead="choose another: RINGBACK_PORT=8026 make demo")
        _empty(folder)
        async with pbx() as source, open_parts(settings) as opened:
            await play(opened, source, listening, typer.echo)

    finish(work())


def _empty(folder: Path) -> None:
    """The demo's own folder, without what an earlier demo left."""
    left_by_demo = folder / "demo"
    try:
        if folder.exists() and any(folder.iterdir()):
            if not left_by_demo.exists():
                raise BadInput(
                    f"{folder} holds something that no demo has put there. "
                    "Name another with --folder."
                )
            with one_process(folder):
                shutil.rmtree(folder)
        folder.mkdir(parents=True, exist_ok=True)
        left_by_demo.touch()
    except OSError as refused:
        raise BadInput(
            f"{folder} can't be used ({refused.strerror}). Name another with --folder."
        ) from refused


def _parts(only: str) -> tuple[Part, ...]:
    named = {part.strip() for part in only.split(",")} - {""}
    chosen = tuple(part for part in ALL if part in named)
    unknown = named - set(ALL)
    if unknown:
        typer.echo(
            f"There is no part {', '.join(sorted(unknown))}; choose of {', '.join(ALL)}.", err=True
        )
        raise SystemExit(2)
    return chosen or ALL
