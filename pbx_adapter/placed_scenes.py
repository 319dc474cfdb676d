"""A call that a PBX places: a phone rings, then the number behind it. Pure.

In: Originate, and how the call shall go. Out: its events, scene by scene, for `placed_calls`.

Source: what Asterisk 22 sent for such calls (recorded as `c2c_answered`, `c2c_customer_noanswer` and
`c2c_handler_no_answer`), without the events that say nothing new (VarSet, DialState, RTCP).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pbx_adapter.frames import Frame

HANDLER_RINGS_S, CUSTOMER_RINGS_S, GIVES_UP_S, TALK_S = 2.0, 3.0, 5.0, 8.0
_CALL = {"Privilege": "call,all"}
_STATES = {"0": "Down", "5": "Ringing", "6": "Up"}
_DOWN, _RINGING, _UP = _STATES
_CALLER_ID = re.compile(r'"?(?P<name>[^"<]*?)"? *<(?P<number>[^>]*)>')
_CAUSES = {"0": "Unknown", "16": "Normal Clearing"}


@dataclass(frozen=True, slots=True)
class Scene:
    """A stretch of a call.

    Attributes:
        begins: What is told at its beginning.
        lasts_s: Until the next one.
        cut: What is told when the PBX is asked to hang up meanwhile; then the call is over.
    """

    begins: Sequence[Frame]
    lasts_s: float = 0.0
    cut: Sequence[Frame] = ()


@dataclass(frozen=True, slots=True)
class _Leg:
    """A channel of the call; `caller` and `connected` are number and name."""

    channel: str
    uniqueid: str
    call: str
    context: str
    caller: tuple[str, str]
    connected: tuple[str, str]

    def told(self, event: str, state: str, **more: str) -> Frame:
        """An event of this channel."""
        return {"Event": event, **_CALL, **self.shown(state), **more}

    def shown(self, state: str, prefix: str = "") -> Frame:
        """The headers that tell of a channel, for a dialled one with the prefix `Dest`."""
        headers = {
            "Channel": self.channel,
            "ChannelState": state,
            "ChannelStateDesc": _STATES[state],
            "CallerIDNum": self.caller[0],
            "CallerIDName": self.caller[1],
            "ConnectedLineNum": self.connected[0],
            "ConnectedLineName": self.connected[1],
            "Language": "en",
            "AccountCode": "",
            "Context": self.context,
            "Exten": "s",
            "Priority": "1",
            "Uniqueid": self.uniqueid,
            "Linkedid": self.call,
        }
        return {f"{prefix}{name}": value for name, value in headers.items()}

    def gone(self, state: str, cause: str = "16") -> Frame:
        return self.told("Hangup", state, **{"Cause": cause, "Cause-txt": _CAUSES[cause]})

    def bridged(self, event: str, members: int) -> Frame:
        bridge = {
            "BridgeUniqueid": f"bridge-{self.call}",
            "BridgeType": "basic",
            "BridgeTechnology": "simple_bridge",
            "BridgeNumChannels": str(members),
        }
        return {"Event": event, **_CALL, **bridge, **self.shown(_UP)}


def scenes(action: Frame, trunk: str, number: int, *, answered: bool) -> Sequence[Scene]:
    """What happens after an Originate.

    Args:
        action: With `Channel`, `ChannelId` and `Exten`.
        trunk: By which endpoint the number is dialled: `PJSIP/trunk`.
        number: Of this call; channels of different calls are told apart by it.
        answered: Whether the customer answers.
    """
    handler, customer = _legs(action, trunk, number)
    return [
        _handler_rings(action, handler),
        _customer_rings(action, handler, customer, CUSTOMER_RINGS_S if answered else GIVES_UP_S),
        *(_talk(handler, customer) if answered else _no_answer(handler, customer)),
    ]


def _legs(action: Frame, trunk: str, number: int) -> tuple[_Leg, _Leg]:
    phone, uniqueid, dialled = action["Channel"], action["ChannelId"], action.get("Exten", "")
    told = _CALLER_ID.fullmatch(action.get("CallerID", ""))
    name, shown = (told["name"], told["number"]) if told else (dialled, phone.partition("/")[2])
    context = action.get("Context", "")
    handler = _Leg(
        f"{phone}-{2 * number:08x}", uniqueid, uniqueid, context, (shown, name), (name, name)
    )
    customer = _Leg(
        channel=f"{trunk}-{2 * number + 1:08x}",
        uniqueid=f"{uniqueid}.{number}",
        call=uniqueid,
        context="from-trunk",
        caller=(dialled, name),
        connected=handler.caller,
    )
    return handler, customer


def _handler_rings(action: Frame, handler: _Leg) -> Scene:
    dial = {"DialString": action["Channel"].partition("/")[2]}
    begins = [
        handler.told("Newchannel", _DOWN),
        {"Event": "DialBegin", **_CALL, **handler.shown(_DOWN, "Dest"), **dial},
        handler.told("Newstate", _RINGING),
    ]
    cut = [_originated(action, handler, "Failure", "3"), handler.gone(_RINGING)]
    return Scene(begins, HANDLER_RINGS_S, cut)


def _customer_rings(action: Frame, handler: _Leg, customer: _Leg, rings_s: float) -> Scene:
    picked_up = {**handler.shown(_UP, "Dest"), "DialStatus": "ANSWER"}
    dial = {"DialString": f"{action.get('Exten', '')}@{customer.channel.partition('/')[2]}"}
    begins = [
        handler.told("Newstate", _UP),
        {"Event": "DialEnd", **_CALL, **picked_up},
        _originated(action, handler, "Success", "4"),
        customer.told("Newchannel", _DOWN),
        handler.told("DialBegin", _UP, **customer.shown(_DOWN, "Dest"), **dial),
        customer.told("Newstate", _RINGING),
    ]
    return Scene(begins, rings_s, _dial_fails(handler, customer, "CANCEL"))


def _talk(handler: _Leg, customer: _Leg) -> Sequence[Scene]:
    begins = [
        customer.told("Newstate", _UP),
        _dial_end(handler, customer, _UP, "ANSWER"),
        customer.bridged("BridgeEnter", 1),
        handler.bridged("BridgeEnter", 2),
    ]
    parts = [
        handler.bridged("BridgeLeave", 1),
        customer.bridged("BridgeLeave", 0),
        handler.gone(_UP),
        customer.gone(_UP),
    ]
    handler_hangs_up = handler.told("HangupRequest", _UP, Cause="16")
    return [Scene(begins, TALK_S, parts), Scene([handler_hangs_up, *parts])]


def _no_answer(handler: _Leg, customer: _Leg) -> Sequence[Scene]:
    return [Scene(_dial_fails(handler, customer, "NOANSWER"))]


def _dial_fails(handler: _Leg, customer: _Leg, status: str) -> Sequence[Frame]:
    ends = _dial_end(handler, customer, _RINGING, status)
    return [ends, customer.gone(_RINGING, "0"), handler.gone(_UP)]


def _dial_end(handler: _Leg, customer: _Leg, state: str, status: str) -> Frame:
    return handler.told("DialEnd", _UP, **customer.shown(state, "Dest"), DialStatus=status)


def _originated(action: Frame, handler: _Leg, response: str, reason: str) -> Frame:
    return {
        "Event": "OriginateResponse",
        **_CALL,
        "ActionID": action.get("ActionID", ""),
        "Response": response,
        "Channel": handler.channel,
        "Reason": reason,
        "Uniqueid": handler.uniqueid,
    }
