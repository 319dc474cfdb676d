"""pyVoIP 1.6.8, with the cures of its faults: the only package that imports it.

In: an account. Out: `phone.Phone`, which registers, takes calls, and gives each a thread.

Of pyVoIP we keep the phone with its calls and ports, the SIP client's socket, threads and REGISTER,
a call's reading of the offer, and RTP with its digits. Cured, each where it is named `Cure`:

phone    OPTIONS and unknown methods answered wrongly or not at all; CANCEL leaves the call ringing;
         re-INVITE opens the same port twice; a repeated INVITE becomes a new one; no limit of calls;
         all ports leak, or are given out twice; lists that grow with every call
client   requests that arrive while registering are lost, and fail it; three failures end it for
         good; the receiver dies of bad datagrams; anyone may call; nothing is sent a second time;
         one Call-ID for ever
calls    replies without parameters of Via, with new tags; a wrong BYE; only numbers in `sip:` From
rtp      8-bit sound; digits lost with their first packet; received sound fills the memory; a
         sender that drifts; sockets closed under their reader
"""

import pyVoIP.VoIP  # noqa: F401  must come before pyVoIP.SIP: they import each other
