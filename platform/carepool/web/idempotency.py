"""Idempotency keys: the first answer to a key is kept and given again; the key with another body is refused."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec
from uuid import UUID

from flask import Response, make_response, request
from sqlalchemy import DateTime, Integer, LargeBinary, Text, func
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Mapped, mapped_column

from carepool.errors import Invalid
from carepool.sentences import marked
from carepool.web.requests import signed_in
from tenants.database import InfrastructureTable, db, find

P = ParamSpec("P")
_KEPT_HEADERS = ("ETag", "Location", "Content-Type")


class IdempotencyKey(InfrastructureTable):
    """A key that a person sent, the fingerprint of the request, and the answer it got."""

    __tablename__ = "idempotency_key"

    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int | None] = mapped_column(Integer)
    headers: Mapped[dict[str, str] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now(), index=True)


def idempotent(route: Callable[P, Any]) -> Callable[P, Any]:
    """Honour the header Idempotency-Key on a route that creates or changes; without it the route runs as it is."""

    @wraps(route)
    def once(*args: P.args, **kwargs: P.kwargs) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return route(*args, **kwargs)
        if not 1 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
            raise Invalid("bad-idempotency-key", marked("Idempotency-Key must be 1 to 200 printable ASCII characters."))
        person_id, fingerprint = signed_in().person.id, _fingerprint()
        if not _claim(person_id, key, fingerprint):
            return _replay(person_id, key, fingerprint)
        response = make_response(route(*args, **kwargs))
        _keep(person_id, key, response)
        return response

    return once


def _fingerprint() -> bytes:
    """SHA-256 of method, address, precondition and body."""
    parts = (request.method, request.full_path, request.headers.get("If-Match", ""))
    return hashlib.sha256("\n".join(parts).encode() + b"\n" + request.get_data(cache=True)).digest()


def _claim(person_id: UUID, key: str, fingerprint: bytes) -> bool:
    # a second request with the same key waits here until the first has ended
    statement = insert(IdempotencyKey).values(person_id=person_id, key=key, fingerprint=fingerprint)
    return bool(db.session.execute(statement.on_conflict_do_nothing().returning(IdempotencyKey.key)).first())


def _replay(person_id: UUID, key: str, fingerprint: bytes) -> Response:
    kept = find(IdempotencyKey, person_id, key)
    if kept is None or kept.status is None:
        sentence = marked("The request with this key did not end. Send it with a new key.")
        raise Invalid("idempotency-key-unfinished", sentence)
    if kept.fingerprint != fingerprint:
        sentence = marked("This Idempotency-Key was used for another request. Use a new one.")
        raise Invalid("idempotency-key-reused", sentence)
    response = Response(kept.body, kept.status, kept.headers or {})
    response.headers["Idempotency-Replayed"] = "true"
    return response


def _keep(person_id: UUID, key: str, response: Response) -> None:
    row = find(IdempotencyKey, person_id, key)
    if row is not None and response.status_code < 400:
        row.status = response.status_code
        row.headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
        row.body = response.get_data()
