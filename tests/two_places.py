"""The product at two places: `ringback edge` beside a PBX, a broker, `ringback run` at the centre.

In: where the PBX's manager is and its site file. Out: three processes, each of which can be killed,
stopped and started again on its own. Example:

    async with TwoPlaces(tmp_path, asterisk.ami_port, AMI_SECRET, SITE) as product:
        ...                              # calls
        await product.edge.kill()
        await product.edge.start()
"""

import asyncio
import os
import re
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Self

from pbx_adapter.edge.bus_faults import MqttVersion
from ringback.clock import system_clock
from ringback.db import open_database
from ringback.pbx import PbxKind
from ringback.sample import salon
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.tables import PbxRow
from tests.mosquitto import CENTRE, PASSWORDS, SITE, Mosquitto
from tests.product import Product

_START_S = 90.0  # for a loaded machine; 2 s are usual
_STOP_S = 30.0


class EdgeProcess:
    """`ringback edge` with a settings file and a spool of its own.

    Attributes:
        settings: The file; write there before a start.
        log: What it says.
        spool: The spool's file.
    """

    def __init__(self, folder: Path, text: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.settings = folder / "edge.toml"
        self.log = folder / "edge.log"
        self.spool = folder / "spool" / "spool.sqlite"
        self.settings.write_text(text)
        self.settings.chmod(0o600)
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def command(self, *words: str) -> tuple[int, str, str]:
        """`ringback edge --settings … WORDS` to its end: exit code, standard output and error."""
        process = await self._started(
            *words, out=asyncio.subprocess.PIPE, err=asyncio.subprocess.PIPE
        )
        out, err = await asyncio.wait_for(process.communicate(), _START_S)
        return process.returncode or 0, out.decode(), err.decode()

    async def start(self) -> None:
        """Start it; does not wait for the PBX or the broker, as they may be away."""
        with self.log.open("ab") as log:
            self._process = await self._started(out=log.fileno(), err=log.fileno())

    async def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()

    async def stop(self) -> int:
        """End it in good order; its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), _STOP_S)
        except TimeoutError:
            await self.kill()
            raise

    def spooled(self) -> int:
        """How many calls and wishes wait for the centre."""
        with closing(sqlite3.connect(self.spool)) as db:
            query = "SELECT count(*) FROM record WHERE kind != 'state'"
            return int(db.execute(query).fetchone()[0])

    async def _started(self, *words: str, out: int, err: int) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringback", "edge", "--settings", str(self.settings), *words),
            env={name: value for name, value in os.environ.items() if "RINGBACK_" not in name},
            cwd=self._folder,
            stdout=out,
            stderr=err,
        )


class TwoPlaces:
    """Broker, centre and edge; an async context manager.

    Attributes:
        broker: The real Mosquitto.
        centre: `ringback run`, installed with the sample company and one edge.
        edge: `ringback edge`.
    """

    def __init__(
        self,
        folder: Path,
        ami_port: int,
        ami_secret: str,
        site: Path,
        *,
        elks_url: str | None = None,
        mqtt: MqttVersion = "auto",
        **settings: str,
    ) -> None:
        self.broker = Mosquitto()
        centre = folder / "centre"
        centre.mkdir(parents=True)
        self.centre = Product(
            centre,
            elks_url,
            mqtt_url=f"mqtts://{CENTRE}@127.0.0.1:{self.broker.port}",
            mqtt_password=PASSWORDS[CENTRE],
            mqtt_ca=str(self.broker.ca_file),
            **settings,
        )
        text = _edge_toml(folder / "edge", self.broker, ami_port, ami_secret, site, mqtt)
        self.edge = EdgeProcess(folder / "edge", text)

    async def installed(self) -> Self:
        """The broker runs, the centre has the sample company and its edge; nothing else runs."""
        await self.broker.start()
        settings = Settings(var=self.centre.folder / "var")
        db = open_database(settings)
        try:
            await asyncio.to_thread(upgrade, settings)
            company = await add_company(db, salon(), system_clock())
            kind = PbxKind.EDGE
            row = PbxRow(name="Växeln", kind=kind, host="", port=0, username=SITE, secret="")
            async with db.begin(company) as session:
                session.add(row)
        finally:
            await db.close()
        return self

    async def __aenter__(self) -> Self:
        try:
            await self.installed()
            await self.centre.start()
            await self.edge.start()
            await self.linked()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.edge.kill()
        await self.centre.kill()
        await self.broker.__aexit__()

    async def linked(self, within_s: float = _START_S) -> None:
        """Return when the portal would say that the PBX is followed."""
        async with asyncio.timeout(within_s):
            while self.link()[0] != "up":
                await asyncio.sleep(0.05)

    def link(self) -> tuple[str, str]:
        """State and text of the PBX's link, as the portal shows them."""
        query = "SELECT link_state, link_text FROM pbx WHERE kind = 'edge'"
        with closing(sqlite3.connect(self.database)) as db:
            state, text = db.execute(query).fetchone()
        return str(state), str(text)

    @property
    def database(self) -> Path:
        """The centre's SQLite file."""
        return self.centre.folder / "var" / "ringback.sqlite"


def _edge_toml(
    folder: Path, broker: Mosquitto, ami_port: int, ami_secret: str, site: Path, mqtt: MqttVersion
) -> str:
    site_fields = re.sub(r"^#.*$", "", site.read_text(), flags=re.M)
    return f"""\
[centre]
host = "127.0.0.1"
port = {broker.port}
username = "{SITE}"
password = "{PASSWORDS[SITE]}"
ca_file = "{broker.ca_file}"
mqtt = "{mqtt}"

[pbx]
host = "127.0.0.1"
port = {ami_port}
username = "ringback"
secret = "{ami_secret}"

[spool]
folder = "{folder / "spool"}"

[site]
{site_fields}
"""
