"""Ringback: every call that no person answered ends in exactly one visible outcome.

The words of the product, used the same way in code, tables, API and portal:

call          one caller's attempt to reach the company, from the first ring to the last hang-up
missed        no person spoke with the caller; voicemail, announcements and menus are not persons
reason        why a call was missed (`calls.Reason`)
company       who is called; every row but the operator's own belongs to one
pbx           an Asterisk or FreePBX that a company's calls pass through
caller        the person outside; identified by the number in E.164
DID           the company's number that was dialled
conversation  the texts with one caller, from the first text until it is closed
message       one text, in or out; it consists of one or more parts (what an operator bills)
turn          one message from the caller and what was understood, decided and answered
booking       an appointment: service, resource, start and end
resource      who or what performs a service (a hairdresser, a chair)
callback      a promise to ring the caller, within an interval
handler       a member of the staff who works in the portal
owner         who answers a conversation: the assistant, a named handler, or nobody
job           one step that is due, kept as a row until it is done
"""
