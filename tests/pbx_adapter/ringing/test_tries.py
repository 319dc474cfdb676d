"""Where a try's call is: short stories, and calls recorded from real Asterisks."""

from pathlib import Path
from uuid import UUID

import pytest

from pbx_adapter.frames import Frames
from pbx_adapter.ringing.tries import LONG_RING_S, Tries
from pbx_adapter.site import Site
from pbx_adapter.traces import read_trace
from pbx_adapter.tracker import Tracker
from ringback.attempts import Outcome, Phase, channel_id

TRACES = Path(__file__).parents[2] / "data" / "traces"
SITE = Site(trunks=("PJSIP/operator",), phones=("PJSIP/1xx",))
TRY = channel_id(UUID(int=42))
RINGING, UP = "5", "6"
RINGS_HANDLER, RINGS_CUSTOMER, TALKING = Phase.RINGS_HANDLER, Phase.RINGS_CUSTOMER, Phase.TALKING


class Office:
    """An Asterisk that sends what it is told to."""

    def __init__(self, tracker: Tracker | None = None) -> None:
        self.tracker = tracker or Tracker(SITE)
        self.tries = Tries(self.tracker.channels)
        self.now = 1000.0
        self.told: list[Phase] = []
        self.cause: Outcome | None = None

    def send(self, event: str, **headers: str) -> None:
        frame = {"Event": event, **headers}
        self.tracker.feed(frame, self.now)
        for progress in self.tries.feed(frame, self.now):
            assert (progress.channel_id, progress.at_s) == (TRY, self.now)
            self.told.append(progress.phase)
            self.cause = progress.cause

    def handlers_phone_rings(self) -> None:
        headers = {"Channel": "PJSIP/101-1", "ChannelState": "0", "Context": "from-internal"}
        self.send("Newchannel", Uniqueid=TRY, Linkedid=TRY, **headers)
        self.send("DialBegin", DestUniqueid=TRY, DialString="101", DestCallerIDNum="101")
        self.state(RINGING)

    def state(self, state: str) -> None:
        self.send("Newstate", Uniqueid=TRY, ChannelState=state)

    def handler_picks_up(self) -> None:
        self.handlers_phone_rings()
        self.state(UP)
        self.send("DialEnd", DestUniqueid=TRY, DialStatus="ANSWER")
        self.send("OriginateResponse", ActionID=TRY, Response="Success", Uniqueid=TRY)

    def dials(self, leg: str, by: str = TRY, name: str = "PJSIP/operator") -> None:
        self.send("Newchannel", Uniqueid=leg, Linkedid=TRY, Channel=f"{name}-{leg}")
        self.send("DialBegin", Uniqueid=by, DestUniqueid=leg, DialString="0701740605@operator")

    def dial_ends(self, leg: str, *statuses: str, by: str = TRY) -> None:
        for status in statuses:
            self.send("DialEnd", Uniqueid=by, DestUniqueid=leg, DialStatus=status)

    def enter(self, *uniqueids: str) -> None:
        for uniqueid in uniqueids:
            self.send("BridgeEnter", Uniqueid=uniqueid, BridgeUniqueid="b")

    def handler_hangs_up(self) -> None:
        self.send("HangupRequest", Uniqueid=TRY, ChannelState=UP)

    def gone(self, *uniqueids: str, cause: str = "16") -> None:
        for uniqueid in uniqueids:
            self.send("Hangup", Uniqueid=uniqueid, Linkedid=TRY, Cause=cause)

    def cut(self) -> None:
        self.tracker.link_lost(self.now)
        self.told += [progress.phase for progress in self.tries.link_lost(self.now)]

    def snapshot(self, *shown: dict[str, str]) -> None:
        for channel in shown:
            self.send("CoreShowChannel", **channel)
        self.send("CoreShowChannelsComplete")


def shown(state: str, bridge: str = "") -> dict[str, str]:
    """The handler's channel in a snapshot."""
    dialled = {"ApplicationData": "(Outgoing Line)"} if state == RINGING else {}
    known = {"Uniqueid": TRY, "Linkedid": TRY, "Channel": "PJSIP/101-1", "ChannelState": state}
    return known | dialled | {"BridgeId": bridge}


CUSTOMER_SHOWN = {
    **{"Uniqueid": "c", "Linkedid": TRY, "Channel": "PJSIP/operator-c", "ChannelState": UP},
    **{"BridgeId": "b", "Application": "AppDial", "ApplicationData": "(Outgoing Line)"},
}


@pytest.fixture
def office() -> Office:
    return Office()


def test_try_that_reaches_the_customer_is_told_step_by_step(office: Office) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.dial_ends("c", "ANSWER")
    office.enter("c", TRY)
    assert office.told == [RINGS_HANDLER, RINGS_CUSTOMER, TALKING]
    office.handler_hangs_up()
    office.gone("c", TRY)
    assert (office.told[-1], office.cause) == (Phase.ENDED, None)


def test_handlers_phone_that_is_not_picked_up_ends_it_as_away(office: Office) -> None:
    office.handlers_phone_rings()
    office.send("DialEnd", DestUniqueid=TRY, DialStatus="NOANSWER")
    office.gone(TRY)
    office.send("OriginateResponse", ActionID=TRY, Response="Failure", Reason="3", Uniqueid=TRY)
    assert office.told == [RINGS_HANDLER, Phase.ENDED]
    assert office.cause is Outcome.HANDLER_AWAY


def test_phone_that_is_not_registered_ends_it_without_a_channel(office: Office) -> None:
    headers = {"Response": "Failure", "Reason": "0", "Uniqueid": "<null>"}
    office.send("OriginateResponse", ActionID=TRY, **headers)
    assert (office.told, office.cause) == ([Phase.ENDED], Outcome.HANDLER_AWAY)


@pytest.mark.parametrize(
    ("statuses", "cause", "came_to"),
    [
        (("BUSY",), "17", Outcome.BUSY),
        (("NOANSWER",), "0", Outcome.NO_ANSWER),
        (("NOANSWER", "CANCEL"), "0", Outcome.NO_ANSWER),
        (("BUSY", "CANCEL"), "17", Outcome.BUSY),
        (("NOANSWER", "ANSWER"), "0", Outcome.NO_ANSWER),  # glare: nobody was connected
        (("NOANSWER",), "21", Outcome.NO_ANSWER),  # declined with 603
        (("CHANUNAVAIL",), "1", Outcome.NO_ANSWER),  # the number is not in use: people must know
        (("CHANUNAVAIL",), "20", Outcome.NO_ANSWER),  # switched off
        (("CONGESTION",), "34", Outcome.NOT_DONE),  # every line is taken
        (("CHANUNAVAIL",), "38", Outcome.NOT_DONE),
    ],
)
def test_last_leg_to_the_customer_says_what_it_came_to(
    office: Office, statuses: tuple[str, ...], cause: str, came_to: Outcome
) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.dial_ends("c", *statuses)
    office.gone("c", cause=cause)
    office.gone(TRY)
    assert (office.told[-1], office.cause) == (Phase.ENDED, came_to)


def test_second_line_that_rings_counts_when_the_first_one_is_taken(office: Office) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.dial_ends("c", "CONGESTION")
    office.gone("c", cause="34")
    office.dials("d")
    office.dial_ends("d", "NOANSWER")
    office.gone("d", TRY, cause="0")
    assert office.cause is Outcome.NO_ANSWER


def test_pbx_that_dials_nobody_has_not_done_it(office: Office) -> None:
    office.handler_picks_up()
    office.gone(TRY)
    assert office.cause is Outcome.NOT_DONE


@pytest.mark.parametrize(
    ("rang_s", "came_to"),
    [(LONG_RING_S - 1, Outcome.HANDLER_AWAY), (LONG_RING_S, Outcome.NO_ANSWER)],
)
def test_handler_who_hangs_up_first_was_away_unless_it_rang_for_long(
    office: Office, rang_s: float, came_to: Outcome
) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.now += rang_s
    office.handler_hangs_up()
    office.dial_ends("c", "CANCEL")
    office.gone("c", TRY)
    assert office.cause is came_to


def test_handler_who_hangs_up_after_a_busy_tone_was_not_away(office: Office) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.dial_ends("c", "BUSY")
    office.handler_hangs_up()
    office.gone("c", TRY)
    assert office.cause is Outcome.BUSY


def test_customer_behind_local_channels_is_found(office: Office) -> None:
    office.handler_picks_up()
    for half in ("1", "2"):
        name = f"Local/0701740605@out-00000001;{half}"
        office.send("Newchannel", Uniqueid=f"l{half}", Linkedid=TRY, Channel=name)
    office.send("DialBegin", Uniqueid=TRY, DestUniqueid="l1", DialString="0701740605@out")
    office.dials("c", by="l2")
    office.dial_ends("c", "ANSWER", by="l2")
    office.enter("c", "l2")
    assert office.told[-1] is RINGS_CUSTOMER
    for uniqueid in ("l1", TRY):
        office.send("BridgeEnter", Uniqueid=uniqueid, BridgeUniqueid="other")
    assert office.told[-1] is TALKING


def test_line_that_is_cut_makes_it_unknown_until_the_snapshot_tells(office: Office) -> None:
    office.handler_picks_up()
    office.dials("c")
    office.cut()
    office.snapshot(shown(UP, "b"), CUSTOMER_SHOWN)
    assert office.told[-3:] == [RINGS_CUSTOMER, Phase.UNKNOWN, TALKING]


def test_try_that_ended_while_the_line_was_cut_is_left_to_its_record(office: Office) -> None:
    office.handler_picks_up()
    office.cut()
    office.snapshot()
    assert office.told[-1] is Phase.UNKNOWN
    office.cut()
    assert office.told.count(Phase.UNKNOWN) == 1


@pytest.mark.parametrize(
    ("channels", "phase"),
    [
        ((shown(RINGING),), RINGS_HANDLER),
        ((shown(UP),), RINGS_CUSTOMER),
        ((shown(UP, "b"), CUSTOMER_SHOWN), TALKING),
        ((CUSTOMER_SHOWN, shown(UP, "b")), TALKING),
    ],
)
def test_process_that_starts_anew_reads_where_a_try_is_from_the_snapshot(
    office: Office, channels: tuple[dict[str, str], ...], phase: Phase
) -> None:
    office.snapshot(*channels)
    assert office.told == [phase]


def test_call_that_rang_before_a_new_process_came_and_ends_unanswered_is_told(
    office: Office,
) -> None:
    office.snapshot(shown(RINGING))
    office.state(UP)
    office.dials("c")
    office.dial_ends("c", "BUSY")
    office.gone("c", TRY)
    assert (office.told[-1], office.cause) == (Phase.ENDED, Outcome.BUSY)


def test_call_that_rang_the_customer_before_a_new_process_came_was_not_answered(
    office: Office,
) -> None:
    office.snapshot(shown(UP))
    office.gone(TRY)
    assert (office.told[-1], office.cause) == (Phase.ENDED, Outcome.NO_ANSWER)


def test_customer_behind_a_line_that_the_site_file_does_not_name_is_talked_with(
    office: Office,
) -> None:
    office.handler_picks_up()
    office.dials("c", name="PJSIP/forgotten")
    office.enter("c", TRY)
    assert office.told[-1] is TALKING


def test_other_peoples_calls_are_no_tries(office: Office) -> None:
    office.send("Newchannel", Uniqueid="1.1", Channel="PJSIP/102-2", ChannelState="4")
    office.send("Newstate", Uniqueid="1.1", ChannelState=UP)
    office.send("Newchannel", Uniqueid="rb-job42-101", Channel="PJSIP/101-3")
    office.send("Newstate", Uniqueid="rb-job42-101", ChannelState=RINGING)
    office.send("OriginateResponse", ActionID="42", Response="Failure")
    office.gone("1.1")
    assert office.told == []


@pytest.mark.parametrize(
    ("name", "phases", "cause"),
    [
        ("22/c2c_answered", [RINGS_HANDLER, RINGS_CUSTOMER, TALKING, Phase.ENDED], None),
        (
            "22/c2c_customer_noanswer",
            [RINGS_HANDLER, RINGS_CUSTOMER, Phase.ENDED],
            Outcome.NO_ANSWER,
        ),
        (
            "freepbx/c2c_customer_noanswer",
            [RINGS_HANDLER, RINGS_CUSTOMER, Phase.ENDED],
            Outcome.NO_ANSWER,
        ),
    ],
)
def test_recorded_calls_are_told_as_they_were(
    name: str, phases: list[Phase], cause: Outcome | None
) -> None:
    """The handler of the third gave up after 12 s."""
    path = next(TRACES.glob(f"{name}.ami*"))
    site = TRACES / ("site-freepbx.toml" if name.startswith("freepbx") else "site.toml")
    office = Office(Tracker(Site.from_toml(site.read_text())))
    frames = Frames()
    ids = {b"rb-job42-101": TRY.encode()}
    for at_s, raw in read_trace(path).replaced(ids).frames:
        office.now = at_s
        for frame in frames.feed(raw):
            headers = {name: value for name, value in frame.items() if name != "Event"}
            office.send(frame.get("Event", ""), **headers)
    assert office.told == phases
    assert office.cause is cause
