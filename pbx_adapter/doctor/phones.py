"""Which phones, lines and queues the PBX has, and whether the phones are registered.

In: an interview. Out: endpoints and queues, and findings from them and the site.

Source: PJSIPShowEndpoints needs write=system; DeviceStateList (call or reporting) says less and needs
res_manager_devicestate; SIPpeers is there where chan_sip is; QueueStatus is for every user. A
device that is UNAVAILABLE (a member with Status 5) is one that is not registered.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pbx_adapter.doctor.findings import Finding, counted, fault, listed, note, ok, warning
from pbx_adapter.doctor.interview import Interview
from pbx_adapter.site import TELEPHONE_TECHNOLOGIES, Role, Site

_UNAVAILABLE, _INVALID = "5", "4"  # AST_DEVICE_UNAVAILABLE, AST_DEVICE_INVALID


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A phone or a line.

    Attributes:
        name: With its technology: `PJSIP/101`.
        reachable: Registered, or known by address.
    """

    name: str
    reachable: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a queue: what the queue dials, the device that it watches, and its state."""

    interface: str
    device: str
    state: str

    @property
    def reachable(self) -> bool:
        """Whether the queue believes that it can be rung."""
        return self.state not in (_UNAVAILABLE, _INVALID)


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue as it is now."""

    name: str
    strategy: str
    members: tuple[Member, ...]


async def endpoints(interview: Interview) -> list[Endpoint] | None:
    """Phones and lines of all technologies that can be asked; None when none can.

    Raises:
        RingbackError: As `Interview.ask`.
    """
    found = list[Endpoint]()
    for frame in await interview.items("EndpointList", "PJSIPShowEndpoints"):
        reachable = frame.get("DeviceState", "") not in ("Unavailable", "Invalid")
        found.append(Endpoint(f"PJSIP/{frame.get('ObjectName', '')}", reachable))
    for frame in await interview.items("PeerEntry", "SIPpeers"):
        away = frame.get("IPaddress", "") in ("", "-none-")
        reachable = not away and not frame.get("Status", "").startswith("UNREACHABLE")
        found.append(Endpoint(f"SIP/{frame.get('ObjectName', '')}", reachable))
    if found or interview.may("PJSIPShowEndpoints"):
        return sorted(found, key=_by_name)
    if not interview.may("DeviceStateList"):
        return None
    for frame in await interview.items("DeviceStateChange", "DeviceStateList"):
        name = frame.get("Device", "")
        if name.partition("/")[0] in TELEPHONE_TECHNOLOGIES:
            found.append(Endpoint(name, frame.get("State") not in ("UNAVAILABLE", "INVALID")))
    return sorted(found, key=_by_name)


async def queues(interview: Interview) -> list[Queue]:
    """All queues with their members; raises as `Interview.ask`."""
    strategies = dict[str, str]()
    members = dict[str, list[Member]]()
    for frame in await interview.ask("QueueStatus"):
        name = frame.get("Queue", "")
        if frame.get("Event") == "QueueParams":
            strategies[name] = frame.get("Strategy", "")
        elif frame.get("Event") == "QueueMember":
            told = (frame.get(field, "") for field in ("Location", "StateInterface", "Status"))
            members.setdefault(name, []).append(Member(*told))
    return [
        Queue(name, strategy, tuple(members.get(name, ()))) for name, strategy in strategies.items()
    ]


def channel_of(phone: str, known: Sequence[Endpoint]) -> str:
    """What to dial for a phone as the installer names it: `101`, or `PJSIP/101` as it is."""
    if "/" in phone:
        return phone
    names = (endpoint.name for endpoint in known)
    return next((name for name in names if name.partition("/")[2] == phone), f"PJSIP/{phone}")


def is_member(channel: str, queues: Sequence[Queue]) -> bool:
    """Whether a queue watches this device."""
    return any(channel == member.device for queue in queues for member in queue.members)


def judged_phones(known: Sequence[Endpoint] | None, site: Site) -> list[Finding]:
    """The phones of the site, and those of them that can't ring."""
    if known is None:
        return [
            note(
                "phones",
                "Phones and lines can't be listed for this user.",
                "Add reporting (or system) to write= in manager.conf to have them checked.",
            )
        ]
    phones = [endpoint for endpoint in known if site.role_of(endpoint.name) is Role.PHONE]
    if not phones:
        seen = f" It has {listed([endpoint.name for endpoint in known])}." if known else ""
        return [
            fault(
                "phones",
                f"No endpoint of the PBX is a phone by the site file, so nobody can answer.{seen}",
                f"Correct phones= in the site file; now it is {listed(site.phones)}.",
            )
        ]
    absent = [phone.name for phone in phones if not phone.reachable]
    number = counted(len(phones), "phone")
    if not absent:
        return [ok("phones", f"{number}, all registered: {_names(phones)}.")]
    found = f"{number}: {_names(phones)}. Not registered: {listed(absent)}."
    if len(absent) == len(phones):
        return [warning("phones", found, "Nobody can be rung until a phone registers.")]
    return [note("phones", found)]


def judged_queues(found: Sequence[Queue], site: Site) -> list[Finding]:
    """The queues, and members whose phone is not known as one."""
    if not found:
        return [note("queues", "No queues.")]
    findings = []
    strange = set[str]()
    for queue in found:
        there = sum(member.reachable for member in queue.members)
        number = counted(len(queue.members), "member")
        text = f"{queue.name} ({queue.strategy}): {number}, {there} can be rung."
        findings.append((ok if there else note)("queues", text))
        strange |= {
            member.device
            for member in queue.members
            if member.device.partition("/")[0] in TELEPHONE_TECHNOLOGIES
            and site.role_of(member.device) is not Role.PHONE
        }
    if strange:
        findings.append(
            warning(
                "queues",
                f"Members that are no phones by the site file: {listed(sorted(strange))}.",
                "If people sit there, add them to phones= in the site file.",
            )
        )
    return findings


def _names(endpoints: Sequence[Endpoint]) -> str:
    return listed([endpoint.name for endpoint in endpoints])


def _by_name(endpoint: Endpoint) -> str:
    return endpoint.name
