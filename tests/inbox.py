"""A real mail server for tests, and what arrived in it."""

import email
import email.policy
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from flask import Flask

from carepool.local.ports import free_port


class Inbox:
    """The letters that a mail server took."""

    def __init__(self) -> None:
        self.letters: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.letters.append(envelope)
        return "250 taken"

    def texts(self, address: str) -> list[str]:
        """Return the texts of the letters to an address, the oldest first."""
        mine = [one for one in self.letters if one.rcpt_tos == [address]]
        read = (email.message_from_bytes(one.content, policy=email.policy.default) for one in mine)
        return [str(one.get_body(("plain",)).get_content()) for one in read]  # type: ignore[union-attr]

    def path_in(self, address: str) -> str:
        """Return the path of the link in the newest letter to an address."""
        found = re.search(r"https?://[^/\s]+(/\S+)", self.texts(address)[-1])
        assert found, self.texts(address)
        return found.group(1)


@contextmanager
def listening(app: Flask) -> Iterator[Inbox]:
    """Run a mail server to which an application sends its mail."""
    inbox, port = Inbox(), free_port()
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    app.config["SMTP_URL"] = f"smtp://127.0.0.1:{port}"
    try:
        yield inbox
    finally:
        app.config["SMTP_URL"] = ""
        server.stop()
