"""The phrases that name days, one rule each: a pattern, what kind of thing it names, its days. Pure.

Out: `RULES`, in the order in which dates.py tries them; what one has read, no later one sees.
The kinds: a `date` binds; a `weekday` is the nearest one unless a week is named beside it, from
which it then picks; `weeks` ahead is a date by itself and else its week; a `range` is narrowed by
what stands beside it; `any` day is a range where there is no other; a `year` moves dates; `none` says nothing about a wish.
"""

import re

from dialogue.builtin import spans
from dialogue.builtin.calendar_words import (
    LOOSE_END,
    MONTH,
    NEXT,
    NUMBER,
    ORDINAL_END,
    ORDINALS,
    WEEKDAY,
)
from dialogue.builtin.holidays import FEASTS, NAMED_DAYS

_PART = (
    r"(?:(?:i |in |at |mot |på |the )*(?P<part>första veckan|sista veckan|(?:the )?first week|last week(?= of)|"
    r"första halvan|början|slutet|mitten|start|beginning|end|middle|mid|early|late|tidigt|sent|senare|later)"
    r"(?:[ -](?:av|of|i|in|on|på|the))* )?"
)
_PLACE = r"(?P<place>första|andra|tredje|fjärde|sista|first|second|third|fourth|last)"
_ORDINAL = "|".join(sorted(ORDINALS, key=len, reverse=True))
_LATE_ORDINAL = "|".join(sorted(ORDINALS[9:], key=len, reverse=True))  # no place in a short list
_NO_CLOCK = r"(?![:.,]?\d|[/%]| ?(?:kr\b|sek\b|min|tim|år\b|st\b|km\b|mil\b|pm\b|am\b|personer))"
_WEEKS = r"(?:veck(?:a|or|ors)?|weeks?|v)\b"
_ABOUT = r"(?:ca\.? |cirka |ungefär |typ |about |around )?"
# "denna veckan efter 17": the bound of a clock time, in the week that is named
NO_WEEK = r"(?<!denna )(?<!här )(?<!nästa )(?<!\bi )(?<!this )(?<!next )"
_WEEK_NUMBER = r"[1-5]?\d\b(?![:.]\d)"

_RULES_IN_ORDER: tuple[tuple[str, str, spans.Dates], ...] = (
    # Past weekdays and greetings that hold a day's name say nothing about a wish.
    (
        "none",
        r"\bi (?:mån|tis|ons|tors|fre|lör|sön)dags\b|\bi ?går\b|\bi ?förrgår\b|\byesterday\b|"
        r"\bförra (?:veckan|\w+dagen)\b|\blast (?:week(?! of)|\w+day(?! (?:in|of)))\b",
        spans.after(0),
    ),
    (
        "none",  # a greeting is no part of the day
        r"\b(?:god|gott?|good)[ -]?(?:morgon|förmiddag|eftermiddag|kväll|afton|dag|middag|morning|afternoon|evening|day)\b",
        spans.after(0),
    ),
    (
        "none",
        r"\b(?:trevlig|skön|ha en (?:bra|fin|trevlig)|glad|have a (?:nice|good|great)) "
        r"(?:dag|kväll|eftermiddag|helg|vecka|påsk|midsommar|day|evening|afternoon|week|weekend)\b|\bgo[dt]t? (?:jul|nytt år)\b",
        spans.after(0),
    ),
    *(("date", rf"\b(?:{names})\b", spans.named_day(day)) for names, day in NAMED_DAYS),
    *(("range", rf"\b(?:{names})\b", spans.named_day(day, n)) for names, day, n in FEASTS),
    ("date", r"(?<!\d)(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)", spans.iso_date),
    (
        "range",
        rf"\b(?:mellan |between )?(?:den |the )?(?P<d>\d{{1,2}})(?:{LOOSE_END})? ?(?:-|till|och|to|and) ?"
        rf"(?:den |the )?(?P<e>\d{{1,2}})(?:{LOOSE_END})? (?:{MONTH})\b",
        spans.days_of_month,
    ),
    (
        "date",
        rf"\b(?:den |the )?(?P<d>\d{{1,2}})(?:{LOOSE_END})?(?: of)? (?:{MONTH})\b(?: 20\d\d\b)?",
        spans.day_and_month,
    ),
    (
        "date",
        rf"\b(?:{MONTH}) (?:the )?(?P<d>\d{{1,2}})(?:{ORDINAL_END}\b|(?![\d:.])\b)",
        spans.day_and_month,
    ),
    (
        "date",
        r"(?<![\d/:.])(?:den )?(?P<d>[0-3]?\d)/(?P<month>1[0-2]|0?[1-9])"
        r"(?:[-/](?:20)?\d\d)?(?![\d/])",
        spans.day_and_month,
    ),
    (
        "date",
        r"(?<![\d:.])(?:den )?(?P<d>[0-3]?\d)\.(?P<month>1[0-2]|0?[1-9])(?= (?:kl|klockan)\b)",
        spans.day_and_month,
    ),
    (
        "date",
        r"\bi? ?(?:ö|o|oö)ver ?(?:i ?)?mor(?:gon|ron|rn|n)\b|\b(?:the )?day after tomorrow\b",
        spans.after(2),
    ),
    (
        "date",
        r"\bi ?mor(?:gon|rn|n|gn|ron|on|rgon|gen|gom)\b|\bi ?(?:mon|mrgn|mogon|mrn)\b|\btomorrow\b|\btomm?orr?ow\b|\btmrw\b|\btmr\b",
        spans.after(1),
    ),
    (
        "date",
        rf"\b(?P<n>{NUMBER}) (?:weeks?|veck(?:a|or)) (?:(?:from|från) )?(?:today|now|i ?dag|nu)\b|\bi ?dag om (?P<n2>{NUMBER}) veck(?:a|or)\b",
        spans.in_units(7),
    ),
    ("date", r"\bin a fortnight\b|\ba fortnight from (?:now|today)\b", spans.after(14)),
    ("date", r"\bi ?dag\b|\bida\b|\btoday\b", spans.after(0)),
    (
        "date",
        # what part of today is left for the clock parser
        r"\b(?:nu )?i ?(?=(?:kväll|kvall|eftermiddag|förmiddag|em|fm)\b)|"
        r"\bthis (?=(?:afternoon|evening|morning)\b)|(?=\btonight\b)",
        spans.after(0),
    ),
    (
        "date",
        rf"\b(?:{WEEKDAY}) (?:(?:om|in) (?P<n>{NUMBER}) {_WEEKS}|week\b)",
        spans.weekday_in_weeks,
    ),
    (
        "date",
        rf"\b(?P<n>{NUMBER}) weeks? (?:from|on|after) (?:{WEEKDAY})\b",
        spans.weekday_in_weeks,
    ),
    (
        "date",
        rf"\b(?:the )?{_PLACE} (?:{WEEKDAY}) (?:i|in|of) (?:{MONTH})\b",
        spans.weekday_of_month,
    ),
    (
        "weeks",
        rf"\b(?:om|in) {_ABOUT}(?P<n>{NUMBER}) (?:dryg(?:a|t)? |knappt? |goda )?{_WEEKS}",
        spans.in_units(7),
    ),
    ("date", rf"\b(?:om|in) {_ABOUT}(?P<n>{NUMBER}) (?:dagar?|d[aä]r|days?)\b", spans.in_units(1)),
    ("date", rf"\b(?:om|in) {_ABOUT}(?P<n>{NUMBER}) (?:månad(?:er)?|months?)\b", spans.in_months),
    (
        "range",
        rf"\b(?:inom|within|under|de|the)(?: de| the)? ?(?:närmaste |next |nästa )?(?P<n>{NUMBER}) {_WEEKS}",
        spans.within(7),
    ),
    (
        "range",
        rf"\b(?:inom|within|de|the)(?: de| the)? ?(?:närmaste |next )?(?P<n>{NUMBER}) (?:dagar\w*|days?)\b",
        spans.within(1),
    ),
    (
        "range",
        r"\b(?:de närmaste dagarna|närmaste dagarna|(?:the )?next few days)\b",
        spans.nearest_days,
    ),
    (
        "range",
        rf"{_PART}\b(?:i|in|under|during|på|av|of|slutet|början|mitten|mid|early|late|end) (?:{MONTH})\b",
        spans.whole_month,
    ),
    (
        "range",
        r"(?<!nästa )(?<!nasta )(?<!kommande )(?<!next )(?<!denna )(?<!this )(?<!här )(?<!i )"
        rf"\b(?:v|vecka|veckan|week)\.? ?{_WEEK_NUMBER}(?:(?:,| ?(?:eller|el|or|och|/|-)) ?"
        rf"(?:v\.? ?|vecka )?{_WEEK_NUMBER})*",
        spans.iso_weeks,
    ),
    (
        "range",
        rf"{NO_WEEK}\bveckan (?:därpå|efter(?: nästa)?)\b|\bthe week after(?: next)?\b",
        spans.week_ahead(2),
    ),
    ("range", r"\b(?:i )?veckan (?:som kommer|framöver)\b", spans.week_ahead(1)),
    (
        "week of",
        r"\b(?:the )?week (?:of|starting|beginning)\b|\bveckan (?:med start|som börjar)\b",
        spans.after(0),
    ),
    ("range", rf"{_PART}\b(?:{NEXT}) (?:v|vecka|veckan|week)\b", spans.week_ahead(1)),
    (
        "range",
        rf"{_PART}\b(?:i|den här|denna|under|this|the)? ?(?:veckan|vecka|week)\b(?! (?:innan|före|before))",
        spans.this_week,
    ),
    (
        "range",
        rf"\b(?:(?:{NEXT}|i|den här|till|this|the|at the) )?(?:helg(?:en)?|weekends?)\b",
        spans.weekend,
    ),
    ("range", r"\b(?:en |på |any )?(?:vardag|vardagar|vardagarna|weekdays?)\b", spans.workdays),
    (
        "any",
        r"\b(?:alla (?:andra )?dagar|vilken dag som helst|(?:every|any) ?day|any ?time(?= but| except))\b",
        spans.any_day,
    ),
    ("date", rf"\b(?:{NEXT}) (?:{WEEKDAY})\b", spans.next_weekday),
    ("weekday", rf"\b(?:(?:på|nu på|on|this(?: coming)?) )?(?:{WEEKDAY})\b\.?", spans.weekday),
    (
        "date",
        rf"\b(?:den |the )?(?P<d>[0-3]?\d) ?{ORDINAL_END}\b(?: (?P<later>i nästa månad|"
        r"nästa månad|next month))?",
        spans.day_of_month,
    ),
    # "den 18e", "fredag 18e", "18e": written without the colon
    ("date", r"(?:\b(?:den|the) |(?<=[\ue100-\ue1ff] ))(?P<d>[0-3]?\d)[ae]\b", spans.day_of_month),
    (
        "date",
        r"(?<![\d:./-])\b(?P<d>(?:[5-9]|1\d|2[03-9]|30)(?=e)|(?:21|22|31)(?=a))[ae]\b(?! (?:vån|gång|klass|plats|besök|tim))",
        spans.day_of_month,
    ),
    ("date", rf"\bden (?P<d>[0-3]?\d)\b{_NO_CLOCK}(?! ?-\d)", spans.day_of_month),
    ("date", r"\bden (?P<d>[0-3]?\d)[ae]\b", spans.day_of_month),
    ("date", rf"\b(?:den )?(?P<word>{_ORDINAL}) (?:{MONTH})\b", spans.ordinal_of_month),
    ("date", rf"\bden (?P<d>{_LATE_ORDINAL})\b", spans.day_of_month),
    ("range", r"\b(?:under |i |in |the )?(?:nästa månad|next month)\b", spans.next_month),
    ("year", r"\b(?:under )?(?:nästa år|next year)\b", spans.next_year),
)
RULES = tuple((kind, re.compile(pattern), dates) for kind, pattern, dates in _RULES_IN_ORDER)
