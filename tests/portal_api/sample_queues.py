"""The settings of queues, prompts and phones as the pages see them, with every state that looks different."""

from dataclasses import replace
from datetime import timedelta

from portal_api.callbacks.views import Choice
from portal_api.settings import prompt_views, queue_views
from portal_api.settings.changes import LastChange
from portal_api.settings.phones import PhoneLine, PhonesView
from portal_api.settings.prompt_views import PromptLine, PromptsView
from portal_api.settings.queue_form import values_of
from portal_api.settings.queue_views import (
    WHY,
    KnownQueue,
    PbxOption,
    QueueSetting,
    QueuesView,
    QueueView,
)
from ringback.queues import Rules
from tests.portal_api.sample_frame import NOW
from tests.portal_api.sample_settings import set_up

HOUR = timedelta(hours=1)
SUPPORT = QueueSetting("q1", "401", "Kim", "Växel", "when_long", True, "long_wait", NOW, 3)
PBXS = (PbxOption("p1", "Växel"), PbxOption("p2", "Butiken på Storgatan"))


def queues(**changes: object) -> tuple[str, dict[str, object]]:
    modes = ("off", "always", "when_long")
    lines = [
        replace(SUPPORT, id=f"q{at}", shown=f"Kö {at}", why=why, mode=modes[at % 3], offered=False)
        for at, why in enumerate(WHY, 2)
    ]
    whole = QueuesView(
        lines=(SUPPORT, *lines, replace(SUPPORT, id="q99", shown="w" * 80, waiting=1)),
        pbxs=PBXS,
        known=(KnownQueue("p1", "Växel", "kundtjanst"), KnownQueue("p2", "Butiken", "k" * 80)),
    )
    return "settings_queues.html", set_up("/settings/queues", words=queue_views) | {
        "queues": replace(whole, **changes)  # type: ignore[arg-type]
    }


def queue(**changes: object) -> tuple[str, dict[str, object]]:
    whole = QueueView(
        line=SUPPORT,
        values={"label": "Kim", **values_of(Rules(), "sv")},
        faults={},
        context="ringback-menu-0a1b2c3d4e5f",
        choices=(Choice("s", None, None), Choice("x", NOW + HOUR, NOW + 3 * HOUR)),
        rows=6,
        last=LastChange("Karin Holm", NOW),
    )
    return "settings_queue.html", set_up("/settings/queues/q1", words=queue_views) | {
        "queue": replace(whole, **changes)  # type: ignore[arg-type]
    }


def prompts(**changes: object) -> tuple[str, dict[str, object]]:
    whole = PromptsView(
        voice="sv",
        lines=(
            PromptLine("offer", "Vill du bli uppringd? Tryck 1.", 1),
            PromptLine("choose", "Välj när.", 2, length_s=2.35, changed_at=NOW),
            PromptLine("interval-1300-1500", "mellan klockan 13 och 15", None),
        ),
    )
    return "settings_prompts.html", set_up("/settings/prompts", words=prompt_views) | {
        "prompts": replace(whole, **changes)  # type: ignore[arg-type]
    }


def phones(**faults: str) -> tuple[str, dict[str, object]]:
    lines = (
        PhoneLine("u1", "Karin Holm", "PJSIP/101", ("Robin",), ("Kim", "Växel")),
        PhoneLine("u2", "Robin", "PJSIP/101", ("Karin Holm",)),
        PhoneLine("u3", "K" * 60, ""),
    )
    return "settings_phones.html", set_up("/settings/phones", phones=PhonesView(lines, faults))


QUEUE_PAGES: dict[str, tuple[str, dict[str, object]]] = {
    "/settings/queues": queues(),
    "/settings/queues-none": queues(lines=(), known=(), pbxs=PBXS[:1], faults={"name": "Fel."}),
    "/settings/queues-no-pbx": queues(lines=(), known=(), pbxs=()),
    "/settings/queues/q1": queue(),
    "/settings/queues/q1-wrong": queue(
        faults={
            "from_1": "Fel.",
            "digit": "Fel.",
            "soonest": "Fel.",
            "label": "Fel.",
            "all": "Fel.",
        },
        choices=(),
        last=None,
    ),
    "/settings/prompts": prompts(),
    "/settings/prompts-wrong": prompts(fault="Ljudet är längre.", fault_at="choose"),
    "/settings/phones": phones(),
    "/settings/phones-wrong": phones(u1="Det är ingen telefon."),
}
"""Address → template and its views."""
