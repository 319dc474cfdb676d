"""Texts out, to an SMPP server that nobody here wrote; what arrives is read by its decoder."""

import asyncio
from dataclasses import replace

import pytest

from ringback.messages import (
    Accepted,
    AccountFault,
    MessageState,
    NotAccepted,
    Outbound,
    Rejected,
    Unknown,
    WebhookRequest,
)
from sms_gateway.provider import Connected
from tests.clock import FRIDAY_AT_TEN
from tests.sms_gateway.providers.smpp.conftest import CALLER, OURS, QUICK

THREE_PARTS = "Räksmörgås kostar 5 € [i dag] " * 12
THROTTLED, FULL, BAD_NUMBER, BAD_PASSWORD = 0x58, 0x14, 0x0B, 0x0E


async def test_a_swedish_text_arrives_as_it_was_written(smsc, at):
    text = "Hej! Räksmörgås 5 € {åäö ÅÄÖ é} @£$ ~^|\\[]"
    assert await at.send(text) == Accepted("1001", parts=1, cost_e4=None)
    (taken,) = smsc.taken()
    assert taken["text"] == text
    assert taken["source"] == [1, 1, OURS[1:]]
    assert taken["destination"] == [1, 1, CALLER[1:]]
    assert (taken["data_coding"], taken["esm_class"], taken["registered_delivery"]) == (0, 0, 1)


async def test_an_emoji_arrives_in_ucs_2(smsc, at):
    await at.send("Tid bokad 😀 漢")
    (taken,) = smsc.taken()
    assert (taken["text"], taken["data_coding"]) == ("Tid bokad 😀 漢", 8)


async def test_a_name_as_sender_is_told_apart_from_a_number(smsc, at):
    await at.send(sender="Salongen")
    assert smsc.taken()[0]["source"] == [5, 0, "Salongen"]


async def test_a_long_text_arrives_in_three_parts_with_one_reference(smsc, at):
    outcome = await at.send(THREE_PARTS)
    assert outcome == Accepted("1001", 3, None, ("1001", "1002", "1003"))
    taken = smsc.taken()
    assert "".join(part["text"] for part in taken) == THREE_PARTS
    headers = [bytes.fromhex(part["udh"][0]) for part in taken]
    assert [header[-2:] for header in headers] == [b"\3\1", b"\3\2", b"\3\3"]
    assert len({header[:3] for header in headers}) == 1
    await at.send(THREE_PARTS)
    assert bytes.fromhex(smsc.taken()[3]["udh"][0])[:3] != headers[0][:3]


@pytest.mark.parametrize("long", ["udh16", "sar", "payload"])
async def test_a_long_text_arrives_in_the_other_ways_too(smsc, start, long):
    at = await start(long=long)
    outcome = await at.send(THREE_PARTS + "😀")
    taken = smsc.taken()
    assert "".join(part["text"] for part in taken) == THREE_PARTS + "😀"
    assert len(taken) == (1 if long == "payload" else 6)
    assert outcome.parts == 6
    if long == "sar":
        assert [part["sar"][1:] for part in taken] == [[6, number] for number in range(1, 7)]


async def test_throttling_is_not_accepted_and_nobody_else_is_asked(smsc, at):
    await smsc.rule(statuses=[THROTTLED, FULL])
    for _ in range(2):
        outcome = await at.send()
        assert isinstance(outcome, NotAccepted)
        assert outcome.busy
    assert isinstance(await at.send(), Accepted)
    assert len(smsc.taken()) == 1


async def test_a_later_part_that_is_throttled_goes_again_and_the_others_do_not(smsc, at):
    await smsc.rule(statuses=[0, THROTTLED, FULL, 0, THROTTLED])
    outcome = await at.send(THREE_PARTS)
    in_order = sorted(smsc.taken(), key=lambda part: part["udh"])
    assert "".join(part["text"] for part in in_order) == THREE_PARTS
    ids = tuple(part["id"] for part in in_order)
    assert outcome == Accepted("1001", 3, None, ids)


async def test_a_later_part_that_is_throttled_for_ever_ends_as_partial(smsc, start):
    at = await start(timing=replace(QUICK, answer_s=2, send_s=3))
    await smsc.rule(statuses=[0, *[THROTTLED] * 99])
    outcome = await at.send(THREE_PARTS)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "partial"
    assert "1 of 3 parts" in outcome.reason


@pytest.mark.parametrize("status", [BAD_NUMBER, BAD_PASSWORD])
async def test_a_later_part_that_is_refused_ends_as_partial(smsc, at, status):
    await smsc.rule(statuses=[0, 0, status])
    outcome = await at.send(THREE_PARTS)
    assert isinstance(outcome, Rejected)
    assert outcome.code == "partial"
    assert len(smsc.taken()) == 2


async def test_a_refused_number_is_final_and_a_refused_account_is_not_the_texts_fault(smsc, at):
    await smsc.rule(statuses=[BAD_NUMBER, BAD_PASSWORD])
    assert await at.send() == Rejected(
        "ESME_RINVDSTADR (0x0b)",
        "The SMSC refused the text: the recipient's number can't be texted "
        "(ESME_RINVDSTADR (0x0b)).",
    )
    assert isinstance(await at.send(), AccountFault)


async def test_a_vendors_own_status_for_no_credit_stops_the_account(smsc, start):
    at = await start(account_statuses=(0x412,))
    await smsc.rule(statuses=[0x412, 0x413])
    assert isinstance(await at.send(), AccountFault)
    assert isinstance(await at.send(), Rejected)


async def test_no_answer_is_unknown_and_the_line_goes_on(smsc, start):
    at = await start(timing=replace(QUICK, answer_s=2))
    await smsc.rule(mute=True)
    assert isinstance(await at.send("first"), Unknown)
    await smsc.rule(mute=False)
    assert isinstance(await at.send("second"), Accepted)
    assert (await smsc.count())["sessions"] == 1
    assert [taken["text"] for taken in smsc.taken()] == ["first", "second"]


async def test_no_answer_to_later_parts_is_unknown(smsc, start):
    at = await start(timing=replace(QUICK, answer_s=3))
    await smsc.rule(hold=True)
    sending = asyncio.create_task(at.send(THREE_PARTS))
    await smsc.taken_count(1)
    await smsc.order("release")
    outcome = await sending
    assert isinstance(outcome, Unknown)
    assert "1 of 3" in outcome.reason
    assert len(smsc.taken()) == 3


async def test_an_answer_that_comes_after_all_is_told_as_a_receipt_with_our_token(smsc, start):
    at = await start(timing=replace(QUICK, answer_s=0.2))
    await smsc.rule(hold=True, statuses=[0, BAD_NUMBER])
    assert isinstance(await at.send(token="good"), Unknown)
    assert isinstance(await at.send(token="bad"), Unknown)
    await smsc.waiting_count(2)
    await smsc.order("release")
    await at.until(lambda: len(at.receipts) == 2)
    good, bad = at.receipts
    assert (good.token, good.provider_id, good.state) == ("good", "1001", MessageState.ACCEPTED)
    assert (bad.token, bad.provider_id, bad.state) == ("bad", None, MessageState.FAILED)


async def test_the_window_is_used_to_the_last_place_and_never_beyond(smsc, start):
    at = await start(window=7)
    await smsc.rule(hold=True)
    sending = [asyncio.create_task(at.send(str(number))) for number in range(20)]
    await smsc.taken_count(7)
    counted = await smsc.count()
    assert counted["waiting"] == counted["most_waiting"] == 7
    await smsc.rule(hold=False)
    await smsc.order("release")
    outcomes = await asyncio.gather(*sending)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    assert (await smsc.count())["most_waiting"] <= 7
    assert sorted(taken["text"] for taken in smsc.taken()) == sorted(map(str, range(20)))


async def test_a_place_in_the_window_that_never_comes_free_is_not_accepted(smsc, start):
    at = await start(window=1, timing=replace(QUICK, answer_s=1, send_s=1.3))
    await smsc.rule(hold=True)
    first = asyncio.create_task(at.send("first"))
    await smsc.taken_count(1)
    second = await at.send("second")
    assert isinstance(second, NotAccepted)
    assert second.busy
    assert isinstance(await first, Unknown)
    assert len(smsc.taken()) == 1


async def test_answers_in_another_order_reach_their_own_texts(smsc, at):
    await smsc.rule(hold=True)
    slow = asyncio.create_task(at.send("slow"))
    await smsc.taken_count(1)
    await smsc.rule(hold=False)
    quick = await at.send("quick")
    assert not slow.done()
    await smsc.order("release")
    assert (quick.provider_id, (await slow).provider_id) == ("1002", "1001")


async def test_an_smsc_that_has_forgotten_the_bind_is_bound_anew(smsc, at):
    line = at.smpp._line
    await smsc.rule(statuses=[0x04])
    assert isinstance(await at.send(), NotAccepted)
    assert isinstance(await at.send(), Accepted)
    assert at.smpp._line is not line


async def test_an_answer_without_an_id_is_accepted_all_the_same(smsc, at):
    await smsc.rule(ids="none")
    first, second = await at.send(), await at.send()
    assert first.provider_id.startswith("none-")
    assert first.provider_id != second.provider_id


async def test_a_sender_that_smpp_can_not_carry_is_rejected_without_asking(smsc, at):
    outcome = await at.send(sender="Frisör Åsa")
    assert isinstance(outcome, Rejected)
    assert outcome.code == "sender"
    assert smsc.taken() == []


async def test_smpp_has_no_look_up_and_no_webhooks(at):
    request = WebhookRequest("POST", "/x", {}, {}, {}, b"", "")
    assert isinstance(at.smpp, Connected)
    assert at.smpp.verify(request) is False
    assert at.smpp.parse_inbound(request) == at.smpp.parse_status(request) == []
    assert await at.smpp.lookup(Outbound("t", OURS, CALLER, "Hej"), FRIDAY_AT_TEN) is None
