"""The one client for addresses that people of a state wrote down: it reaches public addresses only.

Every request, also one that follows a redirect, is resolved here, checked, and sent to the very address that was
checked, so that a name that answers differently the next moment leads nowhere else.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx
from flask import current_app

from carepool.sentences import Sentence, marked

MOST_BYTES = 1024 * 1024
"""The longest answer that is read."""
_MOST_ADDRESSES = 4
_PIECE = 16 * 1024
_UNICAST_IPV6 = ipaddress.ip_network("2000::/3")
# tunnels carry an IPv4 address inside; Azure's metadata service answers at an address that looks public, Oracle's in
# a network of which older Pythons say the same
_NEVER = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "168.63.129.16/32", "192.0.0.0/24")))


class OutboundRefused(httpx.TransportError):
    """An address or an answer that Carepool does not take; `sentence` says why, for a person.

    `answered`: the request had gone out, and its answer came.
    """

    def __init__(self, sentence: Sentence, *, answered: bool = False) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.answered = answered


def client(timeout_seconds: float = 10) -> httpx.Client:
    """Return a client that speaks HTTPS to public addresses only, to be used as a context manager.

    Redirects are followed only where the caller asks for it. An answer may have `MOST_BYTES`, uncompressed. Connecting,
    sending and reading may take `timeout_seconds` as a whole, however slowly the other side drips. What is refused
    raises OutboundRefused, which is an httpx.HTTPError like all others.
    Hosts in `CAREPOOL_OUTBOUND_ALLOW` (`host` or `host:port`) may lie anywhere and speak plain HTTP.
    """
    return httpx.Client(
        transport=_Guarded(_allowed(), timeout_seconds),
        timeout=timeout_seconds,
        headers={"accept-encoding": "identity", "user-agent": "Carepool"},
        # a proxy of the environment would resolve names itself
        trust_env=False,
        max_redirects=3,
    )


def takes(address: str) -> bool:
    """Tell whether the client would ask an address at all, before its name is resolved: for forms that ask for one."""
    try:
        if " " in address or not address.isprintable():
            return False
        url = httpx.URL(address)
        # also a name that only looks like one of another script raises, when it is read
        if not url.host or url.userinfo or url.fragment or not 1 <= len(address) <= 500:
            return False
        return url.scheme == "https" or (url.scheme == "http" and _is_allowed(url, _allowed()))
    except (httpx.InvalidURL, AttributeError, TypeError, ValueError):
        return False


def open_addresses(host: str, port: int) -> list[str]:
    """Return the addresses of a host that may be reached at a port, for what does not speak HTTP. Raises OutboundRefused.

    Connect to one of these, not to the name: it may answer differently the next moment.
    """
    name = host.lower().rstrip(".")
    return _addresses(name, port, bool({name, f"{name}:{port}"} & _allowed()))


def _addresses(host: str, port: int, free: bool) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutboundRefused(marked("The host name %(host)s is not known.", host=host)) from None
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    if not free and not all(is_public(address) for address in addresses):
        raise OutboundRefused(marked("The host %(host)s does not lie on the public internet.", host=host))
    return addresses[:_MOST_ADDRESSES]


def _allowed() -> frozenset[str]:
    written = str(current_app.config["CAREPOOL_OUTBOUND_ALLOW"]).lower()
    return frozenset(one.strip() for one in written.split(",") if one.strip())


def _host_and_port(url: httpx.URL) -> tuple[str, int]:
    port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
    return url.raw_host.decode("ascii").lower().rstrip("."), port


def _is_allowed(url: httpx.URL, allowed: frozenset[str]) -> bool:
    host, port = _host_and_port(url)
    return bool({host, f"{host}:{port}"} & allowed)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet. Pure; raises ValueError for what is no address."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if found not in _UNICAST_IPV6:
            return False
    return found.is_global and not found.is_multicast and not any(found in network for network in _NEVER)


class _Guarded(httpx.BaseTransport):
    """Resolve, check, and connect to what was checked."""

    def __init__(self, allowed: frozenset[str], seconds: float) -> None:
        self._allowed = allowed
        self._seconds = seconds
        # SSL_CERT_FILE may name an operator's own authorities
        self._context = httpx.create_ssl_context()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + self._seconds
        host, port = _host_and_port(request.url)
        free = _is_allowed(request.url, self._allowed)
        if request.url.scheme != "https" and not (free and request.url.scheme == "http"):
            raise OutboundRefused(marked("The address must begin with https://"))
        answer = self._reach(request, host, _addresses(host, port, free), until)
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            answer.close()
            sentence = marked("The other server sent a compressed answer that nobody asked for.")
            raise OutboundRefused(sentence, answered=True)
        stream = _Measured(answer)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions)

    def _reach(self, request: httpx.Request, host: str, addresses: list[str], until: float) -> httpx.Response:
        failed: httpx.TransportError | None = None
        way = _Bounded(self._context, until)
        for place, address in enumerate(addresses):
            # one address that does not answer leaves time for the others
            share = max(0.0, until - time.monotonic()) / (len(addresses) - place)
            waits = {**request.extensions.get("timeout", {}), "connect": share}
            # the Host header stays as the client wrote it; the certificate is checked against the name
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host, "timeout": waits},
            )
            try:
                return way.handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed or OutboundRefused(marked("The host name %(host)s is not known.", host=host))


class _Bounded(httpx.HTTPTransport):
    """The way of one request: its connection goes with the answer, and all of it ends at `until` (monotonic seconds)."""

    def __init__(self, context: ssl.SSLContext, until: float) -> None:
        super().__init__(verify=context, trust_env=False)
        # a connection is never used for a second host that has the same address: its certificate was not checked
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, max_keepalive_connections=0, network_backend=_BoundedNetwork(until)
        )


class _BoundedNetwork(httpcore.SyncBackend):
    """A network whose every step has the time that is left for all of them."""

    def __init__(self, until: float) -> None:
        self._until = until

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *rest: Any, **more: Any
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, _left(self._until, timeout), *rest, **more)
        return _BoundedStream(stream, self._until)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every read and write has the time that is left for all of them."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._until, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for first in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[first : first + _PIECE], _left(self._until, timeout))

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._until, timeout))
        return _BoundedStream(secured, self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def close(self) -> None:
        self._stream.close()


def _left(until: float, wanted: float | None) -> float:
    """Return how many seconds a step may take. Raises httpcore.TimeoutException where none are left."""
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.TimeoutException("it took too long as a whole")
    return left if wanted is None else min(left, wanted)


class _Measured(httpx.SyncByteStream):
    """The bytes of an answer, as long as they are not too many."""

    def __init__(self, answer: httpx.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for piece in self._answer.iter_raw():
            read += len(piece)
            if read > MOST_BYTES:
                raise OutboundRefused(marked("The answer of the other server is too long."), answered=True)
            yield piece

    def close(self) -> None:
        self._answer.close()
