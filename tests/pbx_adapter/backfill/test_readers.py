"""What each source says of one call of every kind, as Asterisk 22 and 16 wrote it down."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pbx_adapter.backfill.cel import Cel
from pbx_adapter.backfill.merging import merged
from pbx_adapter.backfill.queue_log import QueueLog
from pbx_adapter.backfill.records import Record
from ringback.calls import Call, EndedBy, Outcome, Reason
from ringback.errors import BadInput
from tests.pbx_adapter.backfill.recorded import (
    SITE,
    VERSIONS,
    calls_by_kind,
    fed,
    lines_of,
    made_in,
    reader_of,
    recorded,
)

REASONS = {
    "direct given up": Reason.NO_ANSWER,
    "direct busy": Reason.BUSY,
    "direct declined": Reason.BUSY,
    "direct unavailable": Reason.UNAVAILABLE,
    "group given up": Reason.NO_ANSWER,
    "queue given up": Reason.ABANDONED_IN_QUEUE,
    "local queue given up": Reason.ABANDONED_IN_QUEUE,
    "voicemail": Reason.VOICEMAIL,
    "menu given up": Reason.ABANDONED_IN_IVR,
    "closed": Reason.AFTER_HOURS,
    "given up though the PBX answered": Reason.NO_ANSWER,
    "queue timed out": Reason.QUEUE_TIMEOUT,
    "queue member's voicemail": Reason.VOICEMAIL,
    "queue nobody may join": Reason.QUEUE_EMPTY,
}
LESS_IN_CDR = {"direct declined": Reason.NO_ANSWER, "queue nobody may join": Reason.NO_ANSWER}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("source", ["cel", "cdr"])
def test_every_call_is_told_once_with_who_answered(version: str, source: str) -> None:
    calls = calls_by_kind(version, recorded(version, source))
    for one in made_in(version):
        call = calls.pop(one.kind)
        person = "101" if one.answered_by == "10?" else one.answered_by
        right = Outcome.ANSWERED if person else Outcome.MISSED
        assert (one.kind, call.outcome, call.answered_by) == (one.kind, right, person)
    assert calls == {}


@pytest.mark.parametrize("version", VERSIONS)
def test_cel_tells_why_calls_were_missed_and_what_was_dialled(version: str) -> None:
    calls = calls_by_kind(version, recorded(version, "cel"))
    assert {kind: call.reason for kind, call in calls.items() if call.reason} == REASONS
    for one in made_in(version):
        assert calls[one.kind].did == one.did
    assert calls["queue timed out, next answered"].queues == ("short", "second")
    assert calls["group answered"].rang == ("101", "102")
    assert calls["direct answered"].ended_by is EndedBy.CALLER


@pytest.mark.parametrize("version", VERSIONS)
def test_cdr_tells_why_calls_were_missed_as_far_as_it_can(version: str) -> None:
    calls = calls_by_kind(version, recorded(version, "cdr"))
    told = {kind: call.reason for kind, call in calls.items() if call.reason}
    assert told == REASONS | LESS_IN_CDR
    assert calls["group given up"].rang == ("101", "102")
    assert calls["queue timed out, next answered"].queues == ("short", "second")
    assert {call.did for call in calls.values()} == {None}  # unless a column is added for it


@pytest.mark.parametrize("version", VERSIONS)
def test_queue_log_tells_who_gave_up_and_leaves_open_what_it_cannot_know(version: str) -> None:
    calls = calls_by_kind(version, recorded(version, "queue_log"))
    assert {kind: call.outcome for kind, call in calls.items()} == {
        "queue answered": Outcome.ANSWERED,
        "queue given up": Outcome.MISSED,
        "local queue answered": None,  # a member that is no phone
        "local queue given up": Outcome.MISSED,
        "menu to queue answered": Outcome.ANSWERED,
        "queue timed out": None,  # the call may have gone on
        "queue timed out, next answered": Outcome.ANSWERED,
        "queue member's voicemail": None,
    }
    assert calls["queue given up"].reason is Reason.ABANDONED_IN_QUEUE
    answered = calls["queue timed out, next answered"]
    assert (answered.answered_by, answered.queues) == ("104", ("short", "second"))


@pytest.mark.parametrize("version", VERSIONS)
def test_sources_together_make_one_call_that_knows_what_each_knows(version: str) -> None:
    readers = [recorded(version, source) for source in ("cdr", "queue_log")]
    kinds = [calls_by_kind(version, reader) for reader in readers]
    for kind, call in kinds[0].items():
        both = [told[kind] for told in kinds if kind in told]
        log = readers[1]
        assert isinstance(log, QueueLog)
        whole = merged(both, log.left_for(call.uniqueid))
        assert whole.outcome is call.outcome
        assert whole.reason is (REASONS | LESS_IN_CDR).get(kind)
        if kind == "queue given up":
            assert whole.ended_by is EndedBy.CALLER


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("source", ["cel", "cdr", "queue_log"])
def test_times_are_those_of_the_call(version: str, source: str) -> None:
    precise = calls_by_kind(version, recorded(version, "cel"))
    for kind, call in calls_by_kind(version, recorded(version, source)).items():
        assert abs(call.start - precise[kind].start) < 1.1, kind
        assert abs(call.end - precise[kind].end) < 2.1 or kind == "queue timed out", kind


@pytest.mark.parametrize("source", ["cel", "cdr", "queue_log"])
def test_call_that_is_told_and_dropped_is_needed_no_more(source: str) -> None:
    reader = recorded("22", source)
    first = reader.held()
    assert first is not None
    for uniqueid in list(reader.ended()):
        reader.drop(uniqueid)
    assert reader.ended() == {}
    assert reader.held() is None


@pytest.mark.parametrize("source", ["cel", "cdr", "queue_log"])
@pytest.mark.parametrize(
    "line",
    ["", "\x00", "NOTHING", '"a","b"', "x|y|z", '"CHAN_START","soon"' + ',""' * 18, "," * 17],
)
def test_broken_line_is_refused_and_spoils_nothing(source: str, line: str) -> None:
    lines = lines_of("22", source)
    reader = fed(reader_of(source), lines[:8])
    with pytest.raises(BadInput):
        fed(reader, [line])
    whole = calls_by_kind("22", fed(reader, lines[8:]))
    assert whole == calls_by_kind("22", recorded("22", source))


WORD = st.sampled_from(
    [
        *("", "NONE", "-1", "9" * 400, "nan", "1795306700", "1795306700.5", "²", "{", "[]", '"'),
        *("0001-01-01 00:00:00", "9999-12-31 23:59:59", "PJSIP/101-1", "PJSIP/trunk-2"),
        *("Local/1;1", "Local/1;2", "Queue", "CHAN_START", "CHAN_END", "BRIDGE_ENTER", "HANGUP"),
        *("APP_START", "ABANDON", "CONNECT", "ENTERQUEUE", "ANSWERED", "1795306700.1"),
        '{"bridge_id": 1}',
    ]
) | st.text(max_size=8)
NAMES = (
    *("time", "callid", "queuename", "agent", "event", "data1", "data2", "start", "duration"),
    *("channel", "dstchannel", "lastapp", "disposition", "uniqueid", "linkedid", "eventtype"),
    *("eventtime", "channame", "appname", "appdata", "extra", "sequence", "src"),
)


@pytest.mark.parametrize("source", ["cel", "cdr", "queue_log"])
@given(rows=st.lists(st.dictionaries(st.sampled_from(NAMES), WORD, min_size=3), max_size=30))
@settings(max_examples=60, deadline=None)
def test_anything_is_refused_or_told_as_a_call_that_can_be_kept(
    source: str, rows: list[dict[str, str]]
) -> None:
    reader = reader_of(source)
    for number, row in enumerate(rows):
        with suppress(BadInput):
            reader.take(Record(number, str(number), row))
    for uniqueid in reader.ended():
        call = reader.call(uniqueid)
        if call is not None:
            datetime.fromtimestamp(call.start, UTC)
            datetime.fromtimestamp(call.end, UTC)
            assert merged([call]).uniqueid == uniqueid
    reader.drop_before(5e9)
    for uniqueid in list(reader.ended()):
        reader.drop(uniqueid)
    assert reader.held() is None


def test_cdr_without_uniqueid_says_what_to_set() -> None:
    short = ",".join(lines_of("22", "cdr")[0].split(",")[:16])
    with pytest.raises(BadInput, match="loguniqueid=yes"):
        fed(reader_of("cdr"), [short])


def test_call_that_goes_on_is_not_told_and_its_first_record_is_held() -> None:
    lines = lines_of("22", "cel")
    until = next(at for at, line in enumerate(lines) if line.startswith('"BRIDGE_ENTER"'))
    reader = fed(reader_of("cel"), lines[:until])
    held = reader.held()
    assert reader.ended() == {}
    assert held is not None
    assert held.number == 0


def test_caller_who_was_up_when_the_pbx_lost_power_is_told_after_hours() -> None:
    """Asterisk was killed: its channels never got a CHAN_END."""
    reader = fed(reader_of("cel"), lines_of("22", "cel")[:4])
    reader.drop_before(4_000_000_000)
    (uniqueid,) = reader.ended()
    call = reader.call(uniqueid)
    assert call is not None
    assert (call.caller, call.outcome) == ("0701740605", None)
    assert call.end - call.start < 1
    reader.drop(uniqueid)
    assert (reader.held(), reader.ended()) == (None, {})


def test_call_that_was_up_when_asterisk_started_is_over_and_its_end_unknown() -> None:
    line = "{}|1795306691.15|{}|NONE|{}"
    entered = line.format(1795306691, "kundtjanst", "ENTERQUEUE||0701740605|1")
    reader = fed(reader_of("queue_log"), [entered])
    assert reader.ended() == {}
    fed(reader, ["1795306800|NONE|NONE|NONE|QUEUESTART|"])
    call = reader.call(next(iter(reader.ended())))
    assert call is not None
    assert (call.caller, call.outcome, call.end) == ("0701740605", None, 1795306691)


def test_who_enters_a_queue_late_may_have_been_spoken_with_before() -> None:
    line = "{}|1795306691.15|kundtjanst|NONE|{}"
    entered = line.format(1795306811, "ENTERQUEUE||0701740605|1")
    reader = fed(reader_of("queue_log"), [entered, line.format(1795306841, "ABANDON|1|1|30")])
    call = reader.call("1795306691.15")
    assert call is not None
    assert call.outcome is None


RUNG = (  # phone 101 rings a customer, and hands the call on to a queue, where nobody answers
    '"","0846500400","0701740690","from-internal","","PJSIP/101-00000000","PJSIP/trunk-00000001",'
    '"Dial","PJSIP/0701740690@trunk,60","2026-11-22 01:54:35","2026-11-22 01:54:35",'
    '"2026-11-22 01:54:36",1,1,"ANSWERED","DOCUMENTATION","1795312475.0","","","1795312475.0",0',
    '"","0701740690","s","ext-queues","","PJSIP/trunk-00000001","PJSIP/101-00000002",'
    '"Queue","kundtjanst,t,,,20","2026-11-22 01:54:36","2026-11-22 01:54:36",'
    '"2026-11-22 01:54:39",2,2,"NO ANSWER","DOCUMENTATION","1795312475.1","","","1795312475.0",2',
)


@pytest.mark.parametrize("rows", [RUNG, RUNG[::-1]])
def test_line_that_the_company_dialled_is_a_leg_in_whatever_order_rows_come(
    rows: tuple[str, ...],
) -> None:
    reader = fed(reader_of("cdr"), rows)
    assert reader.is_leg("1795312475.1")


def test_line_whose_dialling_was_not_seen_is_not_told_as_missed() -> None:
    reader = fed(reader_of("cdr"), RUNG[1:])
    call = reader.call("1795312475.1")
    assert call is not None
    assert call.outcome is None


def test_caller_on_a_channel_named_as_one_that_was_dialled_is_told() -> None:
    """Names of channels begin anew when Asterisk starts."""
    later = RUNG[1].replace("01:54:3", "02:54:3").replace(',"1795312475.0"', ',""')
    reader = fed(reader_of("cdr"), [RUNG[0], later])
    assert not reader.is_leg("1795312475.1")


@pytest.mark.parametrize("day", [24, 25])  # 24: an hour like others
def test_call_over_the_end_of_summer_time_is_told_as_any_other(day: int) -> None:
    zone = ZoneInfo("Europe/Stockholm")
    right = calls_by_kind("22", recorded("22", "cel"))
    call = right["queue timed out, next answered"]
    back = datetime(2026, 10, day, 1, tzinfo=UTC).timestamp()  # 03:00 → 02:00
    shift_s = back - (call.start + call.end) / 2
    rows = [_in_local_time(line, shift_s, zone) for line in lines_of("22", "cel")]
    told = calls_by_kind("22", fed(Cel(SITE, zone), rows))
    assert {kind: one.outcome for kind, one in told.items()} == {
        kind: one.outcome for kind, one in right.items()
    }
    assert told["queue timed out, next answered"].wait_s == pytest.approx(call.wait_s, abs=0.1)


def _in_local_time(line: str, shift_s: float, zone: ZoneInfo) -> str:
    at = line.split('"')[3]
    local = datetime.fromtimestamp(float(at) + shift_s, zone).replace(tzinfo=None)
    return line.replace(at, local.isoformat(sep=" "), 1)


@pytest.mark.parametrize(
    ("source", "shown", "withheld", "known"),
    [
        (source, *one)
        for source in ("cel", "cdr")
        for one in (
            ("", False, False),
            ("of somebody else", False, False),
            ("ringback-pres=allowed_not_screened", False, True),
            ("ringback-pres=prohib_passed_screen", True, True),
        )
    ],
)
def test_number_is_known_to_be_hidden_or_not_only_where_our_dialplan_wrote_it(
    source: str, shown: str, withheld: bool, known: bool
) -> None:
    lines = lines_of("22", source)
    if source == "cel":
        marked = [
            line[: line.rindex('"","",') + 1] + shown + line[line.rindex('"","",') + 1 :]
            if '"","",' in line
            else line
            for line in lines
        ]
    else:
        marked = [line.replace('.0","",""', f'.0","{shown}",""') for line in lines]
    call = fed_call(source, marked)
    assert (call.withheld, call.presentation_known) == (withheld, known)
    assert call.caller_e164 == (None if withheld else "+46701740605")


def fed_call(source: str, lines: list[str]) -> Call:
    reader = fed(reader_of(source), lines)
    assert "1795307549.0" in reader.ended()
    call = reader.call("1795307549.0")
    assert call is not None
    return call


def test_rows_that_stand_in_the_wrong_order_are_told_by_their_times() -> None:
    """A busy phone's end behind its caller's, as channels write them side by side."""
    lines = lines_of("22", "cel")
    at = next(at for at, line in enumerate(lines) if '""hangupcause"":17' in line)
    late = [*lines[:at], *lines[at + 2 : at + 4], *lines[at : at + 2], *lines[at + 4 :]]
    calls = calls_by_kind("22", fed(reader_of("cel"), late))
    assert calls["direct busy"].reason is Reason.BUSY
    later = [line.replace("1795307553.986870", "1795307553.999999") for line in late]
    calls = calls_by_kind("22", fed(reader_of("cel"), later))
    assert calls["direct busy"].reason is Reason.BUSY


def test_caller_who_went_on_to_the_next_queue_is_not_told_yet() -> None:
    lines = lines_of("22", "queue_log")
    joined = next(at for at, line in enumerate(lines) if "|second|NONE|ENTERQUEUE" in line)
    callid = lines[joined].split("|")[1]
    assert callid in fed(reader_of("queue_log"), lines[:joined]).ended()
    assert callid not in fed(reader_of("queue_log"), lines[: joined + 1]).ended()


def test_callers_from_inside_are_no_customers() -> None:
    line = "1795306691|1795306691.15|kundtjanst|NONE|{}"
    reader = fed(
        reader_of("queue_log"),
        [line.format("ENTERQUEUE||101|1"), line.format("ABANDON|1|1|9")],
    )
    assert reader.call("1795306691.15") is None


def test_hidden_number_is_withheld_whichever_source_tells() -> None:
    anonymous = [line.replace("0701740613", "anonymous") for line in lines_of("22", "queue_log")]
    reader = fed(reader_of("queue_log"), anonymous)
    (call,) = [call for key in reader.ended() if (call := reader.call(key)) and call.withheld]
    assert (call.caller, call.caller_e164, call.outcome) == ("anonymous", None, Outcome.MISSED)


def test_cel_with_numbers_for_events_says_what_to_change() -> None:
    with pytest.raises(BadInput, match="ALTER TABLE cel"):
        fed(reader_of("cel"), [lines_of("22", "cel")[0].replace("CHAN_START", "1")])
