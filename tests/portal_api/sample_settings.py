"""The settings as the pages see them, with every state that looks different."""

from dataclasses import replace
from datetime import timedelta

from portal_api.settings import views as settings
from portal_api.settings.changes import LastChange
from portal_api.settings.menu import SETTINGS_PAGES
from portal_api.settings.sending_form import values_of
from ringback.policy import NumberRule, Situation
from ringback.templates import BUILT_IN, LANGUAGES
from ringback.texting import Texting
from tests.portal_api.sample_frame import ERIK, NOW, SHOP, shell

MADE = f"rb_{'0a1b2c3d' * 4}_{'made-up_' * 5}abc"


def preview(**changes: object) -> settings.Preview:
    whole = settings.Preview(
        text="Hej! Salong Saxofon här, vi kunde inte svara när du ringde. Inga fler sms: STOPP",
        encoding="gsm7",
        units=181,
        parts=2,
        cost_e4=1_280,
        part_e4=640,
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def editor(**changes: object) -> settings.EditorView:
    text = BUILT_IN[Situation.MISSED, "sv"]
    whole = settings.EditorView(
        situation="missed",
        language="sv",
        did="",
        queue="",
        text=text,
        built_in=text,
        preview=preview(),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def template_lines() -> dict[str, list[settings.TemplateLine]]:
    lines = {
        situation: [
            settings.TemplateLine(situation, language, BUILT_IN[situation, language], "/settings")
            for language in LANGUAGES
        ]
        for situation in dict.fromkeys(situation for situation, _ in BUILT_IN)
    }
    own = replace(lines[Situation.MISSED][0], changed_at=NOW, changed_by="Karin Holm")
    lines[Situation.MISSED].insert(1, replace(own, did=SHOP, queue="kundtjanst"))
    return lines  # type: ignore[return-value]


def sending(**changes: object) -> settings.SendingView:
    whole = settings.SendingView(
        values=values_of(Texting(), "sv"),
        spent=(
            settings.SpentLine("day", 123_500, 5_000_000),
            settings.SpentLine("month", 49_000_000, 50_000_000),
        ),
        countries=("Sverige",),
        notice="/i/0a1b2c3d",
        faults={},
        last=LastChange("Karin Holm", NOW),
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def numbers(**changes: object) -> settings.NumbersView:
    whole = settings.NumbersView(
        rule="excluded",
        tabs=tuple(settings.NumberTab(rule, 3 * at, not at) for at, rule in enumerate(NumberRule)),
        lines=(
            settings.NumberLine("n1", ERIK, "Leverantör av schampo", NOW),
            settings.NumberLine("n2", "070-174 06 22", "", NOW - timedelta(days=3)),
        ),
        opted_out=12,
        more="/settings/numbers?after=n2",
        values={},
        faults={},
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def keys(**changes: object) -> settings.ApiKeysView:
    whole = settings.ApiKeysView(
        lines=(
            settings.ApiKeyLine("k1", "kassan", NOW - timedelta(days=40), NOW),
            settings.ApiKeyLine("k2", "w" * 60, NOW, None),
        ),
        address="https://ring.example.com",
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def calendar_line(**changes: object) -> settings.CalendarLine:
    whole = settings.CalendarLine(
        "Ellen", "/settings/calendars/edit?resource=Ellen", True, True, "ok", read_at=NOW
    )
    return replace(whole, **changes)  # type: ignore[arg-type]


def calendar(**changes: object) -> tuple[str, dict[str, object]]:
    whole = settings.CalendarView(
        line=calendar_line(),
        feed=f"https://ring.example.com/calendar/{'made-up_' * 5}abc.ics",
        url="https://cloud.example.com/remote.php/dav/calendars/ellen/diary/",
        user="ellen",
    )
    view = replace(whole, **changes)  # type: ignore[arg-type]
    return "settings_calendar.html", set_up("/settings/calendars", calendar=view)


def set_up(path: str, **views_given: object) -> dict[str, object]:
    """What every page of the settings takes, and its own."""
    frame = shell("settings", live=None, path=path)
    return {"shell": frame, "pages": SETTINGS_PAGES, "done": "", **views_given}


def texts_editor(**changes: object) -> tuple[str, dict[str, object]]:
    languages = {"situations": tuple(Situation)[:5], "languages": LANGUAGES}
    return "settings_text.html", set_up(
        "/settings/texts/edit", editor=editor(**changes), **languages
    )


SETTINGS: dict[str, tuple[str, dict[str, object]]] = {
    "/settings/texts": (
        "settings_texts.html",
        set_up("/settings/texts", lines=template_lines())
        | {"done": "Saved. It holds from the next text on."},
    ),
    "/settings/texts/edit": texts_editor(
        template_id="t1",
        preview=preview(encoding="ucs2", odd=("😀",), typographic=("–", "”"), too_long=True),
    ),
    "/settings/texts/new": texts_editor(
        new=True,
        dids=(SHOP,),
        queues=("kundtjanst",),
        text="",
        preview=settings.Preview(""),
        faults=(("text", "Texten är tom."), ("did", "Numret är inget telefonnummer.")),
    ),
    "/settings/texts/plain": texts_editor(preview=preview(typographic=("–",)), did=SHOP),
    "/settings/sending": (
        "settings_sending.html",
        set_up("/settings/sending", sending=sending()),
    ),
    "/settings/sending-wrong": (
        "settings_sending.html",
        set_up(
            "/settings/sending",
            sending=sending(faults={"company_day_kr": "Skriv ett belopp.", "countries": "Fel."}),
        ),
    ),
    "/settings/api-keys": ("settings_api_keys.html", set_up("/settings/api-keys", keys=keys())),
    "/settings/api-keys-made": (
        "settings_api_keys.html",
        set_up("/settings/api-keys", keys=keys(made=MADE, name="kassan")),
    ),
    "/settings/api-keys-none": (
        "settings_api_keys.html",
        set_up("/settings/api-keys", keys=keys(lines=(), name="x" * 61, fault="Namnet är långt.")),
    ),
    "/settings/calendars": (
        "settings_calendars.html",
        set_up(
            "/settings/calendars",
            lines=(
                calendar_line(wrong="overlap", over=NOW + timedelta(days=1)),
                calendar_line(resource="Jonas", state="failing", wrong="password"),
                calendar_line(resource="M" * 60, connected=False, read_at=None),
                calendar_line(resource="Rum 2", has_feed=False, connected=False, read_at=None),
            ),
        ),
    ),
    "/settings/calendars-none": (
        "settings_calendars.html",
        set_up("/settings/calendars", lines=()),
    ),
    "/settings/calendars/edit": calendar(tried=""),
    "/settings/calendars/edit-wrong": calendar(
        line=calendar_line(state="failing", wrong="away"),
        tried="password",
        faults={"password": "Skriv lösenordet.", "url": "Skriv en adress."},
    ),
    "/settings/calendars/edit-new": calendar(
        line=calendar_line(has_feed=False, connected=False, read_at=None), feed="", url="", user=""
    ),
    "/settings/numbers": ("settings_numbers.html", set_up("/settings/numbers", numbers=numbers())),
    "/settings/numbers-asked": (
        "settings_numbers.html",
        set_up(
            "/settings/numbers",
            numbers=numbers(
                lines=(),
                more=None,
                values={"asked": ERIK, "number": "12"},
                faults={"number": "Det är inget telefonnummer."},
                asked=settings.Asked(ERIK, "caller", NOW),
            ),
        ),
    ),
}
"""Address → template and its views."""
