"""A vendor's catalog on its way into the items of a contract."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.money import half_up
from carepool.purchasing.actions.catalogs import searched_words
from carepool.purchasing.catalogs.file import FIELDS, propose_columns, read_catalog
from carepool.purchasing.ladder import PriceBasis, firm_ladder, price_at
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.sentences import NOTHING, Sentence, marked
from carepool.tabular.columns import ColumnMap
from carepool.tabular.tables import Table
from tenants.database import bulk_insert, bulk_update, db
from tenants.ids import new_id

FACTS = (
    "gtin", "name", "brand", "category", "unit", "case_size", "pack_text", "min_cases", "list_cents", "price_basis",
    "ladder", "valid_from", "valid_to", "storage", "taxable", "uses_per_each",
)  # fmt: skip

__all__ = ["FACTS", "FIELDS", "add", "change", "existing", "leave", "notes_of_change", "proposal", "rows"]


def proposal(headers: Sequence[str]) -> ColumnMap:
    """Propose which column is which."""
    return propose_columns(headers)


def rows(table: Table, columns: ColumnMap) -> Iterator[Any]:
    """Yield the catalog's items and refused rows."""
    return read_catalog(table, columns)


def existing(contract_id: UUID) -> dict[str, dict[str, Any]]:
    """Return {SKU: facts} of the contract's items."""
    query = select(CatalogItem.sku, CatalogItem.gone_at, *(getattr(CatalogItem, name) for name in FACTS))
    found = db.session.execute(query.where(CatalogItem.contract_id == contract_id))
    return {sku: {**_told(facts), "gone": gone is not None} for sku, gone, *facts in found}


def _told(facts: Sequence[Any]) -> dict[str, Any]:
    """Name facts as a staged row does: dates as texts."""
    return {name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in zip(FACTS, facts, strict=True)}


def notes_of_change(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """Tell changes of price or case size as the real price of one each, such as `case 12 to 10: real price up 14 %`.

    Steps of the ladder that changed in another way than the first are told each: `from 10 cases: real price down 3 %`.
    """
    sizes = before["case_size"], after["case_size"]
    old, new = _firm(before), _firm(after)
    first = _move(old[0][1] * sizes[1], new[0][1] * sizes[0])
    told = [first] if first else []
    if sizes[0] != sizes[1]:
        told = [marked("case %(before)s to %(after)s: %(move)s", before=sizes[0], after=sizes[1], move=first)]
    for start in sorted({rung[0] for rung in (*old[1:], *new[1:])}):
        step = _move(price_at(old, start) * sizes[1], price_at(new, start) * sizes[0])
        if step != first:
            move = step or marked("real price as before")
            told.append(marked("from %(cases)s cases: %(move)s", cases=start, move=move))
    return tuple(told)


def _firm(facts: Mapping[str, Any]) -> list[list[int]]:
    return firm_ladder(PriceBasis(facts["price_basis"]), facts["ladder"], facts["list_cents"])


def _move(old: int, new: int) -> Sentence:
    """Say by how many percent a price went up or down; nothing where it is the same."""
    if old == new or not old:
        return NOTHING
    up, tenths = new > old, half_up(abs(new - old) * 1000, old)
    if not tenths:
        return marked("real price up less than 0.1 %") if up else marked("real price down less than 0.1 %")
    percent = str(half_up(abs(new - old) * 100, old)) if tenths >= 10 else f"0.{tenths}"
    if up:
        return marked("real price up %(percent)s %%", percent=percent)
    return marked("real price down %(percent)s %%", percent=percent)


def add(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write new items and return how many; an item that was added by hand in the meantime is left alone."""
    columns = ("id", "sku", "search", *FACTS)
    lines = ((new_id(), *line) for line in _lines(rows))
    return bulk_insert(CatalogItem, columns, lines, same={"contract_id": contract_id, "version": 1}, keep=True)


def change(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write changed items and those that came back; return how many were written."""
    own = {"contract_id": contract_id}
    columns = ("search", *FACTS)
    return bulk_update(CatalogItem, ("sku",), columns, _lines(rows), where=own, same={"gone_at": None}, counted=True)


def leave(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Mark items that left the catalog; return how many."""
    at = db.session.scalars(select(func.now())).one()
    keys = ((row["key"],) for row in rows)
    own = {"contract_id": contract_id}
    return bulk_update(CatalogItem, ("sku",), (), keys, where=own, same={"gone_at": at}, counted=True)


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield SKU, the words by which it is found, and the facts as the table keeps them."""
    for row in rows:
        yield row["key"], searched_words({**row, "sku": row["key"]}), *_kept(row).values()


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a staged row's facts as the table keeps them, in the order of FACTS."""
    days = {name: date.fromisoformat(row[name]) if row[name] else None for name in ("valid_from", "valid_to")}
    return {name: days[name] if name in days else row[name] for name in FACTS}
