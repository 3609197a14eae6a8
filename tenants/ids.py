"""Identifiers shared by every folder."""

from typing import NewType
from uuid import UUID

from uuid_utils.compat import uuid7

TenantId = NewType("TenantId", int)
"""Number of a state in the registry: small, never reused, never shown to people."""

VendorId = NewType("VendorId", int)
"""Number of a vendor in the shared directory: never shown to people."""


def new_id() -> UUID:
    """Return a fresh UUIDv7 (RFC 9562): sortable by time, never used as a secret."""
    return uuid7()
