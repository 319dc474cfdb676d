"""A real Kannel of one's own: bearerbox, smsbox, and its fakesmsc, which shows the texts it was given.

In: where our webhooks are. Out: three processes, each of which can be stopped. The port that the fake
SMSC connects to is open on all addresses whatever the settings say, so all stands within
`tests.netns.own_network`, where the ports are always free. `docs/sms.md` tells the same groups.
"""

import asyncio
import re
import shutil
from pathlib import Path
from typing import Self
from urllib.parse import unquote_to_bytes

USERNAME, PASSWORD = "tester", "made-up"
SENDSMS = "http://127.0.0.1:14013/cgi-bin/sendsms"
FAKESMSC = Path("/usr/lib/kannel/test/fakesmsc")
_PORTS = {"bearerbox": 14001, "smsbox": 14013}
_START_S = 60.0
_STOP_S = 30.0
_DOCUMENT = Path(__file__).parents[1] / "docs" / "sms.md"

# Kannel wants a blank line between groups.
_CORE = """\
group = core
admin-port = 14000
admin-interface = "127.0.0.1"
admin-password = adm
status-password = st
smsbox-port = 14001
smsbox-interface = "127.0.0.1"
box-deny-ip = "*.*.*.*"
box-allow-ip = "127.0.0.1"
store-type = file
store-location = "kannel.store"
dlr-storage = internal

group = smsc
smsc = fake
smsc-id = FAKE
port = 14100
connect-allow-ip = "127.0.0.1"

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = 14001
sendsms-interface = "127.0.0.1"
sendsms-port = 14013
sendsms-chars = "0123456789 +-"
http-request-retry = 20
http-queue-delay = 1

"""


def documented(begins: str) -> str:
    """The block of docs/sms.md that begins with this."""
    _, _, block = _DOCUMENT.read_text().partition(f"```\n{begins}")
    assert block, f"docs/sms.md has no block that begins with {begins!r}"
    return begins + block.partition("```")[0]


class Kannel:
    """The processes; an async context manager, to be used within `own_network`."""

    def __init__(self, folder: Path, inbound_url: str) -> None:
        assert FAKESMSC.exists(), "Install kannel and kannel-extras: scripts/test-servers.sh."
        self._folder = folder
        self._processes: dict[str, asyncio.subprocess.Process] = {}
        groups = documented("group = sendsms-user").replace("PASSWORD", PASSWORD)
        groups = groups.replace("ringback", USERNAME)
        groups = re.sub(r'post-url = ".*"', lambda _: f'post-url = "{inbound_url}"', groups)
        (folder / "kannel.conf").write_text(_CORE + groups)

    async def __aenter__(self) -> Self:
        await self.start("bearerbox")
        await self.start("smsbox")
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in tuple(self._processes):
            await self.kill(name)

    async def start(self, box: str) -> None:
        """Start bearerbox or smsbox and wait until it listens."""
        program = shutil.which(box, path="/usr/sbin:/usr/bin")
        assert program, f"{box} is not here: scripts/test-servers.sh installs it."
        await self._run(box, program, "-v", "1", "kannel.conf")
        async with asyncio.timeout(_START_S):
            while not await _listens(_PORTS[box]):
                assert self._processes[box].returncode is None, self._log(box)
                await asyncio.sleep(0.02)

    async def smsc(self, *texts: str) -> None:
        """The SMSC, anew: it hands in the texts, `FROM TO text WORDS`, and takes all that it gets."""
        await self.kill("fakesmsc")
        words = ("-H", "127.0.0.1", "-r", "14100", "-i", "0.01", "-m", str(len(texts)))
        await self._run(
            "fakesmsc", str(FAKESMSC), "-v", "0", *words, *(texts or ("1 2 text never",))
        )
        async with asyncio.timeout(_START_S):
            while "Connecting" not in self._log("fakesmsc"):
                await asyncio.sleep(0.02)

    async def kill(self, name: str) -> None:
        """End one of them as a power cut would."""
        process = self._processes.pop(name, None)
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await asyncio.wait_for(process.wait(), _STOP_S)

    async def deaf(self, box: str) -> None:
        """Wait until bearerbox or smsbox takes no connections any more."""
        async with asyncio.timeout(_START_S):
            while await _listens(_PORTS[box]):
                await asyncio.sleep(0.02)

    async def texts(self, parts: int) -> list[str]:
        """What the SMSC got, in order, as soon as so many parts are there."""
        async with asyncio.timeout(_START_S):
            while (
                len(found := re.findall(r"Got message \d+: <(.*)>\n", self._log("fakesmsc")))
                < parts
            ):
                await asyncio.sleep(0.02)
        return [_words(line) for line in found]

    async def _run(self, name: str, *command: str) -> None:
        with (self._folder / f"{name}.log").open("wb") as log:
            self._processes[name] = await asyncio.create_subprocess_exec(
                *command, cwd=self._folder, stdin=asyncio.subprocess.PIPE, stdout=log, stderr=log
            )

    def _log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text("utf-8", "replace")


def _words(line: str) -> str:
    """The text of `FROM TO text WORDS`, `… ucs-2 %00H`, or `… udh %05… data WORDS`."""
    kind, _, rest = line.split(" ", 2)[2].partition(" ")
    if kind == "text":
        return rest
    if kind == "udh":
        _, kind, rest = rest.split(" ", 2)
    raw = unquote_to_bytes(rest.replace("+", " "))
    return raw.decode("utf-16-be" if kind == "ucs-2" else "utf-8")


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
