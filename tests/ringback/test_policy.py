"""When a text is sent, held or withheld: a line per situation, and what holds in all of them."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from ringback.phone import country
from ringback.policy import (
    TOO_LATE_AFTER,
    Hold,
    MissedCall,
    NumberRule,
    Send,
    Situation,
    Spent,
    Verdict,
    Waiting,
    Why,
    Withhold,
    before_sending,
    on_missed_call,
    over_budget,
    quiet_until,
    urgency,
)
from ringback.texting import Limits, QuietHours, Texting

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)  # a Friday, 10:00 in Stockholm
NIGHT = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)  # 23:30 in Stockholm
MORNING = datetime(2026, 11, 21, 7, 0, tzinfo=UTC)  # 08:00
MOBILE, LANDLINE, ABROAD = "+46701740605", "+46846500455", "+4740612345"
OWN, EXCLUDED, TEXTABLE = NumberRule.OWN, NumberRule.EXCLUDED, NumberRule.TEXTABLE
RULES = Texting()
HOLDING = Texting(quiet=QuietHours(then="hold"))
OFF = Texting(missed_calls=False)
NORDIC = Texting(countries=("SE", "NO"))
CALL = MissedCall(MOBILE, withheld=False, ended_at=NOW, late_after_s=7200)
ONGOING = replace(CALL, ongoing=True)
MISSED, AFTER_HOURS, SECOND = Situation.MISSED, Situation.AFTER_HOURS, Situation.SECOND_CALL


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


def listed(why: Why) -> Withhold:
    """Not texted; a person is to ring."""
    return Withhold(why, callback=True)


CALLS: list[tuple[str, MissedCall, Texting, Verdict]] = [
    ("in hours", CALL, RULES, Send(MISSED)),
    ("after hours", replace(CALL, is_open=False), RULES, Send(AFTER_HOURS)),
    ("no number", replace(CALL, caller_e164=None), RULES, listed(Why.WITHHELD)),
    ("hidden number", replace(CALL, withheld=True), RULES, listed(Why.WITHHELD)),
    ("own number", replace(CALL, own_number=True), RULES, Withhold(Why.OWN_NUMBER)),
    ("internal number", replace(CALL, rule=OWN), RULES, Withhold(Why.OWN_NUMBER)),
    ("excluded", replace(CALL, rule=EXCLUDED), RULES, Withhold(Why.EXCLUDED)),
    ("excluded, talking", replace(ONGOING, rule=EXCLUDED), RULES, Withhold(Why.EXCLUDED)),
    ("second call soon", replace(ONGOING, texted_at=ago(hours=11.9)), RULES, Withhold(Why.ONGOING)),
    ("second call later", replace(ONGOING, texted_at=ago(hours=12)), RULES, Send(SECOND)),
    (
        "second call, no cool-down",
        replace(ONGOING, texted_at=NOW),
        Texting(cool_down_h=0),
        Send(SECOND),
    ),
    ("wrote before, never texted", ONGOING, RULES, Send(MISSED)),
    (
        "second call later, late",
        replace(ONGOING, texted_at=ago(hours=30), ended_at=ago(hours=3)),
        RULES,
        listed(Why.FOUND_LATE),
    ),
    (
        "with a person, soon",
        replace(ONGOING, texted_at=ago(hours=1), with_person=True),
        RULES,
        Withhold(Why.ONGOING),
    ),
    (
        "with a person, later",
        replace(ONGOING, texted_at=ago(hours=30), with_person=True),
        RULES,
        listed(Why.ONGOING),
    ),
    ("late", replace(CALL, ended_at=ago(seconds=7201)), RULES, listed(Why.FOUND_LATE)),
    ("almost late", replace(CALL, ended_at=ago(seconds=7200)), RULES, Send(MISSED)),
    ("from the future", replace(CALL, ended_at=ago(seconds=-61)), RULES, listed(Why.FOUND_LATE)),
    ("clocks differ a little", replace(CALL, ended_at=ago(seconds=-60)), RULES, Send(MISSED)),
    ("in records", replace(CALL, in_records=True), RULES, listed(Why.FOUND_IN_RECORDS)),
    ("abroad", replace(CALL, caller_e164=ABROAD), RULES, listed(Why.COUNTRY)),
    ("abroad, allowed", replace(CALL, caller_e164=ABROAD), NORDIC, Send(MISSED)),
    ("no country's", replace(CALL, caller_e164="+881612345678"), RULES, listed(Why.COUNTRY)),
    ("fixed line", replace(CALL, caller_e164=LANDLINE), RULES, listed(Why.NOT_MOBILE)),
    ("078", replace(CALL, caller_e164="+46781234567"), RULES, listed(Why.NOT_MOBILE)),
    (
        "fixed line that takes texts",
        replace(CALL, caller_e164=LANDLINE, rule=TEXTABLE),
        RULES,
        Send(MISSED),
    ),
    (
        "abroad, takes texts",
        replace(CALL, caller_e164=ABROAD, rule=TEXTABLE),
        RULES,
        listed(Why.COUNTRY),
    ),
    ("opted out", replace(CALL, opted_out=True), RULES, listed(Why.OPTED_OUT)),
    (
        "opted out, talking",
        replace(ONGOING, opted_out=True, texted_at=NOW),
        RULES,
        listed(Why.OPTED_OUT),
    ),
    ("switched off", CALL, OFF, listed(Why.SWITCHED_OFF)),
    (
        "switched off, talking",
        replace(ONGOING, texted_at=ago(hours=1)),
        OFF,
        Withhold(Why.ONGOING),
    ),
    ("cool-down", replace(CALL, texted_at=ago(hours=11.9)), RULES, listed(Why.COOL_DOWN)),
    ("after the cool-down", replace(CALL, texted_at=ago(hours=12)), RULES, Send(MISSED)),
    ("no number of ours", replace(CALL, has_number=False), RULES, listed(Why.OFF)),
]


@pytest.mark.parametrize(
    ("call", "rules", "verdict"), [line[1:] for line in CALLS], ids=[line[0] for line in CALLS]
)
def test_missed_call(call: MissedCall, rules: Texting, verdict: Verdict) -> None:
    assert on_missed_call(call, rules, ZONE, NOW) == verdict


@pytest.mark.parametrize("situation", [MISSED, AFTER_HOURS, SECOND])
def test_missed_call_in_quiet_hours_is_texted_in_the_morning_or_at_once(
    situation: Situation,
) -> None:
    call = replace(CALL, ended_at=NIGHT, is_open=situation is not AFTER_HOURS)
    if situation is SECOND:
        call = replace(call, ongoing=True, texted_at=ago(days=2))
    held = Hold(situation, MORNING, Why.QUIET_HOURS)
    assert on_missed_call(call, HOLDING, ZONE, NIGHT) == held
    assert on_missed_call(call, RULES, ZONE, NIGHT) == Send(situation)


REPLY, STAFF, PROGRAM = Situation.REPLY, Situation.STAFF, Situation.PROGRAM
REMINDER = Situation.REMINDER
TEXT = Waiting(MOBILE, MISSED, parts=2, cost_e4=1280, waiting_since=NOW)
ANSWER = replace(TEXT, situation=REPLY)
BY_STAFF, BY_PROGRAM = replace(TEXT, situation=STAFF), replace(TEXT, situation=PROGRAM)
STOPPED = replace(TEXT, opted_out=True)

TEXTS: list[tuple[str, Waiting, Verdict]] = [
    ("missed", TEXT, Send(MISSED)),
    ("reply", ANSWER, Send(REPLY)),
    ("by staff", BY_STAFF, Send(STAFF)),
    ("by a program", BY_PROGRAM, Send(PROGRAM)),
    ("missed, opted out", STOPPED, listed(Why.OPTED_OUT)),
    ("reply, opted out", replace(ANSWER, opted_out=True), Withhold(Why.OPTED_OUT)),
    ("staff, opted out", replace(BY_STAFF, opted_out=True), Withhold(Why.OPTED_OUT)),
    (
        "confirms the opt-out",
        replace(ANSWER, opted_out=True, despite_opt_out=True),
        Send(REPLY),
    ),
    ("reply, a person took over", replace(ANSWER, passed_over=True), Withhold(Why.TAKEN_OVER)),
    ("reminder, a person took over", replace(TEXT, passed_over=True), Send(MISSED)),
    ("booking was changed since", replace(TEXT, outdated=True), Withhold(Why.OUTDATED)),
    ("own number", replace(ANSWER, rule=OWN), Withhold(Why.OWN_NUMBER)),
    ("own number, by staff", replace(BY_STAFF, rule=OWN), Withhold(Why.OWN_NUMBER)),
    ("excluded", replace(TEXT, rule=EXCLUDED), Withhold(Why.EXCLUDED)),
    (
        "excluded, reminder",
        replace(TEXT, rule=EXCLUDED, situation=REMINDER),
        Withhold(Why.EXCLUDED),
    ),
    ("excluded, by a program", replace(BY_PROGRAM, rule=EXCLUDED), Withhold(Why.EXCLUDED)),
    ("wrote meanwhile", replace(TEXT, wrote_since=True), Withhold(Why.WROTE_SINCE)),
    ("wrote meanwhile, answer", replace(ANSWER, wrote_since=True), Send(REPLY)),
    ("wrote meanwhile, by a program", replace(BY_PROGRAM, wrote_since=True), Send(PROGRAM)),
    ("excluded, wrote to us", replace(ANSWER, rule=EXCLUDED), Send(REPLY)),
    ("excluded, by staff", replace(BY_STAFF, rule=EXCLUDED), Send(STAFF)),
    ("abroad", replace(ANSWER, recipient=ABROAD), listed(Why.COUNTRY)),
    ("abroad, by a program", replace(BY_PROGRAM, recipient=ABROAD), Withhold(Why.COUNTRY)),
    ("longest", replace(ANSWER, parts=6), Send(REPLY)),
    ("too long", replace(ANSWER, parts=7), listed(Why.TOO_LONG)),
    ("waited long", replace(TEXT, waiting_since=NOW - TOO_LATE_AFTER), Send(MISSED)),
    ("too late", replace(TEXT, waiting_since=ago(hours=4, seconds=1)), listed(Why.TOO_LATE)),
    (
        "hour's bound",
        replace(ANSWER, spent=Spent(number_hour_texts=20)),
        listed(Why.NUMBER_HOUR),
    ),
    (
        "hour's bound, by a program",
        replace(BY_PROGRAM, spent=Spent(number_hour_texts=20)),
        Withhold(Why.NUMBER_HOUR),
    ),
]


@pytest.mark.parametrize(
    ("text", "verdict"), [line[1:] for line in TEXTS], ids=[line[0] for line in TEXTS]
)
def test_text_about_to_go_out(text: Waiting, verdict: Verdict) -> None:
    assert before_sending(text, RULES, ZONE, NOW) == verdict


@pytest.mark.parametrize("situation", list(Situation))
def test_only_what_nobody_waits_for_is_held_in_quiet_hours(situation: Situation) -> None:
    text = replace(TEXT, situation=situation, waiting_since=NIGHT)
    wanted = situation in (REPLY, STAFF, Situation.CALLBACK_CONFIRMED)
    expected = Send(situation) if wanted else Hold(situation, MORNING, Why.QUIET_HOURS)
    assert before_sending(text, HOLDING, ZONE, NIGHT) == expected
    assert before_sending(text, RULES, ZONE, NIGHT) == Send(situation)


def test_held_text_is_not_refused_for_the_budget_of_the_day_that_ends() -> None:
    text = replace(TEXT, waiting_since=NIGHT, spent=Spent(company_day_e4=10**9))
    assert isinstance(before_sending(text, HOLDING, ZONE, NIGHT), Hold)


@pytest.mark.parametrize("rules", [RULES, HOLDING])
@pytest.mark.parametrize("situation", [MISSED, REPLY])
def test_text_is_late_by_when_it_could_first_have_been_sent(
    rules: Texting, situation: Situation
) -> None:
    text = replace(TEXT, situation=situation, waiting_since=NIGHT)
    held = rules is HOLDING and situation is MISSED
    first = MORNING if held else NIGHT
    second = timedelta(seconds=1)
    assert before_sending(text, rules, ZONE, first + TOO_LATE_AFTER) == Send(situation)
    late = before_sending(text, rules, ZONE, first + TOO_LATE_AFTER + second)
    assert late == listed(Why.TOO_LATE)


def test_answers_are_more_urgent_than_missed_calls_and_those_than_programs() -> None:
    in_order = sorted([PROGRAM, MISSED, REMINDER, REPLY, STAFF], key=urgency)
    assert in_order == [REPLY, STAFF, MISSED, REMINDER, PROGRAM]


BUDGETS = [
    ("number_hour_texts", Why.NUMBER_HOUR, 19),
    ("number_day_texts", Why.NUMBER_DAY, 59),
    ("number_day_e4", Why.NUMBER_DAY, 300_000 - 640),
    ("company_day_e4", Why.COMPANY_DAY, 5_000_000 - 640),
    ("company_month_e4", Why.COMPANY_MONTH, 50_000_000 - 640),
]


@pytest.mark.parametrize(("field", "why", "last"), BUDGETS, ids=[line[0] for line in BUDGETS])
def test_bound_is_reached_and_not_passed(field: str, why: Why, last: int) -> None:
    assert over_budget(Spent(**{field: last}), 640, Limits()) is None
    assert over_budget(Spent(**{field: last + 1}), 640, Limits()) is why


@pytest.mark.parametrize(
    ("field", "why"),
    [
        ("number_hour_texts", Why.NUMBER_HOUR),
        ("number_day_texts", Why.NUMBER_DAY),
        ("number_day_ore", Why.NUMBER_DAY),
        ("company_day_ore", Why.COMPANY_DAY),
        ("company_month_ore", Why.COMPANY_MONTH),
    ],
)
def test_bound_of_nothing_stops_even_what_is_free(field: str, why: Why) -> None:
    assert over_budget(Spent(), 0, Limits(**{field: 0})) is why


def test_quiet_hours_end_once_or_early_in_nights_when_clocks_change() -> None:
    spring, autumn = datetime(2027, 3, 28, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)

    def until(begins: str, ends: str, now: datetime) -> datetime | None:
        quiet = QuietHours(begins=time.fromisoformat(begins), ends=time.fromisoformat(ends))
        return quiet_until(Texting(quiet=quiet), ZONE, now)

    assert until("21:00", "08:00", spring) == spring.replace(hour=6)  # 08:00 is 06:00 UTC now
    assert until("21:00", "08:00", autumn) == autumn.replace(hour=7)
    assert until("21:00", "02:30", spring) == spring.replace(hour=1)  # there is no 02:30
    assert until("21:00", "02:30", autumn) == autumn.replace(minute=30)  # the first of two
    second_two = autumn.replace(hour=1, minute=10)
    assert until("21:00", "02:30", second_two) == autumn.replace(hour=1, minute=30)
    assert until("02:30", "08:00", autumn.replace(minute=45)) == autumn.replace(hour=1)


def test_same_begin_and_end_is_never_quiet() -> None:
    rules = Texting(quiet=QuietHours(begins=time(8), ends=time(8), then="hold"))
    assert quiet_until(rules, ZONE, MORNING) is None


times = st.builds(time, st.integers(0, 23), st.integers(0, 59))
nights = [datetime(2026, 10, 24, tzinfo=UTC), datetime(2027, 3, 27, tzinfo=UTC), NOW]
moments = st.builds(
    datetime.__add__, st.sampled_from(nights), st.timedeltas(timedelta(0), timedelta(days=2))
)
waits = st.timedeltas(timedelta(0), timedelta(minutes=150))
numbers = st.sampled_from([MOBILE, MOBILE, MOBILE, LANDLINE, ABROAD, "+12025550123"])
rules_of_number = st.sampled_from([None, None, None, TEXTABLE, *NumberRule])
limits = st.builds(
    Limits,
    number_hour_texts=st.integers(3, 20),
    number_day_texts=st.integers(3, 20),
    number_day_ore=st.integers(40, 200),
    company_day_ore=st.integers(40, 200),
    company_month_ore=st.integers(40, 200),
)
texting = st.builds(
    Texting,
    missed_calls=st.just(True),
    cool_down_h=st.sampled_from([0, 1, 12]),
    countries=st.sampled_from([("SE",), ("SE", "NO"), ("NO",)]),
    quiet=st.builds(
        QuietHours, begins=times, ends=times, then=st.sampled_from(["hold", "hold", "send"])
    ),
    limits=limits,
)
calls = st.builds(
    MissedCall,
    caller_e164=numbers,
    withheld=st.just(False),
    ongoing=st.booleans(),
    ended_at=st.just(NOW),
    late_after_s=st.just(7200.0),
    rule=rules_of_number,
)
spent = st.builds(
    Spent, *(st.integers(0, 5) for _ in range(2)), *(st.integers(0, 6000) for _ in range(3))
)
texts = st.builds(
    Waiting,
    recipient=numbers,
    situation=st.sampled_from(Situation),
    parts=st.integers(1, 7),
    cost_e4=st.integers(0, 2000),
    waiting_since=st.just(NOW),
    rule=rules_of_number,
    spent=spent,
)


def is_quiet(quiet: QuietHours, at: datetime) -> bool:
    """As a clock on the wall shows it."""
    wall = at.astimezone(ZONE).time()
    if quiet.begins < quiet.ends:
        return quiet.begins <= wall < quiet.ends
    return quiet.begins != quiet.ends and not quiet.ends <= wall < quiet.begins


def check(verdict: Verdict, number: str | None, rules: Texting, now: datetime) -> None:
    event(type(verdict).__name__)
    if isinstance(verdict, Withhold):
        assert verdict.why in Why
        return
    assert number
    assert country(number) in rules.countries
    if isinstance(verdict, Hold):
        assert rules.quiet.then == "hold"
        assert verdict.until == quiet_until(rules, ZONE, now)


@given(texting, moments)
def test_quiet_hours_end_at_the_first_moment_that_is_not_quiet(
    rules: Texting, now: datetime
) -> None:
    until = quiet_until(rules, ZONE, now)
    event(f"quiet: {until is not None}")
    assert (until is None) is not is_quiet(rules.quiet, now)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    assert not is_quiet(rules.quiet, until)
    halves = int((until - now) / timedelta(seconds=30))
    before = (until - step * timedelta(seconds=30) for step in range(1, halves))
    assert all(is_quiet(rules.quiet, moment) for moment in before)


@given(calls, texting, moments, waits, st.none() | waits)
def test_callers_are_texted_in_allowed_countries_alone_and_held_until_quiet_hours_end(
    call: MissedCall, rules: Texting, now: datetime, wait: timedelta, texted: timedelta | None
) -> None:
    texted_at = None if texted is None else now - texted
    call = replace(call, ended_at=now - wait, texted_at=texted_at)
    check(on_missed_call(call, rules, ZONE, now), call.caller_e164, rules, now)


@given(texts, texting, moments, waits)
def test_texts_go_to_allowed_countries_within_every_bound_or_wait_for_the_morning(
    text: Waiting, rules: Texting, now: datetime, wait: timedelta
) -> None:
    text = replace(text, waiting_since=now - wait)
    verdict = before_sending(text, rules, ZONE, now)
    check(verdict, text.recipient, rules, now)
    if not isinstance(verdict, Send):
        return
    had, most = text.spent, rules.limits
    assert had.number_hour_texts < most.number_hour_texts
    assert had.number_day_texts < most.number_day_texts
    assert had.number_day_e4 + text.cost_e4 <= most.number_day_ore * 100
    assert had.company_day_e4 + text.cost_e4 <= most.company_day_ore * 100
    assert had.company_month_e4 + text.cost_e4 <= most.company_month_ore * 100
    assert text.parts <= most.most_parts
