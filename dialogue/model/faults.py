"""Why a model gave no turn. Pure; whatever it is, the built-in engine answers in its place."""

from enum import StrEnum

from ringback.errors import RingbackError


class Fault(StrEnum):
    """What was wrong, as a constant word for the log."""

    SLOW = "slow"
    DOWN = "down"
    BUSY = "busy"
    REFUSED = "refused"
    HUGE = "huge_answer"
    NO_TURN = "no_turn"
    BAD_JSON = "bad_json"
    UNKNOWN_TOOL = "unknown_tool"
    TOO_MANY_ROUNDS = "too_many_rounds"
    GUARDED = "guard_refused_twice"
    OVER_BUDGET = "over_budget"


class ModelFault(RingbackError):
    """The model can't be used for this turn; `fault` says why."""

    def __init__(self, fault: Fault, text: str = "") -> None:
        super().__init__(text or f"The model gave no answer ({fault}).")
        self.fault = fault
