"""The command `ringback replay`."""

from pathlib import Path
from typing import Annotated

import typer

from pbx_adapter.replay import as_json
from pbx_adapter.replay import replay as replayed
from pbx_adapter.site import Site
from pbx_adapter.traces import clock_of
from ringback.calls import Call
from ringback.cli.finishing import finish, text_of


def replay(
    files: Annotated[list[Path], typer.Argument(help="Recorded AMI traffic, .ami or .ami.gz.")],
    site: Annotated[Path | None, typer.Option(help="The PBX's site.toml.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    include_open: Annotated[
        bool, typer.Option("--open", help="Also calls that had not ended.")
    ] = False,
) -> None:
    """Tell the calls of recorded AMI traffic; several files are connections of one link."""

    async def work() -> None:
        known = Site.from_toml(text_of(site)) if site else Site()
        for file in files:
            if clock_of(file) is None:
                typer.echo(f"{file} has no clock beside it: all its times are 0.", err=True)
        for call in replayed(files, known, include_open=include_open):
            typer.echo(as_json(call) if json else _line(call))

    finish(work())


def _line(call: Call) -> str:
    who = call.caller_e164 or call.caller or "withheld"
    what = call.reason or call.outcome or "unknown"
    return f"{call.start:9.2f}  {call.direction:8}  {who:15}  {what}  {call.wait_s:.1f} s"
