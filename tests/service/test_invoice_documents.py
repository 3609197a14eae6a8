"""An invoice that was read from a vendor's document is recorded and matched like one that was typed."""

from datetime import date

import pytest
from sqlalchemy import select

from carepool.errors import NotFound, Refusal
from carepool.outbox import Actor
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.settlement.actions.documents import record_document
from carepool.purchasing.settlement.matching import Reason
from carepool.purchasing.settlement.models.invoices import InvoiceState
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.units import CASE, EACH, Quantity, Unit
from tenants.database import db
from tests.buying import Buy
from tests.cast import Cast, State
from tests.settling import received

_BY = Actor.task()


def _order(state: State, buy: Buy) -> tuple[int, str]:
    with state.scope():
        query = select(PurchaseOrder.vendor_id, PurchaseOrder.number).where(PurchaseOrder.purchase_id == buy.id)
        return db.session.execute(query).one()._tuple()


def _document(number: str, quantity: Quantity, amount: int, *charges: Charge, total: int | None = None) -> Invoice:
    lines = (InvoicedLine(1, quantity, amount),)
    whole = amount + sum(one.amount_cents for one in charges) if total is None else total
    return Invoice("V-1", number, lines, whole, date(2026, 11, 20), charges=charges)


@pytest.mark.parametrize("quantity", [Quantity(7, CASE), Quantity(70, EACH)])
def test_cases_and_pieces_match_what_came(here: State, quantity: Quantity) -> None:
    buy = received(here, freight_cents=900)
    vendor, number = _order(here, buy)
    document = _document(number, quantity, 28_000, Charge(ChargeKind.FREIGHT, 900))
    with here.scope():
        found = record_document(_BY, vendor, document)
        assert (found.state, found.freight_cents, found.total_cents) == (InvoiceState.MATCHED, 900, 28_900)
    with pytest.raises(Refusal, match="here already"), here.scope():
        record_document(_BY, vendor, document)


def test_a_unit_that_is_not_ours_and_other_charges_differ(here: State) -> None:
    buy = received(here)
    vendor, number = _order(here, buy)
    charges = (Charge(ChargeKind.OTHER, 250, "Pallet"), Charge(ChargeKind.ALLOWANCE, -100))
    document = _document(number, Quantity(7, Unit("XPX", "PL", ("pallet",))), 28_000, *charges)
    with here.scope():
        found = record_document(_BY, vendor, document)
        assert found.state == InvoiceState.TO_DECIDE
        assert [one["reason"] for one in found.differences] == [Reason.PRICE, Reason.UNKNOWN_LINE, Reason.TOTAL]


def test_an_order_of_another_state_or_vendor_is_not_here(cast: Cast) -> None:
    here, there = cast.here, cast.there
    buy = received(here)
    vendor, number = _order(here, buy)
    document = _document(number, Quantity(7, CASE), 28_000)
    for state, seller in ((there, vendor), (here, vendor + 1)):
        with pytest.raises(NotFound), state.scope():
            record_document(_BY, seller, document)
