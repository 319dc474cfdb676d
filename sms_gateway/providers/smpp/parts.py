"""Callers' long texts, from the first part until they are stored.

In: parts, from `delivering`. Out: each text, once, to the inbox; the status for its parts. What belongs
together is known by `joining`.

A part is kept unanswered until its text is stored, but only for a moment (`Timing.part_s`): some SMSCs
deliver one message at a time and would never come to the next part. From then on it is in our memory
alone. An orderly end hands incomplete texts over with a mark; a part that was acknowledged and waits
for its others is lost when the process is killed.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from ringback.clock import Clock
from ringback.phone import masked
from sms_gateway.providers.smpp.account import SmppAccount, Timing
from sms_gateway.providers.smpp.joining import Joining, LongText, Part
from sms_gateway.providers.smpp.statuses import Status

_log = structlog.get_logger()

_PER_PATIENCE = 20  # how often, within the time that parts are waited for, we look who is overdue

ReceiveOne = Callable[[str, str, str, str], Awaitable[int]]
"""Stores a text (its id, sender, recipient, words) within bounds; the status for the SMSC."""


@dataclass(slots=True)
class _Held:
    """Parts of one text that wait for the others, and then for the text to be stored."""

    is_begun: asyncio.Event = field(default_factory=asyncio.Event)
    status: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )


class LongTexts:
    """The texts of one account whose parts are not all here or not stored."""

    def __init__(
        self, account: SmppAccount, timing: Timing, clock: Clock, receive: ReceiveOne
    ) -> None:
        self._later = account.later_status
        self._timing = timing
        self._clock = clock
        self._receive = receive
        self._joining = Joining(account.alphabet, timedelta(seconds=timing.join_s))
        self._held: dict[LongText, _Held] = {}
        self._ids: dict[LongText, str] = {}  # the same however often the text is handed over

    async def take(self, part: Part) -> int:
        """Keep a part, and hand its text over when all are there; the status for the part."""
        if self._joining.is_full:
            return self._later
        text = self._joining.add(part, self._clock())
        if text.stored_at is not None:
            return Status.ESME_ROK
        if text.is_closed:
            return await self._hand_over(text)
        held = self._held.setdefault(text, _Held())
        try:
            async with asyncio.timeout(self._timing.part_s):
                await held.is_begun.wait()
        except TimeoutError:
            return Status.ESME_ROK
        return await asyncio.shield(held.status)

    async def flush(self) -> None:
        """Hand over, for ever, the texts whose parts did not all come in time."""
        while True:
            await asyncio.sleep(self._timing.join_s / _PER_PATIENCE)
            try:
                for text in self._joining.overdue(self._clock()):
                    if self._status(text) is None and text.stored_at is None:
                        _log.warning("smpp_text_overdue", sender=masked(text.key.sender))
                        await self._hand_over(text)
            except Exception:  # whatever one text is, the next look must come
                _log.exception("smpp_flush_failed")

    async def close(self) -> None:
        """Hand over what is here, complete or not, within bounds."""
        try:
            async with asyncio.timeout(self._timing.stop_s):
                for text in self._joining.all():
                    await self._hand_over(text)
        except TimeoutError:
            _log.error("smpp_parts_lost", texts=len(self._joining.all()))

    def _status(self, text: LongText) -> asyncio.Future[int] | None:
        """What will become of the text, when it is being handed over; else None."""
        held = self._held.get(text)
        return held.status if held and held.is_begun.is_set() else None

    async def _hand_over(self, text: LongText) -> int:
        """Give the text, as far as it is here, to `receive`; the status for its parts."""
        if under_way := self._status(text):
            return await asyncio.shield(under_way)
        self._joining.close(text)
        held = self._held.setdefault(text, _Held())
        held.is_begun.set()
        status = self._later
        try:
            text_id = self._ids.setdefault(text, uuid.uuid4().hex)
            words, key = self._joining.words(text), text.key
            status = await self._receive(text_id, key.sender, key.recipient, words)
            if status != self._later:
                self._joining.stored(text, self._clock())
                del self._ids[text]
        finally:
            del self._held[text]
            held.status.set_result(status)
        return status
