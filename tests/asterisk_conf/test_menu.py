"""The voice menu on a real Asterisk, walked by callers who press, say nothing and hang up.

In: a table of walks, all made at once on one server of each version. Out: what stands in AstDB then,
which is all that Ringback is told of them.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from asterisk_conf.values import QueuePlan
from ringback.queues import Input, Rules
from tests.asterisk.fixtures import wanted
from tests.asterisk.install import WANTED
from tests.asterisk.sip import Caller
from tests.asterisk_conf.house import PLAN, SALES, SUPPORT, told
from tests.asterisk_conf.walking import (
    HANG_UP,
    HIDDEN,
    MOBILE,
    Heard,
    Hearing,
    Walk,
    dialplan,
    offer,
)

OTHER, OTHER_KEYED = "0701740606", "0701740606#"
NORWEGIAN = "004721234567"
LATER = "1300-1500@371231"
TODAY = "0001-2359@today"  # the fixture of this name knows which day that is
PERSONAL = QueuePlan(
    name="personal", key="0000000000c3", rules=Rules(offer="always", asks=Input.PERSONAL_NUMBER)
)
QUIET = QueuePlan(name="quiet", key="0000000000d4", rules=Rules(offer="always"))
SHUT = QueuePlan(name="shut", key="0000000000e5", rules=Rules(offer="always"))
UNTOLD = QueuePlan(
    name="untold", key="0000000000f6", rules=Rules(offer="always", when_silent="last")
)
TALKING = QueuePlan(
    name="talking", key="0000000000a8", rules=Rules(offer="always"), announces="ringback/goodbye"
)
QUEUES = (
    *(SUPPORT, SALES.model_copy(update={"exit_context": ""}), PERSONAL),
    *(QUIET, SHUT, UNTOLD, TALKING),
)

OFFER = ("offer", "1")
SOONEST = (OFFER, ("choose", "1"))
LATER_ONE = (OFFER, ("choose", "2"))
SALES_SOONEST = (("offer-5", "5"), ("choose", "1"))
OTHER_NUMBER = (*SOONEST, ("number-keep", "2"), ("number-ask", OTHER_KEYED))
BY_OTHER_NUMBER = (*OTHER_NUMBER, ("is-it-right", "1"))
IN_SALES = (*SALES_SOONEST, ("number-keep", "1"))

WALKS: dict[str, tuple[QueuePlan, str, tuple[tuple[str, str], ...], str]] = {
    # situation: queue, number shown, steps, entry (number|choice|input|language)
    "hangs up while he waits": (SUPPORT, MOBILE, (("offer", HANG_UP),), ""),
    "hears the queue's own announcement in turn": (
        TALKING,
        MOBILE,
        (("offer", ""), ("goodbye", ""), ("offer", ""), ("goodbye", HANG_UP)),
        "",
    ),
    "hangs up before he chooses": (SUPPORT, MOBILE, (OFFER, ("choose", HANG_UP)), ""),
    "hangs up when his number is read": (
        SUPPORT,
        MOBILE,
        (*LATER_ONE, ("number-7", HANG_UP)),
        f"{MOBILE}|{LATER}||sv",
    ),
    "walks through": (SUPPORT, MOBILE, (*SOONEST, ("number-keep", "1")), f"{MOBILE}|s||sv"),
    "never confirms the number he rings from": (
        SUPPORT,
        MOBILE,
        (*SOONEST, ("number-keep", "9"), ("number-keep", "8"), ("number-keep", "7")),
        f"{MOBILE}|s||sv",
    ),
    "hangs up before he keys another number": (
        SUPPORT,
        MOBILE,
        (*SOONEST, ("number-keep", "2"), ("number-ask", HANG_UP)),
        f"{MOBILE}|s||sv",
    ),
    "hangs up before he confirms another number": (
        SUPPORT,
        MOBILE,
        (*OTHER_NUMBER, ("is-it-right", HANG_UP)),
        f"{MOBILE}|s||sv",
    ),
    "confirms another number": (SUPPORT, MOBILE, BY_OTHER_NUMBER, f"{OTHER}|s||sv"),
    "presses while the number is read back": (
        SUPPORT,
        MOBILE,
        (*OTHER_NUMBER, ("you-keyed", "1"), ("number-7", "1"), ("is-it-right", HANG_UP)),
        f"{MOBILE}|s||sv",
    ),
    "keys it wrong, then right": (
        SUPPORT,
        MOBILE,
        (*OTHER_NUMBER, ("is-it-right", "2"), ("number-ask", "0846500402#"), ("is-it-right", "1")),
        "0846500402|s||sv",
    ),
    "shows his number with the country's code": (
        SUPPORT,
        "+46701740607",
        (*SOONEST, ("number-keep", "1")),
        "0701740607|s||sv",
    ),
    "shows it without a plus": (
        SUPPORT,
        "46701740608",
        (*SOONEST, ("number-keep", "1")),
        "0701740608|s||sv",
    ),
    "hides his number and hangs up": (SUPPORT, "", (*SOONEST, ("number-ask", HANG_UP)), ""),
    "hides a number that the operator knows": (
        SUPPORT,
        f"{HIDDEN}{MOBILE}",
        (*SOONEST, ("number-ask", HANG_UP)),
        "",
    ),
    "hides his number and keys one": (
        SUPPORT,
        "",
        (*SOONEST, ("number-ask", OTHER_KEYED), ("is-it-right", "1")),
        f"{OTHER}|s||sv",
    ),
    "hides his number and confirms none": (
        SUPPORT,
        "",
        (*SOONEST, ("number-ask", OTHER_KEYED), ("is-it-right", HANG_UP)),
        "",
    ),
    "keys a premium, a foreign and a short number": (
        SUPPORT,
        "",
        (
            *SOONEST,
            ("number-ask", "0900123456#"),
            ("number-ask", f"{NORWEGIAN}#"),
            ("number-ask", "101#"),
            ("number-none", ""),
            ("offer", HANG_UP),
        ),
        "",
    ),
    "keys forbidden numbers for his own": (
        SUPPORT,
        MOBILE,
        (
            *SOONEST,
            ("number-keep", "2"),
            ("number-ask", "0771123456#"),
            ("number-ask", "0740123456#"),
            ("number-ask", "112#"),
            ("number-kept", ""),
        ),
        f"{MOBILE}|s||sv",
    ),
    "keys the company's own number, and one that is dearer, with the country's code": (
        SUPPORT,
        "",
        (
            *SOONEST,
            ("number-ask", "0846500499#"),
            ("number-refused", ""),
            ("number-ask", "0046846500499#"),
            ("number-refused", ""),
            ("number-ask", "0046939123456#"),
            ("number-refused", ""),
            ("number-none", ""),
            ("offer", HANG_UP),
        ),
        "",
    ),
    "rings from a country that is not rung": (
        SUPPORT,
        "+4721234567",
        (*SOONEST, ("number-refused", ""), ("number-ask", OTHER_KEYED), ("is-it-right", "1")),
        f"{OTHER}|s||sv",
    ),
    "chooses what is not there, then zero": (
        SUPPORT,
        MOBILE,
        (
            OFFER,
            ("choose", "9"),
            ("wrong", ""),
            ("choose", "*"),
            ("choose", "0"),
            ("offer", HANG_UP),
        ),
        "",
    ),
    "chooses wrong three times": (
        SUPPORT,
        MOBILE,
        (OFFER, ("choose", "9"), ("choose", "9"), ("choose", "9"), ("offer", HANG_UP)),
        "",
    ),
    "comes back and chooses then": (
        SUPPORT,
        MOBILE,
        (OFFER, ("choose", "0"), *LATER_ONE, ("number-keep", "1")),
        f"{MOBILE}|{LATER}||sv",
    ),
    "never chooses": (
        SUPPORT,
        MOBILE,
        (OFFER, ("stay", ""), ("choose", ""), ("stay", HANG_UP)),
        "",
    ),
    "keys his customer number": (
        SALES,
        MOBILE,
        (*IN_SALES, ("ask-customer_number", "12345#"), ("is-it-right", "1")),
        f"{MOBILE}|s|12345|en",
    ),
    "hangs up when asked for it": (
        SALES,
        MOBILE,
        (*IN_SALES, ("ask-customer_number", HANG_UP)),
        f"{MOBILE}|s||en",
    ),
    "hangs up before he confirms it": (
        SALES,
        MOBILE,
        (*IN_SALES, ("ask-customer_number", "12345#"), ("is-it-right", HANG_UP)),
        f"{MOBILE}|s||en",
    ),
    "hangs up after he confirmed it": (
        SALES,
        MOBILE,
        (*IN_SALES, ("ask-customer_number", "77#"), ("is-it-right", "1"), ("thanks", HANG_UP)),
        f"{MOBILE}|s|77|en",
    ),
    "has no customer number": (
        SALES,
        MOBILE,
        (*IN_SALES, ("ask-customer_number", "#")),
        f"{MOBILE}|s||en",
    ),
    "keys a number of another country that is rung": (
        SALES,
        MOBILE,
        (
            *SALES_SOONEST,
            ("number-keep", "2"),
            ("number-ask", f"{NORWEGIAN}#"),
            ("is-it-right", "1"),
            ("ask-customer_number", "#"),
        ),
        f"{NORWEGIAN}|s||en",
    ),
    "chooses today, keys no personal number": (
        PERSONAL,
        MOBILE,
        (OFFER, ("choose", "2"), ("number-keep", "1"), ("ask-personal_number", "#")),
        f"{MOBILE}|{TODAY}||sv",
    ),
    "keys a personal number": (
        PERSONAL,
        MOBILE,
        (
            *SOONEST,
            ("number-keep", "1"),
            ("ask-personal_number", "12345#"),
            ("wrong", ""),
            ("ask-personal_number", "199001019802#"),
            ("is-it-right", "1"),
        ),
        f"{MOBILE}|s|199001019802|sv",
    ),
}


Walked = dict[str, Heard | BaseException]
NOT_OFFERED = {"quiet": QUIET, "shut": SHUT, "untold": UNTOLD}
LINE = 3
"""So many wait in line to see whether one who comes back gets his place."""


@pytest.fixture(scope="module")
def today() -> str:
    """When the calls are made; the tests may have been collected the day before."""
    return f"{datetime.now(ZoneInfo(PLAN.zone)):%y%m%d}"


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WANTED, ids=str)
async def hearing(request: pytest.FixtureRequest, today: str) -> AsyncIterator[Hearing]:
    """An Asterisk with the menus of all queues; three of them are offered nothing."""
    plan = PLAN.model_copy(update={"queues": QUEUES})
    leads_to = [*(row[0] for row in WALKS.values()), *NOT_OFFERED.values(), *[SHUT] * LINE]
    numbers = dialplan([(did(at), (queue.name, queue.key)) for at, queue in enumerate(leads_to)])
    async with told(wanted(request.param), numbers, plan) as asterisk:
        now = int(time.time())
        many = f"{now + 3600}|1|s,0800-1000@200101,{LATER},nonsense,0805-0955@371231"
        await offer(asterisk, SUPPORT.key, many)
        await offer(asterisk, PERSONAL.key, f"{now + 3600}|1|s,{TODAY.replace('today', today)}")
        await offer(asterisk, SALES.key, f"{now - 9000}|1|s,{LATER}")
        await offer(asterisk, QUIET.key, f"{now - 300}|1|s")
        await offer(asterisk, SHUT.key, f"{now + 3600}|0|")
        yield Hearing(asterisk)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def walked(hearing: Hearing) -> Walked:
    """All walks of the table, made at once."""
    async with Caller(hearing.asterisk) as caller:
        walks = [
            hearing.walk(caller, Walk(did(at), steps, shows))
            for at, (_, shows, steps, _) in enumerate(WALKS.values())
        ]
        heard = await asyncio.gather(*walks, return_exceptions=True)
    return dict(zip(WALKS, heard, strict=True))


def did(at: int) -> str:
    return f"08465004{at + 10}"


def of(walked: Walked, situation: str) -> Heard:
    heard = walked[situation]
    if isinstance(heard, BaseException):
        raise heard
    return heard


@pytest.mark.parametrize("situation", WALKS)
def test_what_the_caller_confirmed_stands_in_astdb(
    walked: Walked, situation: str, today: str
) -> None:
    heard = of(walked, situation)
    queue, _, _, expected = WALKS[situation]
    expected = expected.replace("today", today)
    if not expected:
        assert heard.entry == ""
        return
    version, name, *chosen, asked, arrived = heard.entry.split("|")
    assert (version, name, "|".join(chosen)) == ("1", queue.name, expected)
    assert int(arrived) == int(heard.uniqueid.split(".")[0]) <= int(asked)


def test_the_number_is_read_back_digit_by_digit(walked: Walked) -> None:
    prompts = of(walked, "confirms another number").prompts
    read = prompts[prompts.index("sv you-keyed") + 1 : prompts.index("sv is-it-right")]
    assert read == [f"sv number-{digit}" for digit in OTHER]


def test_what_is_over_is_not_told_and_what_has_no_prompt_is_told_in_numbers(
    walked: Walked,
) -> None:
    prompts = of(walked, "never chooses").prompts
    told_of = [prompt.removeprefix("sv ") for prompt in prompts]
    menu = told_of[told_of.index("choose") : told_of.index("stay") + 1]
    assert menu == [
        *("choose", "soonest", "press", "number-1"),
        *("weekday-4", "week-after", "interval-1300-1500", "press", "number-2"),
        *("weekday-4", "week-after", "between", "number-8", "number-0", "number-5", "and"),
        *("number-9", "number-55", "press", "number-3", "stay"),
    ]


def test_at_the_end_he_hears_what_was_kept(walked: Walked) -> None:
    prompts = of(walked, "chooses today, keys no personal number").prompts
    told_of = [prompt.removeprefix("sv ") for prompt in prompts]
    assert told_of[told_of.index("thanks") :] == [
        *("thanks", "today", "between", "number-0", "number-0", "number-1"),
        *("and", "number-23", "number-59", "goodbye"),
    ]


def test_waiting_callers_hear_the_offer_in_their_language(walked: Walked) -> None:
    assert of(walked, "walks through").prompts[0] == "en_offer offer"


@pytest.mark.parametrize("name", NOT_OFFERED)
async def test_pressed_while_nothing_is_offered_says_so_and_leads_back(
    hearing: Hearing, name: str
) -> None:
    at = len(WALKS) + list(NOT_OFFERED).index(name)
    steps = (("offer", "1"), ("not-now", ""), ("offer", HANG_UP))
    async with Caller(hearing.asterisk) as caller:
        heard = await hearing.walk(caller, Walk(did(at), steps))
    assert "en_offer offer" not in heard.prompts
    assert heard.entry == ""


async def test_who_comes_back_gets_his_place(hearing: Hearing) -> None:
    first = len(WALKS) + len(NOT_OFFERED)
    async with Caller(hearing.asterisk) as caller:
        legs = []
        for at in range(first, first + LINE):
            legs.append(await hearing.joined(caller, did(at)))
        before = await line(hearing)
        leg, channel = legs[1]
        leg.press("1")
        await hearing.prompt(channel, "not-now")
        await hearing.prompt(channel, "offer")
        after = await line(hearing)
        for leg, _ in legs:
            await leg.hang_up()
    assert before == after == [channel for _, channel in legs]


async def line(hearing: Hearing) -> list[str]:
    """The channels that wait, in their order."""
    shown = await hearing.asterisk.cli(f"queue show {SHUT.name}")
    return re.findall(r"^ +\d+\. (\S+) \(wait", shown, re.MULTILINE)
