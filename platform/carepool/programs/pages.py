"""Pages of programs: the list with its filters, one program with its people and orders, and adding one by hand."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.alliances.queries import alliances_of
from carepool.errors import Refusal
from carepool.identity.queries import roles_in
from carepool.identity.rights import InProgram, Permission
from carepool.programs import actions, queries, words
from carepool.programs.models import LegalEntity, Program
from carepool.purchasing.models.orders import ProgramOrder
from carepool.purchasing.models.purchases import Purchase
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.vocabularies import LicenceStatus, ProgramType

blueprint = Blueprint("programs_pages", __name__, template_folder="templates")
_PAGE = 25
_FILTERS = ("search", "type", "county", "status")


@blueprint.get("/programs")
@needs(Permission.PROGRAMS_READ)
def programs() -> ResponseReturnValue:
    """List the programs that the person may see, by name."""
    asked = {name: text for name in _FILTERS if (text := request.args.get(name, "").replace("\0", "").strip())}
    seen = queries.programs_seen(asked)
    found = page_of(seen, [Program.name, Program.id], request.args.get("cursor"), _PAGE)
    return render_template(
        "programs/programs.html",
        page=found,
        asked=asked,
        counties=queries.counties(),
        types=words.TYPES,
        statuses=words.STATUSES,
        may_add=signed_in().rights.may(Permission.PROGRAMS_WRITE),
    )


@blueprint.get("/programs/new")
@needs(Permission.PROGRAMS_WRITE)
def new_program() -> ResponseReturnValue:
    """Ask for the facts of a program that no roster holds."""
    require(Permission.PROGRAMS_WRITE)
    return _new_form({}, {})


@blueprint.post("/programs/new")
@needs(Permission.PROGRAMS_WRITE)
def add() -> ResponseReturnValue:
    """Add a program."""
    require(Permission.PROGRAMS_WRITE)
    try:
        program = actions.add_program(signed_in().actor, _facts(FormReader(request.form)))
    except Refusal as refused:
        db.session.rollback()
        return _new_form(request.form, refused.fields), refused.status
    flash(_("The program was added. Now invite its director."), "success")
    return redirect(url_for(".program", program_id=program.id))


def _facts(form: FormReader) -> dict[str, Any]:
    """Read what was typed. Raises Invalid naming the fields."""
    facts: dict[str, Any] = {
        "licence_number": form.text("licence_number", most=60, wanted=True),
        "name": form.text("name", wanted=True),
        "type": form.choice("type", ProgramType, ProgramType.OTHER),
        "status": form.choice("status", LicenceStatus, LicenceStatus.UNKNOWN),
        "capacity": form.whole("capacity", 1, 100_000),
        "email": form.email("email"),
        "zip": form.text("zip", most=10),
        "phone": form.text("phone", most=40),
    }
    facts |= {name: form.text(name) for name in ("legal_entity", "street", "city", "county", "contact_name")}
    form.checked()
    return facts


def _new_form(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    return render_template("programs/new.html", typed=typed, errors=errors, types=words.TYPES, statuses=words.STATUSES)


@blueprint.get("/programs/<program:program_id>")
@needs(Permission.PROGRAMS_READ)
def program(program_id: UUID) -> ResponseReturnValue:
    """Show one program, its people and its orders, as far as the person may see them."""
    own = queries.program_or_404(program_id)
    rights = signed_in().rights
    orders = None
    if rights.may(Permission.ORDERS_READ, own.id):
        made = select(ProgramOrder).where(ProgramOrder.program_id == own.id)
        orders = page_of(made, [ProgramOrder.purchase_id], request.args.get("cursor"), _PAGE, newest_first=True)
    ids = [order.purchase_id for order in orders.rows] if orders else []
    purchases = {one.id: one for one in db.session.scalars(select(Purchase).where(Purchase.id.in_(ids)))} if ids else {}
    return render_template(
        "programs/program.html",
        program=own,
        owner=find(LegalEntity, own.legal_entity_id) if own.legal_entity_id else None,
        alliances=alliances_of(own.id),
        opens_alliances=rights.may(Permission.ALLIANCES_READ),
        orders=orders,
        purchases=purchases,
        people=roles_in(InProgram(own.id)) if rights.may(Permission.PEOPLE_READ) else None,
        may_invite=rights.may(Permission.PEOPLE_WRITE),
        types=words.TYPES,
        statuses=words.STATUSES,
    )
