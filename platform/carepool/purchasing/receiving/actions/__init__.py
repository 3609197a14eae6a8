"""Verbs of receiving."""
