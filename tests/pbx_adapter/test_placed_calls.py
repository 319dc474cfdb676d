"""Calls that the player places: what the product's own eyes see of them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest

from pbx_adapter.frames import Frame, Frames
from pbx_adapter.placed_calls import PlacedCalls
from pbx_adapter.placed_scenes import Scene, scenes
from pbx_adapter.ringing.dialling import originate
from pbx_adapter.ringing.tries import Tries
from pbx_adapter.site import Site
from pbx_adapter.tracker import Tracker
from ringback.attempts import Outcome, Phase, channel_id
from ringback.calls import Call, Direction
from ringback.calls import Outcome as CallOutcome

SITE = Site(trunks=("PJSIP/trunk",), phones=("PJSIP/1xx",), country="SE")
TRY = channel_id(UUID(int=42))
ASKED = originate(TRY, "PJSIP/101", "+46701740670", "", SITE)
RINGS_HANDLER, RINGS_CUSTOMER, TALKING = Phase.RINGS_HANDLER, Phase.RINGS_CUSTOMER, Phase.TALKING


class Product:
    """The parts of it that follow a call."""

    def __init__(self) -> None:
        self.tracker = Tracker(SITE)
        self.tries = Tries(self.tracker.channels)
        self.phases: list[Phase] = []
        self.cause: Outcome | None = None
        self.calls: list[Call] = []
        self.now = 1000.0

    def sees(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            self.calls += self.tracker.feed(frame, self.now)
            for progress in self.tries.feed(frame, self.now):
                assert progress.channel_id == TRY
                self.phases.append(progress.phase)
                self.cause = progress.cause

    def sees_until_cut(self, told: Sequence[Scene], cut_in: int | None = None) -> None:
        for number, scene in enumerate(told):
            self.sees(scene.begins)
            self.now += scene.lasts_s
            if number == cut_in:
                self.sees(scene.cut)
                return


def test_answered_call_rings_is_talked_in_and_ends() -> None:
    product = Product()
    product.sees_until_cut(scenes(ASKED, "PJSIP/trunk", 0, answered=True))
    assert product.phases == [RINGS_HANDLER, RINGS_CUSTOMER, TALKING, Phase.ENDED]
    assert product.cause is None
    (call,) = product.calls
    assert (call.direction, call.outcome) == (Direction.OUTBOUND, CallOutcome.ANSWERED)
    assert (call.callee, call.wait_s, call.talk_s) == ("0701740670", 5.0, 8.0)
    assert not product.tracker.channels.in_use("PJSIP/101")


def test_customer_who_does_not_answer_is_told_as_such() -> None:
    product = Product()
    product.sees_until_cut(scenes(ASKED, "PJSIP/trunk", 0, answered=False))
    assert product.phases == [RINGS_HANDLER, RINGS_CUSTOMER, Phase.ENDED]
    assert product.cause is Outcome.NO_ANSWER
    assert [call.outcome for call in product.calls] == [CallOutcome.MISSED]


@pytest.mark.parametrize(
    ("scene", "cause"), [(0, Outcome.HANDLER_AWAY), (1, Outcome.NO_ANSWER), (2, None)]
)
def test_call_that_is_hung_up_leaves_nothing_behind(scene: int, cause: Outcome | None) -> None:
    product = Product()
    product.sees_until_cut(scenes(ASKED, "PJSIP/trunk", 0, answered=True), cut_in=scene)
    assert product.phases[-1] is Phase.ENDED
    assert len(product.phases) == scene + 2
    assert product.cause is cause
    for endpoint in ("PJSIP/101", "PJSIP/trunk"):
        assert not product.tracker.channels.in_use(endpoint)


class Line:
    """What goes over the line."""

    def __init__(self) -> None:
        self.heard: list[Frame] = []
        self.came = asyncio.Event()
        self._frames = Frames()

    async def send(self, raw: bytes) -> None:
        self.heard += self._frames.feed(raw)
        self.came.set()

    async def until(self, event: str, uniqueid: str) -> None:
        async with asyncio.timeout(30):
            while not any(
                (one["Event"], one.get("Uniqueid")) == (event, uniqueid) for one in self.heard
            ):
                self.came.clear()
                await self.came.wait()


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
async def calls(line: Line) -> AsyncIterator[PlacedCalls]:
    calls = PlacedCalls("PJSIP/trunk", line.send)
    yield calls
    await calls.aclose()


def says(calls: PlacedCalls, action: str, **headers: str) -> str:
    (said,) = calls.answers[action]({"Action": action, **headers})
    return f"{said['Response']}: {said['Message']}"


async def test_hangup_ends_the_call_at_once(calls: PlacedCalls, line: Line) -> None:
    assert says(calls, "Originate", **ASKED) == "Success: Originate successfully queued"
    await line.until("Newstate", TRY)
    assert says(calls, "Hangup", Channel=TRY) == "Success: Channel Hungup"
    await line.until("Hangup", TRY)
    assert "Up" not in [one.get("ChannelStateDesc") for one in line.heard]  # it still rang
    await asyncio.sleep(0)
    assert says(calls, "Hangup", Channel=TRY) == "Error: No such channel"


async def test_only_a_few_are_placed_at_once(calls: PlacedCalls) -> None:
    asked = [says(calls, "Originate", **{**ASKED, "ChannelId": f"rb-{one}"}) for one in range(6)]
    assert asked[:5] == ["Success: Originate successfully queued"] * 5
    assert asked[5] == "Error: Originate failed"


async def test_closing_ends_what_is_up(calls: PlacedCalls, line: Line) -> None:
    says(calls, "Originate", **ASKED)
    await line.until("Newstate", TRY)
    await calls.aclose()
    assert "Up" not in [one.get("ChannelStateDesc") for one in line.heard]  # it still rang
    assert not [one for one in asyncio.all_tasks() if one.get_name().startswith("placed-call")]
