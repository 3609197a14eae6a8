"""The one seam for stored files: content-addressed, under the scope's own folder."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from uuid import UUID

from flask import current_app
from sqlalchemy import BigInteger, DateTime, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import NotFound
from tenants.database import InfrastructureTable, db, session
from tenants.ids import new_id
from tenants.scope import Scope


class StoredFile(InfrastructureTable):
    """A file that someone gave us; the bytes lie under the SHA-256 of the content."""

    __tablename__ = "stored_file"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(Text)
    #: In bytes.
    size: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


def keep_file(stream: IO[bytes], name: str, content_type: str) -> StoredFile:
    """Store a file of the session's scope and return its row. Written to the disk before the row is."""
    with writing(name, content_type) as file:
        while block := stream.read(1 << 20):
            file.write(block)
    return file.row


class FileWriter:
    """A file being written piece by piece; `row` is there when it is whole."""

    def __init__(self, written: IO[bytes]) -> None:
        self._written = written
        self.digest = hashlib.sha256()
        self.row: StoredFile

    def write(self, piece: bytes) -> None:
        """Add a piece."""
        self.digest.update(piece)
        self._written.write(piece)


@contextmanager
def writing(name: str, content_type: str) -> Iterator[FileWriter]:
    """Write a file of the session's scope; it is stored when the block ends well, and nothing is kept when it raises."""
    folder = _folder(session().scope)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as written:
        try:
            file = FileWriter(written)
            yield file
            written.flush()
            os.fsync(written.fileno())
        except BaseException:
            Path(written.name).unlink()
            raise
        size = written.tell()
    sha256 = file.digest.hexdigest()
    Path(written.name).replace(folder / sha256)
    file.row = StoredFile(id=new_id(), name=Path(name).name[:200], content_type=content_type, sha256=sha256, size=size)
    db.session.add(file.row)
    db.session.flush()


def open_file(row: StoredFile) -> BinaryIO:
    """Open the bytes of a stored file of the session's own scope. Raises NotFound."""
    scope = session().scope
    if (row.scope_kind, row.scope_id) != (str(scope.kind), scope.id):
        raise NotFound("file")
    try:
        return (_folder(scope) / row.sha256).open("rb")
    except FileNotFoundError:
        raise NotFound("file") from None


def forget_files(scope: Scope) -> None:
    """Remove every stored byte of a scope; used when a state is erased."""
    shutil.rmtree(_folder(scope), ignore_errors=True)


def _folder(scope: Scope) -> Path:
    return Path(current_app.config["CAREPOOL_FILES"]) / str(scope.kind) / str(scope.id)
