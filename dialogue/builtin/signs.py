"""The signs by which a message shows what it is about: one pattern for each intent. Pure.

Out: `Intent`, and `SIGNS`, read by intent.py, which leaves out what is denied. Texts are in normal form.
"""

from enum import StrEnum


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
    NO_CALL = "no_call"  # wants not to be rung
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


_OWN = r"(?:min|mitt|mina|vår|våra|my|our)(?: \w+)? ?(?:tid(?:er|en)?|bokning\w*|besök\w*|appointments?|bookings?)"
_DONE = (
    r"av ?bokat|av ?bokad|av ?bokade|avbokats|inställd|ställt in|ställde in|flyttat|flyttad|flyttade|flyttats|"
    r"ändrat|ändrad|ändrade|tagit bort|bokat om|bokad|bokat|inbokad|bekräftad|cancell?ed|moved|changed|booked|confirmed"
)

SIGNS: dict[Intent, str] = {
    Intent.SPAM: (
        r"\b(?:du har (?:blivit )?(?:utvald|vunnit)|grattis!* du|klicka (?:här|på länken)|"
        r"click (?:here|the link|below)|you(?:'ve| have)? (?:been selected|won)|gratis iphone|"
        r"bitcoin|casino|free spins|jackpot|lån (?:utan|upp till)|privatlån|sms ?lån|låna upp|utan uc|\bseo\b|elavtal\w*|elkostnad\w*|"
        r"tjäna pengar|snabba pengar|ditt konto (?:har|är|kommer)|your account (?:has|is|will)|pending payment|vinn en|claim your|sök ?motor ?optimering|snabblån|"
        r"kryptovaluta|ditt paket (?:väntar|är|har|kunde|kan)|(?:your|a) (?:parcel|package) (?:is|was|has|could|cannot|awaits)|"
        r"tullavgift\w*|customs fee|congratulations!* (?:you|your)|verifiera ditt konto|verify your account)\b"
    ),
    Intent.WRONG_NUMBER: (
        r"\bfel (?:nummer|nr|telefonnummer)\b|\b(?:ringde|ringt|slog|slagit|tryckte|"
        r"skrev) (?:du |jag )?fel\b|\bfelringning\b|\bwrong (?:number|person)\b|\bmisdial\w*|"
        r"\b(?:ringde|ringt|samtal\w*) (?:\w+ )?av misstag\b|\b(?:råkade|kom åt att) ringa\b|\bfick(?:ring\w*|samtal\w*)|\bfickan (?:som )?ring\w*|"
        r"\b(?:butt ?dial\w*|called (?:you )?(?:by accident|accidentally))|\bskickade? fel\b|\bfel (?:person|mottagare)\b|\bslog fel|\bcalled by mistake\b|\bpocket dial\w*"
    ),
    Intent.ROBOT: (
        r"\b(?:är|are|om|is) (?:du|det?|detta|ni|you|this|it) (?:här )?(?:(?:verkligen|really|even|"
        r"actually|just|ens) )?(?:en |ett |a |an )?(?:riktig |real |levande )?(?:robot|bot|ai|dator|maskin|"
        r"automat\w*|människa|person|human|machine|computer|chat ?bot|chatt ?bot|chatgpt|gpt)\b(?! ?(?:väx|låd|isk (?:väx|låd|bil)))|"
        r"\b(?:du|det|detta|ni|this) (?:här )?(?:är|is) (?:(?:väl|ju|bara|just) )?(?:en |ett |a |an )?(?:robot|bot|ai|dator|maskin|automat\w*)\b|"
        r"\b(?:robot|bot|ai|ett? automat\w*) (?:eller|or)\b|\bam i (?:talking|speaking|writing|"
        r"texting|chatting) (?:to|with)\b|\b(?:pratar|snackar|skriver|chattar|"
        r"smsar) jag med (?:en|ett|ai|robot\w*|bot)\b|\bvem (?:är|e) (?:du|ni|detta|det(?: här)?)\b|\bwho (?:are you|is this|is it|am i talking to)\b"
    ),
    Intent.OTHERS: (
        r"\b(?:har|hade|has|did|does) (?!jag\b|vi\b|ni\b|du\b|man\b|i\b|we\b|you\b|it\b|det\b|den\b|någon|nån|they\b|"
        r"inte\b|redan\b|ju\b|aldrig\b|nyss\b|nog\b|not\b|already\b)[^\W\d_]+"
        r"(?: [^\W\d_]+)? (?:bokat|bokad|inbokad|booked|book)\b|"
        r"\b(?:vilka|vilken|vem|which|who|list|lista|andra|other) (?:andra |other )?(?:kund\w*|"
        r"customers?|patient\w*|clients?)\b|\b(?:vem|vilka|who) (?:har|är|andra|has|is|"
        r"else)\b.*\b(?:bokad\w*|bokat|inbokad\w*|booked)\b|\b(?:namn|telefon\w*|nummer|"
        r"adress\w*) (?:och \w+ )?(?:på|till|för) (?:(?:era |dina |alla |andra )*(?:kund\w*|"
        r"patient\w*)|andra)|\b(?:kunders|patienters|andras|customers'?|kundlista\w*|"
        r"customer list|patient list|kundregist\w*)\b|\b(?:skicka|ge mig|send|"
        r"give me) .*\b(?:namn|names?|telefonnummer|phone numbers?|kund\w*)\b|"
        r"\bmin (?:kompis|vän|väninna|granne|fru|man|sambo|syster|bror|mamma|pappa|chef|kollega)(?: [^\W\d_]+){0,2} har [^.!?]*\b(?:tid|bokning)\b"
        r"[^.!?]*\b(?:vilken tid|när|hur dags)\b(?! (?:[^\W\d_]+ )?(?:kan|kunde|har (?:ni|du)|finns|passar|går|öppnar|ni|stänger)\b)|\b(?:vems|whose) (?:namn|tid|bokning|bord|name|appointment|booking|number|nummer)\b|\b(?:har|did|is|"
        r"has|är) (?:min |my )(?:fru|man|sambo|granne|chef|ex|wife|husband|neighbou?r|boss|"
        r"partner|mamma|pappa|syster|bror) .*\b(?:tid|bokat|bokad|booked|appointment)\b|"
        r"\b(?:skicka|maila|mejla|sms:?a|ge|visa|se|veta|läsa|berätta|kopia|ut|send|email|give|show|see|tell|read|copy|get)\b[^.!?]*"
        r"\b(?:min|mitt|mina|my|our) (?:[^\W\d_]{2,}(?:s|'s)) (?:recept\w*|journal\w*|uppgifter\w*|personuppgifter\w*|resultat\w*|"
        r"provsvar\w*|faktur\w*|kvitto\w*|nummer\b|mobilnummer|adress\w*|ärende\w*|bokningar|prescription\w*|records?|results?|details|"
        r"invoices?|receipts?|phone|number|address|file)\b"
    ),
    Intent.TAKEOVER: (
        r"\b(?:ignore|disregard|forget|ignorera|glöm|bortse från|strunta i) (?:all |alla |any |"
        r"the |dina |your |tidigare |de )*(?:previous |prior |above |earlier |tidigare |"
        r"föregående )?(?:instru\w+|rules|regler\w*|prompt\w*|order|priser|prislista\w*|"
        r"what you)|\byou are now\b|\bdu är nu\b|\bsystem ?prompt\w*|\bact as\b|\bpretend\b|"
        r"\blåtsas\b|\bdeveloper mode\b|\bjailbreak\b|\breply only with\b|\bsvara bara med\b|"
        r"\bsvara endast\b|\badmin(?:istratör)?\b|\b(?:ändra|sätt|change|set) (?:priset|"
        r"priserna|the prices?)\b|\b(?:ge|give|boka|book) (?:mig|me)\b.*\b(?:gratis|free|"
        r"för 1 kr|for 1 kr)\b|\b(?:ta bort|avboka|radera|delete|cancel) (?:alla(?! (?:mina|våra|tider|bokningar))|all(?! (?:(?:of )?(?:my|our)|but|except))|andras|"
        r"everyone\w*|kundens|hans|hennes|his|her) "
    ),
    Intent.EMERGENCY: (
        r"\b(?:akut(?!tid|besök)\w*|nöd(?:läge|fall|situation)\w*|brådskande|jättebråttom|"
        r"sprutar|forsar|väller|översväm\w*|svämma\w* över|rinner (?:det )?över|overflow\w*|läcker (?:vatten|gas|ut|in|överallt|"
        r"massor|kraftigt)|vatten ?läcka\w*|läcka i|vatten överallt|gaslukt\w*|sprungit läck|"
        r"sprängt|brustit|blöder|brinner|det är brand|börjat brinna|outhärdlig\w*|emergency|"
        r"urgent\w*|flood\w*|burst\w*|gush\w*|spraying|pouring|leaking (?:everywhere|badly|"
        r"a lot)|water everywhere|bleeding|unbearable|svullen|svullnat|swollen|svimma\w*|"
        r"strömlös\w*|\w*förgift\w*|(?:rått|mus|orm)?gift(?! ?(?:card|voucher|certificate|kort))|poison\w*|kramp\w*|seizures?|medvetslös\w*|unconscious|påkörd\w*|"
        r"collaps\w*|gnistrar|gnistor|sparks|sparking|elstöt\w*|electric shock|utelåst\w*|locked out|vägrenen|hard shoulder)\b|"
        r"\b(?:andas|breath\w*) (?:inte|konstigt|jätte\w*|tungt|knappt|funny|badly)|\b(?:can't|cannot|trouble|struggling to|hardly) breath\w*|"
        r"\b(?:luktar|smells?|burning|burnt) (?:of |like |av )?(?:bränt|brand|rök|gas|burn\w*|smoke|smell)\b|"
        r"\b(?:ätit|åt|fått i sig|svalt|ate|eaten|swallowed) (?:\w+ ){0,2}(?:\w*gift|choklad\w*|chocolate|medicin\w*|pills?|tabletter|batteri\w*|poison|"
        r"xylitol|russin|vindruvor|druvor|snus\w*|glykol|kylarvätska|grapes|raisins|antifreeze)\b|"
        r"\bjust failed\b|\bfailed completely\b|(?<!behöver )(?<!\bha )(?<!\bfå )(?<!lite )(?<!\ber )(?<!söker )(?<!önskar )(?<!viss )(?<!mer )(?<!din )(?<!med )\bhjälp(?:$| ?![^!]*$)|\b(?:sjukt|fruktansvärt|jätte|väldigt|så|grymt|extremt|hemskt|riktigt|"
        r"otroligt|mycket|rejält) ?ont\b|\b(?:severe|terrible|awful|extreme|so much|a lot of|"
        r"in) pain\b|\bhjälp\b ?!!|^hjälp\b(?! med| att)|\bhelp ?!|\b(?:ont|pain|värk\w*|"
        r"hurts)\b.*\b(?:inte sova|sovit|can't sleep|couldn't sleep)\b"
    ),
    Intent.ANGER: (
        r"\b(?:(?:mycket|otroligt|extremt|sjukt|helt|rätt|ganska|fruktansvärt|ur|piss) ?dålig\w*|dåligt? (?:service|jobb|bemötande|skött|stil|utfört|arbete)|"
        r"(?<!jag )(?<!vi )(?:dök|kom) (?:aldrig|inte) (?:upp|hit|som)|ingen (?:kom|dök upp)|(?:tredje|fjärde|femte|third|fourth) (?:gången|time) (?:som )?(?:ni|det|you|this)|andra gången ni|"
        r"ni (?:har |hade )?(?:också )?(?:glömt|missat|sabbat)|(?:tänker|kommer|vägrar) (?:inte )?(?:att )?betala (?:den|för|fakturan|detta|det här)|"
        r"(?:won't|not going to|refuse to) pay|never (?:came|showed up|turned up)|"
        r"(?:inte|ej|inte alls) (?:nöjd\w*|acceptabelt|värdigt)|not (?:happy|satisfied|acceptable)|unhappy|unprofessional|fed up|"
        r"trött på (?:er|att (?:vänta|behöva))|upprörd\w*|irriterad på er|frustrerad\w*|bedrövlig\w*|otrevlig\w*|oproffsig\w*|respektlös\w*|"
        r"nonchalant\w*|skärpning|skärp er|skäms|rena rånet|lurat|lurade|(?:dålig|negativ|bad) (?:recension|review)|anmäla er|"
        r"tillbaka (?:mina )?pengar\w*|(?:tagit|debiterat|dragit|betalat|betalt) (?:för mycket|dubbelt|två gånger)|overcharged|charged (?:me )?(?:too much|twice|double)|"
        r"(?:fakturan|räkningen|notan|the invoice|the bill) (?:är|blev|stämmer|is) (?:\w+ )?(?:fel|inte|wrong))\b|"
        r"\b(?:under all kritik|skandal\w*|missnöjd\w*|kasst?|fan va\w?(?! (?:bra|kul|skönt|snygg|fint|gott))|va(?:d)? (?:jävla |himla )?dålig\w*|besviken|besvikna|arg|rasande|"
        r"förbannad\w*|oacceptabelt?|(?:så|jävligt|riktigt|jätte|väldigt) dålig\w*|"
        r"jättedålig\w*|usel\w*|urusel\w*|uselt|värdelös\w*|pengarna tillbaka|tillbaka pengarna|återbetal\w*|"
        r"reklamera\w*|reklamation\w*|klagomål\w*|klaga|jävla|jävlar|(?:för|fy|va) fan|"
        r"fan också|skit(?!bra|kul|fin|snygg|glad|nöjd)\w*|helvete\w*|för jävligt|förstört?|"
        r"förstörde|aldrig mer|katastrof\w*|lurad\w*|fusk\w*|slarv\w*|bedräger\w*|"
        r"konsumentverket|arn|complain\w*|refund\w*|money back|unacceptable|terrible service|"
        r"worst|awful|disgust\w*|furious|angry|värre än (?:innan|förut)|worse than before|ridiculous|disappoint\w*|rip ?off|scam\w*|"
        r"horrible|(?:min|vår|my|our|via|genom|kontakta\w*|anlita\w*|koppla\w* in|dra\w* in) (?:en |a )?(?:lawyer|advokat|jurist)|"
        r"hear from (?:my|our) (?:lawyer|solicitor)s?|(?:get|call|contact|hire) (?:a|my|our) lawyer|useless|ruined|pissed|damn|shit\w*|fuck\w*)\b"
    ),
    Intent.LATE: (
        r"\b(?:blir|blr|är|e|ä|kommer|bli|kommer bli|kommer att bli) (?:(?:nog|lite|ca|cirka|tyvärr|"
        r"ungefär|kanske|typ|några|\d+|min|minuter|minut|en|kvart|halvtimme|timme|fem|tio|"
        r"femton|tjugo) ?)*(?:sen|sena|försenad\w*|för sen\w*)\b|\b(?:minuter|min|kvart|"
        r"halvtimme|timme) (?:sen|försenad)\b|\bförsenad\w*|\b(?:running|be|am|i'm|is|are|"
        r"little|bit|minutes|mins?|hour) late\b|\bdelayed\b|\bhinner inte (?:hem |dit |riktigt )?(?:i tid|fram|till)\b|"
        r"\bfast(?:nat)? i (?:trafik|kö)\w*|\bstuck in traffic\b|\bkommer (?:(?:för|lite|nog|ca|typ|en|kvart|några|\d+|\d+ ?min\w*|minuter) )*sent\b"
    ),
    Intent.CALL_BACK: (
        r"\b(?<!jag )(?<!vi )(?:ring|ringa|ringer) (?:gärna |helst |bara |ni |du |någon |nån )*(?:mig|upp|"
        r"tillbaka|hit|mej|på|efter|imorgon|idag|före|mellan|när|igen)\b|(?<!\bjag )(?<!\bvi )(?<!\bman )\b(?:kan|kunde|vill|"
        r"skulle|be|snälla|please|kunna) (?!jag|man|vi)(?:(?!sluta|inte)\w+ ){0,2}(?:ringa|ring)\b|"
        r"\b(?:ni|du) får (?:gärna |väl |bara )*ringa\b|"
        r"^ring\b|\b(?:call|ring|phone) (?:me|us|back|him|her)\b|\b(?<!i'll )(?<!to )(?:call|phone) (?:my|our)\b|\bgive (?:me|us) a (?:call|"
        r"ring|buzz)\b|\bcall ?back\b|\bbli (?:upp)?ringd\b|\bhör av (?:er|"
        r"dig) (?:på )?(?:telefon|till mig)|\buppringd\b|\bi(?:'d)? (?:want|like|"
        r"would like) a (?:phone )?call\b|\b(?:ni|du) (?:kan )?(?:når?|nå) (?:mig|mej|oss)\b|\b(?:an)?träffbar\b|"
        r"\bgår (?:bra )?att nå\b|\b(?:prata|tala|ta det|talk|speak) (?:med (?:er|dig|nån|någon) )?(?:i|på|per|över|via|on the) (?:telefon\w*|tele\b|mobil\w*|phone)|\b(?:nå|nås) (?:mig|mej|oss)?\b(?= på| via| efter| mellan| innan| före| kl)|\bnås (?:\w+ )?(?:på|efter|mellan|kl)\b|\bta(?:r)? (?:emot )?samtal\b|\bslå (?:\w+ )?en (?:signal|pling)\b|"
        r"\bge (?:mig|mej|oss) (?:en |ett )?(?:pling|ring|signal|samtal)\b|\breach me\b|\bget hold of me\b"
    ),
    Intent.NO_CALL: (
        r"\b(?:sluta|slutar|stop|quit)(?: med)?(?: att)? (?:ringa?|ringandet|calling|phoning|ringing)\b|"
        r"\bring(?:a)? (?:mig |mej |oss |upp |tillbaka |hit )*(?:inte|aldrig|ej)\b"
        r"(?! (?:före|innan|förrän|efter|mellan|senare|på|kl|idag|imorgon|nu|just|before|after))|"
        r"\b(?:behöver|ska|får|måste) (?:ni |du )?(?:inte|ej|aldrig) (?:\w+ )?ringa\b|\b(?:slipp\w*|inte|ej) (?:bli (?:upp)?ringd|att ni ringer)\b|"
        r"\b(?:don't|do not|never|no need to) (?:ever )?(?:call|ring|phone)(?: (?:me|us|back|again))?\b"
        r"(?! (?:before|after|until|between|today|tomorrow|on))|\bno (?:more )?calls\b|"
        r"\bni ringer (?:alldeles )?(?:för (?:mycket|ofta)|hela tiden|jämt)|\binga (?:fler )?samtal\b"
    ),
    Intent.PERSON: (
        r"\b(?:prata|tala|snacka|få tag|kontakt|skriva|chatta|speak|talk|chat) (?:med|på|to|"
        r"with) (?:\w+ )?(?:en |ett |a |an )?(?:\w+ )?(?:människa|person\w*|någon|nån|kollega|"
        r"chef\w*|ansvarig|handläggare|kundtjänst|er|human|someone|somebody|anyone|staff|"
        r"manager|boss|agent|tandläkare\w*|dentist|mänsk\w*)\b|\b(?:riktig|levande|real|actual|"
        r"live) (?:människa|person|human)\b|^(?:människa|person|personal|human|agent|operator|"
        r"kundtjänst|receptionen|växeln|mänsklig kontakt)(?:[ ,.!]+(?:tack|please|snälla|nu|thanks))*\W*$|\bvill ha (?:en |mänsklig )?(?:människa|kontakt)\b|"
        r"\b(?:koppla|connect|transfer) (?:mig|me)\b|"
        r"\b(?:kan jag|får jag|vill|skulle vilja|vill jag|låt mig|behöver|önskar|can i|could i|may i|let me|want to|"
        r"like to|need to) (?:(?:få|gärna|bara|lite|have a) )*(?:prata|tala|snacka|talk|speak|word) (?:\w+ )?(?:med|to|with) "
        r"(?!min\b|mitt\b|mina\b|my\b|frun?\b|man\b|mannen|sambo|familj|jobbet|henne|honom|work\b|her\b|him\b)|"
        r"\b(?:av|med) en (?:riktig |levande |vanlig |annan )?(?:människa|person)\b|\b(?:riktig|levande) (?:snubbe|varelse|kille|tjej)\b|"
        r"\bkontakta (?:mig|mej|oss)\b|\bhöra? av (?:er|dig)\b(?! om\b| när ni\b)|\bhöra? av sig\b(?! om\b)|\bbli kontaktad|"
        r"\bcontact (?:me|us)\b|\bget (?:in touch|back to me)\b|\båterkom(?: gärna| till mig)?\b(?! om\b)|\b(?:kan|kunde) (?:ni|du|någon|nån) återkomma\b"
    ),
    Intent.CANCEL: (  # no form of "cancelled": that tells, or asks, of something
        r"\b(?:av ?bok(?!a[dt]|ade)\w*|avbokning\w*|ställa? in|(?:jag|vi) (?:\w+ )?ställer in(?! (?:oss|mig|sig))|avbest\w+|(?<!did you )(?<!did they )cancel(?!l?ed)\w*|call off)\b|"
        r"\b(?:vill|önskar|få|ha|want|like|need|get|have) (?:\w+ ){0,4}(?:av ?bokad|cancell?ed)\b|"
        r"\bbokar? (?:den |mig |oss )?(?:av|bort)\b(?! (?:era|ert|de|dina)\b)|"
        r"\b(?:fått|får|fick|har) (?:tyvärr )?förhinder\b|"
        r"\bta bort (?:alla |all |båda )*(?:min |mina |mitt |den |bokningen|tiden|bokningar|tider)|"
        r"\b(?:stoppa|stryk|radera|släpp|delete|remove|drop) (?:alla |all |båda )*(?:(?:of )?my |min |mina )?"
        r"(?:bokning\w*|tid(?:en|er|erna)?|bookings?|appointments?)\b|\b(?:kan|hinner|kommer) (?:tyvärr |"
        r"ändå )?(?:inte|ej) (?:att )?(?:komma|kunna komma|dyka upp|hinna)\b(?! (?:in på (?:er|hem|sid|nät)|"
        r"fram|ihåg|åt|undan|överens|igång|ut|ur|på (?:tele|hur|vad|hem|er|sid|nåt|något|namn)|till tele|ringa))|"
        r"\b(?:kommer|dyker upp) (?:tyvärr |ändå |nog )?(?:inte|ej) (?:(?:på|till) )?(?:(?:mån|tis|ons|tors|fre|lör|sön)da|idag|"
        r"imorgon|ikväll|tiden\b|besöket\b|min tid\b)|"
        r"\bjag kommer (?!inte|ej)[^.!?]*\b(?:men|och) (?:inte|ej)\b|\b(?:tiden|besöket|bokningen) (?:\w+ ){0,2}utgår\b|"
        r"\bblir inget (?:av |med )?(?:på (?:mån|tis|ons|tors|fre|lör|sön)|idag|imorgon|ikväll|besök)|"
        r"\b(?:skippar?|hoppar över|släpper) (?:på )?(?:(?:mån|tis|ons|tors|fre|lör|sön)da|tiden\b|besöket\b|min tid\b)|"
        r"\b(?:can't|cannot|can not|won't be able to) (?:make it|come(?! (?:to the phone|through))|attend)\b|"
        r"\b(?:behöver|vill|need|want) (?:inte|"
        r"ej) (?:längre )?(?:ha )?(?:min |tiden|bokningen)|\bstryka? (?:min|tiden)|"
        r"\b(?:lämnar?|ger?|meddelar?) (?:ett )?(?:sent )?återbud\b|^återbud\b|"
        r"\b(?:behöver|vill ha|ska ha) (?:tyvärr |ju |nog )?(?:inte|ej)\b[^.!?]*\blängre\b|\b(?:don't|do not|no longer) need\b[^.!?]*"
        r"\b(?:appointment|booking|any ?more|any longer|on (?:mon|tues|wednes|thurs|fri|satur|sun)day)\b|"
        r"\b(?:ta bort|stryk)\b (?:(?:mån|tis|ons|tors|fre|lör|sön)da|[^.!?]*\b(?:kvar|behåll\w*)\b)|"
        r"^(?!.*\b(?:av ?bok|flytta|ändra|cancel|move|change)).*\b(?:inte|ej|not) (?!den\b|det\b|it\b)\w+[^.!?]* (?:men|och|but|and) "
        r"[^.!?]*\b(?:ha kvar|behåll\w*|keep)\b|"
        r"\b(?:ha kvar|behålla?|behåller|keep)\b[^.!?]*\b(?:inte|ej|not)\b(?! (?:av ?bok|ställ|ta bort|flytta|ändra|byta|"
        r"cancel|move|change))"
    ),
    Intent.MOVE: (
        r"\b(?:om ?boka(?![dt])\w*|ombokning|boka om|flytta(?![dt])(?!de)\w*(?! (?:ut|in|hem|ihop|isär|ur|hemifrån|utomlands|ifrån|till (?:en )?(?:ny|nytt|annan|större|mindre|eget|egen) (?:\w+ )?(?:lägenhet|hus|bostad|lokal|adress|hem|stad|trea|tvåa|etta|fyra|villa|kontor)\w*)\b)|flytt av|senarelägg\w*|tidigarelägg\w*|"
        r"reschedul(?!ed)\w*|re-?book(?!ed)\w*|postpone(?!d)\w*|skjuta? (?:på|upp|fram))\b|"
        r"\b(?:vill|få|ha|want|like|need|get|have) (?:\w+ ){0,4}(?:flyttad|ombokad|moved|rescheduled)\b|\b(?:byta?|ändra[rs]?|"
        r"change|move) (?:på )?(?:\w+ )?(?:tid\w*|dag|bokning\w*|appointment\w*|booking\w*|time|"
        r"day|it|den)\b|\b(?:ändra|move)\b.*\b(?:till|to|from|från)\b.*\d|\b(?:push|bring)(?: back| forward)? (?:it|my)\b|\bdelay my\b|\bpush our\b|"
        r"\b(?:move|shift|push) (?:my|our) (?!(?:car|furniture|things|stuff)\b)\w+|"
        r"\b(?:swap|switch|exchange) (?:my|our) (?:\w+ ){0,2}(?:slot|time|appointment|booking)\b"
    ),
    Intent.MY_BOOKING: (
        r"\b(?:när|vilken tid|hur dags|what time|when|which day) (?!kan\b|kunde\b|får\b|finns\b|passar\b|går\b|har (?:ni|du)\b|"
        r"skulle (?:jag|vi|man) (?:kunna|få)|can\b|could\b|may\b|would\b|(?:do|are) you\b)(?:\w+ ){0,3}(?:min|my|jag|"
        r"mina)\b.*\b(?:tid|bokning\w*|bokad|inbokad|booking|booked|appointment)\b|\b(?:har jag|"
        r"do i have) (?:\w+ )?(?:en |någon |nån |an |a )?(?:tid|bokning|booking|appointment|"
        r"bokat|bokad)\b|\bnär (?:var|är) (?:det )?(?:min tid|jag (?:hade|har) tid)\b|"
        r"\bwhen(?:'s| is) my\b|\b(?:vilken|vad|what) (?:tid|dag|time|day) (?:hade|har|var|did|have|was|do) (?:\w+ ){0,3}"
        r"(?:jag|vi|min|i|we|my)\b(?! (?:få|boka|komma|get|come)\b)|"
        r"\b(?:vilken|vad|what) (?:\w+ )?(?:tid|dag|time|day)\b.*\b(?:jag|vi|i|we) (?:hade|had)\b|"
        r"\b(?:när|hur dags|vilken (?:tid|dag)|vad) var det (?:nu|nu igen|igen|jag|vi)\b|"
        r"\b(?:glömt|glömde|minns inte|kommer inte ihåg) (?:bort )?(?:min (?:tid|bokning)|vilken (?:tid|dag) jag|när jag)\b|"
        r"\bbekräfta (?:min|mitt|vår) (?:tid|bokning|besök)|\bconfirm my (?:booking|appointment|time)\b|"
        r"\b(?:forgot|can't remember) (?:my (?:booking|appointment)|when my|what time)|"
        r"\b(?:vad|vilken|vilka|what|which)\b[^.!?]*\b(?:tid(?:er)?|dag(?:ar)?|times?|days?)\b[^.!?]*\b(?:jag|vi|i|we) "
        r"(?:\w+ )?(?:bokat|bokade?|inbokad\w*|fick|booked|got)\b|"
        r"\b(?:vilka|vad för|which|what) (?:\w+ )?(?:tider|bokningar|times|bookings|appointments) (?:har jag|har vi|do i have|have i)\b|"
        r"\b(?:när|hur dags|vilken (?:tid|dag)|when|what time|which day) (?:var det |är det |was it |is it )?(?:(?:nu|igen|som) )*"
        r"(?:(?:ska(?:ll)?|skulle) (?:jag|vi)|(?:jag|vi) (?:ska(?:ll)?|skulle)|(?:should|shall|am|are) (?:i|we)|(?:i|we) (?:am|are|should)) "
        r"(?:(?:nu|igen|again) )?(?:komma\b(?! (?:in\b|för att få)|till rätta)|till er\b|hos er\b|vara (?:hos er|där|på plats)\b|infinna|lämna\b|booked|coming|"
        r"supposed to|be there|come)|"
        r"\b(?:visa|lista|show|list)(?: me| mig)? (?:mina bokningar|min bokning|my bookings?|my appointments?)\b|"
        r"\b(?:minns|vet|kommer) (?:(?:jag|faktiskt|ju) )*(?:inte|ej)(?: ihåg)?[^.!?]*\b(?:tid|dag|när)\b[^.!?]*\bjag (?:\w+ )?(?:fick|ska(?:ll)?|skulle|hade|har|bokade|bokat)\b"
        r"(?! (?:tid för|hinna|boka))|"
        r"\bglömt (?:\w+ )?(?:när|vilken (?:tid|dag)|min tid|tiden)\b|\bforg(?:o|e)t(?:ten)? (?:when|what time|which day|my)\b|"
        # what has been done to it, told or asked
        rf"\b(?:är|har|blev|is|was|has|did) (?:\w+ ){{0,2}}{_OWN} (?:\w+ ){{0,2}}(?:{_DONE}|kvar|still)\b|"
        rf"\b{_OWN} (?:blev|är|har|har blivit|is|was|has been|got) (?:\w+ )?(?:{_DONE})\b|"
        rf"\b(?:ni|du|någon|nån|you|they|someone) (?:har |have |has )?(?:\w+ )?(?:{_DONE}) {_OWN}\b|"
        rf"\b(?:har|hade|varför|did|have|why did) (?:ni|du|you|they) (?:\w+ )?(?:{_DONE}|cancel|move|change) {_OWN}\b|"
        rf"\b(?:varför|why) (?:{_DONE}) (?:ni|du|you) {_OWN}\b|"
        r"\b(?:jag|vi) (?:har|hade) (?:redan|ju|nyss) (?:bokat|en tid|bokad)\b|\bstämmer det att (?:jag|vi) (?:har|är)\b"
    ),
    Intent.AVAILABILITY: (
        r"\b(?:vilka|vad|vilken|några?|nån|nåra|finns|har ni|what|which|any|"
        r"do you have) (?:\w+ ){0,3}(?:\w*tid|\w*tider|times?|slots?|openings?|ledigt|ledigt?a?|"
        r"availab\w+|appointments?|luckor?)\b|\bnär (?:kan|har|finns|går|passar)\b|"
        r"\bwhen (?:can|could|do|are|is)\b|\bledig\w*\b|\bavailab\w+\b|\bfree (?:slot|time|on)|"
        r"\båterbud\b|\b(?:någon|nån|some(?:one|body)) (?:\w+ )?(?:av ?bokat|cancell?ed)\b"
    ),
    Intent.BOOK: (
        r"\b(?:boka(?![dt])\w*+(?! (?:av|bort)\b)|bokning|beställa? tid|book(?!ed)\w*|(?:get|be) booked|reserv\w+|make an appointment|"
        r"appointment)\b|\b(?:(?<!för att )få|ha|vill|behöver|söker|önskar|skulle vilja|need|want|like|"
        r"get) (?:\w+ ){0,3}(?:\w*tid|komma|appointment)\b|\bkan (?:ni|jag|ja|vi|du|någon|"
        r"nån) (?:få )?komma\b|\b(?:can|could) (?:someone|you|i|we|somebody|anyone) come\b|"
        r"\bbehöver\b(?! (?:jag|man|vi|ni|du|barn\w*|han|hon)\b)|\b(?:i|we) need\b|\bvill (?:ha|få)\b|\bi(?:'d| would) like\b|"
        r"\bskulle vilja\b|\b(?:jag|vi) tar (?!med\b|bort\b|upp\b|emot\b|hand\b)|\b(?:ta|tar|take) (?:den|det|en|that|the|it|\d)"
    ),
    Intent.PRICE: (
        r"\b(?:hur mycket|hur mkt) (?:är|e) (?:det|den)\b|\b(?:vad|hur mycket) (?:\w+ )?(?:kosta\w*|tar|tar ni|blir|skulle)\b|\bkosta\w*\b|"
        r"\b(?:vad|va|hur mycket|hur mkt) (?:går|ligger|landar|hamnar|slutar) (?!det (?:ut|till)\b)[^.!?]*\b(?:på|för|loss på)(?= ?(?:$|[.,!?]| (?:hos er|ungefär|och|o|å)\b))|"
        r"\b(?:vad|hur mycket) (?:får|ska|behöver) (?:jag|man|vi) betala\b|\bvad är (?:det för )?pris\w*|"
        r"\bpris\w*\b|\bpriserna\b|\bhow much\b|\bcosts?\b|\bprices?\b|\bpricing\b|"
        r"\bvad tar ni\b|\btaxa\w*\b|\bavgift\w*\b|\bfees?\b|\bcharge\b"
    ),
    Intent.DURATION: (
        r"\bhur (?:långt? tid|länge|långt besök)\b|\bhow long\b|\bvaraktighet\b|\bduration\b"
    ),
    Intent.HOURS: (
        r"\b(?:jobbar|arbetar) ni (?:även |också )?(?:på )?(?:helg|kväll|natt|nätt|lörda|sönda|vardag|röda|jul|midsommar)\w*|"
        r"\bdo you work (?:on )?(?:weekends?|saturdays?|sundays?|evenings?)\b|\b(?:kvälls|helg|lördags|söndags)öppet\b|"
        r"\böppet\b|\böppettid\w*|\böppnar\b|\bni öppna\b|\böppen\b|\bstänger\b|"
        r"\bstängt\b(?! av)|\bstängda?\b|\bhar ni öppet\b|\bopen\b|\bopening (?:hours|times)\b|"
        r"\bopens\b|\bclos(?:e|es|ed|ing)\b|\bbusiness hours\b|\b(?:your|the) hours\b|"
        r"\blunchstängt\b"
    ),
    Intent.ADDRESS: (
        r"\bvar (?:\w+ )?(?:ligger|finns|håller|hittar|sitter|är) (?!.*\bpark)|\bvar (?:ligger|"
        r"finns|håller|hittar|sitter|är)\b|(?<!min )(?<!vår )\badress(?!en (?:är|:)|:)\w*\b(?! (?:är|:) )|(?<!my )\baddress\b(?! is)|\bwhere (?:\w+ )?(?:are|is|"
        r"do|can)\b|\bhitta (?:till|dit)\b|\bvägbeskrivning\w*|\bdirections\b|\bwhere's\b|"
        r"\blocated\b|\blocation\b|\bvilken gata\b"
    ),
    Intent.PHONE: (
        r"\b(?:telefon|tel|mobil)numret\b|"
        r"\b(?:ert|erat|vilket|vad|what|your|which) (?:\w+ ){0,3}(?:telefonnummer|nummer|tel|"
        r"phone|number)\b|\b(?:kan|får|can|may) (?:jag|man|vi|i|we) (?:ringa|call)\b|\bnummer (?:som )?(?:jag|man|vi) kan ringa\b"
    ),
    Intent.POLICY: (
        r"\b(?:gratis|kostnadsfritt|free|fee)\b.*\b(?:av ?bok\w*|cancel\w*)|"
        r"\b(?:av ?bok\w*|cancel\w*).*\b(?:gratis|kostnadsfritt|free|fee)\b|"
        r"\b(?:hur (?:långt?|sent|nära)|när senast|senast när|how (?:late|far|long|soon))\b[^.!?]*\b(?:av ?bok\w*|cancel\w*)|"
        r"\b(?:vad|hur|what|how) (?:gäller|händer|kostar|happens|much|funkar|"
        r"fungerar)\b.*\b(?:av ?bok\w*|cancel\w*)|\bavboknings(?:regler|avgift|policy|"
        r"villkor)\w*|\bcancellation (?:policy|fee|rules)\b|\b(?:kostar|avgift|"
        r"betala)\b.*\bav ?boka\w*|\b(?:kosta\w*|betala\w*|avgift\w*|gratis|pay|cost|charged?|fee|free)\b[^.!?]*\b(?:om|när|ifall|if|when) (?:jag|man|vi|i|we|you) "
        r"(?:\w+ )?(?:inte|ej|uteblir|missar|ställer in|don't|not|miss|can't)\b|\b(?:charge|pay|cost|fee)\b[^.!?]*\bcancel\w*|\bsena? av ?bok\w*|\buteb\w+\b|\bno.?show\b"
    ),
    Intent.CORRECTION: (
        r"\b(?:nej|nä|näe|no|vänta|wait|sorry|oj|förlåt|hoppsan)\b.*\b(?:jag menar|menade|"
        r"menar jag|i mean\w*|meant|istället|instead|hellre|rather)\b|\b(?:jag menar|jag menade|menade|"
        r"i mean|i meant|istället|i stället|instead|hellre|rather|ändra (?:det )?till|make it|"
        r"change (?:it )?to|byt till|kan det bli|kan vi (?:ta|säga|köra)|can we (?:do|make|"
        r"say))\b|^(?:nej|nä|no|oj),? (?:vänta|wait)\b|"
        r"^(?:nej|nä|no|oj|hoppsan|ops|oops|sorry|förlåt)\b.*\b(?:skulle|ska|should) (?:det )?(?:va|vara|bli|be|have been)\b|"
        r"^(?:nej|nä|no|oj|hoppsan|ops|oops|sorry|förlåt|vänta|wait)\b.*\b(?:passar|funkar|går|vore|är|works|is) (?:mig )?(?:bättre|better)\b|"
        r"\b(?:vi|det|we|it) (?:blev|blir|är|ska vara|skulle (?:vara|bli)|are|is|should be) (?:visst|ändå|faktiskt|egentligen|actually)\b|\bblev fel\b|\bskrev fel\b"
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
        r"\?|^(?:(?:hej\w*|hi|hello|tja|tjena)[ ,!.]+)?(?:(?:från|i|på|till|med|för|av|hos|under|om|vid|from|at|in|for|on|to|by|until|with|under) )?(?:vad|var|vem|vilka|vilken|vilket|när|"
        r"hur|kan|har|är|finns|gör|tar|säljer|får|går|jobbar|erbjuder|what|where|who|which|when|"
        r"how|can|could|do|does|are|is|have|will|would)\b|\b(?:undrar|wonder\w*|går det|"
        r"finns det|har ni|do you|are you)\b"
    ),
}
