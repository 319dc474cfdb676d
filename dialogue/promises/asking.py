"""The texts about a promise to ring: its words, and the question when we may ring instead.

In: a `callback` row and the locked conversation in which its caller is texted. Out: a text in line, and
in the conversation's memory the intervals that it numbers, so that "2" means what the caller read.
"""

import json
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from dialogue.builtin.call_times import MOST_CHOICES, listed_choices, promise_text
from dialogue.promises.own import choices_now
from dialogue.turns import Memory, Pending
from ringback.business import Business
from ringback.policy import Situation
from ringback.store.conversations import queue_text
from ringback.store.templates import own_templates
from ringback.store.texting import privacy_url
from ringback.tables import CallbackRow, CallRow, ConversationRow, QueueRow
from ringback.templates import LANGUAGES, chosen, filled, words


class Texts:
    """Puts texts about wishes in line.

    Args:
        address: Where the portal is reached from outside, for the privacy notice.
    """

    def __init__(self, address: str) -> None:
        self._address = address

    async def promise(
        self,
        session: AsyncSession,
        own: Business,
        row: CallbackRow,
        talk: ConversationRow,
        key: str,
        now: datetime,
    ) -> None:
        """Tell when the caller is rung."""
        when = promise_text(_language(talk), (row.from_at, row.to_at), own, now)
        said = {"when": when}
        await self._queue(session, own, row, talk, key, Situation.CALLBACK_CONFIRMED, said, now)

    async def ask(
        self,
        session: AsyncSession,
        own: Business,
        row: CallbackRow,
        talk: ConversationRow,
        key: str,
        situation: Situation,
        now: datetime,
    ) -> None:
        """Ask when the caller may be rung instead; whatever else was asked before is over."""
        free = (await choices_now(session, own, row, now))[0][:MOST_CHOICES]
        told = listed_choices(_language(talk), free, own)
        said = {"choices": f"{told}."} if told else {}
        await self._queue(session, own, row, talk, key, situation, said, now)
        before = Memory.from_json(json.loads(talk.memory or "null"))
        asked = Memory(
            language=before.language,
            booked=before.booked,
            pending=Pending.CALL_WHEN,
            call_choices=free,
        )
        talk.memory = json.dumps(asked.to_json())

    async def _queue(
        self,
        session: AsyncSession,
        own: Business,
        row: CallbackRow,
        talk: ConversationRow,
        key: str,
        situation: Situation,
        said: dict[str, str],
        now: datetime,
    ) -> None:
        language = _language(talk)
        call = await session.get(CallRow, row.call_id) if row.call_id else None
        queue = await session.get(QueueRow, row.queue_id) if row.queue_id else None
        did = (call.did_e164 if call else None) or ""
        template = chosen(
            await own_templates(session), situation, language, did, queue.name if queue else ""
        )
        known = words(own, now, language, await privacy_url(session, self._address))
        text = filled(template.text, known | said)
        await queue_text(session, talk, key, text, now, situation=situation)


def _language(talk: ConversationRow) -> str:
    return talk.language if talk.language in LANGUAGES else LANGUAGES[0]
