"""What a vendor sent is checked against the order that it names; each finding names its place and what to do."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from carepool.vendors.documents.answer import AnsweredLine, OrderAnswer, Whole
from carepool.vendors.documents.checking import (
    MOST_FINDINGS,
    Finding,
    FindingKind,
    check_answer,
    check_invoice,
    check_shipment,
    money_text,
)
from carepool.vendors.documents.faults import Place, PlaceKind
from carepool.vendors.documents.invoice import Charge, ChargeKind, Invoice, InvoicedLine
from carepool.vendors.documents.parties import Sender
from carepool.vendors.documents.shipment import Shipment, ShippedLine
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.documents.units import CASE, EACH, Quantity, unit_of_code
from tests.unit.vendors.orders import order

_HERE = Place(PlaceKind.ROW, 5, "Status")
_POUNDS = unit_of_code("LBR") or CASE


def _answered(**changes: object) -> OrderAnswer:
    line = AnsweredLine(1, LineStatus.ACCEPTED, "GL-100 M", Quantity(10, CASE), place=_HERE)
    return replace(OrderAnswer("CO-2026-0007", Whole.CHANGED, (line,)), **changes)  # type: ignore[arg-type]


def _line(**changes: object) -> OrderAnswer:
    return _answered(lines=(replace(_answered().lines[0], **changes),))  # type: ignore[arg-type]


def test_an_answer_that_fits_has_no_findings() -> None:
    assert check_answer(order(), _answered()) == ()
    assert check_answer(order(), _answered(order_number="CO-2026-0007-01", order_version=2, currency="USD")) == ()


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (_answered(order_number="CO-2026-0008"), FindingKind.WRONG_ORDER, 'for order "CO-2026-0008", not for CO-2026-0007'),
        (_answered(sender=Sender("Bolt Co", ("111111111",))), FindingKind.OTHER_VENDOR, "It comes from Bolt Co"),
        (_answered(sender=Sender("", (), ("V-99",))), FindingKind.OTHER_VENDOR, "It comes from V-99"),
        (_answered(order_version=1), FindingKind.OTHER_VERSION, "answers version 1 of the order; the newest is version 2"),
        (_answered(currency="EUR"), FindingKind.OTHER_CURRENCY, "It is in EUR"),
        (_line(line=9), FindingKind.UNKNOWN_LINE, "The order has no line 9"),
        (_line(line=None, sku="ZZ"), FindingKind.UNKNOWN_LINE, 'no item "ZZ"'),
        (_line(line=None, sku="00417"), FindingKind.UNKNOWN_LINE, "on several lines"),
        (_line(line=None, sku=""), FindingKind.UNKNOWN_LINE, "names no line and no item"),
        (_line(sku="CR-8"), FindingKind.OTHER_ITEM, 'Line 1 of the order is item "GL-100 M", not "CR-8"'),
        (_line(quantity=Quantity(10, _POUNDS)), FindingKind.WRONG_UNIT, "10 pound are not whole cases of 1000"),
        (_line(quantity=Quantity(1500, EACH)), FindingKind.WRONG_UNIT, "1500 each are not whole cases of 1000"),
        (_line(quantity=Quantity(11, CASE)), FindingKind.TOO_MANY, "Line 1: 11 cases, but 10 were ordered"),
        (_answered(whole=Whole.ACCEPTED, total_cents=1), FindingKind.WRONG_TOTAL, "0.01, but the lines and charges come to 771"),
    ],
)  # fmt: skip
def test_what_does_not_fit_an_answer_is_found(answer: OrderAnswer, kind: FindingKind, told: str) -> None:
    (found,) = check_answer(order(), answer)
    assert found.kind is kind
    assert told in found.sentence


def test_a_finding_names_its_place() -> None:
    (found,) = check_answer(order(), _line(line=9))
    assert str(found.sentence).startswith('Row 5, column "Status": The order has no line 9.')


def test_what_cannot_be_compared_is_no_other_vendor() -> None:
    made = replace(order(), vendor=replace(order().vendor, mailbox=None, number=""))
    assert check_answer(made, _answered(sender=Sender("Bolt Co", ("111111111",), ("V-1",)))) == ()
    either = Sender("Acme", ("a van's id",), ("v-88",))
    assert check_answer(order(), _answered(sender=either)) == ()


def test_an_item_is_found_by_its_number_however_it_is_written() -> None:
    assert check_answer(order(), _line(line=None, sku="gl100m")) == ()
    at_point = _line(line=None, sku="417", order_number="CO-2026-0007-02", quantity=Quantity(4, CASE))
    assert check_answer(order(), at_point) == ()


def test_fates_of_a_line_add_up_to_what_was_ordered() -> None:
    parts = tuple(
        AnsweredLine(1, status, quantity=Quantity(number, CASE))
        for status, number in ((LineStatus.ACCEPTED, 7), (LineStatus.BACKORDERED, 3), (LineStatus.REJECTED, 1))
    )
    (found,) = check_answer(order(), _answered(lines=parts))
    assert found.kind is FindingKind.TOO_MANY
    more = _line(status=LineStatus.QUANTITY_CHANGED, quantity=Quantity(12, CASE))
    assert check_answer(order(), more) == ()


def test_a_substitute_is_another_item_and_fits() -> None:
    assert check_answer(order(), _line(status=LineStatus.SUBSTITUTED, sku="GL-200")) == ()


def test_eaches_that_are_whole_cases_fit() -> None:
    assert check_answer(order(), _line(quantity=Quantity(10_000, EACH))) == ()


def _shipped(**changes: object) -> Shipment:
    line = ShippedLine("CO-2026-0007", 1, Quantity(10, CASE), place=_HERE)
    return Shipment("S-1", (replace(line, **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("shipment", "kind"),
    [
        (_shipped(order_number="CO-2026-0008"), FindingKind.WRONG_ORDER),
        (replace(_shipped(), lines=()), FindingKind.WRONG_ORDER),
        (replace(_shipped(), sender=Sender("Bolt Co", ("1",))), FindingKind.OTHER_VENDOR),
        (_shipped(line=7), FindingKind.UNKNOWN_LINE),
        (_shipped(sku="CR-8"), FindingKind.OTHER_ITEM),
        (_shipped(quantity=Quantity(10, _POUNDS)), FindingKind.WRONG_UNIT),
        (_shipped(quantity=Quantity(11, CASE)), FindingKind.TOO_MANY),
    ],
)
def test_what_does_not_fit_a_shipment_is_found(shipment: Shipment, kind: FindingKind) -> None:
    (found,) = check_shipment(order(), shipment)
    assert found.kind is kind


def test_lines_of_other_orders_are_those_orders_business() -> None:
    other = ShippedLine("PA-2026-0001", 400, Quantity(1, _POUNDS))
    assert check_shipment(order(), replace(_shipped(), lines=(*_shipped().lines, other))) == ()


def _billed(**changes: object) -> Invoice:
    line = InvoicedLine(1, Quantity(10, CASE), 36_000, "GL-100 M", price=Decimal("36.00"), place=_HERE)
    charge = Charge(ChargeKind.FREIGHT, 1_500)
    return replace(Invoice("I-1", "CO-2026-0007", (line,), 37_500, charges=(charge,)), **changes)  # type: ignore[arg-type]


def _billed_line(**changes: object) -> Invoice:
    return _billed(lines=(replace(_billed().lines[0], **changes),))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("invoice", "kind"),
    [
        (_billed(order_number="X"), FindingKind.WRONG_ORDER),
        (_billed(sender=Sender("Bolt Co", ("1",))), FindingKind.OTHER_VENDOR),
        (_billed(currency="CAD"), FindingKind.OTHER_CURRENCY),
        (_billed(total_cents=37_501), FindingKind.WRONG_TOTAL),
        (_billed_line(line=7), FindingKind.UNKNOWN_LINE),
        (_billed_line(price=Decimal("35.90")), FindingKind.WRONG_AMOUNT),
        (_billed_line(quantity=Quantity(10, _POUNDS)), FindingKind.WRONG_UNIT),
    ],
)
def test_what_does_not_fit_an_invoice_is_found(invoice: Invoice, kind: FindingKind) -> None:
    (found,) = check_invoice(order(), invoice)
    assert found.kind is kind


def test_an_invoice_that_fits_has_no_findings() -> None:
    assert check_invoice(order(), _billed()) == ()
    (found,) = check_invoice(order(), _billed(total_cents=1_234_567))
    assert "The total is 12,345.67, but the lines and charges come to 375.00" in found.sentence


def test_a_file_that_is_wrong_everywhere_is_told_about_once_in_a_while() -> None:
    lines = tuple(AnsweredLine(1000 + number, LineStatus.ACCEPTED) for number in range(5_000))
    found = check_answer(order(), _answered(lines=lines))
    assert len(found) == MOST_FINDINGS
    assert all(isinstance(one, Finding) for one in found)


@pytest.mark.parametrize(("cents", "text"), [(0, "0.00"), (5, "0.05"), (-1250, "-12.50"), (123456789, "1,234,567.89")])
def test_amounts_are_written_as_people_do(cents: int, text: str) -> None:
    assert money_text(cents) == text


def test_an_order_that_is_none_is_refused() -> None:
    changes: list[Callable[[], object]] = [
        lambda: replace(order(), lines=()),
        lambda: replace(order(), points=order().points[:1]),
        lambda: replace(order(), lines=(*order().lines, order().lines[0])),
        lambda: replace(order(), issued_at=order().issued_at.replace(tzinfo=None)),
    ]
    for change in changes:
        with pytest.raises(ValueError, match=r"order|zone"):
            change()
