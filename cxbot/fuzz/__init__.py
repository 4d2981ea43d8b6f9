"""Hostile clients at a real server: frames that no client of ours would send, and bytes that are no websocket's.
Imported by its command only."""
