"""The product at two places, as an installer sets it up: `ringback edge`, a broker, the centre.

In: a broker, the port of an AMI. Out: an edge as a process of its own beside the PBX and a centre
(`Product`) behind a real Mosquitto, each of which can be killed and started again.
"""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Self

from tests.asterisk.office import AMI_SECRET, AMI_USER
from tests.mosquitto import CENTRE, PASSWORDS, SITE, Mosquitto
from tests.product import OUR_NUMBER, Product

_SAMPLE = Path(__file__).parents[1] / "ringback/sample/salon.yaml"
_STOP_S = 10.0


class EdgeAndCentre:
    """One site and the centre it tells its calls to.

    Attributes:
        folder: Of the centre, with its database.
        reads_queue_log: It does not.
    """

    reads_queue_log = False

    def __init__(self, folder: Path, broker: Mosquitto) -> None:
        self.folder = folder / "centre"
        self.folder.mkdir()
        self._edge_folder = folder / "edge"
        self._edge_folder.mkdir()
        self._broker = broker
        self._centre = Product(
            self.folder,
            None,
            mqtt_url=f"mqtts://{CENTRE}@127.0.0.1:{broker.port}",
            mqtt_password=PASSWORDS[CENTRE],
            mqtt_ca=str(broker.ca_file),
        )
        self._centre_runs = False
        self._edge: asyncio.subprocess.Process | None = None

    async def installed(self, ami_port: int, site_file: Path) -> Self:
        """Adds company, number and edge at the centre, and writes the edge's settings file."""
        for words in (("company", str(_SAMPLE)), ("number", OUR_NUMBER)):
            code, _, said = await self._centre.command("add", *words)
            assert code == 0, said
        code, settings, said = await self._centre.command("add", "edge", "Växeln", "--site", SITE)
        assert code == 0, said
        (self._edge_folder / "broker-password").write_text(PASSWORDS[SITE])
        (self._edge_folder / "pbx-secret").write_text(AMI_SECRET)
        shutil.copy(self._broker.ca_file, self._edge_folder / "ca.crt")
        known = ("name", "country", "#")
        site = (line for line in site_file.read_text().splitlines() if not line.startswith(known))
        settings = settings.replace("port = 5038", f"port = {ami_port}")
        settings = settings.replace('username = "ringback"', f'username = "{AMI_USER}"')
        spool = f'[spool]\nfolder = "{self._edge_folder / "spool"}"\n'
        path = self._edge_folder / "edge.toml"
        path.write_text("\n".join([settings, *site, "", spool]))
        path.chmod(0o600)
        return self

    async def start(self) -> None:
        """Whatever of the two does not run."""
        if not self._centre_runs:
            await self._centre.start()
            self._centre_runs = True
        if self._edge is None:
            with (self._edge_folder / "log").open("ab") as log:
                self._edge = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "ringback", "edge"),
                    *("--settings", str(self._edge_folder / "edge.toml")),
                    cwd=self._edge_folder,
                    stdout=log,
                    stderr=log,
                )

    async def kill(self) -> None:
        """The edge, as a power cut would; the centre goes on."""
        edge, self._edge = self._edge, None
        if edge is not None:
            if edge.returncode is None:
                edge.kill()
            await edge.wait()

    async def kill_centre(self) -> None:
        """The centre; the edge goes on."""
        if self._centre_runs:
            self._centre_runs = False
            await self._centre.kill()

    async def restart_broker(self) -> None:
        """The broker in order, and with it the centre by `kill -9`: no call may suffer from it."""
        await self.kill_centre()
        await self._broker.restart()
        await self.start()
