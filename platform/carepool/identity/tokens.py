"""How tokens are written and read: `cp_<kind>_<id>_<secret>`, 256 random bits, only the hash is stored."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True)
class WrittenToken:
    """A token as a person or a program presents it."""

    kind: str
    id: UUID
    secret: str

    def __str__(self) -> str:
        return f"cp_{self.kind}_{self.id.hex}_{self.secret}"

    @property
    def hash(self) -> bytes:
        """SHA-256 of the secret; enough, as the secret has 256 random bits."""
        return hashlib.sha256(self.secret.encode()).digest()

    def proves(self, stored_hash: bytes) -> bool:
        """Compare with a stored hash in constant time."""
        return hmac.compare_digest(self.hash, stored_hash)


def fresh_token(kind: str, token_id: UUID) -> WrittenToken:
    """Return a new token with a random secret."""
    return WrittenToken(kind, token_id, secrets.token_hex(32))


def read_token(written: str, kind: str) -> WrittenToken | None:
    """Read a token of the wanted kind; None where it is not one."""
    parts = written.split("_")
    if len(parts) != 4 or parts[0] != "cp" or parts[1] != kind or len(parts[3]) != 64:
        return None
    try:
        return WrittenToken(kind, UUID(hex=parts[2]), parts[3])
    except ValueError:
        return None
