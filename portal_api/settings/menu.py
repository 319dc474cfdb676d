"""The pages of the settings, in the order of their menu; a new page adds its line here."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from portal_api.permissions import Permission, needs
from portal_api.visitors import Visitor
from portal_api.wording import N_

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A page of the settings: its address, and its name as an English msgid."""

    address: str
    text: str


SETTINGS_PAGES = (
    SettingsPage("/settings/texts", N_("Text messages")),
    SettingsPage("/settings/sending", N_("When and how much")),
    SettingsPage("/settings/numbers", N_("Numbers")),
    SettingsPage("/settings/queues", N_("Callbacks")),
    SettingsPage("/settings/prompts", N_("Prompts")),
    SettingsPage("/settings/phones", N_("Phones")),
    SettingsPage("/settings/calendars", N_("Calendars")),
    SettingsPage("/settings/api-keys", N_("API keys")),
)

DONE = {
    "saved": N_("Saved. It holds from the next text on."),
    "reset": N_("The text of your own is gone; the one below it holds again."),
    "added": N_("The number is on the list. It holds from the next text on."),
    "removed": N_("The number is off the list."),
    "lifted": N_("The number gets texts again."),
    "feed": N_("The address is made. Copy it to the calendar program."),
    "calendar": N_("Saved. Bookings are written to the calendar from now on."),
    "calendar_off": N_("The calendar is no longer used."),
    "queue_added": N_(
        "The queue is added. Choose below what its callers may choose, and switch it on."
    ),
    "queue_saved": N_("Saved. It holds within seconds, for callers who wait already too."),
    "queue_install": N_(
        "Saved. Ask your installer to run `ringback asterisk install`: what callers hear or press has "
        "changed, and the switchboard has to be told."
    ),
    "queue_switched": N_("Switched. The switchboard is told within seconds."),
    "queue_removed": N_(
        "The queue is removed; its callbacks stay in the list until they have ended."
    ),
    "prompt_saved": N_(
        "Saved. Callers hear it when your installer has run `ringback asterisk install`."
    ),
    "prompt_removed": N_(
        "Removed. The built-in voice comes back when your installer has run `ringback asterisk install`."
    ),
    "phone_saved": N_("Saved. It rings there from the next callback on."),
    "ended": N_("The key is ended; programs with it are refused within ten seconds."),
}
"""What a page says after it was changed, by the code in its address."""


def done(request: Request) -> str:
    """What was just done, as an English msgid; "" when the address does not say."""
    return DONE.get(request.query_params.get("done", ""), "")


@router.get("/settings")
async def first(
    request: Request, visitor: Annotated[Visitor, needs(Permission.CHANGE_SETTINGS)]
) -> Response:
    """The first of the pages."""
    return RedirectResponse(SETTINGS_PAGES[0].address, 303)
