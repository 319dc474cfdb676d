"""The JSON API (/api/v1), the pages, the webhooks and the live events."""
