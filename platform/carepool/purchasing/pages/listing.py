"""The list of purchases, and a program's orders in all of them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.models.closings import MemberBill
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.frame import PAGE, blueprint, coordinates, own_programs
from carepool.web.guards import needs
from carepool.web.paging import page_of
from tenants.database import db


@blueprint.get("/")
@needs(Permission.PURCHASES_READ)
def purchases() -> ResponseReturnValue:
    """List the purchases that the person may see."""
    found = page_of(queries.purchases_seen(None), [Purchase.id], request.args.get("cursor"), PAGE, newest_first=True)
    return render_template("purchasing/purchases.html", page=found, programs=own_programs(), coordinates=coordinates())


@blueprint.get("/orders")
@needs(Permission.ORDERS_READ)
def my_orders() -> ResponseReturnValue:
    """List the orders of the person's programs in all purchases, the newest purchase first."""
    programs = {one.id: one for one in own_programs()}
    own = select(ProgramOrder).where(ProgramOrder.program_id.in_(programs))
    keys = [ProgramOrder.purchase_id, ProgramOrder.program_id]
    found = page_of(own, keys, request.args.get("cursor"), PAGE, newest_first=True)
    ids = {one.purchase_id for one in found.rows}
    bought = {one.id: one for one in db.session.scalars(select(Purchase).where(Purchase.id.in_(ids)))} if ids else {}
    bills = select(MemberBill).where(MemberBill.program_id.in_(programs), MemberBill.purchase_id.in_(ids))
    owed = {
        (one.purchase_id, one.program_id): one.goods_cents + one.freight_cents + one.handling_cents
        for one in (db.session.scalars(bills) if ids else ())
        if one.version == bought[one.purchase_id].close_version
    }
    return render_template("purchasing/my_orders.html", page=found, programs=programs, purchases=bought, owed=owed)
