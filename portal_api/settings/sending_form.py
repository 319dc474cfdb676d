"""The form with the rules for sending: what is typed into a document, and back. Pure.

In: the form's values, or `texting.Texting`. Out: a document for `Texting.from_document` and what is
wrong with it, by field, as English msgids; or the values as the form shows them.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from babel.numbers import format_decimal

from portal_api.settings.typed import Wrong, clock, countries, decimal, whole
from portal_api.wording import N_
from ringback.texting import Texting

_MOST_TEXTS = 10_000
_MOST_KRONOR = Decimal(10_000_000)
_MOST_PARTS = 20
_MOST_HOURS = Decimal(24 * 30)
_MOST_ADDRESS_SIGNS = 200

WHOLE = N_("Write a whole number, from 0 to 10000.")
PARTS = N_("Write a whole number, from 1 to 20.")
HOURS = N_("Write hours, from 0 to 720.")
KRONOR = N_("Write an amount in kronor, like 500 or 12,50.")
THEN = N_("Choose what happens in the quiet hours.")
ADDRESS = N_("Write an address that begins with https://, or leave it empty.")


def document_of(typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The document, and what is wrong by field; the document counts only when nothing is."""
    wrong: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], Any]) -> Any:
        try:
            return reader(typed.get(name, ""))
        except Wrong as fault:
            wrong[name] = str(fault)
            return None

    limits = {
        "number_hour_texts": read("number_hour_texts", _texts),
        "number_day_texts": read("number_day_texts", _texts),
        "number_day_ore": read("number_day_kr", _ore),
        "company_day_ore": read("company_day_kr", _ore),
        "company_month_ore": read("company_month_kr", _ore),
        "most_parts": read("most_parts", _parts),
    }
    quiet = {
        "begins": read("quiet_begins", clock),
        "ends": read("quiet_ends", clock),
        "then": read("quiet_then", _then),
    }
    document = {
        "missed_calls": typed.get("missed_calls") == "on",
        "cool_down_h": read("cool_down_h", _hours),
        "countries": read("countries", countries),
        "quiet": quiet,
        "limits": limits,
        "privacy_url": read("privacy_url", _address),
    }
    return document, wrong


def values_of(rules: Texting, language: str) -> dict[str, str]:
    """The rules as the form shows them; decimals by the language's sign."""
    limits, quiet = rules.limits, rules.quiet
    amounts = {
        "number_day_kr": limits.number_day_ore,
        "company_day_kr": limits.company_day_ore,
        "company_month_kr": limits.company_month_ore,
    }
    return {
        "missed_calls": "on" if rules.missed_calls else "",
        "cool_down_h": format_decimal(rules.cool_down_h, "0.##", locale=language),
        "countries": ", ".join(rules.countries),
        "quiet_begins": f"{quiet.begins:%H:%M}",
        "quiet_ends": f"{quiet.ends:%H:%M}",
        "quiet_then": quiet.then,
        "number_hour_texts": str(limits.number_hour_texts),
        "number_day_texts": str(limits.number_day_texts),
        "most_parts": str(limits.most_parts),
        "privacy_url": rules.privacy_url,
    } | {
        name: format_decimal(Decimal(ore) / 100, "0.00", locale=language)
        for name, ore in amounts.items()
    }


def _texts(text: str) -> int:
    return whole(text, 0, _MOST_TEXTS, WHOLE)


def _parts(text: str) -> int:
    return whole(text, 1, _MOST_PARTS, PARTS)


def _ore(text: str) -> int:
    kronor = decimal(text, KRONOR)
    ore = kronor * 100
    if kronor > _MOST_KRONOR or ore != ore.to_integral_value():
        raise Wrong(KRONOR)
    return int(ore)


def _hours(text: str) -> float:
    hours = decimal(text, HOURS)
    if hours > _MOST_HOURS:
        raise Wrong(HOURS)
    return float(hours)


def _then(text: str) -> str:
    if text not in ("hold", "send"):
        raise Wrong(THEN)
    return text


def _address(text: str) -> str:
    if not text:
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        raise Wrong(ADDRESS) from None
    sound = text.isascii() and text.isprintable() and " " not in text
    if (
        parts.scheme != "https"
        or not parts.hostname
        or not sound
        or len(text) > _MOST_ADDRESS_SIGNS
    ):
        raise Wrong(ADDRESS)
    return text
