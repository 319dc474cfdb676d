"""What a site told of its queues is believed for half a minute, and what can't be read not at all."""

import pytest
from structlog.testing import capture_logs

from pbx_adapter.edge.seen_queues import SeenQueues
from pbx_adapter.queues.snapshot import Seen, Snapshot, written_snapshot
from tests.clock import FRIDAY_AT_TEN, HandClock

NOW_S = FRIDAY_AT_TEN.timestamp()
SITE = "salon-mainstreet"


def body(at_s: float = NOW_S, name: str = "401") -> bytes:
    told = Seen(name, 1, (at_s - 60,), 0.0, 1, ("PJSIP/101",))
    return written_snapshot(Snapshot(at_s, (told,))).encode()


def test_newest_word_counts_and_each_site_has_its_own() -> None:
    seen = SeenQueues(HandClock().now)
    seen.take(SITE, body(name="400"))
    seen.take(SITE, body())
    seen.take("other", body(name="support"))
    sight = seen.of(SITE)
    assert sight is not None
    assert (sight.get("400"), sight.get("support")) == (None, None)
    assert sight.callers("401") == (NOW_S - 60,)
    assert sight.is_idle("PJSIP/101", "401")
    assert not sight.is_idle("PJSIP/102", "401")
    assert (sight.callers("400"), sight.is_idle("PJSIP/101", "400")) == ((), False)
    assert seen.of("nobody") is None


def test_site_that_tells_nothing_more_is_not_known_any_more() -> None:
    clock = HandClock()
    seen = SeenQueues(clock.now)
    seen.take(SITE, body())
    clock.advance(30)
    assert seen.of(SITE) is not None
    clock.advance(0.1)
    assert seen.of(SITE) is None
    clock.advance(-3600)  # a clock that was put right does not bring it back
    assert seen.of(SITE) is None
    seen.take(SITE, body())
    assert seen.of(SITE) is not None


@pytest.mark.parametrize(
    ("behind_s", "moved_s"), [(0, 0), (1.5, 0), (-1.5, 0), (600, 600), (-600, -600)]
)
def test_arrival_by_a_clock_that_is_wrong_is_put_right(behind_s: float, moved_s: float) -> None:
    seen = SeenQueues(HandClock().now)
    there_s = NOW_S - behind_s
    seen.take(SITE, body(there_s))
    sight = seen.of(SITE)
    assert sight is not None
    assert sight.callers("401") == (there_s - 60 + moved_s,)


def test_word_that_can_not_be_read_is_said_once_and_what_was_known_before_is_not_believed() -> None:
    seen = SeenQueues(HandClock().now)
    seen.take(SITE, body())
    with capture_logs() as logs:
        for _ in range(3):
            seen.take(SITE, b'{"v":1,"at_s":"soon"}')
            assert seen.of(SITE) is None
            assert seen.of(SITE) is None
    (entry,) = logs
    assert (entry["event"], entry["site"]) == ("queues_unreadable", SITE)
    assert "at_s is wrong" in entry["fault"]
    seen.take(SITE, body())
    assert seen.of(SITE) is not None
    with capture_logs() as logs:
        seen.take(SITE, b"{}")
        assert seen.of(SITE) is None
    assert len(logs) == 1
