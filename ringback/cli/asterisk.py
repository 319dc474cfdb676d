"""The command `ringback asterisk`: tell a plain Asterisk or a FreePBX what callbacks in list need.

In: the company's rows, or a plan that was rendered where the database is; the installer's choices,
which are kept for the next time. Out: files and sounds, in Asterisk's folders, and the difference
before they are changed. Exit code 1 when `check` finds something.
"""

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer

from asterisk_conf.checking import check as checked
from asterisk_conf.existing import fitting
from asterisk_conf.installing import install as installed
from asterisk_conf.installing import remove as removed
from asterisk_conf.languages import unheard
from asterisk_conf.manifest import Manifest
from asterisk_conf.places import Places
from asterisk_conf.planning import difference, planned
from asterisk_conf.reloading import console
from asterisk_conf.render import FOLDER, render, to_do
from asterisk_conf.values import Choices, Plan
from asterisk_conf.voices import speak
from ringback.cli.asterisk_choices import (
    AskPin,
    Back,
    KindOf,
    Permit,
    RecordCode,
    RecordContext,
    check_back,
    chosen,
)
from ringback.cli.asterisk_plan import kind_of, plan_of
from ringback.cli.asterisk_reload import Way, reload_by
from ringback.cli.finishing import finish, text_of
from ringback.cli.rows import CompanyId, company_of
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.errors import BadInput, TryAgain
from ringback.prompts import LANGUAGES, recordable, spoken
from ringback.schema import upgrade
from ringback.settings import read_settings

asterisk = typer.Typer(
    help="Tell Asterisk or FreePBX what callbacks in list need.", no_args_is_help=True
)
_PLAN_NAME = "plan.json"

Pbx = Annotated[str, typer.Option(help="A PBX of `ringback list`; not needed while there is one.")]
PlanFile = Annotated[
    Path | None, typer.Option(help="A plan.json of `render`, where the database is not in reach.")
]
Root = Annotated[Path, typer.Option(help="The root of Asterisk's file system.")]
Reload = Annotated[Way, typer.Option("--reload", help="How Asterisk reads its files anew.")]
AmiPort = Annotated[int, typer.Option(min=1, max=65535, help="For --reload ami.")]


@asterisk.command("render")
def render_files(
    into: Annotated[Path, typer.Option(help="The folder that the files are written to.")],
    pbx: Pbx = "",
    company: CompanyId = "",
    kind: KindOf = None,
    permit: Permit = None,
    record_code: RecordCode = None,
    ask_pin: AskPin = False,
    record_context: RecordContext = None,
    back: Back = None,
) -> None:
    """Write the files, and a plan that `install` takes on the Asterisk's own machine."""
    choices = chosen(Choices(), kind, permit, record_code, ask_pin, record_context, back)

    async def work() -> None:
        plan = await _plan(None, pbx, company, choices)
        check_back(back, plan)
        for file in render(plan):
            _write(into / file.name, file.text, secret=file.secret)
        _write(into / _PLAN_NAME, plan.to_json(), secret=True)
        typer.echo(f"Wrote {into / FOLDER} and {into / _PLAN_NAME}, which holds the secret.")

    finish(_on_files(work()))


@asterisk.command("install")
def install(
    pbx: Pbx = "",
    company: CompanyId = "",
    plan: PlanFile = None,
    root: Root = Path("/"),
    kind: KindOf = None,
    permit: Permit = None,
    record_code: RecordCode = None,
    ask_pin: AskPin = False,
    record_context: RecordContext = None,
    back: Back = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: Reload = Way.CONSOLE,
    ami_port: AmiPort = 5038,
) -> None:
    """Show the difference, and after a yes write it, speak the prompts and reload Asterisk."""

    async def work() -> None:
        places = Places.below(root)
        before = Manifest.of(places.etc)
        known = before.choices
        if not before.files:
            known = Choices(kind=kind_of({path.name for path in places.etc.iterdir()}))
        if plan and any((kind, permit, record_code, ask_pin, record_context, back)):
            raise BadInput("Give such options to `render`: what was chosen there is in the plan.")
        choices = chosen(known, kind, permit, record_code, ask_pin, record_context, back)
        whole = await _plan(plan, pbx, company, choices)
        check_back(back, whole)
        wanted = fitting(whole, places.etc)
        todo = planned(wanted, places, speak)
        typer.echo(difference(todo.changes), nl=False)
        for place in todo.recorded:
            typer.echo(f"{place} was recorded by phone and stays.")
        if not todo.is_empty:
            typer.echo(f"{len(todo.changes)} files change, {len(todo.sounds)} sounds are made.")
            if not (yes or typer.confirm("Go on?")):
                raise BadInput("Nothing was changed.")
            await asyncio.to_thread(installed, todo, places, system_clock(), choices)
        await reload_by(by, whole, ami_port)
        for line in to_do(wanted):
            typer.echo(line)
        _report(wanted, places, live=by is Way.CONSOLE)

    finish(_on_files(work()))


@asterisk.command("check")
def check(
    pbx: Pbx = "",
    company: CompanyId = "",
    plan: PlanFile = None,
    root: Root = Path("/"),
    by: Reload = Way.CONSOLE,
) -> None:
    """Say what is missing or different, a line each; exit code 1 when something is."""

    async def work() -> None:
        places = Places.below(root)
        choices = Manifest.of(places.etc).choices
        wanted = fitting(await _plan(plan, pbx, company, choices), places.etc)
        _report(wanted, places, live=by is Way.CONSOLE)

    finish(_on_files(work()))


@asterisk.command("remove")
def remove(root: Root = Path("/"), by: Reload = Way.CONSOLE) -> None:
    """Take everything back: Asterisk's files are as they were."""

    async def work() -> None:
        places = Places.below(root)
        if by is Way.AMI:
            raise BadInput("Give --reload console or none: the manager user may be taken away.")
        if not Manifest.of(places.etc).files:
            raise BadInput(f"Nothing of Ringback's is installed in {places.etc}.")
        for line in removed(places):
            typer.echo(line)
        await reload_by(by, None, 0)
        typer.echo("Asterisk is as it was.")

    finish(_on_files(work()))


@asterisk.command("prompts")
def prompts(
    pbx: Pbx = "", company: CompanyId = "", plan: PlanFile = None, root: Root = Path("/")
) -> None:
    """List the prompts: the number to key when one is recorded by phone, the name, the words."""

    async def work() -> None:
        known = Manifest.of(Places.below(root).etc).choices
        wanted = await _plan(plan, pbx, company, known)
        words = [spoken(wanted.rules, language) for language in LANGUAGES]
        for number, name in enumerate(recordable(wanted.rules), 1):
            typer.echo(f"{number:3}  {name}")
            for said in words:
                typer.echo(f"       {said[name]}")

    finish(_on_files(work()))


async def _plan(file: Path | None, pbx: str, company: str, choices: Choices) -> Plan:
    """From the file, or from the database."""
    if file:
        return Plan.from_json(text_of(file))
    settings = read_settings()
    db = open_database(settings)
    try:
        await asyncio.to_thread(upgrade, settings)
        return await plan_of(db, await company_of(db, company), pbx, choices)
    finally:
        await db.close()


async def _on_files(work: Coroutine[Any, Any, None]) -> None:
    """Do it; a file that can't be read or written is told in a line.

    Raises:
        TryAgain: There is one.
    """
    try:
        await work
    except OSError as refused:
        if refused.filename is None:
            raise
        raise TryAgain(f"A file can't be used: {refused}. Run this as root.") from refused


def _report(plan: Plan, places: Places, *, live: bool) -> None:
    """Prints what `check` finds, and advice, which alone is no reason to fail.

    Raises:
        SystemExit: With code 1 when there is something.
    """
    for advice in unheard(plan, places.etc):
        typer.echo(advice)
    findings = checked(plan, places, speak, console if live else None)
    for finding in findings:
        typer.echo(f"{finding.what} {finding.mend}")
    if findings:
        raise SystemExit(1)
    typer.echo("Asterisk is told what it should be.")


def _write(path: Path, text: str, *, secret: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600 if secret else 0o644)
        if secret:
            path.chmod(0o600)  # it may have been there, for everybody
        path.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise BadInput(f"{path} can't be written: {refused}.") from refused
