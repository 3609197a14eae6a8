"""What comes in and goes out of the API of contracts and catalogs."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from stdnum import ean

from carepool.purchasing.ladder import PriceBasis
from carepool.purchasing.schemas.fields import Rung, cents, count, word
from carepool.sentences import marked
from carepool.web.bodies import PageQuery, SharedId, Strict, Text


class ContractTerms(Strict):
    """What a contract says, wholly; its days are those of the state's calendar."""

    number = Text(required=True, least=1, most=60)
    title = Text(required=True, least=1)
    minimum_cents = cents(load_default=0)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)

    @validates_schema
    def _in_order(self, data: dict[str, Any], **_: Any) -> None:
        if data["valid_from"] and data["valid_to"] and data["valid_to"] < data["valid_from"]:
            raise ValidationError(marked("The last day comes before the first."), "valid_to")


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


def _check_gtin(digits: str) -> None:
    """Refuse a GTIN that is not 8, 12, 13 or 14 digits with their check digit. Raises ValidationError."""
    if not ean.is_valid(digits) or not digits.isascii():
        raise ValidationError(marked("Write 8, 12, 13 or 14 digits. The last is a check digit; one of them is wrong."))


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
    case_size = count(1, 1_000_000, required=True)
    uses_per_each = count(1, 1_000_000, load_default=None, allow_none=True)
    pack_text = Text(load_default="")
    min_cases = count(0, 1_000_000, load_default=0)
    list_cents = cents(load_default=None, allow_none=True)
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
    price_basis = word(PriceBasis)
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
