"""SMPP 3.4 by a line of our own to an operator's SMSC.

In the order of the flow: `account` (how to reach it), `pdu` (bytes ↔ values), `alphabets`, `long`
(a text → messages), `statuses` (answers → outcomes), `session` (one bound line), `provider` (sends,
and keeps a line up), `delivering` (what comes in, until it is acknowledged), with `receipts`,
`joining` and `repeats`. All but `session`, `provider` and `delivering` are pure.
"""
