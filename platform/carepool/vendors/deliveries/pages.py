"""Pages on which a coordinator sends a closed purchase's orders to its vendors and sees the proof."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.queries import purchase_or_404
from carepool.sentences import marked
from carepool.vendors.actions import vendor_number
from carepool.vendors.answers.proposals import count_waiting
from carepool.vendors.channels.ways import WAYS, WORDS
from carepool.vendors.deliveries import actions
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import delivery_or_404, is_current, standing_of, standings_of, steps_of
from carepool.vendors.links.actions import revoke_links
from carepool.web.changes import faults_of, made_or_shown
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.partial import is_partial
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.registry import Vendor

blueprint = Blueprint("order_message_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.PURCHASES_WRITE)
_MOVING = (OrderStage.QUEUED, OrderStage.SENDING)


@blueprint.before_request
def _statewide() -> None:
    require(Permission.PURCHASES_WRITE)


@blueprint.get("/purchases/<purchase:purchase_id>/vendor-orders")
@_ALLOWED
def orders(purchase_id: UUID) -> ResponseReturnValue:
    """Show where each vendor stands."""
    return _orders(purchase_or_404(purchase_id), {}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/vendor-orders")
@_ALLOWED
def send(purchase_id: UUID) -> ResponseReturnValue:
    """Send the orders."""
    own = purchase_or_404(purchase_id)
    try:
        queued = actions.send_orders(signed_in().actor, own.id)
    except Refusal as refused:
        return _refused(own.id, refused)
    told = ngettext("%(num)d order is sent.", "%(num)d orders are sent.", queued)
    flash(told if queued else _("Nothing had to be sent."), "success")
    return redirect(url_for(".orders", purchase_id=purchase_id))


@blueprint.post("/purchases/<purchase:purchase_id>/vendor-orders/by-hand")
@_ALLOWED
def by_hand(purchase_id: UUID) -> ResponseReturnValue:
    """Write down that a vendor has its orders from a person."""
    own = purchase_or_404(purchase_id)
    form = FormReader(request.form)
    vendor_id, note = form.id("vendor"), form.text("note", most=500, wanted=True)
    try:
        form.checked()
        if vendor_id is None:
            raise NotFound("vendor")
        actions.mark_by_hand(signed_in().actor, own.id, vendor_number(vendor_id), note)
    except Refusal as refused:
        return _refused(own.id, refused, str(vendor_id))
    flash(_("Written down."), "success")
    return redirect(url_for(".orders", purchase_id=purchase_id))


@blueprint.get("/purchases/<purchase:purchase_id>/vendor-orders/progress")
@_ALLOWED
def progress(purchase_id: UUID) -> ResponseReturnValue:
    """Show where each vendor stands now, as a part of the open page; without a script, the page itself."""
    own = purchase_or_404(purchase_id)
    if not is_partial():
        return redirect(url_for(".orders", purchase_id=own.id))
    return render_template("vendors/standings_part.html", **_facts(own, {}, {}))


@blueprint.get("/order-messages/<order_delivery:delivery_id>")
@_ALLOWED
def message(delivery_id: UUID) -> ResponseReturnValue:
    """Show one message and its proof."""
    return _message(delivery_or_404(delivery_id), {})


@blueprint.post("/order-messages/<order_delivery:delivery_id>/again")
@_ALLOWED
def again(delivery_id: UUID) -> ResponseReturnValue:
    """Send a refused one again."""
    return _changing(delivery_id, lambda: actions.try_again(signed_in().actor, delivery_id))


@blueprint.post("/order-messages/<order_delivery:delivery_id>/other-way")
@_ALLOWED
def other_way(delivery_id: UUID) -> ResponseReturnValue:
    """Send its orders the other way."""
    return _changing(delivery_id, lambda: actions.send_by(signed_in().actor, delivery_id))


@blueprint.post("/order-messages/<order_delivery:delivery_id>/settle")
@_ALLOWED
def settle(delivery_id: UUID) -> ResponseReturnValue:
    """Settle one whose answer was lost."""

    def settling() -> OrderDelivery:
        form = FormReader(request.form)
        if not request.form.get("settlement"):
            form.refuse("settlement", marked("Choose one of the answers."))
        chosen = form.choice("settlement", actions.Settlement, actions.Settlement.SENT)
        delivery_or_404(delivery_id)
        form.checked()
        return actions.settle(signed_in().actor, delivery_id, chosen)

    return _changing(delivery_id, settling)


@blueprint.post("/order-messages/<order_delivery:delivery_id>/revoke-links")
@_ALLOWED
def revoke(delivery_id: UUID) -> ResponseReturnValue:
    """End the links to one."""
    ended = revoke_links(signed_in().actor, delivery_id)
    flash(ngettext("%(num)d link was ended.", "%(num)d links were ended.", ended), "success")
    return redirect(url_for(".message", delivery_id=delivery_id))


def _changing(delivery_id: UUID, change: Callable[[], OrderDelivery]) -> ResponseReturnValue:
    return made_or_shown(
        lambda: (None, url_for(".message", delivery_id=change().id)),
        lambda refused: _message(delivery_or_404(delivery_id), faults_of(refused)),
    )


def _refused(purchase_id: UUID, refused: Refusal, vendor: str = "") -> ResponseReturnValue:
    if isinstance(refused, NotFound):
        raise refused
    db.session.rollback()
    errors = {f"{name}-{vendor}": told for name, told in refused.fields.items()} or {"form": [refused.sentence]}
    return _orders(purchase_or_404(purchase_id), request.form, errors), refused.status


def _facts(own: Purchase, typed: Mapping[str, str], errors: Mapping[str, Any]) -> dict[str, Any]:
    standings = standings_of(own) if own.shows_result else []
    return {
        "purchase": own,
        "standings": standings,
        "moving": any(one.state in _MOVING for one in standings),
        "unsent": [one for one in standings if not one.deliveries and one.terms.channel in WAYS],
        "words": WORDS,
        "waiting": count_waiting(own.id),
        "typed": typed,
        "errors": errors,
    }


def _orders(own: Purchase, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    return render_template("vendors/vendor_orders.html", **_facts(own, typed, errors))


def _message(own: OrderDelivery, errors: Mapping[str, Any]) -> str:
    purchase = find(Purchase, own.purchase_id) if own.purchase_id else None
    standing = standing_of(purchase, own.vendor_id) if purchase and is_current(purchase, own) else None
    current = own.is_test or (standing is not None and not standing.sent)
    taken = {one.channel for one in standing.deliveries} if standing else set()
    fallback = standing.terms.fallback if standing and standing.terms.fallback not in taken else None
    return render_template(
        "vendors/message.html",
        own=own,
        purchase=purchase,
        vendor=db.session.get_one(Vendor, own.vendor_id),
        steps=steps_of(own.id),
        words=WORDS,
        current=current,
        fallback=fallback,
        typed=request.form,
        errors=errors,
    )
