"""What comes in and goes out of the purchasing API. Quantities in eaches or cases as named, money in whole cents."""

from enum import StrEnum
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from stdnum import ean

from carepool.purchasing.actions.ordering import LARGEST_QUANTITY
from carepool.purchasing.allocation import Policy
from carepool.purchasing.charges import ShareRule
from carepool.purchasing.ladder import PriceBasis
from carepool.purchasing.minimums import MOST_DAYS
from carepool.purchasing.models.orders import OrderState
from carepool.purchasing.models.purchases import BaselineKind, MinimumRule, PurchaseState
from carepool.purchasing.sales_tax.rates import LARGEST_RATE
from carepool.web.bodies import IdOf, PageQuery, SharedId, Strict, Text
from tenants.vocabularies import ProgramType

_MOST_CENTS = 10**12
_TAX = "Sales tax on taxable goods: 62500 is 6.25 %. Freight and handling are not taxed."


def _cents(**options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(0, _MOST_CENTS), **options)


def _count(least: int = 0, most: int = 10**9, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def _word(words: type[StrEnum]) -> fields.String:
    """One word of a list, as the database keeps it."""
    return fields.String(required=True, validate=validate.OneOf([str(word) for word in words]))


class ContractTerms(Strict):
    """What a contract says, wholly; its days are those of the state's calendar."""

    number = Text(required=True, least=1, most=60)
    title = Text(required=True, least=1)
    minimum_cents = _cents(load_default=0)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["valid_from"] and data["valid_to"] and data["valid_to"] < data["valid_from"]:
            raise ValidationError("The last day comes before the first.", "valid_to")


class ContractIn(ContractTerms):
    """A contract with a vendor of the directory (see `GET /vendors`), or with a new one."""

    vendor_id = SharedId(load_default=None, allow_none=True)
    vendor_name = Text(load_default="")


class ContractOut(Schema):
    """A contract."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    minimum_cents = fields.Integer(required=True)
    valid_from = fields.Date(required=True, allow_none=True)
    valid_to = fields.Date(required=True, allow_none=True)
    version = fields.Integer(required=True)


class Rung(fields.Tuple):
    """One rung of a price ladder: [from_cases, cents per case], or hundredths of a percent off the list price."""

    def __init__(self) -> None:
        super().__init__((_count(1), _cents()))


def _check_gtin(digits: str) -> None:
    """Refuse a GTIN that is not 8, 12, 13 or 14 digits with their check digit. Raises ValidationError."""
    if not ean.is_valid(digits) or not digits.isascii():
        raise ValidationError("Write 8, 12, 13 or 14 digits. The last is a check digit; one of them is wrong.")


class CatalogItemIn(Strict):
    """An item of a contract's catalog.

    With `price_basis` "percent_off" the ladder is [[from_cases, hundredths of a percent], ...] off `list_cents`; it
    becomes whole cents per case when a purchase opens.
    """

    sku = Text(required=True, least=1, most=80)
    gtin = fields.String(load_default=None, allow_none=True, validate=_check_gtin)
    name = Text(required=True, least=1)
    brand = Text(load_default="")
    category = Text(load_default="")
    unit = Text(load_default="each", most=40)
    case_size = _count(1, 1_000_000, required=True)
    uses_per_each = _count(1, 1_000_000, load_default=None, allow_none=True)
    pack_text = Text(load_default="")
    min_cases = _count(0, 1_000_000, load_default=0)
    list_cents = _cents(load_default=None, allow_none=True)
    price_basis = fields.Enum(PriceBasis, by_value=True, load_default=PriceBasis.FIRM)
    ladder = fields.List(Rung(), required=True, validate=validate.Length(1, 50))
    storage = fields.String(load_default="dry", validate=validate.OneOf(["dry", "cold", "frozen"]))
    taxable = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)


class CatalogItemOut(Schema):
    """An item; `ladder` is [[from_cases, cents per case, or hundredths of a percent off `list_cents`], ...]."""

    id = fields.UUID(required=True)
    contract_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    gtin = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    brand = fields.String(required=True)
    category = fields.String(required=True)
    unit = fields.String(required=True)
    case_size = fields.Integer(required=True)
    uses_per_each = fields.Integer(required=True, allow_none=True)
    pack_text = fields.String(required=True)
    min_cases = fields.Integer(required=True)
    list_cents = fields.Integer(required=True, allow_none=True)
    price_basis = _word(PriceBasis)
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    valid_from = fields.Date(required=True, allow_none=True)
    valid_to = fields.Date(required=True, allow_none=True)
    storage = fields.String(required=True)
    taxable = fields.Boolean(required=True)
    gone_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)


class CatalogQuery(PageQuery):
    """Which items to list; `words` are searched in name, brand, category, SKU and GTIN."""

    words = Text(load_default=None, allow_none=True, most=100)


class ClosingTimeIn(Strict):
    """When an open purchase is to close."""

    closes_at = fields.AwareDateTime(required=True)


class PurchaseIn(Strict):
    """The terms of a group purchase."""

    title = Text(required=True, least=1)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    program_types = fields.List(
        fields.Enum(ProgramType, by_value=True), load_default=list, validate=validate.Length(max=20)
    )
    counties = fields.List(Text(least=1), load_default=list, validate=validate.Length(max=300))
    shortage_policy = fields.Enum(Policy, by_value=True, load_default=Policy.PROPORTIONAL)
    freight_cents = _cents(load_default=0)
    freight_rule = fields.Enum(ShareRule, by_value=True, load_default=ShareRule.BY_VALUE)
    handling_cents = _cents(load_default=0)
    handling_rule = fields.Enum(ShareRule, by_value=True, load_default=ShareRule.EQUAL)
    tax_millionths = _count(0, LARGEST_RATE, load_default=0, metadata={"description": _TAX})
    minimum_rule = fields.Enum(MinimumRule, by_value=True, load_default=MinimumRule.FAIL)
    extend_days = _count(0, MOST_DAYS, load_default=0)


class PurchaseOut(Schema):
    """A group purchase."""

    id = fields.UUID(required=True)
    number = fields.String(required=True, allow_none=True)
    title = fields.String(required=True)
    state = _word(PurchaseState)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    program_types = fields.List(fields.String(), required=True)
    counties = fields.List(fields.String(), required=True)
    shortage_policy = fields.String(required=True)
    freight_cents = fields.Integer(required=True)
    freight_rule = fields.String(required=True)
    handling_cents = fields.Integer(required=True)
    handling_rule = fields.String(required=True)
    tax_millionths = fields.Integer(required=True, metadata={"description": _TAX})
    minimum_rule = _word(MinimumRule)
    extend_days = fields.Integer(required=True)
    extended_at = fields.AwareDateTime(required=True, allow_none=True)
    version = fields.Integer(required=True)
    close_version = fields.Integer(required=True)
    job_id = fields.UUID(required=True, allow_none=True, metadata={"description": "The job of its close"})


class PurchaseQuery(PageQuery):
    """Which purchases to list."""

    state = fields.Enum(PurchaseState, by_value=True, load_default=None, allow_none=True)


class PointIn(Strict):
    """A delivery point: a pick-up site, or each program's door."""

    kind = fields.String(load_default="site", validate=validate.OneOf(["site", "door"]))
    name = Text(required=True, least=1)
    address = Text(load_default="")
    hours = Text(load_default="")


class PointOut(Schema):
    """A delivery point."""

    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)
    hours = fields.String(required=True)


class NewItem(Strict):
    """A catalog item for a purchase, with the price its saving is compared with."""

    catalog_item_id = IdOf("catalog_item", required=True)
    baseline_kind = fields.Enum(BaselineKind, by_value=True, required=True)
    baseline_cents = _cents(load_default=None, allow_none=True)
    eaches_per_place = _count(1, 10_000, load_default=None, allow_none=True)


class NewItems(Strict):
    """Items for a draft."""

    items = fields.List(fields.Nested(NewItem), required=True, validate=validate.Length(1, 1000))


class PurchaseItemOut(Schema):
    """An item of a purchase with its frozen terms."""

    id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    unit = fields.String(required=True)
    pack_text = fields.String(required=True)
    case_size = fields.Integer(required=True)
    min_cases = fields.Integer(required=True)
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    baseline_kind = fields.String(required=True)
    baseline_cents = fields.Integer(required=True)
    eaches_per_place = fields.Integer(required=True, allow_none=True)
    taxable = fields.Boolean(required=True)


class LiveItemOut(PurchaseItemOut):
    """An item and where its ladder stands now."""

    live = fields.Nested(lambda: LadderOut(), required=True)


class AddedItems(Schema):
    """The items that were added."""

    items = fields.List(fields.Nested(PurchaseItemOut), required=True)


class LineIn(Strict):
    """What a program asks for of one item, in eaches."""

    item_id = IdOf("purchase_item", required=True)
    wanted = _count(0, LARGEST_QUANTITY, required=True)
    extra = _count(0, LARGEST_QUANTITY, load_default=0)
    boost = _count(0, LARGEST_QUANTITY, load_default=0)


class OrderIn(Strict):
    """The whole order of a program: an item left out is no longer asked for."""

    delivery_point_id = IdOf("delivery_point", load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(LineIn), required=True, validate=validate.Length(max=5000))
    place = fields.Boolean(required=True, truthy={True}, falsy={False}, metadata={"description": "False keeps a draft"})


class LadderOut(Schema):
    """Where an item stands now and what the next step would bring (see `view_ladder`)."""

    cases = fields.Integer(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)
    wanted = fields.Integer(required=True)
    next_from = fields.Integer(required=True, allow_none=True)
    more_cases = fields.Integer(required=True, allow_none=True)
    percent_less = fields.Integer(required=True, allow_none=True)
    you_save_cents = fields.Integer(required=True, allow_none=True)
    loose_eaches = fields.Integer(required=True)
    to_fill_case = fields.Integer(required=True)


class LineOut(Schema):
    """A line and the live ladder of its item."""

    item_id = fields.UUID(required=True)
    wanted = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    boost = fields.Integer(required=True)
    ladder = fields.Nested(LadderOut, required=True)


class PlainLineOut(Schema):
    """What is asked for of one item, in eaches."""

    item_id = fields.UUID(required=True)
    wanted = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    boost = fields.Integer(required=True)


class LastTimeOut(Schema):
    """Lines of the order that a program placed last; empty where there is none."""

    lines = fields.List(fields.Nested(PlainLineOut), required=True)


class OrderOut(Schema):
    """A program's order: what counts (`lines`) and what was typed and not sent (`unsent`)."""

    program_id = fields.UUID(required=True)
    state = _word(OrderState)
    version = fields.Integer(required=True)
    delivery_point_id = fields.UUID(required=True)
    placed_at = fields.AwareDateTime(required=True, allow_none=True)
    lines = fields.List(fields.Nested(LineOut), required=True)
    unsent = fields.List(fields.Nested(LineOut), required=True)


class ProgramOrderOut(Schema):
    """One program's order in a purchase."""

    program_id = fields.UUID(required=True)
    state = _word(OrderState)
    version = fields.Integer(required=True)
    delivery_point_id = fields.UUID(required=True)
    placed_at = fields.AwareDateTime(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True)


class OrdersQuery(PageQuery):
    """Which orders to list."""

    state = fields.Enum(OrderState, by_value=True, load_default=None, allow_none=True)


class DryRunOut(Schema):
    """A tried close; `sha256` is null until a worker computed it."""

    id = fields.UUID(required=True)
    job_id = fields.UUID(required=True, allow_none=True)
    sha256 = fields.String(required=True, allow_none=True)
    sums = fields.Dict(required=True)
    lines = fields.List(fields.Dict(), required=True)
    asked_at = fields.AwareDateTime(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class CloseOut(Schema):
    """A computed close."""

    version = fields.Integer(required=True)
    cutoff_at = fields.AwareDateTime(required=True)
    rule_version = fields.String(required=True)
    sha256 = fields.String(required=True)
    sums = fields.Dict(required=True)


class RecordOut(Schema):
    """The record of a close (see `close_record`); `member_columns` names the cells of each line's members."""

    rule = fields.String(required=True)
    policy = fields.String(required=True)
    charges = fields.List(fields.Raw(), required=True)
    contracts = fields.List(fields.List(fields.Raw()), required=True)
    exempt = fields.List(fields.String(), metadata={"description": "License numbers of those who pay no tax"})
    member_columns = fields.List(fields.String(), required=True)
    lines = fields.List(fields.Dict(), required=True)
    tax_millionths = fields.Integer(metadata={"description": _TAX})


class PurchaseOrderLineOut(Schema):
    """One line of a purchase order."""

    line = fields.Integer(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    cases = fields.Integer(required=True)
    price_cents = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)


class PurchaseOrderOut(Schema):
    """A purchase order to one vendor for one delivery point."""

    id = fields.UUID(required=True)
    number = fields.String(required=True)
    version = fields.Integer(required=True)
    deliver_to = fields.String(required=True)
    total_cents = fields.Integer(required=True)
    content_sha256 = fields.String(required=True)


class PurchaseOrderWithLines(PurchaseOrderOut):
    """A purchase order with its lines."""

    lines = fields.List(fields.Nested(PurchaseOrderLineOut), required=True)


class ShareOut(Schema):
    """What a program got of one item, what it pays, and why (`reason`)."""

    item_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    wanted = fields.Integer(required=True)
    extra = fields.Integer(required=True)
    boost = fields.Integer(required=True)
    got = fields.Integer(required=True)
    amount_cents = fields.Integer(required=True)
    baseline_cents = fields.Integer(required=True)
    reason = fields.String(required=True)


class ExplainedShareOut(ShareOut):
    """A share with what was bought for all, and the sentence that explains it in the caller's language (`why`)."""

    sku = fields.String(required=True)
    name = fields.String(required=True)
    case_size = fields.Integer(required=True)
    taxable = fields.Boolean(required=True)
    cases = fields.Integer(required=True)
    wanted_in_all = fields.Integer(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)
    why = fields.String(required=True)


class ResultOut(Schema):
    """What a close means for one program, in cents; `certificate` is what it pays no tax for, "" where it pays.

    Tax is not in `saved_cents`: baselines are prices without tax.
    """

    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    taxable_cents = fields.Integer(required=True)
    tax_millionths = fields.Integer(required=True, metadata={"description": _TAX})
    tax_cents = fields.Integer(required=True)
    certificate = fields.String(required=True)
    total_cents = fields.Integer(required=True)
    saved_cents = fields.Integer(required=True)
    shares = fields.List(fields.Nested(ExplainedShareOut), required=True)
