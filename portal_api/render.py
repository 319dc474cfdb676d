"""Views into HTML: one Jinja environment for every page and every live fragment.

In: a template's name, a language, the company's zone, and the view values of `views.py`. Out: a
string. Escaping is always on; a name that a template uses and nobody gave stops the page in the
tests, not on a customer's screen as an empty spot. Dates, times and numbers go through Babel.
"""

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel.dates import format_date, format_datetime, format_interval
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from portal_api import log_wording, wording
from portal_api.assets import asset
from portal_api.callbacks import words as callback_words
from ringback.words import translations


def render(template: str, language: str, zone: tzinfo, **view: Any) -> str:
    """A page or a live fragment as HTML.

    Args:
        template: Its path under `portal_api/templates`.
        language: One of `words.LANGUAGES`.
        zone: The company's time zone; every time is printed in it.
        **view: What the template takes, as its first line says.
    """
    return _ENVIRONMENT.get_template(template).render(language=language, zone=zone, **view)


def live_event(html: str, sequence: int) -> bytes:
    """A rendered fragment as one server-sent event, numbered so that a lost line can resume."""
    lines = "".join(f"data: {line}\n" for line in html.strip().splitlines())
    return f"id: {sequence}\n{lines}\n".encode()


@pass_context
def _gettext(context: Context, text: str) -> str:
    return translations(context["language"]).gettext(text) if text else ""


@pass_context
def _ngettext(context: Context, one: str, many: str, count: int) -> str:
    return translations(context["language"]).ngettext(one, many, count)


@pass_context
def _said(context: Context, codes: str, table: Mapping[str, str]) -> str:
    """Codes in words, one or several with commas; what the table does not know stays as it is."""
    say = translations(context["language"]).gettext
    return ", ".join(say(table[code]) if code in table else code for code in codes.split(", "))


@pass_context
def _clock(context: Context, at: datetime) -> str:
    """Hour and minute: `14:05`; English gets 24 hours too, as the staff's calendar does."""
    return f"{at.astimezone(context['zone']):%H:%M}"


@pass_context
def _day(context: Context, at: datetime | date, pattern: str = "d MMM") -> str:
    """A day by a Babel pattern, `21 nov.` unless told; a datetime is put in the zone first."""
    if isinstance(at, datetime):
        at = at.astimezone(context["zone"]).date()
    return _printed_day(at, pattern, context["language"])


@lru_cache(maxsize=1024)
def _printed_day(day: date, pattern: str, language: str) -> str:
    """A list says few days again and again, and Babel reads the locale for each."""
    return format_date(day, pattern, locale=language)


@pass_context
def _moment(context: Context, at: datetime) -> str:
    """Day and time in one line: `21 nov. 14:05`."""
    return format_datetime(at, "d MMM HH:mm", context["zone"], context["language"])


@pass_context
def _span(context: Context, first: date, last: date) -> str:
    """Two days as one span: `16–22 nov. 2026`."""
    return format_interval(first, last, "yMMMd", locale=context["language"])


@pass_context
def _number(context: Context, value: float) -> str:
    return format_decimal(value, locale=context["language"])


@pass_context
def _kronor(context: Context, amount_e4: int) -> str:
    """An amount in 1/10 000 kr: `0,128 kr`, with as many decimals as it has, at least two."""
    shown = format_decimal(Decimal(amount_e4) / 10_000, "#,##0.00##", locale=context["language"])
    return f"{shown}\N{NO-BREAK SPACE}kr"


def _commands(text: str) -> Markup:
    """What stands between `backticks` is something to type."""
    typed = Markup("<code>{}</code>")
    parts = enumerate(text.split("`"))
    return Markup("").join(typed.format(part) if at % 2 else part for at, part in parts)


def _duration(seconds: float) -> str:
    """Seconds as people say them: `42 s`, `3 min 5 s`; the same in both languages."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("portal_api"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    # The i18n extension adds this method at run time.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _gettext, _ngettext, newstyle=True
    )
    environment.filters |= {
        "said": _said,
        "clock": _clock,
        "day": _day,
        "moment": _moment,
        "span": _span,
        "number": _number,
        "commands": _commands,
        "duration": _duration,
        "kronor": _kronor,
        "iso": datetime.isoformat,
    }
    environment.globals |= {
        "asset": asset,
        "callback_words": callback_words,
        "log_wording": log_wording,
        "wording": wording,
    }
    return environment


_ENVIRONMENT = _environment()
