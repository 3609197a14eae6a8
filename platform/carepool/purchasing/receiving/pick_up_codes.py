"""The pick-up code of a program in a purchase: six digits that its card shows and staff compare. Not a secret to sign in with."""

import hashlib
import hmac
from uuid import UUID

from flask import current_app

from tenants.database import session

DIGITS = 6


def pick_up_code(purchase_id: UUID, program_id: UUID) -> str:
    """Return the code; it follows from the installation's own key, so that nothing is kept and nobody can guess it."""
    told = f"pick-up {session().scope} {purchase_id} {program_id}".encode()
    digest = hmac.digest(str(current_app.config["SECRET_KEY"]).encode(), told, hashlib.sha256)
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}d}"


def is_code(text: str) -> bool:
    """Tell whether a text may be a pick-up code."""
    return len(text) == DIGITS and text.isascii() and text.isdecimal()


def same_code(typed: str, purchase_id: UUID, program_id: UUID) -> bool:
    """Tell whether this is the code of a program."""
    return hmac.compare_digest(typed.encode(), pick_up_code(purchase_id, program_id).encode())
