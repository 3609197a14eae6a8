"""Pages of imports: bring a file, say which column is which, look at what it would do, apply it, cancel it."""

from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from carepool.errors import Forbidden, Refusal
from carepool.imports import actions, queries
from carepool.imports.columns_form import choices_of, chosen_map
from carepool.imports.labels import label_of, shown_value
from carepool.imports.models import FileImport, ImportKind, ImportRow, ImportState, Verdict
from carepool.jobs.models import Job
from carepool.purchasing.actions.catalogs import make_contract
from carepool.purchasing.models.catalogs import Contract
from carepool.sentences import marked
from carepool.tabular.columns import ColumnMap
from carepool.ui.formats import in_words
from carepool.web.forms import FormReader
from carepool.web.guards import needs, require
from carepool.web.paging import page_of
from carepool.web.requests import signed_in
from tenants.database import db, find
from tenants.registry import Vendor

blueprint = Blueprint("imports_pages", __name__, template_folder="templates")
_PAGE = 25
_MOST_CONTRACTS = 500
_WORKING = (ImportState.READING, ImportState.APPLYING)
_ASKS_COLUMNS = (ImportState.MAPPING, ImportState.FAILED)


@blueprint.get("/imports")
@needs(*queries.WRITES.values())
def imports() -> ResponseReturnValue:
    """List the imports that the person may make, the newest first."""
    cursor = request.args.get("cursor")
    found = page_of(queries.imports_seen(), [FileImport.id], cursor, _PAGE, newest_first=True)
    return render_template("imports/imports.html", page=found)


@blueprint.get("/imports/new")
@needs(*queries.WRITES.values())
def new_import() -> ResponseReturnValue:
    """Ask for a file and what it is."""
    return _new_form({"kind": request.args.get("kind", "")}, {})


@blueprint.post("/imports/new")
@needs(*queries.WRITES.values())
def begin() -> ResponseReturnValue:
    """Keep the file and propose its columns."""
    form = FormReader(request.form)
    kind = form.choice("kind", ImportKind, queries.kinds_allowed()[0])
    require(queries.WRITES[kind])
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            form.refuse("file", marked("Choose the file with the list in it."))
        contract_id = _contract(form) if kind is ImportKind.CATALOG else None
        form.checked()
        assert upload is not None  # noqa: S101 - a form without a file was refused
        with closing(upload):
            own = actions.begin_import(signed_in().actor, kind, contract_id, upload.stream, upload.filename or "file")
    except Forbidden:
        raise
    except Refusal as refused:
        db.session.rollback()
        errors = refused.fields or {"file": [refused.sentence]}
        return _new_form(request.form, errors), refused.status
    return redirect(url_for(".one_import", import_id=own.id))


def _contract(form: FormReader) -> UUID | None:
    """Return the contract that was chosen, or make the one that was typed in."""
    chosen = form.id("contract_id")
    if chosen is not None:
        if find(Contract, chosen) is None:
            form.refuse("contract_id", marked("Choose from the list."))
        return chosen
    facts = {name: form.text(name, wanted=True) for name in ("vendor_name", "number", "title")}
    form.checked()
    return make_contract(signed_in().actor, facts).id


def _new_form(typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    found = select(Contract, Vendor.name).join(Vendor, Vendor.id == Contract.vendor_id)
    contracts = db.session.execute(found.order_by(Contract.title, Contract.id).limit(_MOST_CONTRACTS)).all()
    return render_template(
        "imports/new.html", kinds=queries.kinds_allowed(), contracts=contracts, typed=typed, errors=errors
    )


@blueprint.get("/imports/<file_import:import_id>")
@needs(*queries.WRITES.values())
def one_import(import_id: UUID) -> ResponseReturnValue:
    """Show an import as it stands: its columns, how far it is, its preview, or what became of it."""
    return _shown(queries.own_import_or_404(import_id), {})


def _shown(own: FileImport, errors: Mapping[str, Any], columns: ColumnMap | None = None) -> str:
    facts: dict[str, Any] = {}
    if own.state in _ASKS_COLUMNS or columns or request.args.get("columns"):
        rows = queries.first_rows(own)
        shown = columns or ColumnMap.from_json(own.column_map)
        facts = {"choices": choices_of(actions.fields_of(own), own.headers, shown, rows), "rows": rows}
    elif own.state in (ImportState.PREVIEWED, ImportState.APPLIED):
        wish = request.args.get("verdict", "")
        verdict = Verdict(wish) if wish in set(Verdict) else None
        staged = queries.staged_rows(own, verdict)
        facts = {
            "page": page_of(staged, [ImportRow.place], request.args.get("cursor"), _PAGE),
            "verdict": verdict,
        }
    return render_template(
        "imports/import.html",
        own=own,
        job=find(Job, own.job_id) if own.job_id else None,
        working=own.state in _WORKING,
        contract=find(Contract, own.contract_id) if own.contract_id else None,
        errors=errors,
        label_of=label_of,
        shown_value=shown_value,
        **facts,
    )


@blueprint.get("/imports/<file_import:import_id>/progress")
@needs(*queries.WRITES.values())
def progress(import_id: UUID) -> ResponseReturnValue:
    """Answer with how far the work is, to be put into the open page; when it is over, the page is loaded again."""
    own = queries.own_import_or_404(import_id)
    if "HX-Request" not in request.headers:
        return redirect(url_for(".one_import", import_id=own.id))
    working = own.state in _WORKING
    job = find(Job, own.job_id) if own.job_id else None
    shown = render_template("imports/progress.html", own=own, job=job, working=working)
    return shown, 200, {} if working else {"HX-Refresh": "true"}


@blueprint.post("/imports/<file_import:import_id>/columns")
@needs(*queries.WRITES.values())
def confirm_columns(import_id: UUID) -> ResponseReturnValue:
    """Confirm the columns; a worker reads the file."""
    own = queries.own_import_or_404(import_id)
    chosen = ColumnMap.from_json(own.column_map)
    try:
        chosen = chosen_map(actions.fields_of(own), own.headers, request.form)
        actions.confirm_columns(signed_in().actor, own.id, chosen.as_json())
    except Refusal as refused:
        db.session.rollback()
        if not refused.fields:
            return _refused(import_id, refused)
        return _shown(queries.own_import_or_404(import_id), refused.fields, chosen), refused.status
    return redirect(url_for(".one_import", import_id=own.id))


@blueprint.post("/imports/<file_import:import_id>/apply")
@needs(*queries.WRITES.values())
def apply(import_id: UUID) -> ResponseReturnValue:
    """Apply all of the preview."""
    return _done(import_id, actions.confirm_import)


@blueprint.post("/imports/<file_import:import_id>/cancel")
@needs(*queries.WRITES.values())
def cancel(import_id: UUID) -> ResponseReturnValue:
    """Stop the import; nothing is changed."""
    return _done(import_id, actions.cancel_import)


def _done(import_id: UUID, verb: Callable[..., FileImport]) -> ResponseReturnValue:
    own = queries.own_import_or_404(import_id)
    try:
        after = verb(signed_in().actor, own.id)
    except Refusal as refused:
        db.session.rollback()
        return _refused(import_id, refused)
    if after.state == ImportState.CANCELLED:
        flash(_("The import was canceled. Nothing was changed."), "success")
    return redirect(url_for(".one_import", import_id=import_id))


def _refused(import_id: UUID, refused: Refusal) -> ResponseReturnValue:
    """Lead back to the import as it stands now, and say why not."""
    flash(in_words(refused.sentence), "error")
    return redirect(url_for(".one_import", import_id=import_id))
