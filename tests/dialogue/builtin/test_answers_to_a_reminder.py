"""Short answers to a reminder: what is meant is asked, and a word or two cancels nothing."""

import pytest

from tests.dialogue.conversing import at, salon

HAIR = ("dam", at(24, 10, month=11))  # Tuesday 24 November
MEN = ("herr", at(26, 13, month=11))
NOT_COMING = """
Nej
no
nope
ej
👎
Kommer inte
kommer ej
Kan inte
kan tyvärr inte
hinner inte
nej jag kommer inte
nej det passar inte
går inte
det går inte för mig
blir inget
sjuk
är sjuk
har förhinder
not coming
can't make it
""".strip().splitlines()
COMING = [
    "Kommer",
    "jag kommer",
    "ja jag kommer",
    "vi kommer!",
    "bekräftar",
    "coming",
    "I'll be there",
]
UNCLEAR = ["1", "2", "x", "fel dag", "kommer kanske inte", "vet inte om jag kan"]


@pytest.mark.parametrize("text", NOT_COMING)
def test_who_does_not_come_is_asked_whether_to_cancel_or_move(text: str) -> None:
    talk = salon(HAIR)
    turn = talk.say(text)
    assert turn.effects == ()
    assert "AVBOKA" in (turn.reply or "") or "CANCEL" in (turn.reply or "")
    assert "10:00" in (turn.reply or "")
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize("text", COMING)
def test_who_comes_keeps_the_time(text: str) -> None:
    talk = salon(HAIR)
    turn = talk.say(text)
    assert turn.effects == ()
    assert turn.reply in (None, "Bra, din tid är kvar.", "Good, your time is kept as it is.")
    assert len(talk.booked) == 1


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_may_mean_anything_is_told_what_is_booked_and_changes_nothing(text: str) -> None:
    for talk in (salon(HAIR), salon(HAIR, MEN)):
        before = talk.booked
        turn = talk.say(text)
        assert turn.effects == ()
        assert "damklippning tisdag" in (turn.reply or "")
        talk.say("ja")
        assert talk.booked == before


@pytest.mark.parametrize("text", ["Nej", "Kommer inte", "Kan inte"])
def test_of_several_bookings_it_is_asked_which_and_then_for_a_yes(text: str) -> None:
    talk = salon(HAIR, MEN)
    assert "Vilken bokning" in (talk.say(text).reply or "")
    assert talk.say("den första").effects == ()
    talk.say("ja")
    assert talk.booked == ["herr 2026-11-26 13:00"]


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("nej", "dam 2026-11-24 10:00"),
        ("behåll den", "dam 2026-11-24 10:00"),
        ("fredag kl 10", "dam 2026-11-27 10:00"),
        ("boka fredag kl 10 istället", "dam 2026-11-27 10:00"),
    ],
)
def test_the_answer_to_cancel_or_move_is_done(text: str, booked: str) -> None:
    talk = salon(HAIR)
    talk.say("Nej", text)
    assert talk.booked == [booked]


def test_what_it_costs_in_between_is_answered_by_the_rule_and_cancels_nothing() -> None:
    talk = salon(HAIR)
    turn = talk.say("Nej", "kostar det nåt?")
    assert talk.business.cancellation_policy in (turn.reply or "")
    assert len(talk.booked) == 1


@pytest.mark.parametrize("text", ["Nej", "1", "Kommer inte"])
def test_in_the_midst_of_a_booking_it_is_no_answer_to_a_reminder(text: str) -> None:
    talk = salon(HAIR)
    turn = talk.say("Har ni tid för herrklippning på fredag?", text)
    assert "damklippning" not in (turn.reply or "")
    assert talk.booked[0] == "dam 2026-11-24 10:00"


def test_a_reminder_counts_though_the_conversation_went_on_before() -> None:
    talk = salon(HAIR, MEN)
    talk.say("vad kostar färgning?")
    assert "bokning" not in (talk.say("Kommer inte").reply or "")
    talk.given = {"reminded_of": "A2"}
    turn = talk.say("Kommer inte")
    assert "herrklippning torsdag" in (turn.reply or "")
    assert "damklippning" not in (turn.reply or "")
