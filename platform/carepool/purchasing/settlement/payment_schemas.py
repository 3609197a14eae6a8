"""What comes in and goes out about payments, bank accounts, cards and write-offs. Money in whole cents."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from carepool.purchasing.settlement.actions.bank_accounts import WrittenAccount
from carepool.purchasing.settlement.actions.bank_returns import Outcome
from carepool.purchasing.settlement.actions.paying import ENDINGS
from carepool.purchasing.settlement.book_schemas import book_id, book_name
from carepool.purchasing.settlement.books import EVERY_BOOK, Books
from carepool.purchasing.settlement.exporting import Format
from carepool.purchasing.settlement.models.payments import Direction, Method, PaymentState, WriteOffState
from carepool.purchasing.settlement.nacha import MOST_CENTS
from carepool.web.bodies import IdOf, PageQuery, SharedId, Strict, Text


def _cents() -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(1, MOST_CENTS), required=True)


def _one_of(values: Any) -> Any:
    return validate.OneOf([str(one) for one in values])


def _key() -> Text:
    """What the device that enters it calls it, such as a UUID; the same key again is the same payment."""
    return Text(required=True, least=8, most=100)


class PaymentIn(Strict):
    """A payment of or to a program, or to a vendor; `in`: from a program, `out`: to a vendor, or a credit paid back."""

    key = _key()
    direction = fields.Enum(Direction, by_value=True, load_default=Direction.IN)
    method = fields.Enum(Method, by_value=True, required=True)
    program_id = IdOf("program", load_default=None, allow_none=True)
    vendor_id = SharedId(load_default=None, allow_none=True)
    purchase_id = IdOf("purchase", load_default=None, allow_none=True)
    alliance_id = IdOf(
        "alliance",
        allow_none=True,
        metadata={
            "description": "Whose book; null: the state's; left out: that of the purchase's owner, or the state's"
        },
    )
    amount_cents = _cents()
    paid_on = fields.Date(required=True)
    reference = Text(load_default="", most=60)

    @validates_schema
    def _one_party(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("program_id") is None) == (data.get("vendor_id") is None):
            raise ValidationError("Name either a program or a vendor.", "program_id")

    @post_load
    def _booked(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "alliance_id" in data:
            data["book"] = Books(data.pop("alliance_id"))
        return data


class CardPaymentIn(Strict):
    """A payment by card of one program; cards are taken in the state's book only."""

    key = _key()
    alliance_id = book_id()
    amount_cents = _cents()


class PaymentOut(Schema):
    """A payment; `card_page` is where a card is typed while it is open."""

    id = fields.UUID(required=True)
    direction = fields.String(required=True, validate=_one_of(Direction))
    method = fields.String(required=True, validate=_one_of(Method))
    program_id = fields.UUID(required=True, allow_none=True)
    purchase_id = fields.UUID(required=True, allow_none=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    amount_cents = fields.Integer(required=True)
    paid_on = fields.Date(required=True)
    reference = fields.String(required=True)
    state = fields.String(required=True, validate=_one_of(PaymentState))
    ach_file_id = fields.UUID(required=True, allow_none=True)
    card_page = fields.String(required=True)
    reason = fields.String(required=True)
    made_at = fields.AwareDateTime(required=True)


class PaymentQuery(PageQuery):
    """Which payments to list."""

    state = fields.Enum(PaymentState, by_value=True, load_default=None)
    program_id = fields.UUID(load_default=None)
    book = book_name(EVERY_BOOK)


class BookPageQuery(PageQuery):
    """Whose book, and which page."""

    book = book_name(EVERY_BOOK)


class ReasonIn(Strict):
    """Why."""

    reason = Text(required=True, least=1, most=500)


class EndingIn(ReasonIn):
    """How a payment ended, as the provider's or bank's own pages say."""

    state = fields.Enum(PaymentState, by_value=True, required=True, validate=validate.OneOf(ENDINGS))


class BankAccountIn(Strict):
    """A bank account; its numbers are never given out again."""

    holder = Text(required=True, least=1, most=22)
    routing = Text(required=True, least=9, most=9)
    account = fields.String(required=True, validate=validate.Regexp(r"^[0-9A-Za-z-]{1,17}$"))
    is_savings = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    is_business = fields.Boolean(load_default=True, truthy={True}, falsy={False})
    authorized_on = fields.Date(required=True)

    @post_load
    def _made(self, data: dict[str, Any], **_: Any) -> WrittenAccount:
        return WrittenAccount(**data)


class BankAccountOut(Schema):
    """A bank account, by its last four digits."""

    holder = fields.String(required=True)
    last_four = fields.String(required=True)
    is_savings = fields.Boolean(required=True)
    is_business = fields.Boolean(required=True)
    authorized_on = fields.Date(required=True, allow_none=True)


class OriginIn(Strict):
    """Which bank takes the files of a book, and how it knows their sender: as the bank told it."""

    bank_name = Text(required=True, least=1, most=23)
    bank_routing = Text(required=True, least=9, most=9)
    company_id = fields.String(required=True, validate=validate.Regexp(r"^[0-9A-Z]{1,10}$"))
    company_name = Text(required=True, least=1, most=16)


class OriginOut(Schema):
    """Which bank takes the files of a book."""

    bank_name = fields.String(required=True)
    bank_routing = fields.String(required=True)
    company_id = fields.String(required=True)
    company_name = fields.String(required=True)


class BankFileIn(Strict):
    """On which day the bank is to move the money, and of whose book."""

    alliance_id = book_id()
    effective_on = fields.Date(required=True)


class BankFileOut(Schema):
    """A file for the bank: debits are drawn from programs, credits go to vendors and programs."""

    id = fields.UUID(required=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    effective_on = fields.Date(required=True)
    entries = fields.Integer(required=True)
    debit_cents = fields.Integer(required=True)
    credit_cents = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True)


class CardProviderIn(Strict):
    """Whether cards are taken, and the provider's secret key; null keeps the one that is there."""

    is_on = fields.Boolean(required=True, truthy={True}, falsy={False})
    secret = Text(load_default=None, allow_none=True, least=8, most=300)


class CardProviderOut(Schema):
    """Whether cards are taken; the key is never given out."""

    is_on = fields.Boolean(required=True)


class WriteOffIn(ReasonIn):
    """What of a program's debt is to be written off, and why."""

    program_id = IdOf("program", required=True)
    alliance_id = book_id()
    amount_cents = _cents()


class WriteOffDecisionIn(Strict):
    """What another person decides."""

    approve = fields.Boolean(required=True, truthy={True}, falsy={False})


class WriteOffOut(Schema):
    """A wish to write something off, and who decided."""

    id = fields.UUID(required=True)
    program_id = fields.UUID(required=True)
    alliance_id = fields.UUID(required=True, allow_none=True)
    amount_cents = fields.Integer(required=True)
    reason = fields.String(required=True)
    state = fields.String(required=True, validate=_one_of(WriteOffState))
    asked_by = fields.UUID(required=True)
    decided_by = fields.UUID(required=True, allow_none=True)
    asked_at = fields.AwareDateTime(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)


class AccountSums(Schema):
    """What a program owes now, what it has to its credit, and what was invoiced and paid, in cents."""

    owed_cents = fields.Integer(required=True)
    credit_cents = fields.Integer(required=True)
    invoiced_cents = fields.Integer(required=True)
    adjusted_cents = fields.Integer(
        required=True, metadata={"description": "What late invoices and credit notes of vendors changed after settling"}
    )
    paid_cents = fields.Integer(required=True)
    written_off_cents = fields.Integer(required=True)


class BookAccountOut(AccountSums):
    """What a program owes to one owner of purchases: an alliance, or (null) the state."""

    alliance_id = fields.UUID(required=True, allow_none=True)
    owner = fields.String(required=True)


class ProgramAccountOut(AccountSums):
    """What a program owes in all, and to each owner of purchases apart; a credit with one does not pay another."""

    books = fields.List(fields.Nested(BookAccountOut), required=True)


class ReturnsFile(Schema):
    """The file of returns as the bank gives it; it is wanted."""

    file = fields.Raw(load_default=None, metadata={"type": "string", "format": "binary"})


class TakenReturnOut(Schema):
    """A returned payment: `reversed` now, `already` before, or `unknown` here."""

    line = fields.Integer(required=True, attribute="entry.line", metadata={"description": "Line of the file"})
    reason = fields.String(required=True, attribute="entry.reason")
    reference = fields.String(required=True, attribute="entry.reference")
    amount_cents = fields.Integer(required=True, attribute="entry.cents")
    outcome = fields.String(required=True, validate=validate.OneOf([str(one) for one in Outcome]))
    payment_id = fields.UUID(required=True, allow_none=True)


class TakenReturnsOut(Schema):
    """All returned payments of a file, in its order."""

    items = fields.List(fields.Nested(TakenReturnOut), required=True)


class CreditUsedOut(Schema):
    """How many cents of a credit paid what was owed."""

    used_cents = fields.Integer(required=True)


class PeriodQuery(Schema):
    """Days of the state's calendar, both included (this month so far by default), and the format."""

    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    format = fields.Enum(Format, by_value=True, load_default=Format.JOURNAL_CSV)
    book = book_name()


class AlliancePeriodQuery(Schema):
    """Days of the state's calendar, both included (this month so far by default), and the format."""

    since = fields.Date(load_default=None)
    until = fields.Date(load_default=None)
    format = fields.Enum(Format, by_value=True, load_default=Format.JOURNAL_CSV)


class AllianceLedgerOut(Schema):
    """What each account of an alliance's book comes to: debits less credits, in cents."""

    alliance_id = fields.UUID(required=True)
    balances = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)


class MemberDebtOut(Schema):
    """What a program owes to an alliance and has to its credit there, in cents."""

    program_id = fields.UUID(required=True)
    program = fields.String(required=True)
    owed_cents = fields.Integer(required=True)
    credit_cents = fields.Integer(required=True)
