"""Answers as people write them, Swedish and English: unsure ones, and plain ones."""

UNSURE = """
jag
jag vet inte
jag vet inte riktigt
jag vet faktiskt inte än
jag ångrar mig
jag ångrade mig
har ångrat mig
jag tror inte det
jag tror det
jag tror nog det
jag måste fråga min man först
måste kolla med jobbet först
ska kolla med frugan
jag återkommer
jag hör av mig
jag har inte råd
jag kan inte
jag vill inte
jag funderar
jag får fundera på saken
jag ska tänka på saken
jag undrar en sak
jag undrar vad det kostar
jag skojade bara
jag är osäker
hej jag heter Lisa
hej jag igen
ja kanske
ja eller vänta
ja vänta
ja fast nej
ja men inte nu
ja gör det inte
ja nja
ja?
ja??
ja men vad kostar det?
ja om det blir billigare
ja om jag hinner
ja hmm
ja eller nej
ja alltså nej
japp eller nej förresten
jaså
jaha
jahapp
jahaja
jo men nej
jo fast jag vet inte
ok men vänta lite
ok jag funderar
okej då vet jag
okej men inte idag
nja
nja vet inte
njae
nej
nej tack
nej inte alls
nej boka inte
näe
nä du
nix
icke
inte
inte än
inte nu
inte säker
absolut inte
verkligen inte
gärna inte
helst inte
självklart inte
visst inte
aldrig
aldrig i livet
vänta
vänta lite
vänta lite jag kollar
stopp vänta
kanske
kanske det
kanske senare
eventuellt
typ
beror på
det beror på
vet ej
ingen aning
hur menar du?
vad menar du
va?
vadå
varför då?
är det säkert?
vad händer om jag säger ja?
ska jag svara ja?
måste jag svara nu?
kostar det något?
kan jag ändra sen?
kan jag svara imorgon?
får jag tänka på det?
hur länge gäller erbjudandet?
har jag redan bokat?
jag trodde det var klart
det stämmer inte
stämmer inte
det blir inte bra
det går inte
det går inte bra
funkar inte
passar inte
passar dåligt
bra fråga
bra att veta men nej
perfekt men jag kan inte
toppen fast inte den dagen
strunta i det
glöm det
låt bli
gör det inte
gör inte det
boka inte
avboka inte
ring inte
flytta inte
vill inte boka
jag har inte sagt ja
jag sa inte ja
jag skrev inte ja
du får inte boka
nej nej nej
🤔
🤷
👎
😕
maybe
maybe later
I don't know
i dont know
not sure
I'm not sure
I am not so sure about that
I think so
I guess
I guess so
let me check
let me think
let me ask my wife first
hold on
wait
wait a minute
yes but wait
yes or no
yes maybe
yes if I can
yes?
yes, how much is it?
ok but not yet
ok wait
sure?
sure, but what does it cost?
no
no thanks
no way
nope
nah
not now
not yet
never
never mind
of course not
absolutely not
definitely not
certainly not
please don't
don't
do not do it
don't book it
don't cancel it
don't call me
do not call me
please do not cancel
I changed my mind
I've changed my mind
I was just kidding
I can't afford it
I have to ask my boss
it depends
depends on the price
what?
what do you mean
why?
is it certain?
can I decide later?
could you wait
I said no
I didn't say yes
that doesn't work
that is not good
not good
it isn't fine
won't work
can't
""".strip().splitlines()

# Assent beside another time than the proposed one: no yes to it.
ELSEWHERE = """
gärna en annan dag
gärna en annan tid
gärna nästa vecka
ja en annan tid
ja en annan dag
ja, nästa vecka
ja veckan efter
ja varannan vecka
ja i december
ja på kvällen
ja gärna någon annan dag
ok en annan tid
ok andra tider tack
okej någon annan tid
kör en annan dag
kör nästa vecka
perfekt, en annan dag
boka en annan dag
visst en annan dag
absolut, någon annan dag i veckan
yes another day
yes another time please
ok next week
sure, other times
yes some other day
great, more times please
""".strip().splitlines()

ASSENT = [
    "ja",
    "ja tack",
    "ok",
    "okej",
    "absolut",
    "perfekt",
    "kör",
    "boka den",
    "yes",
    "sure",
    "sounds good",
    "👍",
]

TURNING = """
men jag vet inte
men inte än
fast nej
eller nej
eller vänta
eller kanske inte
kanske
tror jag
om jag hinner
om det inte är för dyrt
?
? vad kostar det
vad kostar det?
men är det säkert?
inte
skojade bara
nej
ångrar mig
glöm det
måste kolla först
vänta lite
but wait
but not now
maybe
I guess
if my boss agrees
or not
or no
no
never mind
just kidding
how much is it?
I think
not really
🤔
👎
""".strip().splitlines()

PLAIN_YES = """
ja
Ja!
JA
ja tack
ja tack gärna
ja gärna
ja det blir bra
ja det går bra
ja, det stämmer
ja boka
ja boka den
japp
japp kör
jajamensan
jadå
jo
jo tack
jo men visst
visst
javisst
absolut
självklart
ok
okej
okej då
ok boka
ok tack 🙂
gärna
perfekt
perfekt, tack!
toppen
det låter bra
låter bra
låter jättebra
det passar bra
det funkar
funkar fint
kör på det
kör
vi kör på det
boka den
boka in mig
jag tar den
jag tar den tiden
ta den
det blir bra
👍
ja 👍
ja tack, inga problem
hej ja tack
yes
yes please
Yes, thanks
yep
yeah sure
sure
ok thanks
sounds good
that works
that's perfect, thanks
I'll take it
book it
go ahead
great
fine
""".strip().splitlines()
