"""The coordinator drafts a purchase: terms, delivery points, items out of the catalogs; opens, copies or cancels it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.alliances.queries import going_on
from carepool.clock import now
from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing import queries
from carepool.purchasing.actions import copying, purchases
from carepool.purchasing.allocation import Policy
from carepool.purchasing.charges import ShareRule
from carepool.purchasing.minimums.rules import MOST_DAYS
from carepool.purchasing.models.purchases import BaselineKind, MinimumRule, Purchase
from carepool.purchasing.pages.frame import blueprint, owner_of
from carepool.purchasing.pages.purchase_page import changing, own_purchase, to_purchase
from carepool.purchasing.sales_tax.rates import LARGEST_RATE
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of
from carepool.web.forms import FormReader, amount_text, local_text, rate_text
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.requests import signed_in
from tenants.database import db
from tenants.vocabularies import ProgramType

P = Permission


@blueprint.get("/purchases/new")
@needs(P.PURCHASES_WRITE)
def new_purchase() -> ResponseReturnValue:
    """Show the form of a new purchase: it would open now and close in two weeks."""
    require(P.PURCHASES_WRITE)
    at, zone = now(), tenant_zone()
    typed = {"opens_at": local_text(at, zone), "closes_at": local_text(at + timedelta(days=14), zone)}
    return _terms_form(None, typed, {})


@blueprint.post("/purchases/new")
@needs(P.PURCHASES_WRITE)
def draft_purchase() -> ResponseReturnValue:
    """Draft a purchase."""
    require(P.PURCHASES_WRITE)
    try:
        made = purchases.draft_purchase(signed_in().actor, _typed_terms())
    except Refusal as refused:
        return _terms_form(None, request.form, faults_of(refused)), refused.status
    flash(_("The draft is kept. Now add where the goods go and what can be ordered."), "success")
    return to_purchase(made.id)


@blueprint.get("/purchases/<purchase:purchase_id>/terms")
@needs(P.PURCHASES_WRITE)
def terms(purchase_id: UUID) -> ResponseReturnValue:
    """Show the terms of a draft, to be changed."""
    own = own_purchase(purchase_id)
    return _terms_form(own, _as_typed(own), {})


@blueprint.post("/purchases/<purchase:purchase_id>/terms")
@needs(P.PURCHASES_WRITE)
def change_terms(purchase_id: UUID) -> ResponseReturnValue:
    """Change the terms of a draft."""
    own = own_purchase(purchase_id)

    def change() -> Sentence:
        facts, based_on = _typed_terms(), FormReader(request.form).version()
        purchases.change_terms(signed_in().actor, own.id, facts, based_on)
        return marked("The terms were changed.")

    return done_or_shown(
        change,
        lambda: url_for(".purchase", purchase_id=purchase_id),
        lambda refused: _terms_form(own_purchase(purchase_id), request.form, faults_of(refused)),
    )


@blueprint.post("/purchases/<purchase:purchase_id>/points")
@needs(P.PURCHASES_WRITE)
def add_point(purchase_id: UUID) -> ResponseReturnValue:
    """Add a delivery point to a draft."""
    own = own_purchase(purchase_id)

    def add() -> Sentence:
        form = FormReader(request.form)
        kind = "door" if request.form.get("kind") == "door" else "site"
        name = form.text("name", wanted=kind == "site") or _("At each program's door")
        told = ("address", "hours", "receiving_hours", "dock", "contact")
        facts = {"kind": kind, "name": name, **{one: form.text(one) for one in told}}
        form.checked()
        purchases.add_delivery_point(signed_in().actor, own.id, facts)
        return marked("%(name)s was added.", name=facts["name"])

    return changing(purchase_id, add)


@blueprint.post("/purchases/<purchase:purchase_id>/points/<delivery_point:point_id>/out")
@needs(P.PURCHASES_WRITE)
def take_point_out(purchase_id: UUID, point_id: UUID) -> ResponseReturnValue:
    """Take a delivery point out of a draft."""
    own = own_purchase(purchase_id)

    def take() -> Sentence:
        purchases.take_point_out(signed_in().actor, own.id, point_id)
        return marked("It was taken out.")

    return changing(purchase_id, take)


@blueprint.post("/purchases/<purchase:purchase_id>/items/<catalog_item:catalog_item_id>/add")
@needs(P.PURCHASES_WRITE)
def add_item(purchase_id: UUID, catalog_item_id: UUID) -> ResponseReturnValue:
    """Put a catalog item into a draft, with its limit and baseline."""
    own = own_purchase(purchase_id)
    item = queries.catalog_item_or_404(catalog_item_id)

    def add() -> Sentence:
        form = FormReader(request.form)
        wanted = {
            "catalog_item_id": item.id,
            "eaches_per_place": form.whole("eaches_per_place", least=1, most=10_000),
            "baseline_kind": form.choice("baseline_kind", BaselineKind, BaselineKind.VENDOR_LIST),
            "baseline_cents": form.cents("baseline"),
        }
        form.checked()
        purchases.add_items(signed_in().actor, own.id, [wanted])
        return marked("%(name)s was added.", name=item.name)

    return changing(purchase_id, add, {"items.0.baseline_cents": "baseline"}, item.id)


@blueprint.post("/purchases/<purchase:purchase_id>/items/<purchase_item:item_id>/out")
@needs(P.PURCHASES_WRITE)
def take_item_out(purchase_id: UUID, item_id: UUID) -> ResponseReturnValue:
    """Take an item out of a draft."""
    own = own_purchase(purchase_id)

    def take() -> Sentence:
        purchases.take_item_out(signed_in().actor, own.id, item_id)
        return marked("It was taken out.")

    return changing(purchase_id, take)


@blueprint.post("/purchases/<purchase:purchase_id>/open")
@needs(P.PURCHASES_WRITE)
def open_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Open a draft for orders."""
    own = own_purchase(purchase_id)

    def begin() -> Sentence:
        number = purchases.open_purchase(signed_in().actor, own.id).number
        return marked(
            "The purchase is open. Its number is %(number)s; the invited programs get a message.", number=number
        )

    return changing(purchase_id, begin)


@blueprint.post("/purchases/<purchase:purchase_id>/cancel")
@needs(P.PURCHASES_WRITE)
def cancel_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Cancel a purchase, after the question was answered."""
    own = own_purchase(purchase_id)

    def cancel() -> Sentence:
        form = FormReader(request.form)
        if request.form.get("sure") != "1":
            form.refuse("sure", marked("Tick the box if you want to cancel this purchase."))
        form.checked()
        purchases.cancel_purchase(signed_in().actor, own.id)
        return marked("The purchase was canceled.")

    return changing(purchase_id, cancel)


@blueprint.post("/purchases/<purchase:purchase_id>/copy")
@needs(P.PURCHASES_WRITE)
def copy_purchase(purchase_id: UUID) -> ResponseReturnValue:
    """Draft the same purchase again."""
    made = copying.copy_purchase(signed_in().actor, own_purchase(purchase_id).id)
    flash(_("This is a new draft with the same terms, places and items. Check the dates."), "success")
    return redirect(url_for(".terms", purchase_id=made.id))


def _terms_form(own: Purchase | None, typed: Mapping[str, Any], errors: dict[str, Any]) -> str:
    lists = getattr(typed, "getlist", None)
    chosen = lists("program_types") if lists else typed.get("program_types", [])
    owners, now_owned = going_on(), owner_of(own) if own else None
    if now_owned is not None and now_owned not in owners:
        # it ended; kept, so that the purchase does not become the state's unseen
        owners.append(now_owned)
    return render_template(
        "purchasing/terms.html",
        purchase=own,
        typed=typed,
        types=chosen,
        owners=owners,
        errors=errors,
        zone=tenant_zone(),
    )


def _as_typed(own: Purchase) -> dict[str, Any]:
    zone = tenant_zone()
    return {
        "title": own.title,
        "alliance_id": own.alliance_id or "",
        "opens_at": local_text(own.opens_at, zone),
        "closes_at": local_text(own.closes_at, zone),
        "program_types": own.program_types,
        "counties": "\n".join(own.counties),
        "shortage_policy": own.shortage_policy,
        "freight_cents": amount_text(own.freight_cents),
        "freight_rule": own.freight_rule,
        "handling_cents": amount_text(own.handling_cents),
        "handling_rule": own.handling_rule,
        "tax": rate_text(own.tax_millionths),
        "minimum_rule": own.minimum_rule,
        "extend_days": own.extend_days or "",
    }


def _typed_terms() -> dict[str, Any]:
    """Read the form of the terms. Raises Invalid naming the fields."""
    form, zone = FormReader(request.form), tenant_zone()
    opens_at, closes_at = form.instant("opens_at", zone), form.instant("closes_at", zone)
    known = {str(one) for one in ProgramType}
    facts = {
        "title": form.text("title", wanted=True),
        "alliance_id": form.id("alliance_id"),
        "opens_at": opens_at,
        "closes_at": closes_at,
        "program_types": [one for one in request.form.getlist("program_types") if one in known],
        "counties": typed_counties(form),
        "shortage_policy": form.choice("shortage_policy", Policy, Policy.PROPORTIONAL),
        "freight_cents": form.cents("freight_cents") or 0,
        "freight_rule": form.choice("freight_rule", ShareRule, ShareRule.BY_VALUE),
        "handling_cents": form.cents("handling_cents") or 0,
        "handling_rule": form.choice("handling_rule", ShareRule, ShareRule.EQUAL),
        "tax_millionths": form.millionths("tax", LARGEST_RATE) or 0,
        "minimum_rule": form.choice("minimum_rule", MinimumRule, MinimumRule.FAIL),
        "extend_days": form.whole("extend_days", most=MOST_DAYS) or 0,
    }
    form.checked()
    return facts


def typed_counties(form: FormReader) -> list[str]:
    """Return the counties, one a line, as the roster writes them; one where no program is gets a fault."""
    lines = [one.strip() for one in form.text("counties", most=20_000).splitlines()]
    wanted = list(dict.fromkeys(one for one in lines if one))
    if not wanted:
        return []
    found = {one.casefold(): one for one in db.session.scalars(select(Program.county).distinct())}
    unknown = [one for one in wanted if one.casefold() not in found]
    if unknown:
        names = ", ".join(unknown[:5])
        form.refuse("counties", marked("No program is in %(counties)s. Check how it is written.", counties=names))
    return [found[one.casefold()] for one in wanted if one.casefold() in found]
