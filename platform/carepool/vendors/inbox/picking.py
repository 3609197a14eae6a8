"""What a worker does to pick up vendors' answers: which vendors are visited, and each file in a transaction of its own."""

import io
from uuid import UUID

import structlog
from sqlalchemy import select

from carepool import events
from carepool.clock import now
from carepool.errors import Refusal
from carepool.outbox import Actor, hand_over
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.sealing import NotReadable
from carepool.sentences import marked
from carepool.vendors.channels.sftp_picking import DONE, MOST_BYTES, REFUSED, NotReached, Picked, files_of, rename
from carepool.vendors.deliveries.models import OrderDelivery
from carepool.vendors.inbox.actions import note_refused, take_file
from carepool.vendors.inbox.models import Door
from carepool.vendors.terms.actions import terms_of
from carepool.vendors.terms.models import OrderingTerms
from tenants.database import db, find, session
from tenants.scope import visiting

_UNDER_WAY = (PurchaseState.CLOSED, PurchaseState.ORDERED, PurchaseState.RECEIVING)


def ask_for_files() -> int:
    """Have the servers of vendors visited that have an order under way and a folder for answers; return how many."""
    vendors = list(
        db.session.scalars(
            select(OrderingTerms.vendor_id).where(
                OrderingTerms.sftp_answers_folder != "",
                OrderingTerms.sftp_host != "",
                OrderingTerms.vendor_id.in_(
                    select(OrderDelivery.vendor_id)
                    .join(
                        Purchase,
                        (Purchase.tenant_id == OrderDelivery.tenant_id) & (Purchase.id == OrderDelivery.purchase_id),
                    )
                    .where(OrderDelivery.tenant_id == session().scope.id, Purchase.state.in_(_UNDER_WAY))
                ),
            )
        )
    )
    # a vendor is named by one of its contracts
    contracts: dict[int, UUID] = {}
    for one in db.session.scalars(select(Contract).where(Contract.vendor_id.in_(vendors)).order_by(Contract.id)):
        contracts.setdefault(one.vendor_id, one.id)
    if contracts:
        hand_over(events.VENDOR_FILES_DUE, sorted(contracts.values()))
    return len(contracts)


def pick_up(contract_id: UUID) -> None:
    """Take the files that wait on the server of a contract's vendor; one that cannot be taken stops no other."""
    with visiting(session().scope):
        contract = find(Contract, contract_id)
        terms = terms_of(contract.vendor_id) if contract else None
        if contract is None or terms is None or not terms.sftp_answers_folder:
            return
        vendor_id = contract.vendor_id
        try:
            key = terms.secret("sftp_key")
        except NotReadable:
            return
        db.session.expunge(terms)
    log = structlog.get_logger("carepool.vendors")
    try:
        waiting = files_of(terms, key)
    except NotReached as failed:
        log.warning("vendor_files_not_reached", vendor=vendor_id, detail=failed.detail)
        _looked(vendor_id, failed.detail)
        return
    _looked(vendor_id, "")
    rename(terms, key, {one.name: DONE if _took(vendor_id, one) else REFUSED for one in waiting})


def _looked(vendor_id: int, error: str) -> None:
    with visiting(session().scope):
        own = find(OrderingTerms, vendor_id)
        if own is not None:
            own.answers_looked_at, own.answers_error = now(), error.replace("\0", "")[:400]


def _took(vendor_id: int, one: Picked) -> bool:
    by = Actor.task()
    stream = io.BytesIO(one.data or b"")
    too_large = marked("The file is larger than %(most)s MB.", most=MOST_BYTES // 1024 // 1024)
    told = [too_large]
    if one.data is not None:
        try:
            with visiting(session().scope):
                take_file(by, vendor_id, stream, one.name, Door.SFTP)
            return True
        except Refusal as refused:
            told = [each for some in refused.fields.values() for each in some] or [refused.sentence]
    with visiting(session().scope):
        note_refused(by, vendor_id, stream, one.name, Door.SFTP, told)
    return False
