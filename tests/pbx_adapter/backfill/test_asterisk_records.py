"""Calls while Ringback is away are all found afterwards, once and right, on a real Asterisk."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.backfill.places import Places
from pbx_adapter.backfill.reading import BackFill
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.recorder import Recorder
from pbx_adapter.sink import DatabaseSink
from pbx_adapter.site import Site
from ringback.calls import Call
from ringback.clock import system_clock
from ringback.db import Database
from ringback.tables import CallRow, GapRow, PbxMarkRow
from tests.asterisk.fixtures import OUTBOX
from tests.asterisk.install import WANTED, wanted_installs
from tests.asterisk.office import AMI_SECRET, AMI_USER, HOST
from tests.asterisk.quiet import wait_until_quiet
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Outside, Phone, answer_after
from tests.asterisk.sip_moves import transfer
from tests.flow import jobs_of, rows
from tests.pbx_adapter.backfill.office_calls import PLANS, Made, make_calls
from tests.pbx_adapter.backfill.records import RECORDS, TABLES, in_postgres, make_folders
from tests.pbx_adapter.backfill.test_reading import Kept
from tests.ringback.flow import add_pbx

SITE = Site.from_toml((Path(__file__).parents[2] / "asterisk/site.toml").read_text())
FAST = Pace(unreachable=Backoff(0.05, 0.05), refused=Backoff(0.05, 0.05))
KINDS_MADE = (
    tuple(PLANS)
    if os.environ.get("RINGBACK_TEST_ALL_KINDS")
    else (
        *("direct answered", "direct given up", "direct busy", "group given up", "queue given up"),
        *("local queue answered", "voicemail", "menu given up", "given up though the PBX answered"),
        *("queue member's voicemail", "mobile answered"),
    )
)
"""The recorded lines have them all; here each takes seconds."""
SOME = ("direct answered", "direct given up", "local queue given up", "queue member's voicemail")


@dataclass(frozen=True, slots=True)
class Office:
    """An Asterisk, and the database that it writes its records to as well."""

    asterisk: Asterisk
    postgres: str


@pytest.fixture(params=WANTED, ids=str)
async def office(
    request: pytest.FixtureRequest, new_database: Callable[[], str]
) -> AsyncIterator[Office]:
    """An Asterisk that writes its records in every form."""
    install = wanted_installs()[request.param]
    url = new_database()
    folder, database = url.rpartition("host=")[2], url.partition("@/")[2].partition("?")[0]
    with psycopg.connect(host=folder, user="ringback", dbname=database, autocommit=True) as there:
        for statement in TABLES:
            there.execute(statement)
    asterisk = Asterisk(install, {**RECORDS, **in_postgres(folder, database)})
    make_folders(asterisk.folder / "log")
    async with asterisk:
        yield Office(asterisk, f"postgresql://ringback@/{database}?host={folder}")


@pytest.fixture
async def pbx_id(db: Database, company: UUID) -> UUID:
    async with db.begin(company) as session:
        return await add_pbx(session)


def places(office: Office, kind: str) -> Places:
    log = office.asterisk.folder / "log"
    queue_log, sqlite = f"{log}/queue_log", f"sqlite:///{log}/master.db"
    cdr, cel = f"{log}/cdr-csv/Master.csv", f"{log}/cel-custom/Master.csv"
    given: dict[str, dict[str, str]] = {
        "queue_log": {"queue_log": queue_log},
        "cdr file": {"cdr": cdr},
        "cel file": {"cel": cel},
        "cdr sqlite": {"cdr": sqlite},
        "cel sqlite": {"cel": sqlite},
        "cdr postgresql": {"cdr": office.postgres},
        "cel postgresql": {"cel": office.postgres},
        "all": {"queue_log": queue_log, "cdr": office.postgres, "cel": cel},
    }
    return Places.model_validate({**given[kind], "time_zone": "UTC"})


@asynccontextmanager
async def recording(
    db: Database,
    company: UUID,
    pbx_id: UUID,
    office: Office,
    where: Places,
    *,
    ami_port: int | None = None,
    settle_s: float = 1.0,
) -> AsyncIterator[None]:
    address = PbxAddress(HOST, ami_port or office.asterisk.ami_port, AMI_USER, AMI_SECRET)
    sink = DatabaseSink(db, system_clock, company, pbx_id)
    site = SITE.model_copy(update={"back_fill": where})
    recorder = Recorder(address, site, sink, look_every_s=0.2, settle_s=settle_s)
    task = asyncio.create_task(recorder.run(FAST))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(40):
        while not await check():
            await asyncio.sleep(0.05)


async def marked(db: Database, company: UUID, pbx_id: UUID, *sources: str) -> None:
    """Returns when the sources have been looked at for the first time."""

    async def there() -> bool:
        marks = [row for row in await rows(db, company, PbxMarkRow) if row.pbx_id == pbx_id]
        return {row.source for row in marks} >= {*sources}

    await until(there)


async def found(db: Database, company: UUID, made: list[Made]) -> dict[str, CallRow]:
    """The rows of the calls by their kind, once they are there; others are waited for a little."""

    async def enough() -> bool:
        return len(await rows(db, company, CallRow)) >= len(made)

    await until(enough)
    await asyncio.sleep(1.0)
    by_caller = {row.caller: row for row in await rows(db, company, CallRow)}
    assert len(by_caller) == len(await rows(db, company, CallRow)) == len(made)
    return {one.kind: by_caller[one.caller] for one in made}


def faults(made: list[Made], told: dict[str, CallRow]) -> list[str]:
    wrong = []
    for one in made:
        row = told[one.kind]
        right = "answered" if one.answered_by else "missed"
        if row.outcome != right:
            wrong.append(f"{one.kind}: {row.outcome}")
        elif one.answered_by and one.answered_by != "10?" and row.answered_by != one.answered_by:
            wrong.append(f"{one.kind}: by {row.answered_by}")
    return wrong


NOBODY = 9  # the port of nobody
KINDS = ("cdr file", "cel file", "cdr sqlite", "cel sqlite", "cdr postgresql", "cel postgresql")


@pytest.mark.timeout(400)
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_calls_of_every_kind_while_nobody_listened_are_found_once_and_right(
    db: Database, company: UUID, pbx_id: UUID, office: Office
) -> None:
    async with recording(db, company, pbx_id, office, places(office, "all")):
        await marked(db, company, pbx_id, "queue_log", "cdr", "cel", "live")
    made = await make_calls(office.asterisk, KINDS_MADE)
    async with recording(db, company, pbx_id, office, places(office, "all")):
        told = await found(db, company, made)
    assert faults(made, told) == []
    reasons = {
        "direct given up": "no_answer",
        "direct busy": "busy",
        "direct declined": "busy",
        "direct unavailable": "unavailable",
        "group given up": "no_answer",
        "queue given up": "abandoned_in_queue",
        "local queue given up": "abandoned_in_queue",
        "voicemail": "voicemail",
        "menu given up": "abandoned_in_ivr",
        "closed": "after_hours",
        "given up though the PBX answered": "no_answer",
        "queue timed out": "queue_timeout",
        "queue member's voicemail": "voicemail",
        "queue nobody may join": "queue_empty",
    }
    for kind, row in told.items():
        assert (kind, row.reason) == (kind, reasons.get(kind))
    assert all(row.did_e164 == f"+46846500{PLANS[kind].did}" for kind, row in told.items())
    missed = [row for row in told.values() if row.outcome == "missed"]
    assert len(await jobs_of(db, "first_text")) == len(missed)
    (gap,) = await rows(db, company, GapRow)
    assert gap.to_at is not None
    assert (gap.found, sorted(gap.sources)) == (len(made), ["cdr", "cel", "queue_log"])


@pytest.mark.parametrize("settings", ["postgresql"], indirect=True)
async def test_each_kind_of_source_finds_the_calls_by_itself(
    db: Database, company: UUID, office: Office
) -> None:
    pbx_ids = {}
    for kind in (*KINDS, "queue_log"):
        async with db.begin(company) as session:
            pbx_ids[kind] = await add_pbx(session, kind)
        async with recording(db, company, pbx_ids[kind], office, places(office, kind)):
            await marked(db, company, pbx_ids[kind], kind.partition(" ")[0])
    made = await make_calls(office.asterisk, SOME)
    for kind in KINDS:
        async with recording(db, company, pbx_ids[kind], office, places(office, kind)):

            async def there(kind: str = kind) -> bool:
                return len(await of_pbx(db, company, pbx_ids[kind])) >= len(made)

            await until(there)
        by_caller = {row.caller: row for row in await of_pbx(db, company, pbx_ids[kind])}
        told = {one.kind: by_caller[one.caller] for one in made}
        assert (kind, faults(made, told)) == (kind, [])
    async with recording(db, company, pbx_ids["queue_log"], office, places(office, "queue_log")):

        async def both() -> bool:
            return len(await of_pbx(db, company, pbx_ids["queue_log"])) >= 2

        await until(both)
    outcomes = {row.caller: row.outcome for row in await of_pbx(db, company, pbx_ids["queue_log"])}
    by_kind = {one.kind: outcomes.get(one.caller, "not told") for one in made}
    assert by_kind == {
        "direct answered": "not told",
        "direct given up": "not told",
        "local queue given up": "missed",
        "queue member's voicemail": None,
    }


async def of_pbx(db: Database, company: UUID, pbx_id: UUID) -> list[CallRow]:
    return [row for row in await rows(db, company, CallRow) if row.pbx_id == pbx_id]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_log_that_is_rotated_while_nobody_listens_is_read_over_the_rotation(
    db: Database, company: UUID, pbx_id: UUID, office: Office
) -> None:
    log = office.asterisk.folder / "log/queue_log"
    async with recording(db, company, pbx_id, office, places(office, "queue_log")):
        await marked(db, company, pbx_id, "queue_log")
    made = await make_calls(office.asterisk, ("queue given up",))
    log.rename(log.with_name("queue_log.1"))
    await office.asterisk.cli("logger reload")
    made += await make_calls(office.asterisk, ("local queue given up",))
    async with recording(db, company, pbx_id, office, places(office, "queue_log")):
        told = await found(db, company, made)
    assert {row.reason for row in told.values()} == {"abandoned_in_queue"}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_calls_are_told_by_the_live_link_once_and_the_records_change_nothing(
    db: Database, company: UUID, pbx_id: UUID, office: Office
) -> None:
    where, settle_s = places(office, "all"), 3.0  # the link, which knows more, is to be the first
    async with recording(db, company, pbx_id, office, where, settle_s=settle_s):
        await marked(db, company, pbx_id, "queue_log", "cdr", "cel", "live")
        made = await make_calls(office.asterisk, SOME)
        await asyncio.sleep(settle_s + 1.5)
        told = await found(db, company, made)
    assert faults(made, told) == []
    assert told["direct given up"].rang == ["101"]
    assert await rows(db, company, GapRow) == []


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_calls_are_found_while_ami_is_away(
    db: Database, company: UUID, pbx_id: UUID, office: Office
) -> None:
    async with recording(db, company, pbx_id, office, places(office, "all")):
        await marked(db, company, pbx_id, "queue_log", "cdr", "cel", "live")
    async with recording(db, company, pbx_id, office, places(office, "all"), ami_port=NOBODY):

        async def lost() -> bool:
            return len(await rows(db, company, GapRow)) == 1

        await until(lost)
        made = await make_calls(office.asterisk, SOME)
        told = await found(db, company, made)
        (gap,) = await rows(db, company, GapRow)
    assert faults(made, told) == []
    assert (gap.to_at, gap.found) == (None, len(made))


@asynccontextmanager
async def small_office(more: dict[str, str]) -> AsyncIterator[Asterisk]:
    """An Asterisk that writes its records into files."""
    installs = wanted_installs()
    asterisk = Asterisk(installs[max(installs)], {**RECORDS, **more})
    make_folders(asterisk.folder / "log")
    async with asterisk:
        yield asterisk


async def told_by(asterisk: Asterisk, *sources: str) -> list[Call]:
    log = asterisk.folder / "log"
    files = {"cdr": log / "cdr-csv/Master.csv", "cel": log / "cel-custom/Master.csv"}
    files["queue_log"] = log / "queue_log"
    given = {source: str(files[source]) for source in sources}
    sink = Kept()
    where = Places.model_validate({**given, "time_zone": "UTC", "look_back_h": 1})
    await BackFill(where, SITE, sink, system_clock, settle_s=0).look()
    return sink.calls


async def test_caller_whom_the_operator_names_is_withheld_where_our_dialplan_wrote_it_down() -> (
    None
):
    extensions = RECORDS["extensions_custom.conf"] + OUTBOX.read_text()
    trunk = "[trunk](+type=endpoint)\ncontext = from-trunk-ringback\n"
    more = {"extensions_custom.conf": extensions, "pjsip_custom.conf": trunk}
    async with small_office(more) as asterisk, Caller(asterisk) as caller:
        for withheld in (True, False):
            leg = await (
                caller.call_withheld("0846500403", asserted="0701740681")
                if withheld
                else caller.call("0846500403")
            )
            await leg.answered()
            await leg.ends_within(1)
            await leg.hang_up()
        for source in ("cdr", "cel"):

            async def both(source: str = source) -> bool:
                return len(await told_by(asterisk, source)) >= 2

            await until(both)
            hidden, shown = await told_by(asterisk, source)
            assert (hidden.caller_e164, hidden.withheld) == (None, True), source
            assert (shown.withheld, shown.presentation_known) == (False, True), source
        assert not any(call.presentation_known for call in await told_by(asterisk, "queue_log"))


async def test_customer_whom_the_company_rang_and_sent_to_a_queue_is_no_missed_caller() -> None:
    async with small_office({}) as asterisk:
        async with (
            Phone(asterisk, "101") as phone,
            Outside(asterisk, answer_after(0.2, 4)) as outside,
        ):
            leg = await phone.call("0701740690")
            await leg.answered()
            await asyncio.sleep(1.0)
            await transfer(leg, "500")
            await outside.received[0].ended()
        await asyncio.to_thread(wait_until_quiet, asterisk)
        await asyncio.sleep(1.0)  # until it is written down
        for sources in (("cdr",), ("cel",), ("cdr", "queue_log"), ("cel", "queue_log")):
            assert await told_by(asterisk, *sources) == [], sources
