"""Pages on which a coordinator sees what vendors answered, what would follow, and decides."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import NotFound
from carepool.files import StoredFile, file_answer
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.queries import purchase_or_404
from carepool.purchasing.substitutes.choices import WORDS
from carepool.sentences import Sentence, marked
from carepool.vendors.answers import proposals
from carepool.vendors.answers.models import OrderProposal, ProposalState
from carepool.vendors.deliveries.standing import replies_of, standings_of
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.inbox.actions import take_by_hand
from carepool.vendors.inbox.models import VendorFile
from carepool.vendors.inbox.queries import files_of_purchase
from carepool.vendors.links.invoices import invoice_files
from carepool.vendors.links.models import VendorInvoiceFile
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db, find, one_of, session
from tenants.registry import Vendor

blueprint = Blueprint("vendor_answer_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.PURCHASES_WRITE)
_SHOWN = 200
_NAMED = 10
"""Programs that are named with a change; the page says how many more there are."""


@blueprint.before_request
def _statewide() -> None:
    require(Permission.PURCHASES_WRITE)


@blueprint.get("/purchases/<purchase:purchase_id>/vendor-answers")
@_ALLOWED
def answers(purchase_id: UUID) -> ResponseReturnValue:
    """Show what vendors answered to the orders of a purchase, and the invoices that they brought."""
    return _shown(purchase_or_404(purchase_id), {})


@blueprint.post("/order-proposals/<order_proposal:proposal_id>/accept")
@_ALLOWED
def accept(proposal_id: UUID) -> ResponseReturnValue:
    """Accept a change."""
    told = marked("Accepted. Shares and orders are worked out again; those who are affected get a message.")
    return _deciding(proposal_id, lambda: _accepted(proposal_id), told)


def _accepted(proposal_id: UUID) -> OrderProposal:
    form = FormReader(request.form)
    same_brand, based_on = bool(request.form.get("same_brand")), form.version() or 0
    return proposals.accept(signed_in().actor, proposal_id, same_brand=same_brand, based_on=based_on)


@blueprint.post("/order-proposals/<order_proposal:proposal_id>/decline")
@_ALLOWED
def decline(proposal_id: UUID) -> ResponseReturnValue:
    """Decline a change."""
    told = marked("Declined. The order stands as it was sent; the vendor sees that on its page.")
    return _deciding(proposal_id, lambda: proposals.decline(signed_in().actor, proposal_id), told)


@blueprint.post("/purchases/<purchase:purchase_id>/vendor-files")
@_ALLOWED
def bring_file(purchase_id: UUID) -> ResponseReturnValue:
    """Take a vendor's file that a coordinator got by mail."""
    own = purchase_or_404(purchase_id)

    def brought() -> Sentence:
        form = FormReader(request.form)
        vendor_id, file = form.chosen_id("vendor"), request.files.get("file")
        form.checked()
        stream = file.stream if file is not None else io.BytesIO()
        name = file.filename or "" if file is not None else ""
        taken = take_by_hand(signed_in().actor, own, vendor_id, stream, name)
        if not taken.is_new:
            return marked("This file was taken before, so nothing changed.")
        return marked("The file is taken.")

    return done_or_shown(
        brought,
        lambda: url_for(".answers", purchase_id=purchase_id),
        lambda refused: _shown(purchase_or_404(purchase_id), faults_of(refused)),
    )


@blueprint.get("/vendor-files/<vendor_file:file_id>/file")
@_ALLOWED
def vendor_file(file_id: UUID) -> Response:
    """Give a file as a vendor brought it."""
    own = find(VendorFile, file_id)
    stored = find(StoredFile, own.file_id) if own else None
    if stored is None:
        raise NotFound("file")
    return file_answer(stored)


@blueprint.get("/vendor-invoices/<vendor_invoice_file:file_id>/file")
@_ALLOWED
def invoice_file(file_id: UUID) -> Response:
    """Give an invoice as the vendor brought it."""
    own = find(VendorInvoiceFile, file_id)
    stored = find(StoredFile, own.file_id) if own else None
    if stored is None:
        raise NotFound("file")
    return file_answer(stored)


def _deciding(proposal_id: UUID, decide: Callable[[], OrderProposal], told: Sentence) -> ResponseReturnValue:
    own = proposals.proposal_or_404(proposal_id)

    def decided() -> Sentence:
        decide()
        return told

    return done_or_shown(
        decided,
        lambda: url_for(".answers", purchase_id=own.purchase_id),
        lambda refused: _shown(purchase_or_404(own.purchase_id), {"form": [refused.sentence]}),
    )


def _shown(own: Purchase, errors: Mapping[str, Any]) -> str:
    newest = proposals.proposals_of(own.id).order_by(OrderProposal.id.desc()).limit(_SHOWN)
    found = list(db.session.scalars(newest))
    invoices, files = invoice_files(own.id), files_of_purchase(own.id)
    rows = [row for one in found for row in one.consequences.get("programs", [])[:_NAMED]]
    rows += [row for one in found for row in one.consequences.get("substitutes", {}).get("programs", [])[:_NAMED]]
    programs = {UUID(row[0]) for row in rows}
    return render_template(
        "vendors/vendor_answers.html",
        purchase=own,
        waiting=[one for one in found if one.state == ProposalState.WAITING],
        decided=[one for one in found if one.state != ProposalState.WAITING],
        items=_named(PurchaseItem, {one.item_id for one in found}),
        orders=_orders({one.purchase_order_id for one in found}),
        programs={str(key): name for key, name in _named(Program, programs).items()},
        vendors=_vendors({one.vendor_id for one in [*found, *invoices, *files]}),
        untold=_untold(own, found),
        invoices=invoices,
        files=files,
        standings=standings_of(own) if own.shows_result else [],
        typed=request.form,
        meanings={str(one): one.meaning for one in LineStatus},
        choices={str(one): words for one, words in WORDS.items()},
        named=_NAMED,
        errors=errors,
    )


def _untold(own: Purchase, found: Sequence[OrderProposal]) -> set[UUID]:
    """Return the answers that are decided and of whose decision no message could tell the vendor."""
    waiting = {one.answer_id for one in found if one.state == ProposalState.WAITING}
    told = {one.answer_id for one in db.session.scalars(replies_of(own.id))}
    return {one.answer_id for one in found if one.state == ProposalState.DECLINED} - waiting - told


def _named(model: Any, ids: set[UUID]) -> dict[UUID, str]:
    if not ids:
        return {}
    return dict(db.session.execute(select(model.id, model.name).where(one_of(model.id, ids))).tuples().all())


def _orders(ids: set[UUID]) -> dict[UUID, PurchaseOrder]:
    own = PurchaseOrder.tenant_id == session().scope.id, one_of(PurchaseOrder.id, ids)
    return {one.id: one for one in db.session.scalars(select(PurchaseOrder).where(*own))} if ids else {}


def _vendors(ids: set[int]) -> dict[int, str]:
    return dict(db.session.execute(select(Vendor.id, Vendor.name).where(one_of(Vendor.id, ids))).tuples().all())
