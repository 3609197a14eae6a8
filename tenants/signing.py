"""The signing keys of scope tokens. Only `tenants/scope.py` and the preparation of a database import this module."""

import hashlib
import hmac
from dataclasses import dataclass

from tenants.refusals import Refused

_BLOCK = 64


class BadKeyRing(Refused):
    """A setting of signing keys that cannot be used; the message says how it should look."""


@dataclass(frozen=True)
class SigningKey:
    """One HMAC-SHA256 key (RFC 2104) with its number."""

    number: int
    secret: bytes

    def blocks(self) -> tuple[bytes, bytes]:
        """Return the inner and outer padded key blocks, 64 bytes each, which the database keeps instead of the key."""
        padded = self.secret.ljust(_BLOCK, b"\0")
        return bytes(b ^ 0x36 for b in padded), bytes(b ^ 0x5C for b in padded)

    def sign(self, text: str) -> str:
        """Return the hexadecimal HMAC-SHA256 of a text."""
        return hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class KeyRing:
    """Keys in use: the first signs, all are accepted, so that keys can be changed without a stop."""

    keys: tuple[SigningKey, ...]

    @classmethod
    def parse(cls, setting: str) -> "KeyRing":
        """Read `number:64 hex digits`, several separated by commas. Raises BadKeyRing."""
        keys = tuple(_parse_key(part.strip()) for part in setting.split(",") if part.strip())
        if not keys or len({key.number for key in keys}) != len(keys):
            raise BadKeyRing(
                "SCOPE_SIGNING_KEYS must hold one or more keys with different numbers, as 1:<64 hex digits>."
            )
        return cls(keys)

    @property
    def signer(self) -> SigningKey:
        """The key that signs new tokens."""
        return self.keys[0]


def _parse_key(part: str) -> SigningKey:
    number, _, digits = part.partition(":")
    try:
        secret = bytes.fromhex(digits)
        key = SigningKey(int(number), secret)
    except ValueError:
        raise BadKeyRing("SCOPE_SIGNING_KEYS must look like 1:<64 hex digits>, several separated by commas.") from None
    if len(secret) != 32 or not 0 < key.number < 32768:
        raise BadKeyRing("Each key of SCOPE_SIGNING_KEYS needs a number from 1 to 32767 and 64 hex digits.")
    return key
