"""What comes in and goes out of the API of service contracts."""

from enum import StrEnum
from typing import Any

from flask_smorest.fields import Upload
from marshmallow import Schema, fields, validate

from carepool.enrolling.models.contracts import ContractState, ServiceKind
from carepool.enrolling.models.enrolments import EnrolmentState
from carepool.enrolling.rates import LARGEST_CENTS, MOST_RUNGS, Basis, IfShort, Pricing
from carepool.enrolling.schedule import Per
from carepool.web.bodies import PageQuery, SharedId, Strict, Text

_MOST_SEATS = 10_000


def _whole(least: int, most: int, **options: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(least, most), **options)


def _word(words: type[StrEnum], **options: Any) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf([str(one) for one in words]), **options)


def _yes_no(**options: Any) -> fields.Boolean:
    return fields.Boolean(truthy={True}, falsy={False}, **options)


class ServiceContractIn(Strict):
    """Terms of a service contract with a vendor of the directory (`vendor_id`) or a new one (`vendor_name`).

    `ladder`: [[from members, value], ...], the first from 1; the value is cents for one unit and period, or with pricing
    "percent_off" hundredths of a percent off `list_cents`, the vendor's own price of a unit and period.
    """

    vendor_id = SharedId(load_default=None, allow_none=True)
    vendor_name = Text(load_default="")
    kind = fields.Enum(ServiceKind, by_value=True, required=True)
    title = Text(required=True, least=1)
    title_es = Text(load_default="")
    description = Text(load_default="", most=5000)
    description_es = Text(load_default="", most=5000)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    pricing = fields.Enum(Pricing, by_value=True, load_default=Pricing.RATE)
    basis = fields.Enum(Basis, by_value=True, load_default=Basis.PROGRAM)
    per = fields.Enum(Per, by_value=True, load_default=Per.MONTH)
    list_cents = _whole(0, LARGEST_CENTS, load_default=None, allow_none=True)
    ladder = fields.List(
        fields.List(_whole(0, LARGEST_CENTS), validate=validate.Length(equal=2)),
        required=True,
        validate=validate.Length(1, MOST_RUNGS),
    )
    min_members = _whole(1, 100_000, load_default=1)
    if_short = fields.Enum(IfShort, by_value=True, load_default=IfShort.FAIL)
    extend_days = _whole(0, 365, load_default=0)
    notice_days = _whole(0, 3650, load_default=0)
    late_join = _yes_no(load_default=False)
    rate_falls = _yes_no(load_default=False)


class NextStepOut(Schema):
    """The next step of the ladder; `cents`: the rate it gives, null without a list price."""

    from_members = fields.Integer(required=True)
    more = fields.Integer(required=True)
    value = fields.Integer(required=True)
    cents = fields.Integer(required=True, allow_none=True)


class ServiceStandingOut(Schema):
    """How a contract stands: members, the rate of today, the highest that can come about, members that are missing."""

    members = fields.Integer(required=True)
    value = fields.Integer(required=True)
    cents = fields.Integer(required=True, allow_none=True)
    highest_value = fields.Integer(required=True)
    highest_cents = fields.Integer(required=True, allow_none=True)
    missing = fields.Integer(required=True)
    next_step = fields.Nested(NextStepOut, required=True, allow_none=True)


class ServiceContractOut(Schema):
    """A service contract. Its vendor bills each member directly."""

    id = fields.UUID(required=True)
    vendor_id = fields.UUID(required=True)
    vendor_name = fields.String(required=True)
    kind = _word(ServiceKind)
    state = _word(ContractState)
    title = fields.String(required=True)
    title_es = fields.String(required=True)
    description = fields.String(required=True)
    description_es = fields.String(required=True)
    opens_at = fields.AwareDateTime(required=True)
    closes_at = fields.AwareDateTime(required=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    notice_on = fields.Date(required=True)
    pricing = _word(Pricing)
    basis = _word(Basis)
    per = _word(Per)
    list_cents = fields.Integer(required=True, allow_none=True)
    ladder = fields.List(fields.List(fields.Integer()), required=True)
    min_members = fields.Integer(required=True)
    if_short = _word(IfShort)
    extend_days = fields.Integer(required=True)
    notice_days = fields.Integer(required=True)
    late_join = fields.Boolean(required=True)
    rate_falls = fields.Boolean(required=True)
    previous_id = fields.UUID(required=True, allow_none=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True)
    version = fields.Integer(required=True)
    standing = fields.Nested(ServiceStandingOut, required=True)


class ServiceContractQuery(PageQuery):
    """Which contracts."""

    state = fields.Enum(ContractState, by_value=True, load_default=None, allow_none=True)


class CancellationIn(Strict):
    """Why."""

    reason = Text(required=True, least=1, most=500)


class ServiceDocumentForm(Schema):
    """What a document is called (multipart); one of the same name takes the place of the one before."""

    name = Text(required=True, least=1)


class ServiceDocumentFile(Schema):
    """The document: a PDF of at most 10 MB."""

    file = Upload(required=True)


class ServiceDocumentOut(Schema):
    """A version of a document; `replaced_at` is null for the one to be signed."""

    id = fields.UUID(required=True)
    contract_id = fields.UUID(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    file_name = fields.String(required=True)
    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    added_at = fields.AwareDateTime(required=True)
    replaced_at = fields.AwareDateTime(required=True, allow_none=True)


class SigningIn(Strict):
    """A name typed under documents; `documents`: the SHA-256 of each file that was read."""

    typed_name = Text(required=True, least=1)
    consent = _yes_no(required=True)
    documents = fields.List(
        fields.String(validate=validate.Length(equal=64)), load_default=list, validate=validate.Length(max=20)
    )


class EnrolmentIn(Strict):
    """What a program asks for. `seats`: where the rate is paid by seat; `earlier_cents`: what it pays now, a period."""

    seats = _whole(1, _MOST_SEATS, load_default=None, allow_none=True)
    earlier_cents = _whole(0, 10**11, load_default=None, allow_none=True)
    sign = fields.Nested(SigningIn, load_default=None, allow_none=True)


class DueOut(Schema):
    """What a member owes for a period, or its part of one."""

    first = fields.Date(required=True)
    last = fields.Date(required=True)
    rate_cents = fields.Integer(required=True)
    cents = fields.Integer(required=True)


class CostOut(Schema):
    """What a member pays in all and by period; `saved_cents` against its own earlier price, null where it said none."""

    total_cents = fields.Integer(required=True)
    saved_cents = fields.Integer(required=True, allow_none=True)
    dues = fields.List(fields.Nested(DueOut), required=True)


class SignatureOut(Schema):
    """A signature under a version of a document."""

    id = fields.UUID(required=True)
    document_id = fields.UUID(required=True)
    sha256 = fields.String(required=True)
    typed_name = fields.String(required=True)
    consent = fields.String(required=True)
    language = fields.String(required=True)
    person_id = fields.UUID(required=True)
    signed_at = fields.AwareDateTime(required=True)


class EnrolmentOut(Schema):
    """A program's enrollment."""

    contract_id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    state = _word(EnrolmentState)
    units = fields.Integer(required=True)
    earlier_cents = fields.Integer(required=True, allow_none=True)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    enrolled_at = fields.AwareDateTime(required=True, allow_none=True)
    reason = fields.String(required=True)
    changed_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)


class EnrolmentWhole(EnrolmentOut):
    """A program's enrollment with what it pays (null where that is not known) and what it signed."""

    cost = fields.Nested(CostOut, required=True, allow_none=True)
    signatures = fields.List(fields.Nested(SignatureOut), required=True)


class EnrolmentQuery(PageQuery):
    """Which enrollments."""

    state = fields.Enum(EnrolmentState, by_value=True, load_default=None, allow_none=True)


class LeavingIn(Strict):
    """The last day of a member that leaves, and why."""

    last_day = fields.Date(required=True)
    reason = Text(required=True, least=1, most=500)
