"""The administrator's pages: sites, the people who answer, and what was said (to read, never to change)."""

from support.admin import conversations, people, sites, tickets

__all__ = ["conversations", "people", "sites", "tickets"]
