"""A line to a provider that fails is begun again, later each time, and harms nobody else."""

import pytest
from structlog.testing import capture_logs

from ringback.lines import FIRST_PAUSE_S, LONGEST_PAUSE_S, keep_up


class Enough(BaseException):
    """Ends the run as a cancellation does."""


class Line:
    """Runs for the seconds given, one after the other, and then fails."""

    def __init__(self, *runs_s: float, fault: Exception | None = None) -> None:
        self.runs_s = list(runs_s)
        self.fault = fault
        self.now_s = 0.0
        self.pauses_s: list[float] = []

    async def run(self) -> None:
        if not self.runs_s:
            raise Enough
        self.now_s += self.runs_s.pop(0)
        if self.fault:
            raise self.fault

    async def sleep(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        self.now_s += seconds

    async def kept_up(self) -> list[float]:
        with pytest.raises(Enough):
            await keep_up("modem", self.run, sleep=self.sleep, elapsed_s=lambda: self.now_s)
        return self.pauses_s


async def test_line_that_fails_at_once_is_begun_again_later_each_time_within_a_bound() -> None:
    pauses_s = await Line(
        *[0.0] * 12, fault=UnicodeEncodeError("utf-8", "\udcf6", 0, 1, "no")
    ).kept_up()
    assert pauses_s[:3] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S, 4 * FIRST_PAUSE_S]
    assert pauses_s[-1] == LONGEST_PAUSE_S == max(pauses_s)


async def test_line_that_was_up_for_long_begins_again_at_once() -> None:
    pauses_s = await Line(0, 0, 0, 3600, 0, fault=ValueError("no host")).kept_up()
    assert pauses_s == [1, 2, 4, 1, 2]


async def test_line_that_ends_without_a_fault_is_begun_again_too() -> None:
    assert await Line(0).kept_up() == [FIRST_PAUSE_S]


async def test_what_a_line_raised_is_in_the_log_with_its_account() -> None:
    with capture_logs() as logs:
        await Line(0, fault=ValueError("no host")).kept_up()
    (told,) = logs
    assert (told["event"], told["account"]) == ("sms_line_failed", "modem")
    assert isinstance(told["exc_info"], ValueError)
