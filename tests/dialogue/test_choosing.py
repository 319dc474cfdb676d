"""Choosing among offered times: what picks, what refuses, and what is asked about."""

import pytest

from dialogue.turns import Book, Pending, Turn
from tests.dialogue.conversing import ZONE, Talk, salon


def offered() -> Talk:
    """Herrklippning on Monday: 1) 09:00, 2) 14:00, 3) 17:30."""
    talk = salon()
    turn = talk.say("boka herr på måndag")
    assert clocks(turn) == ["09:00", "14:00", "17:30"]
    return talk


def clocks(turn: Turn) -> list[str]:
    return [f"{slot.starts_at.astimezone(ZONE):%H:%M}" for slot in turn.offered]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("1", "09:00"), ("2", "14:00"), ("3 tack", "17:30"), ("nr 2", "14:00"), ("nummer 3", "17:30"),
        ("alternativ 1", "09:00"), ("ettan", "09:00"), ("tvåan tack", "14:00"), ("trean", "17:30"),
        ("den första", "09:00"), ("den första tack", "09:00"), ("ta den första", "09:00"),
        ("jag tar den andra", "14:00"), ("den andra blir bra", "14:00"), ("den tredje", "17:30"),
        ("den sista", "17:30"), ("den sista tack!", "17:30"), ("den i mitten", "14:00"),
        ("den tidigaste", "09:00"), ("the second one please", "14:00"), ("first one", "09:00"),
        ("the last one", "17:30"), ("I'll take the first one", "09:00"), ("option 2", "14:00"),
        ("kl 14", "14:00"), ("14:00", "14:00"), ("14 blir bra", "14:00"), ("17.30 passar bra", "17:30"),
        ("ja tack, kl 14", "14:00"), ("då tar jag 17.30", "17:30"), ("1 eller 2 vilken som", "09:00"),
        ("vilken som helst", "09:00"), ("spelar ingen roll", "09:00"), ("boka den första", "09:00"),
        ("3:an blir bra för mig", "17:30"), ("2an", "14:00"), ("nr2", "14:00"), ("ta 1:an tack", "09:00"),
        ("jag tar gärna den andra tiden kl 14", "14:00"),
    ],
)  # fmt: skip
def test_a_plain_choice_books(text: str, clock: str) -> None:
    talk = offered()
    talk.say(text)
    assert talk.booked == [f"herr 2026-11-23 {clock}"]


REFUSALS = """
inte den första
inte den andra
inte den sista
ej den första
den första passar inte
den första går inte
den första funkar tyvärr inte
den första är för tidig
den första är alldeles för tidigt
den andra passar inte mig
den sista passar inte
den sista är för sen
den sista är för sent
1 passar inte
1 går inte
2 funkar inte
3 är för sent
jag kan inte kl 14
jag kan inte 14
kan tyvärr inte kl 9
kl 14 går inte
kl 14 passar dåligt för mig, jag kan inte då
09:00 är för tidigt
9 är för tidigt
nio är för tidigt
17:30 är för sent
17.30 är tyvärr för sent
14:00 hinner jag inte
hinner inte till 14
ingen av dem
ingen av tiderna passar
inga av tiderna funkar
inte någon av dem
nej inte den
nej den första är för tidig
varken 1 eller 2, det går inte
not the first one
not the first
the first one is too early
the last one is too late
the second one doesn't work
I can't do 14:00
I can't make the first one
2 pm does not work for me
9 is too early
none of them
neither
jag vet inte om den första går
den första kanske
kanske den andra
den andra eller den tredje, jag vet inte
måste kolla om jag kan den första
den första? jag vet inte
den första är väl inte hos Ellen?
vad kostar den första?
hur lång tid tar den andra?
what does the first one cost?
är den första hos Ellen?
har ni inget senare än den sista?
""".strip().splitlines()


@pytest.mark.parametrize("text", REFUSALS)
def test_a_refused_or_questioned_time_is_not_booked(text: str) -> None:
    talk = offered()
    turn = talk.say(text)
    assert talk.booked == []
    assert turn.reply


@pytest.mark.parametrize(
    ("text", "refused"),
    [
        ("inte den första", "09:00"), ("den första är för tidig", "09:00"), ("1 passar inte", "09:00"),
        ("09:00 är för tidigt", "09:00"), ("den sista passar inte", "17:30"),
        ("den sista är för sen", "17:30"), ("jag kan inte kl 14", "14:00"),
        ("not the last one", "17:30"), ("the first one is too early", "09:00"),
    ],
)  # fmt: skip
def test_other_times_are_offered_in_place_of_a_refused_one(text: str, refused: str) -> None:
    times = clocks(offered().say(text))
    assert times
    assert refused not in times


@pytest.mark.parametrize(
    "text", ["den första är för tidig", "09:00 är för tidigt", "9 is too early"]
)
def test_later_times_follow_what_was_too_early(text: str) -> None:
    assert min(clocks(offered().say(text))) > "09:00"


@pytest.mark.parametrize("text", ["den sista är för sen", "17:30 är för sent", "17:30 is too late"])
def test_earlier_times_follow_what_was_too_late(text: str) -> None:
    assert max(clocks(offered().say(text))) < "17:30"


@pytest.mark.parametrize(
    "text",
    [
        "nummer 4",
        "4",
        "5",
        "nr 6",
        "alternativ 9",
        "option 4",
        "number 5",
        "nummer 16",
        "4:an tack",
        "nr4",
    ],
)
def test_a_number_that_is_not_in_the_list_is_asked_about(text: str) -> None:
    talk = offered()
    turn = talk.say(text)
    assert turn.effects == ()
    assert clocks(turn) == ["09:00", "14:00", "17:30"]


@pytest.mark.parametrize("text", ["10", "15", "kan jag få 15?", "15 kanske", "går det kl 10?"])
def test_an_hour_that_was_not_offered_is_proposed_first(text: str) -> None:
    talk = offered()
    turn = talk.say(text)
    assert turn.effects == ()
    assert talk.memory.pending is Pending.CONFIRM


@pytest.mark.parametrize(
    "text",
    [
        "kan jag få den andra?",
        "den andra?",
        "är den andra ledig?",
        "can I have the second one?",
        "kl 14?",
    ],
)
def test_a_choice_put_as_a_question_is_proposed_and_booked_after_a_yes(text: str) -> None:
    talk = offered()
    assert talk.say(text).effects == ()
    talk.say("ja")
    assert talk.booked == ["herr 2026-11-23 14:00"]


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("jag kan inte kl 14 men 15 går", "15:00"),
        ("inte kl 9, kl 10 tack", "10:00"),
        ("inte den första utan den andra", "14:00"),
        ("not 14:00 but 16:00", "16:00"),
    ],
)
def test_what_is_named_in_place_of_a_refused_time_is_proposed(text: str, clock: str) -> None:
    talk = offered()
    turn = talk.say(text)
    assert Book not in [type(effect) for effect in turn.effects]
    talk.say("ja")
    assert talk.booked == [f"herr 2026-11-23 {clock}"]


@pytest.mark.parametrize(
    "wish", ["boka herr på måndag men inte kl 15", "boka herr måndag, jag kan inte kl 15"]
)
def test_a_denied_time_in_a_wish_is_not_booked(wish: str) -> None:
    talk = salon()
    talk.say(wish)
    assert talk.booked == []


@pytest.mark.parametrize(
    "text",
    [
        "jag kanske vill boka herrklippning måndag kl 15",
        "jag funderar på att boka herrklippning måndag kl 15",
        "boka inte herrklippning måndag kl 15",
        "jag vill inte boka herrklippning måndag kl 15",
        "hur bokar jag herrklippning måndag kl 15",
        "måste fråga frun om herrklippning måndag kl 15",
        "don't book a men's haircut on Monday at 15:00",
        "maybe book a men's haircut on Monday at 15:00",
    ],
)
def test_a_hesitant_wish_is_not_booked_at_once(text: str) -> None:
    talk = salon()
    talk.say(text)
    assert talk.booked == []


@pytest.mark.parametrize(
    "text",
    [
        "onsdag kl 15 behöver jag vara i skolan",
        "onsdag kl 15 är jag i Spanien",
        "jag jobbar på onsdag kl 15",
        "min buss går onsdag kl 15",
        "jag slutar jobbet kl 14",
        "I am at work on Wednesday at 15:00",
        "on Wednesday at 15:00 I need to be at school",
    ],
)
@pytest.mark.parametrize(
    "first", ["boka herr på måndag", "boka herr", "funkar måndag kl 14 för herrklippning?"]
)
def test_a_time_that_is_only_told_about_is_not_booked(first: str, text: str) -> None:
    talk = salon()
    talk.say(first, text)
    assert talk.booked == []


@pytest.mark.parametrize(
    "text", ["vi är två", "for two", "för två", "we are two", "vi är två tack"]
)
def test_a_number_of_people_is_no_choice_and_room_for_both_is_proposed(text: str) -> None:
    talk = offered()
    turn = talk.say(text)
    assert turn.effects == ()
    assert len(turn.offered) == 2
    talk.say("ja")
    assert talk.booked == ["herr 2026-11-23 09:00"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "boka herr måndag kl 15 utan Ellen",
        "boka herr måndag 15 nästa år",
        "boka 2 herr måndag 15",
        "boka dam och färgning på tisdag kl 13",
        "boka herr måndag kl 15 för under 400 kr",
        "boka herr varje måndag kl 15",
        "boka herr varannan måndag kl 15",
        "book a men's haircut every Monday at 15:00",
    ],
)
def test_a_wish_with_a_further_condition_is_not_booked_at_once(text: str) -> None:
    talk = salon()
    turn = talk.say(text)
    assert turn.effects == ()
    assert turn.reply


def test_the_one_who_is_not_wanted_is_not_proposed() -> None:
    turn = salon().say("boka herr måndag kl 15 utan Ellen")
    assert [slot.resource for slot in turn.offered] == ["Jonas"]


@pytest.mark.parametrize(
    "text",
    ["boka tid åt mig och min son på måndag kl 15", "boka för mig och min dotter måndag kl 15"],
)
def test_what_the_caller_wants_beside_a_child_is_asked(text: str) -> None:
    talk = salon()
    talk.say(text, "ja")
    assert talk.booked == []
    assert talk.memory.pending is Pending.SERVICE


def test_the_same_text_twice_books_once() -> None:
    talk = salon()
    turn = talk.say("boka herr på måndag kl 15", "boka herr på måndag kl 15")
    assert "måndag 23 november kl 15:00" in (turn.reply or "")
    assert talk.booked == ["herr 2026-11-23 15:00"]


def test_a_second_booking_at_the_same_time_for_somebody_else_is_made() -> None:
    talk = salon()
    talk.say("boka herr på måndag kl 15", "boka herr till min bror också på måndag kl 15", "ja")
    assert talk.booked == ["herr 2026-11-23 15:00"] * 2
