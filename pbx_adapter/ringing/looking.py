"""What became of a try that nothing was heard of: its channel is looked for, and its call's record.

In: a try under way. Out: its lease renewed while the call is up; its end when it is gone, with what the
record of the call says, which every source of calls may have told; or that nobody knows, which is said
at once and puts the wish back in line when the lease is over.
"""

from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from pbx_adapter.commands import IS_RINGING, IS_TALKING, IS_UP, Answer, Command, CommandKind
from ringback.attempts import Outcome, Phase, Progress, channel_id
from ringback.calls import Outcome as CallOutcome
from ringback.calls import Reason
from ringback.clock import Clock
from ringback.db import Database
from ringback.store.attempts import end_attempt, note_progress, renew
from ringback.tables import AttemptRow, CallbackRow, CallRow

_SEEN = {
    IS_RINGING: Phase.RINGS_HANDLER,
    IS_UP: Phase.RINGS_CUSTOMER,
    IS_TALKING: Phase.TALKING,
}
_LOOK_WITHIN = timedelta(seconds=10)
_NO_CONTACT = "There is no contact with the PBX, so it is not known what became of the call."
_NOT_SENT = "It was not begun in time."
_NOT_TOLD = "The PBX does not know this call any more, and did not tell what became of it."
log = structlog.get_logger()


class Pbxs(Protocol):
    """All PBXs that commands can be given to."""

    async def execute(self, pbx_id: UUID, command: Command) -> Answer:
        """Do it now, within the command's time; whatever goes wrong is told in the answer."""


class Looking:
    """Looks after tries of any company."""

    def __init__(self, db: Database, clock: Clock, pbxs: Pbxs) -> None:
        self._db = db
        self._clock = clock
        self._pbxs = pbxs

    async def look(self, company_id: UUID, attempt: AttemptRow) -> Answer:
        """Ask the PBX for the try's call, and keep what that means; returns what it said."""
        if attempt.sent_at is None:
            answer = Answer("", False, _NOT_SENT)
        else:
            answer = await self.tell(attempt, CommandKind.LOOK)
        now = self._clock()
        async with self._db.begin(company_id) as session:
            await _keep(session, attempt, answer, now)
        log.debug("callback_looked_for", attempt=str(attempt.id), text=answer.text)
        return answer

    async def tell(self, attempt: AttemptRow, kind: CommandKind) -> Answer:
        """Have the try's PBX do something about its call."""
        command = Command(
            id=uuid4().hex,
            kind=kind,
            expires_at=self._clock() + _LOOK_WITHIN,
            fields={"channel": channel_id(attempt.id)},
        )
        return await self._pbxs.execute(attempt.pbx_id, command)


async def _keep(session: AsyncSession, attempt: AttemptRow, answer: Answer, now: datetime) -> None:
    is_last = await _lease_is_over(session, attempt, now)
    if answer.done and answer.text in _SEEN:
        await _tell(session, attempt, _SEEN[answer.text], now)
        await renew(session, attempt.id, now)
    elif answer.done:
        await _settle(session, attempt, now, is_last=is_last)
    elif attempt.sent_at is None:
        if is_last:
            await end_attempt(session, attempt.id, Outcome.NOT_DONE, answer.text, now)
    elif is_last:
        await end_attempt(session, attempt.id, Outcome.LOST, _NO_CONTACT, now)
    else:
        await _tell(session, attempt, Phase.UNKNOWN, now)


async def _lease_is_over(session: AsyncSession, attempt: AttemptRow, now: datetime) -> bool:
    row = await session.get_one(CallbackRow, attempt.callback_id)
    if row.attempt_id != attempt.id:
        return True
    return row.lease_until is None or row.lease_until <= now


async def _settle(
    session: AsyncSession, attempt: AttemptRow, now: datetime, *, is_last: bool
) -> None:
    """The call is gone. Its record may come a little later; without one nobody knows in the end."""
    of_this = (CallRow.pbx_id == attempt.pbx_id, CallRow.uniqueid == channel_id(attempt.id))
    call = await session.scalar(select(CallRow).where(*of_this))
    if call is not None and call.outcome == CallOutcome.ANSWERED:
        answered_at = call.started_at + timedelta(seconds=call.wait_s)
        await _tell(session, attempt, Phase.TALKING, answered_at, now)
    elif call is None and not is_last and attempt.answered_at is None:
        return
    outcome, fault = _came_to(attempt, call)
    await end_attempt(session, attempt.id, outcome, fault, now)


def _came_to(attempt: AttemptRow, call: CallRow | None) -> tuple[Outcome | None, str]:
    if attempt.answered_at is not None:
        return None, ""
    if call is None or call.outcome is None:
        return Outcome.LOST, _NOT_TOLD
    if call.outcome == CallOutcome.ANSWERED:
        return None, ""
    if call.reason == Reason.BUSY:
        return Outcome.BUSY, ""
    if attempt.picked_up_at is not None:
        return Outcome.NO_ANSWER, ""
    return Outcome.LOST, _NOT_TOLD  # who did not answer, the handler or the customer


async def _tell(
    session: AsyncSession,
    attempt: AttemptRow,
    phase: Phase,
    at: datetime,
    now: datetime | None = None,
) -> None:
    progress = Progress(channel_id(attempt.id), phase, at.timestamp())
    await note_progress(session, progress, now or at)
