"""The command `ringback edge`: one site's PBX followed, and its calls sent to the centre.

In: a settings file. Out: a running edge until it is told to stop; or what is wrong with the line or
the PBX (`--check`); or the unit that systemd starts it by. Needs no database.
"""

import asyncio
import logging
import signal
import sys
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import structlog
import typer

from pbx_adapter.ami_connection import AmiConnection
from pbx_adapter.edge.bus import Bus
from pbx_adapter.edge.sender import Edge
from pbx_adapter.edge.settings import EdgeSettings, read_edge_settings
from pbx_adapter.edge.spool import open_spool
from pbx_adapter.edge.topics import ACK, COMMAND, topic
from pbx_adapter.queues.at_site import SiteQueues
from pbx_adapter.recorder import Recorder
from ringback.errors import BadInput, RingbackError
from ringback.logs import set_up_logs

log = structlog.get_logger()


def edge(
    settings: Annotated[Path, typer.Option(help="The settings file.")] = Path(
        "/etc/ringback/edge.toml"
    ),
    check: Annotated[bool, typer.Option("--check", help="Try broker and PBX, then end.")] = False,
    systemd_unit: Annotated[
        bool, typer.Option("--systemd-unit", help="Print the unit for systemd, then end.")
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Say more in the log.")] = False,
) -> None:
    """Follow the PBX beside this machine, and tell the centre its calls over MQTT."""
    if systemd_unit:
        typer.echo(unit())
        return
    quiet = logging.ERROR if check else logging.INFO
    set_up_logs(logging.DEBUG if verbose else quiet)
    try:
        known = read_edge_settings(settings)
        if check:
            typer.echo(asyncio.run(check_edge(known)))
        else:
            asyncio.run(run_edge(known))
    except KeyboardInterrupt:
        return
    except RingbackError as fault:
        typer.echo(str(fault), err=True)
        raise SystemExit(2) from fault


async def run_edge(settings: EdgeSettings) -> None:
    """Follow the PBX and keep the line until the process is told to stop (SIGINT, SIGTERM).

    Raises:
        BadInput: The spool can't be used.
    """
    told_to_stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
    for warning in settings.warnings:
        log.warning("edge_settings", text=warning)
    async with open_spool(settings.spool.folder, settings.spool.most) as spool:
        queues = SiteQueues(lambda: recorder.channels)
        recorder = Recorder(settings.address, settings.site, spool, listeners=[queues])
        edge = Edge(
            settings.centre.username,
            spool,
            settings.broker,
            lambda: recorder.connection,
            pbx=settings.site,
            queues=queues,
        )
        async with asyncio.TaskGroup() as loops:
            tasks = [
                loops.create_task(recorder.run(), name="pbx"),
                loops.create_task(edge.run(), name="edge"),
            ]
            await told_to_stop.wait()
            for task in tasks:
                task.cancel()


async def check_edge(settings: EdgeSettings) -> str:
    """Try the broker and the PBX once.

    Raises:
        BadInput: A line for each that does not work.
    """
    faults = [fault for fault in (await _try_broker(settings), await _try_pbx(settings)) if fault]
    if faults:
        raise BadInput("\n".join(faults))
    lines = (
        *settings.warnings,
        f"The broker at {settings.broker} lets {settings.centre.username!r} in.",
        f"Asterisk at {settings.address} lets {settings.pbx.username!r} in.",
    )
    return "\n".join(lines)


async def _try_broker(settings: EdgeSettings) -> str:
    site = settings.centre.username
    up = asyncio.Event()
    # Another client id than the edge's own, which may be running.
    topics = [topic(site, ACK), topic(site, COMMAND)]
    bus = Bus(settings.broker, f"ringback-check-{site}", topics, lambda _: None, up.set)
    line = asyncio.create_task(bus.live())
    came_up = asyncio.create_task(up.wait())
    await asyncio.wait((line, came_up), return_when=asyncio.FIRST_COMPLETED)
    try:
        if line.done():
            return str(line.result())
        await bus.publish(topic(site, "check"), "")
    except RingbackError as fault:
        return str(fault)
    finally:
        for task in (line, came_up):
            task.cancel()
        await asyncio.gather(line, came_up, return_exceptions=True)
    return ""


async def _try_pbx(settings: EdgeSettings) -> str:
    connection = AmiConnection(settings.address)
    try:
        await connection.connect()
    except RingbackError as fault:
        return str(fault)
    await connection.close()
    return ""


def unit() -> str:
    """The unit for this installation."""
    program = Path(sys.executable).parent / "ringback"
    template = files("pbx_adapter.edge").joinpath("ringback-edge.service").read_text()
    return template.replace("@RINGBACK@", str(program))
