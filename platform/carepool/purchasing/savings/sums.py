"""What the state saved, once goods came of what came: sums by year, purchase, county, type or program; amounts in cents.

Gross is what goods cost alone less what was paid for them. Net is gross less freight and handling. What goods cost alone
is a price without sales tax, and who buys alone pays that tax too, so tax stands beside net and `net_after_tax_cents`
takes it off as well. Negative sums are kept and shown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Integer, Select, Subquery, and_, cast, extract, func, select

from carepool.programs.models import Program
from carepool.purchasing.models.purchases import WITHOUT_RESULT, Purchase, PurchaseState
from carepool.purchasing.savings import in_force
from carepool.purchasing.savings.queries import Shown, sums_shown
from tenants.database import db, one_of


class By(StrEnum):
    """What sums are of."""

    YEAR = "year"
    PURCHASE = "purchase"
    COUNTY = "county"
    TYPE = "type"
    PROGRAM = "program"


@dataclass(frozen=True)
class Sums:
    """Sums of closed purchases: how many, of how many programs, and cents."""

    purchases: int = 0
    programs: int = 0
    baseline_cents: int = 0
    goods_cents: int = 0
    freight_cents: int = 0
    handling_cents: int = 0
    tax_cents: int = 0

    @property
    def gross_cents(self) -> int:
        """What the goods alone saved."""
        return self.baseline_cents - self.goods_cents

    @property
    def net_cents(self) -> int:
        """What was saved after freight and handling."""
        return self.gross_cents - self.freight_cents - self.handling_cents

    @property
    def net_after_tax_cents(self) -> int:
        """What was saved after sales tax, too."""
        return self.net_cents - self.tax_cents


NAMES = (*(one.name for one in fields(Sums)), "gross_cents", "net_cents", "net_after_tax_cents")
"""The figures of sums, as the API calls them."""
_BILLS, _ALONE = in_force.bills(), in_force.alone()
_ITEMS, _SHARES = in_force.items(), in_force.shares()
_BILLED = (_BILLS.c.goods_cents, _BILLS.c.freight_cents, _BILLS.c.handling_cents, _BILLS.c.tax_cents)


@dataclass(frozen=True)
class Counted:
    """Which purchases count: those with a result, of one or of some calendar years of the state's zone where given."""

    zone: str
    year: int | None = None
    years: tuple[int, ...] | None = None

    def conditions(self) -> list[Any]:
        """Return the conditions on Purchase."""
        found = [Purchase.close_version > 0, Purchase.state.not_in((*WITHOUT_RESULT, PurchaseState.CANCELLED))]
        if self.year is not None:
            begin, end = (_new_year(year, self.zone) for year in (self.year, self.year + 1))
            found += [Purchase.cutoff_at >= begin, Purchase.cutoff_at < end]
        if self.years is not None:
            found.append(self.year_of().in_(self.years))
        return found

    def year_of(self) -> Any:
        """Return the calendar year of a purchase's close, as a column."""
        return cast(extract("year", func.timezone(self.zone, Purchase.cutoff_at)), Integer)


def _new_year(year: int, zone: str) -> datetime:
    return datetime(year, 1, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def years_of(zone: str) -> list[int]:
    """Return the calendar years in which programs owe something, the newest first."""
    return sorted(sums_by(By.YEAR, Counted(zone)), reverse=True)


def whole(counted: Counted) -> Sums:
    """Return the sums of the whole state."""
    bills = db.session.execute(_counting(counted, _BILLS, False, *_figures())).one()
    alone = db.session.scalar(_counting(counted, _ALONE, False, func.sum(_ALONE.c.baseline_cents)))
    return _sums(bills, alone)


def sums_by(by: By, counted: Counted, ids: Iterable[UUID] | None = None) -> dict[Any, Sums]:
    """Return {key: sums}: years, purchase ids, counties, national types or program ids, in two statements.

    `ids`: of these purchases or programs only.
    """
    of_program = by in (By.COUNTY, By.TYPE)
    found = []
    for table, columns in ((_BILLS, _figures()), (_ALONE, [func.sum(_ALONE.c.baseline_cents)])):
        key = _key(by, counted, table)
        query = _counting(counted, table, of_program, key.label("own"), *columns).group_by("own")
        if ids is not None:
            query = query.where(one_of(key, ids))
        found.append({row[0]: row[1:] for row in db.session.execute(query)})
    bills, alone = found
    return {key: _sums(row, alone.get(key, (0,))[0]) for key, row in bills.items()}


def whole_shown(counted: Counted) -> Shown:
    """Return how much of what the whole state saved on goods has evidence."""
    yes, no = db.session.execute(_counting(counted, _ITEMS, False, *sums_shown(_ITEMS))).one()
    return Shown(int(yes), int(no))


def shown_by(by: By, counted: Counted, ids: Iterable[UUID] | None = None) -> dict[Any, Shown]:
    """Return {key: how much of what was saved on goods has evidence}, keys and `ids` as in `sums_by`, in one statement."""
    of_program = by in (By.COUNTY, By.TYPE)
    # shares are many more than items, so only what is of programs asks them
    table = _SHARES if of_program or by is By.PROGRAM else _ITEMS
    key = _key(by, counted, table)
    query = _counting(counted, table, of_program, key.label("own"), *sums_shown(table))
    if ids is not None:
        query = query.where(one_of(key, ids))
    found = db.session.execute(query.group_by("own"))
    return {own: Shown(int(proved_cents), int(unproved_cents)) for own, proved_cents, unproved_cents in found}


def cells(by: By, counted: Counted) -> dict[tuple[Any, int], Sums]:
    """Return {(key, calendar year): sums}, in two statements."""
    found = []
    for table, columns in ((_BILLS, _figures()), (_ALONE, [func.sum(_ALONE.c.baseline_cents)])):
        key, year = _key(by, counted, table).label("own"), counted.year_of().label("year")
        of_program = by in (By.COUNTY, By.TYPE)
        query = _counting(counted, table, of_program, key, year, *columns).group_by("own", "year")
        found.append({(row[0], row[1]): row[2:] for row in db.session.execute(query)})
    bills, alone = found
    return {key: _sums(row, alone.get(key, (0,))[0]) for key, row in bills.items()}


def _sums(row: Any, alone: Any) -> Sums:
    purchases, programs, goods, freight, handling, tax = (int(one or 0) for one in row)
    return Sums(purchases, programs, int(alone or 0), goods, freight, handling, tax)


def _figures() -> list[Any]:
    counts = [func.count(one.distinct()) for one in (_BILLS.c.purchase_id, _BILLS.c.program_id)]
    return counts + [func.sum(one) for one in _BILLED]


def _key(by: By, counted: Counted, table: Subquery) -> Any:
    keys: Mapping[By, Any] = {
        By.YEAR: counted.year_of(),
        By.PURCHASE: table.c.purchase_id,
        By.COUNTY: Program.county,
        By.TYPE: Program.type,
        By.PROGRAM: table.c.get("program_id"),
    }
    return keys[by]


def _counting(counted: Counted, table: Subquery, of_program: bool, *columns: Any) -> Select[Any]:
    """Return a query over the rows in force of what counts; joined with the program where that is asked."""
    own = and_(Purchase.tenant_id == table.c.tenant_id, Purchase.id == table.c.purchase_id)
    query = select(*columns).select_from(table).join(Purchase, own)
    if of_program:
        query = query.join(Program, and_(Program.tenant_id == table.c.tenant_id, Program.id == table.c.program_id))
    return query.where(*counted.conditions())


def programs_counted(counted: Counted) -> Select[Any]:
    """Return the programs that owe something in what counts."""
    return select(Program).where(Program.id.in_(_counting(counted, _BILLS, False, _BILLS.c.program_id)))


def purchases_counted(counted: Counted) -> Select[Any]:
    """Return the purchases of what counts in which a program owes something."""
    owed = _counting(counted, _BILLS, False, _BILLS.c.purchase_id)
    return select(Purchase).where(Purchase.id.in_(owed))
