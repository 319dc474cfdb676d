"""What the caller wants, apart from a time: to cancel, a person, to know the price, ... Pure.

In: a text in normal form. Out: the set of intents whose words it holds. Several may hold at once
("vad kostar det och har ni tid på fredag?"); engine.py decides which is answered first.
Each intent is one entry of `_SIGNS`; a sign that is denied ("inget akut") does not count.
"""

import re
from enum import StrEnum

from ringback.optout import opts


class Intent(StrEnum):
    """What a message is about."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    SPAM = "spam"
    WRONG_NUMBER = "wrong_number"
    ROBOT = "robot"  # asks whether a machine answers
    OTHERS = "others"  # asks about other customers
    TAKEOVER = "takeover"  # instructions meant to change rules or role
    EMERGENCY = "emergency"
    ANGER = "anger"
    LATE = "late"
    CALL_BACK = "call_back"
    PERSON = "person"
    CANCEL = "cancel"
    MOVE = "move"
    MY_BOOKING = "my_booking"  # asks when the own booking is
    BOOK = "book"
    AVAILABILITY = "availability"  # asks which times there are
    PRICE = "price"
    DURATION = "duration"
    HOURS = "hours"
    ADDRESS = "address"
    PHONE = "phone"
    POLICY = "policy"
    CORRECTION = "correction"
    THANKS = "thanks"
    GREETING = "greeting"
    QUESTION = "question"


_SIGNS: dict[Intent, str] = {
    Intent.SPAM: (
        r"\b(?:du har (?:blivit )?(?:utvald|vunnit)|grattis!* du|klicka (?:här|på länken)|"
        r"click (?:here|the link|below)|you(?:'ve| have)? (?:been selected|won)|gratis iphone|"
        r"bitcoin|casino|free spins|lån utan|vinn en|claim your|sök ?motor ?optimering|snabblån|"
        r"kryptovaluta)\b"
    ),
    Intent.WRONG_NUMBER: (
        r"\bfel (?:nummer|nr|telefonnummer)\b|\b(?:ringde|ringt|slog|slagit|tryckte|"
        r"skrev) (?:du |jag )?fel\b|\bfelringning\b|\bwrong (?:number|person)\b|\bmisdial\w*|"
        r"\bringde av misstag\b|\bfickringning\b|\bcalled by mistake\b|\bpocket dial\w*"
    ),
    Intent.ROBOT: (
        r"\b(?:är|are|om) (?:du|det|detta|ni|you|this) (?:här )?(?:(?:verkligen|really|even|"
        r"actually|just|ens) )?(?:en |ett |a |an )?(?:riktig |real |levande )?(?:robot|bot|ai|dator|maskin|"
        r"automat\w*|människa|person|human|machine|computer|chat ?bot|chatt ?bot|chatgpt|gpt)\b|"
        r"\b(?:robot|bot|ai|ett? automat\w*) (?:eller|or)\b|\bam i (?:talking|speaking|writing|"
        r"texting|chatting) (?:to|with)\b|\b(?:pratar|snackar|skriver|chattar|"
        r"smsar) jag med en\b|\bvem är du\b|\bwho (?:are you|am i talking to)\b"
    ),
    Intent.OTHERS: (
        r"\b(?:har|hade|has|did|does) (?!jag\b|vi\b|ni\b|du\b|man\b|i\b|we\b|you\b|it\b|det\b|den\b|någon|nån|they\b)[^\W\d_]+"
        r"(?: [^\W\d_]+)? (?:bokat|bokad|inbokad|booked|book)\b|"
        r"\b(?:vilka|vilken|vem|which|who|list|lista|andra|other) (?:andra |other )?(?:kund\w*|"
        r"customers?|patient\w*|clients?)\b|\b(?:vem|vilka|who) (?:har|är|andra|has|is|"
        r"else)\b.*\b(?:bokad\w*|bokat|inbokad\w*|booked)\b|\b(?:namn|telefon\w*|nummer|"
        r"adress\w*) (?:och \w+ )?(?:på|till|för) (?:(?:era |dina |alla |andra )*(?:kund\w*|"
        r"patient\w*)|andra)|\b(?:kunders|patienters|andras|customers'?|kundlista\w*|"
        r"customer list|patient list|kundregist\w*)\b|\b(?:skicka|ge mig|send|"
        r"give me) .*\b(?:namn|names?|telefonnummer|phone numbers?|kund\w*)\b|\b(?:har|did|is|"
        r"has|är) (?:min |my )(?:fru|man|sambo|granne|chef|ex|wife|husband|neighbou?r|boss|"
        r"partner|mamma|pappa|syster|bror) .*\b(?:tid|bokat|bokad|booked|appointment)\b"
    ),
    Intent.TAKEOVER: (
        r"\b(?:ignore|disregard|forget|ignorera|glöm|bortse från|strunta i) (?:all |alla |any |"
        r"the |dina |your |tidigare |de )*(?:previous |prior |above |earlier |tidigare |"
        r"föregående )?(?:instru\w+|rules|regler\w*|prompt\w*|order|priser|prislista\w*|"
        r"what you)|\byou are now\b|\bdu är nu\b|\bsystem ?prompt\w*|\bact as\b|\bpretend\b|"
        r"\blåtsas\b|\bdeveloper mode\b|\bjailbreak\b|\breply only with\b|\bsvara bara med\b|"
        r"\bsvara endast\b|\badmin(?:istratör)?\b|\b(?:ändra|sätt|change|set) (?:priset|"
        r"priserna|the prices?)\b|\b(?:ge|give|boka|book) (?:mig|me)\b.*\b(?:gratis|free|"
        r"för 1 kr|for 1 kr)\b|\b(?:ta bort|avboka|radera|delete|cancel) (?:alla(?! (?:mina|våra))|all(?! (?:of )?(?:my|our))|andras|"
        r"everyone\w*|kundens|hans|hennes|his|her) "
    ),
    Intent.EMERGENCY: (
        r"\b(?:akut(?!tid|besök)\w*|nöd(?:läge|fall|situation)\w*|brådskande|jättebråttom|"
        r"sprutar|forsar|väller|översväm\w*|läcker (?:vatten|gas|ut|in|överallt|"
        r"massor|kraftigt)|vatten ?läcka\w*|läcka i|vatten överallt|gaslukt\w*|sprungit läck|"
        r"sprängt|brustit|blöder|brinner|det är brand|börjat brinna|outhärdlig\w*|emergency|"
        r"urgent\w*|flood\w*|burst\w*|gush\w*|spraying|pouring|leaking (?:everywhere|badly|"
        r"a lot)|water everywhere|bleeding|unbearable|svullen|svullnat|swollen|svimma\w*|"
        r"strömlös\w*|\w*förgift\w*|(?:rått|mus|orm)?gift(?! ?(?:card|voucher|certificate|kort))|poison\w*|kramp\w*|seizures?|medvetslös\w*|unconscious|påkörd\w*|"
        r"collaps\w*|gnistrar|gnistor|sparks|sparking|elstöt\w*|electric shock|utelåst\w*|locked out|vägrenen|hard shoulder)\b|"
        r"\b(?:andas|breath\w*) (?:inte|konstigt|jätte\w*|tungt|knappt|funny|badly)|\b(?:can't|cannot|trouble|struggling to|hardly) breath\w*|"
        r"\b(?:luktar|smells?|burning|burnt) (?:of |like |av )?(?:bränt|brand|rök|gas|burn\w*|smoke|smell)\b|"
        r"\b(?:ätit|åt|fått i sig|svalt|ate|eaten|swallowed) (?:\w+ ){0,2}(?:\w*gift|choklad|chocolate|medicin\w*|pills?|tabletter|batteri\w*|poison)\b|"
        r"\bjust failed\b|\bfailed completely\b|\bhjälp$|\b(?:sjukt|fruktansvärt|jätte|väldigt|så|grymt|extremt|hemskt|riktigt|"
        r"otroligt|mycket|rejält) ?ont\b|\b(?:severe|terrible|awful|extreme|so much|a lot of|"
        r"in) pain\b|\bhjälp\b ?!|^hjälp\b(?! med| att)|\bhelp ?!|\b(?:ont|pain|värk\w*|"
        r"hurts)\b.*\b(?:inte sova|sovit|can't sleep|couldn't sleep)\b"
    ),
    Intent.ANGER: (
        r"\b(?:under all kritik|skandal\w*|missnöjd\w*|kasst?|fan va\w?(?! (?:bra|kul|skönt|snygg|fint|gott))|va(?:d)? (?:jävla |himla )?dålig\w*|besviken|besvikna|arg|rasande|"
        r"förbannad\w*|oacceptabelt?|(?:så|jävligt|riktigt|jätte|väldigt) dålig\w*|"
        r"jättedålig\w*|usel\w*|urusel\w*|uselt|värdelös\w*|pengarna tillbaka|återbetal\w*|"
        r"reklamera\w*|reklamation\w*|klagomål\w*|klaga|jävla|jävlar|(?:för|fy|va) fan|"
        r"fan också|skit(?!bra|kul|fin|snygg|glad|nöjd)\w*|helvete\w*|för jävligt|förstört?|"
        r"förstörde|aldrig mer|katastrof\w*|lurad\w*|fusk\w*|slarv\w*|bedräger\w*|"
        r"konsumentverket|arn|complain\w*|refund\w*|money back|unacceptable|terrible service|"
        r"worst|awful|disgust\w*|furious|angry|värre än (?:innan|förut)|worse than before|ridiculous|disappoint\w*|rip ?off|scam\w*|"
        r"horrible|lawyer|advokat|useless|ruined|pissed|damn|shit\w*|fuck\w*)\b"
    ),
    Intent.LATE: (
        r"\b(?:blir|blr|är|e|ä|kommer|bli|kommer bli|kommer att bli) (?:(?:nog|lite|ca|cirka|tyvärr|"
        r"ungefär|kanske|typ|några|\d+|min|minuter|minut|en|kvart|halvtimme|timme|fem|tio|"
        r"femton|tjugo) ?)*(?:sen|sena|försenad\w*|för sen\w*)\b|\b(?:minuter|min|kvart|"
        r"halvtimme|timme) (?:sen|försenad)\b|\bförsenad\w*|\b(?:running|be|am|i'm|is|are|"
        r"little|bit|minutes|mins?|hour) late\b|\bdelayed\b|\bhinner inte (?:i tid|fram|till)\b|"
        r"\bfast(?:nat)? i (?:trafik|kö)\w*|\bstuck in traffic\b|\bkommer för sent\b"
    ),
    Intent.CALL_BACK: (
        r"\b(?:ring|ringa|ringer) (?:gärna |helst |bara |ni |du |någon |nån )*(?:mig|upp|"
        r"tillbaka|hit|mej|på|efter|imorgon|idag|före|mellan|när|igen)\b|\b(?:kan|kunde|vill|"
        r"skulle|be|snälla|please|kunna) (?!jag|man|vi)(?:\w+ )?(?:\w+ )?(?:ringa|ring)\b|"
        r"^ring\b|\b(?:call|ring|phone) (?:me|us|back|him|her)\b|\bgive (?:me|us) a (?:call|"
        r"ring|buzz)\b|\bcall ?back\b|\bbli (?:upp)?ringd\b|\bhör av (?:er|"
        r"dig) (?:på )?(?:telefon|till mig)|\buppringd\b|\bi(?:'d)? (?:want|like|"
        r"would like) a (?:phone )?call\b"
    ),
    Intent.PERSON: (
        r"\b(?:prata|tala|snacka|få tag|kontakt|skriva|chatta|speak|talk|chat) (?:med|på|to|"
        r"with) (?:\w+ )?(?:en |ett |a |an )?(?:\w+ )?(?:människa|person\w*|någon|nån|kollega|"
        r"chef\w*|ansvarig|handläggare|kundtjänst|er|human|someone|somebody|anyone|staff|"
        r"manager|boss|agent|tandläkare\w*|dentist|mänsk\w*)\b|\b(?:riktig|levande|real|actual|"
        r"live) (?:människa|person|human)\b|^(?:människa|person|personal|human|agent|operator|"
        r"kundtjänst|mänsklig kontakt)\W*$|\bvill ha (?:en |mänsklig )?(?:människa|kontakt)\b|"
        r"\b(?:koppla|connect|transfer) (?:mig|me)\b"
    ),
    Intent.CANCEL: (
        r"\b(?:av ?boka\w*|avbokning\w*|ställa? in|avbest\w+|cancel\w*|call off)\b|"
        r"\bta bort (?:alla |all |båda )*(?:min |mina |mitt |den |bokningen|tiden|bokningar|tider)|"
        r"\b(?:stoppa|stryk|radera|delete|remove|drop) (?:alla |all |båda )*(?:(?:of )?my |min |mina )?"
        r"(?:bokning\w*|tid(?:en|er|erna)?|bookings?|appointments?)\b|\b(?:kan|hinner|kommer) (?:tyvärr |"
        r"ändå )?inte (?:att )?(?:komma|kunna komma|dyka upp|hinna)\b|\b(?:can't|cannot|can not|"
        r"won't be able to) (?:make it|come|attend)\b|\b(?:behöver|vill|need|want) (?:inte|"
        r"ej) (?:längre )?(?:ha )?(?:min |tiden|bokningen)|\bstryk (?:min|tiden)"
    ),
    Intent.MOVE: (
        r"\b(?:om ?boka\w*|ombokning|boka om|flytta\w*|flytt av|senarelägg\w*|tidigarelägg\w*|"
        r"reschedul\w*|re-?book\w*|postpone\w*|skjuta? (?:på|upp|fram))\b|\b(?:byta?|ändra\w*|"
        r"change|move) (?:på )?(?:\w+ )?(?:tid\w*|dag|bokning\w*|appointment\w*|booking\w*|time|"
        r"day|it|den)\b|\b(?:ändra|move)\b.*\b(?:till|to|from|från)\b.*\d|\bpush (?:it|my)\b"
    ),
    Intent.MY_BOOKING: (
        r"\b(?:när|vilken tid|hur dags|what time|when|which day) (?:\w+ ){0,3}(?:min|my|jag|"
        r"mina)\b.*\b(?:tid|bokning\w*|bokad|inbokad|booking|booked|appointment)\b|\b(?:har jag|"
        r"do i have) (?:\w+ )?(?:en |någon |nån |an |a )?(?:tid|bokning|booking|appointment|"
        r"bokat|bokad)\b|\bnär (?:var|är) (?:det )?(?:min tid|jag (?:hade|har) tid)\b|"
        r"\bwhen(?:'s| is) my\b|\b(?:vilken|vad|what) (?:tid|dag|time|day) (?:hade|har|var|did|have|was|do) (?:\w+ ){0,3}"
        r"(?:jag|vi|min|i|we|my)\b(?! (?:få|boka|komma|get|come)\b)|"
        r"\b(?:vilken|vad|what) (?:\w+ )?(?:tid|dag|time|day)\b.*\b(?:jag|vi|i|we) (?:hade|had)\b"
    ),
    Intent.AVAILABILITY: (
        r"\b(?:vilka|vad|vilken|några?|nån|nåra|finns|har ni|what|which|any|"
        r"do you have) (?:\w+ ){0,3}(?:\w*tid|\w*tider|times?|slots?|openings?|ledigt|ledigt?a?|"
        r"availab\w+|appointments?|luckor?)\b|\bnär (?:kan|har|finns|går|passar)\b|"
        r"\bwhen (?:can|could|do|are|is)\b|\bledig\w*\b|\bavailab\w+\b|\bfree (?:slot|time|on)"
    ),
    Intent.BOOK: (
        r"\b(?:boka\w*|bokning|beställa? tid|book\w*|reserv\w+|make an appointment|"
        r"appointment)\b|\b(?:få|ha|vill|behöver|söker|önskar|skulle vilja|need|want|like|"
        r"get) (?:\w+ ){0,3}(?:\w*tid|komma|appointment)\b|\bkan (?:ni|jag|ja|vi|du|någon|"
        r"nån) (?:få )?komma\b|\b(?:can|could) (?:someone|you|i|we|somebody|anyone) come\b|"
        r"\bbehöver\b|\b(?:i|we) need\b|\bvill (?:ha|få)\b|\bi(?:'d| would) like\b|"
        r"\bskulle vilja\b|\b(?:ta|tar|take) (?:den|det|en|that|the|it|\d)"
    ),
    Intent.PRICE: (
        r"\b(?:hur mycket|hur mkt) (?:är|e) (?:det|den)\b|\b(?:vad|hur mycket) (?:\w+ )?(?:kosta\w*|tar|tar ni|blir|skulle)\b|\bkosta\w*\b|"
        r"\bpris\w*\b|\bpriserna\b|\bhow much\b|\bcosts?\b|\bprices?\b|\bpricing\b|"
        r"\bvad tar ni\b|\btaxa\w*\b|\bavgift\w*\b|\bfees?\b|\bcharge\b"
    ),
    Intent.DURATION: (
        r"\bhur (?:lång tid|länge|långt besök)\b|\bhow long\b|\bvaraktighet\b|\bduration\b"
    ),
    Intent.HOURS: (
        r"\böppet\b|\böppettid\w*|\böppnar\b|\bni öppna\b|\böppen\b|\bstänger\b|"
        r"\bstängt\b(?! av)|\bstängda?\b|\bhar ni öppet\b|\bopen\b|\bopening (?:hours|times)\b|"
        r"\bopens\b|\bclos(?:e|es|ed|ing)\b|\bbusiness hours\b|\b(?:your|the) hours\b|"
        r"\blunchstängt\b"
    ),
    Intent.ADDRESS: (
        r"\bvar (?:\w+ )?(?:ligger|finns|håller|hittar|sitter|är) (?!.*\bpark)|\bvar (?:ligger|"
        r"finns|håller|hittar|sitter|är)\b|\badress\w*\b|\baddress\b|\bwhere (?:\w+ )?(?:are|is|"
        r"do|can)\b|\bhitta (?:till|dit)\b|\bvägbeskrivning\w*|\bdirections\b|\bwhere's\b|"
        r"\blocated\b|\blocation\b|\bvilken gata\b"
    ),
    Intent.PHONE: (
        r"\b(?:ert|erat|vilket|vad|what|your|which) (?:\w+ ){0,3}(?:telefonnummer|nummer|tel|"
        r"phone|number)\b|\b(?:kan|får|can|may) (?:jag|man|vi|i|we) (?:ringa|call)\b"
    ),
    Intent.POLICY: (
        r"\b(?:gratis|kostnadsfritt|free|fee)\b.*\b(?:av ?bok\w*|cancel\w*)|"
        r"\b(?:av ?bok\w*|cancel\w*).*\b(?:gratis|kostnadsfritt|free|fee)\b|"
        r"\b(?:vad|hur|what|how) (?:gäller|händer|kostar|happens|much|funkar|"
        r"fungerar)\b.*\b(?:av ?bok\w*|cancel\w*)|\bavboknings(?:regler|avgift|policy|"
        r"villkor)\w*|\bcancellation (?:policy|fee|rules)\b|\b(?:kostar|avgift|"
        r"betala)\b.*\bav ?boka\w*|\bsena? av ?bok\w*|\buteb\w+\b|\bno.?show\b"
    ),
    Intent.CORRECTION: (
        r"\b(?:nej|nä|näe|no|vänta|wait|sorry|oj|förlåt|hoppsan)\b.*\b(?:jag menar|menade|"
        r"i mean\w*|meant|istället|instead|hellre|rather)\b|\b(?:jag menar|jag menade|menade|"
        r"i mean|i meant|istället|i stället|instead|hellre|rather|ändra (?:det )?till|make it|"
        r"change (?:it )?to|byt till|kan det bli|kan vi (?:ta|säga|köra)|can we (?:do|make|"
        r"say))\b|^(?:nej|nä|no|oj),? (?:vänta|wait)\b|\bblev fel\b|\bskrev fel\b"
    ),
    Intent.THANKS: (
        r"\b(?:tack\w*|thanks|thank you|thx|ha de|ha det|hej ?då|bye|vi ses|ses då|see you|"
        r"trevlig|cheers|toppen|have a)\b"
    ),
    Intent.GREETING: (
        r"^(?:hej\w*|hallå|tja\w*|tjena|tjenare|hi|hello|hey|god (?:morgon|dag|kväll)|goddag|"
        r"good (?:morning|afternoon|evening))\b"
    ),
    Intent.QUESTION: (
        r"\?|^(?:(?:hej\w*|hi|hello|tja|tjena)[ ,!.]+)?(?:vad|var|vem|vilka|vilken|vilket|när|"
        r"hur|kan|har|är|finns|gör|tar|säljer|får|går|jobbar|erbjuder|what|where|who|which|when|"
        r"how|can|could|do|does|are|is|have|will|would)\b|\b(?:undrar|wonder\w*|går det|"
        r"finns det|har ni|do you|are you)\b"
    ),
}
_PATTERNS = {intent: re.compile(pattern) for intent, pattern in _SIGNS.items()}
_DENIED = re.compile(
    r"\b(?:inte|ej|inget|ingen|inga|not|no|isn't|doesn't|utan) (?:(?:så|alls|särskilt|an?|really|"
    r"that|any|direkt|ha|göra|det|någon) )*$"
)
_DENIABLE = (Intent.EMERGENCY, Intent.ANGER)
# A wish is also denied from further away ("vill inte bli uppringd"), but "kan du inte ...?" is one.
_WISH_DENIED = re.compile(
    r"(?<!kan du )(?<!kan ni )(?<!kan jag )(?<!kan vi )(?<!kan någon )(?<!can you )(?<!could you )"
    r"\b(?:inte|ej|inga|ingen|inget|aldrig|not|no|never|don't|doesn't|do not|utan att|without|slipp\w*|"
    r"behöver inte|avbryt) (?:[^\W\d]+ ){0,3}$|\bbefore (?:\w+ )?$"
)
_DENIED_AFTER = re.compile(r"(?: (?:mig|mej|upp|den|det|tiden|me|it))? (?:inte|ej|aldrig|not)\b")
_NOTHING = re.compile(r"(?!)")
_WISHES = (Intent.CALL_BACK, Intent.PERSON, Intent.BOOK, Intent.CANCEL, Intent.MOVE)
_OPT_OUT_WORDS = "stopp?|stopall|sluta|avsluta|avregistrera|unsubscribe|end|quit|optout"
_COURTESY = r"tack\w*|snälla|please|thanks|thank you|nu|now|sms|mig|me|er|alla|all"
_OPT_OUT = re.compile(
    rf"(?:{_OPT_OUT_WORDS})(?:[\s.,!]+(?:{_COURTESY}))*|(?:snälla |please |vänligen )?(?:sluta|avsluta|stop|quit|"
    r"avregistrera)(?: att)? (?:skicka|smsa|messa|sms\w*|sending|texting|messaging|contacting|kontakta)\b.{0,30}|"
    r"(?:jag )?vill inte (?:ha|få) (?:fler|flera|några|mer|era) (?:sms|meddelanden)\b.{0,20}|"
    r"(?:ta bort|remove|avregistrera) (?:mig|me|mitt nummer|my number)\b.{0,30}|(?:no|inga) (?:more|fler) (?:sms|texts?|messages?|meddelanden)\b.{0,20}"
)
_OPT_IN = re.compile(rf"(?:start|starta|unstop|börja igen)(?:[\s.,!]+(?:{_COURTESY}))*")


def intents(text: str) -> frozenset[Intent]:
    """All intents whose signs a text in normal form shows."""
    found = {intent for intent, pattern in _PATTERNS.items() if _shown(intent, pattern, text)}
    bare = text.strip(" .,!?\"'")
    wish = opts(text)  # what counted when the text came in is always understood here
    if wish == "stop" or _OPT_OUT.fullmatch(bare):
        found.add(Intent.OPT_OUT)
    if wish == "start" or _OPT_IN.fullmatch(bare):
        found.add(Intent.OPT_IN)
    return frozenset(found)


def _shown(intent: Intent, pattern: re.Pattern[str], text: str) -> bool:
    if intent in _WISHES:
        denied = _WISH_DENIED
    elif intent in _DENIABLE:
        denied = _DENIED
    else:
        return bool(pattern.search(text))
    after = _DENIED_AFTER if intent in _WISHES else _NOTHING
    return any(
        not denied.search(text[: match.start()]) and not after.match(text[match.end() :])
        for match in pattern.finditer(text)
    )
