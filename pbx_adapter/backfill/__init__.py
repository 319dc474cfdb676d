"""Calls that nobody heard, read afterwards from what Asterisk writes down by itself.

In: queue_log, CDR and CEL, in files or tables. Out: the same `Call` values that the tracker makes,
with less in them. In the order of the flow: `places` (where the records are), `files` and `tables`
(records from a mark on), `queue_log`, `cdr`, `cel` (what each says of a call), `merging` (one call),
`reading` (which is told when, and how far everything has been read).
"""
