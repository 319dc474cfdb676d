"""What the company sells, found in a caller's words. Pure.

In: a text in normal form and the company's document. Out: the services it may mean, best first.
Nothing is known about any trade: all comes from the `names` of the
services. A name is cut into parts (`damklippning` → dam + klippning, where another name holds the
word klippning); a part that many services share tells little, and so do everyday verbs such as
"byta". A text means the services of whose names it covers most; several that come out
alike are unsure, and the caller is asked.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from dialogue.builtin.calendar_words import NUMBER, NUMBERS
from dialogue.builtin.words import (
    SMALL_WORDS,
    Shelves,
    listed,
    normal,
    plain,
    shelved,
    slips_of,
    stem,
    words,
)
from ringback.business import Business, Service

_ENOUGH = 0.3  # the least share of a name that must be covered
_WHOLE = 0.99  # a name that is said in full
_ALIKE = 0.12  # scores closer than this can't be told apart
_EVERYDAY_WEIGHT = 0.4
EVERYDAY = frozenset(
    stem(word)
    for word in listed(
        "byta laga kolla titta fixa rensa installera koppla göra ny nytt trimma hjälpa sätta "
        "montera serva reparera change fix repair replace install new check look make do get "
        "behandling besök visit appointment tid time session konsultation stor liten lång "
        "kort standard vanlig extra hel halv min minuter hos hem home herrtid hour timme"
    )
) - {""}
ORDINARY = frozenset(
    listed(
        "toppen kanon super superbra perfekt jättebra gärna absolut visst precis härligt utmärkt suveränt underbart "
        "tack tackar tusen snälla varsågod kram hälsningar hälsning klockan tiden dagen veckan månaden gången "
        "förmiddag eftermiddag kvällen morgonen lunchen efter innan mellan samma annan andra första sista nästa "
        "kanske ungefär möjligt möjligen säkert faktiskt egentligen ganska riktigt väldigt bättre sämre senare "
        "tidigare snarast passar funkar fungerar hinner kommer komma skulle kunde kunna måste behöver vilja önskar "
        "vilken vilket vilka någon något några hoppas tänkte undrar menar sagt också bara redan ännu istället "
        "great perfect lovely brilliant thanks thank please sounds works could would should after before between "
        "morning afternoon evening another other later earlier maybe really first second third"
    )
)
# Words for the same thing, so that "ont i en tand" finds "tandvärk". General language, no trade.
_ALIASES = (
    ("ont", "värk", "smärta", "pain", "ache", "värker"),
    ("dam", "kvinna", "tjej", "women", "woman", "ladies", "lady"),
    ("herr", "kille", "men", "mens", "gentlemen", "gents"),
    (
        "barn",
        "son",
        "dotter",
        "unge",
        "kid",
        "kids",
        "child",
        "children",
        "daughter",
        "flicka",
        "pojke",
        "boy",
        "girl",
    ),
    ("akut", "emergency", "urgent"),
    ("köp", "buy"),
    ("bil", "car"),
    ("hund", "dog"),
    ("katt", "cat"),
    ("hår", "hair"),
    ("tand", "tooth", "teeth", "tänder", "tänderna"),
    ("däck", "hjul", "tyre", "tire", "wheel"),
    *((str(n), *(word for word, value in NUMBERS.items() if value == n)) for n in range(2, 13)),
    ("liten", "litet", "lilla", "små", "mindre", "minsta", "little", "small", "smaller"),
    ("stor", "större", "största", "big", "bigger", "large"),
)
_NEGATED = re.compile(
    r"(?<!kan du )(?<!kan ni )(?<!kan jag )\b(?:inte|ej|inga|ingen|inget|istället för|instead of|not|no|rather than) (?:(?:en|"
    r"ett|någon|nån|a|an|the|någon|ha|vara|boka) )*(?P<w>[^\W\d_]+)"
)
# Swedish words that look like "men's"; English "men" stands after a preposition.
_NO_SERVICE = re.compile(
    r"(?<!for )(?<!of )\b(?:men|mena|menar|menade|menat|menas)\b(?!')|"
    r"\b(?:bra|god|dålig|kass|usel|fin|snabb|toppen|good|great|bad|poor|terrible|customer) service\b|"
    r"\båter(?:kom\w*|bud\w*)\b|"  # "jag återkommer" is no "återbesök"
    r"\bjust\b|(?<!\ba )(?<!\bmy )(?<!\bour )(?<!\blast )\bwill\b|"  # no "justering", no last will
    r"\bbarn(?:vagn|stol|vakt|bidrag|bilstol)\w*"  # brought along or asked about, and nothing for children
)


_LASTS = re.compile(  # how long it takes, in names and in what is said
    rf"\b(?P<half>(?:en )?halv ?timm(?:es?|a)|(?:a )?half(?:[ -]an)?[ -]hour)|"
    rf"\b(?:(?P<n>\d+[.,]5|{NUMBER})(?P<more> och en halv| and a half)?[ -]?(?:timm(?:es?|ar|a)|tim|h|hours?))(?![^\W\d_])|"
    r"\b(?P<quarters>trekvart\w*|three quarters of an hour)\b|\b(?P<m>\d+)[ -]?(?:min(?:uters?|ut|utes?)?)\b|\b(?P<whole>timmes)(?=[^\W\d_])"
)


@dataclass(frozen=True, slots=True)
class Meant:
    """The services that a text may mean: one is sure, several are alike."""

    services: tuple[str, ...] = ()
    name: str = ""  # the name that it came closest to, of the first of them
    each: tuple[str, ...] = ()  # services named apart from each other: "en herr och en barn"


@dataclass(frozen=True, slots=True)
class _Name:
    service: str
    text: str
    parts: tuple[tuple[str, str], ...]  # (part, the word that it is cut from)


@dataclass(frozen=True, slots=True, eq=False)  # one object for one list of services
class _Catalogue:
    names: tuple[_Name, ...]
    weights: dict[str, float]
    vocabulary: frozenset[str]
    cuts: frozenset[str]  # the words at which a compound is cut
    parts: dict[tuple[str, str], str]  # of all names, each once, with the stem of the part
    senses: dict[str | int, frozenset[str]]  # the known words by what they mean (`_senses`)
    shelves: Shelves  # the same, to find those that a slip can have meant


def meant_services(text: str, business: Business) -> Meant:
    """The services that a text in normal form may mean."""
    catalogue = _catalogue(business.services)
    spoken = _spoken(text, catalogue)
    told = _told(spoken, catalogue)
    scores: dict[str, tuple[float, str]] = {}
    tellers: dict[str, frozenset[str]] = {}
    heard: dict[str, frozenset[str]] = {}
    for name in catalogue.names:
        if told.keys().isdisjoint(name.parts):
            continue
        score, told_by, parts = _covered(name, spoken, told, catalogue)
        if score > scores.get(name.service, (0.0, ""))[0]:
            scores[name.service] = (score, name.text)
            tellers[name.service], heard[name.service] = told_by, parts
    best = max((score for score, _ in scores.values()), default=0.0)
    if best < _ENOUGH:
        return Meant()
    first = max(scores, key=lambda service: scores[service][0])
    alike = [
        service
        for service, (score, _) in scores.items()
        # "massage" tells the dear one no more than the cheap one, however their names are cut
        if score >= best - _ALIKE or (best < _WHOLE and heard[service] == heard[first])
    ]
    alike = [one for one in alike if not any(_less(tellers[one], tellers[two]) for two in alike)]
    alike.sort(key=lambda service: -scores[service][0])
    return Meant(tuple(alike), scores[alike[0]][1], _apart(alike, tellers))


def _less(one: frozenset[str], two: frozenset[str]) -> bool:
    """Whether all that tells of one service tells of another, and more: "kolla synen på min son".

    An everyday verb that only the one has ("kolla") does not count.
    """
    telling, others = ({w for w in told if stem(w) not in EVERYDAY} for told in (one, two))
    return one < two or set() < telling < others


def tells_offer(word: str, business: Business) -> bool:
    """Whether one word stands for a part of the name of anything that is sold, everyday verbs too."""
    return bool(_tells(word, _catalogue(business.services)))


def one_apart(text: str, asked: Sequence[str], business: Business) -> str | None:
    """Of services between which we asked, the one that is named by what the others' names lack."""
    names = _catalogue(business.services).names
    parts = {
        one: {part for name in names if name.service == one for part, _ in name.parts}
        for one in asked
    }
    told = []
    for one in asked:
        of_others = {stem(part) for other in asked if other != one for part in parts[other]}
        own = [part for part in parts[one] if stem(part) not in of_others]
        if any(_alike(word, part) for word in words(text) for part in own):
            told.append(one)
    return told[0] if len(told) == 1 else None


def _apart(alike: list[str], tellers: dict[str, frozenset[str]]) -> tuple[str, ...]:
    """Those of the services that the text names by words of their own."""
    own = []
    for service in alike:
        others = [tellers[other] for other in alike if other != service]
        if tellers[service] - frozenset[str]().union(*others):
            own.append(service)
    return tuple(own) if len(own) > 1 else ()


def _spoken(text: str, catalogue: _Catalogue) -> dict[str, frozenset[str]]:
    """The words of a text but those denied, each with the smallest parts that it consists of.

    Two neighbours are also one word ("herr klippning"), and a compound is also its parts.
    """
    denied = {stem(match.group("w")) for match in _NEGATED.finditer(text)}
    text = _in_minutes(_NO_SERVICE.sub(" ", text))
    found = [word for word in words(text) if stem(word) not in denied and word not in SMALL_WORDS]
    spoken = {word: frozenset(_cut(word, catalogue.cuts)) for word in found}
    for first, second in pairwise(found):
        if any(plain(known[:2]) == plain(first[:2]) for known in _same(first + second, catalogue)):
            spoken.setdefault(first + second, spoken[first] | spoken[second])
    parts = {part for consists_of in spoken.values() for part in consists_of}
    return {**{part: frozenset((part,)) for part in parts}, **spoken}


def _told(
    spoken: dict[str, frozenset[str]], catalogue: _Catalogue
) -> dict[tuple[str, str], list[str]]:
    """The parts of names that any of the words tell, each with those words."""
    told: dict[tuple[str, str], list[str]] = {}
    for one in spoken:
        for part in _tells(one, catalogue):
            told.setdefault(part, []).append(one)
    return told


def _in_minutes(text: str) -> str:
    """The text with every length as "60 min", however it is put: "en timmes", "1,5 h", "half an hour"."""
    return _LASTS.sub(lambda found: f" {_minutes(found)} min ", text)


def _minutes(found: re.Match[str]) -> int:
    if found["half"] or found["quarters"]:
        return 30 if found["half"] else 45
    if found["m"]:
        return int(found["m"])
    word = (found["n"] or "1").replace(",", ".")
    hours = float(word) if word[0].isdigit() else NUMBERS[word]
    return round(60 * hours) + (30 if found["more"] else 0)


def _covered(
    name: _Name,
    spoken: dict[str, frozenset[str]],
    told: dict[tuple[str, str], list[str]],
    catalogue: _Catalogue,
) -> tuple[float, frozenset[str], frozenset[str]]:
    """How much of a name is heard in the words, 0 to 1; the parts of words that told, and of the name."""
    whole = sum(catalogue.weights[part] for part, _ in name.parts)
    heard, tellers, parts, telling = 0.0, set[str](), set[str](), False
    only_everyday = all(stem(part) in EVERYDAY for part, _ in name.parts)
    for part, word in name.parts:
        if tell := told.get((part, word)):
            heard += catalogue.weights[part]
            parts.add(stem(part))
            tellers.update(spoken[min(tell, key=lambda one: len(spoken[one]))])
            telling = telling or only_everyday or stem(part) not in EVERYDAY
    return (heard / whole if telling else 0.0), frozenset(tellers), frozenset(parts)


@lru_cache(maxsize=8192)
def _tells(spoken: str, catalogue: _Catalogue) -> tuple[tuple[str, str], ...]:
    """The parts of names that a caller's word stands for, each with the word that it is cut from."""
    if spoken in catalogue.vocabulary:  # a known word is no slip of another one
        meant = _alike_to(spoken, catalogue)
        return tuple(one for one in catalogue.parts if not meant.isdisjoint(one))
    # an ordinary word is no slip either: "toppen" is no "tippen"
    meant = (_alike_to if spoken in ORDINARY else _same)(spoken, catalogue)
    cut = stem(spoken)
    return tuple(
        one
        for one, known in catalogue.parts.items()
        if not meant.isdisjoint(one) or _holds(cut, known)
    )


def _same(word: str, catalogue: _Catalogue) -> set[str]:
    """The known words that a caller's word can be: inflected, by another name, or with a slip."""
    same = _alike_to(word, catalogue)
    return same.union(slips_of(word, catalogue.shelves)) if len(word) >= 5 else same


def _alike_to(word: str, catalogue: _Catalogue) -> set[str]:
    """The known words that a caller's word is, inflected or by another name."""
    return {known for sense in _senses(word) for known in catalogue.senses.get(sense, ())}


def _alike(word: str, known: str) -> bool:
    """Whether a caller's word is a known one, inflected or by another name."""
    return not _senses(word).isdisjoint(_senses(known))


@lru_cache(maxsize=8192)
def _senses(word: str) -> frozenset[str | int]:
    """What a word means: its stem, and the places of the groups of aliases that this is in."""
    cut = stem(word)
    return frozenset((cut, *(at for at, group in enumerate(_STEMMED_ALIASES) if cut in group)))


def _holds(cut: str, known: str) -> bool:
    """Whether the stem of a caller's word is a compound with that of a part, or a shorter form of it."""
    if len(known) >= 4 and (cut.startswith(known) or cut.endswith(known)):
        return True
    return len(cut) >= 4 and known.startswith(cut) and len(known) - len(cut) <= 4


_STEMMED_ALIASES = tuple(frozenset(stem(word) for word in group) for group in _ALIASES)


@lru_cache(maxsize=256)
def _catalogue(services: tuple[Service, ...]) -> _Catalogue:
    """The names of all services in parts, and how much each part tells."""
    texts = [(service.id, text) for service in services for text in service.names]
    vocabulary = frozenset(word for _, text in texts for word in words(_in_minutes(normal(text))))
    cuts = vocabulary | _COMPOUND_PARTS
    names = tuple(_Name(service, text, _parts(text, cuts)) for service, text in texts)
    stems = {(stem(part), name.service) for name in names for part, _ in name.parts}
    sellers = Counter(part for part, _ in stems)
    weights = {
        part: (_EVERYDAY_WEIGHT if stem(part) in EVERYDAY else 1.0) / sellers[stem(part)] ** 0.5
        for name in names
        for part, _ in name.parts
    }
    parts = {(part, word): stem(part) for name in names for part, word in name.parts}
    known = vocabulary.union(part for part, _ in parts)
    senses: dict[str | int, set[str]] = {}
    for word in known:
        for sense in _senses(word):
            senses.setdefault(sense, set()).add(word)
    meant = {sense: frozenset(words) for sense, words in senses.items()}
    return _Catalogue(names, weights, vocabulary, cuts, parts, meant, shelved(known))


def _parts(name: str, cuts: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """The telling parts of a name, each with its word."""
    found = [word for word in words(_in_minutes(normal(name))) if word not in SMALL_WORDS]
    return tuple((part, word) for word in found for part in _cut(word, cuts))


@lru_cache(maxsize=8192)
def _cut(word: str, known: frozenset[str]) -> tuple[str, ...]:
    """A compound in two where its end, or its beginning, is a known word; else the word alone.

    The longest such end, or beginning, counts.
    """
    for at in range(3, len(word) - 3):
        if word[at:] in known:
            return (word[:at], word[at:])
    for at in range(len(word) - 3, 2, -1):
        head, rest = word[:at], word[at:]
        if rest in _ENDINGS:  # "adjustment" is no "appointment"
            continue
        sure = len(head) >= 4 or head in _COMPOUND_PARTS or rest in known
        if head in known and sure:
            return (head, rest)
    return (word,)


_ENDINGS = frozenset(
    listed("ment ments tion tions ation ning ningar ing ings else elser ande ende het able")
)
_COMPOUND_PARTS = frozenset(
    listed(
        "klippning färgning behandling besök kontroll rengöring byte installation rensning "
        "lagning massage trimning värk blekning undersökning service besiktning tvätt polering "
        "vård kurs dam herr barn tand hår fot bil hund katt däck hjul akut hud"
    )
)
