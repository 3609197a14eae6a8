"""Books: each owner of purchases keeps one of its own. The state has one, every alliance has one.

A book is named by its alliance's id, None being the state's. What a program owes and has to its credit in one book is
nothing in another: a credit with an alliance never pays what is owed to the state.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import select

from carepool.alliances.models import Alliance, AllianceMember
from carepool.errors import NotFound
from carepool.purchasing.settlement.models.ledger import OF_ENTRY, LedgerEntry, LedgerLine
from carepool.typesetting.looks import Owner
from tenants.database import db, find, one_of

STATE = "state"
"""How the state's book is called in addresses, forms and files."""
ALL = "all"
"""How all books together are called in addresses."""
_LONGEST_NAME = 40
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Books:
    """Which books are meant: one (an alliance's, or with None the state's), or all of the state with its alliances."""

    alliance_id: UUID | None = None
    all: bool = False

    @property
    def name(self) -> str:
        """How they are called in an address: `state`, `all`, or the alliance's id."""
        return ALL if self.all else str(self.alliance_id or STATE)

    def of(self, column: Any) -> tuple[Any, ...]:
        """Return the conditions that a row, whose book the column names, is in one of them."""
        return () if self.all else (column == self.alliance_id,)


OF_STATE = Books()
EVERY_BOOK = Books(all=True)


@dataclass(frozen=True)
class Book:
    """One book: whose it is, and what its owner is called."""

    alliance_id: UUID | None
    owner: str

    @property
    def name(self) -> str:
        """How it is called in an address."""
        return Books(self.alliance_id).name


def books_named(name: str | None, otherwise: Books = OF_STATE) -> Books:
    """Return the books that an address or a form names. Raises NotFound for an alliance that is not of this state."""
    if not name:
        return otherwise
    if name in (STATE, ALL):
        return EVERY_BOOK if name == ALL else OF_STATE
    try:
        found = UUID(name)
    except ValueError:
        raise NotFound("alliance") from None
    return Books(known_book(found))


def one_book_named(name: str | None) -> UUID | None:
    """Return whose book a form names: an alliance's id, or None for the state's. Raises NotFound."""
    found = books_named(name)
    if found.all:
        raise NotFound("alliance")
    return found.alliance_id


def known_book(alliance_id: UUID | None) -> UUID | None:
    """Return an alliance's id, or None for the state's book. Raises NotFound for an alliance that is not of this state."""
    if alliance_id is not None and find(Alliance, alliance_id) is None:
        raise NotFound("alliance")
    return alliance_id


def has_account(program_id: UUID, alliance_id: UUID | None) -> bool:
    """Tell whether a program has to do with a book: with the state's always, else as a member, of before too, or booked."""
    if alliance_id is None:
        return True
    member = select(AllianceMember.id).where(
        AllianceMember.alliance_id == alliance_id, AllianceMember.program_id == program_id
    )
    booked = (
        select(LedgerLine.entry_id)
        .join(LedgerEntry, OF_ENTRY)
        .where(LedgerEntry.alliance_id == alliance_id, LedgerLine.program_id == program_id)
    )
    return any(db.session.scalar(one.limit(1)) is not None for one in (member, booked))


def all_books() -> list[Book]:
    """Return the state's book, then that of each alliance by name, of those that ended, too."""
    found = db.session.execute(select(Alliance.id, Alliance.name).order_by(Alliance.name, Alliance.id)).tuples()
    return [Book(None, state_name()), *(Book(key, name) for key, name in found)]


def owner_names(alliance_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """Return what the owners of books are called, in the reader's language."""
    wanted = {one for one in alliance_ids if one is not None}
    names: dict[UUID | None, str] = {None: state_name()}
    if wanted:
        query = select(Alliance.id, Alliance.name).where(one_of(Alliance.id, wanted))
        names |= dict(db.session.execute(query).tuples().all())
    return names


def owner_name(alliance_id: UUID | None) -> str:
    """Return what the owner of a book is called, in the reader's language."""
    return owner_names([alliance_id])[alliance_id]


def state_name() -> str:
    """Return what the owner of the state's book is called, in the reader's language."""
    return str(_("The state"))


def owner_of(alliance_id: UUID | None) -> Owner | None:
    """Return who bills in an alliance's book, as documents name it; None for the state's, whose look documents bear."""
    own = find(Alliance, alliance_id) if alliance_id is not None else None
    if own is None:
        return None
    contact = ", ".join(one for one in (own.contact_name, own.contact_email, own.contact_phone) if one)
    return Owner(own.name, own.hub_name, contact)


def file_part(books: Books) -> str:
    """Return what tells the books in the name of a file: `state`, `all-books`, or an alliance's name and end of its id."""
    if books.all:
        return "all-books"
    own = find(Alliance, books.alliance_id) if books.alliance_id is not None else None
    if own is None:
        return STATE
    plain = unicodedata.normalize("NFKD", own.name).encode("ascii", "ignore").decode().lower()
    return "-".join(one for one in (_NOT_IN_NAMES.sub("-", plain)[:_LONGEST_NAME].strip("-"), own.id.hex[-4:]) if one)
