"""A program of the company's, as the tests of the API have it."""

from typing import Any

import httpx
from sqlalchemy import select

from ringback.tables import MessageRow
from tests.portal_api.house import Home, House

PATH = "/api/v1/texts"
ANNA, BIRGER = "+46701740611", "+46701740612"


class Program:
    """A program of the company's, with its key."""

    def __init__(self, house: House, client: httpx.AsyncClient, header: dict[str, str]) -> None:
        self.house = house
        self.client = client
        self.header = header

    async def send(self, to: str = ANNA, text: str = "Hej", key: str = "", **more: Any) -> Any:
        extra = {"Idempotency-Key": key} if key else {}
        body = {"to": to, "text": text, **more}
        return await self.client.post(PATH, json=body, headers=self.header | extra)

    async def get(self, path: str = "") -> httpx.Response:
        return await self.client.get(PATH + path, headers=self.header)


async def rows(house: House, home: Home) -> list[MessageRow]:
    async with house.db.read(home.company_id) as session:
        asked = select(MessageRow).where(MessageRow.situation == "program")
        return list(await session.scalars(asked.order_by(MessageRow.created_at, MessageRow.number)))
