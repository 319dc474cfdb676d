"""The callback list: who is to be rung back, by whom it is done, and what came of it."""
