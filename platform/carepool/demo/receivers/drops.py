"""An SSH server with a folder in which files are put down."""

import asyncio
import posixpath
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from carepool.demo.receivers.taken import Desk, Taken

FOLDER = "in"
"""The folder of orders."""


@dataclass(frozen=True)
class Drop:
    """A server that runs. `host_key`: what it proves itself with; `users`: the file of public keys that may come in."""

    port: int
    folder: Path
    host_key: str
    users: Path

    def let_in(self, *public_keys: str) -> None:
        """Let in exactly who holds one of these keys."""
        self.users.write_text("".join(f"{one}\n" for one in public_keys))


@contextmanager
def serving_drops(root: Path, port: int, desk: Desk | None = None) -> Iterator[Drop]:
    """Serve SFTP at a port of this machine; files lie below `root`. `desk`: where each file is kept as it gets its name."""
    folder, users = root / "drop", root / "users"
    (folder / FOLDER).mkdir(parents=True)
    # nobody holds this key
    users.write_bytes(asyncssh.generate_private_key("ssh-ed25519").export_public_key())
    key = asyncssh.generate_private_key("ssh-ed25519")
    loop, ready = asyncio.new_event_loop(), threading.Event()

    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            """Ask for a key that is let in now."""
            self.connection.set_authorized_keys(str(users))
            return True

        def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
            """Remember whom it is about."""
            self.connection = conn

    class Files(asyncssh.SFTPServer):
        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            """Give a file its name, unless the vendor takes none."""
            name = posixpath.basename(newpath.decode())
            content = Path(self.map_path(oldpath).decode()).read_bytes()
            if desk is not None and not desk.take(Taken("sftp", ((name, content),))):
                raise asyncssh.SFTPPermissionDenied("No orders here")
            super().posix_rename(oldpath, newpath)

    async def serve() -> None:
        server = await asyncssh.listen(
            "127.0.0.1", port, server_factory=Server, server_host_keys=[key],
            sftp_factory=lambda channel: Files(channel, chroot=str(folder).encode()),
        )  # fmt: skip
        ready.set()
        await stop.wait()
        server.close()
        await server.wait_closed()

    def run() -> None:
        loop.run_until_complete(serve())
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    if not ready.wait(10):
        raise OSError(f"port {port} is taken")
    try:
        yield Drop(port, folder, key.export_public_key().decode().strip(), users)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
