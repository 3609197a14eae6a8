"""Free ports of this machine."""

import socket

from tenants.refusals import Refused


class NoPort(Refused):
    """A hundred ports in a row are taken."""


def is_free(port: int) -> bool:
    """Tell whether nothing listens on a port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port(wanted: int | None = None) -> int:
    """Return the wanted port where it is free, else the next free one of the hundred after it; any one for None.

    Raises NoPort.
    """
    if wanted is None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])
    for port in range(wanted, wanted + 100):
        if is_free(port):
            return port
    raise NoPort(f"The ports {wanted} to {wanted + 99} are all taken. Free one of them, or set another.")
