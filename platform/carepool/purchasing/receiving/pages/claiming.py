"""Claims to vendors: what is missing line by line, and what became of each claim."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import Refusal
from carepool.identity.models import Person
from carepool.identity.rights import Permission
from carepool.outbox import Activity
from carepool.purchasing.models.purchase_orders import PurchaseOrder, PurchaseOrderLine
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving import queries
from carepool.purchasing.receiving.actions.claiming import Settling, settle_claim
from carepool.purchasing.receiving.models.claims import ClaimState, VendorClaim
from carepool.purchasing.receiving.models.counting import Receipt, ReceiptPhoto
from carepool.purchasing.receiving.pages.frame import blueprint, own_purchase
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, one_of, session

P = Permission
_PAGE = 25
_TOLD = {
    ClaimState.SENT: marked("It is noted that this claim was sent to the vendor."),
    ClaimState.ACCEPTED: marked("It is noted that the vendor accepted this claim."),
    ClaimState.REFUSED: marked("It is noted that the vendor refused this claim."),
}


@blueprint.get("/purchases/<purchase:purchase_id>/vendor-claims")
@needs(P.PURCHASES_WRITE)
def vendor_claims(purchase_id: UUID) -> ResponseReturnValue:
    """Show what is claimed from the vendors of a purchase, with photos and history."""
    return _shown(own_purchase(purchase_id), {}, {}, None)


@blueprint.post("/vendor-claims/<vendor_claim:claim_id>")
@needs(P.PURCHASES_WRITE)
def settle(claim_id: UUID) -> ResponseReturnValue:
    """Note what became of a claim."""
    require(P.PURCHASES_WRITE)
    claim = queries.vendor_claim_or_404(claim_id)
    purchase_id = claim.purchase_id

    def note() -> Sentence:
        form = FormReader(request.form)
        to = form.choice("act", ClaimState, ClaimState.SENT)
        given = form.cents("accepted_cents") if to == ClaimState.ACCEPTED else None
        note_ = form.text("note", most=500)
        if to not in _TOLD:
            form.refuse("act", marked("Choose one of the answers."))
        form.checked()
        settle_claim(signed_in().actor, claim_id, Settling(to, given, note_), form.version())
        return _TOLD[to]

    def shown(refused: Refusal) -> str:
        errors = {f"{name}-{claim_id}": told for name, told in refused.fields.items()}
        return _shown(own_purchase(purchase_id), errors or {"form": [refused.sentence]}, request.form, claim_id)

    return done_or_shown(note, lambda: url_for(".vendor_claims", purchase_id=purchase_id), shown)


def _shown(own: Purchase, errors: Mapping[str, Any], typed: Mapping[str, str], about: UUID | None) -> str:
    page = page_of(queries.vendor_claims(own), [VendorClaim.id], request.args.get("cursor"), _PAGE)
    order_ids = {one.purchase_order_id for one in page.rows}
    return render_template(
        "receiving/claims.html",
        purchase=own,
        page=page,
        orders=_orders(order_ids),
        lines=_lines(order_ids),
        photos=_photos(order_ids),
        history=_history([one.id for one in page.rows]),
        errors=errors,
        typed=typed,
        about=about,
    )


def _orders(ids: set[UUID]) -> dict[UUID, PurchaseOrder]:
    own = select(PurchaseOrder).where(PurchaseOrder.tenant_id == session().scope.id, one_of(PurchaseOrder.id, ids))
    return {one.id: one for one in db.session.scalars(own)}


def _lines(ids: set[UUID]) -> dict[tuple[UUID, int], PurchaseOrderLine]:
    own = select(PurchaseOrderLine).where(
        PurchaseOrderLine.tenant_id == session().scope.id, one_of(PurchaseOrderLine.purchase_order_id, ids)
    )
    return {(one.purchase_order_id, one.line): one for one in db.session.scalars(own)}


def _photos(ids: set[UUID]) -> dict[tuple[UUID, int], list[ReceiptPhoto]]:
    query = (
        select(Receipt.purchase_order_id, ReceiptPhoto)
        .join(Receipt, (Receipt.tenant_id == ReceiptPhoto.tenant_id) & (Receipt.id == ReceiptPhoto.receipt_id))
        .where(one_of(Receipt.purchase_order_id, ids))
        .order_by(ReceiptPhoto.id)
    )
    found: dict[tuple[UUID, int], list[ReceiptPhoto]] = {}
    for order_id, photo in db.session.execute(query):
        found.setdefault((order_id, photo.line), []).append(photo)
    return found


def _history(ids: list[UUID]) -> dict[UUID, list[tuple[Activity, str]]]:
    """Return what was done about each claim and by whom, the first first."""
    query = (
        select(Activity, Person.name)
        .outerjoin(Person, Person.id == Activity.person_id)
        .where(Activity.subject_kind == "vendor_claim", one_of(Activity.subject_id, ids))
        .order_by(Activity.id)
    )
    found: dict[UUID, list[tuple[Activity, str]]] = {}
    for activity, name in db.session.execute(query):
        found.setdefault(activity.subject_id, []).append((activity, name or ""))
    return found
