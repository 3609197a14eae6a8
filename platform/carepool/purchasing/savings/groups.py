"""Sums with the names of what they are of: purchases and programs page by page, years, counties and types all at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from carepool.programs.models import Program
from carepool.programs.words import TYPES
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings.queries import Shown
from carepool.purchasing.savings.sums import By, Counted, Sums, programs_counted, purchases_counted, shown_by, sums_by
from carepool.sentences import marked
from carepool.ui.formats import in_words
from carepool.web.paging import Page, page_of
from tenants.vocabularies import ProgramType

UNKNOWN = marked("Not known")


@dataclass(frozen=True)
class Group:
    """What sums are of: its key (an id, a year, a county, a national type), its name, the sums, and what of them is proved."""

    key: Any
    name: str
    sums: Sums
    shown: Shown


def groups_of(by: By, counted: Counted, cursor: str | None, limit: int) -> Page[Group]:
    """Return sums by name: programs by theirs, purchases and years the newest first. Raises Invalid for a bad cursor."""
    if by is By.PROGRAM:
        keys = [Program.name, Program.id]
        programs: Page[Program] = page_of(programs_counted(counted), keys, cursor, limit)
        named = {one.id: one.name for one in programs.rows}
        return Page(_groups(by, counted, named), programs.next_cursor)
    if by is By.PURCHASE:
        order = [Purchase.cutoff_at, Purchase.id]
        bought: Page[Purchase] = page_of(purchases_counted(counted), order, cursor, limit, newest_first=True)
        named = {one.id: f"{one.title} {one.number or ''}".strip() for one in bought.rows}
        return Page(_groups(by, counted, named), bought.next_cursor)
    shown = shown_by(by, counted)
    found = [Group(key, name_of(by, key), own, shown.get(key, Shown())) for key, own in sums_by(by, counted).items()]
    if by is By.YEAR:
        return Page(sorted(found, key=lambda one: one.key, reverse=True), None)
    return Page(sorted(found, key=lambda one: (not one.key, one.name)), None)


def _groups(by: By, counted: Counted, named: Mapping[UUID, str]) -> list[Group]:
    sums, shown = sums_by(by, counted, named), shown_by(by, counted, named)
    return [Group(key, name, sums[key], shown.get(key, Shown())) for key, name in named.items()]


def name_of(by: By, key: Any) -> str:
    """Return what a year, a county or a national type is called in the reader's language."""
    if by is By.TYPE:
        return in_words(TYPES.get(ProgramType(key), UNKNOWN))
    return str(key) or in_words(UNKNOWN)
