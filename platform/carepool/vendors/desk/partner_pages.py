"""The page on which a state gives a vendor a desk and chooses what is shown there."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from carepool.errors import NotFound
from carepool.identity.rights import Permission
from carepool.sentences import Sentence, marked
from carepool.vendors.desk import partners
from carepool.vendors.desk.addresses import address_at
from carepool.vendors.desk.models import NOTICE_DAYS
from carepool.vendors.desk.publishing import partner_of
from carepool.vendors.terms.actions import contract_of
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.requests import signed_in
from tenants.database import db, session
from tenants.registry import Vendor, desk_host_of

blueprint = Blueprint("desk_partner_pages", __name__, template_folder="../templates")
_ALLOWED = needs(Permission.CATALOGS_WRITE)


@blueprint.before_request
def _statewide() -> None:
    require(Permission.CATALOGS_WRITE)


@blueprint.get("/vendors/<contract:contract_id>/desk")
@_ALLOWED
def desk(contract_id: UUID) -> ResponseReturnValue:
    """Show whether the vendor has a desk, and what this state shows there."""
    return _shown(contract_id, {}, {})


@blueprint.post("/vendors/<contract:contract_id>/desk")
@_ALLOWED
def give(contract_id: UUID) -> ResponseReturnValue:
    """Give the vendor a desk."""

    def giving() -> Sentence:
        form = request.form
        partners.give_desk(signed_in().actor, contract_id, form.get("name", ""), form.get("email", ""))
        return marked("Done. The vendor sees your orders at its desk in a moment.")

    return _answer(contract_id, giving)


@blueprint.post("/vendors/<contract:contract_id>/desk/settings")
@_ALLOWED
def change(contract_id: UUID) -> ResponseReturnValue:
    """Choose what is shown at the desk."""

    def changing() -> Sentence:
        own = partner_of(contract_of(contract_id).vendor_id)
        if own is None:
            raise NotFound("desk")
        form = FormReader(request.form)
        days = form.whole("notice_days", 0, partners.MOST_NOTICE)
        form.checked()
        facts = {
            "shown": "shown" in request.form,
            "shares_forecast": "shares_forecast" in request.form,
            "notice_days": NOTICE_DAYS if days is None else days,
        }
        partners.change_partner(signed_in().actor, own.id, facts, form.version())
        return marked("Saved.")

    return _answer(contract_id, changing)


def _answer(contract_id: UUID, change: Any) -> ResponseReturnValue:
    return done_or_shown(
        change,
        lambda: url_for(".desk", contract_id=contract_id),
        lambda refused: _shown(contract_id, request.form, faults_of(refused)),
    )


def _shown(contract_id: UUID, typed: Mapping[str, str], errors: Mapping[str, Any]) -> str:
    contract = contract_of(contract_id)
    vendor = db.session.get_one(Vendor, contract.vendor_id)
    host = desk_host_of(vendor.id)
    return render_template(
        "vendors/desk.html",
        contract=contract,
        vendor=vendor,
        own=partner_of(vendor.id),
        address=address_at(host, "desk_pages.orders") if host else "",
        may_open=vendor.registered_by == session().scope.id,
        typed=typed,
        errors=errors,
        most=partners.MOST_NOTICE,
    )
