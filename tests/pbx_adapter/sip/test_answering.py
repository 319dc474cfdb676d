"""The conversation, on a line that the test holds the other end of."""

from dataclasses import dataclass, field

from pbx_adapter.sip.answering import converse
from pbx_adapter.sip.prompts import Sounds

SOUNDS: Sounds = {"offer": b"o" * 80, "thanks": b"t" * 80, "goodbye": b"g" * 80, "no_number": b"n"}


@dataclass
class Scripted:
    """Each wait for a key takes the next of these; `hang up` is the caller's."""

    keys: list[str]
    did: list[str] = field(default_factory=list)
    over: bool = False

    def answer(self) -> None:
        self.did.append("answer")

    def play(self, sound: bytes) -> None:
        self.did.append({value: name for name, value in SOUNDS.items()}[sound])

    def digit(self, within_s: float) -> str:
        assert 0 < within_s < 60
        key = self.keys.pop(0) if self.keys else ""
        if key == "hang up":
            self.over, key = True, ""
        return key

    def is_over(self) -> bool:
        return self.over

    def hang_up(self) -> None:
        self.did.append("hang up")


def conversation(*keys: str, can_be_rung: bool = True) -> list[str]:
    line = Scripted(["", *keys])  # the first wait is the ringing
    converse(line, SOUNDS, can_be_rung, lambda: line.did.append("asked"))
    return line.did


def test_one_is_pressed_then_it_is_noted_before_thanks_are_said() -> None:
    assert conversation("1") == ["answer", "offer", "asked", "thanks", "hang up"]


def test_other_keys_are_passed_over() -> None:
    assert conversation("5", "#", "1") == ["answer", "offer", "asked", "thanks", "hang up"]


def test_nothing_is_pressed_then_the_offer_comes_twice() -> None:
    assert conversation() == ["answer", "offer", "offer", "goodbye", "hang up"]


def test_one_in_the_second_offer_counts() -> None:
    assert conversation("", "1") == ["answer", "offer", "offer", "asked", "thanks", "hang up"]


def test_a_caller_who_hangs_up_is_not_taken_for_one_who_asked() -> None:
    assert conversation("hang up") == ["answer", "offer", "hang up"]
    assert conversation("5", "hang up") == ["answer", "offer", "hang up"]
    assert conversation("1", "hang up") == ["answer", "offer", "asked", "thanks", "hang up"]


def test_a_caller_without_a_number_is_not_offered_what_can_not_be_kept() -> None:
    assert conversation("1", can_be_rung=False) == ["answer", "no_number", "hang up"]


def test_a_call_given_up_while_it_rings_is_not_answered() -> None:
    line = Scripted(["hang up"])
    converse(line, SOUNDS, True, lambda: None)
    assert line.did == []
