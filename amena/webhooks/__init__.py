"""Webhooks: telling people's own servers how their jobs have ended. See docs/api.md."""
