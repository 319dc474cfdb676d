"""What a model's turn must hold because code read it in the text: nobody's wish is talked away. Pure.

In: the built-in engine's turn and the model's. Out: why the model's may not stand. A wish to be rung
or to meet a person, a cancelling, somebody who is late: the model may word them, not pass them over.
Where the built-in engine had something to say, courtesy alone is no answer.
"""

from collections.abc import Iterator

from dialogue.guards.reasons import Reason, Refusal
from dialogue.turns import CallBack, Cancel, HandOver, Pending, Turn

_CANCELLING = (Pending.CANCEL, Pending.CANCEL_ALL, Pending.WHICH_CANCEL)
_NO_ANSWER = ("question", "no_price", "not_understood")  # the model may have found one
_LEFT_OPEN = ("not_understood", "courtesy", "noise")  # steps that have nothing to tell


def passed_over(builtin: Turn, turn: Turn, tells: bool) -> Iterator[Refusal]:
    """What the built-in engine's turn holds and the model's does not.

    Args:
        builtin: What code would do.
        turn: What the model wants.
        tells: Whether its reply says anything beside courtesy.
    """
    for effect in builtin.effects:
        match effect:
            case CallBack() | Cancel():
                held = effect in turn.effects
            case HandOver(reason):
                held = _to_people(turn) or (reason in _NO_ANSWER and tells)
            case _:
                held = True
        if not held:
            yield Refusal(Reason.PASSED_OVER, type(effect).__name__)
    if builtin.memory.pending in _CANCELLING and not _heeds_cancelling(turn):
        yield Refusal(Reason.PASSED_OVER, str(builtin.memory.pending))
    if not (tells or turn.effects or _says_nothing(builtin)):
        yield Refusal(Reason.SILENT)


def _to_people(turn: Turn) -> bool:
    return any(isinstance(one, HandOver | CallBack) for one in turn.effects)


def _heeds_cancelling(turn: Turn) -> bool:
    cancels = any(isinstance(one, Cancel) for one in turn.effects)
    return cancels or turn.memory.pending in _CANCELLING or _to_people(turn)


def _says_nothing(builtin: Turn) -> bool:
    if builtin.reply is None:
        return True
    return (builtin.understood or {}).get("step") in _LEFT_OPEN and not builtin.effects
