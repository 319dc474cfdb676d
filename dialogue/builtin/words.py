"""Spelling: a message's normal form, its words, stems, and words that are the same but for a slip.

In: texts of customers and of the company's document. Out: forms that can be compared.
The stems are cut by suffix lists for Swedish and English inflection; both sides of every comparison
go through the same cut, so a stem need not be a real word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache


def listed(text: str) -> tuple[str, ...]:
    """The words of a list that is written as one text."""
    return tuple(text.split())


_DASHES = re.compile("[\u2010-\u2015\u2212]")
_QUOTES = str.maketrans({"\u2019": "'", "\u2018": "'", "\u00b4": "'", "`": "'", "\u201d": '"'})
_URL = re.compile(r"\b(?:https?://|www\.)\S+|\b[a-z\d-]+(?:\.[a-z\d-]+)*\.[a-z]{2,7}/\S+")
_PERSONAL_NUMBER = re.compile(r"(?<!\d)(?:19|20)?\d{6}[ ]?[-+]?[ ]?\d{4}(?!\d)")
_PHONE = re.compile(r"(?<![\d:.])(?:\+|00?)\d[\d ()-]{6,14}\d(?!\d)")
_SIGNATURE = re.compile(
    r"\b(?:mvh|med vänlig(?:a)? hälsning\w*|vänliga hälsningar|hälsningar|(?:best|kind) regards|"
    r"regards)\b[ ,./]*(?:[^\W\d_]+ ?){0,3}$"
)
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
_PLAIN = str.maketrans({"å": "a", "ä": "a", "ö": "o", "é": "e", "ü": "u", "æ": "a", "ø": "o"})

_SUFFIXES = frozenset(
    listed(
        "ningarna ningens ningar ningen nings ning ande anden andet ende ades ade at ad arnas "
        "ornas erna orna arna aren aret are ar er or erns ern en et ens ets an na as es s a e te "
        "ing ings ed ies"
    )
)
_LONGEST_SUFFIX = max(map(len, _SUFFIXES))
_DOUBLED_END = re.compile(r"([^\W\d_])\1$")
SMALL_WORDS = frozenset(
    listed(
        "i en ett av på för med och o till hos den det de att a an the of for with and to in on "
        "har här kan vill ska om så at min mitt mina din vår my your our som är vi ni du jag man er oss mig"
    )
)


def normal(text: str) -> str:
    """Lower case, plain dashes and quotes, single spaces; no links, signature or private numbers.

    Those numbers are dropped first of all, so that nothing further on can read, log or repeat them.
    """
    text = unicodedata.normalize("NFKC", text).casefold().translate(_QUOTES)
    text = _DASHES.sub("-", text)
    for unwanted in (_URL, _PERSONAL_NUMBER, _PHONE):
        text = unwanted.sub(" ", text)
    text = re.sub(r"\s+", " ", text).strip()
    return _SIGNATURE.sub("", text).strip()


def names_number(text: str) -> bool:
    """Whether a text as received holds a telephone number, which its normal form does not."""
    return bool(_PHONE.search(text))


def words(text: str) -> list[str]:
    """The words of a text in normal form; `check-up` is one word, `checkup`."""
    return _WORD.findall(re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", text))


def has_link(text: str) -> bool:
    """Whether a text as received holds an address on the web."""
    return bool(_URL.search(text.casefold()))


def plain(word: str) -> str:
    """The word without the dots and rings that a hurried thumb leaves out."""
    return word.translate(_PLAIN)


def with_dots(text: str) -> str:
    """A Swedish text in normal form with the dots and rings of everyday words put back.

    Words written as they sound are put right too: "e" (är), "å" and "o" (och).
    """
    text = _VARA.sub("vara", _VAD.sub("vad", text))
    text = _AS_SPOKEN.sub(lambda found: _SPELT[found.group()], text)
    return re.sub(r"[^\W\d_]+", lambda found: _DOTTED.get(found.group(), found.group()), text)


_VAD = re.compile(
    r"\bva\b(?= (?:kosta|är|tar|gör|händer|gäller|heter|har|blir|finns|innebär|ska jag)\w*)"
)
_VARA = re.compile(  # "ska jag va me?"
    r"\bva\b(?= (?:med|där|här|kvar|hemma|framme|klart?|klara|ledigt?|fri|tyst|inne|ute)\b)|"
    r"(?<=\bska )va\b|(?<=\bska jag )va\b|(?<=\bska vi )va\b|(?<=\bkan )va\b|(?<=\bfår )va\b|(?<=\bmåste )va\b|(?<=\batt )va\b|"
    r"(?<=\bjag )va\b(?= med?\b)|(?<=\bman )va\b|(?<=\bvi )va\b(?= med?\b)|(?<=\bvill )va\b|(?<=\bskulle )va\b"
)
_SPELT = {"me": "med", "e": "är", "ä": "är", "å": "och", "o": "och"}
_AS_SPOKEN = re.compile(
    r"(?<![\w:.'/-])(?:(?<!: )(?<!\d )e|[äå]|(?<=va )me|(?<=ra )me|(?<=ta )me|(?<=tar )me|(?<=ha )me|(?<=har )me|(?<=följa )me|(?<=komma )me|(?<=kommer )me|(?<=hjälp )me|(?<=hjälpa )me|(?<=prata )me|(?<=betala )me|(?<=betalar )me|(?<=klar )me|me(?= (?:på|en|ett|min|mitt|mina|er|ert|oss|att|sig|dig)\b)|(?<!t )(?<!fr )o)(?![\w.:'/-])"
)  # not "e.m.", "den 3 e", "t o m"
# No word whose undotted form is a word of its own: här/har, ändra/andra.
_DOTTED = {
    plain(word): word
    for word in listed(
        "första över lång länge behöver på öppet öppnar öppna öppettider stänger stängt är då nästa "
        "åtta två för före från möjligt får får går också människa där när vänta läcker "
        "försenad gärna så säljer förlåt nä nån någon några även kväll ikväll förmiddag övermorgon "
        "fråga lördag söndag måndag återbetala hjälp tillgänglig färdig jätteont värk fjärde ställa"
    )
}


_LEAST_SLIP, _MOST_SLIPS = 5, 2  # letters of a word that can be typed with a slip; slips in one


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """The word without inflection, dots and doubled end: klippa, klippning, klippt → klip."""
    word = plain(word).removesuffix("'s").replace("'", "")
    for _ in range(2):  # "klippning|en", "colour|ing|s"
        for at in range(max(3, len(word) - _LONGEST_SUFFIX), len(word)):  # three letters are kept
            if word[at:] in _SUFFIXES:
                word = word[:at]
                break
    return _DOUBLED_END.sub(r"\1", word)


def same_but_for_a_slip(typed: str, known: str) -> bool:
    """Whether a typed word is a known one with a slip: one in 5 letters or more, two in 9."""
    allowed = _MOST_SLIPS if len(known) >= 9 else 1 if len(known) >= _LEAST_SLIP else 0
    if abs(len(typed) - len(known)) > allowed:  # nearly all words end here
        return False
    typed, known = plain(typed), plain(known)
    if typed == known:
        return True
    if typed[:1] != known[:1]:
        return False
    if len(set(typed) - set(known)) > allowed or len(set(known) - set(typed)) > allowed:
        return False  # each letter that the other has not is a slip
    return _slips(typed, known) <= allowed


Shelves = dict[tuple[str, int], list[str]]


def shelved(known: Iterable[str]) -> Shelves:
    """Words that can be meant by a slip, by their first letter without dots and their length."""
    shelves: Shelves = {}
    for word in known:
        if len(word) >= _LEAST_SLIP:
            shelves.setdefault((plain(word[0]), len(word)), []).append(word)
    return shelves


def slips_of(typed: str, shelves: Shelves) -> Iterator[str]:
    """The words of which a typed one is a slip; those on other shelves are too unlike."""
    first = plain(typed[0])
    for length in range(len(typed) - _MOST_SLIPS, len(typed) + _MOST_SLIPS + 1):
        for known in shelves.get((first, length), ()):
            if same_but_for_a_slip(typed, known):
                yield known


def _slips(a: str, b: str) -> int:
    """Letters added, left out, exchanged or swapped with their neighbour (Damerau-Levenshtein)."""
    for _ in range(2):  # what both begin and end with costs nothing, and is most of it
        unlike = (at for at, (one, other) in enumerate(zip(a, b, strict=False)) if one != other)
        same = next(unlike, min(len(a), len(b)))
        a, b = a[same:][::-1], b[same:][::-1]
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, 1):
        older, before, row = before, row, [i]
        for j, other in enumerate(b, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
    return row[-1]
