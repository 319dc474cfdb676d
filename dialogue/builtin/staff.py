"""Who of the company is asked for, or refused, in a caller's words. Pure.

In: a text in normal form and the company's document. Out: the resource that it names.
"""

import re
from collections import Counter
from functools import lru_cache

from dialogue.builtin.words import listed, normal, same_but_for_a_slip, words
from ringback.business import Business

_NOT_WITH = re.compile(
    r"\b(?:inte|ej|utan|without|utom|not|except|annan än|other than|slippa|anyone but|alla utom)\b"
    r"(?: (?:hos|av|med|till|ha|boka|with|by|av|den|want|vill)){0,3} (?P<who>[^\W\d_]+(?: [^\W\d_]+)?)"
)
_AT = re.compile(r"\bhos (?P<who>[^\W\d_]{2,})\b")
_WITH = re.compile(r"\b(?:with|by|med|till) (?P<who>[A-ZÅÄÖ][a-zåäö]+)\b(?! \d)")
_NOBODY = frozenset(
    listed(
        "er dig mig oss ni dem honom henne en ett min mitt den det samma vem vilken nån någon annan "
        "frisör frisören tandläkare tandläkaren samt som ert din alla swish you someone anyone "
        "monday tuesday wednesday thursday friday saturday sunday måndag tisdag onsdag torsdag "
        "fredag lördag söndag januari februari mars april maj juni juli augusti september oktober "
        "november december january february march may june july august october december "
        "salongen kliniken verkstaden firman företaget klarna kort card"
    )
)
_TITLES = frozenset(listed("dr doktor tandläkare frisör leg"))
_SIGNED = r"(?:heter|mvh|hälsningar|vänligen|my name is|i'm|i am|this is|regards|/) (?:\w+ )?"


def named_resource(text: str, business: Business) -> str:
    """The resource that a text asks for; "" when none, or when the caller gives the own name.

    A word that several resources share ("Plats 1", "Plats 2") names none of them by itself.
    """
    found = words(text)
    named: list[tuple[int, str]] = []
    for resource, called in _called(business.resources):
        for part in called:
            told = part in found or f"{part}s" in found or (" " in part and part in text)
            if told and not re.search(rf"{_SIGNED}{re.escape(part)}\b", text):
                named.append((text.find(part), resource))
                break
    if not named:
        return _misspelt(text, business)
    return min(named)[1]  # "helst Sara, annars Anna"


def _misspelt(text: str, business: Business) -> str:
    """The only resource whose name is a slip away from who is asked for: "hos Ingird"."""
    asked = [match["who"] for match in _AT.finditer(text) if match["who"] not in _NOBODY]
    found = {
        resource
        for who in asked
        for resource in business.resources
        if any(same_but_for_a_slip(who.removesuffix("s"), one) for one in words(normal(resource)))
    }
    return found.pop() if len(found) == 1 else ""


@lru_cache(maxsize=256)
def _called(resources: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What each resource goes by in a text: all of its name, and the parts that no other shares."""
    shared = Counter(part for resource in resources for part in words(normal(resource)))
    called = []
    for resource in resources:
        whole = normal(resource)
        own = [part for part in words(whole) if shared[part] == 1 and len(part) >= 3]
        called.append((resource, tuple(one for one in (whole, *own) if one not in _TITLES)))
    return tuple(called)


def denied_resource(text: str, business: Business) -> str:
    """The resource that a text does not want ("inte hos Ellen", "not Ellen"); "" when none."""
    for clause in _NOT_WITH.finditer(text):
        if found := named_resource(clause.group("who"), business):
            return found
    return ""


def names_stranger(written: str, text: str, business: Business) -> bool:
    """Whether somebody is asked for who does not work there: "hos Anna", "with Anna".

    Args:
        written: The message as received, whose capital letters tell names.
        text: The message in normal form.
        business: The company.
    """
    asked = [match.group("who") for match in _AT.finditer(text)]
    asked += [normal(match.group("who")) for match in _WITH.finditer(written)]
    if not asked:
        return False
    own = {word for name in (*business.resources, business.name) for word in words(normal(name))}
    strangers = (one for one in asked if one not in _NOBODY and one.removesuffix("s") not in own)
    return any(
        one not in own and not any(same_but_for_a_slip(one, name) for name in own)
        for one in strangers
    )
