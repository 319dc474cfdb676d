"""What several sources say of one call, as one call. Pure.

In: the same call as CEL, CDR and queue_log know it. Out: one `Call`. The one that knows most decides
(CEL sees bridges, CDR sees dialled phones, queue_log sees members); the others fill in what it lacks.
"""

from collections.abc import Sequence
from dataclasses import replace

from ringback.calls import Call, Outcome, Reason

_AFTER_A_QUEUE = (Reason.VOICEMAIL, Reason.AFTER_HOURS, Reason.ABANDONED_IN_IVR)


def merged(calls: Sequence[Call], left_queue: Reason | None = None) -> Call:
    """One call.

    Args:
        calls: At least one, the source that knows most first; all of one Uniqueid.
        left_queue: How queue_log says that the caller left the last queue.
    """
    knowing = next((call for call in calls if call.outcome is not None), calls[0])
    missed = knowing.outcome is Outcome.MISSED
    numbered = next((call for call in calls if call.caller_e164), calls[0])
    if hidden := [call for call in calls if call.withheld]:
        numbered = hidden[0]
    dialled = next((call for call in calls if call.did), calls[0])
    return replace(
        knowing,
        caller=numbered.caller,
        caller_e164=numbered.caller_e164,
        withheld=numbered.withheld,
        presentation_known=any(call.presentation_known for call in calls),
        did=dialled.did,
        did_e164=dialled.did_e164,
        reason=_reason(calls, left_queue) if missed else None,
        queues=max((call.queues for call in calls), key=len),
        rang=max((call.rang for call in calls), key=len),
        ended_by=next((call.ended_by for call in calls if call.ended_by), None),
    )


def _reason(calls: Sequence[Call], left_queue: Reason | None) -> Reason | None:
    told = [call.reason for call in calls if call.outcome is Outcome.MISSED and call.reason]
    if left_queue is Reason.ABANDONED_IN_QUEUE:
        return left_queue
    after = next((reason for reason in told if reason in _AFTER_A_QUEUE), None)
    return after or left_queue or (told[0] if told else None)
