"""What a PBX told reaches the database, or is refused at once when no waiting mends it."""

import asyncio
from datetime import datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest

from pbx_adapter.sink import DatabaseSink
from ringback.callbacks import CallbackRequest
from ringback.clock import system_clock
from ringback.db import Database
from ringback.errors import BadInput
from tests.clock import FRIDAY_AT_TEN
from tests.ringback.flow import ANNA


async def test_moment_that_can_not_be_handed_to_the_database_is_refused_at_once(
    db: Database, company: UUID
) -> None:
    year_1 = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=5)))
    wish = CallbackRequest("1", ANNA, "pressed_1", None, year_1, None, FRIDAY_AT_TEN)
    sink = DatabaseSink(db, system_clock, company, uuid4())
    async with asyncio.timeout(10):
        with pytest.raises(BadInput, match="refuses"):
            await sink.keep_callback(wish)
