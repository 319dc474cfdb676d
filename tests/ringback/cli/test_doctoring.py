"""The command `ringback doctor`: once as installers run it, and in this process, which is faster."""

import asyncio
import json
import sys
from pathlib import Path
from uuid import UUID, uuid4

import pytest
import typer
from typer.testing import CliRunner

from pbx_adapter.frames import Frame
from pbx_adapter.player import AmiPlayer
from ringback.cli import doctoring
from ringback.db import Database
from ringback.settings import Settings
from ringback.tables import PbxRow

SECRET = "correct-horse"
app = typer.Typer()
app.command()(doctoring.doctor)
COMMANDS = {
    "CoreShowChannels": "List channels.  (Priv: system,reporting,all)",
    "Ping": "Keepalive command.  (Priv: <none>)",
    "QueueStatus": "Show queue status.  (Priv: <none>)",
}


def list_commands(action: Frame) -> list[Frame]:
    return [{"Response": "Success", **COMMANDS}]


def no_queues(action: Frame) -> list[Frame]:
    return [
        {"Response": "Success", "EventList": "start"},
        {"Event": "QueueStatusComplete", "EventList": "Complete", "ListItems": "0"},
    ]


def player() -> AmiPlayer:
    return AmiPlayer(
        "ringback", SECRET, answers={"ListCommands": list_commands, "QueueStatus": no_queues}
    )


async def doctor(
    *arguments: str, typed: str = "", settings: Settings | None = None
) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    ours = {
        "RINGBACK_VAR": str(settings.var) if settings else "",
        "RINGBACK_DATABASE_URL": settings.database_url if settings else "",
    }
    environment = {name: value for name, value in ours.items() if value}
    invoke = CliRunner(env=environment).invoke
    async with asyncio.timeout(100):
        result = await asyncio.to_thread(invoke, app, arguments, input=typed)
    return result.exit_code, result.stdout, result.stderr


async def program(*arguments: str, typed: str = "") -> tuple[int, str, str]:
    """The same of the whole program."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ringback", "doctor", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(100):
        out, err = await process.communicate(typed.encode())
    return process.returncode or 0, out.decode(), err.decode()


def at(port: int, *more: str) -> tuple[str, ...]:
    address = ("--host", "127.0.0.1", "--port", str(port), "--user", "ringback")
    return (*address, "--listen", "0", *more)


async def test_findings_are_lines_with_how_to_mend_and_no_fault_is_exit_code_0(
    tmp_path: Path,
) -> None:
    kept = tmp_path / "secret"
    kept.write_text(f"{SECRET}\n")
    async with player() as pbx:
        code, out, err = await program(*at(pbx.port, "--secret-file", str(kept)))
    assert (code, err) == (0, "")
    assert "ok       login        User 'ringback' logs in" in out
    assert "ok       clock        The PBX's clock and ours agree" in out
    assert "→ Run this with --listen 60" in out
    assert SECRET not in out


async def test_json_is_one_object_per_line_and_the_secret_comes_by_standard_input() -> None:
    async with player() as pbx:
        code, out, _ = await program(*at(pbx.port, "--secret-stdin", "--json"), typed=SECRET)
    findings = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {tuple(finding) for finding in findings} == {("kind", "check", "text", "mend")}
    assert findings[0]["kind"] == "ok"
    assert findings[0]["check"] == "login"


async def test_fault_is_exit_code_1() -> None:
    async with player() as pbx:
        code, out, _ = await doctor(*at(pbx.port, "--secret-stdin"), typed="wrong")
    assert code == 1
    assert out.startswith("fault    login")
    assert len(out.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "typed", "words"),
    [
        (("--host", "127.0.0.1", "--secret-stdin"), SECRET, "--user"),
        (at(5038), "", "--secret-file or --secret-stdin"),
        (at(5038, "--secret-stdin"), "\n", "secret is empty"),
        (at(5038, "--secret-stdin", "--secret-file", "x"), SECRET, "once"),
        (at(5038, "--secret-file", "/nowhere/at-all"), "", "can't be read"),
        (at(5038, "--secret-stdin", "--ca-file", "x"), SECRET, "--tls"),
        (at(5038, "--secret-stdin", "office"), SECRET, "not both"),
        (at(5038, "--secret-stdin", "--tls", "--ca-file", "/nowhere"), SECRET, "CA file"),
        (at(5038, "--secret-stdin", "--site", "/nowhere/at-all"), SECRET, "can't be read"),
    ],
)
async def test_wrong_use_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], typed: str, words: str
) -> None:
    code, out, err = await doctor(*arguments, typed=typed)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


async def test_secret_is_not_taken_from_the_command_line() -> None:
    code, _, err = await doctor(*at(5038), "--secret", SECRET)
    assert code == 2
    assert "No such option" in err


def a_pbx(name: str, port: int, kind: str = "ami") -> PbxRow:
    return PbxRow(
        id=uuid4(),
        name=name,
        kind=kind,
        host="127.0.0.1",
        port=port,
        username="ringback",
        secret=SECRET,
        tls=False,
        site='inbound_contexts = ["from-trunk"]',
    )


async def test_pbx_is_found_by_its_name_or_by_being_the_only_one(
    db: Database, settings: Settings, company: UUID
) -> None:
    async with player() as pbx:
        async with db.begin(company) as session:
            session.add(a_pbx("office", pbx.port))
        for name in ((), ("office",)):
            code, out, err = await doctor(*name, "--listen", "0", settings=settings)
            assert (code, err) == (0, "")
            assert f"logs in at 127.0.0.1:{pbx.port}" in out
        code, _, err = await doctor("workshop", settings=settings)
    assert (code, err) == (2, "There is no PBX 'workshop'; there are office.\n")


async def test_of_several_pbxs_one_must_be_named(
    db: Database, settings: Settings, company: UUID
) -> None:
    async with db.begin(company) as session:
        session.add(a_pbx("office", 5038))
        session.add(a_pbx("workshop", 5038))
    code, _, err = await doctor(settings=settings)
    assert code == 2
    assert "Say which PBX: office, workshop." in err


@pytest.mark.parametrize(
    ("kind", "words"), [("sip", "not connected to by AMI"), ("edge", "behind an edge")]
)
async def test_pbx_without_an_ami_of_ours_is_not_asked(
    kind: str, words: str, db: Database, settings: Settings, company: UUID
) -> None:
    async with db.begin(company) as session:
        session.add(a_pbx("far", 5038, kind))
    code, _, err = await doctor("far", settings=settings)
    assert code == 2
    assert words in err


async def test_no_pbx_at_all_is_told_with_what_to_do(db: Database, settings: Settings) -> None:
    code, _, err = await doctor(settings=settings)
    assert code == 2
    assert "ringback add pbx" in err
