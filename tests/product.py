"""The product as an installer runs it: commands in processes of its own, a folder, an environment.

In: where 46elks is. Out: a running `ringback run` that can be stopped, killed and started again.
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Self

import httpx

from tests.fakes.elks import PASSWORD, USERNAME
from tests.ports import free_port

EMAIL, USER_PASSWORD = "ellen@salong.example", "not-a-secret-here"
OUR_NUMBER = "+46701740690"
HOOK_SECRET = "unguessable-in-real-life"
_START_S = 90.0  # for a loaded machine; 2 s are usual
_STOP_S = 30.0


class Product:
    """One installation of Ringback in a folder; without 46elks its phones are simulated.

    Attributes:
        runs: What Python is started with; a test may put its own clock into the product.
    """

    runs: tuple[str, ...] = ("-m", "ringback", "run")

    def __init__(self, folder: Path, elks_url: str | None, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.inbound_url = f"{self.url}/webhooks/46elks/{HOOK_SECRET}/inbound"
        self.log = folder / "log"
        self._process: asyncio.subprocess.Process | None = None
        self._environment = {
            **{name: value for name, value in os.environ.items() if "RINGBACK_" not in name},
            "RINGBACK_VAR": str(folder / "var"),
            "RINGBACK_PORT": str(self.port),
            "RINGBACK_SMS_ACCOUNTS": str(elks_accounts(folder, elks_url)) if elks_url else "",
            **{f"RINGBACK_{name.upper()}": value for name, value in settings.items()},
        }

    async def company(self) -> None:
        """Add the sample company, a user, and the number for texts, as docs tell."""
        sample = Path(__file__).parents[1] / "ringback/sample/salon.yaml"
        await self._add("company", str(sample))
        await self._add("user", EMAIL, "--name", "Ellen", "--password", USER_PASSWORD)
        await self._add("number", OUR_NUMBER)

    async def installed(self, ami_port: int, secret: str, site: Path) -> Self:
        """Add the company and its PBX."""
        await self.company()
        pbx = ("127.0.0.1", "--port", str(ami_port), "--username", "ringback", "--secret", secret)
        await self._add("pbx", *pbx, "--site", str(site))
        return self

    async def _add(self, *words: str) -> None:
        code, _, said = await self.command("add", *words)
        assert code == 0, said

    async def command(self, *words: str) -> tuple[int, str, str]:
        """Run `ringback …` to its end; gives exit code, standard output, standard error."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ringback", *words),
            env=self._environment,
            cwd=self.folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), _START_S)
        return process.returncode or 0, out.decode(), err.decode()

    async def start(self) -> Self:
        """Start `ringback run` and wait until the portal answers."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *self.runs),
                env=self._environment,
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )
        async with asyncio.timeout(_START_S), httpx.AsyncClient() as client:
            while not await self._answers(client):
                assert self._process.returncode is None, self.log.read_text()[-3000:]
                await asyncio.sleep(0.05)
        return self

    async def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """End it in good order; gives its exit code."""
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.terminate()
        try:
            return await asyncio.wait_for(self._process.wait(), _STOP_S)
        except TimeoutError:
            await self.kill()
            raise

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def _answers(self, client: httpx.AsyncClient) -> bool:
        try:
            return (await client.get(f"{self.url}/health", timeout=2)).status_code == 200
        except httpx.HTTPError:
            return False


def elks_accounts(folder: Path, elks_url: str) -> Path:
    """The file of the operator's accounts, with one at the fake 46elks."""
    path = folder / "sms.toml"
    lines = {
        "name": "46elks",
        "kind": "46elks",
        "username": USERNAME,
        "password": PASSWORD,
        "hook_secret": HOOK_SECRET,
        "base_url": elks_url,
    }
    path.write_text(
        "[[account]]\n" + "".join(f'{key} = "{value}"\n' for key, value in lines.items())
    )
    path.chmod(0o600)
    return path
