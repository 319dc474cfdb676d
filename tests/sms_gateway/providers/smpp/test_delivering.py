"""What an SMPP server that nobody here wrote delivers: stored first, acknowledged then."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ringback.errors import BadInput, TryAgain
from ringback.messages import MessageState
from tests.sms_gateway.providers.smpp.conftest import CALLER, OURS, QUICK

OK, LATER, NEVER = 0, 0x64, 0x65
RECEIPT = 4  # esm_class
UDHI = 0x40


def part(number: int, words: bytes, total: int = 2, reference: int = 9) -> dict[str, object]:
    header = bytes((5, 0, 3, reference, total, number))
    return {"esm_class": UDHI, "data_coding": 0, "short_message_hex": (header + words).hex()}


def receipt(words: str) -> dict[str, object]:
    return {"esm_class": RECEIPT, "short_message_hex": words.encode().hex()}


async def test_a_text_is_handed_over_with_both_numbers_in_e164(smsc, at):
    assert await smsc.deliver(short_message="Ja tack, kl. 10 för 5 €", data_coding=0) == OK
    (text,) = at.texts
    assert (text.sender, text.recipient, text.text) == (CALLER, OURS, "Ja tack, kl. 10 för 5 €")
    assert text.provider == "smsc"


@pytest.mark.parametrize("data_coding", [0, 1, 3, 8])
async def test_a_text_is_read_in_the_coding_that_the_server_wrote_it_in(smsc, at, data_coding):
    words = "Räksmörgås" if data_coding != 8 else "Räksmörgås 😀"
    assert await smsc.deliver(short_message=words, data_coding=data_coding) == OK
    assert at.texts[0].text == words


async def test_a_text_in_the_payload_is_read(smsc, at):
    assert await smsc.deliver(message_payload="Hej " * 100, data_coding=0) == OK
    assert at.texts[0].text == "Hej " * 100


@pytest.mark.parametrize("esm_class", [0x08, 0x10, 0x18])
async def test_an_acknowledgement_of_the_other_end_is_no_callers_text(smsc, at, esm_class):
    assert await smsc.deliver(esm_class=esm_class, short_message_hex=b"id:1 read".hex()) == OK
    assert await smsc.deliver("text", short_message="Ja", data_coding=0) == OK
    assert [text.text for text in at.texts] == ["Ja"]
    assert at.receipts == []


async def test_the_same_words_twice_are_two_texts(smsc, at):
    for _ in range(2):
        await smsc.deliver(short_message="Ja", data_coding=0)
    assert len({text.provider_id for text in at.texts}) == 2


async def test_many_are_taken_at_once(smsc, at):
    gate, begun = asyncio.Event(), []

    async def wait(value: object) -> None:
        begun.append(value)
        await gate.wait()

    at.before = wait
    for number in range(50):
        await smsc.start_delivery(str(number), short_message=f"Text {number}", data_coding=0)
    await at.until(lambda: len(begun) == 50)
    gate.set()
    for number in range(50):
        assert (await smsc.event("delivered", tag=str(number)))["status"] == OK
    assert sorted(text.text for text in at.texts) == sorted(f"Text {n}" for n in range(50))


async def test_more_than_can_be_taken_at_once_is_to_come_again(smsc, at):
    gate = asyncio.Event()
    at.before = lambda _: gate.wait()
    for number in range(300):
        await smsc.start_delivery(str(number), short_message=f"Text {number}", data_coding=0)
    assert (await smsc.event("delivered", tag="299"))["status"] == LATER
    gate.set()
    assert (await smsc.event("delivered", tag="255"))["status"] == OK
    assert len(at.texts) == 256


async def test_nothing_is_acknowledged_before_it_is_stored(smsc, at):
    gate = asyncio.Event()
    at.before = lambda _: gate.wait()
    await smsc.start_delivery("text", short_message="Ja", data_coding=0)
    await smsc.start_delivery("receipt", **receipt("id:1 stat:DELIVRD"))
    await smsc.order("enquire")  # answered after those two, were they answered at once
    await smsc.event("enquire_link_resp")
    assert not [event for event in smsc.events if event["event"] == "delivered"]
    gate.set()
    assert (await smsc.event("delivered", tag="text"))["status"] == OK
    assert (await smsc.event("delivered", tag="receipt"))["status"] == OK


async def test_a_database_that_comes_back_is_waited_for(smsc, at):
    faults = [TryAgain("Not now.", after_s=0.1), ConnectionError("the database is away")]

    async def refuse(_: object) -> None:
        if faults:
            raise faults.pop()

    at.before = refuse
    assert await smsc.deliver(short_message="Ja", data_coding=0) == OK
    assert len(at.texts) == 1


async def test_what_can_not_be_stored_is_to_come_again_and_is_the_same_text_then(smsc, start):
    at = await start(timing=replace(QUICK, deliver_s=1))
    await smsc.event("bind")
    ids = set()

    async def refuse(value: object) -> None:
        ids.add(value.provider_id)  # type: ignore[attr-defined]
        if len(ids) == 1 and not at.receipts:
            raise TryAgain("Not now.", after_s=0.2)

    at.before = refuse
    assert await smsc.deliver(short_message="Ja", data_coding=0) == LATER
    assert await smsc.deliver("r", **receipt("id:1 stat:DELIVRD")) == OK
    assert await smsc.deliver("again", short_message="Ja", data_coding=0) == OK
    assert at.texts[0].provider_id in ids
    assert len(ids) == 2  # that of the text and that of the receipt


async def test_the_status_that_makes_an_smsc_deliver_again_can_be_chosen(smsc, start):
    at = await start(timing=replace(QUICK, deliver_s=0.1), later="ESME_RSYSERR")
    await smsc.event("bind")

    async def refuse(_: object) -> None:
        raise TryAgain("Not now.")

    at.before = refuse
    assert await smsc.deliver(short_message="Ja", data_coding=0) == 0x08


async def test_what_will_never_be_right_is_refused_for_good(smsc, at):
    async def refuse(_: object) -> None:
        raise BadInput("There is no such number.")

    at.before = refuse
    assert await smsc.deliver(short_message="Ja", data_coding=0) == NEVER


@pytest.mark.parametrize(
    ("fields", "provider_id", "state"),
    [
        (receipt("id:0001001 sub:001 dlvrd:001 submit date:2611200959 done date:2611201000 stat:DELIVRD err:000 text:Hej"), "1001", MessageState.DELIVERED),
        (receipt("id:1001 submit date:261120095900 done date:261120100000 stat:UNDELIV err:null Text:x"), "1001", MessageState.FAILED),
        (receipt("id:1001 stat:REJECTD err:E_42"), "1001", MessageState.FAILED),
        (receipt("id:3B9 stat:EXPIRED err:1"), "3b9", MessageState.FAILED),
        (receipt("id:1001 stat:ACCEPTD err:0"), "1001", MessageState.ACCEPTED),
        ({"esm_class": RECEIPT, "short_message_hex": b"id:1001 stat:DELIVRD text:\xd8\x3d\xff\x00".hex()}, "1001", MessageState.DELIVERED),
        ({"esm_class": RECEIPT, "data_coding": 8, "short_message_hex": "id:1001 stat:DELIVRD".encode("utf-16-be").hex()}, "1001", MessageState.DELIVERED),
        ({"esm_class": RECEIPT, "receipted_message_id": "1001", "message_state": 2}, "1001", MessageState.DELIVERED),
        ({"receipted_message_id": "00B8BE19", "message_state": 5, "network_error_code_hex": "03001b"}, "b8be19", MessageState.FAILED),
    ],
)  # fmt: skip
async def test_a_receipt_in_any_dialect_is_settled(smsc, at, fields, provider_id, state):
    assert await smsc.deliver(**fields) == OK
    (told,) = at.receipts
    assert (told.provider, told.token) == ("smsc", None)
    assert (told.provider_id, told.state) == (provider_id, state)
    assert at.texts == []


@pytest.mark.parametrize("words", ["", "stat:DELIVRD", "id:7 stat:UNKNOWN", "id:7", "\0\1ÿ"])
async def test_a_receipt_that_says_nothing_is_acknowledged_all_the_same(smsc, at, words):
    assert await smsc.deliver(**receipt(words)) == OK
    assert at.receipts == at.texts == []


async def test_hexadecimal_answers_and_decimal_receipts_meet(smsc, at):
    await smsc.rule(ids="hex")
    outcome = await at.send()
    await smsc.deliver(**receipt(f"id:{int(outcome.provider_id, 16):010} stat:DELIVRD"))
    (told,) = at.receipts
    assert outcome.provider_id in (told.provider_id, *told.other_ids)


async def test_receipts_that_come_with_the_answers_reach_every_part(smsc, at):
    await smsc.rule(receipts=True)
    outcome = await at.send("å" * 400)
    await at.until(lambda: len(at.receipts) == 3)
    assert {told.provider_id for told in at.receipts} == set(outcome.part_ids)


async def test_a_long_text_is_stored_whole_before_any_part_is_acknowledged(smsc, start):
    timing = replace(QUICK, part_s=1)
    at = await start(timing=timing)
    await smsc.event("bind")
    gate = asyncio.Event()
    at.before = lambda _: gate.wait()
    await smsc.start_delivery("two", **part(2, b"tack"))
    await smsc.start_delivery("one", **part(1, b"Ja "))
    await asyncio.sleep(1.5 * timing.part_s)  # longer than a lone part is kept
    assert not [event for event in smsc.events if event["event"] == "delivered"]
    gate.set()
    assert (await smsc.event("delivered", tag="one"))["status"] == OK
    assert (await smsc.event("delivered", tag="two"))["status"] == OK
    assert [text.text for text in at.texts] == ["Ja tack"]


async def test_an_smsc_that_gives_one_part_at_a_time_gets_its_answer(smsc, at):
    assert await smsc.deliver("one", **part(1, b"Ja ")) == OK
    assert at.texts == []
    assert await smsc.deliver("two", **part(2, b"tack")) == OK
    assert [text.text for text in at.texts] == ["Ja tack"]
    assert await smsc.deliver("again", **part(2, b"tack")) == OK
    assert len(at.texts) == 1


async def test_a_long_text_that_can_not_be_stored_is_stored_when_a_part_comes_again(smsc, start):
    at = await start(timing=replace(QUICK, deliver_s=1))
    await smsc.event("bind")
    seen = []

    async def refuse(value: object) -> None:
        seen.append(value.provider_id)  # type: ignore[attr-defined]
        if len(seen) == 1:
            raise TryAgain("Not now.", after_s=9)

    at.before = refuse
    await smsc.deliver("one", **part(1, b"Ja "))
    assert await smsc.deliver("two", **part(2, b"tack")) == LATER
    assert await smsc.deliver("again", **part(2, b"tack")) == OK
    assert [text.text for text in at.texts] == ["Ja tack"]
    assert seen[0] == seen[1]


async def test_a_second_text_with_the_reference_of_one_being_stored_is_another_text(smsc, at):
    gate, begun = asyncio.Event(), []

    async def wait(value: object) -> None:
        begun.append(value)
        await gate.wait()

    at.before = wait
    for number, words in ((1, b"first "), (2, b"one")):
        await smsc.start_delivery(f"first {number}", **part(number, words))
    await at.until(lambda: len(begun) == 1)
    for number, words in ((1, b"second "), (2, b"two")):
        await smsc.start_delivery(f"second {number}", **part(number, words))
    await at.until(lambda: len(begun) == 2)
    gate.set()
    for tag in ("first 1", "first 2", "second 1", "second 2"):
        assert (await smsc.event("delivered", tag=tag))["status"] == OK
    assert sorted(text.text for text in at.texts) == ["first one", "second two"]
    assert len({text.provider_id for text in at.texts}) == 2


async def test_a_part_that_comes_while_the_text_without_it_is_stored_is_not_lost(smsc, start):
    at = await start(timing=replace(QUICK, join_s=0.2))
    await smsc.event("bind")
    gate, begun = asyncio.Event(), asyncio.Event()

    async def wait(value: object) -> None:
        begun.set()
        await gate.wait()

    at.before = wait
    assert await smsc.deliver("one", **part(1, b"Ja ")) == OK
    at.clock.advance(seconds=1)
    await begun.wait()
    assert await smsc.deliver("two", **part(2, b"tack")) == OK
    gate.set()
    at.clock.advance(seconds=1)
    await at.until(lambda: len(at.texts) == 2)
    assert [text.text for text in at.texts] == ["Ja […]", "[…]tack"]


async def test_a_receipt_with_the_last_moment_there_is_is_settled_with_our_own_time(smsc, start):
    at = await start(zone="America/New_York")
    await smsc.event("bind")
    for done in ("99991231235959", "00010101000000"):
        assert await smsc.deliver(done, **receipt(f"id:7 done date:{done} stat:DELIVRD")) == OK
    assert at.receipts[0].at == at.clock.now()


async def test_what_nobody_foresaw_is_to_come_again(smsc, at):
    beginning = (at.clock.now() - datetime.min.replace(tzinfo=UTC)).total_seconds()
    at.clock.advance(-beginning)  # the first moment there is: reckoning back from it fails
    assert await smsc.deliver(short_message="Ja", data_coding=0) == LATER
    at.clock.advance(beginning)
    assert await smsc.deliver("again", short_message="Ja", data_coding=0) == OK
    assert [text.text for text in at.texts] == ["Ja"]


async def test_a_stop_hands_over_what_has_not_come_whole(smsc, at):
    await smsc.deliver("one", **part(1, b"Ja "))
    await at.stop()
    assert [text.text for text in at.texts] == ["Ja […]"]


async def test_a_stop_waits_for_what_is_being_stored_and_acknowledges_it(smsc, at):
    gate, begun = asyncio.Event(), asyncio.Event()

    async def wait(_: object) -> None:
        begun.set()
        await gate.wait()

    at.before = wait
    await smsc.start_delivery("under way", short_message="Ja", data_coding=0)
    await begun.wait()
    stopping = asyncio.create_task(at.stop())
    await at.until(lambda: not at.smpp._is_run)
    await smsc.start_delivery("too late", short_message="Nej", data_coding=0)
    assert (await smsc.event("delivered", tag="too late"))["status"] == LATER
    gate.set()
    assert (await smsc.event("delivered", tag="under way"))["status"] == OK
    await stopping
    assert [text.text for text in at.texts] == ["Ja"]


async def test_a_text_whose_acknowledgement_was_lost_is_the_same_text_on_the_next_line(smsc, at):
    gate = asyncio.Event()
    at.before = lambda _: gate.wait()
    await smsc.start_delivery(short_message="Ja", data_coding=0)
    await smsc.order("drop")
    await at.until(lambda: at.smpp._line is None)
    gate.set()
    await at.until(lambda: len(at.texts) == 1 and at.smpp._line is not None)
    assert await smsc.deliver("again", short_message="Ja", data_coding=0) == OK
    assert await smsc.deliver("new", short_message="Ja", data_coding=0) == OK
    first, again, new = (text.provider_id for text in at.texts)
    assert first == again != new
