"""The one client for addresses that people of a state wrote down: it reaches public addresses only.

Every request, also one that follows a redirect, is resolved here, checked, and sent to the very address that was
checked, so that a name that answers differently the next moment leads nowhere else.
"""

import ipaddress
import socket
import time
from collections.abc import Iterator

import httpx
from flask import current_app

from carepool.sentences import Sentence, marked

MOST_BYTES = 1024 * 1024
"""The longest answer that is read."""
_MOST_ADDRESSES = 4
_UNICAST_IPV6 = ipaddress.ip_network("2000::/3")
# tunnels carry an IPv4 address inside; Azure's metadata service answers at an address that looks public, Oracle's in
# a network of which older Pythons say the same
_NEVER = tuple(map(ipaddress.ip_network, ("2002::/16", "2001::/32", "168.63.129.16/32", "192.0.0.0/24")))


class OutboundRefused(httpx.TransportError):
    """An address or an answer that Carepool does not take; `sentence` says why, for a person."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def client(timeout_seconds: float = 10) -> httpx.Client:
    """Return a client that speaks HTTPS to public addresses only, to be used as a context manager.

    Redirects are followed only where the caller asks for it. An answer may have `MOST_BYTES`, uncompressed, and take
    `timeout_seconds` as a whole. What is refused raises OutboundRefused, which is an httpx.HTTPError like all others.
    Hosts in `CAREPOOL_OUTBOUND_ALLOW` (`host` or `host:port`) may lie anywhere and speak plain HTTP.
    """
    written = str(current_app.config["CAREPOOL_OUTBOUND_ALLOW"]).lower()
    allowed = frozenset(one.strip() for one in written.split(",") if one.strip())
    return httpx.Client(
        transport=_Guarded(allowed, timeout_seconds),
        timeout=timeout_seconds,
        headers={"accept-encoding": "identity", "user-agent": "Carepool"},
        # a proxy of the environment would resolve names itself
        trust_env=False,
        max_redirects=3,
    )


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
        # a connection is never used for a second host that has the same address: its certificate was not checked
        limits = httpx.Limits(max_keepalive_connections=0)
        # SSL_CERT_FILE may name an operator's own authorities
        self._inner = httpx.HTTPTransport(verify=httpx.create_ssl_context(), trust_env=False, limits=limits)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        until = time.monotonic() + self._seconds
        host = request.url.raw_host.decode("ascii").lower().rstrip(".")
        port = request.url.port or {"https": 443, "http": 80}.get(request.url.scheme, 0)
        free = bool({host, f"{host}:{port}"} & self._allowed)
        if request.url.scheme != "https" and not (free and request.url.scheme == "http"):
            raise OutboundRefused(marked("The address must begin with https://"))
        answer = self._reach(request, host, self._addresses(host, port, free))
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            answer.close()
            raise OutboundRefused(marked("The other server sent a compressed answer that nobody asked for."))
        stream = _Measured(answer, until)
        return httpx.Response(answer.status_code, headers=answer.headers, stream=stream, extensions=answer.extensions)

    def _addresses(self, host: str, port: int, free: bool) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            raise OutboundRefused(marked("The host name %(host)s is not known.", host=host)) from None
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        if not free and not all(is_public(address) for address in addresses):
            sentence = marked("The host %(host)s does not lie on the public internet.", host=host)
            raise OutboundRefused(sentence)
        return addresses[:_MOST_ADDRESSES]

    def _reach(self, request: httpx.Request, host: str, addresses: list[str]) -> httpx.Response:
        failed: httpx.TransportError | None = None
        for address in addresses:
            # the Host header stays as the client wrote it; the certificate is checked against the name
            pinned = httpx.Request(
                request.method,
                request.url.copy_with(host=address),
                headers=request.headers,
                stream=request.stream,
                extensions={**request.extensions, "sni_hostname": host},
            )
            try:
                return self._inner.handle_request(pinned)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failed = error
        raise failed or OutboundRefused(marked("The host name %(host)s is not known.", host=host))

    def close(self) -> None:
        self._inner.close()


class _Measured(httpx.SyncByteStream):
    """The bytes of an answer, as long as they are not too many and do not drip in for too long."""

    def __init__(self, answer: httpx.Response, until: float) -> None:
        self._answer = answer
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        read = 0
        for piece in self._answer.iter_raw():
            read += len(piece)
            if read > MOST_BYTES:
                raise OutboundRefused(marked("The answer of the other server is too long."))
            if time.monotonic() > self._until:
                raise httpx.ReadTimeout("the answer took too long as a whole")
            yield piece

    def close(self) -> None:
        self._answer.close()
