"""The coordinator drafts a service contract, adds documents, opens, closes, cancels and renews it."""

from collections.abc import Callable, Mapping
from contextlib import closing as shut
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from carepool.clock import now
from carepool.enrolling import queries
from carepool.enrolling.actions import carrying, closing, contracts, documents
from carepool.enrolling.models.contracts import ServiceContract, ServiceKind
from carepool.enrolling.pages.frame import blueprint, run_contract
from carepool.enrolling.pages.reading import contract_shown
from carepool.enrolling.rates import MOST_RUNGS, Basis, IfShort, Pricing
from carepool.enrolling.schedule import Per
from carepool.errors import Refusal
from carepool.identity.rights import Permission
from carepool.sentences import Sentence, marked
from carepool.web.changes import done_or_shown, faults_of, made_or_shown
from carepool.web.forms import FormReader, amount_text, local_text, rate_text
from carepool.web.guards import needs, require, tenant_zone
from carepool.web.requests import signed_in
from tenants.database import db
from tenants.registry import Vendor

P = Permission
_ROWS = 5
"""Steps of the ladder for which the form has boxes; more where a contract has more."""
_VENDORS = 500


@blueprint.get("/service-contracts/new")
@needs(P.PURCHASES_WRITE)
def new_contract() -> ResponseReturnValue:
    """Show the form of a new contract: its window would open now and close in a month."""
    require(P.PURCHASES_WRITE)
    at, zone = now(), tenant_zone()
    typed = {"opens_at": local_text(at, zone), "closes_at": local_text(at + timedelta(days=30), zone), "from_1": "1"}
    return _form(None, typed, {})


@blueprint.post("/service-contracts/new")
@needs(P.PURCHASES_WRITE)
def draft_contract() -> ResponseReturnValue:
    """Draft a contract."""
    require(P.PURCHASES_WRITE)

    def draft() -> tuple[Sentence, str]:
        made = contracts.draft_contract(signed_in().actor, _typed_terms())
        told = marked("The draft is kept. Now add the documents to be signed, then open it.")
        return told, url_for(".contract", contract_id=made.id)

    return made_or_shown(draft, lambda refused: _form(None, request.form, _on_boxes(refused)))


@blueprint.get("/service-contracts/<service_contract:contract_id>/terms")
@needs(P.PURCHASES_WRITE)
def terms(contract_id: UUID) -> ResponseReturnValue:
    """Show the terms of a draft, to be changed."""
    own = run_contract(contract_id)
    return _form(own, _as_typed(own), {})


@blueprint.post("/service-contracts/<service_contract:contract_id>/terms")
@needs(P.PURCHASES_WRITE)
def change_terms(contract_id: UUID) -> ResponseReturnValue:
    """Change the terms of a draft."""
    own = run_contract(contract_id)

    def change() -> Sentence:
        facts, based_on = _typed_terms(), FormReader(request.form).version()
        contracts.change_contract(signed_in().actor, own.id, facts, based_on)
        return marked("The terms were changed.")

    return done_or_shown(
        change,
        lambda: url_for(".contract", contract_id=contract_id),
        lambda refused: _form(run_contract(contract_id), request.form, _on_boxes(refused)),
    )


@blueprint.post("/service-contracts/<service_contract:contract_id>/documents")
@needs(P.PURCHASES_WRITE)
def add_document(contract_id: UUID) -> ResponseReturnValue:
    """Add a document to be signed, or a newer version of one."""
    own = run_contract(contract_id)
    form, upload = FormReader(request.form), request.files.get("file")

    def add() -> Sentence:
        name = form.text("name", wanted=True)
        if upload is None or not upload.filename:
            form.refuse("file", marked("Choose the file."))
        form.checked()
        if upload is not None:
            with shut(upload):
                told = upload.filename or "document.pdf"
                documents.add_document(signed_in().actor, own.id, name, upload.stream, told)
        return marked("The document is kept.")

    return _changing(contract_id, add)


@blueprint.post("/service-documents/<service_document:document_id>/out")
@needs(P.PURCHASES_WRITE)
def take_document_out(document_id: UUID) -> ResponseReturnValue:
    """Ask for a document's signature no longer."""
    require(P.PURCHASES_WRITE)
    row = queries.document_or_404(document_id)
    contract_id = row.contract_id

    def take() -> Sentence:
        documents.take_document_out(signed_in().actor, document_id)
        return marked("It was taken out.")

    return _changing(contract_id, take)


@blueprint.post("/service-contracts/<service_contract:contract_id>/open")
@needs(P.PURCHASES_WRITE)
def open_contract(contract_id: UUID) -> ResponseReturnValue:
    """Put a draft on offer."""
    own = run_contract(contract_id)

    def begin() -> Sentence:
        contracts.open_contract(signed_in().actor, own.id)
        return marked("The contract is on offer. Every program gets a message.")

    return _changing(contract_id, begin)


@blueprint.post("/service-contracts/<service_contract:contract_id>/close")
@needs(P.PURCHASES_WRITE)
def close_contract(contract_id: UUID) -> ResponseReturnValue:
    """Close a window before its time."""
    own = run_contract(contract_id)

    def end() -> Sentence:
        if request.form.get("sure") != "1":
            _unsure()
        done = closing.close_contract(signed_in().actor, own.id, FormReader(request.form).version())
        return _CLOSED[str(done.state)]

    return _changing(contract_id, end, {"sure": "close_sure"})


_CLOSED = {
    "open": marked("Too few programs enrolled. The last day to enroll is put off, as the terms say."),
    "agreed": marked("The window is closed and the contract is agreed. The members get a message."),
    "failed": marked("The window is closed. Too few programs enrolled, so the contract does not come about."),
    "ended": marked("The contract has ended already."),
}


@blueprint.post("/service-contracts/<service_contract:contract_id>/cancellation")
@needs(P.PURCHASES_WRITE)
def cancel_contract(contract_id: UUID) -> ResponseReturnValue:
    """Cancel a contract, with a reason that its members read."""
    own = run_contract(contract_id)

    def cancel() -> Sentence:
        form = FormReader(request.form)
        reason = form.text("reason", wanted=True, most=500)
        if request.form.get("sure") != "1":
            form.refuse("sure", marked("Tick this box first."))
        form.checked()
        contracts.cancel_contract(signed_in().actor, own.id, reason)
        return marked("The contract is canceled. Its members get a message.")

    return _changing(contract_id, cancel)


@blueprint.post("/service-contracts/<service_contract:contract_id>/renewal")
@needs(P.PURCHASES_WRITE)
def renew_contract(contract_id: UUID) -> ResponseReturnValue:
    """Draft the next term, and lead to it."""
    own = run_contract(contract_id)

    def renew() -> tuple[Sentence, str]:
        made = carrying.renew_contract(signed_in().actor, own.id)
        told = marked(
            "This is the next term. Look at its dates and rates; when you open it, members are asked to say yes."
        )
        return told, url_for(".contract", contract_id=made.id)

    return made_or_shown(
        renew, lambda refused: contract_shown(run_contract(contract_id), request.form, faults_of(refused))
    )


def _unsure() -> None:
    form = FormReader({})
    form.refuse("sure", marked("Tick this box first."))
    form.checked()


def _changing(
    contract_id: UUID, change: Callable[[], Sentence], names: Mapping[str, str] | None = None
) -> ResponseReturnValue:
    def shown(refused: Refusal) -> str:
        errors = {(names or {}).get(name, name): told for name, told in faults_of(refused).items()}
        return contract_shown(run_contract(contract_id), request.form, errors)

    return done_or_shown(change, lambda: url_for(".contract", contract_id=contract_id), shown)


def _form(own: ServiceContract | None, typed: Mapping[str, Any], errors: Mapping[str, Any]) -> str:
    rows = min(MOST_RUNGS, max(_ROWS, len(own.ladder) + 2 if own else _ROWS))
    return render_template(
        "enrolling/terms.html",
        own=own,
        typed=typed,
        errors=errors,
        rows=range(1, rows + 1),
        vendors=_vendors(),
        zone=tenant_zone(),
    )


def _vendors() -> list[tuple[str, str]]:
    found = select(Vendor.public_id, Vendor.name).order_by(Vendor.name, Vendor.id).limit(_VENDORS)
    return [(str(one), name) for one, name in db.session.execute(found)]


def _typed_terms() -> dict[str, Any]:
    """Return the terms as they were typed. Raises Invalid naming each wrong box."""
    form, zone = FormReader(request.form), tenant_zone()
    pricing = form.choice("pricing", Pricing, Pricing.RATE)
    vendor_id, vendor_name = form.id("vendor_id"), form.text("vendor_name")
    if vendor_id is None and not vendor_name:
        form.refuse("vendor_id", marked("Choose a vendor, or name a new one."))
    facts = {
        "vendor_id": vendor_id,
        "vendor_name": vendor_name,
        "kind": form.choice("kind", ServiceKind, ServiceKind.OTHER),
        "title": form.text("title", wanted=True),
        "title_es": form.text("title_es"),
        "description": form.text("description", most=5000),
        "description_es": form.text("description_es", most=5000),
        "opens_at": form.instant("opens_at", zone),
        "closes_at": form.instant("closes_at", zone),
        "starts_on": _day(form, "starts_on"),
        "ends_on": _day(form, "ends_on"),
        "pricing": pricing,
        "basis": form.choice("basis", Basis, Basis.PROGRAM),
        "per": form.choice("per", Per, Per.MONTH),
        "list_cents": form.cents("list_cents"),
        "ladder": _typed_ladder(form, pricing),
        "min_members": form.whole("min_members", least=1, most=100_000) or 1,
        "if_short": form.choice("if_short", IfShort, IfShort.FAIL),
        "extend_days": form.whole("extend_days", most=contracts.MOST_DAYS) or 0,
        "notice_days": form.whole("notice_days", most=3650) or 0,
        "late_join": request.form.get("late_join") == "1",
        "rate_falls": request.form.get("rate_falls") == "1",
    }
    form.checked()
    return facts


def _day(form: FormReader, name: str) -> Any:
    found = form.day(name)
    if found is None and name not in form.faults:
        form.refuse(name, marked("Write a day such as 2026-11-27."))
    return found


def _typed_ladder(form: FormReader, pricing: Pricing) -> list[list[int]]:
    """Read the boxes of the ladder row by row; rows without anything are left out."""
    found = []
    for row in range(1, MOST_RUNGS + 1):
        if not any(request.form.get(f"{name}_{row}", "").strip() for name in ("from", "value")):
            continue
        start = form.whole(f"from_{row}", least=1, most=100_000)
        if start is None and f"from_{row}" not in form.faults:
            form.refuse(f"from_{row}", marked("Fill this in."))
        value = _value(form, f"value_{row}", pricing)
        if start is not None and value is not None:
            found.append([start, value])
    if not found and not form.faults:
        form.refuse("value_1", marked("Fill this in."))
    return found


def _value(form: FormReader, name: str, pricing: Pricing) -> int | None:
    """Read a rate in cents, or a percent off in hundredths of a percent."""
    found = form.cents(name) if pricing is Pricing.RATE else form.millionths(name)
    if found is None and name not in form.faults:
        form.refuse(name, marked("Fill this in."))
    if found is not None and pricing is Pricing.PERCENT_OFF:
        if found % 100:
            form.refuse(name, marked("Write a percentage with at most two places, such as 6.25."))
        return found // 100
    return found


def _on_boxes(refused: Refusal) -> dict[str, Any]:
    """Put what is wrong with the ladder on the boxes of its rows, in the order of those that were filled in."""
    filled = [row for row in range(1, MOST_RUNGS + 1) if request.form.get(f"value_{row}", "").strip()] or [1]
    placed: dict[str, Any] = {}
    for name, sentences in faults_of(refused).items():
        if name.startswith("ladder"):
            place = int(name[7:-1]) if name[6:7] == "[" else 0
            name = f"value_{filled[min(place, len(filled) - 1)]}"
        placed[name] = sentences
    return placed


def _as_typed(own: ServiceContract) -> dict[str, Any]:
    zone = tenant_zone()
    plain = ("kind", "title", "title_es", "description", "description_es", "pricing", "basis", "per", "if_short")
    typed: dict[str, Any] = {name: getattr(own, name) for name in plain}
    for name in ("min_members", "extend_days", "notice_days", "version"):
        typed[name] = str(getattr(own, name))
    typed |= {name: local_text(getattr(own, name), zone) for name in ("opens_at", "closes_at")}
    typed |= {name: getattr(own, name).isoformat() for name in ("starts_on", "ends_on")}
    typed |= {name: "1" if getattr(own, name) else "" for name in ("late_join", "rate_falls")}
    typed["list_cents"] = amount_text(own.list_cents)
    typed["vendor_id"] = str(queries.vendors_of([own])[own.vendor_id].public_id)
    for row, (start, value) in enumerate(own.ladder, start=1):
        typed[f"from_{row}"] = str(start)
        typed[f"value_{row}"] = amount_text(value) if own.pricing == Pricing.RATE else (rate_text(value * 100) or "0")
    return typed
