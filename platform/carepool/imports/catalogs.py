"""A vendor's catalog on its way into the items of a contract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from carepool.money import half_up
from carepool.purchasing.actions.catalogs import searched_words
from carepool.purchasing.catalog_file import FIELDS, read_catalog
from carepool.purchasing.models.catalogs import CatalogItem
from carepool.tabular.columns import ColumnMap
from carepool.tabular.reading import Table
from tenants.database import bulk_insert, db
from tenants.ids import new_id

FACTS = (
    "gtin", "name", "brand", "category", "unit", "case_size", "pack_text", "min_cases", "list_cents", "ladder", "storage",
)  # fmt: skip

__all__ = ["FACTS", "FIELDS", "apply", "existing", "hints", "rows"]


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


def apply(
    contract_id: UUID, new: Iterable[Mapping[str, Any]], changed: Iterable[Mapping[str, Any]], gone: Sequence[str]
) -> None:
    """Write new and changed items and mark those that left the catalog; each row carries its `key` and facts."""
    columns = ("id", "sku", "search", "taxable", "brand", *(name for name in FACTS if name != "brand"))
    names = columns[4:]
    bulk_insert(
        CatalogItem,
        columns,
        (
            (new_id(), row["key"], searched_words({**row, "sku": row["key"]}), True, *(row[name] for name in names))
            for row in new
        ),
        same={"contract_id": contract_id},
    )
    own = CatalogItem.contract_id == contract_id
    for row in changed:
        values = {name: row[name] for name in FACTS}
        search = searched_words({**row, "sku": row["key"]})
        statement = update(CatalogItem).where(own, CatalogItem.sku == row["key"])
        db.session.execute(statement.values(**values, search=search, gone_at=None))
    for first in range(0, len(gone), 1000):
        leaving = update(CatalogItem).where(own, CatalogItem.sku.in_(gone[first : first + 1000]))
        db.session.execute(leaving.values(gone_at=func.now()))
