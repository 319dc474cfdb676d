"""Every text that the built-in engine sends, Swedish and English, by its key.

A text is filled in and fitted by replies.py; the keys of why a time is not free are `bookings.NotFree`.
"""

# By key, the Swedish text and the English one.
TEXTS: dict[str, tuple[str, str]] = {
    # booking
    "ask_service": (
        "Vad vill du boka? Vi har {services}. Skriv gärna dag och tid också.",
        "What would you like to book? We have {services}. Please add the day and time.",
    ),
    "ask_service_many": (
        "Vad vill du boka, och vilken dag och tid passar dig?",
        "What would you like to book, and which day and time would suit you?",
    ),
    "ask_which_service": (
        "Vilket menar du: {services}?",
        "Which one do you mean: {services}? Please tell us.",
    ),
    "ask_one_service": (
        "Jag bokar en sak i taget. Vilket ska jag börja med: {services}?",
        "I can book one thing at a time. Which would you like first: {services}?",
    ),
    "one_at_a_time": (
        "Jag bokar en sak i taget; skriv om nästa sedan.",
        "I can book one thing at a time; please write about the next one afterwards.",
    ),
    "ask_day": (
        "Vilken dag passar dig för {service}?",
        "Which day would you like for {service}?",
    ),
    "ask_day_move": (
        "Vilken dag och tid vill du flytta till? Du har {service} {when}.",
        "Which day and time would you like instead? You have {service} {when}.",
    ),
    "ask_clash": (
        "{first} är en {weekday}. Vilken dag menar du, {first} eller {second}?",
        "{first} is a {weekday}. Which day do you mean, {first} or {second}?",
    ),
    "offer_first": ("Närmast ledigt: {times}.", "The first available times: {times}."),
    "offer_day": (
        "Lediga tider för {service} {day}: {times}. Vilken passar?",
        "Available times for {service} on {day}: {times}. Which would you like?",
    ),
    "offer_days": (
        "Lediga tider för {service}: {times}. Vilken passar?",
        "Available times for {service}: {times}. Which would you like?",
    ),
    "propose": (
        "{service} {when} är ledigt ({who}). Ska jag boka? Svara JA.",
        "{service} on {when} is available ({who}). Shall I book it? Please answer YES.",
    ),
    "propose_party": (
        "Det finns plats för båda {when}: {each}. Ska jag boka? Svara JA.",
        "There is room for both of you on {when}: {each}. Shall I book? Please answer YES.",
    ),
    "propose_move": (
        "Ska jag flytta din tid för {service} till {when} ({who})? Svara JA.",
        "Shall I move your {service} to {when} ({who})? Please answer YES.",
    ),
    "not_with": ("{who} är inte ledig då.", "{who} is not available then."),
    "propose_change": (
        "Ska jag byta till {service} {when} ({who})? Svara JA.",
        "Shall I change it to {service} on {when} ({who})? Please answer YES.",
    ),
    "changed": (
        "Ändrat: {service} {when} ({who}). Välkommen!",
        "Changed: {service} on {when} ({who}). Welcome!",
    ),
    "what_wrong": (
        "Du har {booking}. Skriv vad det ska vara i stället, eller AVBOKA om du inte vill ha tiden.",
        "You have {booking}. Write what you would like instead, or CANCEL if you do not want it.",
    ),
    "booked": (
        "Bokat: {service} {when} ({who}). Svara här om du vill ändra eller avboka. Välkommen!",
        "Booked: {service} on {when} ({who}). Answer here if you like to change or cancel. Welcome!",
    ),
    "booked_party": (
        "Bokat {when}: {each}. Svara här om du vill ändra eller avboka. Välkommen!",
        "Booked on {when}: {each}. Answer here if you like to change or cancel. Welcome!",
    ),
    "moved": (
        "Din tid för {service} är flyttad till {when} ({who}). Välkommen!",
        "Your {service} is moved to {when} ({who}). Welcome!",
    ),
    "gone": (
        "Den tiden hann tyvärr bli tagen.",
        "Sorry, that time has just been taken.",
    ),
    "not_by": (
        "{who} gör inte {service}; det gör {others}.",
        "{who} does not do {service}; {others} can.",
    ),
    "none_free": (
        "Jag hittar tyvärr ingen ledig tid för {service} då.",
        "Sorry, there is no available time for {service} then.",
    ),
    "none_at_all": (
        "Jag hittar tyvärr ingen ledig tid för {service} till och med {last}. En kollega hör av sig.",
        "Sorry, there is no available time for {service} until {last}. A colleague will contact you.",
    ),
    "not_offered": (
        "Vilken av tiderna vill du ha: {times}? Du kan också skriva en annan dag eller tid.",
        "Which of the times would you like: {times}? You can also write another day or time.",
    ),
    "declined": (
        "Okej. Hör gärna av dig igen om du vill boka.",
        "All right. Please write again if you would like to book.",
    ),
    "phone": ("Vårt telefonnummer är {phone}.", "Our phone number is {phone}."),
    "no_such_time": (
        "Den dagen eller tiden finns inte. Vilken dag och tid menar du?",
        "There is no such day or time. Which day and time do you mean?",
    ),
    "ask_coming": (
        "Den tiden har redan passerat. Vilken kommande dag och tid passar dig?",
        "That time has already passed. Which coming day and time would suit you?",
    ),
    "stranger": (
        "Den personen hittar jag inte hos oss. Här finns {who}.",
        "I can not find that person here. We have {who}.",
    ),
    "many_people": (
        "Flera personer samtidigt bokar en kollega, som hör av sig till dig.",
        "A colleague will contact you to book for several people together.",
    ),
    "several_things": (
        "Jag ber en kollega boka både {services}, och höra av sig till dig.",
        "I will ask a colleague to book {services} for you and to contact you.",
    ),
    "other_day": (
        "Vilken dag och tid passar bättre?",
        "Which day and time would suit you better?",
    ),
    # why a start is not free: the keys are bookings.NotFree
    "past": ("Den tiden har redan passerat.", "That time has already passed."),
    "too_soon": (
        "Det är för kort varsel; vi behöver minst {notice}.",
        "Sorry, that is too soon; we need at least {notice}.",
    ),
    "too_far": (
        "Vi bokar högst {days} dagar framåt, till och med {last}. Vilken dag före det passar?",
        "We can book at most {days} days in advance, until {last}. Which day before that would "
        "you like?",
    ),
    "closed_day": ("Vi har stängt {day}{reason}.", "We are closed on {day}{reason}."),
    "outside_hours": (
        "{time} ryms inte i våra tider {day} ({hours}).",
        "{time} does not fit in our hours on {day} ({hours}).",
    ),
    "off_step": (
        "{time} går inte att boka; tiderna börjar var {step}:e minut.",
        "{time} can not be booked; the times start every {step} minutes.",
    ),
    "taken": ("{when} är tyvärr upptaget{who}.", "Sorry, {when} is taken{who}."),
    # own bookings
    "no_own": (
        "Jag hittar ingen kommande bokning på ditt nummer.",
        "I can not find any coming booking on your number.",
    ),
    "own": ("Du har {bookings}.", "You have {bookings}."),
    "ask_which_own": (
        "Vilken bokning menar du: {bookings}?",
        "Which booking do you mean: {bookings}?",
    ),
    "ask_cancel": (
        "Ska jag avboka {service} {when}? Svara JA. {policy}",
        "Shall I cancel your {service} on {when}? Please answer YES. {policy}",
    ),
    "ask_give_up": (
        "Vill du avboka {service} {when}? Svara AVBOKA. Vill du hellre flytta, skriv en ny dag och tid. {policy}",
        "Would you like to cancel your {service} on {when}? Answer CANCEL. If you would rather move it, write "
        "a new day and time. {policy}",
    ),
    "still_booked": (
        "Du har {booking}. Det står kvar. Skriv AVBOKA om du inte kan komma, eller en ny dag och tid om du vill flytta.",
        "You have {booking}. That stands. Write CANCEL if you can not come, or a new day and time to move it.",
    ),
    "might_cancel": (
        "Skriv AVBOKA om du vill avboka din tid. {policy}",
        "Write CANCEL if you want to cancel your appointment. {policy}",
    ),
    "ask_cancel_all": (
        "Ska jag avboka allt: {bookings}? Svara JA. {policy}",
        "Shall I cancel all of these: {bookings}? Please answer YES. {policy}",
    ),
    "cancelled_all": ("{bookings} är avbokade.", "{bookings} are cancelled."),
    "cancelled": (
        "Din tid för {service} {when} är avbokad.",
        "Your {service} on {when} is cancelled.",
    ),
    "kept": ("Bra, din tid är kvar.", "Good, your time is kept as it is."),
    # facts
    "price": ("{service} kostar {price} kr.", "The price for {service} is {price} kr."),
    "duration": ("{service} tar {duration}.", "{service} takes {duration}."),
    "price_duration": (
        "{service} kostar {price} kr och tar {duration}.",
        "The price for {service} is {price} kr and it takes {duration}.",
    ),
    "prices": ("Våra priser: {prices}.", "Our prices: {prices}."),
    "no_price": (
        "Priset för {service} har jag inte. En kollega hör av sig.",
        "I do not have the price for {service}. A colleague will contact you.",
    ),
    "hours_week": ("Öppettider: {hours}.", "Our opening hours: {hours}."),
    "hours_day": ("{day}: öppet {hours}.", "{day}: we are open {hours}."),
    "hours_now": ("Vi har öppet nu.", "We are open now."),
    "hours_closed_now": ("Vi har stängt nu.", "We are closed now."),
    "address": ("{name} finns på {address}.", "{name} is at {address}."),
    "quoted": (
        "{answer}",
        'Our answer, which we have in Swedish only: "{answer}" Please ask if you would like to '
        "have help with it in English.",
    ),
    "policy_quoted": (
        "{answer}",
        'Please note our rule, which we have in Swedish only: "{answer}"',
    ),
    "unknown": (
        "Det kan jag tyvärr inte svara på här. En kollega återkommer till dig.",
        "Sorry, I can not answer that here. A colleague will get back to you.",
    ),
    "help": (
        "Hej! Jag är {owner} automatiska assistent. Skriv vad du vill boka och när, eller ställ en "
        "fråga. Vill du att vi ringer, svara RING MIG.",
        "Hi! I am {owner} automatic assistant. Tell us what you would like to book and when, "
        "or ask a question. If you would like us to call you, answer CALL ME.",
    ),
    # people and care
    "hand_over": (
        "Jag lämnar över till en kollega, som hör av sig till dig.",
        "I will hand this over to a colleague, who will contact you.",
    ),
    "sorry": (
        "Jag beklagar och förstår att det är tråkigt. En ansvarig får ditt meddelande direkt och "
        "hör av sig.",
        "We are sorry to hear that, and we understand. A person in charge will get your message "
        "at once and contact you.",
    ),
    "passed_on": (
        "Din önskan om samtal lämnar jag till en kollega.",
        "I will pass your wish for a call on to a colleague.",
    ),
    "urgent": (
        "Jag förstår att det är brådskande och meddelar en kollega direkt.",
        "I understand that this is urgent and will tell a colleague at once.",
    ),
    "danger": (
        "Är någon i fara, ring nödnumret direkt. Jag förstår att det är brådskande och meddelar en "
        "kollega nu.",
        "If anyone is in danger, call the emergency number now. I understand that this is urgent "
        "and will tell a colleague at once.",
    ),
    "late": (
        "Tack för att du säger till, jag meddelar att du blir sen.",
        "Thanks for telling us, I will pass on that you are late.",
    ),
    "call_back": ("Vi ringer dig så snart vi kan.", "We will call you as soon as we can."),
    "call_back_at": ("Vi ringer dig {when}.", "We will call you {when}."),
    "call_back_open": (
        "Vi har stängt då. Vi ringer dig {when}.",
        "We are closed then. We will call you {when}.",
    ),
    "no_call": ("Okej, vi ringer inte.", "All right, we will not call you."),
    "call_moved": ("Okej, vi ringer dig {when}.", "All right, we will call you {when}."),
    "call_when": (
        "Vi ringer dig {when}. Passar det inte, skriv en annan tid, eller AVBOKA.",
        "We will call you {when}. If that does not suit you, write another time, or CANCEL.",
    ),
    "ask_call_when": (
        "När ska vi ringa dig? {choices}.",
        "When would you like us to call you? {choices}.",
    ),
    "call_closed": ("Vi har stängt då.", "We are closed then."),
    "call_full": (
        "Den tiden går tyvärr inte längre.",
        "Sorry, that time is not possible any more.",
    ),
    "ask_no_call": (
        "Vill du avboka samtalet? Svara JA.",
        "Would you like to cancel the call? Please answer YES.",
    ),
    "robot": (
        "Jag är en automatisk assistent hos {name}. Vill du hellre prata med personal, svara RING "
        "MIG.",
        "I am an automatic assistant at {name}. If you would like to talk to our staff, answer "
        "CALL ME.",
    ),
    "others": (
        "Jag kan tyvärr inte lämna ut något om andra kunder. Vill du boka en egen tid, skriv vad "
        "och när.",
        "Sorry, I can not tell you anything about other customers. If you would like to book for "
        "yourself, write what and when.",
    ),
    "takeover": (
        "Det kan jag tyvärr inte göra. Jag kan boka tider och svara på frågor om {name}. Vad vill "
        "du ha hjälp med?",
        "Sorry, I can not do that. I can book an appointment and answer questions about {name}. "
        "What would you like help with?",
    ),
    "wrong_number": ("Ingen fara. Ha en bra dag!", "No problem. Have a good day!"),
    "other_language": (
        "Jag förstår tyvärr bara svenska och engelska. Ska vi ringa dig? Svara JA.",
        "Sorry, I understand only Swedish and English. Would you like us to call you? Please "
        "answer YES.",
    ),
    "ask_call": (
        "Ska vi ringa dig? Svara JA.",
        "Would you like us to call you? Please answer YES.",
    ),
    # consent
    "opted_out": (
        "Du får inga fler sms från {name}. Svara START om du ångrar dig.",
        "You will get no more texts from {name}. Answer START if you change your mind.",
    ),
    "opted_in": (
        "Välkommen tillbaka! Skriv vad du vill boka och när, eller ställ en fråga.",
        "Welcome back! Tell us what you would like to book and when, or ask a question.",
    ),
}
