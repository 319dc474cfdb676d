"""The way in for a PBX without AMI: an extension that takes the calls nobody answered.

The PBX (hosted Centrex, 3CX, Cisco, Asterisk) forwards an unanswered call to the extension that we
are registered as. We answer, say so in Swedish or English, take 1 for "ring me", and make the same
`call` and `callback` records as the AMI side does. In the order of the flow:

messages, headers, sdp   what came in a datagram, who called, for whom and why (pure)
registrar, digest        staying registered
pyvoip/                  pyVoIP and the cures of its faults; the only place that imports it
prompts, g711            what the caller hears
answering                how one call goes
records, journal         what is known of a call, and how it outlives a crash
process                  all of the above, in a process of its own
listener                 our end: starts and watches that process, hands its calls to the sink

Follows RFC 3261 (SIP), 3264 (offer and answer), 4733 (digits), 5806 (Diversion), 7044 and 4458
(History-Info and its causes), 3323 and 3325 (privacy, asserted identity), 7616 (digest).
"""
