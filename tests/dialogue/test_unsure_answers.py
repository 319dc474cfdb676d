"""Whatever is not a plain yes or a plain choice books, moves, cancels and promises nothing."""

from collections.abc import Callable
from datetime import datetime

import pytest

from dialogue.builtin.assent import answer
from dialogue.builtin.words import normal
from dialogue.turns import Book, CallBack, Cancel, Move, Pending
from tests.dialogue.conversing import ZONE, Talk, salon
from tests.dialogue.phrases import ASSENT, ELSEWHERE, PLAIN_YES, TURNING, UNSURE

WEDNESDAY = datetime(2026, 11, 25, 15, 0, tzinfo=ZONE)
DEEDS = (Book, Move, Cancel, CallBack)


def open_confirm() -> Talk:
    talk = salon()
    talk.say("funkar måndag kl 15 för damklippning?")
    assert talk.memory.pending is Pending.CONFIRM
    return talk


def open_pick() -> Talk:
    talk = salon()
    talk.say("boka herr på måndag")
    assert talk.memory.pending is Pending.PICK
    return talk


def open_cancel() -> Talk:
    talk = salon(("dam", WEDNESDAY))
    talk.say("avboka")
    assert talk.memory.pending is Pending.CANCEL
    return talk


def open_move() -> Talk:
    talk = salon(("dam", WEDNESDAY))
    talk.say("kan jag flytta min tid till tisdag kl 10?")
    assert talk.memory.pending is Pending.CONFIRM
    return talk


def open_call_back() -> Talk:
    talk = salon()
    talk.say("Привіт, хочу записатися до вас")
    assert talk.memory.pending is Pending.CALL_BACK
    return talk


def open_day() -> Talk:
    talk = salon()
    talk.say("har ni tid för damklippning?")
    assert talk.memory.pending is Pending.DAY
    return talk


OPEN = [open_confirm, open_pick, open_cancel, open_move, open_call_back, open_day]


@pytest.mark.parametrize("text", UNSURE)
@pytest.mark.parametrize("question", OPEN)
def test_an_unsure_answer_does_nothing(question: Callable[[], Talk], text: str) -> None:
    talk = question()
    had = talk.booked
    turn = talk.say(text)
    assert not [effect for effect in turn.effects if isinstance(effect, DEEDS)]
    assert talk.booked == had


@pytest.mark.parametrize("text", UNSURE)
def test_an_unsure_answer_is_no_yes(text: str) -> None:
    said = answer(normal(text))
    assert (said.yes, said.cancels, said.calls) == (False, False, False)


@pytest.mark.parametrize("turning", TURNING)
@pytest.mark.parametrize("assent", ASSENT)
@pytest.mark.parametrize("between", [" ", ", ", ". ", "... "])
def test_a_yes_that_is_turned_is_none(assent: str, turning: str, between: str) -> None:
    for text in (f"{assent}{between}{turning}", f"{turning}{between}{assent}"):
        said = answer(normal(text))
        assert (said.yes, said.cancels, said.calls) == (False, False, False), text


@pytest.mark.parametrize("text", PLAIN_YES)
def test_a_plain_yes_books_what_was_proposed(text: str) -> None:
    talk = open_confirm()
    talk.say(text)
    assert talk.booked == ["dam 2026-11-23 15:00"]


@pytest.mark.parametrize(
    "text",
    [
        "ja", "ja tack", "japp", "ok", "okej", "absolut", "ja avboka", "avboka den", "gör det", "👍",
        "ja avboka den tack", "yes", "yes please", "ok, please cancel it anyway", "yes cancel it",
    ],
)  # fmt: skip
def test_a_plain_yes_cancels(text: str) -> None:
    talk = open_cancel()
    talk.say(text)
    assert talk.booked == []


@pytest.mark.parametrize("text", ["perfekt", "bra", "jag kommer", "toppen", "great", "tack"])
def test_praise_alone_cancels_nothing(text: str) -> None:
    talk = open_cancel()
    talk.say(text)
    assert talk.booked == ["dam 2026-11-25 15:00"]


@pytest.mark.parametrize("text", ["ja", "ja tack", "yes please", "ok", "ja ring mig", "call me"])
def test_a_plain_yes_to_a_call_promises_one(text: str) -> None:
    assert open_call_back().say(text).effects == (CallBack(),)


@pytest.mark.parametrize(
    "text",
    [
        "jag vill inte bli uppringd",
        "ring mig inte",
        "nej ring inte",
        "please don't call me",
        "I don't want a call",
    ],
)
def test_a_refused_call_is_not_promised(text: str) -> None:
    assert open_call_back().say(text).effects == ()
    assert salon().say(text).effects == ()


@pytest.mark.parametrize(
    ("text", "fact"),
    [("vad kostar det?", "690"), ("ja men vad kostar det?", "690"), ("var ligger ni?", "Ågatan")],
)
def test_a_question_is_answered_and_the_proposal_repeated(text: str, fact: str) -> None:
    talk = open_confirm()
    turn = talk.say(text)
    assert turn.effects == ()
    assert fact in (turn.reply or "")
    assert "Svara JA" in (turn.reply or "")
    talk.say("ja")
    assert talk.booked == ["dam 2026-11-23 15:00"]


@pytest.mark.parametrize(
    "text",
    [
        "vad kostar det att avboka?",
        "vad kostar det?",
        "öppet juldagen?",
        "var ligger ni?",
        "tar ni kort?",
    ],
)
def test_a_question_before_a_cancellation_is_answered_and_repeated(text: str) -> None:
    talk = open_cancel()
    turn = talk.say(text)
    assert turn.effects == ()
    assert "Svara JA" in (turn.reply or "")
    assert talk.memory.pending is Pending.CANCEL
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    ("text", "booked"),
    [
        ("nej, tisdag kl 10 istället", ["dam 2026-11-24 10:00"]),
        ("jag vill boka skäggtrimning på onsdag kl 15", ["skagg 2026-11-25 15:00"]),
    ],
)
def test_another_wish_in_place_of_a_yes_is_followed(text: str, booked: list[str]) -> None:
    talk = open_confirm()
    talk.say(text, "ja")
    assert talk.booked == booked


def test_a_new_wish_in_place_of_an_answer_about_ringing_is_followed() -> None:
    talk = open_call_back()
    turn = talk.say("jag vill boka skäggtrimning på onsdag kl 15")
    assert CallBack not in [type(effect) for effect in turn.effects]
    assert talk.booked == ["skagg 2026-11-25 15:00"]


def test_a_no_ends_the_wish_and_a_new_service_replaces_the_old_one() -> None:
    talk = salon()
    talk.say("har ni tid för damklippning?", "nej", "Привіт, хочу записатися до вас")
    talk.say("jag vill boka skäggtrimning", "på onsdag kl 15", "ja")
    assert talk.booked == ["skagg 2026-11-25 15:00"]


@pytest.mark.parametrize(
    "end", ["nej", "nej tack", "no thanks", "ring mig", "Привіт, хочу записатися"]
)
def test_a_wish_that_is_over_is_not_taken_up_by_a_time_alone(end: str) -> None:
    talk = salon()
    talk.say("har ni tid för damklippning?", end, "på onsdag kl 15")
    assert talk.booked == []


@pytest.mark.parametrize(
    "said", ["nej", "absolut inte", "behåll den", "jag skojade bara", "jag ska komma!", "keep it"]
)
def test_a_no_keeps_the_booking_and_closes_the_question(said: str) -> None:
    talk = open_cancel()
    talk.say(said)
    assert talk.memory.pending is Pending.NOTHING
    talk.say("ja")
    assert talk.booked == ["dam 2026-11-25 15:00"]


@pytest.mark.parametrize(
    "text", ["ja tack och ring mig gärna innan", "yes, and call me before", "ring mig först"]
)
def test_a_wish_for_a_call_beside_a_yes_keeps_the_proposal_open(text: str) -> None:
    talk = open_confirm()
    assert [type(effect) for effect in talk.say(text).effects] == [CallBack]
    talk.say("ja")
    assert talk.booked == ["dam 2026-11-23 15:00"]


@pytest.mark.parametrize("text", ELSEWHERE)
@pytest.mark.parametrize("question", [open_confirm, open_pick, open_cancel, open_move, open_day])
def test_a_yes_to_another_time_leaves_the_proposed_one_alone(
    question: Callable[[], Talk], text: str
) -> None:
    talk = question()
    had = talk.booked
    turn = talk.say(text)
    assert turn.effects == ()
    assert turn.reply
    assert talk.booked == had


@pytest.mark.parametrize(
    "text", ["ja måndag kl 15", "ja på måndag", "ja tack kl 15", "yes, Monday"]
)
def test_a_yes_that_repeats_the_proposed_time_books_it(text: str) -> None:
    talk = open_confirm()
    talk.say(text)
    assert talk.booked == ["dam 2026-11-23 15:00"]


@pytest.mark.parametrize(
    "text", ["visst, vi ses", "ok, see you", "ok vi ses då", "sure, see you then"]
)
def test_a_farewell_until_the_appointment_cancels_nothing(text: str) -> None:
    talk = open_cancel()
    talk.say(text)
    assert talk.booked == ["dam 2026-11-25 15:00"]


@pytest.mark.parametrize(
    "might",
    [
        "Om jag avbokar, vad kostar det?",
        "I might have to cancel",
        "jag måste kanske avboka",
        "jag funderar på att avboka",
        "maybe I have to cancel",
    ],
)
@pytest.mark.parametrize("text", ["ok", "ja", "okej tack", "yes", "sure"])
def test_assent_after_a_cancellation_that_is_only_considered_cancels_nothing(
    might: str, text: str
) -> None:
    talk = salon(("dam", WEDNESDAY))
    assert "avboka" in (talk.say(might).reply or "").casefold()
    talk.say(text)
    assert talk.booked == ["dam 2026-11-25 15:00"]
    talk.say("avboka", "ja")
    assert talk.booked == []


def test_a_cancellation_with_a_perhaps_about_another_week_is_asked_about() -> None:
    talk = salon(("dam", WEDNESDAY))
    talk.say("måste tyvärr avboka, kanske en annan gång")
    assert talk.memory.pending is Pending.CANCEL


@pytest.mark.parametrize(
    "text", ["ja jag hinner inte", "ja, tiden passar inte längre", "yes, I can't make it any more"]
)
def test_a_yes_with_a_reason_keeps_the_question_about_cancelling_open(text: str) -> None:
    talk = open_cancel()
    assert "kvar" not in (talk.say(text).reply or "")
    talk.say("ja")
    assert talk.booked == []


@pytest.mark.parametrize("text", ["ja till min dotter", "ja till min son", "ja herrklippning"])
def test_a_yes_beside_another_thing_is_proposed_anew(text: str) -> None:
    talk = open_confirm()
    turn = talk.say(text)
    assert turn.effects == ()
    assert talk.memory.pending is Pending.CONFIRM


@pytest.mark.parametrize("question", [open_cancel, open_move])
def test_a_yes_to_the_same_day_does_nothing_to_a_booking(question: Callable[[], Talk]) -> None:
    assert question().say("ja samma dag").effects == ()
