"""The line protocol: an answer to every line, and on after a broken one."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from dialogue.evaluation.lines import answers
from dialogue.evaluation.stage import Stages
from tests.dialogue.evaluation.judged import CALLER, COMPANY, STRANGER

BUSINESS = {
    **COMPANY.business.model_dump(mode="json"),
    "bookings": [one.model_dump() for one in COMPANY.busy],
}
RESET = {
    "op": "reset",
    "business": BUSINESS,
    "now": "2026-03-10T10:00:00+01:00",
    "caller": CALLER,
    "context": {},
}


async def told(stages: Stages, *orders: object) -> list[dict[str, Any]]:
    """The answers to lines; what is no bytes is written as JSON."""

    async def lines() -> AsyncIterator[bytes]:
        for order in orders:
            yield order if isinstance(order, bytes) else json.dumps(order).encode() + b"\n"

    found = [answer async for answer in answers(lines(), stages)]
    assert not any("\n" in answer for answer in found)
    return [json.loads(answer) for answer in found]


def turn(text: str, **more: str) -> dict[str, str]:
    return {"op": "turn", "text": text, **more}


async def test_reset_and_turn_are_answered_as_agreed(stages: Stages) -> None:
    reset, proposed, booked = await told(
        stages, RESET, turn("kan jag få klippning på onsdag kl 10?"), turn("ja tack")
    )
    assert reset == {"ok": True}
    theirs = {
        "service": "cut",
        "resource": "Anna",
        "start": "2026-03-11T09:00",
        "customer": STRANGER,
    }
    offer = {"service": "cut", "start": "2026-03-11T10:00", "resource": "Anna"}
    assert proposed["offered"] == [offer]
    assert proposed["calendar"] == [theirs]
    assert isinstance(proposed["reply"], str)
    assert booked == {
        "reply": booked["reply"],
        "calendar": [theirs, {**offer, "customer": CALLER}],
        "offered": [],
        "handoff": False,
        "callback": None,
        "opted_out": False,
    }


async def test_call_back_has_only_the_bounds_that_were_said(stages: Stages) -> None:
    _, seen = await told(stages, RESET, turn("ring mig efter 15 idag"))
    assert seen["callback"] == {"from": "2026-03-10T15:00"}


async def test_silence_is_null(stages: Stages) -> None:
    out = {**RESET, "context": {"opted_out": True, "note": "not read"}}
    _, seen = await told(stages, out, turn("hej", now="2026-03-10T11:00:00+01:00"))
    assert (seen["reply"], seen["opted_out"]) == (None, True)


@pytest.mark.parametrize(
    "broken",
    [
        b"nonsense\n",
        b"\n",
        b"[]\n",
        b'{"op": "turn", "text": "\xff"}\n',
        {"op": "sing"},
        {},
        {"op": "turn"},
        turn("hej", now="soon"),
        turn("hej", now="2026-03-10T11:00"),
        {"op": "turn", "text": 7},
    ],
)
async def test_broken_line_gets_an_error_and_the_conversation_goes_on(
    stages: Stages, broken: object
) -> None:
    _, wrong, seen = await told(stages, RESET, broken, turn("hej"))
    assert list(wrong) == ["error"]
    assert seen["reply"]


@pytest.mark.parametrize(
    "changes",
    [
        {"business": None},
        {"business": {**BUSINESS, "services": 1}},
        {"business": {**BUSINESS, "bookings": [{}]}},
        {"now": None},
        {"caller": "nobody"},
        {"context": {"caller_bookings": [{"id": "1"}]}},
    ],
)
async def test_broken_reset_begins_nothing_and_the_next_one_does(
    stages: Stages, changes: dict[str, object]
) -> None:
    wrong, early, fine, seen = await told(
        stages, {**RESET, **changes}, turn("hej"), RESET, turn("hej")
    )
    assert list(wrong) == ["error"]
    assert "reset first" in early["error"]
    assert (fine, bool(seen["reply"])) == ({"ok": True}, True)


async def test_half_a_character_is_taken_like_any_text(stages: Stages) -> None:
    _, seen = await told(stages, RESET, b'{"op": "turn", "text": "hej \\ud83d"}\n')
    assert seen["reply"]
