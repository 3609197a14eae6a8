"""The list of service contracts, one contract, and the files of its documents."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

from carepool.clock import today_here
from carepool.enrolling import queries
from carepool.enrolling.actions.carrying import renewal_of
from carepool.enrolling.actions.documents import documents_of
from carepool.enrolling.models.contracts import ContractState, ServiceContract
from carepool.enrolling.pages.frame import PAGE, blueprint
from carepool.enrolling.schedule import late_start
from carepool.enrolling.standing import rate_rows, standing_of
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing.pages.frame import coordinates, own_programs
from carepool.web.guards import needs
from carepool.web.paging import page_of
from tenants.database import database_now

P = Permission


@blueprint.get("/service-contracts")
@needs(P.PURCHASES_READ)
def contracts() -> ResponseReturnValue:
    """List the contracts, the newest first, and how the person's programs stand in them."""
    cursor = request.args.get("cursor")
    found = page_of(queries.contracts_seen(), [ServiceContract.id], cursor, PAGE, newest_first=True)
    programs, ids, today = own_programs(), [one.id for one in found.rows], today_here()
    counts = queries.counts_of(ids)
    return render_template(
        "enrolling/contracts.html",
        page=found,
        programs=programs,
        vendors=queries.vendors_of(found.rows),
        standings={one.id: standing_of(one, counts[one.id], today) for one in found.rows},
        enrolments=queries.own_enrolments(ids, [one.id for one in programs]),
        coordinates=coordinates(),
    )


@blueprint.get("/service-contracts/<service_contract:contract_id>")
@needs(P.PURCHASES_READ)
def contract(contract_id: UUID) -> ResponseReturnValue:
    """Show a contract."""
    return contract_shown(queries.contract_or_404(contract_id), {}, {})


def contract_shown(own: ServiceContract, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    """Return the page of a contract, with what was typed into its forms and what is wrong with it."""
    programs = own_programs()
    return render_template(
        "enrolling/contract.html",
        own=own,
        vendor=queries.vendors_of([own])[own.vendor_id],
        standing=standing_of(own, queries.counts_of([own.id])[own.id], today_here()),
        rates=rate_rows(own.id),
        documents=documents_of(own.id),
        programs=programs,
        enrolments=queries.own_enrolments([own.id], [one.id for one in programs]),
        joinable=is_joinable(own),
        renewal=renewal_of(own.id) if coordinates() else None,
        coordinates=coordinates(),
        typed=typed,
        errors=errors,
    )


def is_joinable(own: ServiceContract) -> bool:
    """Tell whether programs can enroll in a contract now."""
    if own.state == ContractState.OPEN:
        return own.opens_at <= database_now() < own.closes_at
    late = own.state == ContractState.AGREED and own.late_join
    return late and late_start(own.starts_on, own.ends_on, today_here()) is not None


@blueprint.get("/service-documents/<service_document:document_id>/file")
@needs(P.PURCHASES_READ)
def document_file(document_id: UUID) -> Response:
    """Give a document as it was sent."""
    return file_answer(queries.file_of(queries.document_or_404(document_id)))
