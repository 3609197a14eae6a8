"""What comes in and goes out of the settlement API. Money in whole cents, quantities in cases and eaches as named."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from carepool.purchasing.settlement.accounts import Account
from carepool.purchasing.settlement.actions.invoicing import (
    LARGEST_TOLERANCE,
    LARGEST_TOLERATED_CENTS,
    WrittenInvoice,
    WrittenLine,
)
from carepool.purchasing.settlement.actions.settling import LONGEST_DUE
from carepool.purchasing.settlement.book_schemas import book_id, book_name
from carepool.purchasing.settlement.books import EVERY_BOOK
from carepool.purchasing.settlement.matching import Reason
from carepool.purchasing.settlement.models.invoices import Bearer, InvoiceState
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.ui.languages import LOCALES
from carepool.web.bodies import IdOf, PageQuery, SharedId, Strict, Text, Worded

MOST_CENTS = 10**11
MOST_LINES = 2000


def cents(least: int = 0, **options: Any) -> fields.Integer:
    """An amount in whole cents."""
    return fields.Integer(strict=True, validate=validate.Range(least, MOST_CENTS), **options)


def _one_of(values: Any) -> Any:
    return validate.OneOf([str(one) for one in values])


class InvoiceLineIn(Strict):
    """A line: which line of which order, or a SKU; quantity in whole cases and single eaches; `price_cents` a case."""

    purchase_order_id = IdOf("purchase_order", load_default=None, allow_none=True)
    line = fields.Integer(strict=True, validate=validate.Range(1, 1_000_000), load_default=None, allow_none=True)
    sku = Text(load_default="", most=80)
    name = Text(load_default="")
    cases = fields.Integer(strict=True, validate=validate.Range(0, 1_000_000), load_default=0)
    eaches = fields.Integer(strict=True, validate=validate.Range(0, 100_000_000), load_default=0)
    price_cents = cents(load_default=None, allow_none=True)
    amount_cents = cents(required=True)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> WrittenLine:
        return WrittenLine(order_id=data.pop("purchase_order_id"), **data)


class VendorInvoiceIn(Strict):
    """An invoice of a vendor as it is written, or a credit note (`is_credit`); amounts are above 0 on both."""

    vendor_id = SharedId(required=True)
    number = Text(required=True, least=1, most=60)
    invoiced_on = fields.Date(required=True)
    is_credit = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    freight_cents = cents(load_default=0)
    tax_cents = cents(load_default=0)
    total_cents = cents(required=True)
    lines = fields.List(fields.Nested(InvoiceLineIn), required=True, validate=validate.Length(0, MOST_LINES))

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"vendor_id": data.pop("vendor_id"), "written": WrittenInvoice(**data)}


class InvoiceLineOut(Schema):
    """A line of a vendor's invoice; without an order's line it is for something that nobody ordered."""

    place = fields.Integer(required=True)
    purchase_order_id = fields.UUID(required=True, allow_none=True)
    line = fields.Integer(required=True, allow_none=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    eaches = fields.Integer(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)
    amount_cents = fields.Integer(required=True)


class DifferenceOut(Schema):
    """What differs: of one line, or of the whole where `line` is null."""

    reason = fields.String(required=True, validate=_one_of(Reason))
    line = fields.Integer(required=True, allow_none=True)
    sentence = fields.String(required=True)


class VendorInvoiceOut(Schema):
    """A vendor's invoice. `matched` and `accepted` ones are in the ledger."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    is_credit = fields.Boolean(required=True)
    number = fields.String(required=True)
    invoiced_on = fields.Date(required=True)
    freight_cents = fields.Integer(required=True)
    tax_cents = fields.Integer(required=True)
    total_cents = fields.Integer(required=True)
    state = fields.String(required=True, validate=_one_of(InvoiceState))
    reason = fields.String(required=True)
    borne_by = fields.String(
        required=True,
        allow_none=True,
        validate=_one_of(Bearer),
        metadata={"description": "Who bears it that came after its purchase was settled"},
    )
    recorded_at = fields.AwareDateTime(required=True)


class VendorInvoiceWithLines(VendorInvoiceOut):
    """A vendor's invoice with its lines and what differs."""

    vendor_id = fields.UUID(required=True)
    vendor = fields.String(required=True)
    lines = fields.List(fields.Nested(InvoiceLineOut), required=True)
    differences = fields.List(fields.Nested(DifferenceOut), required=True)


DECISIONS = (InvoiceState.ACCEPTED, InvoiceState.DISPUTED, InvoiceState.WITHDRAWN)


class DecisionIn(Strict):
    """What becomes of an invoice that differs, and why."""

    state = fields.Enum(InvoiceState, by_value=True, required=True, validate=validate.OneOf(DECISIONS))
    reason = Text(required=True, least=1, most=500)
    borne_by = fields.Enum(
        Bearer,
        by_value=True,
        load_default=None,
        allow_none=True,
        metadata={"description": "Who bears it; needed to accept an invoice after its purchase was settled"},
    )


class ToleranceIn(Strict):
    """How much a line of an invoice may differ: the larger of a rate (10 000 millionths are 1 %) and an amount."""

    millionths = fields.Integer(strict=True, validate=validate.Range(0, LARGEST_TOLERANCE), load_default=0)
    cents = fields.Integer(strict=True, validate=validate.Range(0, LARGEST_TOLERATED_CENTS), load_default=0)


class ToleranceOut(Schema):
    """How much invoices of a contract may differ; nothing before anyone set it."""

    millionths = fields.Integer(required=True)
    cents = fields.Integer(required=True)


class SettlePurchaseIn(Strict):
    """Until when programs pay, in days; `leave_unbilled`: settle also where vendors did not bill all that was received."""

    due_days = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_DUE), load_default=30)
    leave_unbilled = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class SettlementOut(Schema):
    """The settling of a purchase; `settled_at` is null until its job is done."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    job_id = fields.UUID(required=True)
    due_days = fields.Integer(required=True)
    sums = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    asked_at = fields.AwareDateTime(required=True)
    settled_at = fields.AwareDateTime(required=True, allow_none=True)


class LineAccountOut(Schema):
    """A line of an order: ordered, received and billed, kept apart."""

    order_id = fields.UUID(required=True)
    order_number = fields.String(required=True)
    line = fields.Integer(required=True)
    contract_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    ordered_eaches = fields.Integer(required=True)
    ordered_cents = fields.Integer(required=True)
    received_eaches = fields.Integer(required=True)
    received_cents = fields.Integer(required=True)
    billed_eaches = fields.Integer(required=True)
    billed_cents = fields.Integer(required=True)


class VendorAccountOut(Schema):
    """What a vendor was ordered, delivered, billed and was paid for a purchase."""

    vendor_id = fields.UUID(required=True, attribute="vendor_public_id")
    vendor = fields.String(required=True)
    ordered_cents = fields.Integer(required=True)
    received_cents = fields.Integer(required=True)
    billed_goods_cents = fields.Integer(required=True)
    billed_freight_cents = fields.Integer(required=True)
    billed_tax_cents = fields.Integer(required=True)
    billed_cents = fields.Integer(required=True)
    paid_cents = fields.Integer(required=True)
    lines = fields.List(fields.Nested(LineAccountOut), required=True)


class PurchaseAccountOut(Schema):
    """A purchase from order to payment; `hindrance` says why it cannot be settled yet."""

    settlement = fields.Nested(SettlementOut, required=True, allow_none=True)
    hindrance = Worded(required=True, allow_none=True)
    vendors = fields.List(fields.Nested(VendorAccountOut), required=True)
    sums = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class ProgramInvoiceOut(Schema):
    """What a program owes for a purchase."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    number = fields.String(required=True)
    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    taxable_cents = fields.Integer(required=True)
    tax_cents = fields.Integer(required=True)
    certificate = fields.String(required=True)
    exchange_cents = fields.Integer(required=True)
    total_cents = fields.Integer(required=True)
    issued_at = fields.AwareDateTime(required=True)
    due_on = fields.Date(required=True)


class ProgramAdjustmentOut(Schema):
    """What a program owes more after its purchase was settled, or, below 0, gets as a credit."""

    id = fields.UUID(required=True)
    vendor_invoice_id = fields.UUID(required=True, attribute="invoice_id")
    purchase_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    number = fields.String(required=True)
    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    tax_cents = fields.Integer(required=True)
    total_cents = fields.Integer(required=True)
    issued_at = fields.AwareDateTime(required=True)
    due_on = fields.Date(required=True, allow_none=True)


class InvoiceFileIn(Strict):
    """In which language."""

    language = fields.String(load_default="en", validate=validate.OneOf(sorted(LOCALES)))


class InvoiceFileOut(Schema):
    """An invoice as a PDF; `file_id` is null until it is set, then its file can be read."""

    id = fields.UUID(required=True)
    invoice_id = fields.UUID(required=True)
    language = fields.String(required=True)
    file_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)


class StatementIn(Strict):
    """Of which days of the state's calendar, both included, and in which language; without days: this month until today."""

    since = fields.Date(load_default=None, allow_none=True)
    until = fields.Date(load_default=None, allow_none=True)
    language = fields.String(load_default="en", validate=validate.OneOf(sorted(LOCALES)))
    alliance_id = book_id()


class StatementOut(Schema):
    """A statement as a PDF; `file_id` is null until it is set, then its file can be read."""

    id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    since = fields.Date(required=True)
    until = fields.Date(required=True)
    language = fields.String(required=True)
    file_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)


class LedgerQuery(PageQuery):
    """Which entries to list."""

    account = fields.Enum(Account, by_value=True, load_default=None)
    program_id = fields.UUID(load_default=None)
    purchase_id = fields.UUID(load_default=None)
    book = book_name(EVERY_BOOK)


class LedgerLineOut(Schema):
    """A line of an entry: a debit or a credit."""

    account = fields.String(required=True, validate=_one_of(Account))
    program_id = fields.UUID(required=True, allow_none=True)
    debit_cents = fields.Integer(required=True)
    credit_cents = fields.Integer(required=True)


class LedgerEntryOut(Schema):
    """An entry of the ledger with its lines."""

    id = fields.UUID(required=True)
    cause = fields.String(required=True, validate=_one_of(Cause))
    cause_id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    purchase_id = fields.UUID(required=True, allow_none=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LedgerLineOut), required=True)
