"""`ringback edge`, Mosquitto and `ringback run` as processes: killed at bad moments, nothing is lost.

With a real Asterisk where calls matter; else with a spool that an edge of yesterday has left.
"""

import asyncio
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from pbx_adapter.edge.bus_faults import MqttVersion
from pbx_adapter.edge.spool import open_spool
from tests.asterisk.office import AMI_SECRET
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.mosquitto import OTHER_SITE, PASSWORDS, SITE
from tests.ports import free_port
from tests.ringback.flow import missed_call
from tests.two_places import TwoPlaces

SITE_FILE = Path(__file__).parents[2] / "asterisk/site.toml"
MANY = 200


def told(product: TwoPlaces) -> list[str]:
    """The Uniqueid of every row, in the order in which they were committed."""
    with closing(sqlite3.connect(product.database)) as db:
        return [row[0] for row in db.execute("SELECT uniqueid FROM call ORDER BY rowid")]


def kinds(product: TwoPlaces) -> list[tuple[str, str | None]]:
    with closing(sqlite3.connect(product.database)) as db:
        return db.execute("SELECT direction, outcome FROM call ORDER BY rowid").fetchall()


async def until(check: Callable[[], bool], within_s: float = 90) -> None:
    async with asyncio.timeout(within_s):
        while not check():
            await asyncio.sleep(0.02)


@asynccontextmanager
async def left_from_yesterday(folder: Path, calls: int) -> AsyncIterator[TwoPlaces]:
    """Broker and centre run; the edge does not yet, and has so many calls in its spool."""
    product = TwoPlaces(folder, free_port(), AMI_SECRET, SITE_FILE)
    try:
        await product.installed()
        async with open_spool(product.edge.spool.parent) as spool:
            for number in range(calls):
                await spool.keep_call(missed_call(f"{number:04d}"))
        await product.centre.start()
        yield product
    finally:
        await product.__aexit__()


async def abandoned_call(asterisk: Asterisk) -> None:
    async with Phone(asterisk, "101"), Caller(asterisk) as caller:
        leg = await caller.call("0846500401")
        await leg.rings()
        await leg.cancel()


@pytest.mark.parametrize("mqtt", ["5", "3.1.1"])
async def test_call_at_the_site_becomes_a_row_at_the_centre_and_a_killed_edge_shows(
    asterisk_with_outbox: Asterisk, tmp_path: Path, mqtt: MqttVersion
) -> None:
    asterisk = asterisk_with_outbox
    async with TwoPlaces(tmp_path, asterisk.ami_port, AMI_SECRET, SITE_FILE, mqtt=mqtt) as product:
        assert "Connected to Asterisk" in product.link()[1]
        await abandoned_call(asterisk)
        await until(lambda: kinds(product) == [("inbound", "missed")])
        await until(lambda: product.edge.spooled() == 0)

        await product.edge.kill()
        await until(lambda: product.link()[0] == "lost")
        assert "The edge is out of reach" in product.link()[1]
        await product.edge.start()
        await product.linked()


async def test_calls_of_a_time_without_a_line_come_later_though_the_edge_was_killed_meanwhile(
    asterisk_with_outbox: Asterisk, tmp_path: Path
) -> None:
    asterisk = asterisk_with_outbox
    async with TwoPlaces(tmp_path, asterisk.ami_port, AMI_SECRET, SITE_FILE) as product:
        await product.broker.stop(kill=True)
        await abandoned_call(asterisk)
        await until(lambda: product.edge.spooled() == 1)
        await product.edge.kill()
        await abandoned_call(asterisk)  # nobody listens; Asterisk's own outbox has it
        await product.edge.start()
        # The first may be told twice: it was perhaps not yet out of Asterisk's outbox.
        await until(lambda: product.edge.spooled() >= 2)
        assert kinds(product) == []
        await product.broker.start()
        await until(lambda: kinds(product) == [("inbound", "missed")] * 2)
        await until(lambda: product.edge.spooled() == 0)


async def test_broker_that_is_killed_in_the_middle_of_many_records_loses_and_doubles_none(
    tmp_path: Path,
) -> None:
    async with left_from_yesterday(tmp_path, MANY) as product:
        await product.edge.start()
        for kill, done in ((True, 40), (False, 80), (True, 120)):
            await until(lambda done=done: len(told(product)) >= done)  # type: ignore[misc]
            await product.broker.restart(kill=kill)
        await until(lambda: len(told(product)) == MANY)
        await until(lambda: product.edge.spooled() == 0)
        assert told(product) == [f"{number:04d}" for number in range(MANY)]


async def test_centre_and_edge_that_are_killed_in_the_middle_of_many_records_lose_none(
    tmp_path: Path,
) -> None:
    async with left_from_yesterday(tmp_path, MANY) as product:
        await product.edge.start()
        for done in (30, 90):
            await until(lambda done=done: len(told(product)) >= done)  # type: ignore[misc]
            await product.centre.kill()
            await product.centre.start()
            await until(lambda done=done: len(told(product)) >= done + 10)  # type: ignore[misc]
            await product.edge.kill()
            await product.edge.start()
        await until(lambda: len(told(product)) == MANY)
        await until(lambda: product.edge.spooled() == 0)
        assert told(product) == [f"{number:04d}" for number in range(MANY)]


async def test_centre_killed_after_it_received_and_before_it_committed_has_the_call_later(
    tmp_path: Path,
) -> None:
    async with left_from_yesterday(tmp_path, 1) as product:
        with closing(sqlite3.connect(product.database, isolation_level=None)) as holds_it:
            holds_it.execute("BEGIN IMMEDIATE")
            await product.edge.start()
            await until(lambda: _published(product, "call"))
            await product.centre.kill()
            holds_it.execute("ROLLBACK")
        assert told(product) == []
        assert product.edge.spooled() == 1
        await product.centre.start()
        await until(lambda: told(product) == ["0000"])
        await until(lambda: product.edge.spooled() == 0)


async def test_centre_killed_after_the_commit_and_before_the_acknowledgement_has_it_once(
    tmp_path: Path,
) -> None:
    async with left_from_yesterday(tmp_path, 1) as product:
        with closing(sqlite3.connect(product.database, isolation_level=None)) as holds_it:
            holds_it.execute("BEGIN IMMEDIATE")
            await product.edge.start()
            await until(lambda: _published(product, "call"))
            product.broker.freeze()  # so that no acknowledgement gets through
            holds_it.execute("ROLLBACK")
        await until(lambda: told(product) == ["0000"])
        await product.centre.kill()
        product.broker.thaw()
        assert product.edge.spooled() == 1
        await product.centre.start()
        await until(lambda: product.edge.spooled() == 0)
        assert told(product) == ["0000"]


def _published(product: TwoPlaces, kind: str) -> bool:
    """Whether the broker has sent a record of this kind to the centre."""
    log = (product.broker.folder / "log").read_text(errors="replace")
    return bool(re.search(rf"Sending PUBLISH to ringback .*'ringback/v1/{SITE}/{kind}'", log))


async def test_check_says_what_is_wrong_with_broker_and_pbx(
    asterisk: Asterisk, tmp_path: Path
) -> None:
    product = TwoPlaces(tmp_path, asterisk.ami_port, AMI_SECRET, SITE_FILE)
    async with product.broker:
        code, out, err = await product.edge.command("--check")
        assert (code, err) == (0, "")
        assert "lets 'salong-storgatan' in" in out

        right = product.edge.settings.read_text()
        wrong = right.replace('secret = "', 'secret = "not-').replace(
            "edge-only-for-tests", "wrong"
        )
        product.edge.settings.write_text(wrong)
        code, _, err = await product.edge.command("--check")
        assert code == 2
        broker, pbx = err.splitlines()
        assert "password_file" in broker
        assert "manager.conf" in pbx

        product.edge.settings.write_text(right.replace("ca_file", "colour"))
        code, _, err = await product.edge.command()
        assert code == 2
        assert "[centre] colour: there is no such setting" in err


async def test_settings_file_that_the_centre_prints_works_when_copied(tmp_path: Path) -> None:
    async with left_from_yesterday(tmp_path, 1) as product:
        twice, _, said = await product.centre.command("add", "edge", "Två", "--site", SITE)
        assert twice == 2
        assert "Choose another" in said
        odd, _, said = await product.centre.command("add", "edge", "Två", "--site", "A/B")
        assert odd == 2
        assert "can't name a site" in said
        code, printed, _ = await product.centre.command("add", "edge", "Två", "--site", OTHER_SITE)
        assert code == 0
        _, listed, _ = await product.centre.command("list")
        assert f"PBX Två  edge {OTHER_SITE}" in listed
        folder = product.edge.settings.parent
        (folder / "broker-password").write_text(PASSWORDS[OTHER_SITE])
        (folder / "pbx-secret").write_text(AMI_SECRET)
        shutil.copy(product.broker.ca_file, folder / "ca.crt")
        spool = f'[spool]\nfolder = "{product.edge.spool.parent}"\n'
        product.edge.settings.write_text(f"{printed}\n{spool}")
        await product.edge.start()
        await until(lambda: told(product) == ["0000"])
        assert await product.edge.stop() == 0
        assert await product.centre.stop() == 0


async def test_unit_for_systemd_names_this_installation_and_nothing_is_left_open(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ringback", "edge", "--systemd-unit"), stdout=subprocess.PIPE
    )
    unit, _ = await process.communicate()
    text = unit.decode()
    assert f"ExecStart={Path(sys.executable).parent}/ringback edge" in text
    assert "@" not in text.replace("@system-service", "").replace("@privileged @resources", "")
    if shutil.which("systemd-analyze"):
        path = tmp_path / "ringback-edge.service"
        path.write_text(text)
        verified = subprocess.run(
            ["systemd-analyze", "verify", path], capture_output=True, text=True, timeout=30
        )
        assert (verified.returncode, verified.stderr) == (0, "")
