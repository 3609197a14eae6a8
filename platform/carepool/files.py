"""The one seam for stored files: content-addressed, under the scope's own folder."""

import hashlib
import os
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, BinaryIO
from uuid import UUID

from flask import Response, current_app, request
from sqlalchemy import BigInteger, DateTime, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import NotFound
from tenants.database import InfrastructureTable, db, one_of, session
from tenants.ids import new_id
from tenants.scope import Scope
from tenants.turns import take_turn

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BROKEN_OFF = 24 * 3600
"""Seconds after which a file that was never finished will not be."""


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

    def write(self, piece: bytes) -> int:
        """Add a piece and return how many bytes it has."""
        self.digest.update(piece)
        return self._written.write(piece)

    def flush(self) -> None:
        """Do nothing: the file is flushed when it is whole. Archives are written as to a pipe and ask for it."""


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
    _hold(sha256)
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


def file_answer(row: StoredFile) -> Response:
    """Answer with a stored file of the session's own scope, to be kept by who asked and by nobody between. Raises NotFound."""
    file = open_file(row)
    answer = Response(_pieces(file), content_type=row.content_type)
    answer.call_on_close(file.close)
    answer.content_length = row.size
    answer.headers.set("Content-Disposition", "attachment", filename=row.name)
    answer.headers["Cache-Control"] = "private, no-store"
    answer.set_etag(row.sha256)
    answer.make_conditional(request)
    return answer


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while piece := file.read(1 << 18):
            yield piece


def tidy_files(most: int = 1000) -> int:
    """Remove bytes of the session's scope that no row speaks of, such as those of refused uploads; return how many files.

    Also pieces of files whose writing broke off a day ago. At most so many go at a time.
    """
    removed = 0
    with suppress(FileNotFoundError), os.scandir(_folder(session().scope)) as found:
        while removed < most and (some := list(islice(found, 500))):
            names = {one.name for one in some}
            known = set(db.session.scalars(select(StoredFile.sha256).where(one_of(StoredFile.sha256, names))))
            removed += sum(_removed(Path(one.path)) for one in some if one.name not in known)
    return removed


def _removed(path: Path) -> bool:
    """Remove a file that no row spoke of, unless one does by now, or it is still being written."""
    if _SHA256.fullmatch(path.name):
        _hold(path.name)
        if db.session.scalar(select(StoredFile.id).where(StoredFile.sha256 == path.name).limit(1)):
            return False
    elif time.time() - path.stat().st_mtime < _BROKEN_OFF:
        return False
    path.unlink(missing_ok=True)
    return True


def _hold(sha256: str) -> None:
    """Let nobody else write or remove these bytes of the scope until the transaction ends."""
    take_turn(f"file {sha256}")


def _folder(scope: Scope) -> Path:
    return Path(current_app.config["CAREPOOL_FILES"]) / str(scope.kind) / str(scope.id)
