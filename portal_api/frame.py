"""What surrounds every page of someone who is signed in: the menu by their role, the bar.

In: a request and its visitor. Out: `views.Shell`.
"""

from fastapi import Request

from portal_api.permissions import Permission, may
from portal_api.views import Page, Shell
from portal_api.visitors import Visitor, portal_of


def shell(
    request: Request, visitor: Visitor, page: Page, live: str | None = None, path: str = ""
) -> Shell:
    """The frame of a page; `path` where its own address can only be posted to."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Shell(
        page=page,
        company=visitor.company,
        person=visitor.name,
        path=path or request.url.path + query,
        csrf=visitor.csrf,
        live=live,
        theme=visitor.theme,
        shortcuts=visitor.shortcuts,
        phone=portal_of(request).phone is not None,
        settings=may(visitor, Permission.CHANGE_SETTINGS),
        callbacks=may(visitor, Permission.SEE_CALLBACKS),
    )
