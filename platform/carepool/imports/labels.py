"""What pages call the fields of rosters and catalogs, and how they show a value. Pure but for the reader's language."""

from decimal import Decimal
from typing import Any

from carepool.sentences import Sentence, marked
from carepool.ui.formats import in_words, money, number, percent

_LABELS = {
    "licence_number": marked("License number"),
    "name": marked("Name"),
    "type_word": marked("Program type"),
    "type": marked("National type"),
    "status_word": marked("License status"),
    "status": marked("National status"),
    "capacity": marked("Capacity"),
    "capacity_note": marked("Note on capacity"),
    "quality_level": marked("Quality level"),
    "quality_word": marked("Quality rating"),
    "legal_entity": marked("Owner"),
    "street": marked("Street"),
    "city": marked("City"),
    "zip": marked("ZIP code"),
    "county": marked("County"),
    "phone": marked("Phone"),
    "email": marked("E-mail"),
    "contact_name": marked("Contact person"),
    "sku": marked("Item number (SKU)"),
    "gtin": marked("Bar code (GTIN, UPC)"),
    "brand": marked("Brand"),
    "category": marked("Category"),
    "case_price": marked("Price of a case"),
    "price": marked("Price"),
    "list_price": marked("List price"),
    "list_cents": marked("List price"),
    "percent_off": marked("Percent off the list price"),
    "price_breaks": marked("Price steps in one cell"),
    "ladder": marked("Price steps"),
    "case_size": marked("Number in a case"),
    "pack_text": marked("Pack, as the vendor writes it"),
    "unit": marked("Word for one"),
    "uses_per_each": marked("Uses of one"),
    "min_cases": marked("Smallest order, in cases"),
    "valid_from": marked("Valid from"),
    "valid_to": marked("Valid to"),
    "storage": marked("Storage"),
    "taxable": marked("Taxable"),
    "price_basis": marked("What the price is of"),
    "gone": marked("Not in the list"),
}
_VALUES = {"firm": marked("a case"), "percent_off": marked("percent off the list price")}


def label_of(name: str) -> str:
    """Return what a page calls a field, in the reader's language."""
    if name.startswith("step_"):
        _, step, what = name.split("_")
        return in_words(_step_labels(step)[what])
    return in_words(_LABELS[name])


def _step_labels(step: str) -> dict[str, Sentence]:
    return {
        "from": marked("Price step %(step)s: from how many cases", step=step),
        "price": marked("Price step %(step)s: price", step=step),
        "percent": marked("Price step %(step)s: percent off", step=step),
    }


def shown_value(name: str, value: Any, basis: str = "firm") -> str:
    """Return a fact as a page shows it; a dash where there is none.

    `basis`: whether a ladder's second numbers are cents per case (firm) or hundredths of a percent off the list price.
    """
    if value is None or value == "" or value == []:
        return "–"
    if isinstance(value, bool):
        return in_words(marked("Yes") if value else marked("No"))
    if name == "ladder":
        return "; ".join(in_words(_step(start, rate, basis)) for start, rate in value)
    if name == "list_cents":
        return money(value)
    if value in _VALUES:
        return in_words(_VALUES[value])
    return number(value) if isinstance(value, int) else str(value)


def _step(start: int, rate: int, basis: str) -> Sentence:
    shown = percent(Decimal(rate) / 100) if basis == "percent_off" else money(rate)
    return marked("from %(cases)s: %(price)s", cases=start, price=shown)
