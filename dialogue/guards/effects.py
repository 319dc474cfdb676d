"""What a turn may do at all. Pure; whether a time is still free is the database's to say."""

from collections.abc import Iterator

from dialogue.guards.reasons import Reason, Refusal
from dialogue.turns import (
    Book,
    CallBack,
    Cancel,
    CancelCallBack,
    ChangeCallBack,
    Effect,
    Move,
    Situation,
    Turn,
)
from ringback.bookings import Slot, kept, why_not_free

_MOST = 4  # bookings that one text may make, move or cancel


def not_allowed(situation: Situation, turn: Turn) -> Iterator[Refusal]:
    """Effects that no engine may ask for."""
    changes = [one for one in turn.effects if isinstance(one, Book | Move | Cancel)]
    if len(changes) > max(_MOST, len(situation.own)):
        yield Refusal(Reason.EFFECT, "many")
    for effect in turn.effects:
        if not _fits(situation, effect):
            yield Refusal(Reason.EFFECT, type(effect).__name__)


def _fits(situation: Situation, effect: Effect) -> bool:
    own = {booking.id for booking in situation.own}
    match effect:
        case Book(slot):
            return _can_be_had(situation, slot)
        case Move(booking_id, slot):
            return booking_id in own and _can_be_had(situation, slot)
        case Cancel(booking_id):
            return booking_id in own
        case ChangeCallBack(callback_id) | CancelCallBack(callback_id) if not _is_own_call(
            situation, callback_id
        ):
            return False
        case CallBack() | ChangeCallBack():
            starts_at, ends_at = effect.starts_at, effect.ends_at
            late = ends_at is not None and ends_at <= situation.now
            return not late and not (starts_at and ends_at and starts_at >= ends_at)
    return True


def _is_own_call(situation: Situation, callback_id: str) -> bool:
    return any(call.id == callback_id for call in situation.calls)


def _can_be_had(situation: Situation, slot: Slot) -> bool:
    """Whether the slot is one of the company's: the right length, who does it, the rules of time."""
    business = situation.business
    service = next((one for one in business.services if one.id == slot.service), None)
    if service is None or slot.resource not in service.resources:
        return False
    right_length = (slot.ends_at - slot.starts_at).total_seconds() == 60 * service.duration_min
    ours = kept(situation.taken)
    why = why_not_free(business, slot.service, slot.starts_at, ours, situation.now, slot.resource)
    return right_length and why is None
