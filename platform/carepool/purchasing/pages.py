"""Pages of purchasing: the list, a program's order form with the live ladder, the coordinator's purchase and its orders."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.errors import Invalid, NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.programs.queries import program_or_404
from carepool.purchasing import queries
from carepool.purchasing.actions import closing, ordering
from carepool.purchasing.models.closings import DryRun
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchase_orders import PurchaseOrder
from carepool.purchasing.models.purchases import Purchase, PurchaseItem, PurchaseState
from carepool.sentences import marked
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = Blueprint("purchasing_pages", __name__, template_folder="templates")
_PAGE = 25
_FORM_ITEMS = 200


@blueprint.get("/")
@needs(Permission.PURCHASES_READ)
def purchases() -> ResponseReturnValue:
    """List the purchases that the person may see."""
    found = page_of(queries.purchases_seen(None), [Purchase.id], request.args.get("cursor"), _PAGE, newest_first=True)
    return render_template(
        "purchasing/purchases.html", page=found, programs=_own_programs(), coordinates=_coordinates()
    )


@blueprint.get("/purchases/<purchase:purchase_id>")
@needs(Permission.PURCHASES_READ)
def purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Show the coordinator's page; a program's own people are led to their order."""
    own = queries.purchase_or_404(purchase_id)
    if not _coordinates():
        programs = _own_programs()
        if not programs:
            raise NotFound("program")
        return redirect(url_for(".order", purchase_id=own.id, program_id=programs[0].id))
    items = _items(own)
    views = queries.ladders(own.id, [item.id for item in items.rows], {})
    runs = page_of(select(DryRun).where(DryRun.purchase_id == own.id), [DryRun.id], None, 5, newest_first=True)
    orders = page_of(
        queries.purchase_orders(own), [PurchaseOrder.number, PurchaseOrder.id], request.args.get("orders"), _PAGE
    )
    close = queries.last_close_or_404(own) if own.close_version else None
    return render_template(
        "purchasing/purchase.html", purchase=own, items=items, views=views, runs=runs, orders=orders, close=close
    )


@blueprint.post("/purchases/<purchase:purchase_id>/close")
@needs(Permission.PURCHASES_WRITE)
def close_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Close now."""
    require(Permission.PURCHASES_WRITE)
    queries.purchase_or_404(purchase_id)
    closing.begin_close(signed_in().actor, purchase_id)
    flash(_("The purchase is closed. Cases and shares are being worked out; this takes a moment."), "success")
    return redirect(url_for(".purchase", purchase_id=purchase_id))


@blueprint.post("/purchases/<purchase:purchase_id>/try")
@needs(Permission.PURCHASES_WRITE)
def try_close(purchase_id: UUID) -> ResponseReturnValue:
    """Ask for a dry run."""
    require(Permission.PURCHASES_WRITE)
    queries.purchase_or_404(purchase_id)
    closing.ask_dry_run(signed_in().actor, purchase_id)
    flash(_("The dry run was asked for. Load the page again in a moment to see it."), "info")
    return redirect(url_for(".purchase", purchase_id=purchase_id))


@blueprint.get("/purchase-orders/<purchase_order:order_id>")
@needs(Permission.PURCHASES_WRITE)
def purchase_order(order_id: UUID) -> ResponseReturnValue:
    """Show one purchase order, ready to print."""
    require(Permission.PURCHASES_WRITE)
    own = queries.purchase_order_or_404(order_id)
    return render_template("purchasing/purchase_order.html", order=own, lines=queries.purchase_order_lines(own))


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


def _items(own: Purchase) -> Any:
    query = select(PurchaseItem).where(PurchaseItem.purchase_id == own.id)
    return page_of(query, [PurchaseItem.name, PurchaseItem.id], request.args.get("cursor"), _PAGE)


def _own_programs() -> list[Program]:
    ids = signed_in().rights.program_ids
    return list(db.session.scalars(select(Program).where(Program.id.in_(ids)).order_by(Program.name))) if ids else []


def _coordinates() -> bool:
    return signed_in().rights.may(Permission.PURCHASES_WRITE)
