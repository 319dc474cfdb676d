"""Who may do what: one permission per route, named where the route stands.

In: a request. Out: the visitor, or an error that ends the request. `tests/portal_api` walks all
routes and fails on one that names no permission.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from fastapi import Depends, Request

from portal_api.visitors import Visitor, visitor_of
from ringback.errors import RingbackError


class NotSignedIn(RingbackError):
    """The visitor must sign in first."""


class NotAllowed(RingbackError):
    """The visitor's role does not include this."""


class Permission(StrEnum):
    """What a route lets one do."""

    PUBLIC = "public"  # also without signing in
    PROVIDER = "provider"  # proves itself by the webhook's secret
    ANYONE = "anyone"  # whoever is signed in
    SEE_CALLS = "see_calls"
    READ_CONVERSATIONS = "read_conversations"
    SEE_CALLBACKS = "see_callbacks"
    RING_BACK = "ring_back"  # staff queues, ring from the list, write notes, see what callers keyed
    SETTLE_CALLBACKS = "settle_callbacks"  # mark what a person was asked for as done
    ANSWER_CALLERS = "answer_callers"  # take a conversation over, and text the caller
    HAND_BACK_FOR_OTHERS = "hand_back_for_others"  # what somebody has who is not there
    READ_AI_LOG = "read_ai_log"  # all that an engine was given and said; others see the outcome
    SEE_BOOKINGS = "see_bookings"
    PLAY_CALLER = "play_caller"  # the simulated phone, in the demo
    CHANGE_SETTINGS = "change_settings"  # how, to whom and for how much texts are sent
    SEND_TEXTS = "send_texts"  # programs with an API key; no role of a person's
    ASK_CALLBACKS = "ask_callbacks"  # the same


_STAFF = frozenset(
    {
        Permission.ANYONE,
        Permission.SEE_CALLS,
        Permission.READ_CONVERSATIONS,
        Permission.SEE_CALLBACKS,
        Permission.RING_BACK,
        Permission.SETTLE_CALLBACKS,
        Permission.ANSWER_CALLERS,
        Permission.SEE_BOOKINGS,
        Permission.PLAY_CALLER,
    }
)

ROLES: dict[str, frozenset[Permission]] = {
    "handler": _STAFF,
    "supervisor": _STAFF | {Permission.HAND_BACK_FOR_OTHERS},
    "admin": _STAFF
    | {Permission.HAND_BACK_FOR_OTHERS, Permission.READ_AI_LOG, Permission.CHANGE_SETTINGS},
    "auditor": frozenset({Permission.ANYONE, Permission.READ_AI_LOG}),
    "operator": frozenset({Permission.ANYONE}),
}
"""What each role includes. An operator reads no message text."""

Check = Callable[[Request], Awaitable[Visitor | None]]


def may(visitor: Visitor, permission: Permission) -> bool:
    """Whether the visitor's role includes this."""
    return permission in ROLES.get(visitor.role, frozenset())


def needs(permission: Permission) -> Any:
    """The dependency of a route: gives the visitor, or refuses."""

    async def check(request: Request) -> Visitor | None:
        if permission in (Permission.PUBLIC, Permission.PROVIDER):
            return None
        visitor = await visitor_of(request)
        if visitor is None:
            raise NotSignedIn("Sign in to see this page.")
        if not may(visitor, permission):
            raise NotAllowed(f"Your role, {visitor.role}, does not include this page.")
        return visitor

    check.permission = permission  # type: ignore[attr-defined]
    return Depends(check)
