"""Yes, no and doubt: how a message answers a question of ours. Pure.

In: a text in normal form, and what is left of it without its words about when. Out: an `Answer`.
A yes books, moves or cancels, so it is strict: every word must be one of assent or courtesy, and
nothing may deny, hesitate or ask. "Jag vet inte", "ja eller vänta" and "jag tror det" are no yes;
whatever is neither a yes nor a no is looked at as a new message. Texts are compared without dots
and rings (`words.plain`), which a hurried thumb leaves out.
"""

import re
import unicodedata
from dataclasses import dataclass

from dialogue.builtin.words import plain, words

_POLITE_IF = r"om det gar(?: bra)?|om (?:det )?mojligt|om det ar ledigt|if (?:that is |it is |it's )?possible|if i may"
_NO_TROUBLE = (  # denials that deny nothing
    r"inga? problem|inget problem|no (?:problem|worries)|spelar ingen roll|doesn't matter|no matter|ingen fara|gor (?:inget|ingenting)|"
    r"(?<!da )(?<!tyvarr )(?:kan|kunde|skulle) (?:du|ni|jag|vi|nan|nagon) inte(?! (?:da|tyvarr)\b)(?= \w)|(?:could|can|won)'?t you|(?:can|could) you not|"
    r"not before|inte (?:fore|innan|efter)|not after|men (?:ja|visst|gud ja)|but (?:yes|sure)"
)
_DENIES = (
    r"inte|int|inget|ingen|inga|ingenting|icke|ej|aldrig|nej\w*|(?<!att )(?<!kan )na+e?(?! (?:mig|mej|oss)\b)|nehej|nix|knappast|no|not|nope|nah|never|"
    r"none|neither|nor|cannot|cant|dont|doesnt|isnt|wont|\w+n't|unable|utan att|"
    r"angra\w*|skoj\w*|joking|kidding|regret\w*|changed? my mind|andrat mig|"
    r"undvik\w*|avoid\w*|slipp\w*|helst inte|"
    r"behall\w*|keep|strunt\w*|glom\w*|forget|avsta\w*|lat bli|nar? ?mind|never ?mind|dumheter|"
    r"for (?:tidig\w*|sen\w*|dyr\w*|langt?)|too (?:early|late|expensive|much|far)"
)
_HESITATES = (
    r"vanta\w*|wait|hold on|hang on|kanske|eventuellt|mojligen|mojligtvis|typ|osaker\w*|tvek\w*|"
    r"fundera\w*|tror|trodde|tanka|tank pa|fraga\w*|kollar?|kolla upp|aterkom\w*|hor av mig|maybe|perhaps|"
    r"possibly|might|guess|unsure|uncertain|not sure|think\w*|check\w*|ask|let me|h+m+|eh+|oh|um+|uh+|ahm|"
    r"undrar|wonder(?!ful)\w*|eller|or|dunno|idk|vet|beror|depends|om (?:jag|vi|han|hon|min|mitt)|if (?:i|we|my)|"
    r"ifall|huruvida|whether|men(?!')|but|maste|must|have to|borde|should|senare|sedan|nja\w*|forst|snart|"
    r"har inte|rad med|bara|just (?:curious|asking)|nyfiken|hoppas|hope"
)
_DENIAL = re.compile(rf"\b(?:{_DENIES})\b|👎")
_HESITATION = re.compile(rf"\b(?:{_HESITATES})\b|[🤔🤷😕😟😬]")
_HARMLESS = re.compile(rf"\b(?:{_NO_TROUBLE}|{_POLITE_IF})\b")
_QUESTION = re.compile(
    r"\?|^(?:(?:hej\w*|hi|hello|hey|tja|tjena)[ ,!.]+)?(?:kan|gar(?! (?:bra|fint|utmarkt))|finns|har|skulle ni|far|can|could|"
    r"is|are|do|does|would it|any|nar|vilka|vad|what|when|which|hur|how|varfor|why)\b|\bgar det\b(?! bra)|"
    r"\bfinns det\b"
)
_REFUSES = re.compile(
    r"^(?:(?:ja|men|oj|hej|sorry|tyvarr|usch|ah|ahnej)[ ,!.]+)*(?:nej\w*|na+e?|nja+|nehej|icke|nix|no|nope|nah|inte|absolut inte|not)\b|"
    r"\b(?:passar|funkar|gar|kan|hinner|vill|behover) (?:tyvarr |det |jag |mig |vi )*(?:inte|ej|daligt)\b|"
    r"\b(?:doesn't|don't|won't|can't|cannot|not) (?:\w+ )?(?:work|suit|make|possible|want|need|cancel|book|move|call)\b|"
    r"\bdo not\b|\bing(?:en|et) av\b|\b(?:kan|hinner) (?:jag|vi) (?:tyvarr )?(?:inte|ej)\b|\b(?:blir|ar) (?:lite |for )?(?:svart|tufft|knepigt)\b|\brather not\b|\bnone of\b|\bneither\b|👎|\binte (?:bra|langre|det|den)\b|"
    r"\bbehall\w*|\bkeep\b|\bstrunt\w*|\bglom\b|\bforget it\b|\bnever ?mind\b|\bangra\w*|\bskoj\w*|"
    r"\b(?:just )?(?:joking|kidding)\b|\bchanged? my mind\b|\bandrat mig\b|\bavstar?\b|\blat bli\b|"
    r"\bgor (?:det )?inte\b|\bjag (?:ska (?:nog |visst )?komma|kommer(?: visst| anda)?$)|\bi(?:'ll| will| am|'m) (?:be there|come|coming)\b"
)

_YES = (
    r"ja+|jada|jaha da|(?:japp+)+|jajj?am[ae]n\w*|jajjemen\w*|javisst|jepp+|yepp+|jess+|jo+|joda|jovisst|jovars|jora\w*|jo?men(?: visst)?|jamen(?: visst)?|visst|okej|okey|"
    r"ja+ta[ck]k|okk+|kk?|okidok|yea|alright|all right|korrekt|givetvis|naturligtvis|sa ?klart|"
    r"okay|ok|oki|okidoki|absolut|sjalvklart|gor (?:det|sa|garna det)|(?:da |vi |sa )+(?:gor|sager|kor|tar|bestammer)(?: vi)?(?: det| sa| den)?|yes+|yess|mm+|mhm+|a+|ah|"
    r"sure thing|oki? doki|please do|jupp|jao|juste|jora|jojo|tackar ja|bestamt|taget|avgjort|let's (?:do (?:it|that|so)|go(?: for it| with (?:it|that))?)|do so|yep|yeah|yup|ye|sure|absolutely|definitely|"
    r"certainly|sure thing|oki? ?doki|okok|tackar|please do|of course|correct|go ahead|please do|do it|go for it|(?:det )?kan du|confirm(?:ed)?|bekraftar?|bekraftat|bekraftas|stammer|"
    r"precis|exakt|garna(?: det)?|svar ja|j|y|👍|✅|👌"
)
_PRAISE = (
    r"perfekt\w*|perfect\w*|toppen|kanon\w*|super\w*|utmarkt|finemang|great|good|fine|lovely|excellent|"
    r"awesome|klockrent|gott|gott nog|perfa|kalas|wonderful|fantasti(?:skt|c)|fab|suverant|stralande|finfint|fin fint|schyss?t|cool|sweet|(?:later|sounds) (?:som|like) (?:en|a) plan|brilliant|deal|klart|done|bra|fint|grymt|harligt|underbart|najs|nice|"
    r"jatte(?:bra|fint|gott)|(?:passar|funkar|works)|suits (?:me|us)|mycket bra|varsagod|(?:da )?kommer (?:jag|vi)(?: da)?|(?:jag|vi) kommer da(?! och)|da ses vi"
)
_TAKING = (
    r"kor(?: pa| vi| hart| gar[n]a)*(?: det| den| pa)*|(?:boka|reservera|ta|tar|valjer|take|book|reserve|choose|pick)"
    r"(?: (?:garna|in|mig|me|us|at))*(?: henne| honom| oss)?(?: in)?(?: den| det| tiden| bada| bagge| it| that| them| both| one)?|flytta(?: den| det| tiden)?|move it|"
    r"(?:den|det) vill (?:jag |vi )(?:ha|boka)|vill (?:ha|boka) (?:den|det)|put (?:me|us) down"
)
_CANCELLING = (
    r"(?:av ?boka|stryk|ta bort|stall in|cancel)(?: den| det| tiden| min tid| bokningen| min bokning| it| them| "
    r"alla| allt| bada| all| both| my (?:booking|appointment))?|kor(?: pa)?(?: det)?|anyway|anda"
)
_COURTESY = (
    r"tack(?: sa)?(?: jatte| hemskt)?(?: mycket)?(?: pa forhand)?|takk|tck|pa forhand|hemskt|tacksam|snalla|please|pls|thanks|thank you|thx|so much|very much|"
    r"hej|hejsan|halla|hi|hello|hey|tja|tjena|oh|ah|wow|vad bra|sa bra|how nice|mvh|halsningar|"
    r"vi ses(?: da)?|see you(?: then)?|ha det(?: bra)?|men (?:ja|visst|gud ja)|"
    r"inga problem|no problem|no worries|(?:jag heter|mitt namn ar|namnet ar|my name is) [a-z]+(?: [a-z]+)?$"
)
_COMES = re.compile(r"\b(?:vi ses|ses da|see you|valkommen|welcome)\b")
_GLUE = (
    r"do|d|doki|vore|hade (?:varit|passat)|hade suttit(?: fint)?|skulle (?:vara|passa|funka)|(?:for )?all del|for tusan|alldeles|honom|henne|bada|bagge|both(?: of (?:us|them))?|oss alla|jag|vi|du|ni|det|den|de|tiden|tid|ar|blir|gar|later|kanns|sa|nu|da|ska|skulle|vill|ju|och|o|for|mig|ses|"
    r"oss|min del|saker|helt|valdigt|mycket|jatte|pa|i|till|with|"
    r"that|thats|that's|this|it|it's|is|sounds?|would be|will|be|i'm|i'll|i'd|like|want|we|we'll|me|us|"
    r"the|a|then|so|just|very|really|to|and|right|for|at|on|sure|kl|hos|passar|funkar|works|samma|istallet|instead"
)


def _any_of(*phrases: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w'])(?:{'|'.join(phrases)})(?![\w'])|👍|✅|👌")


_KIND_WORDS = _any_of(_COURTESY)
_FILLING = _any_of(_POLITE_IF, _COURTESY, _GLUE)
_ACCEPTING = _any_of(_YES, _PRAISE, _TAKING)
_CANCELS = _any_of(_YES, _CANCELLING)
_CALM = _any_of(_YES, r"(?:ring|call)(?: garna)?(?: mig| me| upp| us)?(?: upp)?")
_REFUSING_WORDS = (
    r"nej\w*|na|nae|nix|no|nope|nah|inte|det|jag|vill|i|don't|want|not|nu|idag|now|today|thanks|boka|book|"
    r"angrar|mig|strunta|glom|avstar|avsta|lat bli|sa|behover|need|intresserad|interested|langre|anymore|"
    r"gor|den|it|that|do|absolut|verkligen|changed?|my|mind|never ?mind|forget|skojade?|bara|joking|kidding|just|was|har|andrat|it|"
    r"om|ska|ha|nagon|nan|ingen|inget|tid|any|appointment|tyvarr|sorry|men|anda"
)
_FRIENDLY = frozenset("👍✅👌🙏🙂😊😀😃😄😁😅😉☺❤💪🎉🙌👏😍🥰️️️‍🏻🏼🏽🏾🏿")


@dataclass(frozen=True, slots=True)
class Answer:
    """How a text answers an open question."""

    yes: bool = False  # to book or move what was proposed
    cancels: bool = False  # to cancel; praise alone ("perfekt") is no yes to that
    calls: bool = False  # to be rung
    no: bool = False
    ends: bool = False  # a no and nothing else: the caller wants nothing more
    doubt: bool = False  # denies or hesitates somewhere: nothing may be booked on it unasked


def answer(text: str, rest: str | None = None, names: frozenset[str] = frozenset()) -> Answer:
    """How a text in normal form answers; `rest` is the text without its words about when.

    Args:
        text: The message in normal form.
        rest: What is left of it without words about when; the text itself when None.
        names: Words of the company's services and people, which may stand beside a yes.
    """
    told = plain(text)
    left = plain(text if rest is None else rest)
    doubt = doubts(text)
    sure = not doubt and not asks(text) and not _unfriendly(text)
    no = bool(_REFUSES.search(_HARMLESS.sub(" ", told)))
    return Answer(
        yes=sure and _consists_of(told, left, _ACCEPTING, names),
        cancels=sure and not _COMES.search(told) and _consists_of(told, left, _CANCELS, names),
        calls=sure and _consists_of(told, left, _CALM, names),
        no=no,
        ends=no and "?" not in told and not words(_COURTESY_OR_NO.sub(" ", told)),
        doubt=doubt,
    )


def doubts(text: str) -> bool:
    """Whether a text in normal form denies or hesitates anywhere."""
    told = _HARMLESS.sub(" ", plain(text))
    return bool(_DENIAL.search(told) or _HESITATION.search(told))


def denies(text: str) -> bool:
    """Whether a text in normal form denies something: "inte", "för tidigt"."""
    return bool(_DENIAL.search(_HARMLESS.sub(" ", plain(text))))


def asks(text: str) -> bool:
    """Whether a text in normal form is put as a question."""
    return bool(_QUESTION.search(plain(text)))


def only_courtesy(text: str, extra: re.Pattern[str], names: frozenset[str]) -> bool:
    """Whether a text holds nothing but what `extra` matches, assent, courtesy and names."""
    left = extra.sub(" ", plain(text))
    left = _FILLING.sub(" ", _ACCEPTING.sub(" ", left))
    return all(word in names for word in words(left))


_COURTESY_OR_NO = _any_of(_REFUSING_WORDS, _COURTESY)


def _consists_of(told: str, left: str, assent: re.Pattern[str], names: frozenset[str]) -> bool:
    """Whether there is assent in a text, and nothing beside it but courtesy and names."""
    if not assent.search(told):
        return False
    left = _FILLING.sub(" ", assent.sub(" ", _KIND_WORDS.sub(" ", left)))
    return all(word in names for word in words(left))


def _unfriendly(text: str) -> bool:
    """Whether it holds a picture that may mean anything."""
    return any(unicodedata.category(sign) == "So" and sign not in _FRIENDLY for sign in text)
