"""The list of purchases, and a program's orders in all of them."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from carepool.identity.rights import Permission
from carepool.purchasing import queries
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.frame import PAGE, blueprint, coordinates, own_programs
from carepool.web.guards import needs
from carepool.web.paging import page_of


@blueprint.get("/")
@needs(Permission.PURCHASES_READ)
def purchases() -> ResponseReturnValue:
    """List the purchases that the person may see."""
    found = page_of(queries.purchases_seen(None), [Purchase.id], request.args.get("cursor"), PAGE, newest_first=True)
    return render_template("purchasing/purchases.html", page=found, programs=own_programs(), coordinates=coordinates())
