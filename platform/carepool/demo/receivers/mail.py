"""A mail server that takes letters: those with documents, and those with a link only."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller

from carepool.demo.receivers.taken import Desk, Taken

DOMAIN = "vendor.example"
"""Letters to other domains are taken and forgotten."""


class _Server:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a letter to the vendor and answer."""
        if not any(one.endswith(f"@{DOMAIN}") for one in envelope.rcpt_tos):
            return "250 taken"
        letter: Any = email.message_from_bytes(envelope.content, policy=email.policy.default)
        files = tuple(
            (str(one.get_filename()), bytes(one.get_payload(decode=True))) for one in letter.iter_attachments()
        )
        words = letter.get_body(("plain",))
        text = str(words.get_content()) if words else ""
        if self._desk.take(Taken("mail" if files else "link", files, text)):
            return "250 taken"
        return "550 5.7.1 No orders by mail here"


@contextmanager
def serving_mail(desk: Desk, port: int) -> Iterator[None]:
    """Serve SMTP at a port of this machine."""
    # it tells of every command
    server = Controller(_Server(desk), hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()
