"""How fast it is, beside others who do the same: `python -m bench [PART...]`.

One module per part, each with `measure(options)` that returns rows of one table. What matters are the
ratios: of ours to a peer that reads the same stream in the same run, or of a figure to its limit.
Absolute rates belong to the machine of the moment.
"""
