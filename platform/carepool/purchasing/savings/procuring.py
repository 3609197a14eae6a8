"""Verbs of procurement files: say how a purchase was bought and who pays, ask for the file, make it (a worker does)."""

import hashlib
import io
import json
from typing import Any
from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, NotFound, Refusal, Stale
from carepool.files import StoredFile, keep_file, open_file
from carepool.jobs.actions import start_job
from carepool.jobs.kinds import PROCUREMENT_FILE
from carepool.jobs.models import Job
from carepool.jobs.working import Progress, carry_out
from carepool.outbox import Actor, record_event
from carepool.purchasing.actions.purchases import locked_purchase
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.savings.models import ProcurementFile, ProcurementRecord
from carepool.purchasing.savings.procurement import Method, Origin, allowed, limits_on, split_fault
from carepool.purchasing.savings.procurement_document import set_pdf
from carepool.purchasing.savings.procurement_facts import bought_cents, canonical, close_day, facts_of, owed_cents
from carepool.purchasing.savings.settings import settings_of
from carepool.sentences import Sentence, marked
from tenants.database import database_now, db, find
from tenants.ids import new_id

_WITHOUT = (PurchaseState.CANCELLED, PurchaseState.FAILED_MINIMUM)
_NAMES = ("method", "decided_by", "reason", "origin", "origin_note", "funding", "close_version")


def has_result(purchase: Purchase) -> bool:
    """Tell whether something was bought, so that there is a procurement file to make."""
    return purchase.shows_result and purchase.state not in _WITHOUT


def decide(by: Actor, purchase_id: UUID, facts: dict[str, Any], based_on: int | None) -> ProcurementRecord:
    """Keep how a purchase was bought: method, decided_by, reason, origin, origin_note, funding {source: cents}.

    `based_on`: the version that was read, None or 0 for the first. Raises NotFound, Refusal, Stale, Invalid.
    """
    purchase = _bought(purchase_id)
    own = find(ProcurementRecord, purchase.id)
    if own is not None:
        db.session.refresh(own)
    if (own.version if own else 0) != (based_on or 0):
        raise Stale()
    _check(purchase, facts)
    funding = {str(name): cents for name, cents in sorted(facts["funding"].items()) if cents}
    kept = {**facts, "funding": funding, "close_version": purchase.close_version}
    changes = {name: [getattr(own, name) if own else None, kept[name]] for name in _NAMES}
    if own is None:
        own = ProcurementRecord(purchase_id=purchase.id, version=0)
        db.session.add(own)
    for name in _NAMES:
        setattr(own, name, kept[name])
    own.version += 1
    own.changed_at = database_now()
    diff = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
    record_event(events.PROCUREMENT_DECIDED, purchase.id, by, diff)
    db.session.flush()
    return own


def ask_file(by: Actor, purchase_id: UUID, language: str) -> ProcurementFile:
    """Ask a worker for the procurement file; where nothing changed since, it is the same one. Raises NotFound, Refusal.

    What it tells is kept at once, as it is now, so that the PDF follows from it whenever it is made.
    """
    purchase = _bought(purchase_id)
    record = find(ProcurementRecord, purchase.id)
    if record is None or record.close_version != purchase.close_version:
        told = marked("Say first how it was bought and who pays; the result may have changed since.")
        raise Refusal("procurement-not-decided", told)
    written = canonical(facts_of(purchase, record, settings_of()))
    basis = hashlib.sha256(written).hexdigest()
    found = db.session.scalars(
        select(ProcurementFile).where(
            ProcurementFile.purchase_id == purchase.id,
            ProcurementFile.basis == basis,
            ProcurementFile.language == language,
        )
    ).one_or_none()
    if found is not None:
        job = find(Job, found.job_id)
        if job is None or not job.came_to_nothing:
            return found
    own = found or ProcurementFile(id=new_id(), purchase_id=purchase.id, basis=basis, language=language)
    if own.data_id is None:
        stored = keep_file(io.BytesIO(written), f"{purchase.number} procurement.json", "application/json")
        own.data_id = stored.id
    own.job_id = start_job(by, PROCUREMENT_FILE, own.id)
    db.session.add(own)
    db.session.flush()
    record_event(events.PROCUREMENT_ASKED, own.id, by, {"language": language, "sha256": basis})
    return own


def make_file(file_id: UUID) -> None:
    """Set the PDF of a procurement file and store it; running again changes nothing. Raises NotFound."""
    own = find(ProcurementFile, file_id)
    if own is None:
        raise NotFound("procurement file")
    if own.file_id is None:
        carry_out(own.job_id, lambda progress: _make(file_id, progress))


def _make(file_id: UUID, progress: Progress) -> None:
    own = find(ProcurementFile, file_id)
    data = find(StoredFile, own.data_id) if own and own.data_id else None
    if own is None or data is None:
        raise NotFound("procurement file")
    progress.expect(1)
    with open_file(data) as stream:
        facts = json.load(stream)
    made = set_pdf(facts, own.language)
    name = f"{facts['purchase']['number']} procurement {own.language}.pdf"
    own.file_id = keep_file(io.BytesIO(made), name, "application/pdf").id
    progress.add()
    db.session.flush()


def file_or_404(file_id: UUID) -> ProcurementFile:
    """Return a procurement file of this state. Raises NotFound."""
    own = find(ProcurementFile, file_id)
    if own is None:
        raise NotFound("procurement file")
    return own


def stored_or_404(stored_id: UUID | None) -> StoredFile:
    """Return the stored PDF or JSON of a procurement file. Raises NotFound while a worker makes it."""
    found = find(StoredFile, stored_id) if stored_id else None
    if found is None:
        raise NotFound("file")
    return found


def _bought(purchase_id: UUID) -> Purchase:
    purchase = locked_purchase(purchase_id)
    if not has_result(purchase):
        raise Refusal("nothing-bought", marked("Nothing was bought yet. Close the purchase first."))
    return purchase


def _check(purchase: Purchase, facts: dict[str, Any]) -> None:
    faults: dict[str, list[Sentence]] = {}
    limits = limits_on(close_day(purchase), settings_of().thresholds)
    if not allowed(Method(facts["method"]), bought_cents(purchase), limits):
        faults["method"] = [marked("The amount is above the limit of this way of buying. Choose another.")]
    if facts["origin"] == Origin.EXCEPTION and not facts["origin_note"]:
        faults["origin_note"] = [marked("Say which food it is, and why there was no other.")]
    if (wrong := split_fault(facts["funding"], owed_cents(purchase))) is not None:
        faults["funding"] = [wrong]
    if faults:
        raise Invalid("procurement", marked("Some of what was typed must be mended."), faults)
