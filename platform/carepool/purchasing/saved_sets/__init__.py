"""Saved sets of items."""
