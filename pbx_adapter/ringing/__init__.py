"""Callbacks rung: the handler's own phone first, then the customer, and what becomes of the call.

A `ring` job asks the PBX (`asking`); its events tell where the call is (`tries`); what was not heard
of for too long is looked for (`sweep`); in automatic mode the next is begun by itself (`automatic`).
"""
