"""The words of the calendar: numbers, weekdays and months as people write them. Pure.

Out: patterns for texts in normal form, used by the rules for days and times. A pattern with several
alternatives names its groups by number: `w0` is Monday, `m1` is January.
"""

from dialogue.builtin.words import listed

_SPOKEN_NUMBERS = listed(
    "en|ett|one|a två|tva|two tre|three fyra|four fem|five sex|six sju|seven åtta|atta|eight "
    "nio|nine tio|ten elva|eleven tolv|twelve tretton|thirteen fjorton|fourteen femton|fifteen "
    "sexton|sixteen sjutton|seventeen arton|eighteen nitton|nineteen tjugo|twenty"
)
NUMBERS = {word: n for n, group in enumerate(_SPOKEN_NUMBERS, 1) for word in group.split("|")}
NUMBER = r"\d{1,2}|" + "|".join(sorted(NUMBERS, key=len, reverse=True))

WEEKDAYS = (
    r"(?<!\d )månd?(?:a[gn]?|agen|an)?|man(?:da[gn]|dagen)|monday|mon",
    r"tisd?(?:a[gn]?|agen|an)?|tues?(?:day)?",
    r"onsd?(?:a[gn]?|agen|an)?|wed(?:s|nesday)?",
    r"torsd?(?:a[gn]?|agen|an)?|thur?s?(?:day)?|tor",
    r"fre(?:da[gn]?|dagen|dan)?|fri(?:day)?|fred(?= (?:\d|kl|fm|em|den))",
    r"lör(?:d|da[gn]?|dagen|dan)?|lorda(?:[gn]|gen)|sat(?:urday)?",
    r"sön(?:d|da[gn]?|dagen|dan)?|sonda(?:[gn]|gen)|sun(?:day)?",
)
FULL_NAMES = listed(
    "måndag tisdag onsdag torsdag fredag lördag söndag måndagen tisdagen onsdagen torsdagen "
    "fredagen lördagen söndagen monday tuesday wednesday thursday friday saturday sunday tomorrow förmiddag "
    "eftermiddag"
)
WEEKDAY = "|".join(f"(?P<w{n}>{names})(?:arna|ar|s)?" for n, names in enumerate(WEEKDAYS))
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
ORDINAL_END = r"(?:: ?[ae]|(?<=1)st|(?<=2)nd|(?<=3)rd|th)"  # "2 st" counts pieces
LOOSE_END = rf"(?:{ORDINAL_END}|[ae]\b)"  # "12e", where a month or "den" stands beside it
