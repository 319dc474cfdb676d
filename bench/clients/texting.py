"""The product on SQLite, texted at a steady rate; prints how long each answer took, as JSON.

Arguments: how many texts, how many a second. The texts are the scripted conversations of `tests/data`,
each held by callers of their own who write on some seconds later. What is timed begins when the inbox
has committed a text and ends when the provider is asked to send the reply; a text that is answered
with silence is not timed. `lost` counts texts, theirs and ours, that still waited at the end.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import uvloop
from sqlalchemy import func, select

from dialogue.evaluation.scenarios import Company, read_set
from ringback.clock import system_clock
from ringback.db import Database, open_database
from ringback.logs import set_up_logs
from ringback.messages import Inbound, Outbound
from ringback.schema import upgrade
from ringback.settings import Settings
from ringback.store.companies import add_company
from ringback.store.texting import save_texting
from ringback.tables import JobRow, SmsNumberRow
from ringback.wiring import Parts, run
from sms_gateway.inbox import Inbox
from sms_gateway.provider import Account
from sms_gateway.providers.simulator import Simulator
from tests.dialogue.playing import OWN, PUBLIC

_ACCOUNT = "simulator"
_PLENTY = 1_000_000_000
_WARM_S, _DRAIN_S, _LOOK_S = 2.0, 30.0, 0.2
_SHIFT = 37  # has no divisor in common with the number of callers, so each talks to all companies
_CALLERS = [f"+467017406{number:02d}" for number in range(5, 100)]


@dataclass
class _Phones:
    """Phones that note when each text was handed over; the first one after a text counts."""

    shown: dict[tuple[str, str], float] = field(default_factory=dict)

    async def show(self, outbound: Outbound, at: datetime) -> None:
        self.shown.setdefault((outbound.sender, outbound.recipient), time.monotonic())

    async def shows(self, token: str) -> bool:
        return False


@dataclass(frozen=True, slots=True)
class _Text:
    """What a caller writes, and to which of our numbers."""

    caller: str
    ours: str
    text: str


def _texts(numbers: dict[str, str]) -> Iterator[_Text]:
    """Without end: of each conversation the first text, then of each the second, then other callers."""
    known = [read_set(PUBLIC), read_set(OWN)]
    talks = [one for each in known for one in each.scenarios][: len(_CALLERS)]
    for lap in count():
        begun = []
        for place, talk in enumerate(talks):
            caller = _CALLERS[(place + lap * _SHIFT) % len(_CALLERS)]
            begun.append([_Text(caller, numbers[talk.business], step.user) for step in talk.turns])
        for side_by_side in zip_longest(*begun):
            yield from filter(None, side_by_side)


async def _companies(db: Database) -> dict[str, str]:
    """The companies of both sets without limits; our number of each."""
    found: dict[str, Company] = {**read_set(PUBLIC).companies, **read_set(OWN).companies}
    bounds = ("number_hour_texts", "number_day_texts", "number_day_ore")
    limits = dict.fromkeys((*bounds, "company_day_ore", "company_month_ore"), _PLENTY)
    numbers = {}
    for place, (name, company) in enumerate(found.items()):
        numbers[name] = f"+468465004{place:02d}"
        company_id = await add_company(db, company.business, system_clock())
        async with db.begin(company_id) as session:
            await save_texting(session, {"limits": limits})
            session.add(SmsNumberRow(id=uuid4(), provider=_ACCOUNT, e164=numbers[name]))
    return numbers


async def _measure(settings: Settings, texts: int, per_s: float) -> dict[str, object]:
    db, phones = open_database(settings), _Phones()
    try:
        numbers = await _companies(db)
        inbox = Inbox(db, system_clock)
        provider = Simulator(phones, inbox.settle, "", system_clock)
        parts = Parts(settings, db, system_clock, {_ACCOUNT: Account(provider)}, inbox)
        serving = asyncio.create_task(run(parts, ("sms", "dialogue")))
        clients = _Clients(inbox, phones)
        written = _texts(numbers)
        await clients.write(written, round(_WARM_S * per_s), per_s)
        await _drained(db)
        clients.look()  # or the first ones would be counted when their callers write again
        clients.waits_ms.clear()
        await clients.write(written, texts, per_s)
        lost = await _drained(db)
        clients.look()
        if serving.done():
            serving.result()  # says why it has ended
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return {"waits_ms": clients.waits_ms, "lost": lost}
    finally:
        await db.close()


@dataclass
class _Clients:
    """The callers: they write at their times, whether or not they are answered."""

    inbox: Inbox
    phones: _Phones
    waits_ms: list[float] = field(default_factory=list)
    committed: dict[tuple[str, str], float] = field(default_factory=dict)

    async def write(self, texts: Iterator[_Text], how_many: int, per_s: float) -> None:
        began = time.monotonic()
        async with asyncio.TaskGroup() as writing:
            for number in range(how_many):
                await asyncio.sleep(max(began + number / per_s - time.monotonic(), 0))
                writing.create_task(self._write(next(texts)))

    async def _write(self, text: _Text) -> None:
        ends = (text.ours, text.caller)
        self._answered(ends)
        self.phones.shown.pop(ends, None)
        now = system_clock()
        inbound = Inbound(_ACCOUNT, str(uuid4()), text.caller, text.ours, text.text, now)
        await self.inbox.receive(inbound)
        self.committed[ends] = time.monotonic()

    def look(self) -> None:
        """Take in all answers that have come."""
        for ends in list(self.committed):
            self._answered(ends)

    def _answered(self, ends: tuple[str, str]) -> None:
        since, shown = self.committed.pop(ends, None), self.phones.shown.get(ends)
        if since is not None and shown is not None:
            self.waits_ms.append(max(shown - since, 0.0) * 1e3)


async def _drained(db: Database) -> int:
    """Waits until all texts are answered, a while at most; how many are not."""
    waiting = select(func.count()).where(JobRow.kind.in_(("turn", "send")), JobRow.state == "open")
    until = time.monotonic() + _DRAIN_S
    while True:
        async with db.read_across() as session:
            left = await session.scalar(waiting) or 0
        if not left or time.monotonic() > until:
            return left
        await asyncio.sleep(_LOOK_S)


def _main(texts: int, per_s: float) -> None:
    set_up_logs(logging.ERROR)
    with TemporaryDirectory(prefix="ringback-bench-") as folder:
        settings = Settings(var=Path(folder), database_url="")
        upgrade(settings)
        told = uvloop.run(_measure(settings, texts, per_s))
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    _main(int(sys.argv[1]), float(sys.argv[2]))
