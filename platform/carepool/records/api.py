"""JSON routes of a state's records."""

from typing import Any
from uuid import UUID

from flask import Response, g
from flask.views import MethodView
from sqlalchemy import select

from carepool.clock import now
from carepool.files import file_answer
from carepool.identity.rights import Permission
from carepool.outbox import Activity
from carepool.records import exports, isolation, retention, schemas
from carepool.records.datasets import RecordsWish
from carepool.records.log import LogFilter, entries_wanted, told
from carepool.records.models import IsolationCheck, LegalHold, RecordExport
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.idempotency import idempotent
from carepool.web.paging import Page, page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("records", __name__, description="The activity log, exports of records, and what is kept")
_READ = Permission.RECORDS_READ
_WRITE = Permission.STATE_WRITE
_PAGING = ("cursor", "limit")


@blueprint.route("/activity")
class Log(MethodView):
    """Who did what to which thing, and when."""

    @needs(_READ)
    @blueprint.arguments(schemas.LogQuery, location="query")
    @blueprint.response(200, page_schema(schemas.EntryOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List entries of the activity log, the newest first."""
        require(_READ)
        wanted = LogFilter(**{name: value for name, value in query.items() if name not in _PAGING})
        keys = [Activity.at, Activity.id]
        found = page_of(entries_wanted(wanted), keys, query["cursor"], query["limit"], newest_first=True)
        return page_body(Page(list(told(found.rows)), found.next_cursor))


@blueprint.route("/exports")
class Exports(MethodView):
    """Exports that the caller asked for."""

    @needs(_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ExportOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the caller's exports, the newest first."""
        require(_READ)
        mine = exports.exports_of(signed_in().person.id)
        return page_body(page_of(mine, [RecordExport.id], query["cursor"], query["limit"], newest_first=True))

    @needs(_READ)
    @blueprint.arguments(schemas.ExportIn)
    @idempotent
    @blueprint.response(201, schemas.ExportOut)
    def post(self, body: dict[str, Any]) -> RecordExport:
        """Ask for an export; a worker makes it, and its job tells how far it is."""
        require(_READ)
        kind = body.pop("kind")
        who = signed_in()
        return exports.ask_export(who.actor, who.person.id, kind, LogFilter(**body).as_json())


@blueprint.route("/exports/<record_export:export_id>")
class OneExport(MethodView):
    """One export of the caller's own."""

    @needs(_READ)
    @blueprint.response(200, schemas.ExportOut)
    def get(self, export_id: UUID) -> RecordExport:
        """Read an export."""
        require(_READ)
        return exports.own_export_or_404(export_id, signed_in().person.id)


@blueprint.route("/exports/<record_export:export_id>/file")
class ExportFile(MethodView):
    """The file of an export of the caller's own."""

    @needs(_READ)
    @blueprint.response(200)
    def get(self, export_id: UUID) -> Response:
        """Take the file; only who asked for it may, for a limited time."""
        return taken_file(export_id)


@blueprint.route("/isolation-checks")
class IsolationChecks(MethodView):
    """Checks that states are kept apart, as this state is told of them."""

    @needs(_READ)
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.CheckOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the checks, the newest first."""
        require(_READ)
        keys = [IsolationCheck.id]
        return page_body(page_of(select(IsolationCheck), keys, query["cursor"], query["limit"], newest_first=True))

    @needs(_READ)
    @blueprint.response(201, schemas.CheckOut)
    def post(self) -> IsolationCheck:
        """Ask for a check; a worker makes it. Where one is under way, that one is answered."""
        require(_READ)
        return isolation.ask_check(signed_in().actor)


@blueprint.route("/isolation-checks/<isolation_check:check_id>")
class OneCheck(MethodView):
    """One check."""

    @needs(_READ)
    @blueprint.response(200, schemas.CheckOut)
    def get(self, check_id: UUID) -> IsolationCheck:
        """Read a check."""
        require(_READ)
        return isolation.check_or_404(check_id)


def taken_file(export_id: UUID) -> Response:
    """Answer with the file of an export that the caller asked for. Raises NotFound."""
    require(_READ)
    who = signed_in()
    stored = exports.take_file(who.actor, exports.own_export_or_404(export_id, who.person.id), now())
    return file_answer(stored)


@blueprint.route("/retention")
class Retention(MethodView):
    """What is kept how long."""

    @needs(_WRITE)
    @blueprint.response(200, schemas.RetentionOut)
    def get(self) -> dict[str, Any]:
        """Read how long each kind is kept, and what the next round would delete."""
        require(_WRITE)
        return _retention()

    @needs(_WRITE)
    @blueprint.arguments(schemas.RetentionIn)
    @blueprint.response(200, schemas.RetentionOut)
    def put(self, body: dict[str, Any]) -> dict[str, Any]:
        """Change how many days kinds are kept; kinds left out stay as they are."""
        require(_WRITE)
        retention.choose_days(signed_in().actor, g.tenant.public_id, body["days"])
        return _retention()


@blueprint.route("/legal-hold")
class Hold(MethodView):
    """The legal hold: while it is in force, nothing is deleted."""

    @needs(_WRITE)
    @blueprint.arguments(schemas.HoldIn)
    @blueprint.response(200, schemas.HoldOut)
    def put(self, body: dict[str, Any]) -> LegalHold:
        """Begin a legal hold; one that is in force stays."""
        require(_WRITE)
        return retention.begin_hold(signed_in().actor, body["reason"])

    @needs(_WRITE)
    @blueprint.response(204)
    def delete(self) -> None:
        """End the legal hold."""
        require(_WRITE)
        retention.end_hold(signed_in().actor)


def _retention() -> dict[str, Any]:
    days, going = retention.days_kept(), retention.would_go()
    return {
        "days": {str(kind): number for kind, number in days.items()},
        "would_go": {str(kind): number for kind, number in going.items()},
        "hold": retention.hold_in_force(),
    }


@blueprint.route("/public-records")
class PublicRecords(MethodView):
    """Public records as one ZIP file."""

    @needs(_READ)
    @blueprint.arguments(schemas.RecordsIn)
    @idempotent
    @blueprint.response(201, schemas.ExportOut)
    def post(self, body: dict[str, Any]) -> RecordExport:
        """Ask for all records of a purchase, a program or a period; a worker makes the file, as for other exports."""
        require(_READ)
        who = signed_in()
        return exports.ask_records(who.actor, who.person.id, RecordsWish(**body))
