"""Databases of tests: their three addresses and their signing key."""

import secrets
from dataclasses import dataclass

from sqlalchemy.engine import make_url


@dataclass(frozen=True)
class Database:
    """One database and how each role reaches it."""

    admin_url: str
    owner_url: str
    app_url: str
    signing_keys: str

    @classmethod
    def on(cls, admin_url: str, name: str, signing_keys: str | None = None) -> "Database":
        """Name a database on a server."""
        admin = make_url(admin_url)
        owner = admin.set(username="carepool_owner", password="owner", database=name)
        app = admin.set(username="carepool_app", password="app", database=name)
        return cls(
            admin_url,
            owner.render_as_string(hide_password=False),
            app.render_as_string(hide_password=False),
            signing_keys or f"1:{secrets.token_hex(32)}",
        )
