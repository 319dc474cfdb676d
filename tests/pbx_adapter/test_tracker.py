"""Short stories for the tracker; whole recorded calls are in `test_replay`."""

import pickle
from pathlib import Path

import pytest

from pbx_adapter.frames import Frames
from pbx_adapter.site import Site
from pbx_adapter.traces import read_trace
from pbx_adapter.tracker import LINKS_WITHOUT_A_SIGN, Tracker
from ringback.calls import Call, Direction, EndedBy, Outcome, Reason

TRACES = Path(__file__).parents[1] / "data" / "traces"
SITE = Site(trunks=("PJSIP/operator",), phones=("PJSIP/1xx",), ivr_contexts=("ivr-*",))
CALLER, MOBILE, DID = "0701740605", "0701740606", "0846500400"


class Office:
    """An Asterisk that sends what it is told to, a second between two moments."""

    def __init__(self, site: Site = SITE) -> None:
        self.tracker = Tracker(site)
        self.now = 100.0
        self.told: list[Call] = []

    def send(self, event: str, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.told += self.tracker.feed({"Event": event, **named}, self.now)

    def wait(self, seconds: float = 1.0) -> None:
        self.now += seconds

    def rings_in(self, uid: str = "c", number: str = CALLER, context: str = "from-pstn") -> None:
        self.new(uid, f"PJSIP/operator-{uid}", "4", CallerIDNum=number, Context=context, Exten=DID)

    def new(self, uid: str, name: str, state: str = "0", **headers: str) -> None:
        known = {"Uniqueid": uid, "Channel": name, "ChannelState": state, "Linkedid": uid}
        self.send("Newchannel", **(known | headers))

    def dials(self, dialer: str, leg: str, name: str, string: str = "") -> None:
        self.new(leg, f"{name}-{leg}" if ";" not in name else name)
        self.send("DialBegin", Uniqueid=dialer, DestUniqueid=leg, DialString=string)

    def enters(self, bridge: str, *uids: str, technology: str = "simple_bridge") -> None:
        for uid in uids:
            headers = {"BridgeUniqueid": bridge, "BridgeTechnology": technology}
            self.send("BridgeEnter", Uniqueid=uid, **headers)

    def leaves(self, bridge: str, *uids: str, technology: str = "simple_bridge") -> None:
        for uid in uids:
            headers = {"BridgeUniqueid": bridge, "BridgeTechnology": technology}
            self.send("BridgeLeave", Uniqueid=uid, **headers)

    def hangs_up(self, uid: str, cause: str = "16", state: str = "6") -> None:
        self.send("HangupRequest", Uniqueid=uid, Cause=cause, ChannelState=state)

    def gone(self, *uids: str, cause: str = "16") -> None:
        for uid in uids:
            self.send("Hangup", Uniqueid=uid, Cause=cause)

    def cut(self) -> None:
        self.told += self.tracker.link_lost(self.now)

    def snapshot(self, *shown: dict[str, str]) -> None:
        for headers in shown:
            self.send("CoreShowChannel", **headers)
        self.send("CoreShowChannelsComplete")

    @property
    def call(self) -> Call:
        (call,) = self.told
        return call


@pytest.fixture
def office() -> Office:
    return Office()


def test_answered_call_is_told_when_the_caller_is_gone(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.wait(3)
    office.enters("b", "p", "c")
    office.wait(7)
    office.hangs_up("p")
    office.gone("p")
    assert office.told == []
    office.leaves("b", "c")
    office.gone("c")
    assert office.call == Call(
        uniqueid="c",
        direction=Direction.INBOUND,
        caller=CALLER,
        caller_e164="+46701740605",
        withheld=False,
        did=DID,
        did_e164="+46846500400",
        callee=None,
        outcome=Outcome.ANSWERED,
        reason=None,
        queues=(),
        rang=("101",),
        answered_by="101",
        ended_by=EndedBy.CALLEE,
        wait_s=3.0,
        talk_s=7.0,
        start=100.0,
        end=110.0,
    )


def test_channel_that_is_up_is_not_an_answer(office: Office) -> None:
    office.rings_in()
    office.send("Newstate", Uniqueid="c", ChannelState="6", Context="ivr-1")
    office.wait(5)
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.outcome, office.call.reason) == ("missed", "abandoned_in_ivr")
    assert (office.call.wait_s, office.call.ended_by) == (5.0, "caller")


def member_through_local(office: Office) -> None:
    """The caller waits in a queue whose member is dialled through a pair of Local halves."""
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500")
    office.new("l2", "Local/101@from-queue-01;2")
    office.dials("c", "l1", "Local/101@from-queue-01;1")


def test_phone_behind_both_halves_of_a_local_channel_answers(office: Office) -> None:
    member_through_local(office)
    office.dials("l2", "p", "PJSIP/101")
    office.enters("far", "p", "l2")
    assert office.tracker.open_calls()[0].outcome is None
    office.enters("near", "l1", "c")
    office.gone("c")
    assert (office.call.outcome, office.call.answered_by) == ("answered", "101")
    assert (office.call.queues, office.call.rang) == (("500",), ("101",))


def test_mailbox_behind_a_local_channel_is_no_person(office: Office) -> None:
    member_through_local(office)
    office.send("Newexten", Uniqueid="l2", Application="VoiceMail", AppData="101@default,u")
    office.send("DialEnd", Uniqueid="c", DestUniqueid="l1", DialStatus="ANSWER")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500")
    office.enters("near", "l1", "c")
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.outcome, office.call.reason) == ("missed", "voicemail")


def test_mobile_that_is_joined_with_nobody_does_not_answer(office: Office) -> None:
    office.rings_in()
    office.dials("c", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.send("DialEnd", Uniqueid="c", DestUniqueid="m", DialStatus="ANSWER")
    office.gone("m", "c")
    assert (office.call.outcome, office.call.reason) == ("missed", "no_answer")


@pytest.mark.parametrize("string", [f"{MOBILE}@operator", f"operator/sip:{MOBILE}@192.0.2.1:5060"])
def test_person_on_a_mobile_is_told_by_the_number_dialled(office: Office, string: str) -> None:
    office.rings_in()
    office.dials("c", "m", "PJSIP/operator", string)
    office.enters("b", "m", "c")
    office.gone("c")
    assert office.call.answered_by == MOBILE


def test_leg_that_outlives_the_caller_delays_nothing(office: Office) -> None:
    office.rings_in()
    office.dials("c", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.gone("c")
    assert office.call.outcome is Outcome.MISSED
    office.gone("m")
    assert len(office.told) == 1


def test_two_callers_parked_side_by_side_do_not_hear_each_other(office: Office) -> None:
    office.rings_in("a")
    office.new("p", "PJSIP/101-01", "4", Exten="70", Context="from-internal")
    office.enters("lot", "p", "a", technology="holding_bridge")
    office.gone("a")
    assert office.call.outcome is Outcome.MISSED


def test_parked_caller_is_still_talking_until_they_are_gone(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.wait(2)
    office.leaves("b", "c", "p")
    office.enters("lot", "c", technology="holding_bridge")
    office.wait(3)
    office.hangs_up("c")
    office.leaves("lot", "c")
    office.gone("c")
    assert (office.call.outcome, office.call.talk_s) == ("answered", 5.0)


def test_parked_caller_for_whom_a_phone_is_rung_again_is_on_hold(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.leaves("b", "c", "p")
    office.enters("lot", "c", technology="holding_bridge")
    office.wait(4)
    office.leaves("lot", "c", technology="holding_bridge")
    office.dials("c", "q", "PJSIP/101")
    office.wait(3)
    office.hangs_up("c")
    office.gone("q", "c")
    assert (office.call.outcome, office.call.talk_s) == ("answered", 7.0)


def test_callers_whom_a_transfer_joins_are_no_persons_for_each_other(office: Office) -> None:
    office.rings_in("a")
    office.rings_in("b", MOBILE)
    office.enters("x", "a", "b")
    office.hangs_up("a")
    office.gone("a", "b")
    assert [call.outcome for call in office.told] == ["missed", "missed"]
    assert [call.ended_by for call in office.told] == ["caller", "system"]


def test_caller_transferred_to_nobody_was_hung_up_on_by_the_person(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.send("BlindTransfer", TransfereeUniqueid="c", Result="Success")
    office.leaves("b", "c", "p")
    office.hangs_up("p")
    office.gone("p")
    office.dials("c", "q", "PJSIP/102")
    office.wait(8)
    office.gone("q", "c")
    assert (office.call.outcome, office.call.answered_by) == ("answered", "101")
    assert (office.call.ended_by, office.call.rang) == ("callee", ("101", "102"))


def test_transfer_that_somebody_takes_is_not_hung_up_on(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.send("BlindTransfer", TransfereeUniqueid="c", Result="Success")
    office.hangs_up("p")
    office.dials("c", "q", "PJSIP/102")
    office.enters("d", "q", "c")
    office.wait(5)
    office.gone("c")
    assert (office.call.answered_by, office.call.ended_by) == ("101", "system")
    assert office.call.talk_s == 5.0


def test_phone_that_hands_over_the_call_it_began_has_left_it(office: Office) -> None:
    office.new("p", "PJSIP/101-01", "4", CallerIDNum="101", Exten=MOBILE, Context="from-internal")
    office.dials("p", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.enters("b", "m", "p")
    office.wait(5)
    office.send("BlindTransfer", TransfererUniqueid="p", TransfereeUniqueid="m")
    office.wait(2)
    office.leaves("b", "m", "p")
    office.gone("p")
    assert (office.call.answered_by, office.call.ended_by) == (MOBILE, "caller")
    assert (office.call.end, office.call.talk_s) == (105.0, 5.0)


def test_first_to_hang_up_ended_it(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.hangs_up("c")
    office.hangs_up("p")
    office.gone("p", "c")
    assert office.call.ended_by is EndedBy.CALLER


def test_caller_swapped_into_another_bridge_is_not_out_of_it(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.enters("old", "p", "c")
    office.enters("new", "c")
    office.leaves("old", "c")
    office.enters("new", "p")
    office.wait(5)
    office.gone("c")
    assert office.call.talk_s == 5.0


def ring_group(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.dials("c", "q", "PJSIP/102")


def test_group_of_busy_phones_is_busy(office: Office) -> None:
    ring_group(office)
    office.send("DialEnd", DestUniqueid="p", DialStatus="BUSY")
    office.hangs_up("q", cause="21")
    office.send("DialEnd", DestUniqueid="q", DialStatus="NOANSWER")
    office.send("DialEnd", DestUniqueid="q", DialStatus="CANCEL")
    office.gone("p", "q", "c")
    assert (office.call.reason, office.call.ended_by) == ("busy", "system")


def test_one_phone_that_rang_out_outweighs_a_busy_one(office: Office) -> None:
    ring_group(office)
    office.send("DialEnd", DestUniqueid="p", DialStatus="BUSY")
    office.hangs_up("c", cause="17", state="4")
    office.gone("q", "p", "c", cause="17")  # Asterisk copies the cause to a leg that only rang
    assert (office.call.reason, office.call.ended_by) == ("no_answer", "caller")


@pytest.mark.parametrize(
    ("status", "reason"),
    [("BUSY", "busy"), ("CHANUNAVAIL", "unavailable"), ("NOANSWER", "no_answer")],
)
def test_dial_without_a_leg_is_told_by_dialstatus(office: Office, status: str, reason: str) -> None:
    office.rings_in()
    office.send("VarSet", Uniqueid="c", Variable="DIALSTATUS", Value=status)
    office.hangs_up("c", cause="34", state="7")
    office.gone("c")
    assert (office.call.reason, office.call.ended_by) == (reason, "system")


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("TIMEOUT", "queue_timeout"),
        ("LEAVEEMPTY", "queue_empty"),
        ("LEAVEUNAVAIL", "queue_empty"),
        ("FULL", "busy"),
    ],
)
def test_queue_that_gives_up_tells_why(office: Office, status: str, reason: str) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500")
    office.send("QueueCallerAbandon", Uniqueid="c", Queue="500")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500")
    office.send("VarSet", Uniqueid="c", Variable="QUEUESTATUS", Value=status)
    office.gone("c")
    assert (office.call.reason, office.call.queues) == (reason, ("500",))


def test_menu_context_that_the_queue_runs_in_is_no_menu(office: Office) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ivr-1")
    office.send("MusicOnHoldStart", Uniqueid="c", Context="ivr-1")
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.ABANDONED_IN_QUEUE


def test_digit_that_leads_out_of_a_queue_leads_to_the_menu(office: Office) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ext-queues")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500", Context="ivr-2")
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.ABANDONED_IN_IVR


@pytest.mark.parametrize("way", [(), ("ivr-2",), ("ivr-2", "ivr-3")])
def test_caller_who_chooses_nothing_in_the_callback_menu_has_given_up_in_the_queue(
    office: Office, way: tuple[str, ...]
) -> None:
    """FreePBX leads to it through a menu."""
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ext-queues")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500", Context="ringback-exit-0123")
    for context in (*way, "ringback-menu-0123", "ringback-menu-number"):
        office.send("Newexten", Uniqueid="c", Context=context)
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.outcome, office.call.reason) == ("missed", "abandoned_in_queue")


def test_caller_for_whom_the_queue_timed_out_into_the_callback_menu_met_a_timeout(
    office: Office,
) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500")
    office.send("QueueCallerAbandon", Uniqueid="c", Queue="500")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500", Context="ringback-menu-0123")
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.QUEUE_TIMEOUT


def test_caller_who_comes_straight_to_the_callback_menu_gives_up_in_a_menu(office: Office) -> None:
    office.rings_in()
    office.send("Newexten", Uniqueid="c", Context="ringback-menu-0123")
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.ABANDONED_IN_IVR


def test_caller_who_goes_back_to_the_queue_from_the_callback_menu_can_be_answered(
    office: Office,
) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ext-queues")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500", Context="ringback-menu-0123")
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ringback-menu-0123")
    office.dials("c", "p", "PJSIP/101")
    office.enters("b", "p", "c")
    office.gone("p", "c")
    assert office.call.outcome is Outcome.ANSWERED


def test_narrow_user_tells_a_mailbox_by_its_context(office: Office) -> None:
    office.rings_in()
    office.send("Newstate", Uniqueid="c", Context="macro-vm")
    office.gone("c")
    assert office.call.reason is Reason.VOICEMAIL


@pytest.mark.parametrize(
    ("context", "reason"), [("ivr-1", "abandoned_in_ivr"), ("timeconditions", "after_hours")]
)
@pytest.mark.parametrize("by_caller", [True, False])
def test_place_of_the_end_is_the_one_before_freepbx_cleans_up(
    office: Office, context: str, reason: str, by_caller: bool
) -> None:
    office.rings_in()
    office.send("Newexten", Uniqueid="c", Context=context, Application="Background")
    if by_caller:
        office.hangs_up("c")
    office.send("Newexten", Uniqueid="c", Context="macro-hangupcall", Application="NoOp")
    office.send("Hangup", Uniqueid="c", Context="macro-hangupcall", Exten="s")
    assert office.call.reason == reason


def test_number_that_freepbx_puts_on_the_callers_channel_is_not_the_callers(
    office: Office,
) -> None:
    office.rings_in()
    office.send("NewCallerid", Uniqueid="c", CallerIDNum=DID, CallerIDName="")
    office.send("Hangup", Uniqueid="c", CallerIDNum=DID)
    assert office.call.caller == CALLER


def test_forwarded_phone_is_told_by_the_one_it_sent_the_call_to(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.send("DialEnd", DestUniqueid="p", DialStatus="CANCEL", Forward=MOBILE)
    office.dials("c", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.send("DialEnd", DestUniqueid="m", DialStatus="BUSY")
    office.gone("p", "m", "c")
    assert office.call.reason is Reason.BUSY


def test_phone_that_was_not_dialled_because_it_wants_no_calls_is_busy(office: Office) -> None:
    office.rings_in()
    office.send("Newexten", Uniqueid="c", Context="macro-exten-vm", Application="Busy")
    office.gone("c")
    assert office.call.reason is Reason.BUSY


def test_busy_tone_after_a_queue_does_not_hide_its_timeout(office: Office) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500")
    office.send("QueueCallerLeave", Uniqueid="c", Queue="500")
    office.send("VarSet", Uniqueid="c", Variable="QUEUESTATUS", Value="TIMEOUT")
    office.send("Newexten", Uniqueid="c", Context="s-BUSY", Application="Busy")
    office.gone("c")
    assert office.call.reason is Reason.QUEUE_TIMEOUT


def test_congestion_that_looks_like_the_caller_is_the_pbx_ending_the_call(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.send("DialEnd", DestUniqueid="p", DialStatus="NOANSWER")
    office.hangs_up("c", cause="34", state="4")
    office.send("Newstate", Uniqueid="c", ChannelState="7")
    office.gone("p", "c")
    assert (office.call.reason, office.call.ended_by) == ("no_answer", "system")


def test_caller_who_left_before_the_mobile_confirmed_was_missed_when_they_left(
    office: Office,
) -> None:
    office.rings_in()
    office.dials("c", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.wait(3)
    office.hangs_up("c")
    office.wait(4)  # the mobile's owner listens to the question, and presses 1
    office.enters("b", "m", "c")
    office.gone("m", "c")
    assert (office.call.outcome, office.call.ended_by) == ("missed", "caller")
    assert (office.call.wait_s, office.call.end) == (3.0, 103.0)


def test_queue_that_refuses_is_a_visit_too(office: Office) -> None:
    office.rings_in()
    office.send("Newexten", Uniqueid="c", Application="Queue", AppData="500,t,,,20")
    office.send("VarSet", Uniqueid="c", Variable="QUEUESTATUS", Value="JOINEMPTY")
    office.gone("c")
    assert (office.call.reason, office.call.queues) == ("queue_empty", ("500",))


def test_narrow_user_tells_a_queue_timeout_from_a_caller_who_left(office: Office) -> None:
    for uid in ("timed-out", "left"):
        office.rings_in(uid)
        office.send("QueueCallerJoin", Uniqueid=uid, Queue="500")
        if uid == "left":
            office.hangs_up(uid)
        office.send("QueueCallerAbandon", Uniqueid=uid, Queue="500")
        office.send("QueueCallerLeave", Uniqueid=uid, Queue="500")
        office.gone(uid)
    assert [call.reason for call in office.told] == ["queue_timeout", "abandoned_in_queue"]


def test_closed_counts_only_for_callers_for_whom_nobody_was_tried() -> None:
    office = Office(Site(after_hours_contexts=("closed",)))
    office.rings_in("a")
    office.send("Newstate", Uniqueid="a", Context="closed")
    office.gone("a")
    office.rings_in("b")
    office.dials("b", "p", "PJSIP/101")
    office.send("Newstate", Uniqueid="b", Context="closed")
    office.gone("p", "b")
    assert [call.reason for call in office.told] == ["after_hours", "no_answer"]


def test_pbx_that_hangs_up_in_a_menu_is_not_a_caller_who_left_it(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.send("DialEnd", DestUniqueid="p", DialStatus="BUSY")
    office.send("Newexten", Uniqueid="c", Context="ivr-1", Application="Hangup")
    office.gone("p", "c")
    assert office.call.reason is Reason.BUSY


def test_menu_that_times_out_is_left_in_the_menu_though_a_time_condition_was_passed() -> None:
    office = Office(Site(after_hours_contexts=("timeconditions",)))
    office.rings_in()
    office.send("Newexten", Uniqueid="c", Context="timeconditions", Application="GotoIfTime")
    office.send("Newexten", Uniqueid="c", Context="ivr-1", Application="Background")
    office.gone("c")
    assert office.call.reason is Reason.ABANDONED_IN_IVR


@pytest.mark.parametrize(
    ("contexts", "reason"),
    [
        (("ivr-1", "app-announcement-3"), Reason.ABANDONED_IN_IVR),
        (("timeconditions", "ivr-1", "app-announcement-3"), Reason.ABANDONED_IN_IVR),
        (("ivr-1", "timeconditions", "app-announcement-1"), Reason.AFTER_HOURS),
        (("app-announcement-1",), Reason.AFTER_HOURS),
    ],
)
def test_announcement_that_a_menu_leads_to_is_not_about_closed_hours(
    contexts: tuple[str, ...], reason: Reason
) -> None:
    office = Office(Site(after_hours_contexts=("timeconditions", "app-announcement-*")))
    office.rings_in()
    for context in contexts:
        office.send("Newexten", Uniqueid="c", Context=context, Application="NoOp")
    office.gone("c")
    assert office.call.reason is reason


def test_order_for_a_callback_is_the_reason_whatever_ends_the_call(office: Office) -> None:
    office.rings_in()
    office.send("UserEvent", Uniqueid="c", UserEvent="CallbackRequested", Context="callback")
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.CALLBACK_REQUESTED


def test_hidden_number_that_asterisk_shows_is_not_passed_on(office: Office) -> None:
    office.rings_in()
    pres = "32 (Presentation Prohibited, Not Screened)"
    office.send("NewCallerid", Uniqueid="c", CallerIDNum=CALLER, CID_CallingPres=pres)
    office.gone("c")
    assert (office.call.caller, office.call.caller_e164) == ("anonymous", None)
    assert office.call.withheld


def test_presentation_that_freepbx_keeps_aside_hides_the_number(office: Office) -> None:
    office.rings_in()
    kept = {"Variable": "__CALLINGNUMPRES_SV", "Value": "prohib_passed_screen"}
    office.send("VarSet", Uniqueid="c", **kept)
    office.gone("c")
    assert office.call.withheld


def test_company_number_put_on_a_forwarded_call_hides_nobody(office: Office) -> None:
    office.rings_in()
    pres = "32 (Presentation Prohibited, Not Screened)"
    office.send("NewCallerid", Uniqueid="c", CallerIDNum=DID, CID_CallingPres=pres)
    office.gone("c")
    assert (office.call.caller, office.call.withheld) == (CALLER, False)


def test_call_arrives_by_its_context_when_the_trunk_is_unknown() -> None:
    office = Office(Site(trunks=("PJSIP/other",), inbound_contexts=("from-pstn",)))
    office.rings_in("a", context="from-pstn")
    office.rings_in("b", context="from-elsewhere")
    office.gone("a", "b")
    assert [(call.uniqueid, call.direction) for call in office.told] == [("a", "inbound")]


def test_call_from_a_phone_becomes_outbound_with_the_line_it_dials(office: Office) -> None:
    office.new("p", "PJSIP/101-01", "4", CallerIDNum="101", Exten=MOBILE, Context="from-internal")
    assert office.tracker.open_calls()[0].direction == "internal"
    office.dials("p", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.enters("b", "m", "p")
    office.gone("p")
    assert (office.call.direction, office.call.callee) == ("outbound", MOBILE)
    assert (office.call.answered_by, office.call.did) == (MOBILE, None)


def test_colleague_whose_mobile_is_rung_beside_the_phone_is_called_internally(
    office: Office,
) -> None:
    office.new("p", "PJSIP/105-01", "4", CallerIDNum="105", Exten="103", Context="from-internal")
    office.dials("p", "q", "PJSIP/103")
    office.dials("p", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.enters("b", "m", "p")
    office.gone("p")
    assert (office.call.direction, office.call.answered_by) == ("internal", MOBILE)


@pytest.mark.parametrize(
    ("name", "context", "direction"),
    [
        ("PJSIP/operator", "from-pstn-ringback", "inbound"),
        ("PJSIP/operator", "from-addon", "inbound"),
        ("PJSIP/46500", "from-pstn", "inbound"),  # a trunk named by a number
        ("PJSIP/anonymous", "from-sip-external", "inbound"),
        ("DAHDI/i1/0701740605", "from-digital", "inbound"),
        ("PJSIP/101", "from-internal", "internal"),
        ("PJSIP/anna", "from-internal", "internal"),  # a phone named by its owner
        ("IAX2/101", "from-internal", "internal"),
        ("PJSIP/101", "from-branch", "internal"),
    ],
)
def test_without_a_site_file_context_and_endpoint_tell_who_calls(
    name: str, context: str, direction: str
) -> None:
    office = Office(Site())
    office.new("c", f"{name}-1", "4", CallerIDNum=CALLER, Context=context, Exten=DID)
    office.dials("c", "p", "PJSIP/102")
    office.hangs_up("c")
    office.gone("p", "c")
    assert (office.call.direction, office.call.rang) == (direction, ("102",))


@pytest.mark.parametrize(("cause", "reason"), [("21", "busy"), ("17", "busy"), ("19", "no_answer")])
def test_click_to_call_that_the_ordering_person_does_not_take(
    office: Office, cause: str, reason: str
) -> None:
    clicked(office)
    office.hangs_up("h", cause=cause, state="5")
    office.send("DialEnd", DestUniqueid="h", DialStatus="NOANSWER")
    office.gone("h")
    assert (office.call.direction, office.call.callee) == ("outbound", MOBILE)
    assert (office.call.outcome, office.call.reason) == ("missed", reason)


def test_click_to_call_is_told_by_the_customer_once_the_ordering_person_is_there(
    office: Office,
) -> None:
    clicked(office)
    office.send("DialEnd", DestUniqueid="h", DialStatus="ANSWER")
    office.dials("h", "m", "PJSIP/operator", f"{MOBILE}@operator")
    office.send("DialEnd", DestUniqueid="m", DialStatus="BUSY")
    office.gone("m", "h")
    assert (office.call.caller, office.call.reason) == ("101", "busy")


def clicked(office: Office) -> None:
    office.new("h", "PJSIP/101-h")
    office.send("DialBegin", DestUniqueid="h", DestCallerIDNum=MOBILE, DialString="101")


def test_frames_without_what_they_need_are_let_pass(office: Office) -> None:
    for event in ("Newchannel", "Hangup", "DialBegin", "BridgeEnter", "CoreShowChannel", "VarSet"):
        office.send(event)
    office.tracker.feed({"Response": "Success"}, office.now)
    assert office.tracker.open_calls() == []


# A link that is lost and comes back


def shown(uid: str, name: str, **headers: str) -> dict[str, str]:
    return {"Uniqueid": uid, "Linkedid": "c", "Channel": name, "Duration": "00:01:05"} | headers


def test_call_still_up_after_a_cut_goes_on(office: Office) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    office.cut()
    office.wait(10)
    office.snapshot(
        shown("c", "PJSIP/operator-c", BridgeId="b"), shown("p", "PJSIP/101-p", BridgeId="b")
    )
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.outcome, office.call.answered_by) == ("answered", "101")
    assert (office.call.start, office.call.wait_s) == (100.0, 10.0)


@pytest.mark.parametrize("answered", [True, False])
def test_call_gone_after_a_cut_is_told_as_far_as_it_was_known(
    office: Office, answered: bool
) -> None:
    office.rings_in()
    office.dials("c", "p", "PJSIP/101")
    if answered:
        office.enters("b", "p", "c")
    office.wait(4)
    office.cut()
    office.wait(60)
    office.snapshot()
    assert office.call.outcome == ("answered" if answered else None)
    assert (office.call.reason, office.call.ended_by, office.call.end) == (None, None, 104.0)


def test_link_that_is_cut_again_before_its_snapshot_loses_no_call(office: Office) -> None:
    office.rings_in()
    office.cut()
    office.cut()
    office.snapshot(shown("c", "PJSIP/operator-c"))
    office.gone("c")
    assert (office.call.outcome, office.call.did) == ("missed", DID)


def test_call_that_many_connections_did_not_show_is_given_up(office: Office) -> None:
    office.rings_in()
    for _ in range(LINKS_WITHOUT_A_SIGN):
        office.cut()
    assert office.told == []
    office.cut()
    assert office.call.outcome is None
    assert office.tracker.open_calls() == []


def test_queue_entered_during_a_cut_is_a_visit(office: Office) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500")
    office.cut()
    office.snapshot(shown("c", "PJSIP/operator-c", Application="Queue"))
    office.send("QueueEntry", Uniqueid="c", Queue="501")
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.reason, office.call.queues) == ("abandoned_in_queue", ("500", "501"))


def test_queue_left_during_a_cut_is_not_waited_in_any_more(office: Office) -> None:
    office.rings_in()
    office.send("QueueCallerJoin", Uniqueid="c", Queue="500", Context="ext-queues")
    office.cut()
    office.snapshot(shown("c", "PJSIP/operator-c", Application="Background", Context="ivr-2"))
    office.hangs_up("c")
    office.gone("c")
    assert office.call.reason is Reason.ABANDONED_IN_IVR


def test_call_that_began_unseen_is_missed_when_it_was_seen_waiting(office: Office) -> None:
    office.snapshot(shown("c", "PJSIP/operator-c", CallerIDNum=CALLER, Application="Queue"))
    office.send("QueueEntry", Uniqueid="c", Queue="500")
    office.hangs_up("c")
    office.gone("c")
    assert (office.call.outcome, office.call.queues) == ("missed", ("500",))
    assert (office.call.did, office.call.start) == (None, 35.0)


def test_call_that_began_unseen_and_only_ended_is_left_open(office: Office) -> None:
    office.snapshot(shown("c", "PJSIP/operator-c", CallerIDNum=CALLER, Context="crm-hangup"))
    office.gone("c")
    assert office.call.outcome is None


def test_dialled_leg_in_a_snapshot_is_no_caller(office: Office) -> None:
    outgoing = {"Application": "AppDial", "ApplicationData": "(Outgoing Line)"}
    office.snapshot({**shown("c", "PJSIP/operator-c"), **outgoing})
    assert office.tracker.open_calls() == []


# Memory


def size_of(tracker: Tracker) -> int:
    """Everything that the tracker holds, in bytes; its clock set to one length."""
    tracker.feed({}, 0.0)
    return len(pickle.dumps(tracker))


def test_nothing_of_finished_calls_is_kept() -> None:
    office = Office()
    before = size_of(office.tracker)
    for number in range(50):
        office.rings_in(f"c{number}")
        office.dials(f"c{number}", f"l{number}", f"Local/101@from-queue-{number};1")
        office.dials(f"c{number}", f"p{number}", "PJSIP/101")
        office.enters(f"b{number}", f"p{number}", f"c{number}")
        office.gone(f"l{number}", f"p{number}", f"c{number}")
    assert len(office.told) == 50
    assert size_of(office.tracker) == before


@pytest.mark.parametrize("name", ["22/queue_local_optimized_answered", "16/pickup_queue_call"])
def test_nothing_of_a_recorded_call_is_kept(name: str) -> None:
    tracker, frames = Tracker(Site()), Frames()
    before = size_of(tracker)
    trace = read_trace(next(TRACES.glob(f"{name}.ami*")))
    told = [
        call
        for at_s, raw in trace.frames
        for frame in frames.feed(raw)
        for call in tracker.feed(frame, at_s)
    ]
    assert "answered" in {call.outcome for call in told}
    assert tracker.open_calls() == []
    assert size_of(tracker) == before
