"""The conversation with a caller: start, understand, answer, book, hand over."""
