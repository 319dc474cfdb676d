"""The same wishes in other words: what people write beside, or in place of, the plain ones. Pure texts."""

import pytest

from dialogue.builtin.intent import Intent, intents
from dialogue.builtin.when import hear_when
from dialogue.builtin.words import normal
from dialogue.turns import HandOver
from ringback.bookings import Taken
from ringback.business import Business
from tests.dialogue.conversing import GARAGE, NOW, ZONE, Talk, at, salon

OWN = ("dam", at(25, 15, month=11))
SIZES = Business.model_validate(
    GARAGE.model_dump()
    | {
        "services": [
            {"id": "big", "names": ["stor service"], "duration_min": 90, "price_sek": 1290,
             "resources": ["Plats 1", "Plats 2"]},
            {"id": "small", "names": ["liten service"], "duration_min": 30, "price_sek": 690,
             "resources": ["Plats 1", "Plats 2"]},
            {"id": "moved", "names": ["flyttstädning", "flyttstäd"], "duration_min": 120,
             "price_sek": 3900, "resources": ["Plats 1"]},
        ],
        "faq": [
            {"id": "garanti", "question": "Har ni garanti på flyttstädning?", "answer": "Ja, i 14 dagar."},
            {"id": "material", "question": "Ingår städmaterial?", "answer": "Ja, vi tar med allt."},
            {"id": "friskvard", "question": "Kan man använda friskvårdsbidrag?", "answer": "Ja, mot kvitto."},
        ],
    }
)  # fmt: skip


def sizes() -> Talk:
    return Talk(business=SIZES)


@pytest.mark.parametrize("text", ["den lilla", "lilla servicen", "den mindre", "the small one"])
def test_a_size_in_another_form_picks_of_two(text: str) -> None:
    turn = sizes().say("service på torsdag", text)
    assert {one.service for one in turn.offered} == {"small"}


@pytest.mark.parametrize("text", ["båda", "både och", "ja båda tack"])
def test_who_wants_both_of_two_is_handed_over_with_what_it_is_about(text: str) -> None:
    turn = sizes().say("service på torsdag", text)
    assert turn.effects == (HandOver("several_things"),)
    assert "liten service" in (turn.reply or "")
    assert "stor service" in (turn.reply or "")


def test_all_times_suit_is_no_wish_for_both() -> None:
    assert sizes().say("service på torsdag", "alla tider funkar").effects == ()


@pytest.mark.parametrize(
    "text",
    [
        "hej vad var det för tid jag hade bokat nu igen?",
        "när ska jag komma?",
        "när skulle jag komma nu igen?",
        "när var det jag skulle till er",
        "vilka tider har jag bokade",
        "visa mina bokningar",
        "minns inte vilken tid jag fick",
        "glömt vilken tid jag hade",
        "when am I booked?",
        "What time should I come?",
        "I forgot when my appointment is",
    ],
)
def test_when_the_own_booking_is_can_be_asked_in_many_ways(text: str) -> None:
    assert "25" in (salon(OWN).say(text).reply or "")


@pytest.mark.parametrize(
    "text", ["när kan jag komma?", "vilken tid kan jag boka", "vet inte när jag ska hinna"]
)
def test_when_one_may_come_is_no_question_about_an_own_booking(text: str) -> None:
    assert Intent.MY_BOOKING not in intents(normal(text))


def test_when_one_shall_come_in_the_midst_of_a_booking_is_about_that() -> None:
    assert "hittar ingen" not in (salon().say("damklippning", "när ska jag komma?").reply or "")


@pytest.mark.parametrize(
    "text",
    [
        "hur mycket går en liten service på?",
        "va landar en liten service på",
        "vad ligger en liten service på hos er",
        "vad får man betala för liten service",
    ],
)
def test_a_price_can_be_asked_for_in_many_ways(text: str) -> None:
    assert "690 kr" in (sizes().say(text).reply or "")


def test_a_price_and_another_question_are_both_answered() -> None:
    reply = (
        sizes().say("vad går liten service på? och kan man använda friskvårdsbidraget").reply or ""
    )
    assert "690 kr" in reply
    assert "mot kvitto" in reply


@pytest.mark.parametrize(
    "text", ["flyttstäd den 26", "vad kostar flyttstäd?", "vi ska flytta den 26, kan ni städa då?"]
)
def test_what_is_told_of_a_service_is_no_answer_to_a_wish_for_it(text: str) -> None:
    reply = sizes().say(text).reply or ""
    assert "14 dagar" not in reply
    assert "tar med allt" not in reply


@pytest.mark.parametrize(
    "text", ["har ni garanti på flyttstäd?", "vad kostar flyttstäd och hur är det med garanti"]
)
def test_what_is_told_of_a_service_answers_who_asks_for_it(text: str) -> None:
    assert "14 dagar" in (sizes().say(text).reply or "")


@pytest.mark.parametrize(
    "text",
    [
        "vi ska flytta ut ur en trea den 26 mars och behöver flyttstäd då",
        "vi flyttar den 26, kan ni städa då?",
    ],
)
def test_who_moves_house_has_no_booking_to_move(text: str) -> None:
    turn = sizes().say(text)
    assert {f"{one.starts_at.astimezone(ZONE):%d}" for one in turn.offered} == {"26"}


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("flyttar ut 26 mars, behöver städ dagen innan", ["25"]),
        ("vi ska ha fest den 14 mars, gärna dagen före kl 8", ["13"]),
        ("den 30 mars lämnar vi nycklarna, alltså v 13", ["23", "24", "25", "26", "27", "28", "29"]),
        ("onsdag eller dagen efter", ["11"]),
        ("torsdag, jag jobbar dagen efter", ["12", "13"]),
    ],
)  # fmt: skip
def test_the_day_beside_a_named_one_is_meant_where_that_is_told_of(
    text: str, days: list[str]
) -> None:
    talk = Talk(business=SIZES)
    when = talk.say("flyttstäd", text).understood
    assert [one[-2:] for one in (when or {})["days"]] == days  # type: ignore[attr-defined, union-attr]


def test_a_clock_time_after_the_day_before_is_no_bound() -> None:
    when = hear_when("dagen innan kl 8", NOW).when
    assert [f"{one:%H:%M}" for one in when.exact] == ["08:00", "20:00"]
    assert when.not_after is None


def test_a_weekday_in_a_far_week_that_is_talked_about_is_of_that_week() -> None:
    turn = sizes().say("flyttstäd onsdag den 8 april", "torsdagen då?")
    assert {f"{one.starts_at.astimezone(ZONE):%d %b}" for one in turn.offered} == {"09 Apr"}


@pytest.mark.parametrize(
    "text",
    [
        "behöver prata med nån om liten service, går det på torsdag?",
        "I need to talk to someone about liten service on Thursday",
    ],
)
def test_a_talk_about_what_is_sold_at_a_time_is_a_wish_for_it(text: str) -> None:
    turn = sizes().say(text)
    assert turn.effects == ()
    assert {one.service for one in turn.offered} == {"small"}


@pytest.mark.parametrize(
    "text",
    [
        "vill prata med en människa om liten service på torsdag",
        "kan jag få prata med nån om min service på torsdag",
        "kan jag få prata med nån om liten service",
    ],
)
def test_who_wants_a_person_is_handed_over(text: str) -> None:
    assert sizes().say(text).effects == (HandOver("wants_person"),)


@pytest.mark.parametrize(
    "text",
    [
        "kan du skicka min systers recept? hon heter Lena och var hos er i tisdags",
        "kan jag få se min mans journal",
        "can you send me my sister's prescription?",
    ],
)
def test_what_belongs_to_somebody_else_is_not_told(text: str) -> None:
    assert Intent.OTHERS in intents(normal(text))


def test_who_tells_of_what_has_been_is_handed_over_and_asked_for_no_day() -> None:
    assert sizes().say("ni gjorde en liten service i tisdags, nu låter det").effects == (
        HandOver("question"),
    )


def test_another_service_at_the_same_time_goes_to_who_is_free_beside_the_booking() -> None:
    talk = sizes()
    talk.say("boka liten service torsdag kl 10")
    turn = talk.say("oj vänta, jag menade stor service, samma tid")
    assert [one.resource for one in turn.offered] == ["Plats 2"]


def test_another_service_at_the_same_time_stays_where_nobody_else_is_free() -> None:
    talk = Talk(business=SIZES, taken=(Taken("Plats 2", at(12, 7), at(12, 17)),))
    talk.say("boka liten service torsdag kl 10", "nej jag menade stor service", "ja")
    assert talk.booked == ["big 2026-03-12 10:00"]


@pytest.mark.parametrize("text", ["kommer 10 min sent", "jag kommer lite sent", "kommer för sent"])
def test_who_comes_late_says_so_in_many_ways(text: str) -> None:
    assert Intent.LATE in intents(normal(text))


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("fredag den 27e kl 13", [27]), ("fredag 27e kl 13", [27]), ("den 27e", [27]), ("27e", [27]),
        ("den 22a", [22]), ("varannan fredag går bra men börja fredag den 27e", [27]),
        ("bor på 5e våningen", []), ("2 st", []), ("fredag den 27 kl 13", [27]),
    ],
)  # fmt: skip
def test_a_day_of_the_month_may_be_written_without_the_colon(text: str, days: list[int]) -> None:
    assert [day.day for day in hear_when(normal(text), NOW).when.days] == days


@pytest.mark.parametrize(
    "text", ["kl15", "kl1500", "kan vi säga 15 istället?", "eller ska vi säga 15 då?"]
)
def test_a_clock_time_stands_close_to_its_word(text: str) -> None:
    assert [f"{one:%H:%M}" for one in hear_when(normal(text), NOW).when.exact] == ["15:00"]


def test_the_earliest_on_a_day_does_not_begin_there() -> None:
    when = hear_when("när har ni tidigast på torsdag?", NOW).when
    assert [day.day for day in when.days] == [12]
    assert when.soonest
    assert len(hear_when("tidigast torsdag", NOW).when.days) > 1


@pytest.mark.parametrize(
    "text",
    [
        "då tar jag den första du föreslog",
        "Båda funkar men tar den första tack",
        "spelar ingen roll vilken, ta den första",
        "all of them work, the first one please",
    ],
)
def test_what_is_said_beside_a_choice_does_not_make_it_unsure(text: str) -> None:
    talk = sizes()
    first = talk.say("liten service torsdag").offered[0]
    talk.say(text)
    assert talk.booked == [f"small {first.starts_at.astimezone(ZONE):%Y-%m-%d %H:%M}"]


@pytest.mark.parametrize(
    "text", ["inte den första du föreslog", "den första funkar men jag vet inte"]
)
def test_what_is_said_against_a_choice_books_nothing(text: str) -> None:
    talk = sizes()
    talk.say("liten service torsdag", text)
    assert not talk.booked


def test_a_number_past_the_list_that_is_the_hour_of_one_time_is_asked_about() -> None:
    talk = sizes()
    offered = talk.say("liten service torsdag efter 16").offered
    assert [f"{one.starts_at.astimezone(ZONE):%H:%M}" for one in offered] == ["16:00", "16:30"]
    turn = talk.say("ta fyra")
    assert [f"{one.starts_at.astimezone(ZONE):%H:%M}" for one in turn.offered] == ["16:00"]
    assert turn.effects == ()


def test_see_you_then_beside_a_yes_is_a_yes() -> None:
    talk = sizes()
    talk.say("går liten service torsdag kl 10?", "perfekt ses då")
    assert talk.booked == ["small 2026-03-12 10:00"]


@pytest.mark.parametrize("text", ["ses vi då?", "vi ses"])
def test_see_you_alone_or_asked_books_nothing(text: str) -> None:
    talk = sizes()
    talk.say("går liten service torsdag kl 10?", text)
    assert not talk.booked


@pytest.mark.parametrize(
    "text",
    ["vi behöver inte tiden på onsdag längre", "I don't need my appointment on Wednesday any more"],
)
def test_who_needs_it_no_longer_is_asked_to_cancel(text: str) -> None:
    talk = salon(OWN)
    assert talk.say(text).effects == ()
    talk.say("ja")
    assert talk.booked == []


def test_cancelling_and_asking_what_it_costs_is_one_question_with_the_rule() -> None:
    talk = salon(OWN)
    reply = talk.say("Jag måste avboka. Kostar det nåt att avboka?").reply or ""
    assert "Svara JA" in reply
    assert talk.business.cancellation_policy in reply
    talk.say("ok avboka då")
    assert talk.booked == []


def test_who_has_something_else_then_and_names_a_week_is_moved_on_the_same_weekday() -> None:
    talk = Talk(("oil", at(12, 10)))
    talk.say("tiden på torsdag krockar, kan vi ta det nästa vecka samma dag och tid?", "ja")
    assert talk.booked == ["oil 2026-03-19 10:00"]


@pytest.mark.parametrize(
    "text", ["Ring inte och smsa inte mer. STOPP", "smsa mig inte mer", "don't text me"]
)
def test_who_wants_no_texts_is_heeded_in_other_words(text: str) -> None:
    assert Intent.OPT_OUT in intents(normal(text))


@pytest.mark.parametrize(
    "text", ["stopp vänta, fredag är bättre", "jag kan inte, stopp i avloppet"]
)
def test_a_stop_among_other_words_stops_no_texts(text: str) -> None:
    assert Intent.OPT_OUT not in intents(normal(text))
