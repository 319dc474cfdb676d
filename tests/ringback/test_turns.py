"""Whose turn it is where a queue rings by itself."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.attempts import Promise
from ringback.sample import salon
from ringback.turns import Line, Waits, turns
from tests.clock import FRIDAY_AT_TEN

NOW = FRIDAY_AT_TEN  # the salon is open
SALON = salon()
ANNA, BO, CECILIA = (UUID(int=n) for n in (1, 2, 3))
ALWAYS = Promise(None, None)


def ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)


def wish(number: int, arrived_at: datetime, promise: Promise = ALWAYS) -> Waits:
    return Waits(UUID(int=100 + number), arrived_at, promise)


def who(found: list[tuple[UUID, UUID]]) -> list[tuple[int, UUID]]:
    return [(wish.int - 100, handler) for wish, handler in found]


def of(*lines: Line, now: datetime = NOW) -> list[tuple[int, UUID]]:
    return who(turns(lines, SALON, now))


def test_oldest_wishes_are_rung_by_the_free_handlers_in_their_order() -> None:
    line = Line([wish(1, ago(5)), wish(2, ago(9)), wish(3, ago(7))], [], [BO, ANNA])
    assert of(line) == [(2, BO), (3, ANNA)]


def test_nobody_rings_while_no_handler_is_free() -> None:
    assert of(Line([wish(1, ago(5))], [], [])) == []


def test_caller_who_came_before_takes_a_handler_and_one_who_came_after_does_not() -> None:
    wishes = [wish(1, ago(6)), wish(2, ago(2))]
    assert of(Line(wishes, [ago(9), ago(4)], [ANNA])) == []
    assert of(Line(wishes, [ago(9), ago(4)], [ANNA, BO])) == [(1, BO)]
    assert of(Line(wishes, [ago(4)], [ANNA, BO])) == [(1, ANNA)]
    assert of(Line(wishes, [ago(4)], [ANNA, BO, CECILIA])) == [(1, ANNA), (2, CECILIA)]


def test_of_two_who_came_at_once_the_one_on_the_line_goes_first() -> None:
    assert of(Line([wish(1, ago(5))], [ago(5)], [ANNA])) == []


def test_handler_of_two_queues_rings_once_and_for_the_one_who_came_first() -> None:
    late, early = Line([wish(1, ago(3))], [], [ANNA]), Line([wish(2, ago(8))], [], [ANNA, BO])
    assert of(late, early) == [(2, ANNA)]
    assert of(late, early, Line([], [ago(9)], [BO])) == [(2, ANNA)]
    assert of(late, Line([], [ago(9)], [ANNA])) == []


@pytest.mark.parametrize(
    "promise",
    [
        Promise(NOW + timedelta(minutes=1), NOW + timedelta(hours=2)),
        Promise(ago(120), NOW),
        Promise(None, None, not_before=NOW + timedelta(seconds=1)),
        Promise(None, None, is_spent=True),
    ],
    ids=["interval not begun", "interval over", "retry too early", "tried often enough"],
)
def test_wish_out_of_its_bounds_is_not_rung_and_holds_up_no_other(promise: Promise) -> None:
    line = Line([wish(1, ago(90), promise), wish(2, ago(5))], [], [ANNA])
    assert of(line) == [(2, ANNA)]


def test_interval_and_delay_that_have_just_begun_are_kept() -> None:
    assert of(Line([wish(1, ago(90), Promise(NOW, None, not_before=NOW))], [], [ANNA])) == [
        (1, ANNA)
    ]


def test_closed_company_rings_nobody() -> None:
    sunday = NOW + timedelta(days=2)
    assert of(Line([wish(1, ago(5))], [], [ANNA]), now=sunday) == []


_MINUTES = st.integers(0, 50)
_LINES = st.lists(
    st.tuples(
        st.lists(_MINUTES, max_size=6),
        st.lists(_MINUTES, max_size=6),
        st.lists(st.integers(1, 5), max_size=5, unique=True),
    ),
    max_size=4,
)


@given(_LINES)
def test_no_order_of_arrivals_makes_callbacks_overtake_or_flood(
    given_lines: list[tuple[list[int], list[int], list[int]]],
) -> None:
    lines = [
        Line(
            [
                Waits(UUID(int=1000 * place + n), ago(age), ALWAYS)
                for n, age in enumerate(wishes, 1)
            ],
            [ago(age) for age in callers],
            [UUID(int=n) for n in free],
        )
        for place, (wishes, callers, free) in enumerate(given_lines, 1)
    ]
    found = turns(lines, SALON, NOW)
    by_wish = {one.id: (one, line) for line in lines for one in line.wishes}
    handlers = [handler for _, handler in found]
    assert len(set(handlers)) == len(handlers)
    for wish_id, handler in found:
        one, line = by_wish[wish_id]
        assert handler in line.free
        before = sum(arrived_at <= one.arrived_at for arrived_at in line.callers)
        earlier = sum(
            by_wish[other][1] is line
            for other, _ in found
            if other != wish_id and by_wish[other][0].arrived_at < one.arrived_at
        )
        assert before + earlier < len(line.free)
