"""How a call goes: we answer, offer to ring back, take the digit, and say goodbye.

In: a line to the caller, and the prompts in its law. Out: whether 1 was pressed, told at that very
moment. Runs in the call's own thread; every wait has an end, and so has the call.
"""

from collections.abc import Callable
from typing import Protocol

from pbx_adapter.sip.prompts import RATE_HZ, Sounds

_RING_S = 1.0  # who dialled by mistake can still hang up for free
_LISTEN_S = 5.0  # after a prompt
_OFFERS = 2
_TAIL_S = 0.3  # so that the last word is not cut off


class Line(Protocol):
    """A call, as far as this conversation needs it."""

    def answer(self) -> None:
        """Picks up."""

    def play(self, sound: bytes) -> None:
        """Sends it from now on, instead of what is being sent."""

    def digit(self, within_s: float) -> str:
        """The next key, or the empty string when none was pressed or the call is over."""

    def is_over(self) -> bool:
        """Whether the caller is gone, or the call has lasted too long."""

    def hang_up(self) -> None:
        """Ends it; nothing happens when it is over."""


def converse(line: Line, sounds: Sounds, can_be_rung: bool, on_asked: Callable[[], None]) -> None:
    """Holds the conversation until somebody hangs up.

    Args:
        line: The call, ringing or already over.
        sounds: The prompts.
        can_be_rung: The caller's number is known; else no offer is made.
        on_asked: Called when 1 is pressed.
    """
    line.digit(_RING_S)
    if line.is_over():
        return
    line.answer()
    if not can_be_rung:
        _say(line, sounds["no_number"])
    elif _accepts(line, sounds["offer"]):
        on_asked()
        _say(line, sounds["thanks"])
    else:
        _say(line, sounds["goodbye"])
    line.hang_up()


def _accepts(line: Line, offer: bytes) -> bool:
    """Makes the offer twice; a key may be pressed at any time, and other keys than 1 say nothing."""
    for _ in range(_OFFERS):
        line.play(offer)
        left_s = len(offer) / RATE_HZ + _LISTEN_S
        while (pressed := line.digit(left_s)) and not line.is_over():
            if pressed == "1":
                return True
            left_s = _LISTEN_S
        if line.is_over():
            return False
    return False


def _say(line: Line, sound: bytes) -> None:
    """Plays it to its end, unless the caller is gone before."""
    if line.is_over():
        return
    line.play(sound)
    left_s = len(sound) / RATE_HZ + _TAIL_S
    while line.digit(left_s) and not line.is_over():  # somebody plays with the keys
        left_s = _TAIL_S
