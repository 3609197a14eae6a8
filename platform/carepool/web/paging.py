"""Paging by key: a page starts after the last key of the one before, so lists stay fast and nothing is skipped."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from carepool.errors import Invalid
from carepool.sentences import marked
from tenants.database import db

T = TypeVar("T")

LARGEST_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows and the cursor of the next page; None where this is the last."""

    rows: list[T]
    next_cursor: str | None


def page_of(
    query: Select[Any],
    keys: Sequence[InstrumentedAttribute[Any]],
    cursor: str | None,
    limit: int,
    *,
    newest_first: bool = False,
) -> Page[Any]:
    """Run a query over models in the order of `keys` and return at most `limit` rows after the cursor.

    `keys`: columns of the selected model that are unique together. Raises Invalid for a cursor that is not ours.
    """
    limit = max(1, min(limit, LARGEST_PAGE))
    order = [key.desc() if newest_first else key.asc() for key in keys]
    query = query.order_by(*order).limit(limit + 1)
    if cursor:
        after = _decode(cursor, keys)
        place = tuple_(*keys)
        query = query.where(place < after if newest_first else place > after)
    rows = list(db.session.scalars(query))
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, _encode([getattr(rows[-1], key.key) for key in keys]) if more else None)


def _encode(values: Sequence[Any]) -> str:
    plain = [value.isoformat() if isinstance(value, datetime) else str(value) for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain).encode()).decode().rstrip("=")


_READERS: dict[type[Any], Callable[[str], Any]] = {UUID: UUID, datetime: datetime.fromisoformat, int: int, str: str}


def _decode(cursor: str, keys: Sequence[InstrumentedAttribute[Any]]) -> Any:
    try:
        parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_READERS[key.type.python_type](part) for key, part in zip(keys, parts, strict=True)]
        if any(isinstance(value, str) and "\0" in value for value in values):
            raise ValueError
    except (ValueError, binascii.Error, TypeError, UnicodeDecodeError, OverflowError):
        sentence = marked("Use the cursor as it was given, or leave it out to start at the first page.")
        raise Invalid("bad-cursor", sentence, {"cursor": [sentence]}) from None
    return tuple_(*values)
