"""What will not be seen on this PBX, and why, in plain sentences. Pure.

In: what the other checks learnt. Out: notes; none of them is a fault.

Source: what Asterisk 16 and 22 really say, see `docs/asterisk.md`.
"""

from pbx_adapter.doctor.findings import Finding, note
from pbx_adapter.doctor.privileges import Held
from pbx_adapter.doctor.snippet import Outbox

CHECK = "not seen"


def blind_spots(dialplan: Held, outbox: Outbox, may_call: bool) -> list[Finding]:
    """What to expect of the list of calls.

    Args:
        dialplan: Whether the user reads the class dialplan.
        outbox: As it was found.
        may_call: Whether the user may make test calls.
    """
    findings = []
    if dialplan is not Held.YES:
        findings.append(
            note(
                CHECK,
                "Without the class dialplan a queue that was empty or timed out, and voicemail by its "
                "application, are not told apart: such calls are missed all the same, with a "
                "plainer reason.",
                "Add dialplan to read= if the reasons matter more than the traffic.",
            )
        )
    if not outbox.installed or not any(outbox.passing.values()):
        findings.append(
            note(
                CHECK,
                "Calls that begin and end while Ringback, its machine or the network is down send no "
                "event to anyone: without the outbox only a back-fill from queue_log, CDR or CEL "
                "finds them, with less known.",
                "Install the outbox; docs/asterisk.md says how.",
            )
        )
    else:
        findings.append(
            note(
                CHECK,
                "In the outbox, calls that reach people through FollowMe(), ConfBridge() or Page() "
                "alone look missed, and some queued calls stay open.",
                "Leave such numbers on the trunk's old context.",
            )
        )
    return [*findings, *_always(may_call)]


def _always(may_call: bool) -> list[Finding]:
    how = "--test-call" if may_call else "--listen 60 and a call from a mobile"
    return [
        note(
            CHECK,
            "A call forwarded to a mobile whose own voicemail answers looks exactly like a person "
            "who answers.",
            "Let the mobile confirm (FreePBX: Confirm Calls in Follow Me); nothing else cures it.",
        ),
        note(
            CHECK,
            "AMI does not show the settings writetimeout and eventfilter: a short time-out cuts the "
            "link under load, a filter can hide what is needed.",
            f"Set writetimeout = 5000 and no eventfilter for this user; {how} proves that the "
            "events pass.",
        ),
    ]
