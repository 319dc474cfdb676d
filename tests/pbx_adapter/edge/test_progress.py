"""Where a try's call is, told by an edge: it comes to the row as if the PBX were next door."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.ami_faults import PbxAddress
from pbx_adapter.edge.centre import Centre
from pbx_adapter.edge.sender import Edge
from pbx_adapter.edge.spool import open_spool
from pbx_adapter.edge.topics import read_progress, written_progress
from pbx_adapter.link import Backoff, Pace
from pbx_adapter.recorder import Recorder
from pbx_adapter.ringing.asking import Ringing
from pbx_adapter.site import Site
from ringback.attempts import Outcome, Phase, Progress, channel_id
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from ringback.following import Following
from ringback.pbx import PbxKind
from ringback.worker import Worker, side_by_side
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Outside, Phone, answer_after, busy
from tests.mosquitto import CENTRE, SITE, Mosquitto
from tests.pbx_adapter.ringing.switchboard import SITE as SITE_FILE
from tests.pbx_adapter.ringing.switchboard import Switchboard

FAST = Pace(unreachable=Backoff(0.05, 0.1), refused=Backoff(0.05, 0.1))
BUSY = Progress(channel_id(UUID(int=42)), Phase.ENDED, 1_795_000_000.5, Outcome.BUSY)


def test_progress_is_read_as_it_was_written() -> None:
    assert read_progress(written_progress(BUSY, "p1")) == BUSY


@pytest.mark.parametrize(
    ("field", "value"), [("phase", "flies"), ("at_s", 1e30), ("at_s", -5), ("cause", 7)]
)
def test_broken_progress_is_refused_and_named(field: str, value: object) -> None:
    fields = json.loads(written_progress(BUSY, "p1")) | {field: value}
    with pytest.raises(BadInput, match=field):
        read_progress(json.dumps(fields))


async def test_progress_waits_in_the_spool_for_the_centre(tmp_path: Path) -> None:
    async with open_spool(tmp_path) as spool:
        await spool.keep_progress(BUSY)
    async with open_spool(tmp_path) as spool:
        (record,) = await spool.oldest(10)
    assert (record.kind, read_progress(record.body)) == ("progress", BUSY)


@pytest.fixture
async def mosquitto() -> AsyncIterator[Mosquitto]:
    async with Mosquitto() as broker:
        yield broker


async def test_customer_is_rung_back_through_an_edge(
    db: Database, company: UUID, asterisk: Asterisk, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    board = Switchboard(db, company, 0, tmp_path)
    await board.open(SITE, kind=PbxKind.EDGE)
    centre = Centre(db, mosquitto.address(CENTRE), system_clock, FAST)
    following = Following(db, system_clock, tmp_path, look_every_s=0.1, centre=centre)
    ringing = Ringing(db, system_clock, following)
    worker = Worker(db, system_clock, {"ring": side_by_side(ringing.ring, 4)}, 30.0)
    address = PbxAddress(HOST, asterisk.ami_port, AMI_NARROW_USER, AMI_SECRET)
    handler, wish = await board.handler("PJSIP/101"), await board.wish()
    async with (
        open_spool(tmp_path / "spool") as spool,
        Phone(asterisk, "101", answer_after(0.1)) as phone,
        Outside(asterisk, busy()) as outside,
    ):
        pbx = Site.from_toml(SITE_FILE)
        recorder = Recorder(address, pbx, spool)
        broker = mosquitto.address(SITE)
        edge = Edge(SITE, spool, broker, lambda: recorder.connection, pace=FAST, pbx=pbx)
        runs = (centre.run(), following.run(), edge.run(), recorder.run(FAST), worker.run())
        tasks = [asyncio.ensure_future(run) for run in runs]
        try:
            async with asyncio.timeout(20):
                while not (recorder.connection and edge.bus.is_up and centre.bus.is_up):
                    await asyncio.sleep(0.02)
            attempt = await board.ring(wish, handler)
            ended = await board.until(attempt, Phase.ENDED)
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
        assert (len(phone.received), len(outside.received)) == (1, 1)
        assert outside.received[0].callee == "0701740605"
    assert ended.outcome == Outcome.BUSY
    assert ended.picked_up_at is not None
