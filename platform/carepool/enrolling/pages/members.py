"""The coordinator's page of who is in a contract: the list, the file for the vendor, and entering a caller."""

from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.enrolling import queries
from carepool.enrolling.actions.listing import members_answer
from carepool.enrolling.models.enrolments import Enrolment, EnrolmentState
from carepool.enrolling.pages.frame import PAGE, blueprint, run_contract
from carepool.enrolling.pages.reading import is_joinable
from carepool.identity.rights import Permission
from carepool.programs.models import Program
from carepool.web.guards import needs
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db

P = Permission
_FOUND = 10


@blueprint.get("/service-contracts/<service_contract:contract_id>/members")
@needs(P.PURCHASES_WRITE)
def members(contract_id: UUID) -> ResponseReturnValue:
    """List the programs of a contract, and find one that is on the phone."""
    own, typed = run_contract(contract_id), request.args.get("state", "")
    state = EnrolmentState(typed) if typed in set(EnrolmentState) else None
    found = page_of(queries.enrolments_of(own.id, state), [Enrolment.program_id], request.args.get("cursor"), PAGE)
    words = request.args.get("words", "").replace("\0", "").strip()[:100]
    return render_template(
        "enrolling/members.html",
        own=own,
        page=found,
        programs=queries.programs_by_id(one.program_id for one in found.rows),
        state=state or "",
        words=words,
        found=_named(words),
        joinable=is_joinable(own),
    )


@blueprint.get("/service-contracts/<service_contract:contract_id>/members.csv")
@needs(P.PURCHASES_WRITE)
def members_file(contract_id: UUID) -> Response:
    """Give the list for the vendor."""
    return members_answer(signed_in().actor, run_contract(contract_id))


def _named(words: str) -> list[Any]:
    if not words:
        return []
    named = Program.name.istartswith(words, autoescape=True) | (Program.licence_number == words)
    return list(db.session.scalars(select(Program).where(named).order_by(Program.name, Program.id).limit(_FOUND)))
