"""npm's SMPP server, and our provider at work on it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ringback.messages import Inbound, Outbound, Outcome, Receipt
from sms_gateway.providers.smpp.account import SmppAccount, Timing
from sms_gateway.providers.smpp.provider import Smpp
from tests.clock import HandClock
from tests.smpp_server.server import SmppServer, packages

QUICK = Timing(
    connect_s=8,
    answer_s=8,
    send_s=12,
    enquire_s=20,
    part_s=0.2,
    join_s=600,
    deliver_s=2,
    stop_s=2,
    first_s=0.05,
    most_s=0.4,
    refused_s=0.3,
)
OURS, CALLER = "+46846500400", "+46701740605"


async def _nothing(value: object) -> None:
    """Takes all."""


@dataclass
class At:
    """A provider at work: what it heard, and what the inbox does with that."""

    smpp: Smpp
    clock: HandClock = field(default_factory=HandClock)
    texts: list[Inbound] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    before: Callable[[object], Awaitable[None]] = _nothing  # may refuse or wait
    working: asyncio.Task[None] | None = None

    async def send(self, text: str = "Hej", token: str = "token", sender: str = OURS) -> Outcome:
        if self.working and self.working.done() and not self.working.cancelled():
            self.working.result()  # its fault is the one to tell, not that there is no line
        return await self.smpp.send(Outbound(token, sender, CALLER, text))

    async def receive(self, inbound: Inbound) -> None:
        await self.before(inbound)
        self.texts.append(inbound)

    async def settle(self, receipt: Receipt) -> None:
        await self.before(receipt)
        self.receipts.append(receipt)

    async def stop(self) -> None:
        if self.working is not None:
            self.working.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.working

    async def until(self, condition: Callable[[], bool], within_s: float = 30) -> None:
        async with asyncio.timeout(within_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def until_fault(self, words: str) -> None:
        async with asyncio.timeout(30):
            while words not in (await self.smpp.check() or ""):
                await asyncio.sleep(0.005)


Connect = Callable[..., Awaitable[At]]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    return packages()


@pytest.fixture
async def smsc(node_modules: Path, tmp_path: Path) -> AsyncIterator[SmppServer]:
    async with SmppServer(node_modules, tmp_path) as server:
        yield server


def account_at(port: int, **more: Any) -> SmppAccount:
    known = {"host": "127.0.0.1", "system_id": "ringback", "password": "secret"}
    return SmppAccount(name="smsc", port=port, **known | more)


@pytest.fixture
async def start(smsc: SmppServer) -> AsyncIterator[Connect]:
    """Puts a provider to work; keywords are those of `SmppAccount`, and `timing`."""
    started = list[At]()

    async def begin(timing: Timing = QUICK, port: int | None = None, **more: Any) -> At:
        clock = HandClock()
        at = At(Smpp(account_at(port or smsc.port, **more), clock.now, timing), clock)
        at.working = asyncio.create_task(at.smpp.run(at.receive, at.settle))
        started.append(at)
        await asyncio.sleep(0)  # the task begins
        return at

    yield begin
    for at in started:
        await at.stop()


@pytest.fixture
async def at(start: Connect, smsc: SmppServer) -> At:
    """A provider whose line is up."""
    connected = await start()
    await smsc.event("bind")
    await connected.until(lambda: connected.smpp._line is not None)
    return connected
