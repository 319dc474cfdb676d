"""Which contexts of the dialplan there are, by the cheapest way that the user may go.

In: an interview. Out: yes, no, or None when the user may not ask.

Source: `DIALPLAN_EXISTS(context)` by Getvar is one small answer (class call or reporting); ShowDialPlan
(config or reporting) sends the whole context, and says "Did not find context" as an error.
"""

import re

from pbx_adapter.doctor.interview import Interview
from pbx_adapter.frames import Frame

_PLAIN = re.compile(r"[\w.@+-]+")


async def exists(interview: Interview, context: str) -> bool | None:
    """Whether the dialplan has this context; raises as `Interview.ask`."""
    if not _PLAIN.fullmatch(context):
        return None
    told = await interview.value(f"DIALPLAN_EXISTS({context})")
    if told in ("0", "1"):
        return told == "1"
    if not interview.may("ShowDialPlan"):
        return None
    return bool(await interview.ask("ShowDialPlan", {"Context": context}))


async def steps(interview: Interview, context: str) -> list[Frame] | None:
    """The lines of one context; raises as `Interview.ask`."""
    if not interview.may("ShowDialPlan") or not _PLAIN.fullmatch(context):
        return None
    return await interview.items("ListDialplan", "ShowDialPlan", {"Context": context})
