"""A company that rings back: two queues, people with phones, and wishes as the voice menu makes them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
from sqlalchemy import select

from ringback.attempts import Outcome, Phase, Progress, channel_id
from ringback.callbacks import CallbackRequest
from ringback.queues import Input, Rules
from ringback.store.attempts import end_attempt, note_progress, to_send
from ringback.store.callbacks import record_callback
from ringback.store.queues import add_queue, save_rules
from ringback.tables import AttemptRow, AuditRow, CallbackRow, UserRow
from tests.portal_api.house import Home, House

KARIN, ERIK = "handler@saxen.example", "erik@saxen.example"
AFTERNOON = "1300-1500@261120"  # of the house's own day; the house's clock stands at 13:00
LATER = "1500-1700@261120"


@dataclass
class Desk:
    """What the tests of the callback list have in common."""

    house: House
    home: Home
    support: UUID = field(init=False)
    sales: UUID = field(init=False)
    told: int = 0

    async def open(self) -> "Desk":
        async with self.house.db.begin(self.home.company_id) as session:
            now = self.house.now
            support = await add_queue(session, self.home.pbx_id, "support", "Support", now)
            sales = await add_queue(session, self.home.pbx_id, "sales", "Försäljning", now)
            rules = Rules(offer="always", asks=Input.PERSONAL_NUMBER)
            await save_rules(session, support.id, "Support", rules, now)
            self.support, self.sales = support.id, sales.id
            for number, user in enumerate(await session.scalars(select(UserRow)), 101):
                user.phone = f"PJSIP/{number}"
        return self

    async def wish(
        self,
        number: str = "+46701740611",
        *,
        queue: str = "support",
        choice: str = AFTERNOON,
        keyed: str = "",
        arrived: datetime | None = None,
    ) -> UUID:
        """What the voice menu hands over; the id of its row."""
        self.told += 1
        at = arrived or self.house.now + timedelta(seconds=self.told, minutes=-20)
        key = f"{number or 'hidden'}.{queue}.{at.timestamp()}"
        request = CallbackRequest(
            key=key,
            number=number,
            why="menu",
            call_uniqueid=key,
            from_at=None,
            to_at=None,
            asked_at=at,
            queue=queue,
            choice=choice,
            customer_input=keyed,
            language="sv",
            arrived_at=at,
        )
        async with self.house.db.begin(self.home.company_id) as session:
            row = await record_callback(session, self.home.pbx_id, request, self.house.now)
        assert row is not None
        return row.id

    async def row(self, callback_id: UUID) -> CallbackRow:
        async with self.house.db.read(self.home.company_id) as session:
            return await session.get_one(CallbackRow, callback_id)

    async def attempts(self) -> list[AttemptRow]:
        async with self.house.db.read(self.home.company_id) as session:
            query = select(AttemptRow).order_by(AttemptRow.began_at)
            return list(await session.scalars(query))

    async def attempt(self) -> AttemptRow:
        (row,) = [one for one in await self.attempts() if one.noted_at is None]
        return row

    async def goes_on(self, phase: Phase, cause: Outcome | None = None) -> None:
        """The PBX tells where the only call under way is."""
        attempt = await self.attempt()
        async with self.house.db.begin(self.home.company_id) as session:
            await to_send(session, attempt.id, self.house.now)
            at_s = self.house.now.timestamp()
            progress = Progress(channel_id(attempt.id), phase, at_s, cause)
            await note_progress(session, progress, self.house.now)

    async def ends(self, outcome: Outcome | None, fault: str = "") -> None:
        attempt = await self.attempt()
        async with self.house.db.begin(self.home.company_id) as session:
            await end_attempt(session, attempt.id, outcome, fault, self.house.now)

    async def trail(self) -> list[str]:
        """What the audit trail says was done with callbacks."""
        async with self.house.db.read(self.home.company_id) as session:
            query = select(AuditRow.action).where(AuditRow.object_kind == "callback")
            return list(await session.scalars(query.order_by(AuditRow.number)))

    async def post(
        self, client: httpx.AsyncClient, path: str, *, scripted: bool = False, **form: str
    ) -> httpx.Response:
        headers = {"HX-Request": "true"} if scripted else {}
        form["csrf"] = self.house.token(client)
        return await client.post(f"/callbacks/{path}", data=form, headers=headers)
