"""Texts out; texts and receipts in; the providers."""
