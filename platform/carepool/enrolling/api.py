"""JSON routes of service contracts."""

from contextlib import closing as shut
from typing import Any
from uuid import UUID

from flask import Response, jsonify, make_response
from flask.views import MethodView

from carepool.clock import today_here
from carepool.enrolling import queries, schemas
from carepool.enrolling.actions import carrying, closing, contracts, documents, joining, listing
from carepool.enrolling.models.contracts import ServiceContract, ServiceDocument
from carepool.enrolling.models.enrolments import Enrolment
from carepool.enrolling.standing import cost_of, standing_of
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.programs.queries import program_or_404, rights_or_404
from carepool.ui.formats import spoken_language
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tag
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("enrolling", __name__, description="Service contracts and enrollments")
P = Permission
_CONTRACT = schemas.ServiceContractOut()
_ENROLMENT = schemas.EnrolmentWhole()
_NAMES = [name for name in _CONTRACT.fields if name not in ("vendor_id", "vendor_name", "standing")]


def _run(contract_id: UUID) -> ServiceContract:
    require(P.PURCHASES_WRITE)
    return queries.contract_or_404(contract_id)


def _bodies(rows: list[ServiceContract]) -> list[dict[str, Any]]:
    vendors, counts, today = queries.vendors_of(rows), queries.counts_of(one.id for one in rows), today_here()
    return [
        {
            **{name: getattr(one, name) for name in _NAMES},
            "vendor_id": vendors[one.vendor_id].public_id,
            "vendor_name": vendors[one.vendor_id].name,
            "standing": standing_of(one, counts[one.id], today),
        }
        for one in rows
    ]


def _answer(own: ServiceContract, status: int = 200) -> Response:
    return tag(make_response(jsonify(_CONTRACT.dump(_bodies([own])[0])), status), own.version)


def _enrolment(own: ServiceContract, row: Enrolment, status: int = 200) -> Response:
    members = queries.counts_of([own.id])[own.id]
    body = {
        **{name: getattr(row, name) for name in schemas.EnrolmentOut().fields},
        "cost": cost_of(own, row, members),
        "signatures": [one for one, _ in queries.signatures_of(own.id, row.program_id)],
    }
    return tag(make_response(jsonify(_ENROLMENT.dump(body)), status), row.version)


@blueprint.route("/service-contracts")
class ServiceContracts(MethodView):
    """Contracts for services in which programs enroll."""

    @needs(P.PURCHASES_READ)
    @blueprint.arguments(schemas.ServiceContractQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ServiceContractOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the contracts, the newest first; drafts only for coordinators."""
        seen = queries.contracts_seen(query["state"])
        found = page_of(seen, [ServiceContract.id], query["cursor"], query["limit"], newest_first=True)
        return {"items": _bodies(found.rows), "next_cursor": found.next_cursor}

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ServiceContractIn)
    @idempotent
    @blueprint.response(201, schemas.ServiceContractOut)
    def post(self, body: dict[str, Any]) -> Response:
        """Draft a contract; nobody sees it before it opens."""
        require(P.PURCHASES_WRITE)
        return _answer(contracts.draft_contract(signed_in().actor, body), 201)


@blueprint.route("/service-contracts/<service_contract:contract_id>")
class OneServiceContract(MethodView):
    """One contract."""

    @needs(P.PURCHASES_READ)
    @blueprint.response(200, schemas.ServiceContractOut)
    def get(self, contract_id: UUID) -> Response:
        """Read a contract and how it stands; the ETag is its version."""
        return _answer(queries.contract_or_404(contract_id))

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ServiceContractIn)
    @idempotent
    @blueprint.response(200, schemas.ServiceContractOut)
    def put(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Replace the terms of a draft; send If-Match with the ETag that you read."""
        own = _run(contract_id)
        return _answer(contracts.change_contract(signed_in().actor, own.id, body, based_on()))


@blueprint.route("/service-contracts/<service_contract:contract_id>/open")
class Opening(MethodView):
    """Putting a contract on offer."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.ServiceContractOut)
    def post(self, contract_id: UUID) -> Response:
        """Open the window of a draft; every program gets a message."""
        return _answer(contracts.open_contract(signed_in().actor, _run(contract_id).id))


@blueprint.route("/service-contracts/<service_contract:contract_id>/close")
class Closing(MethodView):
    """Closing a window before its time."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.ServiceContractOut)
    def post(self, contract_id: UUID) -> Response:
        """Count the members and find the rate, or do what was chosen for too few; send If-Match with the ETag.

        A window whose time has come closes by itself.
        """
        return _answer(closing.close_contract(signed_in().actor, _run(contract_id).id, based_on()))


@blueprint.route("/service-contracts/<service_contract:contract_id>/cancellation")
class Cancelling(MethodView):
    """Canceling a contract."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.CancellationIn)
    @idempotent
    @blueprint.response(200, schemas.ServiceContractOut)
    def post(self, body: dict[str, Any], contract_id: UUID) -> Response:
        """Cancel a contract that is not over; one that runs ends today. Its members read the reason."""
        return _answer(contracts.cancel_contract(signed_in().actor, _run(contract_id).id, body["reason"]))


@blueprint.route("/service-contracts/<service_contract:contract_id>/renewal")
class Renewing(MethodView):
    """The next term."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.ServiceContractOut)
    def post(self, contract_id: UUID) -> Response:
        """Get the draft of the next term, with the same terms and documents; when it opens, members confirm."""
        return _answer(carrying.renew_contract(signed_in().actor, _run(contract_id).id))


@blueprint.route("/service-contracts/<service_contract:contract_id>/documents")
class Documents(MethodView):
    """Documents to be signed."""

    @needs(P.PURCHASES_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ServiceDocumentOut))
    def get(self, query: dict[str, Any], contract_id: UUID) -> dict[str, Any]:
        """List the documents, older versions among them."""
        own = queries.contract_or_404(contract_id)
        return listed(queries.documents_in(own.id), [ServiceDocument.id], query)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ServiceDocumentForm, location="form")
    @blueprint.arguments(schemas.ServiceDocumentFile, location="files")
    @blueprint.response(201, schemas.ServiceDocumentOut)
    def post(self, form: dict[str, Any], files: dict[str, Any], contract_id: UUID) -> ServiceDocument:
        """Add a PDF, or a newer version of one, until somebody signed. The same one sent twice is kept once."""
        own, upload = _run(contract_id), files["file"]
        with shut(upload):
            name = upload.filename or "document.pdf"
            return documents.add_document(signed_in().actor, own.id, form["name"], upload.stream, name)


@blueprint.route("/service-documents/<service_document:document_id>")
class OneDocument(MethodView):
    """One version of a document."""

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(204)
    def delete(self, document_id: UUID) -> None:
        """Ask for this signature no longer; the file is kept."""
        require(P.PURCHASES_WRITE)
        documents.take_document_out(signed_in().actor, queries.document_or_404(document_id).id)


@blueprint.route("/service-documents/<service_document:document_id>/file")
class DocumentFile(MethodView):
    """The file of a document."""

    @needs(P.PURCHASES_READ)
    @blueprint.response(200)
    def get(self, document_id: UUID) -> Response:
        """Take the PDF as it was sent."""
        return file_answer(queries.file_of(queries.document_or_404(document_id)))


@blueprint.route("/service-signatures/<service_signature:signature_id>/file")
class SignedFile(MethodView):
    """The copy of what was signed."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200)
    def get(self, signature_id: UUID) -> Response:
        """Take the exact file that was signed."""
        row = queries.signature_or_404(signature_id)
        return file_answer(queries.file_of(queries.document_or_404(row.document_id)))


@blueprint.route("/service-contracts/<service_contract:contract_id>/enrolments")
class Enrolments(MethodView):
    """Who is in a contract."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.EnrolmentQuery, location="query")
    @blueprint.response(200, page_schema(schemas.EnrolmentOut))
    def get(self, query: dict[str, Any], contract_id: UUID) -> dict[str, Any]:
        """List the enrollments, those taken back among them."""
        found = queries.enrolments_of(_run(contract_id).id, query["state"])
        return listed(found, [Enrolment.program_id], query)


@blueprint.route("/service-contracts/<service_contract:contract_id>/members")
class Members(MethodView):
    """The list for the vendor."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, content_type="text/csv")
    def get(self, contract_id: UUID) -> Response:
        """Take the members of an agreed contract as CSV: names, license numbers, units and days."""
        return listing.members_answer(signed_in().actor, _run(contract_id))


@blueprint.route("/service-contracts/<service_contract:contract_id>/enrolments/<program:program_id>")
class OneEnrolment(MethodView):
    """A program in a contract."""

    @needs(P.ORDERS_READ)
    @blueprint.response(200, schemas.EnrolmentWhole)
    def get(self, contract_id: UUID, program_id: UUID) -> Response:
        """Read the enrollment, what the program pays when, and what it signed; the ETag is its version."""
        own = queries.contract_or_404(contract_id)
        program = program_or_404(program_id, P.ORDERS_READ)
        return _enrolment(own, queries.enrolment_or_404(own.id, program.id))

    @needs(P.ORDERS_WRITE)
    @blueprint.arguments(schemas.EnrolmentIn)
    @idempotent
    @blueprint.response(200, schemas.EnrolmentWhole)
    def put(self, body: dict[str, Any], contract_id: UUID, program_id: UUID) -> Response:
        """Enroll a program and sign for it; send If-None-Match: * for the first, If-Match with the ETag for a change.

        Where someone does it who has no role in the program, such as the coordinator, nothing is signed: its people get a
        message and sign themselves. Above the amount that the program set, what staff ask for waits for its director.
        """
        own, who = queries.contract_or_404(contract_id), signed_in()
        rights_or_404(program_id, P.ORDERS_WRITE)
        version, asked = based_on(), _asked(body)
        if program_id in who.rights.programs_with(P.ORDERS_WRITE):
            alone = who.rights.orders_alone(program_id)
            row = joining.enrol(who.actor, own.id, program_id, asked, version, approves=alone)
        else:
            row = joining.enter_for(who.actor, own.id, program_id, asked, version)
        return _enrolment(own, row, 201 if version is None else 200)

    @needs(P.ORDERS_WRITE)
    @idempotent
    @blueprint.response(200, schemas.EnrolmentWhole)
    def delete(self, contract_id: UUID, program_id: UUID) -> Response:
        """Take the enrollment back while the window is open; send If-Match with the ETag."""
        own = queries.contract_or_404(contract_id)
        rights_or_404(program_id, P.ORDERS_WRITE)
        return _enrolment(own, joining.withdraw(signed_in().actor, own.id, program_id, based_on()))


@blueprint.route("/service-contracts/<service_contract:contract_id>/enrolments/<program:program_id>/approval")
class EnrolmentApproval(MethodView):
    """The yes of a director."""

    @needs(P.ORDERS_READ)
    @idempotent
    @blueprint.response(200, schemas.EnrolmentWhole)
    def post(self, contract_id: UUID, program_id: UUID) -> Response:
        """Approve an enrollment that waits; send If-Match with the ETag. To decline it, take it back."""
        own = queries.contract_or_404(contract_id)
        rights_or_404(program_id, P.ORDERS_APPROVE)
        return _enrolment(own, joining.approve(signed_in().actor, own.id, program_id, based_on()))


@blueprint.route("/service-contracts/<service_contract:contract_id>/enrolments/<program:program_id>/ending")
class EnrolmentEnding(MethodView):
    """A member that leaves."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.LeavingIn)
    @idempotent
    @blueprint.response(200, schemas.EnrolmentWhole)
    def post(self, body: dict[str, Any], contract_id: UUID, program_id: UUID) -> Response:
        """End a member's part of an agreed contract, with its last day and why; send If-Match with the ETag."""
        own, by = _run(contract_id), signed_in().actor
        row = joining.end_enrolment(by, own.id, program_id, body["last_day"], body["reason"], based_on())
        return _enrolment(own, row)


def _asked(body: dict[str, Any]) -> joining.Asked:
    sign = body["sign"]
    signing = sign and joining.Signing(
        sign["typed_name"], sign["consent"], frozenset(sign["documents"]), spoken_language()
    )
    return joining.Asked(body["seats"], body["earlier_cents"], signing)
