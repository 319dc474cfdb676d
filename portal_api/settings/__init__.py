"""The settings of a company, for its administrators: words, sending, numbers."""
