#!/bin/sh
# Makes the prompts of the SIP way in from the texts below: WAV, mono, 16 bit, 8000 Hz.
# Needs espeak-ng and sox (Debian packages). The results are committed; run it after changing a text.
set -eu
cd "$(dirname "$0")/../pbx_adapter/sip/prompts"

say() { # language, name, text
    mkdir -p "$1"
    espeak-ng -v "$1" -s 145 -p 45 -g 4 --stdout "$3" |
        sox -t wav - -r 8000 -c 1 -b 16 -D "$1/$2.wav" highpass 200 lowpass 3400 norm -4
}

say sv offer "Hej! Vi kan tyvärr inte svara just nu. Tryck ett, så ringer vi upp dig."
say sv thanks "Tack! Vi ringer upp dig så snart vi kan. Hej då."
say sv goodbye "Tack för att du ringde. Hej då."
say sv no_number "Hej! Vi kan tyvärr inte svara just nu, och vi ser inte ditt nummer. Ring gärna igen senare. Hej då."

say en offer "Hello! We are sorry that we cannot answer just now. Press one, and we will call you back."
say en thanks "Thank you! We will call you back as soon as we can. Goodbye."
say en goodbye "Thank you for calling. Goodbye."
say en no_number "Hello! We are sorry that we cannot answer just now, and we cannot see your number. Please call again later. Goodbye."
