"""A question goes on with the one before it: another day, another service."""

import pytest

from tests.dialogue.conversing import Talk


@pytest.mark.parametrize(
    ("first", "then", "used"),
    [
        ("har ni öppet på torsdag?", "å på lördag då", "hours"),
        ("vad har ni för öppettider", "och på fredag?", "hours"),
        ("när stänger ni idag", "imorgon då?", "hours"),
        ("are you open on Friday?", "and on Saturday?", "hours"),
        ("vad kostar oljebyte?", "och däckbyte?", "services"),
        ("vad kostar oljebyte?", "däckbyte då", "services"),
        ("hur lång tid tar oljebyte", "och däckbyte", "services"),
    ],
)
def test_what_was_asked_is_asked_of_another(first: str, then: str, used: str) -> None:
    talk = Talk()
    talk.say(first)
    turn = talk.say(then)
    assert (turn.used, turn.offered) == ((used,), ())


@pytest.mark.parametrize(
    ("first", "then"),
    [
        ("har ni öppet på torsdag?", "oljebyte på torsdag då"),
        ("har ni öppet på torsdag?", "då vill jag boka oljebyte på torsdag"),
        ("vad kostar oljebyte?", "på torsdag kl 10 då"),
        ("vad kostar oljebyte?", "jag vill boka däckbyte"),
        ("vad kostar oljebyte?", "har ni tid på fredag då?"),
    ],
)
def test_wish_for_a_time_goes_on_to_booking(first: str, then: str) -> None:
    talk = Talk()
    talk.say(first)
    turn = talk.say(then)
    assert turn.used != ("services",)
    assert talk.memory.services or turn.effects
