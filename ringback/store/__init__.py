"""Queries as verbs, one module per step of the flow. All take the unit of work they belong to."""
