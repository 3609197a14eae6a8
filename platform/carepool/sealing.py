"""Secrets that we must be able to read again, sealed with AES-256-GCM: a copy of the database tells none of them.

The setting DATA_KEYS holds the keys: the first seals, all open. A sealed text begins with the number of its key.
"""

import base64
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

from tenants.refusals import Refused

_NONCE = 12
"""Bytes, as AES-GCM wants them."""


class BadDataKeys(Refused):
    """A setting of data keys that cannot be used; the message says how it should look."""


class NotReadable(Exception):
    """A sealed text whose key is not in DATA_KEYS, that was changed, or that belongs to another row."""


@dataclass(frozen=True)
class Sealer:
    """The keys by number, the one that seals first."""

    keys: tuple[tuple[int, bytes], ...]

    @classmethod
    def parse(cls, setting: str) -> "Sealer":
        """Read `number:64 hex digits`, several separated by commas. Raises BadDataKeys."""
        keys = tuple(_key(part.strip()) for part in setting.split(",") if part.strip())
        if not keys or len({number for number, _ in keys}) != len(keys):
            raise BadDataKeys("DATA_KEYS must hold one or more keys with different numbers, as 1:<64 hex digits>.")
        return cls(keys)

    @property
    def prefix(self) -> str:
        """How texts begin that are sealed with the first key."""
        return f"{self.keys[0][0]}:"

    def seal(self, text: str, about: str) -> str:
        """Return a text sealed with the first key. `about` names the row; the seal breaks in any other."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.keys[0][1]).encrypt(nonce, text.encode(), about.encode())
        return self.prefix + base64.urlsafe_b64encode(nonce + sealed).decode()

    def open(self, sealed: str, about: str) -> str:
        """Return the text of a sealed one. Raises NotReadable."""
        number, _, written = sealed.partition(":")
        key = dict(self.keys).get(int(number) if number.isdecimal() else 0)
        try:
            data = base64.urlsafe_b64decode(written)
            if key is None or len(data) <= _NONCE:
                raise NotReadable(f"Key {number} is not in DATA_KEYS.")
            return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], about.encode()).decode()
        except (ValueError, InvalidTag) as error:
            raise NotReadable("The text was changed, or sealed with another key of this number.") from error


def _key(part: str) -> tuple[int, bytes]:
    number, _, digits = part.partition(":")
    try:
        key = int(number), bytes.fromhex(digits)
    except ValueError:
        raise BadDataKeys("DATA_KEYS must look like 1:<64 hex digits>, several separated by commas.") from None
    if len(key[1]) != 32 or not 0 < key[0] < 32768:
        raise BadDataKeys("Each key of DATA_KEYS needs a number from 1 to 32767 and 64 hex digits.")
    return key


def sealer() -> Sealer:
    """Return the keys of this application. Raises BadDataKeys."""
    found: Sealer | None = current_app.extensions.get("sealer")
    if found is None:
        found = current_app.extensions["sealer"] = Sealer.parse(current_app.config["DATA_KEYS"])
    return found
