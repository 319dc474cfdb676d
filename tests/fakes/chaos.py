"""A 46elks that does everything a provider may do to us, by a seed.

It is slow, refuses texts, asks to slow down, drops connections before and after it has taken a text,
breaks after it has taken it, never answers, and reports at once, late, twice, in any order, or never.
Started as a process of its own it is ordered about as the fake 46elks is, and by GET /fake/counts.

    python -m tests.fakes.chaos --port N --journal FILE --seed S
"""

import argparse
import asyncio
import json
import random
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import httpx

from tests.fakes.elks import Entry, FakeElks
from tests.fakes.elks_http import Answer, Form, Request

REFUSED_SHARE = 0.03
_CALM = 8  # texts between two faults, or each fault would look like the end of the account
_THROTTLED_S = 0.3
_NEVER_S = 120.0
_POSTS_AT_ONCE = 8
_AWAY_S = 0.5
_UNLISTED = 3  # look-ups that fail; each is asked again half a minute later

FAULTS = {  # per 1,000 texts
    "dropped before": 15,
    "dropped after": 15,
    "error after": 15,
    "slow": 30,
    "never answered": 0.5,
    "throttled": 2,
}
RECEIPTS = {  # in this order when their time comes; weights
    ("delivered",): 50,
    ("sent", "delivered"): 15,
    ("delivered", "sent"): 10,
    ("delivered", "delivered"): 8,
    ("failed",): 5,
    ("failed", "sent", "failed"): 2,
    ("sent",): 5,
    (): 5,
}


def is_refused(message: str) -> bool:
    """Whether 46elks refuses this text, each time."""
    return sha256(message.encode()).digest()[0] < 256 * REFUSED_SHARE


class Chaos(FakeElks):
    """The server."""

    def __init__(self, port: int, journal: Path, seed: int) -> None:
        super().__init__(port, journal)
        self.faults: Counter[str] = Counter()
        self._chance = random.Random(seed)
        self._calm = 0
        self._throttled_until = 0.0
        self._taken = self._listed = 0
        self._posting = asyncio.Semaphore(_POSTS_AT_ONCE)
        self._away_until = 0.0
        self._by_number: dict[str, dict[str, Entry]] = {}

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.CancelledError):  # else asyncio tells of every answer that never came
            await super()._serve(reader, writer)

    async def _answered(self, request: Request) -> Answer:
        if request.path == "/fake/counts":
            counts = {"taken": self._taken, "posting": len(self._deliveries)}
            return Answer(200, json.dumps({**counts, "faults": self.faults}))
        if request.method == "POST" and self._chance.random() < 0.2:
            await asyncio.sleep(self._chance.uniform(0, 0.2))  # it may be gone when we take it
        return await super()._answered(request)

    def _faulty(self, on: str, act: Callable[[], Answer]) -> Answer:
        if on != "send":
            self._listed += 1
            return act() if self._listed > _UNLISTED else Answer(503, "Try later")
        now = asyncio.get_running_loop().time()
        fault = self._fault()
        if fault == "throttled":
            self._throttled_until = now + _THROTTLED_S
        if now < self._throttled_until:
            self.faults["throttled"] += 1
            return Answer(429, "Too many requests", {"Retry-After": "1"})
        if fault:
            self.faults[fault] += 1
        if fault == "dropped before":
            return Answer(drop=True, delay_s=self._chance.uniform(0, 0.1))
        return self._spoilt(act(), fault)

    def _spoilt(self, answer: Answer, fault: str) -> Answer:
        """The answer to a text that was taken (or refused), as it reaches who asked."""
        soon = self._chance.uniform(0.01, 0.1)
        match fault:
            case "dropped after":
                return Answer(drop=True, delay_s=soon)
            case "error after":
                return Answer(500, "Internal server error", delay_s=soon)
            case "never answered":
                return replace(answer, delay_s=_NEVER_S)
            case "slow":
                return replace(answer, delay_s=self._chance.uniform(0.5, 2))
        return replace(answer, delay_s=soon)

    def _fault(self) -> str:
        self._calm -= 1
        if self._calm > 0:
            return ""
        well = 1000 - sum(FAULTS.values())
        (fault,) = self._chance.choices([*FAULTS, ""], [*FAULTS.values(), well])
        if fault:
            self._calm = _CALM
        return fault

    def _send(self, form: Form) -> Answer:
        if is_refused(form["message"]):
            return Answer(400, f"Invalid to number {form['to']}")
        answer = super()._send(form)
        newest = self._sms[next(reversed(self._sms))]
        self._by_number.setdefault(newest["to"], {})[newest["id"]] = newest
        self._taken += 1
        return answer

    async def _report(self, sms_id: str, statuses: tuple[str, ...]) -> None:
        (wanted,) = self._chance.choices([*RECEIPTS], [*RECEIPTS.values()])
        at = 0.0
        for status in wanted:
            # One at once overtakes the answer to the text.
            at += self._chance.choice((0.0, self._chance.uniform(0, 1), self._chance.uniform(1, 4)))
            self._in_background(self._report_at(at, sms_id, status))

    async def _report_at(self, after_s: float, sms_id: str, status: str) -> None:
        await asyncio.sleep(after_s)
        await self.post_receipt(sms_id, status)

    async def _post(self, url: str, form: Form) -> httpx.Response | None:
        """Posts until it is taken; a few at a time, or what waits would leave us no time to listen."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(max(0.0, self._away_until - loop.time()))
            async with self._posting:
                if loop.time() < self._away_until:
                    continue
                try:
                    answer = await self._client.post(url, data=form)
                except httpx.HTTPError:
                    self._away_until = loop.time() + _AWAY_S
                else:
                    if 200 <= answer.status_code <= 204:
                        return answer
            await asyncio.sleep(_AWAY_S)

    def _history(self, query: Form) -> Answer:
        """The same answer as ever, without looking at all other numbers' texts."""
        everything = self._sms
        self._sms = self._by_number.get(query.get("to", ""), {})
        try:
            return super()._history(query)
        finally:
            self._sms = everything


async def _run(options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Chaos(options.port, options.journal, options.seed) as fake:
        print(f"listening on {fake.base_url}", flush=True)
        await stop.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="46elks' SMS API on 127.0.0.1, at its worst")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    parser.add_argument("--journal", type=Path, required=True, help="file of JSON lines")
    parser.add_argument("--seed", type=int, default=0)
    asyncio.run(_run(parser.parse_args()))


if __name__ == "__main__":
    main()
