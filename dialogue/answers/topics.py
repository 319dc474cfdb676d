"""More everyday topics, beside those of lexicon.py, in the same form. A pure table.

A meaning that lexicon.py has too gets these words besides. They are what customers of any trade ask about
before, at and after a visit; no company's own words.
"""

TOPICS = """
pay: räkning räkningen swisha betalningsmedel betalsättet swishar | bill bills
deposit: handpenning deposition depositionen förskott förskottsbetalning förskottsbetala i_förväg på_förhand anmälningsavgift bokningsavgift | deposit upfront up_front in_advance prepay prepayment down_payment
distance: distans digitalt digital online video videosamtal videomöte videomöten nätet över_nätet via_nätet teams zoom skype facetime på_distans webbmöte telefonmöte fysiskt åka_in på_länk via_länk länk telefonsamtal | online remote remotely video video_call zoom teams skype virtual virtually digitally in_person link by_phone over_the_phone
companion: sällskap följa_med följer_med medföljande ledsagare anhörig ta_med_en ha_med_en | companion accompany bring_a_friend bring_someone come_with_me come_along company
parent: förälder föräldrar föräldrarna vårdnadshavare målsman | parent parents guardian guardians
bathe: bada badar bad simma simmar doppa | bathe bathing bath swim swimming
water: vatten vattnet bassäng bassängen poolen pool | water pool
temperature: temperatur temperaturen grader varmt kallt varm kall varma kalla uppvärmd | temperature degrees warm cold heated
sick: sjuk febrig förkylning förkylda snuvig magsjuk sjukanmäla sjukanmälan sjukt_barn | ill illness flu unwell
make_up_for: ta_igen ersättningslektion ersättningstid ersättningspass ersättningstillfälle | make_up catch_up replacement make_up_class
bring: packa packning med_mig behöva_med ta_med_mig ta_med_oss | pack
document: dokument dokumenten handling handlingar underlag blankett blanketter kontoutdrag | document documents papers paperwork forms
keep: spara sparar sparas arkivera arkiverar bevara | keep retain archive
program: program programmet programvara mjukvara system bokföringsprogram datorprogram | software program programme system
deadline: sista_dag sista_dagen deadline anstånd uppskov hinna hinner tidsfrist | deadline last_day extension too_late due_date
tax: skatt deklaration deklarera deklarationen skatteverket deklarationsblankett | tax taxes tax_return
deduction: avdragsgillt dra_av avdragen | deductible
aftercare: eftervård skötsel sköta sköter skötselråd ta_hand_om vårda smörja smörj kräm salva salvan läka läker läkning | aftercare take_care look_after heal healing cream ointment
covering: film filmen plast plasten plåster plåstret bandage förband | film bandage plaster wrap dressing
pregnant: väntar_barn ammar ammande amma graviditeten | expecting breastfeeding nursing
take_part: vara_med är_med va_med delta deltar närvara | take_part participate attend join_in
park: bilen_stå stå_bilen får_bilen_stå ställer_man_bilen ställa_sin_bil ställer_vi_bilen p-platser p-platsen parkeringsplatser besöksparkering | park_the_car parking_space parking_spaces car_park
cover_up: täcka_över dölja cover-up cover-ups coverup | cover_up cover_ups coverup hide
glasses: brillor brillorna brillan glasögonen bågarna bågen skalm skalmen | eyeglasses specs frame
broken: gå_av går_av gick_av gått_av lossnar lossnat lossnade spricka spricker spruckit sprucken sprack | cracked crack snapped broke fell_off came_off
deliver: leveranstid beställa beställt beställning levereras klara_efter hur_snabbt | delivery_time order ordered ready how_soon
subsidy: bidrag bidraget högkostnadsskydd högkostnadsskyddet frikort regionen frikortet subventionerat ansluten anslutna privat privata vårdval landstinget | subsidy subsidised grant allowance private
wellness: friskvård friskvården friskvårdsbidrag friskvårdsbidraget friskvårdspeng wellness | wellness wellness_allowance wellness_grant health_allowance
anaesthetic: bedövning bedöva bedövad bedövar lokalbedövning bedövningssalva | anaesthetic anesthetic numbing numb local_anaesthesia
pain: smärtsamt smärtfritt göra_ont | painless painful
vegan: vegan veganskt veganska vegetariskt vegetarisk vegetariska | vegan vegetarian
gluten: gluten glutenfritt glutenfria glutenfri laktos laktosfritt laktosfri specialkost | gluten gluten-free lactose lactose-free dietary
scent: doft dofter parfym doftfri parfymfri oparfymerad | scent fragrance perfume unscented
waste: återvinning återvinna slänga slänger bortforsling forsla köra_bort skräp sopor avfall tippen | recycle recycling dispose disposal rubbish waste junk
box: kartong kartonger flyttlåda flyttlådor | box boxes cardboard
measure: mått måtten storlek storlekar | measure measurements size sizes
drop_in: dyka_upp dyker_upp bara_komma komma_spontant slinka_in titta_in svänga_förbi utan_förbokning | turn_up show_up drop_by walk-ins walk_ins
late: försent försenar kommer_för_sent | too_late running_late
access: handikappanpassat handikappanpassad rullstolsanpassat rullstolsanpassad tillgänglighetsanpassat handikappvänligt bottenvåningen bottenvåning | disabled_access wheelchair_friendly ground_floor
fear: jätterädd livrädd skiträdd superrädd skraj nervig spruträdd spruträdd | terrified frightened phobic
area: hur_långt_ut kör_hit kör_ut kör_ni_hit åka_ut kommer_ut komma_ut utkörning | come_out countryside how_far_out
clothes: ha_på_sig ha_på_mig ha_på_oss på_sig klä_sig klä_oss klä_mig ombyte byta_om omklädd | to_wear get_changed change_clothes outfit
included: ingå ingår ingår_det inkluderat inkluderad inkluderar ingående | included include includes
more: extra fler ytterligare tillägg tilläggs köpa_till | extra additional
own_it: äger äga rättigheter upphovsrätt använda_fritt nyttjanderätt licens | own_the rights copyright licence_to
outside: ute utomhus ute_i utanför friluft naturen | outdoors outside outdoor
entrance: ingång ingången entré entrén porten portkod portkoden dörren kod koden hitta_in komma_in kommer_in | entrance door get_in door_code code
floor: våning våningen plan bottenvåning bottenvåningen markplan trappor | floor ground_floor upstairs
prescribe: skriva_ut skriver_ut utskrivet utskriven medicin recept tabletter tablett sömntabletter sjukskriva sjukskrivning sjukintyg | prescribe prescription sick_note medication
insurance: försäkring försäkringar försäkringen | insurance
secrecy: hemligt hemlig konfidentiellt anonymt anonym får_veta berätta_för journal journaler | secret anonymous confidentially find_out
language: finska arabiska engelska persiska spanska tyska somaliska polska ryska turkiska franska tolk prata_engelska pratar_engelska | finnish arabic spanish german polish russian turkish french interpreter speak_english
trial: prova_på provträna provlektion provtillfälle testa_på | trial try_out taster
pause: pausa frysa fryser uppehåll | pause freeze
sun: sola solar solarium solning solen solarie | sun sunbathe tanning sunlight
make_up_face: smink sminka sminkad mascara foundation | makeup mascara
sensitive: känslig känsliga känsligt | sensitive
minimum: minst minsta minimum minimiantal minsta_beställning | minimum at_least smallest
file: råfiler filer bildfiler högupplösta digitala_bilder redigerade | files raw_files digital_images edited
print: utskrift utskrifter kopior framkalla papperskopior | print prints printed copies
leash: koppel munkorg nosgrimma kopplad | leash lead muzzle
photo: fotografering filma | film filming
english: in_english speak_english
receive_sms: påminnelse påminnelser påminna | reminder reminders
referral: via_vårdcentralen gå_via läkarremiss remitterad remitteras via_läkare | refer referred
noise: ljud buller högljutt oljud | noise loud
early: tidigare_på_plats innan_tiden hur_tidigt komma_tidigare | early how_early arrive_early
power: ström elström eluttag uttag strömmen | power socket electricity outlet
smell: lukt luktar | smell smells
gender: kvinnlig | female male
substitute: vikarie ersättare | substitute stand-in
wedding: bröllop vigsel brud | wedding bride
funeral: begravning minnesstund | funeral memorial
seat: bilbarnstol barnstol babyskydd | high_chair car_seat
offer_quote: offert kostnadsförslag prisuppgift prisförslag | quote estimate quotation
interest: ränta räntefri räntefritt | interest interest-free
contract: avtal kontrakt avtalet kontraktet | contract agreement
shade: nyans kulör nyanser | shade
tip: dricks | tip tips gratuity
"""
