"""A real Asterisk in the part of somebody else's PBX: it forwards to us what nobody answered.

0846500420   phone 101 for 1 s, then us with Diversion: no-answer     0846500430   us by INFO
0846500421   us, two Diversions: the oldest is 0846500421, the latest says busy
0846500422   us, History-Info: 0846500422 with cause 486
0846500423   us, nothing told but To
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from pbx_adapter.link import Backoff, LinkKind, LinkState
from pbx_adapter.sip.account import SipAccount
from pbx_adapter.sip.listener import Pace, listen
from pbx_adapter.sip.registrar import Rhythm
from ringback.callbacks import CallbackRequest
from ringback.calls import Call
from ringback.errors import TryAgain
from tests.asterisk.install import Install
from tests.asterisk.office import HOST
from tests.asterisk.server import Asterisk
from tests.ports import sound_ports

SECRET = "only-for-tests"

_PJSIP = """
[ringback](!)
type = endpoint
transport = udp
context = from-internal
disallow = all
allow = alaw,ulaw
direct_media = no
rtp_symmetric = no
media_address = 127.0.0.1
bind_rtp_to_media_address = yes
send_pai = yes
send_rpid = no
trust_id_outbound = yes

[ringback-auth](!)
type = auth
auth_type = userpass
password = only-for-tests

[ringback-aor](!)
type = aor
max_contacts = 1
remove_existing = yes
minimum_expiration = 10
qualify_frequency = 1
qualify_timeout = 3.0

[900](ringback)
auth = 900
aors = 900
[900](ringback-auth)
username = 900
[900](ringback-aor)

[901](ringback)
auth = 901
aors = 901
dtmf_mode = info
[901](ringback-auth)
username = 901
[901](ringback-aor)

[902](ringback)
disallow = all
allow = gsm
auth = 902
aors = 902
[902](ringback-auth)
username = 902
[902](ringback-aor)
"""

_EXTENSIONS = r"""
[ext-did](+)
exten => 0846500420,1,Dial(PJSIP/101,1)
 same => n,Dial(PJSIP/900,60,b(forwarded^no-answer^1))
exten => 0846500421,1,Dial(PJSIP/900,60,b(forwarded^twice^1))
exten => 0846500422,1,Dial(PJSIP/900,60,b(forwarded^history^1))
exten => 0846500423,1,Dial(PJSIP/900,60)
exten => 0846500424,1,Dial(PJSIP/902,60)
exten => 0846500430,1,Dial(PJSIP/901,60,b(forwarded^by-info^1))

[forwarded]
exten => no-answer,1,Set(PJSIP_HEADER(add,Diversion)=<sip:0846500420@127.0.0.1>\;reason=no-answer\;counter=1)
 same => n,Return()
exten => twice,1,Set(PJSIP_HEADER(add,Diversion)=<sip:101@127.0.0.1>\;reason=user-busy)
 same => n,Set(PJSIP_HEADER(add,Diversion)="Växel" <sip:0846500421@127.0.0.1>\;reason=time-of-day)
 same => n,Return()
exten => history,1,Set(PJSIP_HEADER(add,History-Info)=<sip:0846500422@127.0.0.1?Reason=SIP%3Bcause%3D486>\;index=1)
 same => n,Set(PJSIP_HEADER(add,History-Info)=<sip:900@127.0.0.1\;cause=486>\;index=1.1)
 same => n,Return()
exten => by-info,1,Set(PJSIP_HEADER(add,Diversion)=<tel:+46-8-46500430>\;reason=unconditional)
 same => n,Return()
"""

EXTRA = {"pjsip_custom.conf": _PJSIP, "extensions_custom.conf": _EXTENSIONS}

BRISK = Pace(
    restart=Backoff(0.2, 1),
    rhythm=Rhythm(unreachable=Backoff(0.5, 1), refused=Backoff(60, 60), renew_s=2.0),
    sink=Backoff(0.1, 0.2),
    silence_s=30.0,  # a loaded machine starts a process slowly
    leave_s=20.0,
)


def foreign_pbx(install: Install) -> Asterisk:
    """The server, not yet started."""
    return Asterisk(install, EXTRA)


@dataclass
class Kept:
    """A sink in memory; `faults` makes it say TryAgain so many times first."""

    calls: list[Call] = field(default_factory=list)
    callbacks: list[CallbackRequest] = field(default_factory=list)
    states: list[LinkState] = field(default_factory=list)
    faults: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def keep_call(self, call: Call) -> None:
        if self.faults:
            self.faults -= 1
            async with self._changed:
                self._changed.notify_all()
            raise TryAgain("The database is away.")
        await self._keep(self.calls, call)

    async def keep_callback(self, request: CallbackRequest) -> None:
        await self._keep(self.callbacks, request)

    async def keep_link(self, state: LinkState) -> None:
        await self._keep(self.states, state)

    async def marks(self) -> Mapping[str, str]:
        return {}

    async def keep_mark(self, source: str, mark: str) -> None:
        raise AssertionError("the SIP way in has no marks")

    async def call(self, count: int = 1, within_s: float = 30.0) -> Call:
        """The newest call, once so many have come."""
        await self.until(lambda: len(self.calls) >= count, within_s)
        return self.calls[-1]

    async def state(self, kind: LinkKind, times: int = 1, within_s: float = 60.0) -> LinkState:
        """The newest state, once it is of this kind and was so often."""
        await self.until(
            lambda: (
                bool(self.states)
                and self.states[-1].kind is kind
                and sum(state.kind is kind for state in self.states) >= times
            ),
            within_s,
        )
        return self.states[-1]

    async def _keep(self, kept, value) -> None:  # type: ignore[no-untyped-def]
        async with self._changed:
            kept.append(value)
            self._changed.notify_all()

    async def until(self, true, within_s: float = 30.0) -> None:  # type: ignore[no-untyped-def]
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(true)
        except TimeoutError:
            raise TimeoutError(f"Did not come; the states were {self.states}.") from None


def account_at(pbx: Asterisk, **changes: object) -> SipAccount:
    """Our extension 900 there."""
    first = sound_ports(200)
    account = SipAccount(
        HOST, "900", SECRET, pbx.sip_port, expires_s=60, rtp_first=first, rtp_last=first + 199
    )
    return replace(account, **changes)  # type: ignore[arg-type]


@asynccontextmanager
async def listening(
    account: SipAccount, journal: Path, sink: Kept | None = None, pace: Pace = BRISK
) -> AsyncIterator[Kept]:
    """We, registered."""
    sink = sink or Kept()
    task = asyncio.create_task(listen(account, sink, journal, pace=pace))
    try:
        yield sink
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def sip_process() -> int:
    """The SIP process that we started."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            ours = f"PPid:\t{os.getpid()}\n" in (entry / "status").read_text()
            if ours and b"pbx_adapter.sip.process" in (entry / "cmdline").read_bytes():
                return int(entry.name)
        except OSError:
            continue  # it ended while we looked
    raise AssertionError("no SIP process runs")
