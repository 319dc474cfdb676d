"""The command line: `ringback run`, `demo`, `replay`, `add …`, `list`, `remove …`.

Wrong input and what is out of reach end in one or two plain lines on standard error and exit code 2.
"""

import asyncio
import logging
import shutil
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Any

import typer

from pbx_adapter.replay import as_json, replay
from pbx_adapter.site import Site
from pbx_adapter.traces import clock_of
from ringback import commands
from ringback.calls import Call
from ringback.demo import DemoPbx, demo, recorded_pbx
from ringback.errors import BadInput, RingbackError
from ringback.folder import one_process
from ringback.logs import set_up_logs
from ringback.settings import Part, read_settings
from ringback.wiring import ALL, listen, open_parts
from ringback.wiring import run as run_parts

app = typer.Typer(
    help=__doc__, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
app.add_typer(commands.add, name="add")
app.add_typer(commands.remove, name="remove")
app.command("list")(commands.show)

Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")]


@app.command()
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

    _finish(work())


@app.command("demo")
def demo_(
    port: Annotated[int, typer.Option(help="Port of the portal.")] = 8025,
    folder: Annotated[Path, typer.Option(help="Emptied at each start.")] = Path("var/demo"),
    verbose: Verbose = False,
) -> None:
    """Show the product on a sample hair salon, with recorded calls and simulated phones."""
    show_demo(recorded_pbx, port, folder, verbose)


def show_demo(
    pbx: Callable[[], AbstractAsyncContextManager[DemoPbx]],
    port: int,
    folder: Path,
    verbose: bool = False,
) -> None:
    """Run the demo with the PBX that `pbx()` opens."""
    set_up_logs(logging.INFO if verbose else logging.WARNING)

    async def work() -> None:
        settings = read_settings(var=folder, database_url="", sms_provider="simulator", port=port)
        listening = listen(settings, instead="choose another with --port")
        _empty(folder)
        async with pbx() as source, open_parts(settings) as opened:
            await demo(opened, source, listening, typer.echo)

    _finish(work())


@app.command("replay")
def replay_(
    files: Annotated[list[Path], typer.Argument(help="Recorded AMI traffic, .ami or .ami.gz.")],
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    include_open: Annotated[
        bool, typer.Option("--open", help="Also calls that had not ended.")
    ] = False,
) -> None:
    """Tell the calls of recorded AMI traffic; several files are connections of one link."""

    async def work() -> None:
        known = Site.from_toml(_text(site)) if site else Site()
        for file in files:
            if clock_of(file) is None:
                typer.echo(f"{file} has no clock beside it: all its times are 0.", err=True)
        for call in replay(files, known, include_open=include_open):
            typer.echo(as_json(call) if json else _line(call))

    _finish(work())


def _line(call: Call) -> str:
    who = call.caller_e164 or call.caller or "withheld"
    what = call.reason or call.outcome or "unknown"
    return f"{call.start:9.2f}  {call.direction:8}  {who:15}  {what}  {call.wait_s:.1f} s"


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as refused:
        raise BadInput(f"{path} can't be read as text: {refused}.") from refused


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


def _finish(work: Coroutine[Any, Any, None]) -> None:
    """Run to the end; errors that are ours become lines, not tracebacks."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        return
    except RingbackError as fault:
        _say_and_exit(fault)
    except BaseExceptionGroup as group:
        ours, others = group.split(RingbackError)
        if ours is None or others is not None:
            raise
        _say_and_exit(_first(ours))


def _first(group: BaseExceptionGroup[RingbackError]) -> RingbackError:
    inner = group.exceptions[0]
    return _first(inner) if isinstance(inner, BaseExceptionGroup) else inner


def _say_and_exit(fault: RingbackError) -> None:
    typer.echo(str(fault), err=True)
    raise SystemExit(2)


def main() -> None:
    """Entry point of the command `ringback`."""
    app()


if __name__ == "__main__":
    main()
