"""Prompts recorded by phone, on a real Asterisk: PIN, choose, speak, listen, keep."""

import asyncio
import wave
from pathlib import Path

import pytest

from ringback.prompts import recordable
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.sip import Caller, Phone
from tests.asterisk.sip_leg import Leg
from tests.asterisk_conf.house import PLAN, told
from tests.asterisk_conf.walking import Hearing

GOODBYE = str(recordable(PLAN.rules).index("goodbye") + 1)
OFFER = str(recordable(PLAN.rules).index("offer") + 1)


@pytest.mark.parametrize("major", WANTED)
async def test_what_is_spoken_and_kept_takes_the_prompts_place(major: int) -> None:
    async with told(wanted(major)) as asterisk, Phone(asterisk, "101") as phone:
        hearing = Hearing(asterisk)
        sounds = asterisk.folder / "data" / "sounds"
        leg = await phone.call("*727")
        channel = await hearing.channel("PJSIP/101")
        for prompt, digits in (
            *(("rec-pin", "1234#"), ("rec-pin", "4711#"), ("rec-language", "1")),
            *(("rec-choose", f"{GOODBYE}#"), ("rec-speak", "")),
        ):
            await hearing.prompt(channel, prompt)
            leg.press(digits)
        await spoken(hearing, leg, channel, sounds / "sv/ringback/new-goodbye.wav")
        leg.press("2")
        await hearing.prompt(channel, "new-goodbye")
        await hearing.prompt(channel, "rec-menu")
        leg.press("1")
        await hearing.prompt(channel, "rec-kept")
        await hearing.prompt(channel, "rec-choose")
        leg.press(f"{OFFER}#")
        await hearing.prompt(channel, "rec-speak")
        await spoken(hearing, leg, channel, sounds / "sv_offer/ringback/new-offer.wav")
        await leg.hang_up()
        assert length_s(sounds / "sv/ringback/goodbye.wav") > 0.2
        assert length_s(sounds / "sv_offer/ringback/offer.wav") < 0.1  # it was not kept


async def test_nobody_outside_reaches_the_recording() -> None:
    async with told(wanted(WANTED[0])) as asterisk, Caller(asterisk) as caller:
        leg = await caller.call("*727")
        await leg.ended()
    assert leg.truth.status == 404


async def spoken(hearing: Hearing, leg: Leg, channel: str, file: Path) -> None:
    """Speaks until something has been written, and ends with the hash key."""
    async with asyncio.timeout(20):
        while not file.exists() or file.stat().st_size < 8000:
            await asyncio.sleep(0.05)
    leg.press("#")
    await hearing.prompt(channel, "rec-menu")


def length_s(file: Path) -> float:
    with wave.open(str(file)) as sound:
        return float(sound.getnframes() / sound.getframerate())
