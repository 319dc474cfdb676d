"""What Gammu SMSD has left for us, handed on: callers' texts, and what became of ours.

In: the folders of one SMSD. Out: `Inbound` and `Receipt` values to `receive` and `settle`; a file goes
when they have returned. Called again and again by `sms_gateway.providers.gammu`.

Each file is taken by itself: one that can't be read, moved or removed stays where it is and is told by
`Spool.left`, and the others have their turn.
"""

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import structlog

from ringback.clock import Clock
from ringback.errors import BadInput
from ringback.messages import Inbound, MessageState, Receipt
from sms_gateway.provider import Receive, Settle
from sms_gateway.providers.gammu_received import Garbage, Received, Unreadable
from sms_gateway.providers.gammu_spool import Spool

_GIVE_UP_AFTER = timedelta(hours=4)  # as the outbox does
_SWEEP_EVERY = timedelta(hours=1)
_AT_ONCE = 200  # files handed on before the folders are looked at again
log = structlog.get_logger()


class Intake:
    """One modem's; `number` is its SIM's."""

    def __init__(
        self,
        name: str,
        number: str,
        spool: Spool,
        clock: Clock,
        receive: Receive,
        settle: Settle,
    ) -> None:
        self._name = name
        self._number = number
        self._spool = spool
        self._clock = clock
        self._receive = receive
        self._settle = settle
        self._swept_at = datetime.min.replace(tzinfo=UTC)

    async def look(self) -> bool:
        """One look into all folders; false when something was left lying for the next."""
        steps = (
            self._tidy,
            self._texts,
            partial(self._ended, "sent", MessageState.ACCEPTED),
            partial(self._ended, "error", MessageState.FAILED),
        )
        return all([await self._guarded(step()) for step in steps])

    async def _guarded(self, work: Awaitable[bool]) -> bool:
        """Whether it was done; no file and no folder, whatever it is, may stop the others."""
        try:
            return await work
        except OSError as fault:
            log.error("gammu_file_unusable", account=self._name, fault=fault.strerror)
        except Exception:
            log.exception("gammu_look_failed", account=self._name)
        return False

    async def _tidy(self) -> bool:
        now = self._clock()
        await asyncio.to_thread(self._spool.withdraw, now - _GIVE_UP_AFTER)
        if now - self._swept_at > _SWEEP_EVERY:
            await asyncio.to_thread(self._spool.sweep, now)
            self._swept_at = now
        return True

    async def _texts(self) -> bool:
        some = islice(self._spool.received(self._clock()), _AT_ONCE)
        there = await asyncio.to_thread(list, some)
        return all([await self._guarded(self._take(found)) for found in there])

    async def _take(self, found: Received | Garbage | Unreadable) -> bool:
        match found:
            case Unreadable(why=why):
                log.error("gammu_file_unreadable", account=self._name, why=why)
                return False
            case Garbage():
                await self._put_aside(found)
                return True
            case Received():
                return await self._take_text(found)

    async def _put_aside(self, garbage: Garbage) -> None:
        await asyncio.to_thread(self._spool.put_aside, garbage)
        log.error("gammu_file_refused", account=self._name, why=garbage.why)

    async def _take_text(self, found: Received) -> bool:
        inbound = Inbound(
            provider=self._name,
            provider_id=found.id,
            sender=found.sender,
            recipient=self._number,
            text=found.text,
            received_at=_moment(found.at, self._clock()),
        )
        try:
            await self._receive(inbound)
        except BadInput as refused:
            await self._put_aside(Garbage(found.files[0], str(refused)))
            return True
        except Exception as fault:  # whatever it is, the file stays and the others have their turn
            log.warning("gammu_text_waits", account=self._name, fault=type(fault).__name__)
            return False
        for garbage in found.unread:
            await self._put_aside(garbage)
        await asyncio.to_thread(self._spool.take, found)
        return True

    async def _ended(self, place: str, state: MessageState) -> bool:
        some = islice(self._spool.ended(place), _AT_ONCE)
        there = await asyncio.to_thread(list, some)
        return all([await self._guarded(self._tell(*one, state)) for one in there])

    async def _tell(self, token: str, file: Path, at: float, state: MessageState) -> bool:
        told_at = _moment(at, self._clock())
        receipt = Receipt(self._name, token, token, state, file.parent.name, told_at)
        try:
            await self._settle(receipt)
        except Exception as fault:
            log.warning("gammu_receipt_waits", account=self._name, fault=type(fault).__name__)
            return False
        await asyncio.to_thread(self._spool.forget, token, file)
        return True


def _moment(seconds: float, now: datetime) -> datetime:
    """A file's time; not in the future, and not before 1970: a clock that was set wrong."""
    return datetime.fromtimestamp(min(max(seconds, 0.0), now.timestamp()), UTC)
