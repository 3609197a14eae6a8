"""How money is moved: the bank that takes files, cards, bank accounts of programs and vendors, tolerances of contracts."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import g, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.clock import now
from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing.queries import contract_or_404
from carepool.purchasing.settlement import queries
from carepool.purchasing.settlement.actions import bank_accounts, card_settings, invoicing
from carepool.purchasing.settlement.actions.bank_accounts import WrittenAccount
from carepool.purchasing.settlement.books import one_book_named, owner_name
from carepool.purchasing.settlement.pages.frame import blueprint
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text, rate_text
from carepool.web.guards import needs, require, statewide
from carepool.web.requests import signed_in

P = Permission


@blueprint.get("/money/settings")
@needs(P.MONEY_WRITE)
def settings() -> ResponseReturnValue:
    """Show which bank takes the files of a book and, for the state's, whether cards are taken."""
    require(P.MONEY_WRITE)
    return _settings(one_book_named(request.args.get("book")), {}, {})


@blueprint.post("/money/settings/bank")
@needs(P.MONEY_WRITE)
def keep_origin() -> ResponseReturnValue:
    """Keep which bank takes the files of a book."""
    require(P.MONEY_WRITE)
    book = one_book_named(request.form.get("book"))

    def keep() -> Sentence:
        form = FormReader(request.form)
        facts = {
            name: form.text(name, wanted=True, most=most)
            for name, most in (("bank_name", 23), ("bank_routing", 9), ("company_id", 10), ("company_name", 16))
        }
        form.checked()
        facts["company_id"] = facts["company_id"].upper()
        bank_accounts.set_origin(signed_in().actor, g.tenant.public_id, facts, form.version(), book)
        return marked("It is kept.")

    return done_or_shown(
        keep,
        lambda: url_for(".settings", book=book),
        lambda refused: _settings(book, request.form, faults_of(refused)),
    )


@blueprint.post("/money/settings/cards")
@needs(P.STATE_WRITE)
def keep_cards() -> ResponseReturnValue:
    """Keep whether cards are taken."""
    require(P.STATE_WRITE)

    def keep() -> Sentence:
        form = FormReader(request.form)
        secret = form.text("secret", most=300)
        form.checked()
        card_settings.set_card_provider(
            signed_in().actor,
            g.tenant.public_id,
            secret or None,
            is_on="is_on" in request.form,
            based_on=_version("card_version"),
        )
        return marked("It is kept.")

    return done_or_shown(
        keep, lambda: url_for(".settings"), lambda refused: _settings(None, request.form, faults_of(refused))
    )


def _version(name: str) -> int | None:
    return FormReader({"version": request.form.get(name, "")}).version()


def _settings(book: UUID | None, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return render_template(
        "settlement/settings.html",
        book=book,
        owner=owner_name(book) if book else "",
        origin=bank_accounts.origin(book),
        cards=card_settings.card_provider(),
        sets_cards=book is None and statewide(P.STATE_WRITE),
        typed=typed,
        errors=errors,
    )


@blueprint.get("/programs/<program:program_id>/bank-account")
@needs(P.MONEY_WRITE)
def program_bank_account(program_id: UUID) -> ResponseReturnValue:
    """Show the bank account of a program."""
    require(P.MONEY_WRITE)
    return _of_program(program_id, {}, {})


@blueprint.post("/programs/<program:program_id>/bank-account")
@needs(P.MONEY_WRITE)
def keep_program_bank_account(program_id: UUID) -> ResponseReturnValue:
    """Keep the bank account of a program."""
    require(P.MONEY_WRITE)
    own = program_or_404(program_id, P.MONEY_WRITE)

    def keep() -> Sentence:
        form = FormReader(request.form)
        written = _account(form)
        bank_accounts.keep_account(signed_in().actor, written, form.version(), program_id=own.id)
        return marked("The bank account is kept.")

    return done_or_shown(
        keep,
        lambda: url_for(".program_bank_account", program_id=own.id),
        lambda refused: _of_program(own.id, request.form, faults_of(refused)),
    )


def _account(form: FormReader) -> WrittenAccount:
    holder, routing = form.text("holder", wanted=True, most=22), form.text("routing", wanted=True, most=9)
    number, day = form.text("account", wanted=True, most=17), form.day("authorized_on")
    if number and not number.replace("-", "").isalnum():
        form.refuse("account", marked("Write the number of the account without blanks."))
    if day is None and "authorized_on" not in form.faults:
        form.refuse("authorized_on", marked("Write a day such as 2026-11-27."))
    form.checked()
    savings, business = "is_savings" in request.form, "is_business" in request.form
    return WrittenAccount(holder, routing, number, savings, business, day or now().date())


def _of_program(program_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = program_or_404(program_id, P.MONEY_WRITE)
    return render_template(
        "settlement/bank_account.html",
        program=own,
        contract=None,
        owners=[one.owner for one in queries.books_of_program(own.id) if one.alliance_id],
        kept=bank_accounts.account_of(own.id, None),
        typed=typed,
        errors=errors,
    )


@blueprint.get("/contracts/<contract:contract_id>/payment")
@needs(P.MONEY_WRITE)
def contract_payment(contract_id: UUID) -> ResponseReturnValue:
    """Show how much invoices of a contract may differ, and where its vendor is paid."""
    require(P.MONEY_WRITE)
    return _of_contract(contract_id, {}, {})


@blueprint.post("/contracts/<contract:contract_id>/payment/tolerance")
@needs(P.MONEY_WRITE)
def keep_tolerance(contract_id: UUID) -> ResponseReturnValue:
    """Keep how much invoices may differ."""
    require(P.MONEY_WRITE)
    own = contract_or_404(contract_id)

    def keep() -> Sentence:
        form = FormReader(request.form)
        rate, cents = form.millionths("rate", invoicing.LARGEST_TOLERANCE), form.cents("tolerated_cents")
        if cents is not None and cents > invoicing.LARGEST_TOLERATED_CENTS:
            form.refuse("tolerated_cents", marked("Write at most 10,000.00."))
        form.checked()
        invoicing.set_tolerance(signed_in().actor, own.id, rate or 0, cents or 0, form.version())
        return marked("It is kept.")

    return _changing(own.id, keep)


@blueprint.post("/contracts/<contract:contract_id>/payment/bank-account")
@needs(P.MONEY_WRITE)
def keep_vendor_bank_account(contract_id: UUID) -> ResponseReturnValue:
    """Keep the bank account of a contract's vendor."""
    require(P.MONEY_WRITE)
    own = contract_or_404(contract_id)

    def keep() -> Sentence:
        form = FormReader(request.form)
        written = _account(form)
        bank_accounts.keep_account(signed_in().actor, written, form.version(), contract_id=own.id)
        return marked("The bank account is kept.")

    return _changing(own.id, keep)


def _changing(contract_id: UUID, change: Any) -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        return _of_contract(contract_id, request.form, faults_of(refused))

    return done_or_shown(change, lambda: url_for(".contract_payment", contract_id=contract_id), shown)


def _of_contract(contract_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    own = contract_or_404(contract_id)
    tolerance = invoicing.tolerance_of(own.id)
    return render_template(
        "settlement/bank_account.html",
        program=None,
        contract=own,
        owners=[],
        tolerance=tolerance,
        rate=rate_text(tolerance.millionths),
        tolerated=amount_text(tolerance.cents),
        kept=bank_accounts.account_of_contract(own.id),
        typed=typed,
        errors=errors,
    )
