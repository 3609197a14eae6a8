"""Secrets are sealed with the first key and opened with any."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from carepool.errors import Refusal
from carepool.sealing import seal, unseal


@pytest.fixture
def keys(app: Flask) -> Iterator[Flask]:
    """The application, whose keys a test changes."""
    before = app.config["CAREPOOL_ENCRYPTION_KEYS"]
    with app.app_context():
        yield app
    app.config["CAREPOOL_ENCRYPTION_KEYS"] = before


def test_what_an_old_key_sealed_is_read_and_the_new_key_seals(keys: Flask) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    keys.config["CAREPOOL_ENCRYPTION_KEYS"] = old
    before = seal("secret ñ")
    assert b"secret" not in before
    keys.config["CAREPOOL_ENCRYPTION_KEYS"] = f"{new}, {old}"
    assert unseal(before) == "secret ñ"
    after = seal("secret ñ")
    keys.config["CAREPOOL_ENCRYPTION_KEYS"] = new
    assert unseal(after) == "secret ñ"
    with pytest.raises(Refusal, match="its key is gone"):
        unseal(before)


def test_without_a_key_nothing_is_kept(keys: Flask) -> None:
    keys.config["CAREPOOL_ENCRYPTION_KEYS"] = ""
    with pytest.raises(Refusal, match="CAREPOOL_ENCRYPTION_KEYS"):
        seal("secret")
