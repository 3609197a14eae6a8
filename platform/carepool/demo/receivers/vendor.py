"""All of a vendor's systems together, at the ports that the installation's settings let it reach on this machine."""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carepool.demo.purchase import DemonstrationFailed
from carepool.demo.receivers.drops import Drop, serving_drops
from carepool.demo.receivers.mail import serving_mail
from carepool.demo.receivers.posts import serving_posts
from carepool.demo.receivers.taken import Desk

_TALKATIVE = ("mail.log", "asyncssh")
"""Logs that tell of every command."""
_HERE = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Ports:
    """Where the systems listen on this machine."""

    mail: int
    posts: int
    drops: int


def ports_of(settings: Mapping[str, Any]) -> Ports:
    """Return the ports that the settings leave for a demonstration's vendor. Raises DemonstrationFailed.

    Mail goes to SMTP_URL; the first two `localhost:port` of CAREPOOL_OUTBOUND_ALLOW are for posts and for files.
    """
    mail = urlsplit(settings["SMTP_URL"])
    allowed = [one.strip().rpartition(":") for one in settings["CAREPOOL_OUTBOUND_ALLOW"].split(",")]
    local = [int(port) for host, _, port in allowed if host == "localhost" and port.isdecimal()]
    if mail.scheme != "smtp" or mail.hostname not in _HERE or not mail.port or len(local) < 2:
        raise DemonstrationFailed(
            "The installation must send its orders to this machine. `carepool run` does; elsewhere set "
            "SMTP_URL=smtp://127.0.0.1:8100 and CAREPOOL_OUTBOUND_ALLOW=localhost:8200,localhost:8300."
        )
    return Ports(mail.port, local[0], local[1])


@dataclass(frozen=True)
class VendorSystems:
    """A vendor's systems that run."""

    desk: Desk
    drop: Drop
    ports: Ports

    def address(self, path: str) -> str:
        """Return the address of a path of the HTTP server."""
        return f"http://localhost:{self.ports.posts}{path}"


@contextmanager
def vendor_systems(settings: Mapping[str, Any]) -> Iterator[VendorSystems]:
    """Run the systems of a vendor in this process. Raises DemonstrationFailed where a port is taken."""
    ports, desk = ports_of(settings), Desk()
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)
    with ExitStack() as open_ones:
        root = Path(open_ones.enter_context(tempfile.TemporaryDirectory()))
        try:
            open_ones.enter_context(serving_mail(desk, ports.mail))
            open_ones.enter_context(serving_posts(desk, ports.posts))
            drop = open_ones.enter_context(serving_drops(root, ports.drops, desk))
        except OSError as error:
            raise DemonstrationFailed(f"The demonstration's vendor cannot listen on this machine: {error}") from None
        yield VendorSystems(desk, drop, ports)
