"""The coordinator sees by how much vendors' minimums are missed, and what can be done: wait, lower, leave out, move orders."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import Invalid, Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.actions import extending, remedies, rolling_over
from carepool.purchasing.minimums.standing import vendors_standing
from carepool.purchasing.models.minimums import Remedy
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.purchasing.queries import contract_or_404
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, local_text
from carepool.web.guards import needs, tenant_zone
from carepool.web.requests import signed_in

P = Permission


@blueprint.get("/purchases/<purchase:purchase_id>/minimums")
@needs(P.PURCHASES_WRITE)
def minimums(purchase_id: UUID) -> ResponseReturnValue:
    """Show how each vendor stands to its minimum, and what can be done."""
    return _shown(own_purchase(purchase_id), {}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/minimums/<contract:contract_id>")
@needs(P.PURCHASES_WRITE)
def remedy_vendor(purchase_id: UUID, contract_id: UUID) -> ResponseReturnValue:
    """Lower a vendor's minimum, leave it out, move its orders, or take such a decision back."""
    own = own_purchase(purchase_id)
    contract = contract_or_404(contract_id)

    def decide() -> Sentence:
        form = FormReader(request.form)
        remedy = None if request.form.get("remedy") == "none" else form.choice("remedy", Remedy, Remedy.LOWER)
        cents, reason = form.cents("minimum_cents"), form.text("reason", wanted=True, most=500)
        form.checked()
        remedies.remedy_vendor(signed_in().actor, own.id, contract.id, remedy, cents, reason, form.version())
        return marked("It is decided and written down. Programs with orders get a message.")

    return _changing(purchase_id, decide, contract_id)


@blueprint.post("/purchases/<purchase:purchase_id>/extend")
@needs(P.PURCHASES_WRITE)
def extend_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Keep a purchase open longer, or open one again that missed its minimum."""
    own = own_purchase(purchase_id)

    def extend() -> Sentence:
        form = FormReader(request.form)
        until = form.instant("until", tenant_zone())
        form.checked()
        if until is None:
            raise Invalid("invalid", marked("Some of what was typed must be mended."))
        extending.extend_purchase(signed_in().actor, own.id, until, form.version())
        return marked("The purchase closes later. Everyone with an order gets a message.")

    return _changing(purchase_id, extend)


@blueprint.post("/purchases/<purchase:purchase_id>/roll-over")
@needs(P.PURCHASES_WRITE)
def roll_over(purchase_id: UUID) -> ResponseReturnValue:
    """Move what could not be bought to a new draft and lead there."""
    own = own_purchase(purchase_id)
    drafts: list[Purchase] = []

    def move() -> Sentence:
        drafts.append(rolling_over.roll_over(signed_in().actor, own.id))
        return marked("This draft takes what could not be bought. Programs confirm when it opens.")

    return done_or_shown(
        move,
        lambda: url_for(".purchase", purchase_id=drafts[0].id),
        lambda refused: _shown(own_purchase(purchase_id), {}, faults_of(refused)),
    )


def _changing(
    purchase_id: UUID, change: Callable[[], Sentence], contract_id: UUID | None = None
) -> ResponseReturnValue:
    def again(refused: Refusal) -> str:
        errors = {f"{name}-{contract_id}" if contract_id else name: told for name, told in faults_of(refused).items()}
        return _shown(own_purchase(purchase_id), request.form, errors, contract_id)

    return done_or_shown(change, lambda: url_for(".minimums", purchase_id=purchase_id), again)


def _shown(own: Purchase, typed: Mapping[str, str], errors: dict[str, Any], deciding: UUID | None = None) -> str:
    return render_template(
        "purchasing/minimums.html",
        purchase=own,
        vendors=vendors_standing(own.id),
        rolled_into=rolling_over.rolled_into(own),
        typed=typed,
        errors=errors,
        deciding=deciding,
        zone=tenant_zone(),
        until=typed.get("until") or local_text(own.closes_at, tenant_zone()),
    )
