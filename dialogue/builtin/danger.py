"""Danger to people and homes: what a person must see at once, whatever else a text asks for. Pure.

In: a text in normal form. Out: whether it tells of danger. Used by intent.py, which adds what is only
urgent ("akut tandvärk"), and by people.py. The classes are those by which emergency calls are sorted:
breath, heart, brain, blood, injury, self-harm, violence, people locked in or missing, the road, fire,
gas and water. Each is words of one kind near words of another ("bröstet ... trycker"); a part of the
body that hurts is no danger by itself ("ont i ryggen"). Texts are compared without dots and rings.
"""

import re
from functools import lru_cache

from dialogue.builtin.words import plain


def _near(one: str, other: str, most: int = 4) -> str:
    """Words of two kinds in one sentence, in either order, with at most so many words between."""
    between = rf"(?:[ ,]+[^\s,.!?]+){{0,{most}}}?[ ,]+"
    return rf"(?:(?:{one})\b{between}(?:{other})|(?:{other})\b{between}(?:{one}))"


_CANNOT = (
    r"inte|ej|icke|knappt|ingen|svart(?: att| med att)?|svarare att|tungt att|problem (?:med )?att|not|"
    r"(?:ca|wo|do|does|is|could|did)n't|cannot|cant|hardly|barely|trouble|difficult\w*|struggl\w+(?: to)?|short(?:ness)? of"
)
_LIMB = (
    r"(?:under|lar|nyckel)?ben(?:et|en)?|arm(?:en|ar|arna)?|fot(?:en)?|fotled\w*|hand(?:en)?|handled\w*|"
    r"hoft\w*|nacke\w*|fing(?:er|ret|rar|rarna)|tumme\w*|tummen|tar?n?|huvud\w*|legs?|arms?|foot|ankle|hand|"
    r"wrists?|hip|neck|fingers?|thumb|toes?|head"
)
_DEPENDENT = (
    r"(?:sma|spad|skol)?barn(?:et|en)?|bebis\w*|son|sonen|dotter|dottern|unge\w*|mamma\w*|pappa\w*|mormor|morfar|"
    r"farmor|farfar|fru|frun|make|maken|hund\w*|katt\w*|baby|child|children|kids?|daughter|toddler|dog|"
    r"cat|mum|mom|dad|husband|wife|grandma|grandpa"
)
_BODY = (
    # breath
    rf"(?<!hinner )(?:{_CANNOT}) (?:\w+ ){{0,2}}(?:andas|andning\w*|luft|breath\w*)\b(?! i (?:\w*dack|\w*hjul|de|dom|slang)| (?:genom|through) )",
    r"andas (?:inte|ej|knappt|konstigt|jatte\w*|tungt|ytligt|rossl\w*)|slutat? andas|slutade andas",
    r"breathing (?:funny|badly)|stopped breathing|andnod\w*|andningssvarighet\w*|kvavs|kvaver|kvavning\w*",
    r"satt (?:\w+ ){0,3}i halsen|vrangstrupen|choking|choked on|suffocat\w*|drunkn\w*|drown\w*",
    # heart
    _near(
        r"brost(?:et|korg|korgen)?|hjartat?|chest|heart",
        r"ont|smart\w*|vark\w*|tryck\w*|kramp\w*|hugg\w*|stick\w*|brann\w*|tungt|tynger|pains?|painful|hurts?|"
        r"hurting|ach\w+|tight\w*|pressure|crushing",
    ),
    r"brost(?:smart|vark)\w*|heart attack|cardiac arrest",
    # brain and consciousness
    r"medvetslos\w*|avsvimmad\w*|svim(?:ma\w*|fardig\w*|ning\w*)|livlos\w*|unconscious\w*|faint(?:ed|ing|s)|"
    r"passed out|blacked out|unresponsive|not respond\w*",
    r"(?:ramla\w*|rasa\w*|foll|fallit|faller|sjonk|sjunkit|sackade?t?) (?:bara |helt )?ihop",
    _near(
        r"ramla\w*|fallit|foll|trilla\w*|ligger|legat|fell|fallen|lying",
        r"(?:svarar|reagerar|vaknar) inte|ror sig inte|inte (?:resa|upp)|(?:not|isn't) (?:moving|waking)|"
        r"won't wake|can't get up|okontaktbar",
        6,
    ),
    rf"(?:{_DEPENDENT}|han|hon) (?:vaknar|reagerar) inte(?! i tid)|okontaktbar\w*|won't wake|"
    rf"(?:{_DEPENDENT}|he|she|i) (?:(?:has|have|just) )*collapsed",
    _near(r"svarar inte", r"dorr\w*|knack\w*|golvet|last", 3),
    _near(r"ansikt\w*|mungipa\w*|face", r"hang\w*|domna\w*|snett|forlama\w*|droop\w*|numb"),
    r"sluddra\w*|slurr(?:ed|ing)|forlama\w*|paralys\w*|tapp(?:at|ade) (?:talet|kanseln)|ingen kansel|"
    r"kan inte (?:kissa|rora (?:arm|ben|mig|sig|hoger|vanster)\w*)|can't (?:pee|move (?:my|his|her)|feel (?:my|his|her))",
    r"epilep\w*|(?:hjart|astma)anfall|asthma attack|anafyla\w*|anaphyla\w*|allergisk chock|(?<!vaden )(?<!vaderna )(?<!benet )krampa[rt](?! i (?:vad|ben|rygg|nack|axel|fot|lar))|krampanfall\w*|seizures?|overdos\w*|"
    r"(?:tagit|svalt|atit|taken|swallowed) (?:\w+ ){0,2}(?:for manga|too many|hela burken)|"
    r"elstot\w*|elchock\w*|fatt (?:en )?strom i|electric shock|electrocuted|"
    r"(?:tungan?|halsen) (?:\w+ )?svull\w*|throat is (?:closing|swelling)",
    # blood
    _near(
        r"bloder|bloda|blodning\w*|blod|blodet|bleed\w*|blood",
        r"mycket|kraftigt|jatte\w*|ymnigt|overallt|forsar|sprutar|slutar|slutat|stoppa\w*|stannar|urin\w*|"
        r"avforing\w*|krak\w*|hosta\w*|badly|heavily|a lot|everywhere|stop|urine|stool|cough\w*|vomit\w*",
    ),
    r"(?:bloder|blodde|bleeding) (?:fran|ur|from)",
    _near(
        r"svalt|svalde|atit|fatt i sig|swallowed|eaten|ate",
        r"batteri\w*|\w*gift|tablett\w*|medicin\w*|piller|magnet\w*|nal|mynt|battery|pills?|poison|coin|needle|choklad\w*|"
        r"chocolate|xylitol|glykol|kylarvatska|antifreeze",
        3,
    ),
    _near(r"krock\w*|crash\w*", r"ont|hurts?|skada\w*|injur\w*|blod\w*", 6),
    _near(r"skurit|kapat|sagat|skar (?:mig|sig|av)", _LIMB),
    rf"cut (?:off )?(?:my|his|her) (?:\w+ ){{0,2}}(?:{_LIMB})",
    # eyes
    _near(
        r"oga|ogat|ogon|ogonen|eyes?",
        r"stank\w*|skrap|flis\w*|span|syra|lut|fratande|kemikali\w*|splitter|metall\w*|cement|acid|"
        r"chemicals?|splinter|bleach",
        5,
    ),
    _near(
        r"syra|lut|fratande|kemikali\w*|acid|bleach", r"ansikt\w*|hud|huden|munnen|face|skin|mouth"
    ),
    _near(r"plotslig\w*|sudden(?:ly)?", r"ser dubbelt|ser suddigt|blind\w*|seeing double"),
    r"fatt (?:\w+ ){0,3}i (?:hoger |vanster |ena )?(?:oga|ogat|ogonen)|something in my eyes?",
    r"(?:plotslig\w*|hastigt|sudden(?:ly)?) (?:\w+ ){0,4}(?:syn\w*|blind\w*|ingenting|inget|suddigt|dubbelt|vision|"
    r"sight|see)\b",
    r"ser (?:\w+ ){0,2}(?:ingenting|inget) (?:alls )?(?:pa|med) (?:hoger|vanster|ena|mitt|bada)|"
    r"(?:tappat|forlorat) (?:\w+ ){0,2}synen|synen (?:\w+ ){0,2}(?:forsvann|forsvunnit|borta)|"
    r"lost (?:my |his |her )?(?:sight|vision)|(?:gone|went) blind|(?:blev|blivit) blind|ljusblixtar",
    # dying, by itself or by one's own hand
    r"(?:haller pa att|kommer(?: att)?) do|(?:jag|han|hon) dor(?! av)|(?:i'm|i am|he's|she's|he is|she is) dying(?! for| to)",
    r"(?:ta|tar|tog|tagit) (?:livet av|mitt (?:eget )?liv|sitt (?:eget )?liv)|sjalvmord\w*|suicid\w*|"
    r"(?:vill|orkar|pallar) (?:\w+ )?(?:inte|ej) (?:\w+ ){0,2}(?:leva|finnas)|(?:inte|ej) (?:vill|orkar|pallar) (?:\w+ )?leva|"
    r"vill (?:bara )?(?:do|slippa leva)|(?:skadar?|skar) mig sjalv|gora mig illa|"
    r"(?:gora slut pa|avsluta) (?:mitt liv|livet|allt)|inget att leva for|livet (?:ar|kanns) (?:meningslost|inte vart)",
    r"kill(?:ing)? (?:my|him|her)self|(?:wants?|going) to die|wanna die|end(?:ing)? (?:my|his|her) (?:own )?life|end it all|"
    r"(?:don't|do not|not) want to (?:live|be alive|exist)|harm(?:ing)? (?:my|him|her)self|want to hurt myself|"
    r"better off dead|no reason to live",
)
_HOME_AND_ROAD = (
    # violence
    r"(?<!mot )(?<!against )inbrott(?:et)?|bryt(?:a|er) sig in|(?:brutit|brot) sig in|(?:upp|in)brut(?:en|et|na)|"
    r"brutit upp|burgl\w+|break(?:ing|s)?[ -]in(?:s|to)?|broken? in(?:to)?|robb(?:ed|ery)|ranad\w*|ranar|knivhot\w*|"
    r"hotad\w*|hotar|misshandl\w*|slar (?:mig|henne|honom|barnen|sin|sina)|valdt(?:ag|ak)\w*|overfall\w*|stryp(?:er|te|t)|knivskar\w*|knivhugg\w*|stabbed|strangl\w*|"
    r"attack(?:ed|ing) (?:me|us)|stalk(?:ed|ing|er)",
    _near(
        r"nagon|nan|en man|okand\w*|someone|somebody|a man|stranger",
        r"slar pa|bankar pa|sparkar|rycker i|ta sig in|smyger|inne i (?:hus|lagenhet|vart|mitt)\w*|varit inne|banging on|kicking|get in",
        3,
    ),
    # locked in, missing
    r"inlast(?:a|e)?|innelast\w*|instangd\w*|utelast\w*|last (?:mig|oss|sig|henne|honom) (?:ute|inne)|"
    r"last in(?:ne)? (?:\w+ ){0,2}(?:mig|oss|sig|nyck\w*|bilnyck\w*|barn\w*)|locked (?:me |us |\w+sel(?:f|ves) )?(?:in|out|inside)|trapped|"
    r"fast i (?:en |den )?hiss\w*|stuck in (?:the |a |an )?(?:lift|elevator)",
    _near(r"hiss(?:en)?|lift|elevator", r"fastnat|sitter fast|stuck", 3),
    _near(
        _DEPENDENT,
        r"kvar i bilen|kvar inne|sover inne|inne i (?:bil|lagenhet|hus)\w*|ensam (?:hemma|kvar|inne)|forsvunn\w*|ar borta|"
        r"kommit bort|missing(?! (?:a|an|the|two|some|his|her|teeth|tooth)\b)|left in the car|disappeared|gone missing",
        5,
    ),
    # the road
    _near(
        r"(?:fram|bak|vinter|sommar)?(?:hjul|dack)(?:et|en)?|ratten?|broms(?:en|ar|arna)?|styrning(?:en)?|wheels?|tyres?|"
        r"tires?|brakes?|steering",
        r"lossna\w*|lossat|(?:ramla\w*|trilla\w*|foll|fallit|flog|flugit|aker|akte) av|explodera\w*|sprack|"
        r"sluta\w* (?:fungera|funka|bromsa|ta)|(?:tar|funkar|fungerar) inte|(?:came|fell|fallen|coming|flew) off|"
        r"(?:come|came) loose|failed|failing|exploded|(?:don't|not|stopped) work\w*",
        3,
    ),
    _near(
        r"motorvag\w*|vagren\w*|e\d{1,2}(?::?an)?|riksvag\w*|landsvag\w*|vagkant\w*|motorway|highway|freeway|hard shoulder|"
        r"roadside",
        r"star(?! i)|stannat|stannade|stopp|strandad\w*|punka|punktering|stuck(?! in)|stranded|brok(?:e|en) down|"
        r"flat|lossna\w*|skenar",
    ),
    r"vagar inte kora|livsfarlig\w*|(?:not safe|dangerous|afraid|scared) to drive",
    # fire, gas, water
    r"brinner(?! for| inte)|brunnit|borjat? brinna|det ar brand|brand i (?:\w+ )?(?:kok|hus|lagenhet|garage|bil|motor|elskap)\w*|"
    r"eldsvada|i lagor|in flames|on fire|caught fire|fire in|ryker (?:ur|fran|om|fran)|kommer (?:det )?rok|smoke coming",
    r"gas(?:lukt|lack)\w*|gas leak|kolmonoxid\w*|carbon monoxide",
    _near(r"luktar|lukt|stinker|smells?|smelling", r"gas|brant|rok|smoke|burn\w*", 3),
    _near(
        r"vatten|vattnet|water",
        r"sprutar|forsar|valler|stiger|rinner (?:ut|in|ner|fran|genom|langs)|overallt|gushing|pouring|spraying|"
        r"everywhere|flooding|rising",
        3,
    ),
    r"rinner (?:det )?vatten (?:ner|ut|in|fran|genom|over)",
    # calls for help
    r"(?:ring|ringa|ringer|larma|skicka|behover|tillkalla|call|need|send|get) (?:(?:pa|till|efter|en|an|the|ni|oss) )*"
    r"(?:112|911|999|1177|sos|ambulans\w*|polis|polisen|brandkar\w*|raddningstjanst\w*|ambulance|police|fire brigade)",
)
# What may also be an old story, told as the reason for a visit.
_STORIES = (
    r"(?<!-)stroke|(?:hjart|lung|hjarn)(?:infarkt|stopp|stillestand|emboli|blodning)\w*|blodpropp\w*|blood clot",
    rf"(?:{_LIMB}) (?:ar|gick|har gatt|blev) (?:helt |rakt )?av|"
    rf"(?:brutit|broken?) (?:av )?(?:\w+ )?(?:{_LIMB})",
    r"(?:bil|trafik|mc|motorcykel|arbets)olyck\w*|(?:car|traffic|road) (?:accident|crash)|pakord\w*|run over by|hit by a car|"
    r"(?:precis|nyss) krockat",
)
_OLD = re.compile(
    r"\b(?:rehab\w*|whiplash|gips\w*|opere\w*|surgery|efter (?:en |min |sin |ett )?(?:stroke|\w+infarkt|\w*olyck\w*|blodpropp)|"
    r"after (?:a |an |my |the )?(?:stroke|heart attack|\w* ?accident)|(?:ar|veckor|vecka|manader|manad) se(?:n|dan)|"
    r"(?:years?|months?|weeks?) ago|i (?:somras|vintras|hostas|varas|fjol)|forra (?:aret|veckan|manaden)|last (?:year|month|week))\b"
)
_DENIED = re.compile(
    r"\b(?:inte|ej|inget|ingen|inga|slipper|utan|not|no|isn't|doesn't|don't|without) "
    r"(?:(?:sa|alls|sarskilt|an?|really|any|direkt|ha|haft|har|nagon|nagot|nagra|langre|have|had|en|ett) )*$"
)
_DANGER = re.compile(rf"\b(?:{'|'.join((*_BODY, *_HOME_AND_ROAD))})\b")
_STORY = re.compile(rf"\b(?:{'|'.join(_STORIES)})\b")
_ALARMING = re.compile(
    r"\b(?:hjalp|help|radd|livradd|scared|afraid|fara|farlig\w*|danger\w*|skada[dt]?\w*|injur\w+|olyck\w*|accidents?|"
    r"blod\w*|blood\w*|brand|eld|elden|fire|rok|smoke|polis\w*|police|dod|dott|dead|panik\w*|panic\w*|angest\w*|"
    r"sjukhus\w*|hospital|akuten|yrsel|orkar inte mer|kniv\w*|knife|vapen|krock\w*|crash\w*|bomb\w*|hot|hoten|chock\w*)\b"
)


@lru_cache(maxsize=64)
def endangers(text: str) -> bool:
    """Whether a text in normal form tells of danger, not denied and not an old story."""
    told = plain(text)
    if _told(_DANGER, told):
        return True
    return _told(_STORY, told) and not _OLD.search(told)


def alarms(text: str) -> bool:
    """Whether it holds a word by which a person should see a text that is not understood."""
    return bool(_ALARMING.search(plain(text)))


def _told(pattern: re.Pattern[str], text: str) -> bool:
    return any(not _DENIED.search(text[: found.start()]) for found in pattern.finditer(text))
