"""The list of purchases, and a program's orders in all of them."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select

from carepool.alliances.queries import alliances_by_id
from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.models.closings import MemberBill
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.models.spending import ApprovalState, OrderApproval
from carepool.purchasing.pages.frame import PAGE, blueprint, coordinates, own_programs
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db


@blueprint.get("/")
@needs(Permission.PURCHASES_READ, Permission.ALLIANCES_READ)
def purchases() -> ResponseReturnValue:
    """List the purchases that the person may see; hub staff, who may see none, are led to their alliance."""
    rights = signed_in().rights
    if not rights.may_anywhere(Permission.PURCHASES_READ):
        hubs = rights.alliances_with(Permission.ALLIANCES_READ)
        if len(hubs) == 1:
            return redirect(url_for("alliances_pages.alliance", alliance_id=hubs[0]))
        return redirect(url_for("alliances_pages.alliances"))
    found = page_of(queries.purchases_seen(None), [Purchase.id], request.args.get("cursor"), PAGE, newest_first=True)
    return render_template(
        "purchasing/purchases.html",
        page=found,
        owners=alliances_by_id(one.alliance_id for one in found.rows),
        programs=own_programs(),
        coordinates=coordinates(),
    )


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
        (one.purchase_id, one.program_id): one.total_cents
        for one in (db.session.scalars(bills) if ids else ())
        if one.version == bought[one.purchase_id].close_version
    }
    waiting = {
        (one.purchase_id, one.program_id)
        for one in (db.session.scalars(_waiting(ids).where(OrderApproval.program_id.in_(programs))) if ids else ())
    }
    return render_template(
        "purchasing/my_orders.html", page=found, programs=programs, purchases=bought, owed=owed, waiting=waiting
    )


def _waiting(purchase_ids: set[UUID]) -> Select[Any]:
    """Return the requests for approval that wait in purchases."""
    return select(OrderApproval).where(
        OrderApproval.purchase_id.in_(purchase_ids), OrderApproval.state == ApprovalState.WAITING
    )
