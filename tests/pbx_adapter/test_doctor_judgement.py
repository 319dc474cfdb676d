"""What the doctor concludes from what it was told; no PBX is asked."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pbx_adapter.backfill.places import Places
from pbx_adapter.doctor import lines, listening, phones, places, privileges, server, snippet
from pbx_adapter.doctor.blind_spots import blind_spots
from pbx_adapter.doctor.findings import Finding, Kind, listed
from pbx_adapter.doctor.interview import Ears, allowed_actions
from pbx_adapter.doctor.lines import Line
from pbx_adapter.doctor.listening import NOWHERE, Heard
from pbx_adapter.doctor.phones import Endpoint, Member, Queue
from pbx_adapter.doctor.privileges import Held
from pbx_adapter.doctor.server import Server
from pbx_adapter.doctor.snippet import Outbox
from pbx_adapter.site import Site

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SITE = Site(inbound_contexts=("from-trunk",), trunks=("PJSIP/operator",), phones=("PJSIP/1xx",))
COMMANDS = {
    "CoreShowChannels": "List currently active channels.  (Priv: system,reporting,all)",
    "DBDel": "Delete DB entry.  (Priv: system,all)",
    "DBGetTree": "Get DB entries.  (Priv: system,reporting,all)",
    "Getvar": "Gets a channel variable or function value.  (Priv: call,reporting,all)",
    "Originate": "Originate a call.  (Priv: originate,all)",
    "Ping": "Keepalive command.  (Priv: <none>)",
    "Redirect": "Redirect (transfer) a call.  (Priv: call,all)",
    "ShowDialPlan": "Show dialplan contexts.  (Priv: config,reporting,all)",
    "UpdateConfig": "Update basic configuration.  (Priv: config,all)",
    "Command": "Execute Asterisk CLI Command.  (Priv: command,all)",
    "UserEvent": "Send an arbitrary event.  (Priv: user,all)",
}
CALL = listening.TestCall(NOWHERE, frozenset({"Newchannel", "Hangup", "OriginateResponse"}), "0")
RANG = listening.TestCall("PJSIP/101", CALL.seen | {"Newstate"}, "3")
UNRUNG = replace(CALL, channel="PJSIP/999")
HEARD_ALL = Heard(classes=frozenset(privileges.READ), echoed=True, call=CALL)
OUTBOX = Outbox(True, True, {"from-trunk-ringback": True}, (), may_read=True, may_empty=True)


def offered(*names: str) -> dict[str, frozenset[str]]:
    """What ListCommands would say to a user who may do these."""
    return allowed_actions({"Response": "Success"} | {name: COMMANDS[name] for name in names})


def kinds(findings: Iterable[Finding]) -> list[Kind]:
    return [finding.kind for finding in findings]


def the_one(findings: Iterable[Finding], word: str) -> Finding:
    found = [finding for finding in findings if word in finding.text + finding.mend]
    assert len(found) == 1, found
    return found[0]


def test_answer_to_list_commands_becomes_actions_with_their_classes() -> None:
    assert offered("Ping", "Getvar") == {
        "Ping": frozenset(),
        "Getvar": frozenset({"call", "reporting"}),
    }


@pytest.mark.parametrize(
    ("actions", "classes"),
    [
        ((), set()),
        (("Ping",), set()),
        (("DBDel", "CoreShowChannels"), {"system"}),
        (("CoreShowChannels", "Getvar", "ShowDialPlan"), {"reporting"}),
        (("Redirect", "Getvar"), {"call"}),
        (("Redirect", "Getvar", "CoreShowChannels"), {"call", "reporting"}),
        (("DBDel", "CoreShowChannels", "ShowDialPlan", "Getvar"), {"system", "reporting"}),
        (("UpdateConfig", "ShowDialPlan", "Command"), {"config", "command"}),
    ],
)
def test_write_classes_are_those_that_the_offered_actions_prove(
    actions: tuple[str, ...], classes: set[str]
) -> None:
    assert privileges.write_classes(offered(*actions)) == classes


def test_event_proves_all_its_classes_but_all() -> None:
    ears = Ears()
    ears.hear({"Event": "Newchannel", "Privilege": "call,all"})
    ears.hear({"Event": "Reload", "Privilege": "system,reporting"})
    ears.hear({"Event": "Odd"})
    assert ears.classes == {"call", "system", "reporting"}


@pytest.mark.parametrize(
    ("name", "heard", "member_rang", "held"),
    [
        ("call", Heard(classes=frozenset({"call"})), False, Held.YES),
        ("system", Heard(), False, Held.NO),
        ("call", Heard(), False, Held.UNKNOWN),
        ("call", Heard(call=CALL), False, Held.NO),
        ("agent", Heard(call=CALL), False, Held.UNKNOWN),
        ("agent", Heard(call=CALL), True, Held.NO),
        ("user", Heard(), False, Held.UNKNOWN),
        ("user", Heard(echoed=False), False, Held.NO),
        ("dialplan", Heard(classes=frozenset({"call"})), False, Held.UNKNOWN),
        ("dialplan", Heard(frozenset({"call"}), {"Hangup": 1}), False, Held.UNKNOWN),
        ("dialplan", Heard(frozenset({"call"}), came_and_went=True), False, Held.NO),
        ("dialplan", Heard(frozenset({"call"}), call=UNRUNG), False, Held.UNKNOWN),
        ("dialplan", Heard(frozenset({"call"}), call=RANG), False, Held.NO),
        ("dialplan", Heard(frozenset({"call"}), call=CALL), False, Held.NO),
    ],
)
def test_read_class_is_known_only_from_what_must_have_come(
    name: str, heard: Heard, member_rang: bool, held: Held
) -> None:
    assert privileges.read_class(name, heard, member_rang) is held


def test_recommended_user_is_found_without_a_warning() -> None:
    allowed = offered("CoreShowChannels", "DBDel", "DBGetTree", "ShowDialPlan", "Originate")
    found = privileges.judged(allowed, HEARD_ALL, member_rang=False)
    assert set(kinds(found)) == {Kind.OK, Kind.NOTE}
    assert "Keep permit=" in the_one(found, "changes the dialplan").mend


def test_user_of_all_classes_is_warned_of_as_too_mighty() -> None:
    found = privileges.judged(offered(*COMMANDS), HEARD_ALL, member_rang=False)
    mighty = [finding for finding in found if "too mighty" in finding.text]
    assert kinds(mighty) == [Kind.WARNING, Kind.WARNING]
    assert "Take command out" in mighty[0].mend
    assert the_one(found, "not needed").kind is Kind.NOTE


def test_user_who_sees_no_calls_is_a_fault_that_names_the_class() -> None:
    heard = Heard(classes=frozenset({"system"}), call=replace(CALL, seen=frozenset()))
    missing = the_one(privileges.judged(offered("Originate"), heard, False), "read=call")
    assert missing.kind is Kind.FAULT
    assert "Add call to read=" in missing.mend


def test_missing_dialplan_is_no_more_than_a_note() -> None:
    heard = replace(HEARD_ALL, classes=frozenset({"system", "call", "agent", "user"}))
    found = privileges.judged(offered("Originate"), heard, False)
    assert the_one(found, "read=dialplan").kind is Kind.NOTE


@pytest.mark.parametrize(
    ("heard", "kind", "words"),
    [
        (Heard(waited_s=3), Kind.NOTE, "not proved"),
        (Heard(refused_call=True), Kind.WARNING, "originate"),
        (Heard(events={"Newchannel": 1, "Hangup": 1}), Kind.OK, "2 events"),
        (Heard(classes=frozenset({"call"}), call=CALL), Kind.OK, "rang nobody"),
        (Heard(call=listening.TestCall(NOWHERE, frozenset())), Kind.FAULT, "nothing of it"),
        (
            Heard(
                classes=frozenset({"call"}),
                call=listening.TestCall(NOWHERE, frozenset({"OriginateResponse", "Hangup"}), "0"),
            ),
            Kind.FAULT,
            "no Newchannel",
        ),
        (Heard(call=RANG), Kind.OK, "PJSIP/101 rang"),
        (Heard(call=replace(RANG, reason="4")), Kind.OK, "PJSIP/101 was answered"),
        (Heard(call=replace(CALL, channel="PJSIP/101")), Kind.WARNING, "did not ring"),
        (
            Heard(call=listening.TestCall("PJSIP/9", frozenset({"OriginateResponse"}), "0")),
            Kind.WARNING,
            "did not ring",
        ),
    ],
)
def test_events_are_judged_by_what_was_heard(heard: Heard, kind: Kind, words: str) -> None:
    [finding] = listening.judged(heard)
    assert finding.kind is kind
    assert words in finding.text


def test_user_who_may_not_call_is_not_told_to_make_a_test_call() -> None:
    heard = Heard(waited_s=3, may_call=False)
    found = [*listening.judged(heard), *blind_spots(Held.UNKNOWN, OUTBOX, may_call=False)]
    found += privileges.judged(offered("Ping"), heard, member_rang=False)
    advice = " ".join(finding.mend for finding in found)
    assert "--listen 60" in advice
    assert "--test-call" not in advice
    assert "--call" not in advice


def test_call_is_heard_whole_only_from_a_channel_that_calls_to_its_end() -> None:
    ears = Ears()
    ears.hear({"Event": "Newchannel", "Uniqueid": "dialled", "ChannelState": "0"})
    ears.hear({"Event": "Hangup", "Uniqueid": "dialled"})
    ears.hear({"Event": "Hangup", "Uniqueid": "begun-before"})
    assert not ears.came_and_went
    ears.hear({"Event": "Newchannel", "Uniqueid": "caller", "ChannelState": "4"})
    assert not ears.came_and_went
    ears.hear({"Event": "Hangup", "Uniqueid": "caller"})
    assert ears.came_and_went


def test_filter_that_hides_events_is_named_as_such() -> None:
    call = listening.TestCall(NOWHERE, frozenset({"OriginateResponse", "Hangup"}), "0")
    [finding] = listening.judged(Heard(classes=frozenset({"call"}), call=call))
    assert "eventfilter" in finding.mend


@pytest.mark.parametrize(
    ("ahead_s", "unsure_s", "kind", "words"),
    [
        (0.4, 0.0, Kind.OK, "agree"),
        (-1.9, 0.0, Kind.OK, "agree"),
        (4.0, 3.0, Kind.OK, "agree"),  # the answer took that long
        (12.0, 0.0, Kind.WARNING, "12 s ahead of"),
        (-45.0, 0.1, Kind.WARNING, "45 s behind"),
        (3600.0, 0.0, Kind.FAULT, "3600 s ahead of"),
        (None, 0.0, Kind.NOTE, "can't be compared"),
    ],
)
def test_clocks_apart_are_told_by_how_far(
    ahead_s: float | None, unsure_s: float, kind: Kind, words: str
) -> None:
    told = server.judged(Server(version="22.1.0", ahead_s=ahead_s, unsure_s=unsure_s))
    [finding] = [finding for finding in told if finding.check == "clock"]
    assert finding.kind is kind
    assert words in finding.text


def test_zone_of_the_pbx_is_told_where_it_is_known() -> None:
    told = server.judged(Server(ahead_s=0.0, utc_offset=timedelta(hours=5.5)))
    assert the_one(told, "Its zone is UTC+5.5").kind is Kind.OK


@pytest.mark.parametrize(
    ("version", "freepbx", "kind", "words"),
    [
        ("22.10.1+dfsg-1", False, Kind.OK, "Asterisk 22.10.1, without FreePBX"),
        ("16.28.0~dfsg-0", True, Kind.OK, "Asterisk 16.28.0, with the dialplan of FreePBX"),
        ("certified/20.7-cert3", None, Kind.OK, "certified/20.7-cert3."),
        ("13.38.3", False, Kind.WARNING, "older"),
        (None, None, Kind.NOTE, "does not tell"),
    ],
)
def test_version_is_told_and_an_old_one_warned_of(
    version: str | None, freepbx: bool | None, kind: Kind, words: str
) -> None:
    [finding] = [
        one
        for one in server.judged(Server(version=version, freepbx=freepbx))
        if one.check == "server"
    ]
    assert finding.kind is kind
    assert words in finding.text


def test_modules_that_write_records_are_told_as_loaded_and_not_as_fine() -> None:
    told = server.judged_records(Server(cdr=True, backends=("cdr_csv",)))
    assert the_one(told, "cdr_csv").kind is Kind.NOTE
    assert "module show like cdr" in the_one(told, "cdr_csv").text
    assert the_one(told, "queue_log").kind is Kind.NOTE


@pytest.mark.parametrize(
    ("known", "kind", "words"),
    [
        (None, Kind.NOTE, "can't be listed"),
        ([Endpoint("PJSIP/101", True)], Kind.OK, "1 phone, all registered"),
        (
            [Endpoint("PJSIP/101", True), Endpoint("PJSIP/102", False)],
            Kind.NOTE,
            "Not registered: PJSIP/102",
        ),
        ([Endpoint("PJSIP/101", False)], Kind.WARNING, "Not registered: PJSIP/101"),
        ([Endpoint("PJSIP/anna", True)], Kind.FAULT, "nobody can answer. It has PJSIP/anna"),
        ([], Kind.FAULT, "nobody can answer"),
    ],
)
def test_phones_are_judged_by_the_site(
    known: list[Endpoint] | None, kind: Kind, words: str
) -> None:
    [finding] = phones.judged_phones(known, SITE)
    assert finding.kind is kind
    assert words in finding.text


def test_member_that_is_no_phone_by_the_site_is_warned_of() -> None:
    members = (Member("PJSIP/101", "PJSIP/101", "1"), Member("PJSIP/anna", "PJSIP/anna", "5"))
    found = phones.judged_queues([Queue("sales", "ringall", members)], SITE)
    assert the_one(found, "2 members, 1 can be rung").kind is Kind.OK
    assert the_one(found, "no phones by the site file: PJSIP/anna").kind is Kind.WARNING


def test_member_through_a_local_channel_is_judged_by_its_device() -> None:
    member = Member("Local/101@from-queue/n", "PJSIP/101", "1")
    queue = Queue("sales", "ringall", (member,))
    assert kinds(phones.judged_queues([queue], SITE)) == [Kind.OK]
    assert phones.is_member("PJSIP/101", [queue])
    assert not phones.is_member("PJSIP/102", [queue])


@pytest.mark.parametrize(
    ("phone", "channel"),
    [("101", "SIP/101"), ("102", "PJSIP/102"), ("999", "PJSIP/999"), ("IAX2/a", "IAX2/a")],
)
def test_phone_is_called_by_the_technology_that_it_has(phone: str, channel: str) -> None:
    known = [Endpoint("SIP/101", True), Endpoint("PJSIP/102", True)]
    assert phones.channel_of(phone, known) == channel


def test_line_whose_calls_arrive_where_the_site_says_is_fine() -> None:
    assert kinds(lines.judged_lines([Line("PJSIP/operator", "from-trunk")], SITE)) == [Kind.OK]


def test_only_line_in_an_unknown_context_is_a_fault_that_names_it() -> None:
    [finding] = lines.judged_lines([Line("PJSIP/operator", "from-pstn-ringback")], SITE)
    assert finding.kind is Kind.FAULT
    assert "'from-pstn-ringback' to inbound_contexts" in finding.mend


def test_phone_taken_for_a_line_is_a_warning_beside_a_good_line() -> None:
    found = [Line("PJSIP/operator", "from-trunk"), Line("PJSIP/anna", "from-internal")]
    assert kinds(lines.judged_lines(found, SITE)) == [Kind.OK, Kind.WARNING]


def test_no_line_at_all_is_a_fault_and_an_untold_context_a_note() -> None:
    assert kinds(lines.judged_lines([], SITE)) == [Kind.FAULT]
    assert kinds(lines.judged_lines([Line("PJSIP/operator", None)], SITE)) == [Kind.NOTE]


def test_site_file_is_held_against_endpoints_and_contexts() -> None:
    site = Site(trunks=("PJSIP/gone",), phones=("PJSIP/1xx",), inbound_contexts=("from-gone",))
    known = [Endpoint("PJSIP/101", True)]
    found = lines.judged_site(site, known, {"from-gone": False, "menu": False, "there": True})
    assert the_one(found, "PJSIP/gone").kind is Kind.WARNING
    assert the_one(found, "from-gone").kind is Kind.WARNING
    assert the_one(found, "menu.").kind is Kind.NOTE
    assert not [finding for finding in found if "PJSIP/1xx" in finding.text]


def test_site_file_that_fits_is_said_to_and_an_unchecked_one_is_not() -> None:
    known = [Endpoint("PJSIP/101", True), Endpoint("PJSIP/operator", True)]
    assert kinds(lines.judged_site(SITE, known, {"from-trunk": True})) == [Kind.OK]
    assert kinds(lines.judged_site(SITE, None, {"from-trunk": None})) == [Kind.NOTE]


def test_site_is_not_said_to_fit_below_a_fault_about_it() -> None:
    known = [Endpoint("PJSIP/101", True), Endpoint("PJSIP/operator", True)]
    elsewhere = lines.judged_lines([Line("PJSIP/operator", "from-office")], SITE)
    assert lines.judged_site(SITE, known, {}, elsewhere) == []
    absent = phones.judged_phones([Endpoint("PJSIP/101", False)], SITE)
    assert kinds(lines.judged_site(SITE, known, {}, absent)) == [Kind.OK]


def test_places_of_a_back_fill_are_looked_for_on_this_machine(tmp_path: Path) -> None:
    (tmp_path / "queue_log").write_text("")
    written = Places(
        queue_log=str(tmp_path / "queue_log"),
        cdr=f"sqlite:///{tmp_path}/absent.db?table=calls",
        cel="postgresql://reader@db/asterisk",
    )
    found = places.judged(written, timedelta(hours=1), NOON)
    assert the_one(found, "queue_log").kind is Kind.OK
    assert the_one(found, f"{tmp_path}/absent.db is not on this machine").kind is Kind.WARNING
    assert the_one(found, "is not asked").kind is Kind.NOTE
    assert the_one(found, "time_zone Europe/Stockholm").kind is Kind.OK
    assert places.judged(Places(), timedelta(hours=1), NOON) == []


@pytest.mark.parametrize(
    ("utc_offset", "kind", "words"),
    [
        (timedelta(hours=1), Kind.OK, "agrees"),
        (timedelta(0), Kind.WARNING, "UTC+0"),
        (None, Kind.NOTE, "not checked"),
    ],
)
def test_zone_of_the_records_is_held_against_the_pbx(
    utc_offset: timedelta | None, kind: Kind, words: str
) -> None:
    *_, zone = places.judged(Places(cdr="/nowhere/Master.csv"), utc_offset, NOON)
    assert zone.kind is kind
    assert words in zone.text


@pytest.mark.parametrize(
    ("found", "worst", "words"),
    [
        (OUTBOX, Kind.OK, "0 calls in it"),
        (Outbox(), Kind.NOTE, "not told"),
        (Outbox(installed=False), Kind.WARNING, "not installed"),
        (replace(OUTBOX, readable_version=False), Kind.FAULT, "another version"),
        (replace(OUTBOX, passing={"from-trunk": False}), Kind.WARNING, "go past it"),
        (replace(OUTBOX, passing={}), Kind.NOTE, "not told"),
        (replace(OUTBOX, may_read=False), Kind.FAULT, "can't be read"),
        (replace(OUTBOX, may_empty=False), Kind.WARNING, "not emptied"),
        (replace(OUTBOX, waiting=(NOON.timestamp() - 20,)), Kind.OK, "1 call in it"),
        (replace(OUTBOX, waiting=(NOON.timestamp() - 900,)), Kind.WARNING, "nobody takes"),
    ],
)
def test_outbox_is_judged_by_whether_calls_pass_and_leave_it(
    found: Outbox, worst: Kind, words: str
) -> None:
    findings = snippet.judged(found, NOON)
    order = list(Kind)
    assert max(findings, key=lambda finding: order.index(finding.kind)).kind is worst
    assert the_one(findings, words).kind is worst


def test_narrow_user_without_outbox_is_told_what_stays_unseen() -> None:
    found = blind_spots(Held.NO, Outbox(installed=False), may_call=True)
    assert set(kinds(found)) == {Kind.NOTE}
    texts = " ".join(finding.text for finding in found)
    for words in (
        "Without the class dialplan",
        "only a back-fill",
        "own voicemail",
        "writetimeout",
    ):
        assert words in texts


def test_full_user_with_outbox_is_told_only_what_nothing_cures() -> None:
    texts = " ".join(finding.text for finding in blind_spots(Held.YES, OUTBOX, may_call=True))
    assert "Without the class dialplan" not in texts
    assert "only a back-fill" not in texts
    assert "own voicemail" in texts


def test_long_list_of_names_is_cut_with_their_number() -> None:
    assert listed([str(number) for number in range(10)]) == "0, 1, 2, 3, 4, 5, 6, 7 and 2 more"
