"""Verbs of purchasing; each checks, changes, records history and event, and flushes."""
