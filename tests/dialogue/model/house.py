"""What the tests of the model share: a company that has chosen it, callers who write, and rows."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update

from dialogue.model.endpoint import Endpoint
from dialogue.turn import Turns
from ringback.db import Database
from ringback.store.assistant import save_assistant
from ringback.store.conversations import add_received, open_conversation, open_conversation_with
from ringback.tables import BookingRow, CallbackRow, ConversationRow, MessageRow, TurnRow
from tests.clock import HandClock
from tests.fakes.model import ModelServer, Script, model_server
from tests.flow import CALLER, US, rows, run_due


@dataclass
class House:
    """A company with a model."""

    db: Database
    company: UUID
    clock: HandClock
    fake: ModelServer
    endpoint: Endpoint

    @staticmethod
    @asynccontextmanager
    async def opened(db: Database, company: UUID, clock: HandClock) -> AsyncIterator["House"]:
        async with model_server() as fake:
            endpoint = Endpoint(fake.settings(timeout_s=20))
            house = House(db, company, clock, fake, endpoint)
            await house.choose()
            try:
                yield house
            finally:
                await endpoint.aclose()

    async def choose(self, **changes: Any) -> None:
        """The company's settings of its assistant."""
        chosen = {"engine": "model", "endpoint": "scripted", "month_budget_kr": 50, **changes}
        async with self.db.begin(self.company) as session:
            await save_assistant(session, chosen)

    async def write(self, text: str, number: str = CALLER) -> None:
        async with self.db.begin(self.company) as session:
            talk = await open_conversation_with(session, number)
            if talk is None:
                talk = await open_conversation(session, number, US, "sv", self.clock.now())
            await add_received(session, talk, "46elks", f"s{uuid4()}", text, self.clock.now())

    async def answered(
        self, text: str, script: Script | None = None, number: str = CALLER
    ) -> tuple[str | None, TurnRow]:
        """The caller writes, the turn is taken; the reply and its place in the AI log.

        Without a script the built-in engine answers, as for a company without a model.
        """
        self.clock.advance(seconds=60)
        await self.write(text, number)
        await self.run(script)
        outs = [text for text in await self.texts(number) if text.direction == "out"]
        turns = {turn.message_id: turn for turn in await rows(self.db, self.company, TurnRow)}
        ins = [text for text in await self.texts(number) if text.direction == "in"]
        turn = turns[ins[-1].id]
        mine = [out.text for out in outs if out.key == f"reply:{ins[-1].id}"]
        return (mine[0] if mine else None), turn

    async def run(self, script: Script | None = None) -> None:
        """Take all turns that are due."""
        if script:
            self.fake.script = script
        models = {"scripted": self.endpoint} if script else {}
        turns = Turns(self.db, self.clock.now, models=models)
        await run_due(self.db, self.clock, {"turn": turns.turn})

    async def outs(self) -> list[MessageRow]:
        """What went out to the caller."""
        return [text for text in await self.texts() if text.direction == "out"]

    async def texts(self, number: str = CALLER) -> list[MessageRow]:
        talks = {
            t.id for t in await rows(self.db, self.company, ConversationRow) if t.number == number
        }
        texts = [
            t for t in await rows(self.db, self.company, MessageRow) if t.conversation_id in talks
        ]
        return sorted(texts, key=lambda text: text.number)

    async def bookings(self, number: str = CALLER) -> list[tuple[str, str, str]]:
        """Service, person and local start of the caller's bookings that stand."""
        found = await rows(self.db, self.company, BookingRow)
        return sorted(
            (row.service, row.resource, f"{row.starts_at:%m-%d %H:%M}")
            for row in found
            if row.number == number and row.state == "confirmed"
        )

    async def listed(self, number: str = CALLER) -> list[str]:
        """Why people of the company are asked to ring or write to the caller."""
        found = await rows(self.db, self.company, CallbackRow)
        return sorted(row.why for row in found if row.number == number)

    async def owned_by(self, owner: str) -> None:
        async with self.db.begin(self.company) as session:
            await session.execute(update(ConversationRow).values(owner=owner))


def reasons(turn: TurnRow) -> list[str]:
    """Why something of the turn was refused."""
    return [entry["reason"] for entry in json.loads(turn.refused or "[]")]
