"""Signing keys are changed without a stop: new and old side by side, then the old one is refused."""

import dataclasses
import secrets
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from carepool.app import create_app
from carepool.config import BadSetting, Settings
from tenants.database import engine
from tenants.preparation import Preparation, prepare
from tenants.scope import Scope, visiting
from tenants.signing import KeyRing
from tests.databases import Database


@pytest.fixture
def prepared(database: Database) -> Iterator[object]:
    def with_keys(keys: str) -> None:
        prepare(Preparation(database.admin_url, database.owner_url, database.app_url, KeyRing.parse(keys)))

    yield with_keys
    with_keys(database.signing_keys)


def _works(app: Flask) -> bool:
    with visiting(Scope.office(), app) as session:
        return bool(session.scalar(text("select app.is_office()")))


def test_both_keys_are_accepted_until_the_old_one_is_taken_out(
    app: Flask, settings: Settings, database: Database, prepared: object
) -> None:
    new = f"2:{secrets.token_hex(32)}"
    both = dataclasses.replace(settings, scope_signing_keys=f"{new},{database.signing_keys}")
    with pytest.raises(BadSetting, match="database prepare"):
        create_app(both)
    prepared(both.scope_signing_keys)  # type: ignore[operator]
    renewed = create_app(both)
    assert renewed.extensions["scope_signing"].signer.number == 2
    assert _works(app) and _works(renewed)
    prepared(new)  # type: ignore[operator]
    assert _works(renewed)
    with pytest.raises(DBAPIError, match="forged scope"):
        _works(app)
    with pytest.raises(BadSetting, match="SCOPE_SIGNING_KEYS"):
        create_app(settings)
    # the same number with another secret is another key
    with pytest.raises(BadSetting, match="SCOPE_SIGNING_KEYS"):
        create_app(dataclasses.replace(settings, scope_signing_keys=f"2:{secrets.token_hex(32)}"))
    with renewed.app_context():
        engine().dispose()
