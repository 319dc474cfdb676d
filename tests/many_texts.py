"""Many texts through the product as it runs: who sends them, what 46elks did, and what became of each.

In: a database, how many texts. Out: `ringback run` in processes of its own that can be killed, beside a
46elks at its worst; the truth by its journal; the verdict, text by text.
"""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import httpx
from sqlalchemy import func, select

from ringback.db import Database, open_database
from ringback.messages import MessageState
from ringback.sample import salon
from ringback.settings import Settings
from ringback.store.companies import add_company, company_ids
from ringback.store.conversations import Wish, open_conversation, queue_texts
from ringback.store.spent import counted_e4, spent_by_company
from ringback.store.texting import save_texting
from ringback.tables import ConversationRow, JobRow, MessageRow, SmsNumberRow
from tests.fakes.chaos import is_refused
from tests.fakes.elks import read_journal
from tests.ports import free_port
from tests.product import elks_accounts

COMPANIES = 10
NUMBERS = [f"+467017406{number:02}" for number in range(5, 100)]
ACCOUNT = "46elks"
LEASE_S = 20.0
RECONCILE_AFTER_S = 4.0
_AT_A_TIME = 500
_START_S = 60.0
_MANY = 10**6
_BOUNDS = ("number_hour_texts", "number_day_texts", "number_day_ore", "company_day_ore")
_RULES = {"limits": dict.fromkeys((*_BOUNDS, "company_month_ore"), _MANY)}


async def fill(db: Database, texts: int) -> None:
    """Companies with a number each, and so many texts in line, spread over all their callers."""
    for company in range(COMPANIES):
        now = datetime.now(UTC)
        company_id = await add_company(db, salon(), now)
        ours = f"+468465004{company:02}"
        async with db.begin(company_id) as session:
            await save_texting(session, _RULES)
            session.add(SmsNumberRow(provider=ACCOUNT, e164=ours))
            talks = [await open_conversation(session, e164, ours, "sv", now) for e164 in NUMBERS]
        own = range(company, texts, COMPANIES)
        for first in range(0, len(own), _AT_A_TIME):
            await _queue(db, company_id, talks, own[first : first + _AT_A_TIME])


async def _queue(
    db: Database, company_id: UUID, talks: Sequence[ConversationRow], numbers: Sequence[int]
) -> None:
    async with db.begin(company_id) as session:
        here = [await session.merge(talk, load=True) for talk in talks]
        wishes = [
            Wish(here[number // COMPANIES % len(here)], f"many:{number}", words(number))
            for number in numbers
        ]
        await queue_texts(session, wishes, datetime.now(UTC))


def words(number: int) -> str:
    """A text that is like no other, of one part or of several."""
    return f"Hej! Din tid är bokad, nummer {number}. " + "Vi ses på salongen! " * (number % 11)


class ChaoticElks:
    """46elks at its worst, in a process of its own."""

    def __init__(self, journal: Path, seed: int) -> None:
        self.journal = journal
        self.url = ""
        self._seed = seed

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.fakes.chaos", "--seed", str(self._seed)),
            *("--journal", str(self.journal)),
            cwd=Path(__file__).parents[1],
            stdout=asyncio.subprocess.PIPE,
        )
        assert self._process.stdout is not None
        said = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        self.url = said.decode().split()[-1]
        self._client = httpx.AsyncClient(trust_env=False, timeout=30)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()
        self._process.terminate()
        await self._process.wait()

    async def counts(self) -> dict[str, Any]:
        """How many texts it has taken, how many receipts it is posting, what it did wrong."""
        answer = await self._client.get(self.url.removesuffix("/a1") + "/fake/counts")
        counted: dict[str, Any] = answer.raise_for_status().json()
        return counted


class Installation:
    """The processes that send, and the portal that receipts reach.

    On SQLite that is one process; else two that send, killed in turn, and one that is not killed.
    """

    def __init__(self, folder: Path, settings: Settings, elks_url: str) -> None:
        self.kills = 0
        self._log = folder / "log"
        self._whole = not settings.database_url
        self._port = free_port()
        self._senders: list[asyncio.subprocess.Process] = []
        self._portal: asyncio.subprocess.Process | None = None
        accounts = elks_accounts(folder, elks_url)
        accounts.write_text(accounts.read_text() + "at_once = 32\n")
        self._environment = {
            **{name: value for name, value in os.environ.items() if "RINGBACK_" not in name},
            "RINGBACK_VAR": str(settings.var),
            "RINGBACK_DATABASE_URL": settings.database_url,
            "RINGBACK_PORT": str(self._port),
            "RINGBACK_SMS_ACCOUNTS": str(accounts),
            "RINGBACK_LEASE_S": str(LEASE_S),
            "RINGBACK_RECONCILE_AFTER_S": str(RECONCILE_AFTER_S),
        }

    async def __aenter__(self) -> Self:
        if self._whole:
            self._senders = [await self._run("sms,portal")]
        else:
            self._portal = await self._run("portal")
            self._senders = [await self._run("sms") for _ in range(2)]
        await self._until_portal_answers()
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self._all():
            if process.returncode is None:
                process.terminate()
        await asyncio.wait_for(asyncio.gather(*(one.wait() for one in self._all())), _START_S)

    async def kill_next(self) -> None:
        """A power cut for the next process that sends, which is started again."""
        self.check()
        process = self._senders.pop(0)
        process.send_signal(signal.SIGKILL)
        await process.wait()
        self.kills += 1
        self._senders.append(await self._run("sms,portal" if self._whole else "sms"))

    def check(self) -> None:
        """None may have ended by itself."""
        for process in self._all():
            assert process.returncode is None, self._log.read_text()[-3000:]

    def _all(self) -> Iterator[asyncio.subprocess.Process]:
        yield from self._senders
        if self._portal:
            yield self._portal

    async def _until_portal_answers(self) -> None:
        url = f"http://127.0.0.1:{self._port}/health"
        async with asyncio.timeout(_START_S), httpx.AsyncClient(trust_env=False) as client:
            while True:
                self.check()
                try:
                    if (await client.get(url, timeout=2)).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    async def _run(self, parts: str) -> asyncio.subprocess.Process:
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "ringback", "run", "--only", parts),
                env=self._environment,
                cwd=Path(__file__).parents[1],
                stdout=log,
                stderr=log,
            )


@dataclass
class Verdict:
    """What became of the texts.

    Attributes:
        states: How many texts are in each state.
        lookups: How many texts of unknown outcome were looked up at 46elks.
        faults: A line for each text that was sent twice, was lost or is in a wrong state.
    """

    states: Counter[str] = field(default_factory=Counter)
    lookups: int = 0
    faults: list[str] = field(default_factory=list)


async def is_over(db: Database) -> bool:
    """Whether every text has come to rest."""
    async with db.read_across() as session:
        open_jobs = select(func.count()).where(
            JobRow.state == "open", JobRow.kind.in_(("send", "reconcile"))
        )
        waiting = await session.scalar(open_jobs)
    return not waiting


async def verdict(settings: Settings, journal: Path) -> Verdict:
    """Text by text, what the database tells against what 46elks knows."""
    truths = _truths(journal)
    found = Verdict()
    db = open_database(settings)
    try:
        async with db.read_across() as session:
            companies = await company_ids(session)
            lookups = select(func.count()).where(JobRow.kind == "reconcile")
            found.lookups = await session.scalar(lookups) or 0
        for company_id in companies:
            async with db.read(company_id) as session:
                messages = (await session.scalars(select(MessageRow))).all()
                spent = await spent_by_company(session, datetime.now(UTC))
            for message in messages:
                found.states[message.state] += 1
                found.faults += _faults(message, truths.get(message.text, []))
            counted = sum(counted_e4(one) for one in messages if one.state != "rejected")
            if spent.company_month_e4 != counted:
                found.faults.append(f"a company's month is {spent.company_month_e4}, not {counted}")
    finally:
        await db.close()
    return found


def _truths(journal: Path) -> dict[str, list[set[str]]]:
    """By text: for each time that it was taken, what was reported of it."""
    reported: dict[str, set[str]] = {}
    taken: dict[str, list[set[str]]] = {}
    for entry in read_journal(journal):
        if entry["kind"] == "accepted":
            reported[entry["id"]] = set()
            taken.setdefault(entry["message"], []).append(reported[entry["id"]])
        elif entry["kind"] == "receipt":
            reported[entry["id"]].add(entry["status"])
    return taken


def _faults(message: MessageRow, taken: list[set[str]]) -> Iterator[str]:
    name = f"{message.text[:45]!r} ({message.state}, {message.why})"
    if len(taken) > 1:
        yield f"sent {len(taken)} times: {name}"
    if is_refused(message.text):
        if taken or message.state != MessageState.REJECTED:
            yield f"was refused: {name}"
        return
    if not taken:
        yield f"lost: {name}"
        return
    final = {MessageState.DELIVERED, MessageState.FAILED} & taken[0]
    right = final.pop() if final else MessageState.ACCEPTED
    if message.state != right:
        yield f"should be {right}: {name}"
