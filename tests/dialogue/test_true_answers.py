"""No answer about something else, no time in place of one that there is none of, no call at night."""

from datetime import datetime

import pytest

from dialogue.turns import CallBack, HandOver
from tests.dialogue.conversing import ZONE, salon


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    "text",
    ["hur mkt kostar slingor", "vad kostar slingor?", "vad är priset på permanent?", "how much is a perm?", "hur länge gäller klippkortet?",
     "vad kostar en massage", "how long does a massage take?"],
)  # fmt: skip
def test_a_thing_that_is_not_sold_gets_no_price_of_another(text: str) -> None:
    turn = salon().say("boka damklippning", text)
    assert "690" not in (turn.reply or "")
    assert "1 timme" not in (turn.reply or "")


@pytest.mark.parametrize(
    "text",
    ["vad kostar det?", "hur mycket är det", "vad kostar den första?", "how much is it?", "pris?"],
)
def test_a_pointer_gets_the_price_of_what_was_talked_about(text: str) -> None:
    assert "690" in (salon().say("boka damklippning", text).reply or "")


@pytest.mark.parametrize(
    "text", ["Hur länge gäller presentkort?", "hur länge gäller ett presentkort"]
)
def test_how_long_a_voucher_holds_is_not_how_long_a_visit_takes(text: str) -> None:
    reply = salon().say("boka damklippning", text).reply or ""
    assert "ett år" in reply
    assert "timme" not in reply


@pytest.mark.parametrize("text", ["tisdag då men hos Jonas", "hos Jonas på tisdag", "Jonas gärna"])
def test_a_named_person_narrows_the_service_down_to_what_that_person_does(text: str) -> None:
    reply = salon().say("boka klippning", text).reply or ""
    assert "damklippning" not in reply
    assert "herrklippning" in reply


@pytest.mark.parametrize(
    "text",
    [
        "boka dam på måndag kl 15 hos Anna",
        "boka dam måndag kl 15 hos lisa tack",
        "book a women's haircut on Monday at 15:00 with Anna",
    ],
)
def test_somebody_who_does_not_work_there_is_said_so(text: str) -> None:
    talk = salon()
    reply = talk.say(text).reply or ""
    assert talk.booked == []
    assert "Ellen" in reply
    assert "Mira" in reply


@pytest.mark.parametrize(
    "text",
    ["boka dam på måndag kl 15 men inte hos Ellen", "dam måndag kl 15, inte Ellen", "boka dam måndag kl 15 hos någon annan än Ellen",
     "book a women's haircut on Monday at 15:00 but not with Ellen"],
)  # fmt: skip
def test_somebody_who_is_not_wanted_is_not_booked(text: str) -> None:
    talk = salon()
    talk.say(text, "ja")
    assert [own.resource for own in talk.calendar.own.values()] == ["Mira"]


@pytest.mark.parametrize(
    "text",
    [
        "boka dam måndag kl 15 hos Ellen",
        "boka dam måndag kl 15 hos er",
        "boka dam måndag kl 15 hos Elen",
    ],
)
def test_a_known_name_or_none_is_booked_as_usual(text: str) -> None:
    talk = salon()
    talk.say(text, "ja")
    assert talk.booked == ["dam 2026-11-23 15:00"]


@pytest.mark.parametrize(
    "text",
    ["jag vill boka för 3 pers på lördag, mig och mina två barn", "boka herrklippning för tre personer på måndag", "klippning för mig och mina 2 barn",
     "book a haircut for 4 people on Monday", "vi är fyra som vill klippa oss på måndag"],
)  # fmt: skip
def test_more_than_two_people_go_to_a_person(text: str) -> None:
    assert salon().say(text).effects == (HandOver("several_people"),)


@pytest.mark.parametrize(
    "text",
    [
        "jag är allergisk mot färgen, huden svider och är svullen",
        "akut! färgen rinner i ögonen",
        "I am bleeding after the beard trim, urgent",
    ],
)
def test_an_emergency_offers_no_time(text: str) -> None:
    turn = salon().say(text)
    assert turn.effects == (HandOver("emergency"),)
    assert turn.offered == ()


@pytest.mark.parametrize(
    ("text", "starts_at", "ends_at"),
    [
        ("ring mig i natt kl 03", moment(23, 9), moment(23, 12)),
        ("ring mig imorgon kl 10", moment(23, 9), moment(23, 12)),
        ("ring mig imorgon", moment(23, 9), moment(23, 12)),
        ("ring mig ikväll", moment(23, 9), moment(23, 12)),
        ("call me tonight at 10pm", moment(23, 9), moment(23, 12)),
        ("ring mig på måndag kl 22", moment(24, 9), moment(24, 12)),
        ("ring mig på måndag efter 19", moment(24, 9), moment(24, 12)),
        ("ring mig på måndag kl 12.30", moment(23, 13), moment(23, 18)),
        ("ring mig på måndag kl 10", moment(23, 10), None),
        ("ring mig på måndag mellan 9 och 10", moment(23, 9), moment(23, 10)),
        ("ring mig på måndag mellan 14 och 16", moment(23, 14), moment(23, 16)),
        ("ring mig på måndag efter 15", moment(23, 15), None),
        ("ring mig på måndag före 12", None, moment(23, 12)),
        ("ring mig idag efter 13", moment(21, 13), None),
        ("ring mig efter 14", moment(21, 14), None),
        ("ring mig på måndag mellan 7 och 10", moment(23, 9), moment(23, 10)),
        ("ring mig på måndag", moment(23, 9), moment(23, 18)),
        ("ring mig", None, None),
    ],
)  # fmt: skip
def test_a_call_is_promised_inside_the_opening_hours(
    text: str, starts_at: object, ends_at: object
) -> None:
    assert salon().say(text).effects == (CallBack(starts_at, ends_at),)  # type: ignore[arg-type]


def test_a_call_that_is_put_off_is_said_to_be() -> None:
    assert "stängt" in (salon().say("ring mig imorgon kl 10").reply or "")
    assert "stängt" not in (salon().say("ring mig på måndag kl 10").reply or "")


@pytest.mark.parametrize("text", ["STOP", "STOPP", "START", "'; DROP TABLE bookings; --", "SELECT * FROM users WHERE 1=1 --", "<script>alert(1)</script>",
                                  "<img src=x onerror=alert(1)>", "ok", "hm"])  # fmt: skip
def test_the_language_of_the_conversation_stays(text: str) -> None:
    talk = salon()
    talk.say("hej vill boka herrklippning")
    assert talk.say(text).language == "sv"
    first = salon()
    first.language = "sv"
    assert first.say(text).language == "sv"


def test_stop_in_an_english_conversation_is_answered_in_english() -> None:
    talk = salon()
    talk.say("Hi, what times do you have for a men's haircut on Monday?")
    assert talk.say("STOP").language == "en"


@pytest.mark.parametrize(
    "text",
    ["boka herr den 31 februari", "boka herr 30/2 kl 10", "boka herr den 32:a", "boka herr på måndag kl 25:00", "boka herr på måndag kl 25",
     "herrklippning 31 november kl 10", "boka herr måndag 10:75", "book a men's haircut on 31 February"],
)  # fmt: skip
def test_a_day_or_time_that_there_is_none_of_is_said_so(text: str) -> None:
    turn = salon().say(text)
    assert turn.effects == ()
    assert turn.offered == ()
    assert "finns inte" in (turn.reply or "") or "no such" in (turn.reply or "")


@pytest.mark.parametrize(
    "text",
    [
        "boka herr igår kl 15",
        "hade ni ledigt i måndags kl 15",
        "boka herr i fredags",
        "book a men's haircut yesterday at 3pm",
    ],
)
def test_a_time_that_has_been_is_said_so(text: str) -> None:
    turn = salon().say(text)
    assert turn.effects == ()
    assert turn.offered == ()
    assert "passerat" in (turn.reply or "") or "passed" in (turn.reply or "")


@pytest.mark.parametrize(
    ("text", "service"),
    [("man", "herr"), ("en man", "herr"), ("herr", "herr"), ("2", "herr"), ("barn", "barn")],
)
def test_a_short_answer_tells_which_service(text: str, service: str) -> None:
    talk = salon()
    talk.say("klippning", text, "på måndag kl 10", "ja")
    assert talk.booked == [f"{service} 2026-11-23 10:00"]


@pytest.mark.parametrize("first", ["klippning", "boka tid", "boka damklippning"])
def test_the_same_question_twice_without_progress_goes_to_a_person(first: str) -> None:
    assert salon().say(first, "xx", "yy").effects == (HandOver("not_understood"),)


def test_a_word_for_but_names_no_service() -> None:
    talk = salon()
    reply = talk.say("boka herr på onsdag kl 15", "nej jag menade dam").reply or ""
    assert "herr" not in reply


@pytest.mark.parametrize(
    "text", ["Var håller ni till och går det att parkera där?", "Var finns ni? Finns parkering?"]
)
def test_where_the_company_is_and_where_to_park(text: str) -> None:
    reply = salon().say(text).reply or ""
    assert "gratis parkering" in reply
    assert salon().business.address in reply
