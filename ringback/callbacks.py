"""A wish to be rung, as the PBX side hands it over, and which wish comes first. Pure.

In: nothing. Out: frozen values. Stands between the caller's voice menu and the `callback` row.
"""

from dataclasses import dataclass
from datetime import datetime
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
    """

    key: str
    number: str
    why: str
    call_uniqueid: str | None
    from_at: datetime | None
    to_at: datetime | None
    asked_at: datetime


def rank(why: str) -> int:
    """Where a reason stands in a list: what waits for nothing comes first, then all else."""
    return AT_ONCE.index(why) if why in AT_ONCE else len(AT_ONCE)


def notice_key(callback_id: UUID) -> str:
    """The key of the text that tells a caller that somebody will be in touch (`message.key`)."""
    return f"{HANDOVER_NOTICE}:{callback_id}"
