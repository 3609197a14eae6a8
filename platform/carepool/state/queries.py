"""Reads for setting a state up: what is done, and which words its roster uses."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from carepool.identity.models import Membership
from carepool.identity.rights import Role
from carepool.imports.models import FileImport, ImportKind, ImportState
from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from tenants.brand import Brand
from tenants.database import db
from tenants.state_words import StateWord, WordKind
from tenants.vocabularies import national_status, national_type, quality_level

MOST_WORDS = 200
_COLUMNS = {
    WordKind.TYPE: Program.type_word,
    WordKind.STATUS: Program.status_word,
    WordKind.QUALITY: Program.quality_word,
}


@dataclass(frozen=True)
class Word:
    """A word that the roster uses, how many programs bear it, and its meaning at the next import (None: none is known)."""

    word: str
    programs: int
    meaning: str | None


def words_used(kind: WordKind) -> list[Word]:
    """Return the words of a kind that the programs of this state bear, the most frequent first."""
    column = _COLUMNS[kind]
    own = {one.word: one.national for one in db.session.scalars(select(StateWord).where(StateWord.kind == kind))}
    counted = select(column, func.count()).where(column != "").group_by(column).order_by(func.count().desc(), column)
    found = db.session.execute(counted.limit(MOST_WORDS)).tuples()
    return [Word(word, programs, _meaning(kind, word, own)) for word, programs in found]


def _meaning(kind: WordKind, word: str, own: dict[str, str]) -> str | None:
    if kind is WordKind.QUALITY:
        level = quality_level(word, own)
        return str(level) if level is not None else ("" if word in own else None)
    found = national_type(word, own) if kind is WordKind.TYPE else national_status(word, own)
    return str(found) if found else None


def steps_done(brand: Brand) -> dict[str, bool]:
    """Return which steps of setting up are done, in their order."""
    used = [*words_used(WordKind.TYPE), *words_used(WordKind.STATUS)]
    coordinators = select(Membership.id).where(
        Membership.role == Role.PURCHASING_COORDINATOR, Membership.valid_to.is_(None)
    )
    return {
        "brand": bool(brand.contact_name and (brand.contact_phone or brand.contact_email)),
        "roster": _any(_applied(ImportKind.ROSTER)),
        "words": bool(used) and all(word.meaning is not None for word in used),
        "catalog": _any(_applied(ImportKind.CATALOG)),
        "coordinator": _any(coordinators),
        "purchase": _any(select(Purchase.id).where(Purchase.state != PurchaseState.DRAFT)),
    }


def _applied(kind: ImportKind) -> Select[Any]:
    return select(FileImport.id).where(FileImport.kind == kind, FileImport.state == ImportState.APPLIED)


def _any(query: Select[Any]) -> bool:
    return db.session.execute(query.limit(1)).first() is not None
