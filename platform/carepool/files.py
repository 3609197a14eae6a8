"""The one seam for stored files: content-addressed, under the scope's own folder."""

import hashlib
import os
import shutil
import tempfile
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
    scope = session().scope
    folder = _folder(scope)
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as written:
        while block := stream.read(1 << 20):
            digest.update(block)
            written.write(block)
        written.flush()
        os.fsync(written.fileno())
        size = written.tell()
    Path(written.name).replace(folder / digest.hexdigest())
    row = StoredFile(
        id=new_id(), name=Path(name).name[:200], content_type=content_type, sha256=digest.hexdigest(), size=size
    )
    db.session.add(row)
    db.session.flush()
    return row


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
