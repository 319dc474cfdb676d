"""46elks as it is for the product: another process, some way off.

In: a file for its journal. Out: the fake 46elks as a process of its own behind a line that is as slow
as the internet, so that a product can be killed between a text and its answer.
"""

import asyncio
import random
import sys
from pathlib import Path
from typing import Any, Self

import httpx

from tests.ports import free_port

_START_S = 60.0
_ANSWER_S = 30.0
_LINE_S = (0.05, 0.5)  # until an answer comes


class FarElks:
    """The process and the line to it; an async context manager."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._port = free_port()
        self._line_port = free_port()
        self._process: asyncio.subprocess.Process | None = None
        self._line: asyncio.Server | None = None
        self._carried: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """What the product is told."""
        return f"http://127.0.0.1:{self._line_port}/a1"

    async def start(self, deliver_to: str) -> None:
        """Start it; callers' texts are posted to the address until they are taken."""
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.fakes.elks", "--port", str(self._port)),
            *("--journal", str(self._journal), "--deliver-to", deliver_to, "--retry-s", "0.2"),
            cwd=Path(__file__).parents[1],
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        self._line = await asyncio.start_server(self._take, "127.0.0.1", self._line_port)

    async def text_in(self, sender: str, recipient: str, message: str) -> None:
        """A caller writes."""
        await self._ask("POST", "inbound", {"from": sender, "to": recipient, "message": message})

    async def accepted(self) -> list[dict[str, Any]]:
        """Every text that was taken from the product, in order."""
        journal = (await self._ask("GET", "journal")).json()
        return [entry for entry in journal if entry["kind"] == "accepted"]

    async def texts_to(self, number: str) -> list[str]:
        """What a phone has received."""
        return [text["message"] for text in await self.accepted() if text["to"] == number]

    async def __aenter__(self) -> Self:
        self._client = httpx.AsyncClient(trust_env=False, timeout=_ANSWER_S)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        if self._line:
            self._line.close()
        for one in self._carried:
            one.cancel()
        await asyncio.gather(*self._carried, return_exceptions=True)
        if self._process:
            self._process.terminate()
            await self._process.wait()

    async def _ask(self, method: str, what: str, form: Any = None) -> httpx.Response:
        url = f"http://127.0.0.1:{self._port}/fake/{what}"
        answer = await self._client.request(method, url, data=form)
        return answer.raise_for_status()

    def _take(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        one = asyncio.create_task(self._carry(near, writer))
        self._carried.add(one)
        one.add_done_callback(self._carried.discard)

    async def _carry(self, near: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request there, at once, and its answer back, later; one connection each."""
        reader, far = await asyncio.open_connection("127.0.0.1", self._port)
        forth = asyncio.create_task(_copy(near, far), name="line")
        try:
            answer = await reader.read()
            await asyncio.sleep(random.uniform(*_LINE_S))
            writer.write(answer)
            await writer.drain()
        except ConnectionError:
            pass  # the product was killed
        finally:
            forth.cancel()
            writer.close()
            far.close()


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while some := await source.read(65536):
            sink.write(some)
    except ConnectionError:
        pass
