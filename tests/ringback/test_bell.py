import asyncio

from ringback.bell import Bell


async def test_ring_wakes_everyone_who_waits() -> None:
    bell = Bell()
    waits = [asyncio.create_task(bell.wait(bell.count, 30)) for _ in range(3)]
    await asyncio.sleep(0)
    bell.ring()
    async with asyncio.timeout(1):
        await asyncio.gather(*waits)


async def test_ring_between_looking_and_waiting_is_not_missed() -> None:
    bell = Bell()
    heard = bell.count
    bell.ring()
    async with asyncio.timeout(1):
        await bell.wait(heard, 30)


async def test_without_a_ring_the_wait_ends_by_itself() -> None:
    async with asyncio.timeout(1):
        await Bell().wait(0, 0.01)


async def test_ring_wakes_nobody_who_comes_later() -> None:
    bell = Bell()
    bell.ring()
    waiting = asyncio.create_task(bell.wait(bell.count, 30))
    done, _ = await asyncio.wait({waiting}, timeout=0.02)
    assert not done
    waiting.cancel()
