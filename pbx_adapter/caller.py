"""What the events of the caller's own channel tell: the places, a callback order, a hidden number.

In: a call and a frame about its caller's channel. Out: the call's journey is carried on. Pure.
Part of the call tracker, beside `tracker`, which follows everybody else's channels.

Source: app_queue's events, QUEUESTATUS and DIALSTATUS; FreePBX's dialplan for CALLINGNUMPRES_SV.
"""

from collections.abc import Callable, Mapping

from pbx_adapter.frames import Frame
from pbx_adapter.opencall import OpenCall
from pbx_adapter.site import Site
from ringback.calls import EndedBy

_CALLBACK_MENU = "ringback-menu-"
"""Our own menus, one for each queue, in which a caller chooses when to be rung."""
_ANNOUNCEMENT = "app-announcement-"
"""FreePBX's contexts that say something and go on; sites write some down as their closed hours."""


def follow(call: OpenCall, frame: Frame, site: Site) -> None:
    """Takes in one frame about the caller's channel."""
    event = _ON.get(frame.get("Event", ""))
    if event is not None:
        event(call, frame)
    if leads_to_mailbox(frame, site):
        call.journey.mailbox()
    if "Context" in frame:
        _follow_context(call, frame["Context"], site)


def leads_to_mailbox(frame: Frame, site: Site) -> bool:
    """Whether the channel of this frame goes to voicemail.

    A narrow AMI user is not shown applications, but every event tells its channel's context.
    """
    return frame.get("Application") == "VoiceMail" or site.is_voicemail(frame.get("Context", ""))


def _follow_context(call: OpenCall, context: str, site: Site) -> None:
    # In a queue the context stays that of the Queue() call, until a digit leads to another one;
    # after the hang-up only the h extension's are seen.
    if context == call.context or call.journey.waiting or call.hung_up_by:
        return
    came_from, call.context = call.context, context
    if context.startswith(_CALLBACK_MENU):
        call.journey.callback_menu()
    elif site.is_menu(context):
        call.journey.menu()
    elif site.is_closed(context) and not _is_answer_to(came_from, context, site):
        call.journey.closed()


def _is_answer_to(came_from: str, context: str, site: Site) -> bool:
    """Whether an announcement is what a menu says of the caller's choice, and not about hours."""
    return site.is_menu(came_from) and context.startswith(_ANNOUNCEMENT)


def _queue_joined(call: OpenCall, frame: Frame) -> None:
    queue = frame.get("Queue", "")
    if not call.journey.waits_in(queue):  # a snapshot's QueueEntry may tell what is known
        call.journey.joined(queue)


def _queue_gave_up(call: OpenCall, _: Frame) -> None:
    call.journey.gave_up(by_caller=call.hung_up_by is EndedBy.CALLER)


def _queue_left(call: OpenCall, _: Frame) -> None:
    call.journey.left_queue()


def _application(call: OpenCall, frame: Frame) -> None:
    match frame.get("Application"):
        case "Queue":
            call.journey.asked_queue(frame.get("AppData", "").partition(",")[0])
        case "Busy":
            call.journey.refused_as_busy()


def _variable(call: OpenCall, frame: Frame) -> None:
    tells = _ON_VARIABLE.get(frame.get("Variable", "").lstrip("_"))
    if tells is not None:
        tells(call, frame.get("Value", ""))


def _dial_status(call: OpenCall, value: str) -> None:
    call.journey.dial_status(value)


def _queue_status(call: OpenCall, value: str) -> None:
    call.journey.queue_status(value)


def _presentation(call: OpenCall, value: str) -> None:
    call.withheld |= value.startswith("prohib")


_ON_VARIABLE: Mapping[str, Callable[[OpenCall, str], None]] = {
    "DIALSTATUS": _dial_status,
    "QUEUESTATUS": _queue_status,
    "CALLINGNUMPRES_SV": _presentation,  # FreePBX keeps the true one here
}
VARIABLES = frozenset(_ON_VARIABLE)
"""Of VarSet only these tell anything; the link leaves out the others."""


def _caller_id(call: OpenCall, frame: Frame) -> None:
    # The number is compared because forwarding puts the company's own on the caller's channel.
    if frame.get("CallerIDNum") == call.caller:
        call.withheld |= "Prohibited" in frame.get("CID-CallingPres", "")


def _user_event(call: OpenCall, frame: Frame) -> None:
    if frame.get("UserEvent") == "CallbackRequested":
        call.journey.callback_ordered = True


def _shown_again(call: OpenCall, frame: Frame) -> None:
    """In a snapshot; a queue may have been left while the link was away."""
    if frame.get("Application") != "Queue" or frame.get("BridgeId"):
        call.journey.left_queue()


_ON: Mapping[str, Callable[[OpenCall, Frame], None]] = {
    "QueueCallerJoin": _queue_joined,
    "QueueEntry": _queue_joined,
    "QueueCallerAbandon": _queue_gave_up,
    "QueueCallerLeave": _queue_left,
    "Newexten": _application,
    "VarSet": _variable,
    "NewCallerid": _caller_id,
    "UserEvent": _user_event,
    "CoreShowChannel": _shown_again,
}
