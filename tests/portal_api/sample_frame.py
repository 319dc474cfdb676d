"""What all sample pages share: a moment, a zone, people, and the frame of a signed-in person."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from portal_api import views

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2026, 11, 20, 13, 5, tzinfo=UTC)
ANNA = "070-174 06 05"
ERIK = "070-174 06 11"
SHOP = "08-46 500 410"


def shell(page: views.Page = "missed", **changes: object) -> views.Shell:
    whole = views.Shell(
        page=page,
        company="Salong Saxofon",
        person="Karin Holm",
        path=f"/{page}",
        csrf="0" * 64,
        live="/events?topic=missed&after=7",
        phone=True,
        settings=True,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]
