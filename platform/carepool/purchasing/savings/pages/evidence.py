"""Pages on which the coordinator shows what goods cost alone: items with their proof, documents of one item."""

from collections.abc import Mapping
from contextlib import closing
from typing import Any
from uuid import UUID

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Refusal
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing import queries as purchasing
from carepool.purchasing.filling.reads import item_of_or_404
from carepool.purchasing.models.purchases import BaselineKind, Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.pages.frame import items_page
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.purchasing.savings import evidence as verbs
from carepool.purchasing.savings import freezing, queries
from carepool.purchasing.savings.content import SHOWN_KINDS
from carepool.purchasing.savings.models import Evidence
from carepool.purchasing.savings.pages.frame import blueprint
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.requests import signed_in

P = Permission
_OVER = (PurchaseState.SETTLED, PurchaseState.CANCELLED)


@blueprint.get("/purchases/<purchase:purchase_id>/evidence")
@needs(P.PURCHASES_WRITE)
def evidence(purchase_id: UUID) -> ResponseReturnValue:
    """Show the items of a purchase, what each is compared with, and whether that is proved."""
    return _listed(own_purchase(purchase_id), {})


def _listed(own: Purchase, errors: Mapping[str, Any]) -> str:
    items = items_page(own)
    shown = queries.shown_by_evidence(own.id) if own.shows_result else None
    frozen = freezing.freeze_of(own.id)
    return render_template(
        "savings/evidence.html",
        purchase=own,
        items=items,
        proofs=queries.proofs_of(items.rows),
        shown=shown,
        frozen=frozen,
        frozen_by=queries.names_of([frozen.person_id]).get(frozen.person_id, "") if frozen else "",
        may_freeze=frozen is None and freezing.why_not_frozen(own) is None,
        errors=errors,
    )


@blueprint.post("/purchases/<purchase:purchase_id>/savings-freeze")
@needs(P.PURCHASES_WRITE)
def freeze(purchase_id: UUID) -> ResponseReturnValue:
    """Freeze what a purchase saved."""
    own = own_purchase(purchase_id)

    def change() -> Sentence:
        freezing.freeze_savings(signed_in().actor, own.id, tenant_zone())
        return marked("The savings are frozen with your name and this moment.")

    return done_or_shown(
        change,
        lambda: url_for(".evidence", purchase_id=purchase_id),
        lambda refused: _listed(own_purchase(purchase_id), faults_of(refused)),
    )


@blueprint.get("/purchases/<purchase:purchase_id>/evidence/<purchase_item:item_id>")
@needs(P.PURCHASES_WRITE)
def item_evidence(purchase_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Show the documents of an item, and a form to add one."""
    own = own_purchase(purchase_id)
    item = item_of_or_404(own, item_id)
    return _shown(own, item, {"kind": str(item.baseline_kind)}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/evidence/<purchase_item:item_id>")
@needs(P.PURCHASES_WRITE)
def add_evidence(purchase_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Add a document to an item."""
    own = own_purchase(purchase_id)
    item = item_of_or_404(own, item_id)
    form, upload = FormReader(request.form), request.files.get("file")

    def add() -> Sentence:
        facts = {
            "kind": form.choice("kind", BaselineKind, BaselineKind(item.baseline_kind)),
            "day": form.day("day"),
            "source": form.text("source", wanted=True, most=500),
            "vendor_name": form.text("vendor_name"),
            "price_cents": form.cents("price_cents"),
            "whole_contract": request.form.get("whole_contract") == "1",
        }
        if facts["day"] is None:
            form.refuse("day", marked("Write a day such as 2026-11-27."))
        if upload is None or not upload.filename:
            form.refuse("file", marked("Choose the file."))
        form.checked()
        if upload is not None:
            with closing(upload):
                verbs.add_evidence(signed_in().actor, own.id, item.id, facts, upload.stream, upload.filename or "file")
        return marked("The document is kept.")

    def shown(refused: Refusal) -> str:
        again = own_purchase(purchase_id)
        return _shown(again, item_of_or_404(again, item_id), request.form, faults_of(refused))

    return done_or_shown(add, lambda: url_for(".item_evidence", purchase_id=purchase_id, item_id=item_id), shown)


@blueprint.get("/baseline-evidence/<baseline_evidence:evidence_id>")
@needs(P.PURCHASES_WRITE)
def one_evidence(evidence_id: UUID) -> ResponseReturnValue:
    """Show a document with its checksum, and a form to take it back."""
    return _document(_own(evidence_id), {}, {})


@blueprint.post("/baseline-evidence/<baseline_evidence:evidence_id>")
@needs(P.PURCHASES_WRITE)
def withdraw_evidence(evidence_id: UUID) -> ResponseReturnValue:
    """Take a document back."""
    row = _own(evidence_id)
    form = FormReader(request.form)
    why = form.text("reason", wanted=True, most=500)

    def withdraw() -> Sentence:
        form.checked()
        verbs.withdraw_evidence(signed_in().actor, row.id, why)
        return marked("It is taken back. It stays in the list with your reason.")

    return done_or_shown(
        withdraw,
        lambda: url_for(".evidence", purchase_id=row.purchase_id),
        lambda refused: _document(_own(evidence_id), request.form, faults_of(refused)),
    )


@blueprint.get("/baseline-evidence/<baseline_evidence:evidence_id>/file")
@needs(P.PURCHASES_WRITE)
def evidence_file(evidence_id: UUID) -> Response:
    """Give the file of a document as it was sent."""
    return file_answer(queries.evidence_file_or_404(_own(evidence_id)))


def _own(evidence_id: UUID) -> Evidence:
    require(P.PURCHASES_WRITE)
    return verbs.evidence_or_404(evidence_id)


def _document(row: Evidence, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    purchase = purchasing.purchase_or_404(row.purchase_id)
    who = queries.names_of([row.person_id]).get(row.person_id, "")
    facts = {"purchase": purchase, "row": row, "who": who, "over": purchase.state in _OVER}
    return render_template("savings/document.html", **facts, typed=typed, errors=errors)


def _shown(own: Purchase, item: PurchaseItem, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return render_template(
        "savings/item_evidence.html",
        purchase=own,
        item=item,
        pieces=queries.pieces_of(item),
        proof=queries.proofs_of([item])[item.id],
        kinds=[str(kind) for kind in BaselineKind],
        accept=SHOWN_KINDS,
        over=own.state in _OVER,
        typed=typed,
        errors=errors,
    )
