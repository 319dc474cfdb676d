"""Receipts in the dialects of many SMSCs, and ids that are written in two ways."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringback.messages import MessageState
from sms_gateway.providers.smpp.pdu import Address, ShortMessage, Tag
from sms_gateway.providers.smpp.receipts import Ids, is_receipt, normal, read

ADDRESS = Address(1, 1, "46701740605")
STANDARD = (
    b"id:0123456789 sub:001 dlvrd:001 submit date:2611200959 done date:2611201000 "
    b"stat:DELIVRD err:000 text:Hej"
)
DELIVERED, FAILED, ACCEPTED = (
    MessageState.DELIVERED,
    MessageState.FAILED,
    MessageState.ACCEPTED,
)


def receipt(words: bytes, *tlvs: tuple[int, bytes], esm_class: int = 4, data_coding: int = 0):
    return ShortMessage(ADDRESS, ADDRESS, words, esm_class, data_coding, tlvs=tlvs)


@pytest.mark.parametrize(
    ("words", "message_id", "state", "code"),
    [
        (STANDARD, "0123456789", DELIVERED, "DELIVRD err:000"),
        (
            b"id:1a2B sub:1 dlvrd:1 submit date:261120095900 done date:261120100000 stat:UNDELIV err:27 Text:Hej",
            "1a2B",
            FAILED,
            "UNDELIV err:27",
        ),
        (b"id:7 stat:EXPIRED err:null text:", "7", FAILED, "EXPIRED err:null"),
        (b"id:7 stat:REJECTD err:0x0B", "7", FAILED, "REJECTD err:0x0B"),
        (b"id:7 sub:001 stat:ACCEPTD err:EC_01 text:x", "7", ACCEPTED, "ACCEPTD err:EC_01"),
        (b"ID: 00007 STAT: DELIVRD ERR: 000 TEXT:x", "00007", DELIVERED, "DELIVRD err:000"),
        (b"id:7 stat:DELIVERED err:0", "7", DELIVERED, "DELIVRD err:0"),
        (b"id:7 stat:ENROUTE", "7", ACCEPTED, "ENROUTE"),
        (b"id:7 stat:DELETED err:", "7", FAILED, "DELETED"),
        (b"id:7 stat:UNKNOWN err:000", "7", None, "UNKNOWN err:000"),
        (b"stat:DELIVRD id:3b08ca73-4244-4717-9e88 err:1", "3b08ca73-4244-4717-9e88", DELIVERED, "DELIVRD err:1"),
        (b"id:7 stat:DELIVRD err:000 text:\xd8\x3d\x00H\xff", "7", DELIVERED, "DELIVRD err:000"),
        ("id:7 stat:DELIVRD err:000".encode("utf-16-be"), "7", DELIVERED, "DELIVRD err:000"),
        (b"id:7 stat:DELIVRD text:my id:8 stat:UNDELIV", "7", DELIVERED, "DELIVRD"),
        (b"id:7 err:0 text:id:8 stat:UNDELIV", "7", None, "? err:0"),
        (b"id:a\x00b stat:DELIVRD err:\x01", "a", DELIVERED, "DELIVRD"),
        (b"", None, None, "?"),
        (b"nothing of use \x00\x01\xff", None, None, "?"),
        (b"id: stat: err:", None, None, "?"),
    ],
)  # fmt: skip
def test_a_receipt_is_read_field_by_field(words, message_id, state, code):
    report = read(receipt(words))
    assert (report.message_id, report.state, report.code) == (message_id, state, code)


def test_the_parameters_go_before_the_words():
    told = (Tag.RECEIPTED_MESSAGE_ID, b"abc\0"), (Tag.MESSAGE_STATE, b"\5")
    report = read(receipt(STANDARD, *told))
    assert (report.message_id, report.state) == ("abc", FAILED)


def test_parameters_alone_are_enough_and_make_a_receipt_of_it():
    told = (
        (Tag.RECEIPTED_MESSAGE_ID, b"abc"),
        (Tag.MESSAGE_STATE, b"\2"),
        (Tag.NETWORK_ERROR_CODE, b"\3\0\x1b"),
    )
    message = receipt(b"", *told, esm_class=0)
    assert is_receipt(message)
    assert read(message).code == "DELIVRD err:27"


def test_words_in_the_payload_are_read_too():
    report = read(receipt(b"", (Tag.MESSAGE_PAYLOAD, STANDARD)))
    assert (report.message_id, report.state) == ("0123456789", DELIVERED)


@pytest.mark.parametrize(
    ("stat", "state"), [("UNDELIV", ACCEPTED), ("ENROUTE", ACCEPTED), ("DELIVRD", DELIVERED)]
)
def test_an_intermediate_notification_is_no_final_failure(stat, state):
    told = read(receipt(f"id:7 stat:{stat} err:001".encode(), esm_class=0x20))
    assert (told.state, told.code) == (state, f"{stat} err:001")


@pytest.mark.parametrize(("esm_class", "yes"), [(0x04, True), (0x20, True), (0x44, True), (0, False), (0x40, False), (0x08, False)])  # fmt: skip
def test_the_class_tells_a_receipt_and_words_alone_do_not(esm_class, yes):
    assert is_receipt(receipt(STANDARD, esm_class=esm_class)) is yes


@pytest.mark.parametrize("digits", ["2611201000", "261120100000", "202611201000", "20261120100000"])
def test_the_time_is_taken_when_its_zone_is_known(digits):
    message = receipt(f"id:7 done date:{digits} stat:DELIVRD".encode())
    assert read(message, ZoneInfo("Europe/Stockholm")).at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert read(message).at is None


@pytest.mark.parametrize("digits", ["2613991000", "26112010001", "0000000000"])
def test_a_time_that_can_not_be_is_left_out(digits):
    message = receipt(f"id:7 done date:{digits} stat:DELIVRD".encode())
    report = read(message, ZoneInfo("Europe/Stockholm"))
    assert (report.message_id, report.state, report.at) == ("7", DELIVERED, None)


@given(st.binary(max_size=300), st.integers(0, 255), st.integers(0, 255))
def test_any_octets_are_read_as_some_receipt(words, esm_class, data_coding):
    message = receipt(words, (Tag.MESSAGE_STATE, words[:1]), esm_class=esm_class)
    read(message, ZoneInfo("Europe/Stockholm"))


@pytest.mark.parametrize(
    ("written", "answer", "told"),
    [
        ("auto", "0123456789", "123456789"),
        ("auto", "00B8BE19", "b8be19"),
        ("auto", "33E95179", "0870928761"),  # hexadecimal in the answer, ten digits in the receipt
        ("auto", "870928761", "33e95179"),
        ("auto", "a-B-c", "a-B-c"),
        ("same", "00B8BE19", "B8BE19"),
        ("hex-answer-decimal-receipt", "10", "0000000016"),
        ("decimal-answer-hex-receipt", "16", "10"),
    ],
)
def test_the_id_of_a_receipt_finds_the_text_of_the_answer(written, answer, told):
    ids = Ids(written)
    stored = ids.of_answer(answer)
    assert stored in ids.of_receipt(told)
    if written != "auto":
        assert ids.of_receipt(told) == (stored,)


def test_the_way_ids_are_written_is_learned_so_that_no_other_text_is_found_first():
    ids = Ids("auto")
    assert ids.of_receipt("16")[0] == "16"
    ids.of_answer("1F")  # answers are hexadecimal: 16 is the text with the answer 10, not 16
    assert ids.of_receipt("16")[0] == "10"
    ids.of_receipt("1f")  # receipts are, too
    assert ids.of_receipt("16")[0] == "16"


@given(st.text(max_size=80))
def test_any_id_has_a_form_and_readings(word):
    ids = Ids("auto")
    assert ids.of_answer(word) == normal(normal(word))
    assert normal(word) in ids.of_receipt(word)
