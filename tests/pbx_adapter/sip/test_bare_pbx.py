"""What a PBX may send and Asterisk does not: lost, repeated, odd and hostile datagrams."""

import asyncio
import os
import re
import signal
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from pbx_adapter.link import LinkKind
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.messages import Message, tag_of
from ringback.calls import EndedBy, Reason
from tests.pbx_adapter.sip.bare_pbx import HOST, OFFER, BarePbx, bare_pbx, request
from tests.pbx_adapter.sip.foreign_pbx import Kept, listening, sip_process
from tests.ports import free_port

Line = tuple[BarePbx, Kept]
TO = "<sip:900@127.0.0.1>;tag={}"


@pytest.fixture
async def line(tmp_path: Path, short_prompts: Path) -> AsyncIterator[Line]:
    """A PBX at which we are registered, and what we keep."""
    async with bare_pbx() as pbx:
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts, max_call_s=20)
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UP)
            yield pbx, kept


async def answered(pbx: BarePbx, call: str, **more: object) -> Message:
    """Our 200 to a new call, acknowledged."""
    pbx.send(request("INVITE", call, body=OFFER, **more))  # type: ignore[arg-type]
    await pbx.hears("SIP/2.0 180")
    ok = await pbx.hears("SIP/2.0 200")
    pbx.send(request("ACK", call, to=TO.format(tag_of(ok.first("to")))))
    return ok


async def test_a_call_with_odd_headers_is_answered_and_read(line: Line) -> None:
    pbx, kept = line
    odd = b'f: "J\xf6rgen \xc5" <tel:+46-70-174-06-05>;tag=far'
    more = b"DIVERSION: <tel:+46-8-46500401>;reason=do-not-disturb\r\n"
    ok = await answered(pbx, "odd", sender=odd, more=more)
    assert b'"J\xf6rgen \xc5" <tel:+46-70-174-06-05>;tag=far' in ok.encoded()
    pbx.send(request("BYE", "odd", 2, to=TO.format(tag_of(ok.first("to")))))
    await pbx.hears("SIP/2.0 200")
    call = await kept.call()
    assert (call.caller_e164, call.did_e164) == ("+46701740605", "+46846500401")
    assert (call.reason, call.ended_by) == (Reason.BUSY, EndedBy.CALLER)


@pytest.mark.parametrize(
    ("kind", "body"),
    [("application/dtmf-relay", "Signal=1\r\nDuration=250\r\n"), ("application/dtmf", "1")],
)
async def test_a_digit_by_info_is_answered_and_taken(line: Line, kind: str, body: str) -> None:
    pbx, kept = line
    ok = await answered(pbx, "info")
    to = TO.format(tag_of(ok.first("to")))
    pbx.send(request("INFO", "info", 2, to=to, more=f"c: {kind}\r\n".encode(), body=body))
    assert (await pbx.hears("SIP/2.0 200")).first("cseq") == "2 INFO"
    bye = await pbx.hears("BYE ")
    assert bye.uri == "sip:pbx@127.0.0.1"
    assert (bye.first("from"), bye.first("to")) == (to, "<sip:0701740605@127.0.0.1>;tag=far")
    assert (await kept.call()).reason is Reason.CALLBACK_REQUESTED


async def test_an_invite_without_an_offer_gets_ours_and_sound_after_the_ack(line: Line) -> None:
    pbx, kept = line
    pbx.send(request("INVITE", "late"))
    ok = await pbx.hears("SIP/2.0 200")
    assert "RTP/AVP 8 0 101" in ok.body
    to = TO.format(tag_of(ok.first("to")))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((HOST, 0))
        ear.setblocking(False)
        sound = OFFER.replace("audio 9", f"audio {ear.getsockname()[1]}")
        pbx.send(request("ACK", "late", to=to, body=sound))
        async with asyncio.timeout(20):
            packet = await asyncio.get_running_loop().sock_recv(ear, 2048)
    assert (packet[0], packet[1] & 0x7F, len(packet)) == (0x80, 8, 172)
    pbx.send(request("BYE", "late", 2, to=to))
    assert (await kept.call()).ended_by is EndedBy.CALLER


async def test_sound_is_sent_in_the_codec_that_the_ack_chooses(line: Line) -> None:
    pbx, _ = line
    pbx.send(request("INVITE", "ulaw"))
    to = TO.format(tag_of((await pbx.hears("SIP/2.0 200")).first("to")))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind((HOST, 0))
        ear.setblocking(False)
        sound = OFFER.replace("audio 9 RTP/AVP 8", f"audio {ear.getsockname()[1]} RTP/AVP 0")
        pbx.send(request("ACK", "ulaw", to=to, body=sound))
        async with asyncio.timeout(20):
            packet = await asyncio.get_running_loop().sock_recv(ear, 2048)
    assert (packet[1] & 0x7F, len(packet)) == (0, 172)
    pbx.send(request("BYE", "ulaw", 2, to=to))
    assert (await pbx.hears("SIP/2.0 200")).first("cseq") == "2 BYE"


def press(ok: Message, host: str, key: int, at: int) -> None:
    """An RFC 4733 event from this address to where our 200 wants sound."""
    found = re.search(r"m=audio (\d+)", ok.body)
    assert found is not None
    head = struct.pack("!BBHII", 0x80, 0x80 | 101, 1, at, 6)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind((host, 0))
        phone.sendto(head + struct.pack("!BBH", key, 10, 160), (HOST, int(found[1])))


async def test_digits_of_strangers_do_not_count(line: Line) -> None:
    pbx, kept = line
    ok = await answered(pbx, "stranger")
    press(ok, "127.0.0.99", 1, at=5)
    press(ok, HOST, 7, at=6)  # heard after it, and passed over as it is not 1
    pbx.send(request("BYE", "stranger", 2, to=TO.format(tag_of(ok.first("to")))))
    assert (await kept.call()).reason is not Reason.CALLBACK_REQUESTED
    ok = await answered(pbx, "caller")
    press(ok, HOST, 1, at=5)
    await pbx.hears("BYE ")
    assert (await kept.call(2)).reason is Reason.CALLBACK_REQUESTED


async def test_calls_without_a_branch_are_told_apart(line: Line) -> None:
    pbx, kept = line
    for call in ("first", "second"):
        bare = request("INVITE", call, body=OFFER)
        pbx.send(re.sub(rb";branch=[^\r]*", b"", bare))
        ok = await pbx.hears("SIP/2.0 200")
        assert ok.call_id == call
        to = TO.format(tag_of(ok.first("to")))
        pbx.send(request("ACK", call, to=to))
        pbx.send(request("BYE", call, 2, to=to))
        assert (await pbx.hears("SIP/2.0 200")).method == "BYE"
    await kept.call(2)


async def test_a_process_that_was_killed_comes_back_with_its_port(
    tmp_path: Path, short_prompts: Path
) -> None:
    own = HOST, free_port()  # nobody else gets it while its process is away
    async with bare_pbx() as pbx:
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts, local_port=own[1])
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UP)
        account = replace(account, local_port=0)
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UP)
            assert pbx.address_of_ours == own
            os.kill(sip_process(), signal.SIGKILL)
            await kept.state(LinkKind.UP, times=2)
            assert pbx.address_of_ours == own


async def test_an_invite_without_an_offer_that_takes_none_of_ours_is_ended(line: Line) -> None:
    pbx, kept = line
    pbx.send(request("INVITE", "never"))
    to = TO.format(tag_of((await pbx.hears("SIP/2.0 200")).first("to")))
    pbx.send(request("ACK", "never", to=to, body=OFFER.replace("8 101", "18")))
    await pbx.hears("BYE ")
    assert (await kept.call()).ended_by is EndedBy.SYSTEM


async def test_an_answer_that_was_lost_is_sent_again_until_it_is_acknowledged(line: Line) -> None:
    pbx, _ = line
    pbx.send(request("INVITE", "lost", body=OFFER))
    first = await pbx.hears("SIP/2.0 200")
    again = await pbx.hears("SIP/2.0 200")
    assert again == first


async def test_an_invite_that_comes_again_is_the_same_call(line: Line) -> None:
    pbx, kept = line
    invite = request("INVITE", "twice", body=OFFER)
    pbx.send(invite)
    ringing = await pbx.hears("SIP/2.0 180")
    pbx.send(invite)
    assert await pbx.hears("SIP/2.0 180") == ringing
    pbx.send(request("CANCEL", "twice", branch="twiceINVITE1"))
    assert (await pbx.hears("SIP/2.0 200")).first("cseq") == "1 CANCEL"
    assert (await pbx.hears("SIP/2.0 487")).first("cseq") == "1 INVITE"
    assert (await kept.call()).ended_by is EndedBy.CALLER
    assert len(kept.calls) == 1


async def test_a_call_put_on_hold_and_moved_goes_on(line: Line) -> None:
    pbx, kept = line
    ok = await answered(pbx, "hold")
    to = TO.format(tag_of(ok.first("to")))
    held = OFFER.replace("c=IN IP4 127.0.0.1", "c=IN IP4 0.0.0.0")
    pbx.send(request("INVITE", "hold", 2, to=to, body=held))
    again = await pbx.hears("SIP/2.0 200")
    assert again.first("cseq") == "2 INVITE"
    assert again.body == ok.body  # the same port and codec
    pbx.send(request("ACK", "hold", 2, to=to))
    other = OFFER.replace("RTP/AVP 8 101", "RTP/AVP 18")
    pbx.send(request("INVITE", "hold", 3, to=to, body=other))
    assert (await pbx.hears("SIP/2.0 488")).first("cseq") == "3 INVITE"
    pbx.send(request("BYE", "hold", 4, to=to))
    assert (await pbx.hears("SIP/2.0 200")).first("cseq") == "4 BYE"
    assert (await kept.call()).ended_by is EndedBy.CALLER


UNSERVED = [
    (request("OPTIONS", "o"), "200"),
    (request("REFER", "r"), "405"),
    (request("SUBSCRIBE", "s"), "405"),
    (request("BYE", "b"), "481"),
    (request("CANCEL", "c"), "481"),
    (request("INFO", "i"), "481"),
    (request("INVITE", "t", to=TO.format("gone"), body=OFFER), "481"),
    (request("INVITE", "x", more=b"Require: 100rel\r\n", body=OFFER), "420"),
    (request("INVITE", "gsm", body=OFFER.replace("8 101", "3")), "488"),
]


async def test_what_we_do_not_do_is_said_so(line: Line) -> None:
    pbx, _ = line
    for datagram, status in UNSERVED:
        pbx.send(datagram)
        reply = await pbx.hears("SIP/2.0")
        assert reply.first_line.startswith(f"SIP/2.0 {status}"), datagram
        assert "OPTIONS" in reply.first("allow")
        if reply.method == "INVITE":
            pbx.send(request("ACK", reply.call_id, to=reply.first("to")))


async def test_noise_and_strangers_do_not_end_the_receiver(line: Line) -> None:
    pbx, kept = line
    whole = request("INVITE", "noise", body=OFFER)
    for noise in (b"", b"\x00\x00\x00\x00", b"\xff" * 2000, b"\r\n\r\n", b"INVITE", whole[:90]):
        pbx.send(noise)
    pbx.send_from("127.0.0.2", request("INVITE", "stranger", body=OFFER))
    pbx.send(request("OPTIONS", "still-there"))
    assert (await pbx.hears("SIP/2.0 200")).call_id == "still-there"
    assert pbx.heard.empty()
    assert kept.calls == []


async def test_a_call_without_end_is_ended_by_us(tmp_path: Path, short_prompts: Path) -> None:
    async with bare_pbx() as pbx:
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts, max_call_s=10)
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UP)
            ok = await answered(pbx, "endless")
            to = TO.format(tag_of(ok.first("to")))
            playing = asyncio.create_task(_plays_with_the_keys(pbx, to))
            await pbx.hears("BYE ")
            playing.cancel()
            call = await kept.call()
    assert call.ended_by is EndedBy.SYSTEM
    assert 9 < call.wait_s < 16


async def _plays_with_the_keys(pbx: BarePbx, to: str) -> None:
    more = b"Content-Type: application/dtmf\r\n"
    for cseq in range(2, 100):
        pbx.send(request("INFO", "endless", cseq, to=to, more=more, body="7"))
        await asyncio.sleep(0.3)


async def test_one_call_after_the_other_is_taken_with_few_ports(
    tmp_path: Path, short_prompts: Path
) -> None:
    async with bare_pbx() as pbx:
        first = free_port(in_a_row=5)
        few = {"rtp_first": first, "rtp_last": first + 4, "max_calls": 1}
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts, **few)  # type: ignore[arg-type]
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UP)
            for number in range(6):
                to = TO.format(tag_of((await answered(pbx, f"n{number}")).first("to")))
                pbx.send(request("BYE", f"n{number}", 2, to=to))
                await kept.call(number + 1)
    assert {call.ended_by for call in kept.calls} == {EndedBy.CALLER}


async def test_every_registration_is_one_dialog_and_another_start_another_one(
    tmp_path: Path, short_prompts: Path
) -> None:
    async with bare_pbx() as pbx:
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts)
        seen = []
        for _ in range(2):
            async with listening(account, tmp_path / "journal") as kept:
                await kept.state(LinkKind.UP)
                first, second = [await pbx.registers.get() for _ in range(2)]
            while not pbx.registers.empty():
                last = pbx.registers.get_nowait()
            assert first.call_id == second.call_id == last.call_id
            assert first.cseq < second.cseq < last.cseq
            assert last.first("expires") == "0"
            seen.append(first.call_id)
    assert seen[0] != seen[1]


async def test_a_pbx_that_does_not_answer_for_long_is_asked_until_it_does(
    tmp_path: Path, short_prompts: Path
) -> None:
    async with bare_pbx() as pbx:
        pbx.grants = False
        account = SipAccount(HOST, "900", "", pbx.port, prompts=short_prompts)
        async with listening(account, tmp_path / "journal") as kept:
            await kept.state(LinkKind.UNREACHABLE)
            pbx.grants = True
            await kept.state(LinkKind.UP)
    kinds = [state.kind for state in kept.states]
    assert kinds == [LinkKind.CONNECTING, LinkKind.UNREACHABLE, LinkKind.UP]


async def test_a_recording_of_the_wrong_kind_is_named_in_the_state(tmp_path: Path) -> None:
    (tmp_path / "thanks.wav").write_bytes(b"ID3 an mp3")
    async with bare_pbx() as pbx:
        account = SipAccount(HOST, "900", "", pbx.port, prompts=tmp_path)
        async with listening(account, tmp_path / "journal") as kept:
            state = await kept.state(LinkKind.UNREACHABLE)
    assert "thanks.wav is no PCM WAV file" in state.text


async def test_a_signal_meant_for_the_whole_program_leaves_the_end_to_us(line: Line) -> None:
    pbx, kept = line
    ok = await answered(pbx, "goes-on")
    os.kill(sip_process(), signal.SIGTERM)
    pbx.send(request("BYE", "goes-on", 2, to=TO.format(tag_of(ok.first("to")))))
    await pbx.hears("SIP/2.0 200")
    assert (await kept.call()).ended_by is EndedBy.CALLER
    assert LinkKind.LOST not in [state.kind for state in kept.states]
