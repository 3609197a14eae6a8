"""A vendor's catalog file: its fields, and each row as facts of an item or a reason why not. Pure."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from stdnum import ean
from stdnum.exceptions import ValidationError

from carepool.purchasing.catalogs.packs import read_pack, unit_word
from carepool.purchasing.catalogs.price_columns import STEPS, step_columns
from carepool.purchasing.catalogs.prices import Bases, bases_of, read_prices
from carepool.sentences import Sentence, joined, marked, of_error
from carepool.tabular.cells import is_nothing, quoted, read_date, read_whole, read_yes
from carepool.tabular.columns import ColumnMap, Field, plain, propose
from carepool.tabular.tables import BadRow, Table

FIELDS = (
    Field("name", ("product name", "item description", "item name", "product description", "description", "product",
                   "item", "article", "title", "name", "product title", "nombre del producto", "producto", "descripcion",
                   "articulo", "nombre"), required=True),
    Field("sku", ("vendor sku", "sku", "item no", "item number", "item code", "product code", "product id", "supc", "code",
                  "stock number", "stock no", "item #", "product number", "vendor code", "vendor item number", "mpn",
                  "codigo", "clave", "no de articulo")),
    Field("gtin", ("gtin", "upc", "barcode", "ean", "upc code", "bar code", "codigo de barras")),
    Field("brand", ("brand", "brands", "manufacturer", "brand name", "marca")),
    Field("category", ("category", "product category", "sub category", "department", "class", "categories", "section",
                       "categoria")),
    Field("case_price", ("case price", "case cost", "price per case", "carton price", "current case price",
                         "precio por caja")),
    Field("price", ("price", "wholesale price", "unit price", "cost", "price catalogue", "net price", "contract price",
                    "unit cost", "price each", "each price", "split price", "vendor price", "sysco price", "precio",
                    "precio unitario", "list price")),
    Field("list_price", ("rrp", "msrp", "retail price", "list price", "regular price", "case list price",
                         "precio de lista")),
    Field("percent_off", ("percent off list", "percent off", "off list", "discount percent", "discount percentage",
                          "discount pct", "discount", "pct off", "off", "contract discount", "descuento")),
    Field("price_breaks", ("price breaks", "price ladder", "quantity breaks", "qty breaks", "volume pricing", "tiers",
                           "price tiers", "tier pricing", "quantity discounts", "volume discounts", "ladder")),
    Field("case_size", ("case size", "carton size", "units per case", "case qty", "case quantity", "qty per case",
                        "pack qty", "eaches per case", "units per carton", "case pack", "case count", "each per case",
                        "unidades por caja", "piezas por caja")),
    Field("pack_text", ("pack size", "pack", "size", "packaging", "quantity", "case uom", "unit size", "presentacion",
                        "empaque")),
    Field("unit", ("each unit", "unit word", "unit name", "selling unit", "sell unit", "unit of issue", "unit of measure",
                   "uom", "unit", "unidad")),
    Field("uses_per_each", ("uses per each", "uses per unit", "uses", "servings", "servings per each", "doses", "usos",
                            "usos por unidad", "porciones")),
    Field("min_cases", ("minimum cases", "min cases", "minimum order", "min order qty", "minimum order quantity", "moq",
                        "min order", "case minimum", "minimo de cajas")),
    Field("valid_from", ("valid from", "effective date", "price effective", "effective from", "start date", "effective",
                         "price start date", "vigente desde", "valido desde")),
    Field("valid_to", ("valid to", "valid until", "valid through", "price expires", "expiration date", "expires",
                       "end date", "price end date", "valid thru", "effective to", "vigente hasta", "valido hasta")),
    Field("storage", ("storage", "temperature", "storage type", "storage temp", "storage need", "temp", "temp zone",
                      "almacenamiento")),
    Field("taxable", ("taxable", "tax flag", "sales tax", "is taxable", "taxed", "tax status", "gravable")),
    *(Field(f"step_{step}_{kind}", ()) for step in STEPS for kind in ("from", "price", "percent")),
    Field("price_basis", ()),
)  # fmt: skip
_COUNTED = frozenset({"pack", "pack size", "case pack"})


@dataclass(frozen=True)
class CatalogRow:
    """One item as the file tells it: SKU and facts named like the columns of `catalog_item`, and what to look at."""

    number: int
    key: str
    facts: Mapping[str, Any]
    note: Sentence


def propose_columns(headers: Sequence[str]) -> ColumnMap:
    """Propose which column is which, the steps of a price ladder among them."""
    steps = step_columns(headers)
    return ColumnMap(propose(headers, FIELDS, steps.columns).columns, steps.fixed)


def read_catalog(table: Table, columns: ColumnMap) -> Iterator[CatalogRow | BadRow]:
    """Yield each item of a catalog, or why a row is refused: no name, no price, a second row with the SKU."""
    seen: dict[str, tuple[int, dict[str, Any]]] = {}
    bases = bases_of(columns)
    counted = plain(" ".join(columns.columns.get("pack_text", ()))) in _COUNTED
    for row in table.rows:
        if isinstance(row, BadRow):
            yield row
            continue
        text = {field.name: columns.read(row.cells, field.name) for field in FIELDS}
        notes: list[Sentence] = []
        try:
            facts = _facts(text, bases, counted, notes)
        except ValueError as error:
            yield BadRow(row.number, of_error(error))
            continue
        first = seen.get(facts["sku"])
        if first is None:
            seen[facts["sku"]] = (row.number, facts)
            yield CatalogRow(row.number, facts["sku"], facts, joined(*notes))
        elif first[1] != facts:
            place = str(first[0])
            again = marked("There is no SKU, and the name stands in row %(row)s already, with other facts.", row=place)
            if text["sku"]:
                sku = facts["sku"]
                again = marked("SKU %(sku)s stands in row %(row)s already, with other facts.", sku=sku, row=place)
            yield BadRow(row.number, again)


def _facts(text: Mapping[str, str], bases: Bases, counted: bool, notes: list[Sentence]) -> dict[str, Any]:
    """Return a row as facts that JSON can keep; what to look at goes to `notes`. Raises ValueError."""
    name = text["name"][:200]
    if not name:
        raise ValueError(marked("There is no name."))
    size = _case_size(text, counted, notes)
    prices = read_prices(text, bases, size)
    since, until = _dated(text, "valid_from"), _dated(text, "valid_to")
    if since and until and until < since:
        raise ValueError(
            marked("The last day %(until)s comes before the first day %(since)s.", until=until, since=since)
        )
    facts = {
        # the same name gives the same number, so that a second import finds the item again
        "sku": (text["sku"] or "N" + hashlib.sha256(plain(name).encode()).hexdigest()[:11].upper())[:80],
        "gtin": _gtin(text["gtin"], notes),
        "name": name,
        "brand": text["brand"][:200],
        "category": text["category"][:200],
        "unit": unit_word(text["unit"]),
        "case_size": size,
        "pack_text": (text["pack_text"] or text["unit"])[:200],
        "min_cases": _min_cases(text["min_cases"]),
        **asdict(prices),
        "valid_from": since,
        "valid_to": until,
        "storage": _storage(text["storage"]),
        "taxable": _taxable(text["taxable"]),
        "uses_per_each": _uses(text["uses_per_each"]),
    }
    if not text["sku"]:
        notes.append(marked("no SKU in the file, so one was made from the name"))
    return facts


def _case_size(text: Mapping[str, str], counted: bool, notes: list[Sentence]) -> int:
    if text["case_size"]:
        size, certain = read_pack(text["case_size"], count=True)
    else:
        size, certain = read_pack(text["pack_text"] or text["unit"], counted)
    if not certain:
        notes.append(marked("the pack is not known; 1 each a case is assumed"))
    return size


def _min_cases(text: str) -> int:
    try:
        cases = read_whole(re.sub(r"(?i)\s*(cases?|cs)\s*$", "", text)) or 0
    except ValueError:
        cases = -1
    if not 0 <= cases <= 1_000_000:
        raise ValueError(marked("The minimum %(text)s must be a whole number of cases.", text=quoted(text)))
    return cases


def _uses(text: str) -> int | None:
    try:
        uses = read_whole(text)
    except ValueError:
        uses = 0
    if uses is not None and not 0 < uses <= 1_000_000:
        raise ValueError(marked("The uses %(text)s must be a whole number, from 1 to a million.", text=quoted(text)))
    return uses


def _dated(text: Mapping[str, str], field: str) -> str | None:
    found = read_date(text[field])
    return found.isoformat() if found else None


def _taxable(text: str) -> bool:
    try:
        taxed = read_yes(text)
    except ValueError as error:
        raise ValueError(marked("Taxable: %(why)s", why=of_error(error))) from None
    return taxed is None or taxed


def _gtin(text: str, notes: list[Sentence]) -> str | None:
    if is_nothing(text):
        return None
    try:
        # letters mean that a spreadsheet cut the number, such as 8.07681E+12
        return str(ean.validate(re.sub(r"[\s-]", "", text)))
    except ValidationError:
        notes.append(marked("GTIN %(gtin)s has a wrong check digit and was left out", gtin=text[:20]))
        return None


def _storage(text: str) -> str:
    words = text.lower()
    return "frozen" if "froz" in words else "cold" if re.search(r"cold|cool|refrig|chill|dairy", words) else "dry"
