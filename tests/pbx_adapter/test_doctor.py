"""The doctor examines real servers, and peers that are no PBX or a sick one."""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from os import kill

import pytest
import pytest_asyncio

from pbx_adapter.ami_connection import AmiConnection, Limits
from pbx_adapter.ami_faults import NotPermitted, PbxAddress
from pbx_adapter.doctor import Finding, Kind, Wishes, examine
from pbx_adapter.frames import Frame
from pbx_adapter.player import AmiPlayer, Answer
from pbx_adapter.site import Site
from tests.asterisk.fixtures import OUTBOX, wanted
from tests.asterisk.install import WANTED
from tests.asterisk.office import AMI_NARROW_USER, AMI_SECRET, AMI_USER, HOST
from tests.asterisk.server import Asterisk
from tests.asterisk.sip import Caller, Phone
from tests.fakes import ami_server
from tests.fakes.ami_server import Peer, Script, address, scripted_ami
from tests.ports import free_port

RIGHTS = {
    "crippled": ("call", "call"),
    "recommended": ("system,call,agent,user,dialplan", "system,reporting"),
    "reporting-only": ("system,call,agent,user", "reporting"),
    "no-write": ("system,call,agent,user", ""),
    "no-agent": ("system,call,user", "system,reporting,originate,user"),
    "blind": ("system", "originate"),
    "mighty": ("all", "all"),
}
USERS = "".join(
    f"[{user}]\nsecret = {AMI_SECRET}\nread = {read}\nwrite = {write}\n"
    for user, (read, write) in RIGHTS.items()
)
FILTERED = (
    f"[filtered]\nsecret = {AMI_SECRET}\nread = all\nwrite = originate\n"
    "eventfilter = !Event: Newchannel\n"
)
FREEPBX = (
    "[app-blackhole]\nexten => hangup,1,Hangup()\n"
    "[from-trunk-past]\nexten => _X.,1,Goto(from-trunk,${EXTEN},1)\n"
)
SITE = Site(
    inbound_contexts=("from-trunk", "from-trunk-*"),
    trunks=("PJSIP/trunk",),
    phones=("PJSIP/1xx",),
)
QUIET = Wishes(listen_s=0)
SILENT_CALL = Wishes(test_call=True)
HURRY = Wishes(answer_timeout_s=0.3)
HASTY = Limits(connect_timeout_s=1.0)

Findings = list[Finding]


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WANTED, ids=str)
async def bare(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """The office with users of many rights, without the outbox."""
    async with Asterisk(
        wanted(request.param), {"manager_custom.conf": USERS + FILTERED}
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=WANTED, ids=str)
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Asterisk]:
    """The same with the outbox, contexts of FreePBX, and records of calls."""
    extra = {
        "manager_custom.conf": USERS,
        "extensions_custom.conf": OUTBOX.read_text() + FREEPBX,
        "pjsip_custom.conf": "[trunk](+type=endpoint)\ncontext = from-trunk-ringback\n",
        "modules_custom.conf": "load = cdr_csv.so\nload = res_manager_devicestate.so\n"
        "load = res_security_log.so\n",
        "cdr.conf": "[general]\nenable = yes\n",
        "logger.conf": "[logfiles]\nfull = notice,warning,error\nsecurity = security\n",
    }
    async with Asterisk(wanted(request.param), extra) as running:
        yield running


async def examined(
    asterisk: Asterisk, user: str, wishes: Wishes = QUIET, site: Site = SITE
) -> Findings:
    pbx = PbxAddress(HOST, asterisk.ami_port, user, AMI_SECRET)
    return await all_of(pbx, wishes, site)


async def all_of(
    pbx: PbxAddress, wishes: Wishes = QUIET, site: Site = SITE, limits: Limits | None = None
) -> Findings:
    async with asyncio.timeout(60), aclosing(examine(pbx, site, wishes, limits=limits)) as found:
        return [finding async for finding in found]


def faults(findings: Findings) -> Findings:
    return [finding for finding in findings if finding.kind is Kind.FAULT]


def told(findings: Findings, check: str) -> str:
    return " ".join(
        f"{finding.text} {finding.mend}" for finding in findings if finding.check == check
    )


async def can_be_rung(asterisk: Asterisk, extension: str) -> None:
    """The queue has heard of a phone that registered; it hears of it a little later."""
    async with asyncio.timeout(20):
        while not re.search(
            rf"PJSIP/{extension} .*Not in use", await asterisk.cli("queue show kundtjanst")
        ):
            await asyncio.sleep(0.05)


async def test_recommended_user_with_the_outbox_has_no_fault_and_no_warning(
    kept: Asterisk,
) -> None:
    async with Phone(kept, "101"):
        await can_be_rung(kept, "101")
        found = await examined(kept, "recommended")
    assert {one.kind for one in found if one.check != "privileges"} <= {Kind.OK, Kind.NOTE}
    assert "The user may write: reporting, system." in told(found, "privileges")
    assert f"Asterisk {kept.version}" in told(found, "server")
    assert "with the dialplan of FreePBX" in told(found, "server")
    assert "agree within 2 s. Its zone is UTC" in told(found, "clock")
    assert "5 phones: PJSIP/101" in told(found, "phones")
    assert "kundtjanst (ringall): 3 members, 1 can be rung" in told(found, "queues")
    assert "Calls of PJSIP/trunk arrive in from-trunk-ringback" in told(found, "lines")
    assert "from-trunk-ringback pass through it" in told(found, "outbox")
    assert "can be read and emptied; 0 calls" in told(found, "outbox")
    assert "records are loaded: cdr_csv" in told(found, "records")


async def test_outbox_that_is_missing_or_not_used_is_warned_of(
    bare: Asterisk, kept: Asterisk
) -> None:
    assert "The outbox is not installed" in told(await examined(bare, "recommended"), "outbox")
    trunk = kept.etc / "pjsip_custom.conf"
    before = trunk.read_text()
    trunk.write_text(before.replace("from-trunk-ringback", "from-trunk-past"))
    await kept.cli("module reload res_pjsip.so")
    try:
        found = await examined(kept, "recommended")
    finally:
        trunk.write_text(before)
        await kept.cli("module reload res_pjsip.so")
    assert "calls that arrive in from-trunk-past go past it" in told(found, "outbox")


async def test_call_that_nobody_takes_out_of_the_outbox_is_warned_of(kept: Asterisk) -> None:
    async with Caller(kept) as caller:
        leg = await caller.call("0846500409", "0701740605")
        await leg.ended()
    assert "1 call in it now" in told(await examined(kept, "recommended"), "outbox")
    await kept.cli("database deltree ringback")
    await kept.cli("database put ringback value/offer on")  # no call
    await kept.cli("database put ringback 1795288794.92 1|1795288794|1795288799|||||||||||")
    try:
        found = await examined(kept, "recommended")
    finally:
        await kept.cli("database deltree ringback")
    assert "1 call in the outbox, 1 of them for more than 5 minutes" in told(found, "outbox")


async def test_test_call_rings_nobody_and_proves_what_is_read(bare: Asterisk) -> None:
    async with Phone(bare, "101") as phone:
        await can_be_rung(bare, "101")  # else the queue tells of it while the doctor listens
        found = await examined(bare, AMI_USER, SILENT_CALL)
        assert phone.received == []
    assert "which rang nobody, was heard from beginning to end" in told(found, "events")
    assert "arrive: system, call, user, dialplan" in told(found, "privileges")


async def test_phone_of_a_queue_that_rings_proves_the_class_agent(bare: Asterisk) -> None:
    async with Phone(bare, "101") as phone:
        ringing = asyncio.create_task(phone.rung())
        examining = asyncio.create_task(examined(bare, AMI_NARROW_USER, Wishes(phone="101")))
        await (await ringing).decline("486 Busy Here")
        found = await examining
    assert "A test call to PJSIP/101 rang and was heard" in told(found, "events")
    assert "arrive: system, call, agent, user." in told(found, "privileges")
    assert "Without read=dialplan" in told(found, "privileges")


async def test_phone_that_is_picked_up_ends_the_test_call(bare: Asterisk) -> None:
    async with Phone(bare, "101") as phone:
        ringing = asyncio.create_task(phone.rung())
        examining = asyncio.create_task(examined(bare, "no-agent", Wishes(phone="101")))
        await (await ringing).answer()
        found = await examining
    assert "was answered and was heard from beginning to end" in told(found, "events")
    assert "Without read=agent queues are not seen" in " ".join(f.text for f in faults(found))


async def test_phone_that_is_not_registered_is_said_not_to_ring(bare: Asterisk) -> None:
    found = await examined(bare, AMI_USER, Wishes(phone="199"))
    assert "A test call to PJSIP/199 did not ring" in told(found, "events")


async def test_real_call_is_waited_for_and_heard(bare: Asterisk) -> None:
    async with Caller(bare) as caller:
        examining = asyncio.create_task(examined(bare, "recommended", Wishes(listen_s=30)))
        while not examining.done():
            leg = await caller.call("0846500409", "0701740605")
            await leg.ended()
            await asyncio.wait([examining], timeout=0.5)
        found = await examining
    assert "real calls among them" in told(found, "events")
    assert "call" in told(found, "privileges").partition("arrive:")[2].partition(".")[0]


async def test_user_who_reads_no_calls_is_a_fault(bare: Asterisk) -> None:
    texts = [finding.text for finding in faults(await examined(bare, "blind", SILENT_CALL))]
    assert "Without read=call no call is seen at all." in texts
    assert "A test call to nowhere was made and nothing of it was heard." in texts


async def test_event_filter_that_hides_new_channels_is_found(bare: Asterisk) -> None:
    found = await examined(bare, "filtered", SILENT_CALL)
    [hidden] = [one for one in faults(found) if one.check == "events"]
    assert "no Newchannel was heard" in hidden.text
    assert "eventfilter" in hidden.mend


async def test_mighty_user_is_warned_of(bare: Asterisk) -> None:
    found = await examined(bare, "mighty")
    mighty = [one for one in found if "too mighty" in one.text]
    assert [one.kind for one in mighty] == [Kind.WARNING, Kind.WARNING]


async def test_crippled_user_gets_plain_findings_and_nothing_is_refused(kept: Asterisk) -> None:
    """What the user may not do is not even tried: fail2ban reads Asterisk's security log."""
    log = kept.folder / "log" / "security"
    found = await examined(kept, "crippled")
    assert "Without read=system" in told(found, "privileges")
    assert "The outbox is installed and can't be read." in told(found, "outbox")
    assert f"Asterisk {kept.version}" in told(found, "server")
    connection = AmiConnection(PbxAddress(HOST, kept.ami_port, "crippled", AMI_SECRET))
    await connection.connect()
    with pytest.raises(NotPermitted):
        await connection.action("DBGetTree", {"Family": "ringback"})
    await connection.close()
    async with asyncio.timeout(20):
        while "RequestNotAllowed" not in log.read_text():
            await asyncio.sleep(0.02)
    assert log.read_text().count("RequestNotAllowed") == 1  # this one, none of the doctor's


async def test_user_without_write_still_learns_what_all_may_ask(bare: Asterisk) -> None:
    found = await examined(bare, "no-write")
    assert "does not tell this user its version" in told(found, "server")
    assert "agree within 2 s" in told(found, "clock")
    assert "kundtjanst" in told(found, "queues")
    assert "can't be checked" in told(found, "site")
    assert faults(found) == []


async def test_phones_are_listed_by_device_states_without_write_system(kept: Asterisk) -> None:
    async with Phone(kept, "102"):
        found = await examined(kept, "reporting-only")
    assert "PJSIP/101" in told(found, "phones")
    assert "PJSIP/102" not in told(found, "phones").partition("Not registered")[2]
    assert "Calls of PJSIP/trunk arrive in from-trunk-ringback" in told(found, "lines")


async def test_site_file_with_wrong_names_is_held_against_the_pbx(bare: Asterisk) -> None:
    wrong = Site(inbound_contexts=("from-away",), trunks=("PJSIP/away",), phones=("PJSIP/9xx",))
    found = await examined(bare, "recommended", site=wrong)
    assert "nobody can answer" in " ".join(one.text for one in faults(found))
    assert "PJSIP/away, PJSIP/9xx" in told(found, "site")
    assert "inbound contexts that the dialplan lacks: from-away" in told(found, "site")


async def test_trunk_in_a_context_that_the_site_lacks_is_a_fault(kept: Asterisk) -> None:
    found = await examined(kept, "recommended", site=Site(inbound_contexts=("from-trunk",)))
    [lost] = faults(found)
    assert "arrive in from-trunk-ringback, which is none of inbound_contexts" in lost.text


async def test_wrong_secret_is_one_clear_line(bare: Asterisk) -> None:
    [finding] = await all_of(PbxAddress(HOST, bare.ami_port, AMI_USER, "wrong"))
    assert (finding.kind, finding.check) == (Kind.FAULT, "login")
    assert "check username and secret" in finding.text


async def test_frozen_server_is_one_clear_line(bare: Asterisk) -> None:
    kill(bare.pid, signal.SIGSTOP)
    try:
        pbx = PbxAddress(HOST, bare.ami_port, AMI_USER, AMI_SECRET)
        [finding] = await all_of(pbx, limits=HASTY)
    finally:
        kill(bare.pid, signal.SIGCONT)
    assert finding.kind is Kind.FAULT
    assert "does not greet" in finding.text


async def test_tls_asked_of_a_port_without_it_is_one_clear_line(bare: Asterisk) -> None:
    pbx = PbxAddress(HOST, bare.ami_port, AMI_USER, AMI_SECRET, tls=True)
    [finding] = await all_of(pbx, limits=Limits(connect_timeout_s=3))
    assert finding.kind is Kind.FAULT
    assert "TLS" in finding.text or "does not answer" in finding.text


def one_frame(**headers: str) -> Answer:
    return lambda action: [{"Response": "Success", **headers}]


def a_list(*items: Frame) -> Answer:
    start, end = {"Response": "Success", "EventList": "start"}, {"EventList": "Complete"}
    return lambda action: [start, *items, {"Event": "ListComplete", **end}]


def peer(name: str, at: str, status: str = "Unmonitored") -> Frame:
    """As chan_sip tells it."""
    known = {"Event": "PeerEntry", "Channeltype": "SIP", "ChanObjectType": "peer"}
    return {**known, "ObjectName": name, "IPaddress": at, "Status": status}


async def test_phones_and_lines_of_chan_sip_are_found() -> None:
    peers = (
        peer("101", "192.0.2.5", "OK (5 ms)"),
        peer("102", "-none-", "UNKNOWN"),
        peer("103", "192.0.2.6", "UNREACHABLE"),
        peer("operator", "192.0.2.7"),
    )
    answers = {
        "ListCommands": one_frame(
            SIPpeers="List SIP peers (text format).  (Priv: system,reporting,all)",
            SIPshowpeer="show SIP peer (text format).  (Priv: system,reporting,all)",
            QueueStatus="Show queue status.  (Priv: <none>)",
            Ping="Keepalive command.  (Priv: <none>)",
        ),
        "SIPpeers": a_list(*peers),
        "SIPshowpeer": one_frame(ObjectName="operator", Context="from-trunk"),
        "QueueStatus": a_list(),
    }
    async with AmiPlayer("ringback", ami_server.SECRET, answers=answers) as pbx:
        found = await all_of(address(pbx.port), site=Site())
    assert "3 phones: SIP/101, SIP/102, SIP/103. Not registered: SIP/102, SIP/103." in told(
        found, "phones"
    )
    assert "Calls of SIP/operator arrive in from-trunk, as the site says." in told(found, "lines")


async def web_server(peer: Peer) -> None:
    peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")


async def falls_silent_after_login(peer: Peer) -> None:
    await peer.let_in(booted=True)
    peer.cut()


@pytest.mark.parametrize(
    ("script", "wishes", "check", "words"),
    [
        (web_server, Wishes(), "login", "is not Asterisk's manager"),
        (ami_server.falls_silent, HURRY, "answers", "did not answer ListCommands"),
        (falls_silent_after_login, Wishes(), "answers", "ended the connection"),
    ],
)
async def test_peer_that_is_no_sound_pbx_is_one_fault(
    script: Script, wishes: Wishes, check: str, words: str
) -> None:
    async with scripted_ami(script) as running:
        found = await all_of(address(running.port), wishes)
    [finding] = faults(found)
    assert finding.check == check
    assert words in finding.text


async def test_nobody_there_is_one_clear_line() -> None:
    [finding] = await all_of(address(free_port()))
    assert "Nobody answers at" in finding.text
