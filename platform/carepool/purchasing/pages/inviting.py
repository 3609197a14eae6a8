"""The coordinator chooses who is told of a purchase, sees how many that are, and reminds those with unsent orders."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.errors import NotFound, Refusal
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.purchasing.actions import inviting
from carepool.purchasing.invitations.api import standing_of
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.pages.drafting import typed_counties
from carepool.purchasing.pages.frame import blueprint
from carepool.purchasing.pages.purchase_page import own_purchase
from carepool.sentences import Sentence, marked
from carepool.ui.formats import in_words
from carepool.web.changes import faults_of
from carepool.web.forms import FormReader
from carepool.web.guards import needs
from carepool.web.requests import signed_in
from tenants.database import db
from tenants.vocabularies import ProgramType

P = Permission


@blueprint.get("/purchases/<purchase:purchase_id>/invitation")
@needs(P.PURCHASES_WRITE)
def invitation(purchase_id: UUID) -> ResponseReturnValue:
    """Show whom a purchase tells, how many that are, and whose orders are not sent."""
    return _shown(own_purchase(purchase_id), None, {})


@blueprint.post("/purchases/<purchase:purchase_id>/invitation")
@needs(P.PURCHASES_WRITE)
def choose_invited(purchase_id: UUID) -> ResponseReturnValue:
    """Choose whom to tell; nobody is told by this."""
    own = own_purchase(purchase_id)

    def choose() -> Sentence:
        form = FormReader(request.form)
        known = {str(one) for one in ProgramType}
        facts = {
            "program_types": [one for one in request.form.getlist("program_types") if one in known],
            "counties": typed_counties(form),
            "only_named": bool(request.form.get("only_named")),
        }
        named = _typed_programs(form)
        form.checked()
        inviting.choose_invited(signed_in().actor, own.id, facts, named)
        return marked("Your choice is kept. Nobody was told yet.")

    return _changing(purchase_id, choose)


@blueprint.post("/purchases/<purchase:purchase_id>/invitation/send")
@needs(P.PURCHASES_WRITE)
def invite_now(purchase_id: UUID) -> ResponseReturnValue:
    """Tell those who were chosen and not told yet."""
    own = own_purchase(purchase_id)

    def send() -> Sentence:
        inviting.invite_now(signed_in().actor, own.id)
        return marked("The messages are on their way.")

    return _changing(purchase_id, send)


@blueprint.post("/purchases/<purchase:purchase_id>/remind")
@needs(P.PURCHASES_WRITE)
def remind_now(purchase_id: UUID) -> ResponseReturnValue:
    """Remind those whose orders are not sent."""
    own = own_purchase(purchase_id)

    def remind() -> Sentence:
        made = inviting.remind_now(signed_in().actor, own.id)
        return marked("Reminders to %(programs)s programs are on their way.", programs=made.programs)

    return _changing(purchase_id, remind)


def _typed_programs(form: FormReader) -> list[UUID]:
    """Return the programs named by license number, one a line; one that is not known gets a fault."""
    lines = [one.strip() for one in form.text("named", most=60_000).splitlines()]
    wanted = list(dict.fromkeys(one for one in lines if one))
    if len(wanted) > inviting.MOST_NAMED:
        form.refuse("named", marked("Name at most %(most)s programs.", most=inviting.MOST_NAMED))
        return []
    query = select(Program.licence_number, Program.id).where(
        Program.licence_number.in_(wanted), Program.gone_at.is_(None)
    )
    found = dict(db.session.execute(query).tuples().all()) if wanted else {}
    unknown = [one for one in wanted if one not in found]
    if unknown:
        numbers = ", ".join(unknown[:5])
        form.refuse(
            "named", marked("No program has the license number %(numbers)s. Check how it is written.", numbers=numbers)
        )
    return list(found.values())


def _changing(purchase_id: UUID, change: Callable[[], Sentence]) -> ResponseReturnValue:
    try:
        flash(in_words(change()), "success")
    except NotFound as missing:
        # a program that was named and may not join is a fault of the form, not a missing page
        db.session.rollback()
        sentence = marked("One of these programs may not join this purchase.")
        errors = {"named": [sentence]} if request.form.get("named") else {"form": [missing.sentence]}
        return _shown(own_purchase(purchase_id), request.form, errors), 422
    except Refusal as refused:
        db.session.rollback()
        return _shown(own_purchase(purchase_id), request.form, faults_of(refused)), refused.status
    return redirect(url_for(".invitation", purchase_id=purchase_id))


def _shown(own: Purchase, typed: Mapping[str, str] | None, errors: dict[str, Any]) -> str:
    standing = standing_of(own)
    numbers = select(Program.licence_number).where(Program.id.in_(standing["program_ids"]))
    named = list(db.session.scalars(numbers.order_by(Program.licence_number))) if standing["program_ids"] else []
    kept = {
        "counties": "\n".join(standing["counties"]),
        "named": "\n".join(named),
        "only_named": standing["only_named"],
    }
    return render_template(
        "purchasing/invitation.html",
        purchase=own,
        standing=standing,
        typed=kept if typed is None else typed,
        types=standing["program_types"] if typed is None else request.form.getlist("program_types"),
        errors=errors,
        unsent=inviting.count_unsent(own),
        last=inviting.last_reminder(own.id),
    )
