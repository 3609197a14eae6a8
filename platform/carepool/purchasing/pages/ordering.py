"""A program's order: the form with the live ladders, and after the close what it got and why."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.errors import Invalid, Refusal
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions import ordering
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.purchasing.pages.frame import blueprint
from carepool.sentences import marked
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import db, find

_FORM_ITEMS = 200


@blueprint.get("/purchases/<purchase:purchase_id>/orders/<program:program_id>")
@needs(Permission.ORDERS_READ)
def order(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Show a program's order form, or what it got after the close."""
    return _order_form(purchase_id, program_id, {}, {})


@blueprint.post("/purchases/<purchase:purchase_id>/orders/<program:program_id>")
@needs(Permission.ORDERS_WRITE)
def save_order(purchase_id: UUID, program_id: UUID) -> ResponseReturnValue:
    """Place, keep or withdraw the order."""
    own = queries.purchase_or_404(purchase_id)
    program_or_404(program_id, Permission.ORDERS_WRITE)
    by, form = signed_in().actor, request.form
    try:
        version = int(form["version"]) if form.get("version", "").isdecimal() else None
        if form.get("act") == "withdraw":
            ordering.withdraw_order(by, own.id, program_id, version)
            flash(_("Your order was taken back. What you typed is kept as a draft."), "success")
        else:
            lines = _typed(own)
            placed = form.get("act") == "place"
            point = UUID(form["point"]) if form.get("point") else None
            ordering.save_order(by, own.id, program_id, point, lines, place=placed, based_on=version)
            flash(
                _("Your order is in. You can change it until the close.") if placed else _("Your draft is kept."),
                "success",
            )
    except Refusal as refused:
        db.session.rollback()
        return _order_form(
            purchase_id, program_id, refused.fields or {"form": [refused.sentence]}, dict(form)
        ), refused.status
    return redirect(url_for(".order", purchase_id=own.id, program_id=program_id))


def _typed(own: Purchase) -> list[ordering.Line]:
    """Read the form's boxes `wanted.<item>` and `extra.<item>`. Raises Invalid naming the box."""
    lines = []
    for item in _all_items(own):
        counts = []
        for name in ("wanted", "extra"):
            text = request.form.get(f"{name}.{item.id}", "").strip() or "0"
            if not text.isdecimal() or len(text) > 7:
                sentence = marked("Write a whole number, such as 12.")
                raise Invalid("not-a-number", sentence, {f"{name}.{item.id}": [sentence]})
            counts.append(int(text))
        if any(counts):
            lines.append(ordering.Line(item.id, *counts))
    return lines


def _order_form(purchase_id: UUID, program_id: UUID, errors: Mapping[str, Any], typed: Mapping[str, str]) -> str:
    own = queries.purchase_or_404(purchase_id)
    program = program_or_404(program_id, Permission.ORDERS_READ)
    placed = find(ProgramOrder, own.id, program.id)
    items = _all_items(own)
    counted = {line.item_id: line for line in ordering.placed_lines(own.id, program.id)}
    unsent = {line.item_id: line for line in ordering.draft_lines(own.id, program.id)}
    shown = unsent or counted
    views = queries.ladders(own.id, [item.id for item in items], {one: line.wanted for one, line in shown.items()})
    result = queries.result_of(own, program.id) if own.close_version else None
    return render_template(
        "purchasing/order.html",
        purchase=own,
        program=program,
        order=placed,
        items=items,
        lines=shown,
        has_unsent=bool(unsent),
        views=views,
        points=queries.delivery_points(own.id),
        errors=_on_boxes(errors, items, typed),
        typed=typed,
        result=result,
        open=own.state == PurchaseState.OPEN,
        may_order=signed_in().rights.may(Permission.ORDERS_WRITE, program.id),
    )


def _on_boxes(errors: Mapping[str, Any], items: list[PurchaseItem], typed: Mapping[str, str]) -> dict[str, Any]:
    """Put the sentences of `lines.<place>.<field>` on the boxes of the form."""
    asked = [
        item
        for item in items
        if any(typed.get(f"{n}.{item.id}", "0").strip() not in ("", "0") for n in ("wanted", "extra"))
    ]
    placed: dict[str, Any] = {}
    for name, sentences in errors.items():
        part = name.split(".")
        if part[0] == "lines" and len(part) == 3 and int(part[1]) < len(asked):
            name = f"wanted.{asked[int(part[1])].id}"
        elif name == "delivery_point_id":
            name = "point"
        placed[name] = sentences
    return placed


def _all_items(own: Purchase) -> list[PurchaseItem]:
    """Return the items of the form; a purchase of more items is ordered through the API."""
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == own.id)
    return list(db.session.scalars(query.order_by(PurchaseItem.name, PurchaseItem.id).limit(_FORM_ITEMS)))
