"""Whatever a model does, the caller gets what the built-in engine would have said, in the same turn."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest

from dialogue.model.endpoint import Endpoint
from ringback.db import Database
from tests.clock import HandClock
from tests.dialogue.model.attacks import ATTACKS, Attack
from tests.dialogue.model.house import House, reasons


@pytest.fixture(scope="module")
def table() -> Iterator[list[tuple[str, ...]]]:
    """Attacks and what became of them, printed at the end (pytest -s)."""
    lines: list[tuple[str, ...]] = []
    yield lines
    print(f"\n{'the model ...':34} {'answered by':12} {'because of':30} what the caller got")
    for name, engine, why, reply in lines:
        print(f"{name:34} {engine:12} {why:30} {reply[:70]}")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
async def test_caller_notices_nothing_of_a_model_that_misbehaves(
    db: Database,
    neighbour: UUID,
    clock: HandClock,
    house: House,
    attack: Attack,
    table: list[tuple[str, ...]],
) -> None:
    for text in attack.before:
        await house.answered(text)
    before = await house.bookings()
    house.endpoint = Endpoint(house.fake.settings(timeout_s=attack.timeout_s))
    reply, turn = await house.answered(attack.text, attack.script())
    await house.endpoint.aclose()
    table.append((attack.name, turn.engine, ", ".join(dict.fromkeys(reasons(turn))), reply or "-"))

    assert house.fake.requests, "the model was never asked"
    assert (turn.engine, attack.why in reasons(turn)) == ("builtin", True), reasons(turn)
    twin = House(db, neighbour, clock, house.fake, house.endpoint)
    assert reply == await _said_without_model(twin, attack)
    assert await twin.bookings() == await house.bookings()
    assert await twin.listed() == await house.listed()
    if not attack.before:
        assert (before, await house.bookings()) == ([], [])
    assert json.loads(turn.understood or "")["engine"] == "builtin"


async def _said_without_model(house: House, attack: Attack) -> str | None:
    """What the same texts get at a company like this one that has no model."""
    for text in attack.before:
        await house.answered(text)
    reply, _ = await house.answered(attack.text)
    return reply
