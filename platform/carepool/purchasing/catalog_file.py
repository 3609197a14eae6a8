"""A vendor's catalog file: its fields, and each row as facts of an item or a reason why not. Pure.

Prices become whole cents a case. Which price a column holds (a case or an each) follows from its header, or from the
fixed field `price_basis` of the column map.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from stdnum import ean
from stdnum.exceptions import ValidationError

from carepool.tabular.columns import ColumnMap, Field, plain
from carepool.tabular.reading import BadRow, Table

FIELDS = (
    Field("name", ("product name", "item description", "item name", "product description", "description", "product",
                   "item", "article", "title", "name", "product title"), required=True),
    Field("sku", ("vendor sku", "sku", "item no", "item number", "item code", "product code", "product id", "supc", "code",
                  "stock number", "stock no", "item #", "product number", "vendor code", "vendor item number", "mpn")),
    Field("gtin", ("gtin", "upc", "barcode", "ean", "upc code", "bar code")),
    Field("brand", ("brand", "brands", "manufacturer", "brand name")),
    Field("category", ("category", "product category", "sub category", "department", "class", "categories", "section")),
    Field("case_price", ("case price", "case cost", "price per case", "carton price", "current case price")),
    Field("price", ("price", "wholesale price", "unit price", "list price", "cost", "price catalogue", "net price",
                    "unit cost", "price each", "each price", "split price", "vendor price", "sysco price")),
    Field("list_price", ("rrp", "msrp", "retail price", "list price", "regular price")),
    Field("case_size", ("case size", "carton size", "units per case", "case qty", "case quantity", "qty per case",
                        "pack qty", "eaches per case", "units per carton", "case pack")),
    Field("pack_text", ("pack size", "pack", "size", "packaging", "unit of measure", "uom", "unit", "quantity", "case uom",
                        "unit size")),
    Field("min_cases", ("minimum cases", "min cases", "minimum order", "min order qty", "moq")),
    Field("storage", ("storage", "temperature", "storage type", "temp")),
)  # fmt: skip


@dataclass(frozen=True)
class CatalogRow:
    """One item as the file tells it: SKU and facts named like the columns of `catalog_item`, and what to look at."""

    number: int
    key: str
    facts: Mapping[str, Any]
    note: str


def read_catalog(table: Table, columns: ColumnMap) -> Iterator[CatalogRow | BadRow]:
    """Yield each item of a catalog, or why a row is refused: no name, no price, a second row with the SKU."""
    seen: dict[str, tuple[int, dict[str, Any]]] = {}
    basis = _basis(columns)
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
            continue
        text = {field.name: columns.read(row.cells, field.name) for field in FIELDS}
        fault, facts, note = _item(text, basis)
        if fault:
            yield BadRow(row.number, fault)
            continue
        first = seen.get(facts["sku"])
        if first is None:
            seen[facts["sku"]] = (row.number, facts)
            yield CatalogRow(row.number, facts["sku"], facts, note)
        elif first[1] != facts:
            yield BadRow(row.number, f"SKU {facts['sku']} stands in row {first[0]} already, with other facts.")


def _basis(columns: ColumnMap) -> str:
    if columns.fixed.get("price_basis") in ("each", "case"):
        return str(columns.fixed["price_basis"])
    header = plain(" ".join(columns.columns.get("price", ())))
    each = {"unit", "each", "split", "wholesale"} & set(header.split())
    return "each" if each else "case"


def _item(text: Mapping[str, str], basis: str) -> tuple[str, dict[str, Any], str]:
    name = text["name"][:200]
    if not name:
        return "There is no name.", {}, ""
    notes: list[str] = []
    size = _case_size(text, notes)
    try:
        cents = _case_cents(text, basis, size)
        list_cents = _money(text["list_price"])
    except ValueError as error:
        return str(error), {}, ""
    if cents is None:
        return "There is no price.", {}, ""
    gtin = _gtin(text["gtin"], notes)
    facts = {
        # the same name gives the same number, so that a second import finds the item again
        "sku": (text["sku"] or "N" + hashlib.sha256(plain(name).encode()).hexdigest()[:11].upper())[:80],
        "gtin": gtin,
        "name": name,
        "brand": text["brand"][:200],
        "category": text["category"][:200],
        "unit": "each",
        "case_size": size,
        "pack_text": text["pack_text"][:200],
        "min_cases": int(text["min_cases"]) if text["min_cases"].isdecimal() and len(text["min_cases"]) < 7 else 0,
        "list_cents": list_cents * size if list_cents else None,
        "ladder": [[1, cents]],
        "storage": _storage(text["storage"]),
    }
    if not text["sku"]:
        notes.append("no SKU in the file, so one was made from the name")
    return "", facts, "; ".join(notes)


def _case_size(text: Mapping[str, str], notes: list[str]) -> int:
    if text["case_size"].isdecimal() and 0 < int(text["case_size"]) <= 1_000_000:
        return int(text["case_size"])
    size, certain = read_pack(text["case_size"] or text["pack_text"])
    if not certain:
        notes.append("the pack is not known; 1 each a case is assumed")
    return size


def read_pack(text: str) -> tuple[int, bool]:
    """Return eaches in a case and whether the text said so: `1000/CS`, `10-100 / CS`, `24 bottles per case`, `3/6LB`."""
    words = text.lower().replace(",", "").strip()
    patterns = (
        r"^(\d+)\s*-\s*(\d+)\s*/\s*(?:cs|case|ct)",
        r"^(\d+)\s*x\s*\d",
        r"^(\d+)\s+\w+(?:\s+\w+)?\s+(?:per|a)\s+case",
        r"^(\d+)\s*/\s*(?:cs|case|pk|ct|bx|box)\b",
        r"^(\d+)\s*/\s*\d",
        r"^(\d+)\s*(?:ct|count|pk|pack)\b",
        r"^(\d+)\s*(?:gl|gal)\s*/\s*(?:cs|case)",
        r"^case of (\d+)",
    )
    for pattern in patterns:
        if found := re.match(pattern, words):
            size = 1
            for group in found.groups():
                size *= int(group)
            if 0 < size <= 1_000_000:
                return size, True
    single = re.fullmatch(r"(ea|each|rl|roll|box|bx|cs|case|pk|pack|unit|bag|bottle|can|jar)?", words) is not None
    return 1, single and bool(words)


def _case_cents(text: Mapping[str, str], basis: str, size: int) -> int | None:
    """Return cents per case, or None where no price stands. Raises ValueError for one that cannot be read."""
    whole = _money(text["case_price"])
    if whole:
        return whole
    written = _decimal(text["price"])
    if written is None or written == 0:
        return None
    cents = written * 100 * (size if basis == "each" else 1)
    rounded = int(cents.to_integral_value(ROUND_HALF_UP))
    return rounded or None


def _money(text: str) -> int | None:
    written = _decimal(text)
    return None if written is None else int((written * 100).to_integral_value(ROUND_HALF_UP))


def _decimal(text: str) -> Decimal | None:
    bare = re.sub(r"[\s$€£]|usd", "", text.lower())
    if bare in ("", "-", "n/a", "na", "tbd", "call"):
        return None
    bare = bare.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})*(\.\d+)?", bare) else bare.replace(",", ".")
    try:
        number = Decimal(bare)
    except InvalidOperation:
        raise ValueError(f"{text!r} is not a price.") from None
    if not 0 <= number < 10_000_000:
        raise ValueError(f"The price {text!r} is below zero or too large.")
    return number


def _gtin(text: str, notes: list[str]) -> str | None:
    digits = re.sub(r"\D", "", text)
    if not digits:
        return None
    try:
        return str(ean.validate(digits))
    except ValidationError:
        notes.append(f"GTIN {text[:20]} has a wrong check digit and was left out")
        return None


def _storage(text: str) -> str:
    words = text.lower()
    return "frozen" if "froz" in words else "cold" if re.search(r"cold|cool|refrig|chill|dairy", words) else "dry"
