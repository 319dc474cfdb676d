"""The line to an SMPP server that nobody here wrote: up, refused, silent, broken, and up again."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringback.messages import Accepted, AccountFault, NotAccepted, Outbound, Unknown
from sms_gateway.providers.smpp.pdu import LAST_SEQUENCE, RESPONSE, Command, Pdu, take
from sms_gateway.providers.smpp.provider import Smpp
from tests.clock import HandClock
from tests.mosquitto import _write_certificates
from tests.ports import free_port
from tests.smpp_server.server import SmppServer
from tests.sms_gateway.providers.smpp.conftest import QUICK, At, account_at

IMPATIENT = replace(QUICK, enquire_s=0.15)
WRONG_PASSWORD, ALREADY_BOUND = 0x0E, 0x05


@contextlib.asynccontextmanager
async def peer(greeting: bytes, *, stays: bool) -> AsyncIterator[int]:
    """A port where somebody answers who is no SMSC."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        if stays:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_the_bind_says_who_we_are_and_a_stop_says_good_bye(smsc, start):
    at = await start(system_type="VMS")
    bind = await smsc.event("bind")
    assert (bind["system_id"], bind["password"], bind["version"]) == ("ringback", "secret", 0x34)
    await at.until(lambda: at.smpp._line is not None)
    assert await at.smpp.check() is None
    await at.stop()
    await smsc.event("unbind")
    await smsc.event("closed")


async def test_a_wrong_password_is_told_in_plain_words_and_tried_again_slowly(smsc, start):
    await smsc.rule(bind_status=WRONG_PASSWORD)
    at = await start()
    await at.until_fault("password is wrong")
    assert isinstance(await at.send(), AccountFault)
    await smsc.rule(bind_status=0)
    await at.until(lambda: at.smpp._line is not None)
    assert isinstance(await at.send(), Accepted)


async def test_a_second_line_that_is_refused_is_no_fault_of_the_account(smsc, start):
    await smsc.rule(bind_status=ALREADY_BOUND)
    at = await start()
    await at.until_fault("another process holds the line")
    assert isinstance(await at.send(), NotAccepted)


async def test_nobody_at_the_port_is_not_accepted_and_found_when_he_comes(smsc, start):
    await smsc.stop()
    at = await start()
    await at.until_fault("can't be reached")
    assert isinstance(await at.send(), NotAccepted)
    await smsc.start()
    await at.until(lambda: at.smpp._line is not None)
    assert isinstance(await at.send(), Accepted)


@pytest.mark.parametrize(
    ("greeting", "stays", "words"),
    [
        (b"", True, "does not answer the bind"),
        (b"", False, "does not answer the bind"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", True, "does not answer the bind"),
    ],
)
async def test_somebody_else_at_the_port_is_told(start, greeting, stays, words):
    async with peer(greeting, stays=stays) as port:
        at = await start(port=port, timing=replace(QUICK, connect_s=0.3))
        await at.until_fault(words)
        assert isinstance(await at.send(), NotAccepted)
        await at.stop()


async def test_a_text_sent_while_the_line_is_being_opened_waits_for_it(smsc, start):
    at = await start()
    assert isinstance(await at.send(), Accepted)


async def test_a_text_where_no_line_is_run_is_not_accepted(smsc):
    smpp = Smpp(account_at(smsc.port), HandClock().now, QUICK)
    outcome = await smpp.send(Outbound("token", "+46846500400", "+46701740605", "Hej"))
    assert isinstance(outcome, NotAccepted)


async def test_a_check_without_a_line_tries_one(smsc):
    smpp = Smpp(account_at(smsc.port), HandClock().now, QUICK)
    assert await smpp.check() is None
    await smsc.event("unbind")
    await smsc.rule(bind_status=WRONG_PASSWORD)
    assert "password is wrong" in (await smpp.check() or "")
    nowhere = Smpp(account_at(free_port()), HandClock().now, QUICK)
    told = await nowhere.check() or ""
    assert "can't be reached: Connection refused." in told
    assert "Errno" not in told
    assert "line of its own" not in told


@pytest.mark.parametrize(("status", "held"), [(ALREADY_BOUND, True), (0x0D, True), (0x08, False)])
async def test_a_check_that_another_line_may_have_kept_out_says_so(smsc, status, held):
    await smsc.rule(bind_status=status)
    told = await Smpp(account_at(smsc.port), HandClock().now, QUICK).check() or ""
    assert ("line of its own" in told) is held


async def test_a_host_that_is_no_name_to_the_resolver_ends_nothing_and_is_told():
    account = account_at(2775)
    object.__setattr__(account, "host", "smsc..example")  # past what the account checks
    at = At(Smpp(account, HandClock().now, QUICK))
    assert "is no name" in (await at.smpp.check() or "")
    at.working = asyncio.create_task(at.smpp.run(at.receive, at.settle))
    await at.until_fault("is no name")
    assert isinstance(await at.send(), AccountFault)
    assert not at.working.done()
    await at.stop()


async def test_the_smscs_enquiries_are_answered(smsc, at):
    await smsc.order("enquire")
    await smsc.event("enquire_link_resp")


async def test_a_line_with_signs_of_life_is_kept(smsc, start):
    at = await start(timing=IMPATIENT)
    await at.until(lambda: at.smpp._line is not None)
    line = at.smpp._line
    proven = line.proven
    await at.until(lambda: line.proven > proven + 3)  # three enquiries were answered
    assert at.smpp._line is line


async def test_a_silent_smsc_is_left_and_a_text_under_way_is_unknown(smsc, start):
    at = await start(timing=replace(IMPATIENT, answer_s=5, send_s=9))
    await at.until(lambda: at.smpp._line is not None)
    await smsc.rule(deaf=True)
    assert isinstance(await at.send(), Unknown)
    await smsc.rule(deaf=False)
    await at.until(lambda: at.smpp._line is not None)
    assert isinstance(await at.send(), Accepted)
    assert len([event for event in smsc.events if event["event"] == "bind"]) >= 2


async def test_a_command_that_we_do_not_know_is_told_so_and_nothing_else_happens(smsc, at):
    await smsc.order("raw", hex=f"{20:08x}{0x0103:08x}{0:08x}{77:08x}deadbeef")
    nack = await smsc.event("generic_nack")
    assert (nack["status"], nack["sequence"]) == (3, 77)
    assert isinstance(await at.send(), Accepted)
    assert (await smsc.count())["sessions"] == 1


@pytest.mark.parametrize("garbage", ["00000003" + "00" * 16, "ff" * 40, b"HTTP/1.1 400 No".hex()])
async def test_garbage_ends_the_line_and_a_new_one_goes_on(smsc, at, garbage):
    line = at.smpp._line
    await smsc.order("raw", hex=garbage)
    await at.until(lambda: at.smpp._line not in (None, line))
    assert isinstance(await at.send(), Accepted)


@contextlib.asynccontextmanager
async def smsc_that(answers: Callable[[Pdu, asyncio.StreamWriter], Awaitable[None]]):
    """A provider on an SMSC that takes the bind and does this with all that comes."""
    serving = list[asyncio.Future[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        serving.append(over := asyncio.get_running_loop().create_future())
        buffer = bytearray()
        with contextlib.suppress(ConnectionError):
            while octets := await reader.read(65536):
                buffer += octets
                for pdu in take(buffer):
                    if pdu.command == Command.BIND_TRANSCEIVER:
                        writer.write(pdu.answer(0, b"\0").encode())
                    await answers(pdu, writer)
        writer.transport.abort()
        over.set_result(None)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        at = At(Smpp(account_at(server.sockets[0].getsockname()[1]), HandClock().now, QUICK))
        at.working = asyncio.create_task(at.smpp.run(at.receive, at.settle))
        try:
            await at.until(lambda: at.smpp._line is not None)
            yield at
        finally:
            await at.stop()
            await asyncio.gather(*serving)


async def test_an_answer_that_garbage_follows_is_heard():
    async def answers(pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        if pdu.command == Command.SUBMIT_SM:
            writer.write(pdu.answer(0, b"id1\0").encode() + b"\xff" * 20)

    async with smsc_that(answers) as at:
        outcome = await at.send()
        assert isinstance(outcome, Accepted)
        assert outcome.provider_id == "id1"


async def test_an_smsc_that_asks_for_ever_and_reads_nothing_does_not_fill_our_memory():
    refused = asyncio.Event()

    async def answers(pdu: Pdu, writer: asyncio.StreamWriter) -> None:
        if pdu.command != Command.BIND_TRANSCEIVER:
            return
        many = b"".join(Pdu(Command.ENQUIRE_LINK, 0, n).encode() for n in range(1, 4001))
        try:
            for _ in range(2000):  # 128 MB
                writer.write(many)
                async with asyncio.timeout(1):
                    await writer.drain()
        except (TimeoutError, ConnectionError):
            refused.set()

    async with smsc_that(answers) as at:
        transport = at.smpp._line._transport
        async with asyncio.timeout(20):
            await refused.wait()
        assert transport.get_write_buffer_size() < 2_000_000


async def test_an_answer_to_nothing_and_a_cut_delivery_harm_nobody(smsc, at):
    await smsc.order("raw", hex=f"{16:08x}{0x80000004:08x}{0:08x}{9999:08x}")
    await smsc.order("raw", hex=f"{19:08x}{0x00000005:08x}{0:08x}{5:08x}000101")
    await at.until(lambda: len(at.texts) == 1)  # an empty text from nobody is the inbox's to judge
    assert isinstance(await at.send(), Accepted)


async def test_an_smsc_that_says_good_bye_may_answer_first_and_is_called_again(smsc, at):
    await smsc.rule(hold=True)
    sending = asyncio.create_task(at.send("under way"))
    await smsc.taken_count(1)
    line = at.smpp._line
    await smsc.rule(hold=False)
    await smsc.order("unbind")  # it gives its answer when it has ours
    assert isinstance(await sending, Accepted)
    await at.until(lambda: at.smpp._line not in (None, line))
    await smsc.event("unbind_resp")
    assert isinstance(await at.send("on the next line"), Accepted)


async def test_a_line_that_breaks_leaves_what_was_written_unknown_and_the_rest_unsent(smsc, start):
    at = await start(window=5)
    await smsc.rule(hold=True)
    sending = [asyncio.create_task(at.send(str(number))) for number in range(12)]
    await smsc.taken_count(5)
    await smsc.stop(kill=True)
    outcomes = await asyncio.gather(*sending)
    assert [type(outcome) for outcome in outcomes].count(Unknown) == 5
    assert [type(outcome) for outcome in outcomes].count(NotAccepted) == 7
    unknown = {str(n) for n, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)}
    assert {taken["text"] for taken in smsc.taken()} == unknown


async def test_an_smsc_that_hangs_for_a_while_loses_and_doubles_nothing(smsc, start):
    at = await start(window=5, timing=replace(QUICK, answer_s=0.4, send_s=0.8))
    await smsc.event("bind")
    await at.until(lambda: at.smpp._line is not None)
    smsc.freeze()
    outcomes = await asyncio.gather(*(at.send(str(n), token=str(n)) for n in range(12)))
    smsc.thaw()
    unknown = {str(n) for n, outcome in enumerate(outcomes) if isinstance(outcome, Unknown)}
    not_accepted = {str(n) for n, one in enumerate(outcomes) if isinstance(one, NotAccepted)}
    assert len(unknown) + len(not_accepted) == 12
    assert len(unknown) >= 5
    await at.until(lambda: len(at.receipts) == len(unknown))  # each is told after all
    assert {told.token for told in at.receipts} == unknown
    assert sorted(taken["text"] for taken in smsc.taken()) == sorted(unknown)


@given(st.lists(st.binary(max_size=120), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
async def test_whatever_is_delivered_gets_an_answer(bodies):
    answered = set[int]()
    everything = asyncio.Event()

    async def smsc(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        while octets := await reader.read(65536):
            buffer += octets
            for pdu in take(buffer):
                if not pdu.is_response:
                    writer.write(pdu.answer(0, b"\0").encode())
                if pdu.command == Command.BIND_TRANSCEIVER:
                    for sequence, body in enumerate(bodies, start=1):
                        writer.write(Pdu(Command.DELIVER_SM, 0, sequence, body).encode())
                elif pdu.command == Command.DELIVER_SM | RESPONSE:
                    assert pdu.status == 0
                    answered.add(pdu.sequence)
                    if len(answered) == len(bodies):
                        everything.set()
        writer.close()

    server = await asyncio.start_server(smsc, "127.0.0.1", 0)
    async with server:
        timing = replace(QUICK, part_s=0.01)
        port = server.sockets[0].getsockname()[1]
        at = At(Smpp(account_at(port), HandClock().now, timing))
        at.working = asyncio.create_task(at.smpp.run(at.receive, at.settle))
        async with asyncio.timeout(30):
            await everything.wait()
        await at.stop()
        assert answered == set(range(1, len(bodies) + 1))


async def test_sequence_numbers_begin_anew_after_the_last(smsc, at):
    await smsc.rule(hold=True)
    at.smpp._line._sequence = 0
    first = asyncio.create_task(at.send())
    await smsc.taken_count(1)
    at.smpp._line._sequence = LAST_SEQUENCE - 1
    others = [asyncio.create_task(at.send()) for _ in range(2)]
    await smsc.taken_count(3)
    await smsc.order("release")
    assert {type(outcome) for outcome in await asyncio.gather(first, *others)} == {Accepted}
    # 1 is under way still, so it is passed over.
    assert [taken["sequence"] for taken in smsc.taken()] == [1, LAST_SEQUENCE, 2]


async def test_a_line_with_tls_is_checked_against_the_certificate(node_modules, tmp_path, start):
    _write_certificates(tmp_path)
    tls = (tmp_path / "broker.key", tmp_path / "broker.crt")
    async with SmppServer(node_modules, tmp_path, tls) as smsc:
        strangers = await start(port=smsc.port, tls=True)
        await strangers.until_fault("certificate")
        assert isinstance(await strangers.send(), AccountFault)
        ours = await start(port=smsc.port, tls=True, ca_file=str(tmp_path / "ca.crt"))
        assert isinstance(await ours.send("Hej 😀" * 30), Accepted)
        assert await smsc.deliver(short_message="Ja", data_coding=0) == 0
        await ours.stop()


async def test_a_file_of_certificates_that_is_not_there_is_told(start, tmp_path: Path):
    at = await start(port=free_port(), tls=True, ca_file=str(tmp_path / "none.crt"))
    await at.until_fault("none.crt")
