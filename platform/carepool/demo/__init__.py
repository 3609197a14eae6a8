"""Demonstrations on a running installation: two fictional states, and a whole purchase from real files."""
