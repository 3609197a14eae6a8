"""Verbs of service contracts. Each checks, changes, records the event and flushes; none commits."""
