"""A wish to be rung, as the PBX side hands it over; which comes first, and how it ends. Pure.

In: nothing. Out: frozen values. Stands between the caller's voice menu and the `callback` row.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

AT_ONCE = ("emergency", "complaint")
"""Reasons for a hand-over that wait for nothing, in the order in which they are seen to."""
HANDOVER_NOTICE = "handover"


@dataclass(frozen=True, slots=True)
class CallbackRequest:
    """Somebody asked to be rung.

    Attributes:
        key: Tells this wish from every other one of the same PBX; told twice it is kept once.
        number: Where to, in E.164.
        why: What the caller chose or said, for the staff; a word of ours like `pressed_1`.
        call_uniqueid: The call in which it was asked for; see `ringback.calls.Call`.
        from_at: Not before, aware; None: as soon as possible.
        to_at: Not after, aware; None: no end.
        asked_at: When, aware.
        queue: The queue that the caller waited in, as the PBX names it; "" for none.
        choice: The interval as the voice menu names it (`ringback.queues`), in the company's zone; it
            stands in place of `from_at` and `to_at`.
        customer_input: What the caller keyed when asked for a number of his own.
        language: What the menu spoke, `sv` or `en`; "" when it is not known.
        arrived_at: When the call came, aware; None for `asked_at`. The place in line.
    """

    key: str
    number: str
    why: str
    call_uniqueid: str | None
    from_at: datetime | None
    to_at: datetime | None
    asked_at: datetime
    queue: str = ""
    choice: str = ""
    customer_input: str = ""
    language: str = ""
    arrived_at: datetime | None = None


class Ended(StrEnum):
    """How a wish to be rung has ended (`callback.ended_as`)."""

    REACHED = "reached"  # rung back, and spoken with
    OTHER_CALL = "reached_by_other_call"  # the caller got through, or was rung, otherwise
    CANCELLED = "cancelled"  # by the caller
    SETTLED = "settled"  # marked as handled by staff
    JOINED = "joined"  # the caller waited in that list already: his call counts there
    UNREACHED = "unreached"  # tried as often as the rules say, texted, and nothing came of it


def rank(why: str) -> int:
    """Where a reason stands in a list: what waits for nothing comes first, then all else."""
    return AT_ONCE.index(why) if why in AT_ONCE else len(AT_ONCE)


def notice_key(callback_id: UUID) -> str:
    """The key of the text that tells a caller that somebody will be in touch (`message.key`)."""
    return f"{HANDOVER_NOTICE}:{callback_id}"
