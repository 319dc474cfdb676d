"""The words of the calendar: numbers, weekdays and months as people write them. Pure.

Out: patterns for texts in normal form, used by dates.py and times.py. A pattern with several
alternatives names its groups by number: `w0` is Monday, `m1` is January.
"""

from dialogue.builtin.words import listed

_SPOKEN_NUMBERS = listed(
    "en|ett|one|a två|tva|two tre|three fyra|four fem|five sex|six sju|seven åtta|atta|eight "
    "nio|nine tio|ten elva|eleven tolv|twelve"
)
NUMBERS = {word: n for n, group in enumerate(_SPOKEN_NUMBERS, 1) for word in group.split("|")}
NUMBER = r"\d{1,2}|" + "|".join(sorted(NUMBERS, key=len, reverse=True))

WEEKDAYS = (
    r"mån(?:da[gn]?|dagen|dan)?|man(?:da[gn]|dagen)|monday|mon",
    r"tis(?:da[gn]?|dagen)?|tues?(?:day)?",
    r"ons(?:da[gn]?|dagen)?|wed(?:nesday)?",
    r"tors?(?:da[gn]?|dagen)?|thur?s?(?:day)?",
    r"fre(?:da[gn]?|dagen)?|fri(?:day)?",
    r"lör(?:da[gn]?|dagen)?|lorda(?:[gn]|gen)|sat(?:urday)?",
    r"sön(?:da[gn]?|dagen)?|sonda(?:[gn]|gen)|sun(?:day)?",
)
FULL_NAMES = listed(
    "måndag tisdag onsdag torsdag fredag lördag söndag måndagen tisdagen onsdagen torsdagen "
    "fredagen monday tuesday wednesday thursday friday saturday sunday tomorrow förmiddag "
    "eftermiddag"
)
WEEKDAY = "|".join(f"(?P<w{n}>{names})s?" for n, names in enumerate(WEEKDAYS))
ANY_WEEKDAY = "|".join(f"(?:{names})" for names in WEEKDAYS)
MONTHS = listed(
    "jan(?:uari|uary)? feb(?:ruari|ruary)? mars|march|mar apr(?:il)? maj|may jun[ie]? "
    "jul[iy]? aug(?:usti|ust)? sep(?:t|tember)? okt(?:ober)?|oct(?:ober)? nov(?:ember)? "
    "dec(?:ember)?"
)
MONTH = "|".join(f"(?P<m{n}>{names})" for n, names in enumerate(MONTHS, 1))
ORDINALS = listed(
    "första andra tredje fjärde femte sjätte sjunde åttonde nionde tionde elfte tolfte trettonde "
    "fjortonde femtonde sextonde sjuttonde artonde nittonde tjugonde tjugoförsta tjugoandra "
    "tjugotredje tjugofjärde tjugofemte tjugosjätte tjugosjunde tjugoåttonde tjugonionde trettionde "
    "trettioförsta"
)
NEXT = r"nästa|nasta|nässta|nästkommande|kommande|next"
ORDINAL_END = r"(?:: ?[ae]|st|nd|rd|th)"
