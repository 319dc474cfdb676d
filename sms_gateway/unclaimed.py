"""Texts to numbers that no company has: told where the operator looks.

In: a text that the inbox can give to nobody. Out: a line in the log, and words on the account's row
(`sms_account.text`), which `ringback doctor --sms` tells until the number has been added. An account
that does not work keeps the words about that.
"""

from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from ringback.clock import Clock
from ringback.db import Database
from ringback.messages import Inbound
from ringback.phone import masked
from ringback.sms_account import AccountState
from ringback.store.sms_accounts import sms_accounts
from ringback.tables import SmsAccountRow

_WRITTEN_EVERY = timedelta(hours=1)  # whoever floods a number that is nobody's costs no more
log = structlog.get_logger()


class Unclaimed:
    """Tells of them; for all accounts."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._write_at: dict[str, datetime] = {}  # by account

    async def tell(self, inbound: Inbound, ours: str | None) -> None:
        """Say that a text came to `ours` (E.164; None for what is no number) and was dropped."""
        log.error("text_to_unknown_number", number=masked(inbound.recipient))
        now = self._clock()
        if ours is None or now < self._write_at.get(inbound.provider, now):
            return
        self._write_at[inbound.provider] = now + _WRITTEN_EVERY
        try:
            await self._write(inbound.provider, ours, now)
        except SQLAlchemyError as fault:  # the log has told it
            log.warning("sms_account_not_kept", fault=type(fault).__name__)

    async def _write(self, account: str, ours: str, now: datetime) -> None:
        text = (
            f"On {now:%Y-%m-%d at %H:%M} UTC a caller's text came in to {ours} and was dropped: "
            "no company has that number, or more than one."
        )
        async with self._db.begin_across() as session:
            row = (await sms_accounts(session, [account], lock=True)).get(account)
            if row is None:
                session.add(SmsAccountRow(name=account, text=text, since=now))
            elif row.state == AccountState.UP:
                row.text = text
