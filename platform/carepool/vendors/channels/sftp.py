"""Orders put down on a vendor's own SFTP server, whose host key was written down before.

A file is written under a name of its own and then renamed, so that the vendor never reads half of one. What is known
hangs on the rename: before it nothing is there, and only a connection that breaks during it leaves a doubt.
"""

import asyncio
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import asyncssh

from carepool import outbound
from carepool.sentences import marked
from carepool.vendors.channels.outgoing import Document, Outgoing, Result
from carepool.vendors.deliveries.models import OrderStage
from carepool.vendors.terms.models import OrderingTerms

TIMEOUT_SECONDS = 60
_UNREADABLE = (asyncssh.SFTPPermissionDenied, asyncssh.SFTPOpUnsupported, asyncssh.SFTPNoSuchFile)


@dataclass
class _Way:
    """How far a drop is: whether a file is being given its name, which may have happened though nobody says so."""

    naming: bool = False


def send_sftp(outgoing: Outgoing) -> Result:
    """Put the documents down and read them back; the evidence is each file's size and SHA-256."""
    terms, way = outgoing.terms, _Way()
    try:
        addresses = outbound.open_addresses(terms.sftp_host, terms.sftp_port)
        # a thread of its own: where this is called, a loop may be running already
        with ThreadPoolExecutor(1) as alone:
            return alone.submit(asyncio.run, _within(outgoing, addresses, way)).result()
    except outbound.OutboundRefused as refused:
        return Result(OrderStage.REFUSED, error=refused.sentence)
    except asyncssh.HostKeyNotVerifiable as failed:
        sentence = marked("The server does not prove itself with the key that is written down. Ask the vendor first.")
        return Result(OrderStage.REFUSED, str(failed)[:400], error=sentence)
    except asyncssh.PermissionDenied as failed:
        sentence = marked("The server does not let us in. Has the vendor installed our public key?")
        return Result(OrderStage.REFUSED, str(failed)[:400], error=sentence)
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied) as failed:
        sentence = marked("The folder is not there, or nothing may be put down in it.")
        return Result(OrderStage.REFUSED, str(failed)[:400], error=sentence)
    except (OSError, TimeoutError, asyncssh.Error) as failed:
        if way.naming:
            return Result(OrderStage.UNKNOWN, str(failed)[:400], error=marked("The answer of the other side was lost."))
        return Result(OrderStage.QUEUED, str(failed)[:400], error=marked("It could not be reached. It is tried again."))


async def _within(outgoing: Outgoing, addresses: list[str], way: _Way) -> Result:
    async with asyncio.timeout(TIMEOUT_SECONDS):
        return await _drop(outgoing, addresses, way)


async def _drop(outgoing: Outgoing, addresses: list[str], way: _Way) -> Result:
    terms = outgoing.terms
    async with (
        await connected(terms, outgoing.secret, addresses) as connection,
        connection.start_sftp_client() as server,
    ):
        folder = terms.sftp_folder.rstrip("/")
        proofs = [await _put(server, folder, one, outgoing, way) for one in outgoing.documents]
    whole = all(proved for _, proved in proofs)
    names = ", ".join(one.name for one in outgoing.documents)
    evidence = "; ".join(text for text, _ in proofs)
    return Result(OrderStage.DELIVERED if whole else OrderStage.SENT, evidence[:1000], names[:400])


async def connected(terms: OrderingTerms, key: str, addresses: list[str]) -> asyncssh.SSHClientConnection:
    """Connect to an address that was checked; the host key that is written down is the only one that counts.

    `key`: our private key. Raises OSError, asyncssh.Error.
    """
    pinned = [asyncssh.import_public_key(terms.sftp_host_key)]
    failed: OSError = OSError("no address")
    for address in addresses:
        try:
            return await asyncssh.connect(
                address,
                terms.sftp_port,
                username=terms.sftp_user,
                client_keys=[asyncssh.import_private_key(key)],
                known_hosts=(pinned, [], []),
                agent_path=None,
                config=None,
                connect_timeout=TIMEOUT_SECONDS / 2 / len(addresses),
            )
        except OSError as error:
            failed = error
    raise failed


async def _put(
    server: asyncssh.SFTPClient, folder: str, document: Document, outgoing: Outgoing, way: _Way
) -> tuple[str, bool]:
    """Put one document down; return the proof in words, and whether it was read back whole."""
    path = f"{folder}/{document.name}" if folder else document.name
    digest = hashlib.sha256(document.data).hexdigest()
    proof = f"{path} {len(document.data)} bytes sha256 {digest}"
    if await _read_back(server, path) == digest:
        # an earlier attempt put the same bytes there
        return proof, True
    half = f"{path}.{outgoing.id.hex[-8:]}.part"
    async with server.open(half, "wb") as file:
        await file.write(document.data)
    way.naming = True
    try:
        await server.posix_rename(half, path)
    except asyncssh.SFTPOpUnsupported:
        with suppress(asyncssh.SFTPError):
            await server.remove(path)
        await server.rename(half, path)
    found = await _read_back(server, path)
    way.naming = False
    if found is not None and found != digest:
        raise asyncssh.SFTPFailure(f"{path} was changed on its way")
    return proof, found == digest


async def _read_back(server: asyncssh.SFTPClient, path: str) -> str | None:
    """Return the SHA-256 of a file of the server, or None where there is none or it may not be read."""
    try:
        async with server.open(path, "rb") as file:
            found = await file.read()
            return hashlib.sha256(found if isinstance(found, bytes) else found.encode()).hexdigest()
    except _UNREADABLE:
        return None
