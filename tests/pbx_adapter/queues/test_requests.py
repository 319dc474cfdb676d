"""What the voice menu wrote: read, handed over, taken out; and what can't be."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from pbx_adapter.queues.requests import FAMILY, Requests, by_our_clock, kept_request
from pbx_adapter.site import Site
from ringback.callbacks import CallbackRequest
from ringback.clock import system_clock
from ringback.errors import BadInput, TryAgain
from tests.pbx_adapter.queues.office import until
from tests.pbx_adapter.queues.queue_pbx import QueuePbx, connected

SITE = Site()
ASKED, ARRIVED = 1795297120, 1795297000
ENTRY = f"1|support|0701740611|1300-1500@261122|4711|sv|{ASKED}|{ARRIVED}"


def test_wish_has_what_the_menu_wrote() -> None:
    assert kept_request("1795297097.7", ENTRY, SITE) == CallbackRequest(
        key="1795297097.7",
        number="+46701740611",
        why="menu",
        call_uniqueid="1795297097.7",
        from_at=None,
        to_at=None,
        asked_at=datetime.fromtimestamp(ASKED, UTC),
        queue="support",
        choice="1300-1500@261122",
        customer_input="4711",
        language="sv",
        arrived_at=datetime.fromtimestamp(ARRIVED, UTC),
    )


def test_wish_without_an_arrival_came_when_it_was_asked() -> None:
    request = kept_request("1.1", f"1|support|0701740611|s||sv|{ASKED}|", SITE)
    assert request.arrived_at == request.asked_at


@pytest.mark.parametrize(
    ("written", "number", "why"),
    [
        ("0701740611", "+46701740611", "menu"),
        ("+46701740611", "+46701740611", "menu"),
        ("46846500401", "+46846500401", "menu"),
        ("", "", "menu"),  # hidden, and none keyed
        ("12345", "", "number_refused"),
        ("101", "", "number_refused"),
        ("anonymous", "", "number_refused"),
    ],
)
def test_number_is_read_as_in_the_sites_country(written: str, number: str, why: str) -> None:
    request = kept_request("1.1", f"1|support|{written}|s||sv|{ASKED}|{ARRIVED}", SITE)
    assert (request.number, request.why) == (number, why)


@pytest.mark.parametrize(
    "written",
    [
        "",
        f"2|support|0701740611|s||sv|{ASKED}|{ARRIVED}",
        f"1|support|0701740611|s||sv|{ASKED}",
        f"1||0701740611|s||sv|{ASKED}|{ARRIVED}",
        f"1|support|0701740611|||sv|{ASKED}|{ARRIVED}",
        f"1|support|0701740611|soon||sv|{ASKED}|{ARRIVED}",
        f"1|support|0701740611|s|<script>|sv|{ASKED}|{ARRIVED}",
        f"1|support|0701740611|s||svenska|{ASKED}|{ARRIVED}",
        "1|support|0701740611|s||sv|yesterday|",
        "1|support|0701740611|s||sv|0|",
        "1|support|0701740611|s||sv|9999999999|",
        f"{ENTRY}\n",
        f"{ENTRY}|more",
    ],
)
def test_entry_that_is_damaged_or_of_another_version_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        kept_request("1.1", written, SITE)


def test_times_of_a_pbx_whose_clock_is_wrong_are_put_right() -> None:
    request = by_our_clock(kept_request("1.1", ENTRY, SITE), 3600)
    assert request.asked_at == datetime.fromtimestamp(ASKED, UTC) - timedelta(hours=1)
    assert request.arrived_at == datetime.fromtimestamp(ARRIVED, UTC) - timedelta(hours=1)


@dataclass
class Kept:
    """The hand-over of one PBX; `fault` is what it says instead of keeping."""

    requests: list[CallbackRequest] = field(default_factory=list)
    tries: int = 0
    fault: Exception | None = None

    async def keep_callback(self, request: CallbackRequest) -> None:
        self.tries += 1
        if self.fault is not None:
            raise self.fault
        self.requests.append(request)


@pytest.fixture
async def pbx() -> AsyncIterator[QueuePbx]:
    it = QueuePbx()
    async with it.player:
        yield it


@asynccontextmanager
async def reading(pbx: QueuePbx, kept: Kept) -> AsyncIterator[None]:
    requests = Requests(SITE, kept.keep_callback, system_clock, look_every_s=0.02)
    async with connected(pbx) as connection:
        task = asyncio.create_task(requests.run(connection))
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def test_entries_are_taken_out_when_they_are_kept_and_other_families_stay(
    pbx: QueuePbx,
) -> None:
    others = {("ringback", "1.9"): "an entry of the outbox", ("ringback-value", "offer"): "1"}
    pbx.astdb = {(FAMILY, "1.1"): ENTRY, (FAMILY, "1.2"): ENTRY, **others}
    kept = Kept()

    async def is_empty() -> bool:
        return pbx.astdb == others

    async with reading(pbx, kept):
        await until(is_empty, "the entries are taken out")
    assert [one.key for one in kept.requests] == ["1.1", "1.2"]


async def test_entry_that_can_not_be_read_stays_and_stops_no_other(pbx: QueuePbx) -> None:
    pbx.astdb = {(FAMILY, "1.1"): "scribble", (FAMILY, "1.2"): ENTRY}
    kept = Kept()

    async def is_kept() -> bool:
        return pbx.astdb == {(FAMILY, "1.1"): "scribble"}

    async with reading(pbx, kept):
        await until(is_kept, "the readable one is taken out")
    assert [one.key for one in kept.requests] == ["1.2"]


@pytest.mark.parametrize("fault", [TryAgain("The database is away."), None])
async def test_entry_stays_until_it_has_been_kept(pbx: QueuePbx, fault: Exception | None) -> None:
    pbx.astdb = {(FAMILY, "1.1"): ENTRY}
    pbx.may_write = fault is not None
    kept = Kept(fault=fault)

    async def was_tried() -> bool:
        return kept.tries >= 2

    async def is_empty() -> bool:
        return not pbx.astdb

    async with reading(pbx, kept):
        await until(was_tried, "it is tried again")
        assert (FAMILY, "1.1") in pbx.astdb
        kept.fault, pbx.may_write = None, True
        await until(is_empty, "the entry is taken out")
    assert {one.key for one in kept.requests} == {"1.1"}


async def test_wish_that_is_refused_for_good_is_not_tried_for_ever(pbx: QueuePbx) -> None:
    pbx.astdb = {(FAMILY, "1.1"): ENTRY}
    kept = Kept(fault=BadInput("The database refuses it."))

    async def looked_often() -> bool:
        return [action["Action"] for action in pbx.player.received].count("DBGetTree") >= 4

    async with reading(pbx, kept):
        await until(looked_often, "it has looked several times")
    assert kept.tries == 1
    assert (FAMILY, "1.1") in pbx.astdb
