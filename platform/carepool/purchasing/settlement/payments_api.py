"""JSON routes of payments, bank accounts and files, cards, write-offs, and exports of the ledger."""

from contextlib import closing
from typing import Any
from uuid import UUID

from flask import Response, g, jsonify, make_response
from flask.views import MethodView

from carepool.clock import now
from carepool.errors import Invalid
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.queries import contract_or_404
from carepool.purchasing.settlement import journal, queries
from carepool.purchasing.settlement import payment_schemas as schemas
from carepool.purchasing.settlement.actions import (
    bank_accounts,
    bank_files,
    bank_returns,
    card_settings,
    paying,
    writing_off,
)
from carepool.purchasing.settlement.actions.paying import WrittenPayment
from carepool.purchasing.settlement.book_schemas import BookQuery
from carepool.purchasing.settlement.books import EVERY_BOOK, Books, books_named, known_book
from carepool.purchasing.settlement.ledgers_api import export_answer
from carepool.purchasing.settlement.models.payments import (
    AchFile,
    AchOrigin,
    BankAccount,
    CardProvider,
    Direction,
    Method,
    Payment,
    WriteOff,
)
from carepool.sentences import marked
from carepool.vendors.actions import vendor_number
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import listed, page_schema
from carepool.web.etags import based_on, tagged
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("payments", __name__, description="Payments, the bank, cards, exports to accounting")
P = Permission
_PAYMENT, _ACCOUNT, _ORIGIN = schemas.PaymentOut(), schemas.BankAccountOut(), schemas.OriginOut()
_CARDS = schemas.CardProviderOut()


@blueprint.route("/payments")
class Payments(MethodView):
    """Payments of programs and to vendors."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.PaymentQuery, location="query")
    @blueprint.response(200, page_schema(schemas.PaymentOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List payments, the newest first."""
        require(P.MONEY_WRITE)
        found = queries.payments(query["state"], query["program_id"], books_named(query["book"], EVERY_BOOK))
        return listed(found, [Payment.id], query, newest_first=True)

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.PaymentIn)
    @blueprint.response(201, schemas.PaymentOut)
    def post(self, body: dict[str, Any]) -> Response:
        """Enter a payment; entered again with the same key it is the same one."""
        require(P.MONEY_WRITE)
        vendor = body.pop("vendor_id")
        written = WrittenPayment(**body, vendor_id=vendor_number(vendor) if vendor else None)
        response = tagged(_PAYMENT, paying.record_payment(signed_in().actor, written))
        response.status_code = 201
        return response


@blueprint.route("/payments/<payment:payment_id>")
class OnePayment(MethodView):
    """One payment."""

    @needs(P.MONEY_WRITE, P.ORDERS_READ)
    @blueprint.response(200, schemas.PaymentOut)
    def get(self, payment_id: UUID) -> Response:
        """Read a payment; the ETag is its version."""
        return tagged(_PAYMENT, queries.payment_or_404(payment_id))


@blueprint.route("/payments/<payment:payment_id>/reversal")
class Reversal(MethodView):
    """Taking a payment back."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.ReasonIn)
    @idempotent
    @blueprint.response(200, schemas.PaymentOut)
    def post(self, body: dict[str, str], payment_id: UUID) -> Response:
        """Take a booked payment back by an entry of its own; send If-Match."""
        require(P.MONEY_WRITE)
        own = queries.payment_or_404(payment_id)
        return tagged(_PAYMENT, paying.reverse_payment(signed_in().actor, own.id, body["reason"], based_on()))


@blueprint.route("/payments/<payment:payment_id>/ending")
class Ending(MethodView):
    """How a payment ended."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.EndingIn)
    @idempotent
    @blueprint.response(200, schemas.PaymentOut)
    def put(self, body: dict[str, Any], payment_id: UUID) -> Response:
        """Write down how a payment ended whose answer was lost, or take one out that waits for the bank; send If-Match."""
        require(P.MONEY_WRITE)
        own = queries.payment_or_404(payment_id)
        done = paying.settle_payment(signed_in().actor, own.id, body["state"], body["reason"], based_on())
        return tagged(_PAYMENT, done)


@blueprint.route("/programs/<program:program_id>/account")
class ProgramAccount(MethodView):
    """What a program owes and paid."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.ProgramAccountOut)
    def get(self, program_id: UUID) -> dict[str, Any]:
        """Read it, in all and with each owner of purchases, as the ledger adds it up now."""
        return queries.account_sums(program_or_404(program_id, P.ORDERS_READ).id)


@blueprint.route("/programs/<program:program_id>/card-payments")
class CardPayments(MethodView):
    """Payments by card of a program."""

    @needs(P.ORDERS_WRITE)
    @blueprint.arguments(schemas.CardPaymentIn)
    @blueprint.response(201, schemas.PaymentOut)
    def post(self, body: dict[str, Any], program_id: UUID) -> Response:
        """Ask to pay by card: soon the payment has a page of the provider, on which the card is typed."""
        own = program_or_404(program_id, P.ORDERS_WRITE)
        book = Books(body.pop("alliance_id"))
        written = WrittenPayment(
            **body, direction=Direction.IN, method=Method.CARD, paid_on=now().date(), program_id=own.id, book=book
        )
        response = tagged(_PAYMENT, paying.record_payment(signed_in().actor, written))
        response.status_code = 201
        return response


@blueprint.route("/programs/<program:program_id>/credit-use")
class CreditUse(MethodView):
    """Credits that pay."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(BookQuery, location="query")
    @blueprint.response(200, schemas.CreditUsedOut)
    def post(self, query: dict[str, Any], program_id: UUID) -> dict[str, int]:
        """Let what a program paid too much pay what it owes in the same book; again, it finds nothing."""
        require(P.MONEY_WRITE)
        own = program_or_404(program_id, P.MONEY_WRITE)
        return {"used_cents": paying.use_credit(signed_in().actor, own.id, **query)}


@blueprint.route("/programs/<program:program_id>/bank-account")
class ProgramBankAccount(MethodView):
    """The bank account of a program."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, schemas.BankAccountOut)
    def get(self, program_id: UUID) -> Response:
        """Read whose it is and its last four digits; the ETag is its version."""
        require(P.MONEY_WRITE)
        return _account(bank_accounts.account_of(program_or_404(program_id, P.MONEY_WRITE).id, None))

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.BankAccountIn)
    @idempotent
    @blueprint.response(200, schemas.BankAccountOut)
    def put(self, body: Any, program_id: UUID) -> Response:
        """Put it on file; send If-Match, or If-None-Match: * where there is none."""
        require(P.MONEY_WRITE)
        own = program_or_404(program_id, P.MONEY_WRITE)
        return _account(bank_accounts.keep_account(signed_in().actor, body, based_on(), program_id=own.id))


@blueprint.route("/contracts/<contract:contract_id>/bank-account")
class VendorBankAccount(MethodView):
    """The bank account of a contract's vendor."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, schemas.BankAccountOut)
    def get(self, contract_id: UUID) -> Response:
        """Read whose it is and its last four digits; the ETag is its version."""
        require(P.MONEY_WRITE)
        return _account(bank_accounts.account_of_contract(contract_or_404(contract_id).id))

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.BankAccountIn)
    @idempotent
    @blueprint.response(200, schemas.BankAccountOut)
    def put(self, body: Any, contract_id: UUID) -> Response:
        """Put it on file; send If-Match, or If-None-Match: * where there is none."""
        require(P.MONEY_WRITE)
        own = contract_or_404(contract_id)
        return _account(bank_accounts.keep_account(signed_in().actor, body, based_on(), contract_id=own.id))


def _account(own: BankAccount | None) -> Response:
    none = BankAccount(holder="", last_four="", is_savings=False, is_business=True, authorized_on=None, version=0)
    return tagged(_ACCOUNT, own or none)


@blueprint.route("/ach-origin")
class Origin(MethodView):
    """Who sends files to which bank."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(BookQuery, location="query")
    @blueprint.response(200, schemas.OriginOut)
    def get(self, query: dict[str, Any]) -> Response:
        """Read it of a book; the ETag is its version, 0 before anyone set it."""
        require(P.MONEY_WRITE)
        none = AchOrigin(bank_name="", bank_routing="", company_id="", company_name="", version=0)
        return tagged(_ORIGIN, bank_accounts.origin(known_book(query["alliance_id"])) or none)

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(BookQuery, location="query")
    @blueprint.arguments(schemas.OriginIn)
    @idempotent
    @blueprint.response(200, schemas.OriginOut)
    def put(self, query: dict[str, Any], body: dict[str, str]) -> Response:
        """Set it of a book as its bank told it; send If-Match with the ETag that you read."""
        require(P.MONEY_WRITE)
        done = bank_accounts.set_origin(signed_in().actor, _state_id(), body, based_on(), **query)
        return tagged(_ORIGIN, done)


@blueprint.route("/ach-files")
class BankFiles(MethodView):
    """Files for the bank in NACHA format."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.BookPageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.BankFileOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the files, the newest first."""
        require(P.MONEY_WRITE)
        found = queries.bank_files(books_named(query["book"], EVERY_BOOK))
        return listed(found, [AchFile.id], query, newest_first=True)

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.BankFileIn)
    @idempotent
    @blueprint.response(201, schemas.BankFileOut)
    def post(self, body: dict[str, Any]) -> AchFile:
        """Write all waiting ACH payments of a book into a file and book them."""
        require(P.MONEY_WRITE)
        return bank_files.make_file(signed_in().actor, **body)


@blueprint.route("/ach-files/<ach_file:file_id>/file")
class BankFile(MethodView):
    """One file for the bank."""

    @needs(P.MONEY_WRITE)
    @blueprint.response(200, {"type": "string"}, content_type="text/plain")
    def get(self, file_id: UUID) -> Response:
        """Read the file as the bank takes it."""
        require(P.MONEY_WRITE)
        return file_answer(queries.bank_file_or_404(file_id))


@blueprint.route("/ach-returns")
class Returns(MethodView):
    """Payments that the bank returned."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(BookQuery, location="query")
    @blueprint.arguments(schemas.ReturnsFile, location="files")
    @blueprint.response(200, schemas.TakenReturnsOut)
    def post(self, query: dict[str, Any], files: dict[str, Any]) -> dict[str, Any]:
        """Take in a file of returns in NACHA format: each payment is reversed once; the same file again changes nothing."""
        require(P.MONEY_WRITE)
        if files["file"] is None:
            sentence = marked("Choose a file.")
            raise Invalid("no-file", sentence, {"file": [sentence]})
        with closing(files["file"]) as upload:
            return {"items": bank_returns.take_returns(signed_in().actor, upload.stream, **query)}


@blueprint.route("/card-provider")
class Cards(MethodView):
    """Whether cards are taken."""

    @needs(P.STATE_WRITE)
    @blueprint.response(200, schemas.CardProviderOut)
    def get(self) -> Response:
        """Read it; the ETag is its version, 0 before anyone set it."""
        require(P.STATE_WRITE)
        return tagged(_CARDS, card_settings.card_provider() or CardProvider(is_on=False, sealed_secret="", version=0))

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.CardProviderIn)
    @idempotent
    @blueprint.response(200, schemas.CardProviderOut)
    def put(self, body: dict[str, Any]) -> Response:
        """Set the provider's key, and whether cards are taken; send If-Match with the ETag that you read."""
        require(P.STATE_WRITE)
        done = card_settings.set_card_provider(
            signed_in().actor, _state_id(), body["secret"], is_on=body["is_on"], based_on=based_on()
        )
        return tagged(_CARDS, done)


@blueprint.route("/write-offs")
class WriteOffs(MethodView):
    """What programs owe and will not pay."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.BookPageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.WriteOffOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List what people asked to write off, the newest first."""
        require(P.MONEY_WRITE)
        found = queries.write_offs(books_named(query["book"], EVERY_BOOK))
        return listed(found, [WriteOff.id], query, newest_first=True)

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.WriteOffIn)
    @idempotent
    @blueprint.response(201, schemas.WriteOffOut)
    def post(self, body: dict[str, Any]) -> WriteOff:
        """Ask that another person let something be written off."""
        require(P.MONEY_WRITE)
        cents = body.pop("amount_cents")
        return writing_off.ask_write_off(signed_in().actor, cents=cents, **body)


@blueprint.route("/write-offs/<write_off:write_off_id>/decision")
class WriteOffDecision(MethodView):
    """What another person decides."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.WriteOffDecisionIn)
    @idempotent
    @blueprint.response(200, schemas.WriteOffOut)
    def put(self, body: dict[str, bool], write_off_id: UUID) -> WriteOff:
        """Approve or refuse; who asked may not."""
        require(P.MONEY_WRITE)
        own = queries.write_off_or_404(write_off_id)
        return writing_off.decide_write_off(signed_in().actor, own.id, approve=body["approve"])


@blueprint.route("/ledger/export")
class Export(MethodView):
    """The ledger for accounting programs."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.PeriodQuery, location="query")
    @blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
    def get(self, query: dict[str, Any]) -> Response:
        """Read a book of a period as QuickBooks IIF, QuickBooks CSV or a generic journal, as a stream.

        The journal may be of all books: its last column tells whose each line is.
        """
        require(P.MONEY_WRITE)
        period = journal.Period.of(query["since"], query["until"])
        return export_answer(period, query["format"], books_named(query["book"]))


@blueprint.route("/ledger/totals")
class Totals(MethodView):
    """Sums of the ledger."""

    @needs(P.MONEY_WRITE)
    @blueprint.arguments(schemas.PeriodQuery, location="query")
    @blueprint.response(200, {"type": "object"})
    def get(self, query: dict[str, Any]) -> Response:
        """Read what each account of a book comes to in a period: debits less credits, in cents."""
        require(P.MONEY_WRITE)
        period = journal.Period.of(query["since"], query["until"])
        return make_response(jsonify(journal.totals_of(period, books_named(query["book"]))))


def _state_id() -> UUID:
    found: UUID = g.tenant.public_id
    return found
