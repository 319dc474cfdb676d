"""The form with a queue's rules: what is typed into `Rules`, and back. Pure.

In: the form's values, or the rules. Out: a document for `Rules.from_document` and what is wrong with it,
by field, as English msgids; or the values as the form shows them. How the offer is switched is no
part of the form: it has buttons of its own.
"""

from collections.abc import Callable, Mapping
from typing import Any

from babel.numbers import format_decimal

from portal_api.settings.typed import Wrong, clock, countries, decimal, whole
from portal_api.wording import N_
from ringback.phone import readable, to_e164
from ringback.queues import MOST_INTERVALS, Input, Rules

Fault = tuple[str, str]
"""A msgid, and what takes the place of `%s` in it."""

NUMBER = N_("Write a whole number, %s.")
MINUTES = N_("Write minutes, %s.")
ORDER = N_("An interval must end after it begins, on the same day.")
TWICE = N_("This interval is there twice.")
NOTHING = N_("Give callers something to choose: an interval, or as soon as possible.")
SHOWN = N_("That is no telephone number; write it like 08-465 004 10, or leave it empty.")
CHOOSE = N_("Choose one of those that are listed.")

_SWITCHES = ("soonest", "next_day", "needs_staff", "automatic")
_WHOLE = ("mean_over_min", "most_each", "announce_every_s", "most_tries", "retry_min", "alert_min")
_CHOICES = {
    "asks": tuple(Input),
    "digit": tuple("1234567890"),
    "when_silent": ("off", "last"),
    "language": ("sv", "en"),
}
_RENDERED = (
    *("intervals", "countries", "language", "when_silent", "asks", "digit", "announce_every_s"),
)
"""What is written into Asterisk's files (`asterisk_conf`), so that an install is due."""
_SCHEMA: Mapping[str, Mapping[str, Any]] = Rules.model_json_schema()["properties"]


def document_of(typed: Mapping[str, str], offer: str) -> tuple[dict[str, Any], dict[str, Fault]]:
    """The document, and what is wrong by field; the document counts only when nothing is.

    Args:
        typed: The form's values.
        offer: As it is switched.
    """
    wrong: dict[str, Fault] = {}

    def read(name: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(typed.get(name, ""))
        except Wrong as fault:
            wrong[name] = (str(fault), fault.about)
            return None

    document: dict[str, Any] = {"offer": offer}
    document |= {name: typed.get(name) == "on" for name in _SWITCHES}
    document |= {name: read(name, _whole(name)) for name in _WHOLE}
    document |= {name: read(name, _one_of(known)) for name, known in _CHOICES.items()}
    document |= {name: read(name, clock) for name in ("offer_from", "offer_to")}
    document["wait_over_min"] = read("wait_over_min", _wait)
    document["countries"] = read("countries", countries)
    document["shown_number"] = read("shown_number", _shown)
    document["intervals"] = _intervals(typed, wrong)
    if offer != "off" and not (document["soonest"] or document["intervals"]):
        wrong.setdefault("soonest", (NOTHING, ""))
    return document, wrong


def values_of(rules: Rules, language: str) -> dict[str, str]:
    """The rules as the form shows them; decimals by the language's sign."""
    values = {name: str(getattr(rules, name)) for name in (*_WHOLE, *_CHOICES)}
    values |= {name: "on" if getattr(rules, name) else "" for name in _SWITCHES}
    values |= {
        "wait_over_min": format_decimal(rules.wait_over_min, "0.##", locale=language),
        "offer_from": f"{rules.offer_from:%H:%M}",
        "offer_to": f"{rules.offer_to:%H:%M}",
        "countries": ", ".join(rules.countries),
        "shown_number": readable(rules.shown_number) if rules.shown_number else "",
    }
    for number, (begins, ends) in enumerate(rules.intervals):
        values |= {f"from_{number}": f"{begins:%H:%M}", f"to_{number}": f"{ends:%H:%M}"}
    return values


def install_is_due(before: Rules, after: Rules) -> bool:
    """Whether Asterisk's files must be written anew, by `ringback asterisk install`."""
    return any(getattr(before, name) != getattr(after, name) for name in _RENDERED)


def bounds(name: str) -> tuple[int, int]:
    """Least and most of a number in the rules."""
    told = _SCHEMA[name]
    return int(told["minimum"]), int(told["maximum"])


def _whole(name: str) -> Callable[[str], int]:
    least, most = bounds(name)
    return lambda text: whole(text, least, most, NUMBER)


def _wait(text: str) -> float:
    least, most = bounds("wait_over_min")
    span = f"{least}–{most}"
    try:
        minutes = float(decimal(text, MINUTES))
    except Wrong:
        raise Wrong(MINUTES, span) from None
    if not least <= minutes <= most:
        raise Wrong(MINUTES, span)
    return minutes


def _one_of(known: tuple[str, ...]) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise Wrong(CHOOSE)
        return text

    return read


def _shown(text: str) -> str:
    if not text:
        return ""
    e164 = to_e164(text)
    if e164 is None:
        raise Wrong(SHOWN)
    return e164


def _intervals(typed: Mapping[str, str], wrong: dict[str, Fault]) -> list[tuple[str, str]]:
    """In order; rows that are empty are passed over."""
    found: list[tuple[str, str]] = []
    for number in range(MOST_INTERVALS):
        begins, ends = typed.get(f"from_{number}", ""), typed.get(f"to_{number}", "")
        if not (begins or ends):
            continue
        try:
            interval = (clock(begins), clock(ends))
            if interval[0] >= interval[1]:
                raise Wrong(ORDER)
            if interval in found:
                raise Wrong(TWICE)
            found.append(interval)
        except Wrong as fault:
            wrong[f"from_{number}"] = (str(fault), fault.about)
    return sorted(found)
