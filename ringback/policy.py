"""May this text be sent, and when? Pure: facts in, a verdict out, as a table of rules in order.

In: `MissedCall` when a call was missed (`on_missed_call`, asked by `dialogue.start`), `Waiting` when a
text is about to go out (`before_sending`, asked by the outbox in the transaction that marks it
submitting). Out: one `Verdict`. Every text that is not sent has a `Why`, kept in its row or on its
call and told in the portal (`portal_api.wording`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ringback.phone import country, is_mobile
from ringback.texting import Limits, Texting

TOO_LATE_AFTER = timedelta(hours=4)
"""A text that waited longer since it could first have been sent is given up: its words would puzzle."""

_CLOCKS_DIFFER = timedelta(minutes=1)
_E4_PER_ORE = 100


class Situation(StrEnum):
    """What a text is for. All but the last three have templates (`ringback.templates`)."""

    MISSED = "missed"
    AFTER_HOURS = "after_hours"
    SECOND_CALL = "second_call"
    REMINDER = "reminder"
    CALLBACK_NOTICE = "callback_notice"
    CALLBACK_CONFIRMED = "callback_confirmed"
    CALLBACK_EXPIRED = "callback_expired"
    CALLBACK_UNREACHED = "callback_unreached"
    REPLY = "reply"  # in a conversation, to what the caller wrote
    STAFF = "staff"  # written by a person of the company
    PROGRAM = "program"  # asked for by a program of the company's


class NumberRule(StrEnum):
    """How a company treats one number (`number_rule.rule`)."""

    EXCLUDED = "excluded"  # never texted and not listed: suppliers, family, staff's own phones
    OWN = "own"  # the company's own or internal
    TEXTABLE = "textable"  # a fixed line that takes texts


class Why(StrEnum):
    """Why a text is not sent, or not yet."""

    WITHHELD = "withheld"  # or not a telephone number
    NOT_MOBILE = "not_mobile"
    COUNTRY = "country"
    OPTED_OUT = "opted_out"
    EXCLUDED = "excluded"
    OWN_NUMBER = "own_number"
    FOUND_LATE = "found_late"
    FOUND_IN_RECORDS = "found_in_records"  # which don't tell whether the number was hidden
    ONGOING = "ongoing"  # an open conversation, texted within the cool-down, takes the call in
    COOL_DOWN = "cool_down"  # texted within the cool-down in a conversation that is closed
    SWITCHED_OFF = "switched_off"  # the company texts no missed callers
    OFF = "off"  # the company has no number to text from
    QUIET_HOURS = "quiet_hours"
    NUMBER_HOUR = "number_hour"  # bounds: on this number's texts in an hour,
    NUMBER_DAY = "number_day"  # its texts or money in a day,
    COMPANY_DAY = "company_day"  # the company's money in a day,
    COMPANY_MONTH = "company_month"  # in a month
    TOO_LONG = "too_long"  # more parts than the company allows
    TOO_LATE = "too_late"  # it waited so long that its words would puzzle
    WROTE_SINCE = "wrote_since"  # the caller, so that a first text would come too late
    ROBOT = "robot"  # a machine seems to answer
    TAKEN_OVER = "taken_over"  # a person answers in place of the assistant
    OUTDATED = "outdated"  # it reminds of a booking that was moved or cancelled since
    CALLBACK_ASKED = "callback_asked"  # to be rung, in the call itself: another text confirms that


@dataclass(frozen=True, slots=True)
class Send:
    """Send it now; `situation` says with which template."""

    situation: Situation


@dataclass(frozen=True, slots=True)
class Hold:
    """Send it, but not before `until` (aware)."""

    situation: Situation
    until: datetime
    why: Why


@dataclass(frozen=True, slots=True)
class Withhold:
    """Don't send it; `callback` when a person is to ring the caller instead."""

    why: Why
    callback: bool = False


Verdict = Send | Hold | Withhold


@dataclass(frozen=True, slots=True)
class MissedCall:
    """What is known of a missed call when a text is considered.

    Attributes:
        caller_e164: None when it is no telephone number or was not delivered.
        withheld: The caller asked that the number be hidden.
        rule: The company's own rule for this number, if there is one.
        own_number: It is one of the company's own (SMS numbers, DIDs, its telephone).
        opted_out: The caller wants no texts.
        ended_at: Aware.
        late_after_s: Calls that ended longer ago are found late.
        in_records: Found in the PBX's records only.
        is_open: The company was open when it rang.
        has_number: The company has a number to text from.
        ongoing: A conversation with the caller is open.
        with_person: A person has taken it over, so that the assistant is to be silent.
        asked: The caller chose in the call to be rung back.
        texted_at: When the caller last got a text of ours, or None.
    """

    caller_e164: str | None
    withheld: bool
    ended_at: datetime
    late_after_s: float
    rule: NumberRule | None = None
    own_number: bool = False
    opted_out: bool = False
    in_records: bool = False
    is_open: bool = True
    has_number: bool = True
    ongoing: bool = False
    with_person: bool = False
    asked: bool = False
    texted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was reserved or spent before this text, in the periods that now lies in (local)."""

    number_hour_texts: int = 0
    number_day_texts: int = 0
    number_day_e4: int = 0
    company_day_e4: int = 0
    company_month_e4: int = 0


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is known of a queued text when it is about to be sent.

    Attributes:
        recipient: E.164.
        situation: What it is for.
        parts: As it would be billed.
        cost_e4: The price of all parts, 1/10 000 of the currency.
        waiting_since: When it was put in line, or when it was held until; aware.
        opted_out: The recipient wants no texts.
        despite_opt_out: It is the one text that confirms it.
        rule: The company's own rule for this number, if there is one.
        wrote_since: The recipient has written since the text was put in line.
        passed_over: The assistant wrote it, and a person has taken over since.
        outdated: It reminds of a booking that was moved or cancelled since.
        spent: Before this text.
    """

    recipient: str
    situation: Situation
    parts: int
    cost_e4: int
    waiting_since: datetime
    opted_out: bool = False
    despite_opt_out: bool = False
    rule: NumberRule | None = None
    wrote_since: bool = False
    passed_over: bool = False
    outdated: bool = False
    spent: Spent = Spent()


_MISSED = frozenset({Situation.MISSED, Situation.AFTER_HOURS, Situation.SECOND_CALL})
_WANTED = frozenset(  # asked for by the caller, or by a person
    {Situation.REPLY, Situation.STAFF, Situation.CALLBACK_CONFIRMED}
)
OF_CALLBACK = frozenset(
    {Situation.CALLBACK_CONFIRMED, Situation.CALLBACK_EXPIRED, Situation.CALLBACK_UNREACHED}
)
"""About a wish that stands in the callback list, where a person sees to it, texted or not."""


def on_missed_call(call: MissedCall, rules: Texting, zone: ZoneInfo, now: datetime) -> Verdict:
    """Whether the caller of a missed call is texted.

    The rules stand in the order in which they are asked; the first that holds decides. Who wants no
    texts still wants something, so a person is to ring. An excluded caller is not listed at all.
    """
    waited, late_after = now - call.ended_at, timedelta(seconds=call.late_after_s)
    # A PBX whose clock is ahead makes an old call look new; one from the future proves it.
    late = not -_CLOCKS_DIFFER <= waited <= late_after
    recent = call.texted_at is not None and now - call.texted_at < _cool_down(rules)
    caller = call.caller_e164 or ""
    own = call.own_number or call.rule is NumberRule.OWN
    textable = call.rule is NumberRule.TEXTABLE or (caller != "" and is_mobile(caller))
    against = _first(
        (not caller or call.withheld, Withhold(Why.WITHHELD, callback=True)),
        (own, Withhold(Why.OWN_NUMBER)),
        (call.rule is NumberRule.EXCLUDED, Withhold(Why.EXCLUDED)),
        (call.opted_out, Withhold(Why.OPTED_OUT, callback=True)),
        (call.asked, Withhold(Why.CALLBACK_ASKED)),
        (call.ongoing and recent, Withhold(Why.ONGOING)),
        (call.ongoing and call.with_person, Withhold(Why.ONGOING, callback=True)),
        (late, Withhold(Why.FOUND_LATE, callback=True)),
        (call.in_records, Withhold(Why.FOUND_IN_RECORDS, callback=True)),
        (country(caller) not in rules.countries, Withhold(Why.COUNTRY, callback=True)),
        (not textable, Withhold(Why.NOT_MOBILE, callback=True)),
        (not rules.missed_calls, Withhold(Why.SWITCHED_OFF, callback=True)),
        (recent, Withhold(Why.COOL_DOWN, callback=True)),
        (not call.has_number, Withhold(Why.OFF, callback=True)),
    )
    return against or _unless_quiet(_situation(call), rules, zone, now)


def before_sending(text: Waiting, rules: Texting, zone: ZoneInfo, now: datetime) -> Verdict:
    """Whether a queued text may go out now; `Hold` leaves it in line.

    What the company excludes is about texts that nobody waits for: whoever writes to us gets an
    answer, and a person may write to anybody but the company itself. A text is held before its
    price is looked at, because it counts against the budget of the day on which it goes out.
    """
    situation, limits = text.situation, rules.limits
    stopped = text.opted_out and not text.despite_opt_out
    excluded = text.rule is NumberRule.EXCLUDED and situation not in _WANTED
    # A program is told what became of its text, and a wish in the list is seen there.
    look = situation is not Situation.PROGRAM and situation not in OF_CALLBACK
    against = _first(
        (stopped, Withhold(Why.OPTED_OUT, callback=situation in _MISSED)),
        (text.passed_over and situation is Situation.REPLY, Withhold(Why.TAKEN_OVER)),
        (text.outdated, Withhold(Why.OUTDATED)),
        (text.rule is NumberRule.OWN, Withhold(Why.OWN_NUMBER)),
        (excluded, Withhold(Why.EXCLUDED)),
        (text.wrote_since and situation in _MISSED, Withhold(Why.WROTE_SINCE)),
        (country(text.recipient) not in rules.countries, Withhold(Why.COUNTRY, look)),
        (text.parts > limits.most_parts, Withhold(Why.TOO_LONG, look)),
        (_is_late(text, rules, zone, now), Withhold(Why.TOO_LATE, look)),
    )
    if against:
        return against
    verdict = (
        Send(situation) if situation in _WANTED else _unless_quiet(situation, rules, zone, now)
    )
    if isinstance(verdict, Hold):
        return verdict
    over = over_budget(text.spent, text.cost_e4, limits)
    return Withhold(over, look) if over else verdict


URGENCIES = range(3)


def urgency(situation: Situation) -> int:
    """Who goes first where not all can go at once: 0 for what somebody waits for, then 1, then 2."""
    if situation in _WANTED:
        return 0
    return 2 if situation is Situation.PROGRAM else 1


def over_budget(spent: Spent, parts_e4: int, limits: Limits) -> Why | None:
    """Which bound one more text of this price would pass, if any.

    Args:
        spent: Before the text.
        parts_e4: The price of all its parts, 1/10 000 of the currency.
        limits: In öre; 0 lets nothing through, not even what is free.
    """
    bounds = (
        (Why.NUMBER_HOUR, spent.number_hour_texts + 1, limits.number_hour_texts),
        (Why.NUMBER_DAY, spent.number_day_texts + 1, limits.number_day_texts),
        (Why.NUMBER_DAY, spent.number_day_e4 + parts_e4, limits.number_day_ore * _E4_PER_ORE),
        (Why.COMPANY_DAY, spent.company_day_e4 + parts_e4, limits.company_day_ore * _E4_PER_ORE),
        (
            Why.COMPANY_MONTH,
            spent.company_month_e4 + parts_e4,
            limits.company_month_ore * _E4_PER_ORE,
        ),
    )
    return next((why for why, then, most in bounds if then > most or most == 0), None)


def quiet_until(rules: Texting, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first moment that is not quiet any more; None when it is not quiet now.

    Minute by minute, because in the nights when the clocks change a wall-clock time comes twice,
    or never.
    """
    if not rules.quiet.at(now.astimezone(zone).time()):
        return None
    minute = now.replace(second=0, microsecond=0).astimezone(UTC)
    while rules.quiet.at(minute.astimezone(zone).time()):
        minute += timedelta(minutes=1)
    return minute


def _is_late(text: Waiting, rules: Texting, zone: ZoneInfo, now: datetime) -> bool:
    since = text.waiting_since
    if now - since <= TOO_LATE_AFTER:
        return False
    if (
        text.situation not in _WANTED
    ):  # of a night in which nobody looked at it, only the end counts
        first = _unless_quiet(text.situation, rules, zone, since)
        since = first.until if isinstance(first, Hold) else since
    return now - since > TOO_LATE_AFTER


def _first(*rules: tuple[bool, Withhold]) -> Withhold | None:
    return next((verdict for holds, verdict in rules if holds), None)


def _cool_down(rules: Texting) -> timedelta:
    return timedelta(hours=rules.cool_down_h)


def _situation(call: MissedCall) -> Situation:
    # Whoever was never texted gets the first text's words, which the law asks for.
    if call.ongoing and call.texted_at is not None:
        return Situation.SECOND_CALL
    return Situation.MISSED if call.is_open else Situation.AFTER_HOURS


def _unless_quiet(
    situation: Situation, rules: Texting, zone: ZoneInfo, now: datetime
) -> Send | Hold:
    until = quiet_until(rules, zone, now) if rules.quiet.then == "hold" else None
    return Hold(situation, until, Why.QUIET_HOURS) if until else Send(situation)
