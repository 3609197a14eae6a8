"""A vendor's catalog on its way into the items of a contract."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from carepool.money import half_up
from carepool.purchasing.actions.catalogs import searched_words
from carepool.purchasing.catalog_file import FIELDS, read_catalog
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.tabular.columns import ColumnMap
from carepool.tabular.reading import Table
from tenants.database import bulk_insert, bulk_update, db
from tenants.ids import new_id

FACTS = (
    "gtin", "name", "brand", "category", "unit", "case_size", "pack_text", "min_cases", "list_cents", "ladder", "storage",
)  # fmt: skip

__all__ = ["FACTS", "FIELDS", "add", "change", "existing", "hints", "leave", "rows"]


def hints() -> Mapping[str, Any]:
    """Return no hints: vendors' files differ."""
    return {}


def rows(table: Table, columns: ColumnMap) -> Iterator[Any]:
    """Yield the catalog's items and refused rows."""
    return read_catalog(table, columns)


def existing(contract_id: UUID) -> dict[str, dict[str, Any]]:
    """Return {SKU: facts} of the contract's items."""
    query = select(CatalogItem.sku, CatalogItem.gone_at, *(getattr(CatalogItem, name) for name in FACTS))
    found = db.session.execute(query.where(CatalogItem.contract_id == contract_id))
    return {sku: {**dict(zip(FACTS, facts, strict=True)), "gone": gone is not None} for sku, gone, *facts in found}


def price_note(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """Tell a change of price or case size as the real price of one each, such as `case 12 to 10: real price up 14 %`."""
    old, new = before["ladder"][0][1] * after["case_size"], after["ladder"][0][1] * before["case_size"]
    if old == new or not old:
        return ""
    percent = half_up(abs(new - old) * 100, old)
    sizes = before["case_size"], after["case_size"]
    case = f"case {sizes[0]} to {sizes[1]}: " if sizes[0] != sizes[1] else ""
    return f"{case}real price {'up' if new > old else 'down'} {percent} %"


def add(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write new items and return how many; an item that was added by hand in the meantime is left alone."""
    lines = ((new_id(), True, *line) for line in _lines(rows))
    columns = ("id", "taxable", "sku", "search", *FACTS)
    return bulk_insert(CatalogItem, columns, lines, same={"contract_id": contract_id}, keep=True)


def change(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Write changed items and those that came back; return how many were written."""
    own = {"contract_id": contract_id}
    return bulk_update(CatalogItem, ("sku",), ("search", *FACTS), _lines(rows), where=own, same={"gone_at": None})


def leave(contract_id: UUID, rows: Sequence[Mapping[str, Any]]) -> int:
    """Mark items that left the catalog; return how many."""
    at = db.session.scalars(select(func.now())).one()
    own = {"contract_id": contract_id}
    return bulk_update(CatalogItem, ("sku",), (), ((row["key"],) for row in rows), where=own, same={"gone_at": at})


def _lines(rows: Sequence[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    """Yield SKU, the words by which it is found, and the facts."""
    for row in rows:
        yield row["key"], searched_words({**row, "sku": row["key"]}), *(row[name] for name in FACTS)
