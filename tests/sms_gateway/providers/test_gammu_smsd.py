"""A real gammu-smsd with Gammu's dummy telephone sends and receives for us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest_asyncio

from ringback.clock import system_clock
from ringback.messages import Accepted, Inbound, MessageState, Outbound, Receipt
from ringback.segments import split
from sms_gateway.providers.gammu import Gammu, GammuAccount
from tests.gammu import GammuSmsd, Given

OURS, CALLER = "+46701740690", "+46701740605"
_SOON_S = 60


class Desk:
    """The provider at work on SMSD's folders, and what it handed on."""

    def __init__(self, smsd: GammuSmsd) -> None:
        account = GammuAccount("modem", OURS, smsd.spool)
        self.provider = Gammu(account, system_clock, look_every_s=0.1)
        self.texts: asyncio.Queue[Inbound] = asyncio.Queue()
        self.receipts: asyncio.Queue[Receipt] = asyncio.Queue()

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        run = asyncio.create_task(self.provider.run(self.texts.put, self.receipts.put))
        try:
            yield
        finally:
            run.cancel()
            await asyncio.gather(run, return_exceptions=True)


@pytest_asyncio.fixture
async def smsd(tmp_path: Path) -> AsyncIterator[GammuSmsd]:
    async with GammuSmsd(tmp_path) as running:
        yield running


@pytest_asyncio.fixture
async def desk(smsd: GammuSmsd) -> AsyncIterator[Desk]:
    desk = Desk(smsd)
    async with desk.working():
        yield desk


async def test_texts_reach_the_telephone_as_they_were_written(desk: Desk, smsd: GammuSmsd) -> None:
    texts = [
        "Hej å ä ö ÅÄÖ é € [{~}]",
        "😀 Привет",
        "Vi såg att du ringde, åäö. " * 15,
        "Tre delar i UCS-2 🎈. " * 9,
    ]
    for number, text in enumerate(texts):
        outbound = Outbound(f"token-{number}", OURS, CALLER, text)
        outcome = await desk.provider.send(outbound)
        assert isinstance(outcome, Accepted)
        assert outcome.parts == len(split(text))
    given = await smsd.given(len(texts))
    assert ["".join(one.parts) for one in given] == texts
    assert [len(one.parts) for one in given] == [1, 1, 3, 3]
    assert {one.recipient for one in given} == {CALLER}
    async with asyncio.timeout(_SOON_S):
        told = [await desk.receipts.get() for _ in texts]
    assert {receipt.token for receipt in told} == {f"token-{number}" for number in range(4)}
    assert {receipt.state for receipt in told} == {MessageState.ACCEPTED}
    assert await desk.provider.check() is None


async def test_callers_texts_come_in_as_they_were_written(desk: Desk, smsd: GammuSmsd) -> None:
    texts = ["Ja tack, kl 9 går bra å ä ö €", "😀 Ж", "Jag vill gärna boka färgning, åäö. " * 12]
    for text in texts:
        await smsd.text_in(CALLER, text)
    async with asyncio.timeout(_SOON_S):
        came = [await desk.texts.get() for _ in texts]
    assert {text.text for text in came} == set(texts)
    assert {(text.sender, text.recipient) for text in came} == {(CALLER, OURS)}
    assert len({text.provider_id for text in came}) == 3


async def test_smsd_that_was_down_sends_when_it_is_up_again(tmp_path: Path) -> None:
    smsd = GammuSmsd(tmp_path)
    desk = Desk(smsd)
    async with desk.working():
        await desk.provider.send(Outbound("token-1", OURS, CALLER, "Hej"))
        assert await desk.provider.send(Outbound("token-1", OURS, CALLER, "Hej")) == Accepted(
            "token-1", 1, None
        )
        async with smsd:
            assert await smsd.given(1) == [Given(CALLER, ("Hej",))]
            async with asyncio.timeout(_SOON_S):
                assert (await desk.receipts.get()).token == "token-1"
        async with smsd:  # started again it finds nothing more to send
            await smsd.text_in(CALLER, "Ja")
            async with asyncio.timeout(_SOON_S):
                await desk.texts.get()
            assert len(await smsd.given(1)) == 1
