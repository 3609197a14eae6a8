"""Secrets that must be read again are sealed before they are stored, with keys that only the settings hold."""

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app

from carepool.config import encryption_keys
from carepool.errors import Refusal
from carepool.sentences import marked


def seal(text: str) -> bytes:
    """Return a text sealed with the first key of `CAREPOOL_ENCRYPTION_KEYS`. Raises Refusal where there is no key."""
    return _keys().encrypt(text.encode())


def unseal(sealed: bytes) -> str:
    """Return what was sealed with any of the keys. Raises Refusal where its key is gone, or there is none."""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        sentence = marked("A stored secret cannot be read any more, as its key is gone. Write the secret again.")
        raise Refusal("sealed-with-another-key", sentence) from None


def _keys() -> MultiFernet:
    keys = encryption_keys(str(current_app.config["CAREPOOL_ENCRYPTION_KEYS"]))
    if not keys:
        sentence = marked("Secrets cannot be kept yet. Ask the operator to set CAREPOOL_ENCRYPTION_KEYS.")
        raise Refusal("no-encryption-key", sentence)
    return MultiFernet([Fernet(key) for key in keys])
