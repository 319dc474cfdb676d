"""Why a turn is refused. Pure values: constant words, and the place that broke the rule."""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """What a reply or an effect is not allowed to be."""

    TIME = "ungrounded_time"
    DATE = "ungrounded_date"
    PRICE = "ungrounded_price"
    PERCENT = "ungrounded_percent"
    NUMBER = "ungrounded_number"
    ADDRESS = "ungrounded_address"
    LINK = "ungrounded_link"
    PERSONAL = "personal_number"
    INTERNAL = "internal_id"
    BOOKED = "booked_without_booking"
    MOVED = "moved_without_move"
    CANCELLED = "cancelled_without_cancelling"
    UNTOLD = "effect_not_told"
    PROMISE = "promise_without_effect"
    GIFT = "discount_or_exception"
    LANGUAGE = "other_language"
    LENGTH = "too_long"
    GROUNDLESS = "ungrounded_statement"
    SILENT = "silent"
    PASSED_OVER = "wish_passed_over"
    EFFECT = "effect_not_allowed"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One rule that was broken.

    Attributes:
        reason: Which.
        found: The words that broke it; sealed with the turn, never in a log.
    """

    reason: Reason
    found: str = ""

    def to_json(self) -> dict[str, str]:
        """As the AI log keeps it."""
        return {"reason": str(self.reason), "found": self.found[:80]}
