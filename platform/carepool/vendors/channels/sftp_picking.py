"""Vendors' answers picked up from their own SFTP server: read whole, and given another name when they are done with."""

import asyncio
import stat
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

import asyncssh

from carepool import outbound
from carepool.vendors.channels.sftp import TIMEOUT_SECONDS, connected
from carepool.vendors.terms.models import OrderingTerms

MOST_FILES = 20
"""Files of one visit; the next visit takes the others."""
MOST_BYTES = 10 * 1024 * 1024
DONE = ".taken"
REFUSED = ".refused"
_IDLE = (DONE, REFUSED, ".part", ".tmp", ".filepart")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Picked:
    """A file of the vendor's server; None: it is larger than what is taken."""

    name: str
    data: bytes | None


class NotReached(Exception):
    """The server was not reached or did not let us in; `detail` is what it said."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


def files_of(terms: OrderingTerms, key: str) -> list[Picked]:
    """Read the files that wait in a vendor's folder, by name. Raises NotReached."""
    return _visit(terms, key, lambda server: _listed(server, terms.sftp_answers_folder.rstrip("/")))


def rename(terms: OrderingTerms, key: str, names: Mapping[str, str]) -> None:
    """Give files their names of what became of them, {name: ending}, where the server lets us; they are known anyway."""
    with suppress(NotReached):
        _visit(terms, key, lambda server: _renamed(server, terms.sftp_answers_folder.rstrip("/"), names))


def _visit(terms: OrderingTerms, key: str, work: Callable[[asyncssh.SFTPClient], Awaitable[Found]]) -> Found:
    async def inside(addresses: list[str]) -> Found:
        return await asyncio.wait_for(within(addresses), TIMEOUT_SECONDS)

    async def within(addresses: list[str]) -> Found:
        connection = await connected(terms, key, addresses)
        try:
            server = await connection.start_sftp_client()
            return await work(server)
        finally:
            connection.close()
            await connection.wait_closed()

    try:
        addresses = outbound.open_addresses(terms.sftp_host, terms.sftp_port)
        # a thread of its own: where this is called, a loop may be running already
        with ThreadPoolExecutor(1) as alone:
            return alone.submit(asyncio.run, inside(addresses)).result()
    except (outbound.OutboundRefused, OSError, TimeoutError, asyncssh.Error, ValueError) as failed:
        raise NotReached(str(failed)[:400]) from failed


async def _listed(server: asyncssh.SFTPClient, folder: str) -> list[Picked]:
    found = []
    for one in sorted(await server.readdir(folder), key=lambda entry: str(entry.filename)):
        name = one.filename if isinstance(one.filename, str) else one.filename.decode("utf-8", "replace")
        plain = stat.S_ISREG(one.attrs.permissions or 0)
        if not plain or name.startswith(".") or name.lower().endswith(_IDLE):
            continue
        if (one.attrs.size or 0) > MOST_BYTES:
            found.append(Picked(name, None))
        else:
            async with server.open(f"{folder}/{name}", "rb") as file:
                data = await file.read(MOST_BYTES + 1)
            whole = data if isinstance(data, bytes) else data.encode()
            found.append(Picked(name, whole if len(whole) <= MOST_BYTES else None))
        if len(found) >= MOST_FILES:
            break
    return found


async def _renamed(server: asyncssh.SFTPClient, folder: str, names: Mapping[str, str]) -> None:
    for name, ending in names.items():
        with suppress(asyncssh.SFTPError):
            await server.rename(f"{folder}/{name}", f"{folder}/{name}{ending}")
