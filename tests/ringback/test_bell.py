import asyncio

from ringback.bell import CHANGES, Bell


async def test_ring_wakes_everyone_who_waits() -> None:
    bell = Bell()
    waits = [
        asyncio.create_task(bell.wait(bell.heard(topic), 30, topic))
        for topic in ("", "", CHANGES, CHANGES)
    ]
    await asyncio.sleep(0)
    bell.ring("", CHANGES)
    async with asyncio.timeout(20):
        await asyncio.gather(*waits)


async def test_ring_for_a_job_wakes_one_and_the_next_ring_another() -> None:
    bell = Bell()
    waits = {asyncio.create_task(bell.wait(bell.heard("send"), 30, "send")) for _ in range(3)}
    await asyncio.sleep(0)
    bell.ring("send")
    bell.ring("send")
    done, waiting = await asyncio.wait(waits, timeout=0.05)
    assert (len(done), len(waiting)) == (2, 1)
    waiting.pop().cancel()


async def test_ring_between_looking_and_waiting_is_not_missed() -> None:
    bell = Bell()
    heard = bell.heard()
    bell.ring()
    async with asyncio.timeout(20):
        await bell.wait(heard, 30)


async def test_without_a_ring_the_wait_ends_by_itself() -> None:
    async with asyncio.timeout(20):
        await Bell().wait(0, 0.01)


async def test_ring_wakes_nobody_who_comes_later() -> None:
    bell = Bell()
    bell.ring()
    waiting = asyncio.create_task(bell.wait(bell.heard(), 30))
    done, _ = await asyncio.wait({waiting}, timeout=0.02)
    assert not done
    waiting.cancel()


async def test_ring_wakes_those_of_its_topic_alone() -> None:
    bell = Bell()
    sends = asyncio.create_task(bell.wait(bell.heard("send", "turn"), 30, "send", "turn"))
    looks = asyncio.create_task(bell.wait(bell.heard("reconcile"), 30, "reconcile"))
    await asyncio.sleep(0)
    bell.ring("turn", "close")
    done, waiting = await asyncio.wait({sends, looks}, timeout=0.05)
    assert (done, waiting) == ({sends}, {looks})
    looks.cancel()
