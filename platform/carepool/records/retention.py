"""What a state keeps how long: its choice, the round that deletes, what would go, and the legal hold that stops it."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, and_, delete, exists, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from carepool import events
from carepool.errors import Invalid, Refusal
from carepool.files import StoredFile
from carepool.identity.models import AccessToken, SignInFailure
from carepool.imports.models import FileImport, ImportState
from carepool.notifications.models import Delivery, Message
from carepool.outbox import Activity, Actor, record_event
from carepool.purchasing.models.closings import Close
from carepool.purchasing.models.packing_documents import PackingDocument
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.receiving.models.counting import ReceiptPhoto
from carepool.purchasing.receiving.models.documents import SiteDocument
from carepool.purchasing.receiving.models.sharing import Arrival
from carepool.purchasing.savings.models import Evidence, ProcurementFile
from carepool.purchasing.savings.procurement import LONGEST
from carepool.records.keeping import Keeping, Kind, limits_of
from carepool.records.models import LegalHold, RetentionRule
from carepool.sentences import Sentence, marked
from tenants.database import database_now, db, one_of, session
from tenants.registry import Tenant
from tenants.scope import visiting
from tenants.turns import take_turn

BATCH = 5_000
"""Records that one transaction deletes."""
_BLINDLY = {"synchronize_session": False}
_WORKED_ON = (ImportState.READING, ImportState.APPLYING)


def keeping() -> Mapping[Kind, Keeping]:
    """Return how the installation lets each kind be kept."""
    return limits_of(current_app.config["RETENTION_LIMITS"])


def days_kept() -> dict[Kind, int]:
    """Return how many days this state keeps each kind, within the limits that hold now."""
    chosen = {row.kind: row.days for row in db.session.scalars(select(RetentionRule))}
    return {kind: max(own.least, min(chosen.get(kind, own.days), own.most)) for kind, own in keeping().items()}


def choose_days(by: Actor, state_id: UUID, days: Mapping[Kind, int]) -> None:
    """Keep how many days the state wants each kind kept. Raises Invalid that names each kind outside its limits."""
    limits, before = keeping(), days_kept()
    faults: dict[str, list[Sentence]] = {}
    for kind, wanted in days.items():
        own = limits[kind]
        if not own.least <= wanted <= own.most:
            sentence = marked("Write a whole number from %(least)s to %(most)s.", least=own.least, most=own.most)
            faults[kind] = [sentence]
    if faults:
        raise Invalid("outside-limits", marked("Some of what was typed must be mended."), faults)
    diff = {str(kind): [before[kind], wanted] for kind, wanted in days.items() if before[kind] != wanted}
    for kind, wanted in days.items():
        row = insert(RetentionRule).values(kind=kind, days=wanted)
        keys = ["tenant_id", "kind"]
        db.session.execute(row.on_conflict_do_update(index_elements=keys, set_={"days": row.excluded.days}))
    if diff:
        record_event(events.RETENTION_CHANGED, state_id, by, diff)


def hold_in_force() -> LegalHold | None:
    """Return the legal hold that is in force, or None."""
    return db.session.scalars(select(LegalHold).where(LegalHold.ended_at.is_(None))).one_or_none()


def begin_hold(by: Actor, reason: str) -> LegalHold:
    """Stop all deletion, from this moment on. Raises Invalid without a reason; where a hold is in force, it stays."""
    if not reason.strip() or len(reason) > 500:
        sentence = marked("Say why, in at most 500 characters.")
        raise Invalid("no-reason", sentence, {"reason": [sentence]})
    _lock(alone=True)
    own = hold_in_force()
    if own is None:
        own = LegalHold(reason=reason.strip())
        db.session.add(own)
        db.session.flush()
        record_event(events.HOLD_BEGUN, own.id, by, {"reason": [None, own.reason]})
    return own


def end_hold(by: Actor) -> None:
    """Let deletion go on with the next round. Raises Refusal where there is no hold."""
    own = hold_in_force()
    if own is None:
        raise Refusal("no-hold", marked("There is no legal hold."))
    own.ended_at = database_now()
    record_event(events.HOLD_ENDED, own.id, by, {"reason": [own.reason, None]})
    db.session.flush()


def would_go() -> dict[Kind, int]:
    """Return how many records of each kind the next round would delete."""
    days = days_kept()
    return {
        kind: db.session.scalar(select(func.count()).select_from(old(days[kind]).subquery())) or 0
        for kind, (old, _) in _WAYS.items()
    }


def delete_old(by: Actor) -> dict[Kind, int]:
    """Delete what is past its time, each batch in a transaction of its own with what it deleted in the history.

    Stops where a legal hold is in force: no batch begins after it. Returns how many of each kind went.
    """
    scope = session().scope
    state_id = db.session.scalars(select(Tenant.public_id).where(Tenant.id == scope.id)).one()
    gone: dict[Kind, int] = {}
    for kind in Kind:
        while True:
            with visiting(scope):
                deleted = _delete_batch(kind)
                if deleted:
                    record_event(events.RECORDS_DELETED, state_id, by, {str(kind): deleted})
            gone[kind] = gone.get(kind, 0) + deleted
            if deleted < BATCH:
                break
    return gone


def _delete_batch(kind: Kind) -> int:
    if not deletion_allowed():
        return 0
    old, remove = _WAYS[kind]
    batch = list(db.session.scalars(old(days_kept()[kind]).limit(BATCH)))
    if batch:
        remove(batch)
    return len(batch)


def deletion_allowed() -> bool:
    """Tell whether this transaction may delete: a hold that begins waits for its end, and no other may after it."""
    _lock(alone=False)
    return hold_in_force() is None


def _lock(*, alone: bool) -> None:
    take_turn("deletion", shared=not alone)


def _before(days: int) -> Any:
    return func.now() - func.make_interval(0, 0, 0, days)


def _old_messages(days: int) -> Select[Any]:
    return select(Message.id).where(Message.created_at < _before(days)).order_by(Message.id)


def _remove_messages(ids: list[Any]) -> None:
    _run(delete(Delivery).where(one_of(Delivery.message_id, ids)))
    _run(delete(Message).where(one_of(Message.id, ids)))


def _old_sessions(days: int) -> Select[Any]:
    over = or_(AccessToken.expires_at < _before(days), AccessToken.revoked_at < _before(days))
    return select(AccessToken.id).where(over).order_by(AccessToken.id)


def _old_activity(days: int) -> Select[Any]:
    return select(Activity.id).where(Activity.at < _before(days)).order_by(Activity.at)


def _old_import_files(days: int) -> Select[Any]:
    worked_on = FileImport.state.not_in(_WORKED_ON)
    own = select(FileImport.file_id).where(FileImport.created_at < _before(days), worked_on)
    return select(StoredFile.id).where(StoredFile.id.in_(own.scalar_subquery())).order_by(StoredFile.id)


def _remove_files(ids: list[Any]) -> None:
    # their bytes go when the files are tidied
    _run(delete(StoredFile).where(one_of(StoredFile.id, ids)))


def _old_purchase_files(days: int) -> Select[Any]:
    record = exists().where(Close.record_id == StoredFile.id, Close.computed_at < _before(days))
    packing = exists().where(PackingDocument.file_id == StoredFile.id, PackingDocument.asked_at < _before(days))
    result = exists().where(Arrival.record_id == StoredFile.id, Arrival.computed_at < _before(days))
    paper = exists().where(SiteDocument.file_id == StoredFile.id, SiteDocument.asked_at < _before(days))
    photo = exists().where(ReceiptPhoto.file_id == StoredFile.id, ReceiptPhoto.added_at < _before(days))
    shown = exists().where(Evidence.file_id == StoredFile.id, _kept_long_enough(Evidence, Evidence.added_at, days))
    own = or_(ProcurementFile.file_id == StoredFile.id, ProcurementFile.data_id == StoredFile.id)
    bought = exists().where(own, _kept_long_enough(ProcurementFile, ProcurementFile.asked_at, days))
    old = or_(record, packing, result, paper, photo, shown, bought)
    return select(StoredFile.id).where(old).order_by(StoredFile.id)


def _kept_long_enough(model: Any, made: Any, days: int) -> Any:
    """Return the condition that so many days went by, also since the close, and no fewer than federal food rules ask."""
    same = and_(Purchase.tenant_id == model.tenant_id, Purchase.id == model.purchase_id)
    closed = select(Purchase.cutoff_at).where(same).scalar_subquery()
    return func.greatest(made, closed) < _before(max(days, LONGEST))


def _remove_purchase_files(ids: list[Any]) -> None:
    _run(update(Close).where(one_of(Close.record_id, ids)).values(record_id=None))
    # the page offers the list anew
    _run(delete(PackingDocument).where(one_of(PackingDocument.file_id, ids)))
    _run(update(Arrival).where(one_of(Arrival.record_id, ids)).values(record_id=None))
    _run(delete(SiteDocument).where(one_of(SiteDocument.file_id, ids)))
    _run(delete(ReceiptPhoto).where(one_of(ReceiptPhoto.file_id, ids)))
    _run(update(Evidence).where(one_of(Evidence.file_id, ids)).values(file_id=None))
    gone = or_(one_of(ProcurementFile.file_id, ids), one_of(ProcurementFile.data_id, ids))
    # a PDF and its data go together, also where a batch ends between them
    pairs = db.session.execute(select(ProcurementFile.file_id, ProcurementFile.data_id).where(gone)).all()
    _run(delete(ProcurementFile).where(gone))
    _remove_files([*{*ids, *(one for pair in pairs for one in pair if one)}])


def _old_attempts(days: int) -> Select[Any]:
    return select(SignInFailure.key_hash).where(SignInFailure.last_at < _before(days))


def _remove_each(model: Any) -> Callable[[list[Any]], None]:
    key = SignInFailure.key_hash if model is SignInFailure else model.id
    return lambda ids: _run(delete(model).where(one_of(key, ids)))


def _run(statement: Any) -> None:
    db.session.execute(statement, execution_options=_BLINDLY)


_WAYS: dict[Kind, tuple[Callable[[int], Select[Any]], Callable[[list[Any]], None]]] = {
    Kind.MESSAGES: (_old_messages, _remove_messages),
    Kind.SESSIONS: (_old_sessions, _remove_each(AccessToken)),
    Kind.ACTIVITY: (_old_activity, _remove_each(Activity)),
    Kind.IMPORT_FILES: (_old_import_files, _remove_files),
    Kind.PURCHASE_FILES: (_old_purchase_files, _remove_purchase_files),
    Kind.SIGN_IN_ATTEMPTS: (_old_attempts, _remove_each(SignInFailure)),
}
"""How the old ones of each kind are found and removed."""
