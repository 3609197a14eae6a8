"""Every task and sweep with the other state's ids: found by construction from topics, Celery and sweeps."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import asyncssh
import pytest
from flask import Flask
from sqlalchemy import CompoundSelect, cast, func, literal, select, union_all, update
from sqlalchemy.dialects.postgresql import TEXT, aggregate_order_by

from carepool.clock import now
from carepool.config import Settings
from carepool.events import Queue, topics
from carepool.identity import claims
from carepool.identity.models import AccessToken, Person, SignInFailure, TokenKind
from carepool.imports.actions import PREVIEW_LIFE
from carepool.imports.models import FileImport, ImportState
from carepool.notifications.models import Delivery, DeliveryState
from carepool.outbox import Activity, Actor, OutboxRow
from carepool.purchasing.models.catalogs import Contract
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from carepool.purchasing.receiving.actions.offering import offer_left
from carepool.purchasing.receiving.actions.sharing import compute_sharing
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from carepool.purchasing.settlement.actions.card_settings import card_provider, set_card_provider
from carepool.purchasing.settlement.actions.cards import begin_card
from carepool.purchasing.settlement.actions.paying import WrittenPayment, record_payment
from carepool.purchasing.settlement.actions.settling import settle
from carepool.purchasing.settlement.models.payments import Direction, Method, PaymentState
from carepool.records.models import RecordExport
from carepool.vendors.answers import proposals
from carepool.vendors.answers.models import OrderProposal
from carepool.vendors.changes import actions as changes
from carepool.vendors.changes.models import OrderEdit, OrderQuestion
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.desk.models import DeskPartner
from carepool.vendors.prices.models import PriceProposal
from carepool.webhooks.endpoints import add_endpoint
from carepool.webhooks.models import WebhookDelivery, WebhookEndpoint
from tenants import lifecycle
from tenants.database import Base, db, model_of
from tenants.ids import new_id
from tests import contracting
from tests.buying import add_item, make_contract, open_buy, work
from tests.card_desk import card_desk
from tests.cast import Cast, State
from tests.desks import desk_of
from tests.importing import import_file, roster, upload
from tests.isolation.factories import make
from tests.isolation.statements import counting
from tests.ordering import VENDOR, Ordered, closed
from tests.receiving import bought, count, finish, first_order, line, short_purchase
from tests.running import variables
from tests.settling import billed, borne_late, settled
from workers.deliveries import deliver
from workers.sweeps import SWEEPS

Own = Callable[[State], UUID]
WORK = {name: topic for name, topic in topics().items() if topic.queue is not None}


def _begun(door: str) -> Own:
    def begun(state: State) -> UUID:
        one = upload(state, roster(3)).json if door == "columns" else import_file(state, roster(3), apply=False)
        body = {"json": {}} if door == "columns" else {}
        answer = state.api("POST", f"/imports/{one['id']}/{door}", state.administrator, **body)
        assert answer.status_code == 202, answer.text
        return UUID(one["id"])

    return begun


def _ordered(state: State) -> UUID:
    buy = open_buy(state)
    work(state)
    assert buy.order(state.director, {"GLOVES": (20,)}).status_code == 201
    return UUID(buy.id)


def _closed_not_ordered(state: State) -> UUID:
    purchase = _ordered(state)
    with state.scope():
        db.session.execute(update(Purchase).where(Purchase.id == purchase).values(state=PurchaseState.CLOSED))
    return purchase


def _closing(state: State) -> UUID:
    purchase = _ordered(state)
    assert state.api("POST", f"/purchases/{purchase}/close", state.coordinator).status_code == 202
    return purchase


def _tried(state: State) -> UUID:
    return UUID(state.api("POST", f"/purchases/{_ordered(state)}/dry-runs", state.coordinator).json["id"])


def _not_sent(state: State) -> UUID:
    message = make(model_of("message"), state)
    with state.scope():
        db.session.execute(
            update(Delivery).where(Delivery.message_id == message).values(state=DeliveryState.WAITING, attempts=1)
        )
    return message


def _reminded(state: State) -> UUID:
    """A purchase whose programs with unsent lines are to be reminded."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)}, place=False)
    assert state.api("POST", buy.path("/reminders"), state.coordinator).status_code == 202
    return UUID(buy.id)


def _moved(state: State) -> UUID:
    """A purchase whose orders moved to a new one; nobody was told yet."""
    contract = make_contract(state, 10**6)
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")})
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    assert state.api("POST", buy.path("/roll-over"), state.coordinator).status_code == 200
    return UUID(buy.id)


def _decided(verb: Callable[[Actor, UUID], Any]) -> Own:
    def decided(state: State) -> UUID:
        claim = make(model_of("claim"), state)
        with state.scope():
            verb(Actor.operator(), claim)
        return claim

    return decided


def _told_outside(state: State) -> UUID:
    """A history row of which an endpoint is to hear."""
    with state.scope():
        facts = {"url": "https://127.0.0.1/hook", "description": "", "events": []}
        add_endpoint(Actor.operator(), facts)
    _ordered(state)
    with state.scope():
        return db.session.scalars(
            select(Activity.id).where(Activity.verb == "order.placed").order_by(Activity.id.desc())
        ).first()


def _listening(**facts: Any) -> Own:
    def listening(state: State) -> UUID:
        delivery = make(WebhookDelivery, state)
        with state.scope():
            endpoint = db.session.scalars(
                select(WebhookDelivery.endpoint_id).where(WebhookDelivery.id == delivery)
            ).one()
            if facts:
                db.session.execute(update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint).values(facts))
            return endpoint

    return listening


def _order_waiting(state: State) -> UUID:
    """An order that waits to be sent."""
    delivery = make(OrderDelivery, state)
    with state.scope():
        mine = update(OrderDelivery).where(OrderDelivery.id == delivery)
        db.session.execute(mine.values(state=OrderStage.QUEUED, attempts=0))
    return delivery


def _order_unsent(state: State) -> UUID:
    return make(OrderDelivery, state)


def _accepted(state: State) -> UUID:
    """A purchase whose vendor's change was accepted and is not worked in yet."""
    proposal = make(OrderProposal, state)
    with state.scope():
        return proposals.accept(Actor.operator(), proposal).purchase_id


def _service(end: str, **more: Any) -> Own:
    """A contract in which the director is, of whose end nobody was told yet."""

    def service(state: State) -> UUID:
        own = contracting.offered(state, **more)
        assert own.enrol(state.director).status_code == 201
        if end == "cancellation":
            why = {"json": {"reason": "R"}}
            assert state.api("POST", own.path("/cancellation"), state.coordinator, **why).status_code == 200
        elif end:
            assert own.close().status_code == 200
        return UUID(own.id)

    return service


def _cheaper(state: State) -> UUID:
    """A contract whose rate fell, of which nobody was told yet."""
    own = contracting.agreed(state, late_join=True, rate_falls=True)
    contracting.let_begin(own)
    assert own.enrol(state.fellow).status_code == 201
    return UUID(own.id)


def _with_folder(state: State) -> Ordered:
    """A purchase that is ordered from a vendor with a folder for answers, on a server that is not there."""
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    server = {"sftp_host": "localhost", "sftp_user": "u", "sftp_host_key": key, "sftp_answers_folder": "out"}
    own = closed(state, **server)
    own.send()
    return own


def _agreed(state: State) -> UUID:
    """A change after the close that waits to be worked in."""
    own = closed(state)
    line = {"item_id": own.buy.items["GLOVES"], "wanted": 10}
    program = {"program_id": str(state.director.program_id), "lines": [line]}
    body = {"programs": [program], "key": str(uuid4()), "reason": "R"}
    made = state.api("POST", own.buy.path("/order-edits"), state.coordinator, json=body, headers={"If-Match": '"1"'})
    return UUID(made.json["id"])


def _answered(state: State) -> UUID:
    """A question to which a vendor said no."""
    question = make(OrderQuestion, state)
    with state.scope():
        changes.answer_question(Actor.vendor(), question, False, "", "link")
    return question


def _ended(state: State) -> UUID:
    """A change that was taken back."""
    edit = make(OrderEdit, state)
    with state.scope():
        changes.withdraw(Actor.operator(), edit)
    return edit


OWN: dict[str, Own] = {
    "service.opened": _service(""),
    "service.agreed": _service("close"),
    "service.failed": _service("close", min_members=2),
    "service.extended": _service("close", min_members=2, if_short="extend", extend_days=5),
    "service.cancelled": _service("cancellation"),
    "service.rate_fell": _cheaper,
    "provider.changed": lambda state: state.tenant.public_id,
    "claim.approved": _decided(claims.approve_claim),
    "claim.declined": _decided(lambda by, claim: claims.decline_claim(by, claim, "Not known.")),
    "import.started": _begun("columns"),
    "import.confirmed": _begun("apply"),
    "purchase.opened": lambda state: UUID(open_buy(state).id),
    "purchase.closing": _closing,
    "purchase.closed": _closed_not_ordered,
    "purchase.ordered": _ordered,
    "purchase.failed_minimum": _ordered,
    "purchase.cancelled": _ordered,
    "purchase.rescheduled": _ordered,
    "purchase.tried": _tried,
    "purchase.invited": lambda state: UUID(open_buy(state).id),
    "purchase.reminded": _reminded,
    "purchase.rolled_over": _moved,
    "leftovers.offered": lambda state: UUID(uncollected_of_two(state)),
    "arrival.asked": lambda state: _counted(state),
    "arrival.shared": lambda state: _shared(state),
    "purchase.settling_asked": lambda state: _asked_to_settle(state),
    "purchase.adjusted": lambda state: _adjusted_untold(state),
    "purchase.settled": lambda state: _settled_untold(state),
    "payment.card_asked": lambda state: _card(state, PaymentState.WAITING),
    "payment.card_due": lambda state: _card(state, PaymentState.OPEN),
    "message.waiting": _not_sent,
    "delivery.repeated": _not_sent,
    "event.published": _told_outside,
    "webhook.waiting": _listening(),
    "webhook.failing": _listening(failing_since=func.now()),
    "order_delivery.queued": _order_waiting,
    "order_delivery.due": _order_waiting,
    "order_delivery.unacknowledged": _order_unsent,
    "purchase.changes_accepted": _accepted,
    "vendor_files.due": lambda state: UUID(_with_folder(state).contract),
    "order_edit.agreed": lambda state: _agreed(state),
    "order_edit.ended": lambda state: _ended(state),
    "order_question.answered": lambda state: _answered(state),
    "export.asked": lambda state: _asked_export(state),
    "desk.given": lambda state: _desk_given(state),
    "desk.changed": lambda state: _desk_given(state),
    "prices.decided": lambda state: _decided_prices(state),
    "isolation.asked": lambda state: UUID(state.api("POST", "/isolation-checks", state.administrator).json["id"]),
}
"""Subjects whose work is still to be done; for other topics any row of the subject's model will do."""


def _desk_given(state: State) -> UUID:
    """A desk that was given and not opened yet; its host name, which all states may see, is there already."""
    contract = make_contract(state, vendor=f"Vendor {uuid4().hex[:8]}")
    add_item(state, contract, "GLOVES")
    with state.scope() as session:
        vendor_id = session.get_one(Contract, (state.tenant.id, UUID(contract))).vendor_id
    with state.app.app_context():
        lifecycle.open_desk(vendor_id, "localhost")
    with state.scope():
        partner = DeskPartner(id=new_id(), vendor_id=vendor_id, invited_name="Ina", invited_email="ina@vendor.example")
        db.session.add(partner)
        return partner.id


def _shared_forecast(state: State) -> None:
    """An open purchase from a vendor whom the state lets see what is coming."""
    contract = make_contract(state, vendor=VENDOR)
    desk_of(state, contract)
    with state.scope():
        db.session.execute(update(DeskPartner).values(shares_forecast=True))
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")})
    buy.order(state.director, {"GLOVES": (20,)})


def _decided_prices(state: State) -> UUID:
    """Prices of a vendor that the state declined; the vendor was not told yet."""
    proposal = make(PriceProposal, state)
    with state.scope():
        db.session.execute(update(PriceProposal).where(PriceProposal.id == proposal).values(state="declined"))
    return proposal


def _accepted_prices(state: State) -> None:
    """Prices of a vendor that the state accepted and whose day has come."""
    proposal = make(PriceProposal, state)
    with state.scope():
        mine = update(PriceProposal).where(PriceProposal.id == proposal)
        db.session.execute(mine.values(state="accepted", effective_on=date(2026, 1, 2)))


def _subject(topic: str, state: State) -> UUID:
    return OWN[topic](state) if topic in OWN else make(model_of(WORK[topic].subject), state)


def _fingerprints(state: State, *without: str) -> dict[str, str | None]:
    """Return a hash of all rows that a state can see of each table but `without`; None where it sees none."""
    with state.scope() as session:
        found = session.execute(_hashes()).all()
    return {table: rows for table, rows in found if table not in without}


@cache
def _hashes() -> CompoundSelect[tuple[str, str | None]]:
    """One statement for all tables: hundreds of them a test take longer than what is tested."""
    found = []
    for mapper in Base.registry.mappers:
        table: Any = mapper.local_table
        row = cast(func.row_to_json(table.table_valued()), TEXT)
        rows = func.md5(func.string_agg(row, aggregate_order_by(literal("\n"), row)))
        found.append(select(literal(table.name), rows).select_from(table))
    return union_all(*found)


def _outbox_row(state: State, topic: str, subject: UUID) -> UUID:
    with state.scope():
        row = OutboxRow(id=new_id(), topic=topic, subject_id=subject)
        db.session.add(row)
        return row.id


def _row(state: State, row_id: UUID) -> tuple[bool, int]:
    with state.scope():
        query = select(OutboxRow.done_at.is_not(None), OutboxRow.attempts).where(OutboxRow.id == row_id)
        return db.session.execute(query).one()._tuple()


def _delivered(state: State, topic: str, subject: UUID) -> tuple[UUID, list[str]]:
    row_id = _outbox_row(state, topic, subject)
    with counting(state.app) as statements:
        deliver(state.app, state.tenant.scope, topic, [row_id])
    return row_id, statements


@pytest.mark.parametrize("topic", WORK)
def test_a_task_does_nothing_to_another_state_and_everything_to_its_own(app: Flask, cast: Cast, topic: str) -> None:
    here, there = cast.here, cast.there
    foreign = _subject(topic, there)
    theirs = _fingerprints(there)
    _delivered(here, topic, uuid4())  # warms caches of statements
    _, for_missing = _delivered(here, topic, uuid4())
    _, for_foreign = _delivered(here, topic, foreign)
    assert for_foreign == for_missing, f"{topic} asks the database differently for a foreign id"
    assert _fingerprints(there) == theirs, f"{topic} changed another state"
    own = _subject(topic, here)
    # both again: what one state sees holds shared tables too
    mine, theirs = _fingerprints(here, "outbox"), _fingerprints(there)
    row_id, _ = _delivered(here, topic, own)
    assert _row(here, row_id) == (True, 0), f"{topic} did not do its own work"
    assert _fingerprints(here, "outbox") != mine, f"{topic}: was its work done?"
    assert _fingerprints(there) == theirs, f"{topic} changed another state while it did its own work"


@pytest.mark.parametrize("topic", WORK)
def test_rows_of_one_state_delivered_in_the_scope_of_another_do_nothing(cast: Cast, topic: str) -> None:
    here, there = cast.here, cast.there
    row_id = _outbox_row(here, topic, _subject(topic, here))
    mine, theirs = _fingerprints(here), _fingerprints(there)
    deliver(there.app, there.tenant.scope, topic, [row_id])
    assert (_fingerprints(here), _fingerprints(there)) == (mine, theirs)


def uncollected_of_two(state: State) -> str:
    """A purchase with goods left near a program that has none there; nobody was told yet."""
    buy = open_buy(state)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    count(state, first_order(buy), line(1, 2))
    finish(state, first_order(buy))
    with state.scope():
        db.session.execute(update(PurchaseReceiving).values(offer_from=date(2026, 1, 1)))
        offer_left(Actor.task(), now())
        db.session.execute(update(OutboxRow).values(done_at=func.now()))
    return buy.id


def _left_over(state: State) -> None:
    buy, _ = short_purchase(state)
    with state.scope():
        own = update(PurchaseReceiving).where(PurchaseReceiving.purchase_id == buy.id)
        db.session.execute(own.values(offer_from=date(2026, 1, 1)))


def _goods_wait(state: State) -> None:
    buy, _ = short_purchase(state)
    # also where the day is still the one before
    soon = now().date() + timedelta(days=1)
    with state.scope():
        own = update(PurchaseReceiving).where(PurchaseReceiving.purchase_id == buy.id)
        db.session.execute(own.values(offer_from=soon))


def _counted(state: State) -> UUID:
    """A result that was asked for and not computed yet."""
    buy = bought(state)
    assert count(state, first_order(buy), line(1, 7)).status_code == 201
    return UUID(state.api("POST", buy.path("/arrivals"), state.coordinator).json["id"])


def _shared(state: State) -> UUID:
    """A result of which nobody was told yet."""
    arrival = _counted(state)
    with state.scope():
        compute_sharing(Actor.task(), arrival)
    return arrival


def _asked_to_settle(state: State) -> UUID:
    """A purchase that is to be settled."""
    answer = state.api("POST", billed(state).path("/settlement"), state.coordinator, json={})
    return UUID(answer.json["id"])


def _adjusted_untold(state: State) -> UUID:
    """An invoice that came after settling, and of which programs were not told yet."""
    return UUID(borne_late(settled(state), "programs", told=False, freight_cents=900)["id"])


def _settled_untold(state: State) -> UUID:
    """A purchase of whose settling nobody was told yet."""
    settlement = _asked_to_settle(state)
    with state.scope():
        settle(Actor.task(), settlement)
    return settlement


_DESKS = ExitStack()
"""Providers of cards that a test asked for; they end with it, in the order that restores what was set before them."""


@pytest.fixture(autouse=True)
def desks_end() -> Iterator[None]:
    with _DESKS:
        yield


def _card(state: State, at: PaymentState) -> UUID:
    """A payment by card that waits for the provider, or whose page is open and paid."""
    desk = _DESKS.enter_context(card_desk(state.app))
    with state.scope():
        set_card_provider(
            Actor.operator(), state.tenant.public_id, "sk_test_1234", is_on=True, based_on=_cards_version()
        )
        key = f"key-{uuid4()}"
        written = WrittenPayment(
            key, Direction.IN, Method.CARD, 500, now().date(), program_id=state.director.program_id
        )
        payment = record_payment(Actor.operator(), written)
        if at is PaymentState.OPEN:
            begin_card(Actor.task(), payment.id)
            desk.pay()
        db.session.execute(update(OutboxRow).values(done_at=func.now()))
        return payment.id


def _cards_version() -> int:
    own = card_provider()
    return own.version if own else 0


def _due_purchase(state: State) -> None:
    purchase = _ordered(state)
    with state.scope():
        db.session.execute(update(Purchase).where(Purchase.id == purchase).values(closes_at=func.now()))


def _done_long_ago(state: State) -> None:
    open_buy(state)
    work(state)
    with state.scope():
        db.session.execute(update(OutboxRow).values(done_at=func.now() - timedelta(days=30)))


def _old_preview(state: State) -> None:
    import_file(state, roster(3), apply=False)
    with state.scope():
        old = update(FileImport).where(FileImport.state == ImportState.PREVIEWED)
        db.session.execute(old.values(read_at=func.now() - PREVIEW_LIFE - timedelta(days=1)))


def _not_sent_since(channel: str) -> Callable[[State], None]:
    def due(state: State) -> None:
        message = _not_sent(state)
        with state.scope():
            mine = update(Delivery).where(Delivery.message_id == message)
            db.session.execute(mine.values(channel=channel, due_at=func.now() - timedelta(seconds=1)))

    return due


def _unsent_draft(state: State) -> None:
    buy = open_buy(state, closes_at=(now() + timedelta(hours=20)).isoformat())
    assert buy.order(state.director, {"GLOVES": (20,)}, place=False).status_code == 201


def _plain_secret(state: State) -> None:
    with state.scope():
        mine = update(Person).where(Person.id == state.director.id)
        db.session.execute(mine.values(totp_secret="A" * 32))


def _started_case(state: State) -> None:
    buy = open_buy(state, closes_at=(now() + timedelta(hours=20)).isoformat())
    assert buy.order(state.director, {"GLOVES": (15,)}).status_code == 201


def _due_event(state: State) -> None:
    make(WebhookDelivery, state)
    with state.scope():
        db.session.execute(update(OutboxRow).values(done_at=func.now()))


def _expired_export(state: State) -> None:
    make(RecordExport, state)
    with state.scope():
        db.session.execute(update(RecordExport).values(expires_at=func.now() - timedelta(seconds=1)))


def _asked_export(state: State) -> UUID:
    return UUID(state.api("POST", "/exports", state.administrator, json={"kind": "activity"}).json["id"])


def _old_wrong_try(state: State) -> None:
    with state.scope():
        db.session.add(SignInFailure(key_hash=b"k", tries=1, last_at=now() - timedelta(days=30)))


def _ending_token(state: State) -> None:
    make(AccessToken, state)
    with state.scope():
        made, ends = func.now() - timedelta(days=60), func.now() + timedelta(days=3)
        own = update(AccessToken).where(AccessToken.kind == TokenKind.API, AccessToken.label == "")
        db.session.execute(own.values(created_at=made, expires_at=ends))


def _silent_order(state: State) -> None:
    delivery = _order_unsent(state)
    with state.scope():
        db.session.execute(update(OrderDelivery).where(OrderDelivery.id == delivery).values(alarm_at=func.now()))


def _late_order(state: State) -> None:
    delivery = _order_waiting(state)
    with state.scope():
        db.session.execute(update(OrderDelivery).where(OrderDelivery.id == delivery).values(due_at=func.now()))


DUE: dict[str, Callable[[State], None]] = {
    "delete_old": lambda state: _old_wrong_try(state),
    "foresee_sums": lambda state: _shared_forecast(state),
    "show_catalogs": lambda state: _desk_given(state) and None,
    "take_over_prices": lambda state: _accepted_prices(state),
    "alarm_of_orders": _silent_order,
    "send_due_orders": _late_order,
    "check_isolation": lambda state: None,
    "close_due": _due_purchase,
    "keep_contracts": lambda state: contracting.let_be_due(contracting.offered(state)),
    "forget_done": _done_long_ago,
    "forget_previews": _old_preview,
    "pick_up_answers": lambda state: (_with_folder(state), None)[1],
    "remind_drafts": _unsent_draft,
    "remind_of_goods": _goods_wait,
    "offer_left": _left_over,
    "seal_secrets": _plain_secret,
    "remove_exports": _expired_export,
    "warn_of_tokens": _ending_token,
    "look_at_cards": lambda state: (_card(state, PaymentState.OPEN), None)[1],
    "send_due": _not_sent_since("mail"),
    "send_digests": _not_sent_since("digest"),
    "tell_missing": _started_case,
    "wake_webhooks": _due_event,
}
"""What makes a sweep have something to do in a state."""


@pytest.mark.parametrize("name", SWEEPS)
def test_a_sweep_in_one_state_leaves_the_other_alone(cast: Cast, name: str) -> None:
    assert name in DUE, f"Say in {__name__} what makes the sweep {name} due."
    for state in (cast.here, cast.there):
        DUE[name](state)
    mine, theirs = _fingerprints(cast.here), _fingerprints(cast.there)
    with cast.here.scope():
        SWEEPS[name]()
    assert _fingerprints(cast.there) == theirs, f"the sweep {name} changed another state"
    assert _fingerprints(cast.here) != mine, f"the sweep {name} found nothing to do"


ARGUMENTS: dict[str, Callable[[Cast, UUID], Any]] = {
    "scope_kind": lambda cast, row: str(cast.there.tenant.scope.kind),
    "scope_id": lambda cast, row: cast.there.tenant.scope.id,
    "topic": lambda cast, row: "import.started",
    "row_ids": lambda cast, row: [str(row)],
    "name": lambda cast, row: next(iter(SWEEPS)),
    "queue": lambda cast, row: str(Queue.NOTICES),
    "sent_at": lambda cast, row: 0.0,
}
"""A value of each argument that a Celery task may have: the scope of the other state, ids of this one."""
ROUNDS = {"carepool.sweep", "carepool.send_canary"}
"""Tasks that name no state: they go round, or put a message into the broker."""


@pytest.fixture
def celery(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The Celery application of the workers, on the test servers."""
    for name, value in variables(settings).items():
        monkeypatch.setenv(name, value)
    from workers.app import app as made

    made.loader.import_default_modules()
    return made


def test_every_celery_task_is_tried_with_a_foreign_scope(app: Flask, cast: Cast, celery: Any) -> None:
    own = {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}
    assert {"carepool.deliver", *ROUNDS} <= set(own)
    row_id = _outbox_row(cast.here, "import.started", _begun("columns")(cast.here))
    mine, theirs = _fingerprints(cast.here), _fingerprints(cast.there)
    for name, task in own.items():
        arguments = list(inspect.signature(task.run).parameters)
        unknown = [one for one in arguments if one not in ARGUMENTS]
        assert not unknown, f"Say in {__name__} what kind of thing {unknown} of the task {name} is."
        if name not in ROUNDS:
            ran = task.apply([ARGUMENTS[one](cast, row_id) for one in arguments])
            assert ran.successful(), ran.traceback
    assert (_fingerprints(cast.here), _fingerprints(cast.there)) == (mine, theirs)
    scope = cast.here.tenant.scope
    celery.tasks["carepool.deliver"].apply([str(scope.kind), scope.id, "import.started", [str(row_id)]])
    assert _row(cast.here, row_id) == (True, 0), "in its own scope the same row is done"
