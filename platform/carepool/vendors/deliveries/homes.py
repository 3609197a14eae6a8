"""Which programs are or may be somebody's home: their street is never shown to a vendor."""

from tenants.vocabularies import ProgramType

HOMES = frozenset({ProgramType.FAMILY_HOME, ProgramType.GROUP_HOME, ProgramType.EXEMPT, ProgramType.OTHER})
"""Kinds of programs that are or may be somebody's home."""
