"""Two thousand texts while the SMSC is killed twice: none sent twice, none lost."""

import asyncio
from collections import Counter
from dataclasses import replace

from ringback.messages import Accepted, NotAccepted, Unknown
from tests.sms_gateway.providers.smpp.conftest import QUICK

TEXTS, WINDOW, SENDERS = 2_000, 10, 25
KILLS = (TEXTS // 3, 2 * TEXTS // 3)


async def test_texts_over_two_kills_are_each_sent_once_or_unknown(smsc, start):
    at = await start(window=WINDOW, timing=replace(QUICK, answer_s=10, send_s=20))
    await smsc.rule(delay_ms=1)
    waiting = asyncio.Queue[str]()
    for number in range(TEXTS):
        waiting.put_nowait(f"Text {number}")
    ended: dict[str, Accepted | Unknown] = {}

    async def work() -> None:
        while len(ended) < TEXTS:
            try:
                text = waiting.get_nowait()
            except asyncio.QueueEmpty:
                await asyncio.sleep(0.01)  # another sender's text may come back
                continue
            outcome = await at.send(text)
            if isinstance(outcome, NotAccepted):
                waiting.put_nowait(text)
                await asyncio.sleep(0.02)
                continue
            assert isinstance(outcome, Accepted | Unknown)
            ended[text] = outcome

    async with asyncio.timeout(100), asyncio.TaskGroup() as senders:  # a sender's fault ends all
        for _ in range(SENDERS):
            senders.create_task(work())
        for count in KILLS:
            await smsc.taken_count(count, within_s=100)
            await smsc.stop(kill=True)
            await smsc.start()

    taken = Counter(record["text"] for record in smsc.taken())
    ids = {record["text"]: record["id"] for record in smsc.taken()}
    accepted = {text: end for text, end in ended.items() if isinstance(end, Accepted)}
    assert len(ended) == TEXTS
    assert set(taken.values()) == {1}
    assert taken.keys() <= ended.keys()
    assert {text: end.provider_id for text, end in accepted.items()} == {
        text: ids[text] for text in accepted
    }
    assert TEXTS - len(accepted) <= len(KILLS) * WINDOW
