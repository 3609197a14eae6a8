"""A mail server that takes every letter and keeps none: `python -m bench.mail_sink PORT`."""

import sys
import threading
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Takes letters."""

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - the server's name
        return "250 taken"


if __name__ == "__main__":
    Controller(Sink(), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    threading.Event().wait()
