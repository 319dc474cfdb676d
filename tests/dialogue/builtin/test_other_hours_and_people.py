"""Numbers that are no names, lengths ahead, somebody else in place of who has a booking."""

import pytest

from dialogue.turns import HandOver
from ringback.business import Business
from tests.dialogue.builtin.test_named_and_pointed_at import CLINIC
from tests.dialogue.conversing import NOW, Talk, at

OWN = ("first", at(12, 10))  # with Siv, on a Thursday


def clinic(*own: tuple[str, object], **given: object) -> Talk:
    return Talk(*own, business=CLINIC, now=NOW, **given)


@pytest.mark.parametrize("when", ["fredag 14.30", "fredag 14:30 tack", "14.30 på fredag"])
def test_a_clock_time_names_no_service(when: str) -> None:
    talk = clinic()
    talk.say("nybesök", when)
    assert talk.booked == ["first 2026-03-13 14:30"]


def test_so_many_hours_ahead_is_that_very_time() -> None:
    talk = clinic()
    assert [slot.starts_at for slot in talk.say("återbesök om två timmar?").offered] == [at(10, 11)]
    talk.say("ja")
    assert talk.booked == ["again 2026-03-10 11:00"]


def test_within_so_many_hours_is_before() -> None:
    offered = clinic().say("finns det återbesök inom två timmar?").offered
    assert offered
    assert all(at(10, 10) <= slot.starts_at <= at(10, 11) for slot in offered)


@pytest.mark.parametrize(
    "text",
    [
        "kan jag få träffa Omar istället, samma tid?",
        "går det att byta till Omar?",
        "flytta till Omar samma tid",
        "kan jag få en annan på torsdag, Omar?",
        "could I see Omar instead?",
        "kan jag få träffa Omar istället för Siv?",
    ],
)
def test_somebody_else_at_the_time_of_the_booking(text: str) -> None:
    talk = clinic(OWN)
    talk.say(text, "ja")
    assert talk.booked == ["first 2026-03-12 10:00"]
    assert [one.resource for one in talk.calendar.own.values()] == ["Omar"]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("i stället för torsdag 10 kan jag få torsdag 13?", at(12, 13)),
        ("Istället för torsdag, skulle det gå på fredag 13?", at(13, 13)),
        ("hinner inte till kl 10, går det att komma 13 istället?", at(12, 13)),
        ("hinner inte till 10, kan jag komma 13.30?", at(12, 13, 30)),
        ("could you push my appointment back an hour", at(12, 11)),
        ("push it back two hours please", at(12, 12)),
        ("kan vi flytta det en vecka?", at(19, 10)),
        ("torsdag nästa vecka samma tid?", at(19, 10)),
        ("kan vi flytta till torsdagen efter, samma tid", at(19, 10)),
        ("kan jag flytta till måndagen därpå kl 9?", at(16, 9)),
        ("kan vi byta besöket på torsdag till fredag istället, samma tid?", at(13, 10)),
        ("kan vi byta torsdag till fredag samma tid?", at(13, 10)),
        ("any chance to swap my thursday slot for friday 14:00?", at(13, 14)),
    ],
)
def test_a_booking_moves_to_the_time_wished_for(text: str, start: object) -> None:
    assert [slot.starts_at for slot in clinic(OWN).say(text).offered] == [start]


@pytest.mark.parametrize(
    "text", ["har ni nåt senare på torsdag?", "kan jag få tiden senare på torsdagen?"]
)
def test_later_on_the_day_of_the_booking(text: str) -> None:
    offered = clinic(OWN).say(text).offered
    assert len(offered) > 1
    assert all(at(12, 10) < slot.starts_at < at(13, 0) for slot in offered)


def test_who_asks_what_there_is_on_another_day_is_told() -> None:
    offered = clinic(OWN).say("har ni nåt på fredag istället?").offered
    assert len(offered) > 1
    assert all(at(13, 0) < slot.starts_at < at(14, 0) for slot in offered)


@pytest.mark.parametrize(
    "text", ["måste tyvärr lämna återbud", "kan ni stryka min tid", "Återbud torsdag"]
)
def test_other_words_for_cancelling(text: str) -> None:
    talk = clinic(OWN)
    talk.say(text, "ja")
    assert talk.booked == []


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("kan ni kolla på min rygg?", True),
        ("can you help with my rygg", True),
        ("kan ni laga min dator?", False),
    ],
)
def test_help_with_what_the_company_works_with_is_asked_about(text: str, asks: bool) -> None:
    turn = clinic().say(text)
    assert ("nybesök" in (turn.reply or "")) is asks
    assert (turn.effects == ()) is asks


@pytest.mark.parametrize("text", ["nästa vecka istället", "reschedule please, next week instead"])
def test_another_week_leaves_the_day_open(text: str) -> None:
    offered = clinic(OWN).say(text).offered
    assert len(offered) > 1
    assert all(at(16, 0) < slot.starts_at < at(21, 0) for slot in offered)


def test_who_is_late_is_late() -> None:
    assert clinic(OWN).say("hinner inte till 10, blir 10 min sen").effects == (HandOver("late"),)


def test_several_who_want_help_with_one_thing_are_no_party() -> None:
    text = "vi är tre syskon som behöver hjälp, nybesök på torsdag"
    assert {slot.service for slot in clinic().say(text).offered} == {"first"}


@pytest.mark.parametrize(
    "name", ["gratis konsultation", "kostnadsfritt hembesök", "träningsplan", "garantiservice", "hand stripping",
             "prisbedömning", "24-timmarsblodtryck", "TBE dos 2"]
)  # fmt: skip
def test_whatever_a_service_is_called_it_is_booked(name: str) -> None:
    sold = CLINIC.model_dump() | {
        "services": [{**CLINIC.services[0].model_dump(), "names": [name]}]
    }
    sold["services"].append(CLINIC.services[1].model_dump())
    talk = Talk(business=Business.model_validate(sold), now=NOW)
    talk.say(f"vill boka {name}", "torsdag kl 10", "ja")
    assert talk.booked == ["first 2026-03-12 10:00"]


ASKED = "går återbesök torsdag kl 10?"  # which is proposed


@pytest.mark.parametrize(
    "text",
    ["nej fredag menar jag", "oj jag menade fredag", "fredag istället", "förlåt fredag ska det va", "hellre fredag",
     "vänta, fredag passar bättre", "sorry friday i mean"],
)  # fmt: skip
def test_a_day_put_right_keeps_the_time_that_was_proposed(text: str) -> None:
    talk = clinic()
    assert [slot.starts_at for slot in talk.say(ASKED, text).offered] == [at(13, 10)]


def test_another_day_that_is_asked_for_leaves_the_time_open() -> None:
    assert len(clinic().say(ASKED, "fredag då?").offered) > 1


def test_an_hour_later_than_what_was_proposed() -> None:
    assert [slot.starts_at for slot in clinic().say(ASKED, "en timme senare").offered] == [
        at(12, 11)
    ]


def test_later_where_all_of_the_day_was_shown_is_its_later_half() -> None:
    talk = clinic()
    shown = talk.say("vilka tider har ni för återbesök torsdag?").offered
    later = talk.say("har ni nåt senare på dagen").offered
    assert later
    assert not {slot.starts_at for slot in later} & {slot.starts_at for slot in shown}
    assert all(slot.starts_at >= at(12, 12) for slot in later)


def test_the_second_alternative_is_no_other_alternative() -> None:
    talk = clinic()
    second = talk.say("vilka tider har ni för återbesök torsdag?").offered[1]
    talk.say("andra alternativet")
    assert talk.booked == [f"again {second.starts_at.astimezone(at(1, 0).tzinfo):%Y-%m-%d %H:%M}"]


@pytest.mark.parametrize(
    ("text", "service"),
    [("den korta", "short"), ("kort", "short"), ("den billigaste", "short"), ("den längre", "long"), ("60", "long"),
     ("en halvtimme", "short"), ("lång tack", "long")],
)  # fmt: skip
def test_a_service_is_picked_by_how_long_or_dear_it_is(text: str, service: str) -> None:
    talk = clinic()
    talk.say("går det med massage torsdag kl 10?", text, "ja")
    assert talk.booked == [f"{service} 2026-03-12 10:00"]


@pytest.mark.parametrize(
    ("text", "alarm"), [("hej jag behöver hjälp", False), ("snälla hjälp", True), ("hjälp!", True)]
)
def test_who_needs_help_with_something_is_in_no_danger(text: str, alarm: bool) -> None:
    assert bool(clinic().say(text).effects) is alarm


@pytest.mark.parametrize(
    "text",
    ["två cyklar behöver nybesök på torsdag kl 10", "både min och sambons behöver nybesök torsdag kl 10",
     "nybesök för 2 tjejer torsdag kl 10", "I have two dogs that need a first visit on Thursday at 10"],
)  # fmt: skip
def test_two_things_are_two_bookings(text: str) -> None:
    talk = clinic()
    talk.say(text, "ja")
    assert talk.booked == ["first 2026-03-12 10:00"] * 2


def test_two_after_each_other_are_seen_to_by_a_person() -> None:
    turn = clinic().say("nybesök för mig och min dotter på torsdag, gärna efter varandra")
    assert turn.effects == (HandOver("several_people"),)


@pytest.mark.parametrize(
    "text", ["kan man få nybesök på kvällen?", "nybesök efter kl 18", "nybesök före kl 7"]
)
def test_a_time_of_day_that_is_never_free_leads_to_others(text: str) -> None:
    turn = clinic().say(text)
    assert len(turn.offered) > 1
    assert "ingen ledig tid" in (turn.reply or "")


def test_swedish_in_with_the_english_name_of_a_month_is_swedish() -> None:
    assert clinic().say("nybesök i september").language == "sv"


@pytest.mark.parametrize(
    "text",
    [
        "tack för bekräftelsen, ses på torsdag!",
        "toppen då ses vi på torsdag",
        "see you on Thursday!",
    ],
)
def test_who_will_be_there_needs_no_answer(text: str) -> None:
    assert clinic(OWN).say(text).reply is None


def test_who_takes_another_day_for_that_of_the_booking_is_told() -> None:
    assert "12 mars kl 10:00" in (clinic(OWN).say("tack, ses på fredag!").reply or "")


@pytest.mark.parametrize("text", ["hur långt innan måste jag avboka?", "how late can I cancel?"])
def test_until_when_one_may_cancel_is_the_rule_and_no_cancelling(text: str) -> None:
    reply = clinic(OWN).say(text).reply or ""
    assert "Avboka senast dagen före." in reply
    assert "Ska jag" not in reply


@pytest.mark.parametrize(
    "text",
    [
        "ja det vore toppen",
        "det vore perfekt",
        "ja det hade varit kanon",
        "det skulle passa bra",
        "ja det skulle vara jättebra",
    ],
)
def test_what_would_be_fine_is_a_yes(text: str) -> None:
    talk = clinic()
    talk.say(ASKED, text)
    assert talk.booked == ["again 2026-03-12 10:00"]


def test_an_english_question_after_no_other_word_is_answered_in_english() -> None:
    assert clinic().say("Am I texting with a real person?").language == "en"
