"""JSON routes of imports."""

from contextlib import closing
from typing import Any
from uuid import UUID

from flask.views import MethodView

from carepool.imports import actions, queries, schemas
from carepool.imports.models import FileImport, ImportRow
from carepool.web.blueprints import ApiBlueprint
from carepool.web.bodies import PageQuery, page_body, page_schema
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in

blueprint = ApiBlueprint("imports", __name__, description="Rosters and catalogs from files")


@blueprint.route("/imports")
class Imports(MethodView):
    """Files on their way in."""

    @needs(*queries.WRITES.values())
    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ImportOut))
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List the imports of kinds that the caller may import, the newest first."""
        return page_body(
            page_of(queries.imports_seen(), [FileImport.id], query["cursor"], query["limit"], newest_first=True)
        )

    @needs(*queries.WRITES.values())
    @blueprint.arguments(schemas.ImportForm, location="form")
    @blueprint.arguments(schemas.ImportFile, location="files")
    @blueprint.response(201, schemas.ImportOut)
    def post(self, form: dict[str, Any], files: dict[str, Any]) -> FileImport:
        """Upload a roster or a catalog; the answer proposes which column is which."""
        require(queries.WRITES[form["kind"]])
        upload = files["file"]
        by = signed_in().actor
        with closing(upload):
            return actions.begin_import(by, form["kind"], form["contract_id"], upload.stream, upload.filename or "file")


@blueprint.route("/imports/<file_import:import_id>")
class OneImport(MethodView):
    """One import."""

    @needs(*queries.WRITES.values())
    @blueprint.response(200, schemas.ImportOut)
    def get(self, import_id: UUID) -> FileImport:
        """Read an import."""
        return queries.own_import_or_404(import_id)

    @needs(*queries.WRITES.values())
    @blueprint.response(200, schemas.ImportOut)
    def delete(self, import_id: UUID) -> FileImport:
        """Cancel an import before it is applied; where a worker has it, its job tells when it stopped."""
        return actions.cancel_import(signed_in().actor, queries.own_import_or_404(import_id).id)


@blueprint.route("/imports/<file_import:import_id>/columns")
class Columns(MethodView):
    """Which column is which."""

    @needs(*queries.WRITES.values())
    @blueprint.arguments(schemas.MapIn)
    @blueprint.response(202, schemas.ImportOut)
    def post(self, body: dict[str, Any], import_id: UUID) -> FileImport:
        """Confirm the columns; a worker reads the file into a preview."""
        return actions.confirm_columns(signed_in().actor, queries.own_import_or_404(import_id).id, body["column_map"])


@blueprint.route("/imports/<file_import:import_id>/rows")
class Rows(MethodView):
    """The preview."""

    @needs(*queries.WRITES.values())
    @blueprint.arguments(schemas.RowQuery, location="query")
    @blueprint.response(200, page_schema(schemas.ImportRowOut))
    def get(self, query: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """List staged rows: what each would do, or why it is refused."""
        staged = queries.staged_rows(queries.own_import_or_404(import_id), query["verdict"])
        return page_body(page_of(staged, [ImportRow.place], query["cursor"], query["limit"]))


@blueprint.route("/imports/<file_import:import_id>/apply")
class Applying(MethodView):
    """Applying a preview."""

    @needs(*queries.WRITES.values())
    @blueprint.response(202, schemas.ImportOut)
    def post(self, import_id: UUID) -> FileImport:
        """Apply all of the preview; a worker does it in one transaction."""
        return actions.confirm_import(signed_in().actor, queries.own_import_or_404(import_id).id)
