"""Everyday words: which mean the same in Swedish and English, and which tell little. Pure tables.

Used by terms.py. `MEANINGS` ties the words of one topic together, so that "tar ni swish?" finds "Hur
betalar man?" and an English question finds a Swedish answer; several words of one meaning are
written with `_` between them. The words are those that customers of any trade use; a company's own
words need no table, they are matched by stem, compound and spelling.
"""

from dialogue.answers.topics import TOPICS
from dialogue.builtin.words import listed, plain

_GROUPS = """
pay: betala betalning betalsätt kort kortbetalning bankkort kreditkort visa mastercard amex swish kontant kontanter faktura fakturera klarna autogiro apple_pay | pay payment card cash invoice credit_card debit_card
open: öppet öppen öppna öppnar öppettider stänga stänger stängt stängd | open opening opening_hours close closed closing
instalments: delbetala delbetalning avbetalning avbetala månadsvis dela_upp_betalning betala_av kredit | instalments installments pay_monthly split_the_payment
park: parkera parkering parkeringsplats p-plats p-hus garage ställa_bilen ställer_bilen ställa_bil ställer_jag_bilen | park parking garage leave_the_car leave_my_car
access: rullstol rullator tillgänglig tillgänglighet tillgänglighetsanpassad trappa trappor hiss ramp rullstolsramp handikapp funktionsnedsättning barnvagn tröskel trösklar markplan | wheelchair accessible accessibility stairs elevator lift step-free ramp disabled stroller pram
voucher: presentkort gåvokort presentkortet | gift_card gift_cards gift_voucher voucher
drop_in: drop-in dropin utan_att_boka utan_tid utan_tidsbokning utan_bokning obokad spontant komma_direkt | walk-in walk_in without_an_appointment without_appointment without_booking drop_in
warranty: garanti garantera garantier fabriksgaranti | warranty guarantee guaranteed
rot: rot rotavdrag rot-avdrag | rot
rut: rut rutavdrag rut-avdrag | rut
deduction: avdrag skatteavdrag skattereduktion rot rut rotavdrag rutavdrag | tax_deduction deduction tax tax_reduction
fear: rädd rädsla rädda orolig oro ångest panik nervös nervösa tandläkarrädd tandvårdsrädd flygrädd skräck fobi | scared afraid nervous fear anxious anxiety phobia panic
area: område orter ort var_jobbar var_kör framkörning framkörningsavgift upptagningsområde inom_mil åker_ni kommer_ni_till kommer_ni_ut komma_ut_till kör_ni_till | come_out_to area how_far travel cover travel_fee
late: sen sent försenad försening för_sent senare | late delayed delay
urgent: akut akuttid jour brådskande nödläge nödfall dygnet_runt natten natt nattetid kväll helg efter_stängning stängt | emergency urgent after_hours night weekend
discount: rabatt rabatter student studentrabatt pensionär pensionärsrabatt senior billigare erbjudande kampanj | discount discounts students student senior cheaper offer
bundle: paket paketpris klippkort flera_lektioner | package packages bundle
internet: wifi wi-fi internet uppkoppling trådlöst nätverk | wifi internet
pets: djur husdjur sällskapsdjur | pet pets animal animals
dog: hund hundar valp valpar djur husdjur | dog dogs puppy pet pets animal
cat: katt katter kattunge djur husdjur | cat cats kitten pet pets animal
rabbit: kanin kaniner | rabbit rabbits bunny
insurance: försäkring försäkringsbolag försäkrad försäkrade försäkringen ansvarsförsäkring försäkringskassan | insurance insured insurer
languages: språk språken | language languages
english: engelska | english
online: online webb webben hemsida hemsidan nätet internetbokning | online website web
member: medlem medlemskap medlemmar abonnemang | member membership subscription
pregnant: gravid gravida graviditet | pregnant pregnancy
eat: äta mat fasta fastande frukost svälta | eat eating food fasting fast breakfast
food: mat foder hundmat kattmat lunch fika kafé café kaffe dryck | food meal lunch coffee cafe
drink: dricka vatten dryck alkohol | drink water drinking alcohol
before: före innan inför dessförinnan | before prior beforehand
after: efter efteråt eftervård | after afterwards aftercare
prepare: förbereda förberedelse förberedelser förbered inför | prepare preparation preparations
bring: ta_med tar_med ha_med ha_med_mig medföra med_sig medtag | bring bring_with bring_along
surgery: operation operera opererad op opereras söva sövas sövd narkos ingrepp kastrering | surgery operation operated anaesthesia anesthesia
child: åring åringar tonåring tonåringar skolbarn barn unga ungdom ungdomar bebis bebisar spädbarn | child children kids kid baby teen teenager
age: ålder gammal åldersgräns år_gammal fyllt åring | age old how_old
borrow: låna lån låne utlåning lånebil ersättningsbil | borrow loan courtesy replacement
rent: hyra hyr uthyrning hyrbil | rent rental hire
car: bil bilen fordon personbil | car cars vehicle
electric: el elbil elbilar elektrisk laddhybrid hybrid | electric
key: nyckel nycklar nyckeln | key keys
leave: lämna lämnar inlämning släppa_av | leave drop_off hand_in
fetch: hämta hämtar hämtas hämtning upphämtning plocka_upp avhämta | pick_up pickup fetch collect collection
wait: vänta väntar väntrum väntetid sitta_och_vänta | wait waiting
home: hem hemma hemmet hembesök hemma_hos på_plats | home at_home
repair: laga lagar lagas reparera reparation fixa åtgärda | repair fix mend
wash: tvätta tvätt tvättas tvättar | wash washing laundry
clean: städa städning städar rengöra rengöring rent städ | clean cleaning cleaner cleaned
store: förvara förvaring förvaras förvarar lagra magasinera lagring över_sommaren över_vintern över_säsongen | store storage keep
buy: köpa köper säljer sälja till_salu försäljning | buy sell purchase sold
cost: kosta kostar kostnad pris priser avgift avgifter | cost costs price prices fee fees charge
free: gratis kostnadsfri kostnadsfritt utan_kostnad avgiftsfri fri fritt | free free_of_charge complimentary
cancel: avboka avbokar avbokas avbokning avbokningar återbud ställa_in sen_avbokning missa missar uteblivet utebli uteblir no-show | cancel cancellation cancelling no-show miss
terminate: uppsägning uppsägningstid säga_upp bindningstid bindning binda bundet varsel | notice notice_period binding terminate contract commitment
broken: sönder trasig skada skador skadad gå_sönder ha_sönder går_sönder | broken break damage damaged damages
complain: klaga klagomål klagar reklamera reklamation missnöjd underkänd underkänns | complaint complain unhappy dissatisfied
refund: återbetala återbetalning ångerrätt pengarna_tillbaka | refund money_back
exchange: byta byte bytesrätt | exchange swap replace change
staff: personal anställd anställda medarbetare team | staff employees team
same: samma fast olika | same different
allergy: allergi allergisk allergiker allergier pälsallergi | allergy allergic allergies
eco: miljö miljövänlig miljövänliga miljömärkt ekologisk ekologiska svanen hållbar klimat | eco eco-friendly environmentally organic sustainable environment
vacuum: dammsugare dammsuga dammsugs | vacuum vacuum_cleaner hoover
window: fönster fönsterputs ruta rutor | window windows
oven: ugn spis | oven stove
balcony: balkong terrass uteplats | balcony terrace
supplies: medel rengöringsmedel städmedel produkter kemikalier utrustning material städmaterial | products supplies equipment chemicals materials
safe: säker säkerhet trygg tryggt | safe safety secure security
secrecy: tystnadsplikt sekretess integritet personuppgifter gdpr | confidentiality privacy confidential
record: belastningsregister utdrag bakgrundskontroll | background_check
medicine: medicin mediciner läkemedel recept receptet preparat | medicine medication prescription
vaccine: vaccin vaccination vaccinera vaccineras spruta sprutan sprutor | vaccine vaccination vaccinate shot shots
stitches: stygn stygnen sy | stitches sutures
wound: sår såret blöda | wound
test_result: provsvar svar provresultat labb laboratorium | results test_results lab
x_ray: röntgen röntga röntgas | x-ray xray
passport: pass husdjurspass | passport
euthanasia: avliva avlivning somna_in låta_somna | put_to_sleep euthanasia euthanise
identity: legitimation leg id id-kort id-handling legitimera legitimera_mig | id identification id_card
glasses: glasögon bågar glas | glasses spectacles frames
lenses: linser kontaktlinser | contact_lenses lenses
eyes: syn ögon synundersökning syntest synintyg synprov | eye_test eyes vision sight
certificate: intyg certifikat certifierad behörig behörighet legitimerad auktoriserad diplom | certificate certified qualified licensed authorised
permit: tillstånd körkortstillstånd | permit
licence: körkort licens | licence license driving_licence
lesson: lektion körlektion lektioner undervisning kurs | lesson lessons class classes course
practise: öva övning övningsköra övningskörning träna | practise practice
drive: köra kör körning | drive driving
teach: undervisa undervisar lära lärare utbilda utbildning utbildar läraren | teach teacher instructor training education
study: plugga studera läsa läsning teori teorimaterial teoribok böcker bok kursbok studiematerial | study theory book books
exam: prov uppkörning uppkörningen körprov kunskapsprov examen tenta | exam test driving_test
automatic: automat automatlåda automatväxlad automatväxel | automatic automatics
trailer: släp släpvagn släpkärra husvagn | trailer caravan
bus: buss bussen bussar kollektivtrafik tåg tunnelbana spårvagn hållplats station | bus train subway tram station public_transport
food_served: servering restaurang meny | restaurant menu served
alcohol: alkohol öl vin | alcohol beer wine
toilet: toalett wc badrum | toilet restroom bathroom
shower: dusch duscha omklädningsrum | shower changing_room locker
towel: handduk handdukar | towel towels
clothes: kläder klädsel ombyte skor klädkod | clothes wear shoes dress_code clothing
outdoor_weather: regn regnar väder snö | rain raining weather snow
height: höjd högt hög meter | height high tall
valid: gälla gäller giltig giltigt giltighet giltighetstid går_ut | valid validity expire expires
time_needed: tid_tar hur_lång_tid hur_länge | how_long duration
how_often: hur_ofta ofta intervall | how_often often
first_time: första_gången första_besöket nybörjare ny_kund ny | first_time first_visit beginner beginners new
queue: kö kötid väntelista | queue waiting_list
book: boka bokning tidsbokning | book booking appointment
group: grupp grupper företagsgrupp sällskap | group groups party
party: fest kalas barnkalas event | party event birthday
company: företag företagskund | company business corporate
deliver: leverera leverans frakt hemkörning hemleverans skicka | deliver delivery shipping ship
return: retur returnera lämna_tillbaka | return returns
material: material tyg | fabric
hair: hår håret klippning | hair haircut
colour: färg färga färgning slingor toning | colour color dye highlights
beard: skägg skäggtrimning | beard
nails: naglar nagel manikyr | nails nail
skin: hud huden hudvård | skin
massage: massage massera massör | massage
pain: ont värk smärta gör_ont | pain hurt hurts painful
doctor: läkare doktor veterinär | doctor vet physician
dentist: tandläkare tandvård tandhygienist | dentist dental
tooth: tand tänder | tooth teeth
whitening: blekning tandblekning | whitening
referral: remiss | referral
tyre: däck hjul vinterdäck sommardäck däckbyte | tyre tyres tire tires wheel wheels
puncture: punktering punka | puncture flat_tyre flat_tire
brakes: broms bromsar | brake brakes
inspection: besiktning besikta besiktiga | inspection mot
tow: bärgning bärga bärgare bogsera | tow towing
spare_parts: reservdel reservdelar delar | parts spare_parts
brand: märke märken modell modeller | brand brands make makes model
motorcycle: motorcykel motorcyklar mc moped | motorcycle motorbike moped
bicycle: cykel cyklar elcykel | bicycle bicycles bike bikes
truck: lastbil lastbilar | truck lorry
boat: båt båten | boat
house: hus lägenhet bostad villa radhus | house flat apartment
garden: trädgård gräs gräsmatta häck | garden lawn grass
furniture: möbler möbel soffa | furniture sofa
carpet: matta mattor | carpet carpets rug
move_house: flytt flytta flytten flyttstädning flyttstäd | moving move_out
job: jobb jobba_hos lediga_jobb anställning praktik praktisera söka_jobb | job jobs vacancy internship hiring
social: instagram facebook sociala_medier | instagram facebook social_media
email: mejl mejla mail e-post epost | email e-mail mail
receipt: kvitto kvitton | receipt
photo: foto bild bilder fotografera | photo picture photos
lost: glömt glömma borttappad hittegods upphittat kvarglömd | lost forgot forgotten lost_property
smoke: röka rökning rökfritt | smoke smoking
charge_car: ladda laddstolpe laddning laddplats | charging charger ev_charging
quiet: tyst tyst_behandling lugn | quiet calm
men: män herrar herr man | men
women: kvinnor damer dam kvinna | women
bed: säng sängar | bed beds
check_in: incheckning utcheckning checka_in checka_ut | check-in check-out checkin checkout
luggage: bagage väska väskor resväska | luggage bag bags suitcase
room: rum rummet | room rooms
pool: pool bassäng simma | pool swim swimming
gym: gym träning träna | gym training workout
sick: sjuk sjukt sjuka sjukdom förkyld feber smittad | sick ill cold fever
stay_out: ute utomhus inomhus | outdoors indoors outside inside
"""

# What shows no topic at all.
_SMALL = """
i en ett av på för med och o till hos den det de dem att om så som är var vart vara varit vad vem vilka vilken vilket hur när
varför man jag ja du ni vi han hon hen er era ert min mitt mina din ditt dina vår vårt våra oss mig mej dig dej sig sin sitt sina mitt
har ha hade haft kan kunna kunde ska skall skulle vill ville vilja få får fick måste bör borde blir bli blev gör göra görs gjort går gå gick gått
finns finnas fanns finnes nu då där här ju väl nog bara också även men eller ej inte ingen inget inga nån någon något nåt några några lite mycket
mkt alla allt all denna detta dessa under över vid från ut in upp ner än åt mot genom per hej hejsan hallå tja tjena tack snälla please
nej nä jo okej ok undrar undra fråga fundera tänkte tänkt gärna alltså asså iaf istället stället ändå instead anyway up off down anything something everything nothing someone anyone oxå oxo pga tex va vart me mej dom dem lr typ tar ta tog kommer komma kom ger ge gav
a an the of to for with and or in on at by from is are am be been was were do does did has have had can could will would should may might must
utan sådan sådana sådant sån sånt januari februari mars april maj juni juli augusti september oktober november december
nånstans någonstans nånting någonting somewhere anywhere
i'm it it's its this that these those there here you your yours we our us they them their he she his her my me mine i what which who when where why how
if any some so not no yes hi hello hey thanks thank just wonder wondering much many get got go about as then
"""
# Words that are said about everything: they count a little.
_EVERYDAY = """
köpa köper sälja säljer sell buy boka bokar bokning bokas kosta kostar kostnad pris priser hjälpa hjälp hjälper tid tider tiden dag dagar dags idag imorgon vecka veckor månad år timme timmar minut minuter gång gånger
bra vanlig vanligt själv behöva behöver behövs möjlig möjligt erbjuda erbjuder använda använder ordna ordnar fungera fungerar funkar jobba jobbar
arbeta arbetar sätt sak saker grej något annat andra nästa först gäller ungefär ca cirka efter efteråt före innan before after ingå ingår extra additional passar passa fits suit hända händer händ ifall säga säger veta vet tro tror
se ser titta hitta hittar ligger ringa ringer ring skriva skriv svara svar skicka stor liten nytt nya gammal vanligtvis direkt samtidigt
ens egentligen verkligen fortfarande redan sedan sen samma dygn sist ihop kvar besök besöket plats ställe kund kunder varje bästa bäst
person personer folk egen egna eget man fru sambo kompis bror syster mamma pappa son dotter länge behöva lämna lämnar börja börjar igen vid ibland
book booking appointment cost costs price prices help time day today tomorrow week month year hour minute need possible offer use work works thing way also long take come see find call write first next
really usually still already same visit place customer every best person people own happen happens allowed small big large little old young husband wife friend like want know give make let please per
"""


def _read(groups: str) -> dict[str, tuple[str, ...]]:
    read: dict[str, tuple[str, ...]] = {}
    for line in groups.strip().splitlines():
        meaning, _, words = line.partition(":")
        read[meaning] = (*read.get(meaning, ()), *listed(words.replace("|", " ")))
    return read


MEANINGS: dict[str, tuple[str, ...]] = _read(_GROUPS + TOPICS)
"""Words by meaning; `_` joins the words of one expression."""
SMALL = frozenset(plain(word) for word in listed(_SMALL))
"""Words without dots that show no topic."""
EVERYDAY = frozenset(plain(word) for word in listed(_EVERYDAY))
"""Words without dots that show little of a topic."""
THINGS = frozenset(
    listed(
        "car tyre glasses lenses hair beard nails skin tooth eyes dog cat bicycle motorcycle truck boat "
        "house garden furniture carpet clothes bring take_part"
    )
)
"""Meanings that name what customers have, or bring: two questions that share only such are two."""
HEADS = listed(
    "plats tid tider kort bil rum avdrag pris avgift pass skola bokning besök kurs prov hus vagn båt sång tvätt byte "
    "märke garanti försäkring behandling undersökning städning putsning klippning lån hyra hem natt dag kväll helg vecka "
    "bolag företag del delar låda nyckel dörr fönster golv vägg tak vatten mat foder medel medicin intyg bevis "
    "kontroll service hjälp person barn hund katt djur tand hår hud ögon fot hand kropp hjul däck motor batteri olja "
    "parkering betalning leverans hämtning lämning förvaring tillstånd material bok lektion lärare utbildning regler villkor "
    "lås lucka brev skåp rabatt present paket erbjudande student pensionär vuxen grupp familj sommar vinter vår höst jul"
)
"""Common parts of Swedish compounds, beside the company's own words."""
