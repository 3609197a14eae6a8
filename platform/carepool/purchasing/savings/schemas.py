"""What comes in and goes out of the API of savings."""

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from carepool.purchasing.models.purchases import BaselineKind
from carepool.purchasing.savings.procurement import Fund, Method, Origin
from carepool.purchasing.savings.proof import Proof
from carepool.purchasing.savings.sums import By
from carepool.ui.languages import LOCALES
from carepool.web.bodies import IdOf, PageQuery, Strict, Text

_KINDS = validate.OneOf([str(one) for one in BaselineKind])


class EvidenceForm(Schema):
    """What a document shows (multipart). A quote needs its vendor and its price; `price_cents` are cents per case."""

    item_id = IdOf("purchase_item", required=True)
    kind = fields.Enum(BaselineKind, by_value=True, required=True)
    day = fields.Date(required=True)
    source = Text(required=True, least=1, most=500)
    vendor_name = Text(load_default="")
    price_cents = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(0, 10**9))
    whole_contract = fields.Boolean(load_default=False)


class EvidenceFile(Schema):
    """The document: a PDF, a picture or a spreadsheet of at most 10 MB."""

    file = Upload(required=True)


class EvidencePriceOut(Schema):
    """An item that a document is about; null: it shows the price that the item is compared with."""

    item_id = fields.UUID(required=True)
    price_cents = fields.Integer(required=True, allow_none=True)


class EvidenceOut(Schema):
    """A document of a purchase; taken back, it proves nothing any more."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=_KINDS)
    day = fields.Date(required=True)
    source = fields.String(required=True)
    vendor_name = fields.String(required=True)
    file_name = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    added_at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    withdrawn_why = fields.String(required=True)
    items = fields.List(fields.Nested(EvidencePriceOut), required=True)


class SavingsFreezeOut(Schema):
    """What a purchase saved when it was frozen: sums in cents, who and when."""

    purchase_id = fields.UUID(required=True)
    sums = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    person_id = fields.UUID(required=True, allow_none=True)
    frozen_at = fields.AwareDateTime(required=True)


class WithdrawalIn(Strict):
    """Why a document is taken back."""

    reason = Text(required=True, least=1, most=500)


class ProofOut(Schema):
    """How an item's baseline stands to its evidence; `lower`: a document shows less than the baseline."""

    item_id = fields.UUID(required=True)
    sku = fields.String(required=True)
    name = fields.String(required=True)
    baseline_kind = fields.String(required=True, validate=_KINDS)
    baseline_cents = fields.Integer(required=True)
    proof = fields.String(required=True, validate=validate.OneOf([str(one) for one in Proof]))


class SavingsQuery(PageQuery):
    """What the sums are of, and of which calendar year of the state; without a year, of all."""

    by = fields.Enum(By, by_value=True, load_default=By.YEAR)
    year = fields.Integer(load_default=None, allow_none=True, validate=validate.Range(2000, 2999))


class SumsOut(Schema):
    """Sums in cents. Gross: goods only; net: after freight and handling. Negative where buying together cost more."""

    purchases = fields.Integer(required=True)
    programs = fields.Integer(required=True)
    baseline_cents = fields.Integer(required=True)
    goods_cents = fields.Integer(required=True)
    freight_cents = fields.Integer(required=True)
    handling_cents = fields.Integer(required=True)
    tax_cents = fields.Integer(required=True)
    gross_cents = fields.Integer(required=True)
    net_cents = fields.Integer(required=True)
    net_after_tax_cents = fields.Integer(required=True)


class GroupOut(SumsOut):
    """The sums of one year, purchase, county, national type or program. `key`: its id or word; `name`: what it is called.

    `proved_cents` and `unproved_cents`: how much of what was saved on goods has evidence, and how much has not.
    """

    key = fields.String(required=True)
    name = fields.String(required=True)
    proved_cents = fields.Integer(required=True)
    unproved_cents = fields.Integer(required=True)


class StateSavingsOut(Schema):
    """What the whole state saved, how much of the gross saving has evidence, and the sums of a page of groups."""

    whole = fields.Nested(SumsOut, required=True)
    proved_cents = fields.Integer(required=True)
    unproved_cents = fields.Integer(required=True)
    items = fields.List(fields.Nested(GroupOut), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class SavingsExportIn(Strict):
    """The format of a file for funders."""

    format = fields.String(load_default="csv", validate=validate.OneOf(["csv", "xlsx"]))


class ThresholdIn(Strict):
    """The state's own limits from a day on, in cents."""

    first_day = fields.Date(required=True)
    micro_cents = fields.Integer(required=True, validate=validate.Range(0, 10**11))
    small_cents = fields.Integer(required=True, validate=validate.Range(0, 10**11))


class SavingsSettingsIn(Strict):
    """How figures for funders are guarded, how many vendors a small purchase asks, and the state's own limits."""

    least_programs = fields.Integer(required=True, validate=validate.Range(2, 100))
    quotes_wanted = fields.Integer(required=True, validate=validate.Range(1, 10))
    thresholds = fields.List(fields.Nested(ThresholdIn), load_default=list, validate=validate.Length(max=20))


class SavingsSettingsOut(Schema):
    """The state's settings; without limits of its own, the federal defaults hold."""

    least_programs = fields.Integer(required=True)
    quotes_wanted = fields.Integer(required=True)
    thresholds = fields.List(fields.Nested(ThresholdIn), required=True)
    version = fields.Integer(required=True)


class ProcurementIn(Strict):
    """How a purchase was bought and who pays; `funding` is {source: cents} and adds up to what programs owe."""

    method = fields.Enum(Method, by_value=True, required=True)
    decided_by = Text(required=True, least=1)
    reason = Text(required=True, least=1, most=2000)
    origin = fields.Enum(Origin, by_value=True, required=True)
    origin_note = Text(load_default="", most=2000)
    funding = fields.Dict(
        keys=fields.Enum(Fund, by_value=True), values=fields.Integer(validate=validate.Range(0, 10**12)), required=True
    )


class ProcurementOut(Schema):
    """How a purchase was bought, of which close, and who pays."""

    method = fields.String(required=True, validate=validate.OneOf([str(one) for one in Method]))
    decided_by = fields.String(required=True)
    reason = fields.String(required=True)
    origin = fields.String(required=True, validate=validate.OneOf([str(one) for one in Origin]))
    origin_note = fields.String(required=True)
    funding = fields.Dict(required=True)
    close_version = fields.Integer(required=True)
    version = fields.Integer(required=True)
    changed_at = fields.AwareDateTime(required=True)


class ProcurementFileIn(Strict):
    """The language of a procurement file."""

    language = fields.String(load_default="en", validate=validate.OneOf(sorted(LOCALES)))


class ProcurementFileOut(Schema):
    """A procurement file; `file_id` is null until its job is done. `basis`: SHA-256 of its data (JSON)."""

    id = fields.UUID(required=True)
    purchase_id = fields.UUID(required=True)
    basis = fields.String(required=True)
    language = fields.String(required=True)
    job_id = fields.UUID(required=True)
    file_id = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
