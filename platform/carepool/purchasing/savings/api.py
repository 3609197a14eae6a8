"""JSON routes of evidence, savings and procurement files."""

from contextlib import closing
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response, g, jsonify, make_response
from flask.views import MethodView
from sqlalchemy import select

from carepool.errors import NotFound
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.purchasing import queries as purchasing
from carepool.purchasing.models.purchases import Purchase, PurchaseItem
from carepool.purchasing.savings import evidence, freezing, procuring, queries, schemas
from carepool.purchasing.savings.groups import groups_of
from carepool.purchasing.savings.models import (
    Evidence,
    ProcurementFile,
    ProcurementRecord,
    SavingsFreeze,
    SavingsSetting,
)
from carepool.purchasing.savings.procurement import kept_limits
from carepool.purchasing.savings.settings import change_settings, settings_of
from carepool.purchasing.savings.sums import NAMES, Counted, Sums, whole, whole_shown
from carepool.records import exports
from carepool.records.models import RecordExport
from carepool.records.schemas import ExportOut
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, listed, page_schema
from carepool.web.etags import based_on, tag, tagged
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.idempotency import idempotent
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find

blueprint = ApiBlueprint("savings", __name__, description="Savings with evidence, and procurement files")
P = Permission


def _run(purchase_id: UUID) -> Purchase:
    require(P.PURCHASES_WRITE)
    return purchasing.purchase_or_404(purchase_id)


def _evidence_body(rows: list[Evidence]) -> list[dict[str, Any]]:
    items = queries.items_of(row.id for row in rows)
    names = [name for name in schemas.EvidenceOut().fields if name != "items"]
    return [
        {
            **{name: getattr(row, name) for name in names},
            "items": [{"item_id": item, "price_cents": price} for item, price in items[row.id]],
        }
        for row in rows
    ]


@blueprint.route("/purchases/<purchase:purchase_id>/evidence")
class EvidenceOfPurchase(MethodView):
    """Documents that show what goods cost alone."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.EvidenceOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the documents of a purchase, those taken back, too."""
        found = page_of(queries.evidence_of(_run(purchase_id)), [Evidence.id], query["cursor"], query["limit"])
        return {"items": _evidence_body(found.rows), "next_cursor": found.next_cursor}

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.EvidenceForm, location="form")
    @blueprint.arguments(schemas.EvidenceFile, location="files")
    @blueprint.response(201, schemas.EvidenceOut)
    def post(self, form: dict[str, Any], files: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """Add a document to an item, until the purchase is settled. The same one sent twice is kept once."""
        own, upload = _run(purchase_id), files["file"]
        item_id = form.pop("item_id")
        with closing(upload):
            name = upload.filename or "file"
            row = evidence.add_evidence(signed_in().actor, own.id, item_id, form, upload.stream, name)
        return _evidence_body([row])[0]


@blueprint.route("/purchases/<purchase:purchase_id>/proofs")
class Proofs(MethodView):
    """How items stand to their evidence."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProofOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the items by name, and whether the price that each is compared with is proved."""
        items = select(PurchaseItem).where(PurchaseItem.purchase_id == _run(purchase_id).id)
        found = page_of(items, [PurchaseItem.name, PurchaseItem.id], query["cursor"], query["limit"])
        proofs = queries.proofs_of(found.rows)
        names = ("sku", "name", "baseline_kind", "baseline_cents")
        rows = [
            {**{name: getattr(item, name) for name in names}, "item_id": item.id, "proof": proofs[item.id]}
            for item in found.rows
        ]
        return {"items": rows, "next_cursor": found.next_cursor}


@blueprint.route("/purchases/<purchase:purchase_id>/savings-freeze")
class Freeze(MethodView):
    """What a purchase saved, kept as it stood."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.SavingsFreezeOut)
    def get(self, purchase_id: UUID) -> SavingsFreeze:
        """Read what was frozen, by whom and when."""
        found = freezing.freeze_of(_run(purchase_id).id)
        if found is None:
            raise NotFound("thing")
        return found

    @needs(P.PURCHASES_WRITE)
    @idempotent
    @blueprint.response(200, schemas.SavingsFreezeOut)
    def post(self, purchase_id: UUID) -> SavingsFreeze:
        """Freeze it once the goods are shared out; frozen again, the first stays. Its evidence stands from then on."""
        return freezing.freeze_savings(signed_in().actor, _run(purchase_id).id, tenant_zone())


@blueprint.route("/baseline-evidence/<baseline_evidence:evidence_id>/withdrawal")
class Withdrawal(MethodView):
    """Taking a document back."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.WithdrawalIn)
    @idempotent
    @blueprint.response(200, schemas.EvidenceOut)
    def post(self, body: dict[str, Any], evidence_id: UUID) -> dict[str, Any]:
        """Take a document back until the purchase is settled; it stays in the list with the reason."""
        require(P.PURCHASES_WRITE)
        row = evidence.withdraw_evidence(signed_in().actor, evidence_id, body["reason"])
        db.session.flush()
        return _evidence_body([row])[0]


@blueprint.route("/baseline-evidence/<baseline_evidence:evidence_id>/file")
class File(MethodView):
    """The file of a document."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200)
    def get(self, evidence_id: UUID) -> Response:
        """Take the file as it was sent."""
        require(P.PURCHASES_WRITE)
        return file_answer(queries.evidence_file_or_404(evidence.evidence_or_404(evidence_id)))


def _sums_body(one: Sums) -> dict[str, int]:
    return {name: getattr(one, name) for name in NAMES}


@blueprint.route("/savings")
class StateSavings(MethodView):
    """What the state saved."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.SavingsQuery, location="query")
    @blueprint.response(200, schemas.StateSavingsOut)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """Read the sums of the state and of a page of groups; years, counties and types come all at once."""
        require(P.PURCHASES_WRITE)
        counted = Counted(tenant_zone(), query["year"])
        found = groups_of(query["by"], counted, query["cursor"], query["limit"])
        shown = whole_shown(counted)
        return {
            "whole": _sums_body(whole(counted)),
            "proved_cents": shown.proved_cents,
            "unproved_cents": shown.unproved_cents,
            "items": [
                {"key": str(one.key), "name": one.name, **_sums_body(one.sums), **asdict(one.shown)}
                for one in found.rows
            ],
            "next_cursor": found.next_cursor,
        }


@blueprint.route("/savings/exports")
class SavingsExports(MethodView):
    """Files for funders."""

    @needs(P.RECORDS_READ)
    @blueprint.arguments(schemas.SavingsExportIn)
    @idempotent
    @blueprint.response(201, ExportOut)
    def post(self, body: dict[str, Any]) -> RecordExport:
        """Ask for what the state saved as a file for funders, with small cells hidden; its job tells how far it is.

        The file is taken as that of other exports.
        """
        require(P.RECORDS_READ)
        who = signed_in()
        return exports.ask_savings(who.actor, who.person.id, body["format"])


@blueprint.route("/savings-settings")
class SavingsSettings(MethodView):
    """The state's settings of savings."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.SavingsSettingsOut)
    def get(self) -> Response:
        """Read the settings; the ETag is their version, 0 for the defaults."""
        require(P.PURCHASES_WRITE)
        return _settings_answer(settings_of())

    @needs(P.STATE_WRITE)
    @blueprint.arguments(schemas.SavingsSettingsIn)
    @idempotent
    @blueprint.response(200, schemas.SavingsSettingsOut)
    def put(self, body: dict[str, Any]) -> Response:
        """Keep the settings; send If-Match with the ETag that you read."""
        require(P.STATE_WRITE)
        facts = {**body, "thresholds": kept_limits(body["thresholds"])}
        return _settings_answer(change_settings(signed_in().actor, g.tenant.public_id, facts, based_on()))


def _settings_answer(own: SavingsSetting) -> Response:
    limits = [dict(zip(("first_day", "micro_cents", "small_cents"), one, strict=True)) for one in own.thresholds]
    body = {"least_programs": own.least_programs, "quotes_wanted": own.quotes_wanted, "version": own.version}
    return tag(make_response(jsonify({**body, "thresholds": limits})), own.version)


@blueprint.route("/purchases/<purchase:purchase_id>/procurement")
class Procurement(MethodView):
    """How a purchase was bought and who pays."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200, schemas.ProcurementOut)
    def get(self, purchase_id: UUID) -> Response:
        """Read it; the ETag is its version. 404 before it was ever written."""
        found = find(ProcurementRecord, _run(purchase_id).id)
        if found is None:
            raise NotFound("record")
        return tagged(_PROCUREMENT, found)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ProcurementIn)
    @idempotent
    @blueprint.response(200, schemas.ProcurementOut)
    def put(self, body: dict[str, Any], purchase_id: UUID) -> Response:
        """Write it; send If-None-Match: * for the first, If-Match with the ETag for a change."""
        own = _run(purchase_id)
        return tagged(_PROCUREMENT, procuring.decide(signed_in().actor, own.id, body, based_on()))


@blueprint.route("/purchases/<purchase:purchase_id>/procurement-files")
class ProcurementFiles(MethodView):
    """Procurement files of a purchase."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ProcurementFileOut))
    def get(self, query: dict[str, Any], purchase_id: UUID) -> dict[str, Any]:
        """List the files that were asked for, the newest first."""
        found = select(ProcurementFile).where(ProcurementFile.purchase_id == _run(purchase_id).id)
        return listed(found, [ProcurementFile.id], query, newest_first=True)

    @needs(P.PURCHASES_WRITE)
    @blueprint.arguments(schemas.ProcurementFileIn)
    @idempotent
    @blueprint.response(202, schemas.ProcurementFileOut)
    def post(self, body: dict[str, Any], purchase_id: UUID) -> ProcurementFile:
        """Ask for the file; a worker makes the PDF. Where nothing changed since, it is the same one."""
        return procuring.ask_file(signed_in().actor, _run(purchase_id).id, body["language"])


@blueprint.route("/procurement-files/<procurement_file:file_id>/pdf")
class ProcurementPdf(MethodView):
    """A procurement file as a PDF."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200)
    def get(self, file_id: UUID) -> Response:
        """Take the PDF; 404 while a worker makes it."""
        require(P.PURCHASES_WRITE)
        return file_answer(procuring.stored_or_404(procuring.file_or_404(file_id).file_id))


@blueprint.route("/procurement-files/<procurement_file:file_id>/data")
class ProcurementData(MethodView):
    """A procurement file as data."""

    @needs(P.PURCHASES_WRITE)
    @blueprint.response(200)
    def get(self, file_id: UUID) -> Response:
        """Take the JSON; its SHA-256 is the file's basis."""
        require(P.PURCHASES_WRITE)
        return file_answer(procuring.stored_or_404(procuring.file_or_404(file_id).data_id))


_PROCUREMENT = schemas.ProcurementOut()
