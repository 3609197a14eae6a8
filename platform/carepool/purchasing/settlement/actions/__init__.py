"""Verbs of settlement."""
