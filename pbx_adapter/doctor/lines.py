"""The lines to the outside and where their calls arrive; the site file held against the PBX.

In: an interview, the endpoints, the site. Out: `Line` values, and findings from them.

Source: `PJSIP_ENDPOINT(name,context)` by Getvar is one small answer; PJSIPShowEndpoint and SIPshowpeer
(class system) tell the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pbx_adapter.doctor.contexts import exists
from pbx_adapter.doctor.findings import Finding, Kind, fault, listed, note, ok, warning
from pbx_adapter.doctor.interview import Interview
from pbx_adapter.doctor.phones import Endpoint
from pbx_adapter.site import Role, Site

_MOST_LINES = 30
_CONTEXTS = (
    "inbound_contexts",
    "ivr_contexts",
    "after_hours_contexts",
    "voicemail_contexts",
    "callback_context",
)
_PLAIN = re.compile(r"[\w.@+-]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A trunk; `context` is where its calls arrive, None when that is not told."""

    name: str
    context: str | None


async def lines(interview: Interview, known: Sequence[Endpoint], site: Site) -> list[Line]:
    """The endpoints that the site takes for lines, the first 30; raises as `Interview.ask`."""
    names = [one.name for one in known if site.role_of(one.name) is Role.LINE]
    return [Line(name, await _context(interview, name)) for name in names[:_MOST_LINES]]


async def _context(interview: Interview, line: str) -> str | None:
    technology, _, name = line.partition("/")
    if technology == "PJSIP" and _PLAIN.fullmatch(name):
        told = await interview.value(f"PJSIP_ENDPOINT({name},context)")
        if told:
            return told
    if technology == "PJSIP":
        shown = await interview.items("EndpointDetail", "PJSIPShowEndpoint", {"Endpoint": name})
        return shown[0].get("Context") if shown else None
    peer = await interview.ask("SIPshowpeer", {"Peer": name}) if technology == "SIP" else ()
    return peer[0].get("Context") if peer else None


async def site_contexts(interview: Interview, site: Site) -> dict[str, bool | None]:
    """The contexts that the site file names without a pattern, and whether the dialplan has them.

    Raises:
        RingbackError: As `Interview.ask`.
    """
    fields = site.model_dump(include=set(_CONTEXTS), exclude_unset=True).values()
    named = [name for field in fields for name in ((field,) if isinstance(field, str) else field)]
    plain = [name for name in named if name and "*" not in name]
    return {name: await exists(interview, name) for name in plain}


def judged_lines(found: Sequence[Line], site: Site) -> list[Finding]:
    """Whether the calls of each line arrive where the site says."""
    if not found:
        return [
            fault(
                "lines",
                "No endpoint of the PBX is a line by the site file, so no call comes from outside.",
                "Correct trunks= and phones= in the site file: what is no phone is a line, unless "
                "trunks= names the lines.",
            )
        ]
    told = [line for line in found if line.context is not None]
    if not told:
        names = listed([line.name for line in found])
        return [
            note("lines", f"Lines: {names}. Where their calls arrive is not told to this user.")
        ]
    inbound = [line for line in told if site.takes_calls(line.context or "")]
    findings = [
        ok("lines", f"Calls of {line.name} arrive in {line.context}, as the site says.")
        for line in inbound
    ]
    for line in told:
        if line not in inbound:
            findings.append(_elsewhere(line, nowhere=not inbound))
    return findings


def _elsewhere(line: Line, *, nowhere: bool) -> Finding:
    return (fault if nowhere else warning)(
        "lines",
        f"Calls of {line.name} arrive in {line.context}, which is none of inbound_contexts: they "
        "are not taken for calls from outside.",
        f"If it is a line, add {line.context!r} to inbound_contexts in the site file; if it is a "
        "phone, add it to phones.",
    )


def judged_site(
    site: Site,
    known: Sequence[Endpoint] | None,
    contexts: Mapping[str, bool | None],
    before: Sequence[Finding] = (),
) -> list[Finding]:
    """What the site file names and the PBX does not have.

    Args:
        site: With the file.
        known: The PBX's endpoints; None when they can't be asked.
        contexts: Of the site file, with whether the dialplan has them.
        before: What was found of phones, queues and lines: where that is amiss nothing fits.
    """
    names = [endpoint.name for endpoint in known or ()]
    patterns = [
        pattern
        for field in ("trunks", "phones")
        if known is not None and field in site.model_fields_set
        for pattern in getattr(site, field)
    ]
    idle = [pattern for pattern in patterns if not _matching(pattern, names)]
    absent = [name for name, there in contexts.items() if there is False]
    inbound = [name for name in absent if name in site.inbound_contexts]
    findings = []
    if idle:
        findings.append(
            warning(
                "site",
                f"The site file names endpoints that the PBX does not have: {listed(idle)}.",
                "Correct trunks= and phones=; `pjsip show endpoints` on the console lists them.",
            )
        )
    if inbound:
        findings.append(
            warning(
                "site",
                f"The site file names inbound contexts that the dialplan lacks: {listed(inbound)}.",
                "Correct inbound_contexts=; `dialplan show` on the console lists them.",
            )
        )
    others = [name for name in absent if name not in inbound]
    if others:
        text = f"Contexts of the site file that the dialplan lacks: {listed(others)}."
        findings.append(note("site", text, "Harmless where there is no such menu or mailbox."))
    if not findings and known is None and None in contexts.values():
        return [note("site", "The site file can't be checked: this user may not ask.")]
    amiss = any(
        finding.kind is Kind.FAULT or (finding.kind is Kind.WARNING and finding.check != "phones")
        for finding in before
    )
    return (
        findings if findings or amiss else [ok("site", "The site file and the PBX fit together.")]
    )


def _matching(pattern: str, names: Sequence[str]) -> bool:
    """Asked of the site itself, so that patterns mean the same here and there."""
    only = Site(phones=(pattern,))
    return any(only.role_of(name) is Role.PHONE for name in names)
