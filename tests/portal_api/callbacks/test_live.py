"""A change is read and drawn once, however many look at the list; nobody gets what is another's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from sqlalchemy import event

from portal_api.broadcast import Broadcast
from ringback.offer import Offer, Why
from ringback.store.changes import LOOK_BACK, Kind, latest_position, note_change
from ringback.store.queues import note_offer
from tests.portal_api.callbacks.desk import KARIN, Desk
from tests.portal_api.house import Home, House
from tests.portal_api.test_live import Stream, browser, stream, url

__all__ = ["url"]


@asynccontextmanager
async def watching(address: str, position: int) -> AsyncIterator[Stream]:
    query = f"topic=callbacks&after={position}"
    async with browser(address) as client, stream(client, query) as events:
        yield events


async def position(desk: Desk) -> int:
    async with desk.house.db.read(desk.home.company_id) as session:
        return await latest_position(session)


async def test_wish_and_each_of_its_changes_reach_an_open_list(desk: Desk, url: str) -> None:
    async with watching(url, await position(desk)) as events:
        wish = await desk.wish()
        new = await events.next()
        async with desk.house.visit(KARIN) as client:
            await desk.post(client, f"{wish}/ring")
        held = await events.next()
    assert f'id="callback-{wish}"' in new
    assert "Ej hanterad" in new
    assert 'data-waiting="1"' in new
    assert f"/callbacks/{wish}/ring" in new
    assert "Pågår" in held
    assert f'hx-target="#call-state-{wish}"' in held
    assert "csrf" not in new + held  # one person's token would be sent to all


async def test_what_waits_in_a_queue_changes_by_itself(desk: Desk, url: str) -> None:
    async with watching(url, await position(desk)) as events:
        async with desk.house.db.begin(desk.home.company_id) as session:
            offer = Offer(on=True, why=Why.ALWAYS)
            await note_offer(session, desk.support, offer, 4, desk.house.now)
        html = await events.next()
    assert "4 i telefonkön" in html
    assert "erbjuds" in html


async def test_other_companies_hear_nothing(desk: Desk, luggen: Home, url: str) -> None:
    async with watching(url, await position(desk)) as events:
        other = Desk(desk.house, luggen)
        await other.open()
        await other.wish("+46701740699")
        mine = await desk.wish("+46701740611")
        html = await events.next()
    assert f'id="callback-{mine}"' in html
    assert "070-174 06 99" not in html


async def test_many_lists_cost_one_reading_and_one_drawing(desk: Desk, url: str) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async with AsyncExitStack() as open_lists:
        start = await position(desk)
        lists = [await open_lists.enter_async_context(watching(url, start)) for _ in range(12)]
        event.listen(desk.house.db.engine.sync_engine, "before_cursor_execute", note)
        await desk.wish()
        drawn = await asyncio.gather(*(one.next() for one in lists))
    event.remove(desk.house.db.engine.sync_engine, "before_cursor_execute", note)
    assert len(set(drawn)) == 1
    rows_read = [one for one in statements if "callback.customer_input" in one]
    assert 0 < len(rows_read) < 12
    tallies = [one for one in statements if "GROUP BY callback.queue_id" in one]
    assert len(tallies) == 1


async def test_stream_behind_the_others_reads_for_itself(house: House, saxen: Home) -> None:
    async with house.db.begin(saxen.company_id) as session:
        for _ in range(3 * LOOK_BACK):
            await note_change(session, Kind.CALLBACK, saxen.conversation_id, house.now)
    async with house.db.read(saxen.company_id) as session:
        last = await latest_position(session)
    broadcast = Broadcast(house.db)
    near = await broadcast.changes(saxen.company_id, last, 1)
    shared = await broadcast.changes(saxen.company_id, last, 1)
    far = await broadcast.changes(saxen.company_id, last - 2 * LOOK_BACK, 1)
    later = await broadcast.changes(saxen.company_id, last, 2)
    assert shared is near
    assert len(near) == LOOK_BACK
    assert len(far) == 3 * LOOK_BACK
    assert later is not near  # the bell rang in between


async def test_drawing_that_failed_is_done_again() -> None:
    broadcast = Broadcast(None)  # type: ignore[arg-type]
    failed: list[int] = []

    async def draw() -> list[bytes]:
        if not failed:
            failed.append(1)
            raise RuntimeError("the database was away")
        return [b"drawn"]

    with pytest.raises(RuntimeError):
        await broadcast.drawn("key", draw)
    assert await broadcast.drawn("key", draw) == [b"drawn"]


async def test_reader_who_leaves_stops_the_drawing_for_nobody_else() -> None:
    broadcast = Broadcast(None)  # type: ignore[arg-type]
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def draw() -> list[bytes]:
        begun.set()
        await go_on.wait()
        return [b"drawn"]

    leaves = asyncio.create_task(broadcast.drawn("key", draw))  # type: ignore[arg-type]
    stays = asyncio.create_task(broadcast.drawn("key", draw))  # type: ignore[arg-type]
    await begun.wait()
    leaves.cancel()
    go_on.set()
    assert await stays == [b"drawn"]
