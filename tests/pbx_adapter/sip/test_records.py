"""What becomes of a call, and the journal that keeps it meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.journal import Journal
from pbx_adapter.sip.listener import next_line
from pbx_adapter.sip.messages import parsed
from pbx_adapter.sip.records import SipCall, begun, callback, finished
from pbx_adapter.sip.retransmit import Unsettled
from ringback.calls import Direction, EndedBy, Outcome, Reason
from ringback.errors import BadInput
from tests.pbx_adapter.sip.bare_pbx import request

AT_S = 1_795_000_000.0


def came(call_id: str = "call-1", more: bytes = b"") -> SipCall:
    diverted = b"Diversion: <sip:0846500401@pbx>;reason=user-busy\r\n"
    invite = parsed(request("INVITE", call_id, more=diverted + more))
    assert invite is not None
    return begun(invite, "900", AT_S)


def test_a_call_without_a_digit_is_missed_for_the_reason_of_its_diversion() -> None:
    call = finished(replace(came(), ended_s=AT_S + 9, ended_by=EndedBy.CALLER), "SE")
    assert (call.direction, call.outcome, call.reason) == (
        Direction.INBOUND,
        Outcome.MISSED,
        Reason.BUSY,
    )
    assert (call.caller_e164, call.did_e164) == ("+46701740605", "+46846500401")
    assert (call.start, call.end, call.wait_s, call.talk_s) == (AT_S, AT_S + 9, 9.0, 0.0)
    assert call.ended_by is EndedBy.CALLER


def test_a_digit_makes_a_callback_that_points_to_its_call() -> None:
    known = replace(came(), asked_s=AT_S + 4, ended_s=AT_S + 9)
    wish = callback(known, "SE")
    assert finished(known, "SE").reason is Reason.CALLBACK_REQUESTED
    assert wish is not None
    assert (wish.number, wish.call_uniqueid) == ("+46701740605", known.uniqueid)
    assert wish.asked_at == datetime.fromtimestamp(AT_S + 4, UTC)


def test_a_hidden_number_appears_nowhere_and_is_not_rung() -> None:
    known = replace(came(more=b"Privacy: id\r\n"), asked_s=AT_S, ended_s=AT_S)
    call = finished(known, "SE")
    assert (call.caller, call.caller_e164, call.withheld) == ("anonymous", None, True)
    assert callback(known, "SE") is None
    assert "0701740605" not in known.to_json()


def test_the_same_call_id_is_the_same_call_and_another_is_not() -> None:
    assert came("a").uniqueid == came("a").uniqueid != came("b").uniqueid


def test_a_call_cut_off_by_our_end_counts_until_its_last_known_moment() -> None:
    call = finished(replace(came(), asked_s=AT_S + 4), "SE")
    assert (call.end, call.ended_by) == (AT_S + 4, None)


def test_the_journal_keeps_the_latest_of_each_call_until_it_is_forgotten(tmp_path: Path) -> None:
    first, second = came("a"), came("b")
    journal = Journal(tmp_path / "new" / "journal")
    journal.write(first)
    journal.write(second)
    ended = replace(first, asked_s=AT_S, ended_s=AT_S + 1, ended_by=EndedBy.SYSTEM)
    journal.write(ended)
    again = Journal(tmp_path / "new" / "journal")
    assert {each.uniqueid: each for each in again.left_over()} == {
        first.uniqueid: ended,
        second.uniqueid: second,
    }
    again.forget(first.uniqueid)
    again.forget("../../etc/passwd")
    assert [*again.left_over()] == [second]


def test_a_file_torn_by_a_power_cut_is_set_aside(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.write(came("a"))
    (tmp_path / "sip-00.json").write_text('{"uniqueid": "sip-')
    assert [*journal.left_over()] == [came("a")]
    assert (tmp_path / "sip-00.unreadable").exists()


def test_what_nobody_settles_is_sent_ever_more_rarely_and_then_given_up() -> None:
    unsettled = Unsettled()
    unsettled.add("a", b"a", 0.0)
    sent = [tenth / 10 for tenth in range(1, 330) if unsettled.due(tenth / 10)]
    assert sent[:5] == [0.5, 1.5, 3.5, 7.5, 11.5]
    assert unsettled.given_up(31.9) == []
    assert unsettled.given_up(32.0) == ["a"]
    assert unsettled.due(99.0) == []


def test_what_is_settled_is_not_sent_again() -> None:
    unsettled = Unsettled()
    unsettled.add("a", b"a", 0.0)
    assert unsettled.settle("a")
    assert not unsettled.settle("a")
    assert unsettled.due(9.0) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"host": ""}, "host"),
        ({"host": "pbx\r\nX: y"}, "host"),
        ({"username": "9 00"}, "username"),
        ({"language": "de"}, "language"),
        ({"expires_s": 5}, "expires_s"),
        ({"port": 0}, "port"),
        ({"rtp_first": 20000, "rtp_last": 20010}, "rtp_last"),
        ({"max_call_s": 5}, "max_call_s"),
    ],
)
def test_a_wrong_setting_is_named(wrong: dict[str, object], field: str) -> None:
    with pytest.raises(BadInput) as told:
        SipAccount(**{"host": "pbx", "username": "900", "secret": "s", **wrong})  # type: ignore[arg-type]
    assert told.value.field == field


async def test_a_line_beyond_the_limit_is_passed_over_and_the_next_one_read() -> None:
    stream = asyncio.StreamReader(limit=100)
    stream.feed_data(b"x" * 300 + b"\n" + b'{"alive": 0}\n')
    stream.feed_eof()
    assert await next_line(stream) == b'{"alive": 0}\n'
    assert await next_line(stream) == b""


def test_the_port_is_known_to_the_next_journal_and_is_no_call(tmp_path: Path) -> None:
    assert Journal(tmp_path).port() == 0
    Journal(tmp_path).keep_port(5062)
    assert Journal(tmp_path).port() == 5062
    assert [*Journal(tmp_path).left_over()] == []
    (tmp_path / "port").write_bytes(b"\xff")
    assert Journal(tmp_path).port() == 0


def test_an_account_comes_through_the_pipe_whole_and_hides_its_secret() -> None:
    account = SipAccount(
        "pbx", "900", 'sec"ret å', peers=("192.0.2.1",), prompts=Path("own"), login="l"
    )
    assert SipAccount.from_json(account.to_json()) == account
    assert "ret" not in repr(account)
