"""The desk of a vendor: one sign-in, the orders of all states, and nothing else of a state."""

import io
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.identity.rights import DeskRole
from carepool.identity.vendor_models import VendorPerson, VendorToken
from carepool.outbox import OutboxRow
from carepool.vendors.answers.models import OrderAnswer
from carepool.vendors.desk import saying
from carepool.vendors.desk.models import DeskSaid
from carepool.vendors.links.models import VendorInvoiceFile
from tenants.database import Base, db
from tenants.ids import new_id
from tests.buying import add_item, make_contract, open_buy, work
from tests.cast import PASSWORD, Cast, State, posted
from tests.desks import Desk, colleague, desk_of, give_desk, shown_order
from tests.inbox import listening
from tests.ordering import VENDOR, Ordered, closed, sets_terms, steps
from workers.relay import Relay
from workers.sweeps import sweep


def test_a_coordinator_gives_a_desk_and_its_first_person_signs_in_by_the_link_of_a_letter(
    app: Flask, here: State
) -> None:
    contract = make_contract(here, vendor=VENDOR)
    with listening(app) as inbox:
        assert give_desk(here, contract).status_code == 302
        desk = desk_of(here)
        desk.work()
        path = inbox.path_in("sales@vendor.example")
    assert desk.host.startswith("order-desk-supply") and desk.host.endswith(".localhost")
    client = desk.client()
    assert client.get("/").location == "/desk"
    assert "/sign-in" in client.get("/desk").location
    assert posted(client, path).status_code == 302
    page = client.get("/desk")
    assert page.status_code == 200 and "Order Desk Supply" in page.text
    assert posted(desk.client(), path, page=path).status_code == 401


def test_pressed_twice_a_desk_is_given_once(here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    for _ in range(2):
        assert give_desk(here, contract).status_code == 302
    desk = desk_of(here)
    with desk.scope():
        assert db.session.scalar(select(func.count()).select_from(VendorPerson)) == 1


def test_signing_in_at_a_desk_has_the_same_answer_for_unknown_and_wrong_and_locks_out(here: State) -> None:
    desk = desk_of(here)
    client = desk.client()
    wrong = [
        posted(client, "/sign-in", {"email": email, "password": "not this one"})
        for email in (desk.administrator.email, "nobody@vendor.example")
    ]
    assert {one.status_code for one in wrong} == {401}
    told = "The e-mail address or the password is not right."
    assert all(told in one.text for one in wrong)
    for _ in range(5):
        posted(client, "/sign-in", {"email": desk.administrator.email, "password": "not this one"})
    right = posted(client, "/sign-in", {"email": desk.administrator.email, "password": PASSWORD})
    assert right.status_code == 401 and "Too many wrong tries" in right.text


def test_a_password_signs_in_and_sessions_are_listed_and_ended(here: State) -> None:
    desk = desk_of(here)
    client = desk.client()
    answer = posted(client, "/sign-in", {"email": desk.administrator.email, "password": PASSWORD, "next": "/desk"})
    assert (answer.status_code, answer.location) == (302, "/desk")
    other = desk.browser()
    assert client.get("/account").text.count("Last used") == 2
    assert posted(client, "/account", {"act": "end_others"}).status_code == 302
    assert "/sign-in" in other.client.get("/desk").location
    assert client.get("/desk").status_code == 200


def test_someone_of_a_state_is_nobody_at_a_desk_and_the_other_way_round(here: State) -> None:
    desk = desk_of(here)
    state_token = {"Authorization": f"Bearer {here.coordinator.token}"}
    desk_token = {"Authorization": f"Bearer {desk.administrator.token}"}
    assert desk.client().get("/api/v1/desk/orders", headers=state_token).status_code == 401
    assert here.client().get("/api/v1/me", headers=desk_token).status_code == 401
    for path in ("/purchases", "/programs", "/people", "/vendors", "/state", "/messages"):
        assert desk.browser().client.get(path).status_code == 404, path
    assert here.browser(here.administrator).client.get("/desk").status_code == 404


def test_an_order_is_at_the_desk_as_soon_as_it_is_sent_there_with_a_short_letter(app: Flask, here: State) -> None:
    desk = desk_of(here)
    own = closed(here, channel="desk")
    with listening(app) as inbox:
        own.send()
        work(here)
        [letter] = inbox.texts("orders@vendor.example")
    [order] = desk.orders()
    assert f"http://{desk.host}/desk/orders/{order}" in letter and "/vendor-orders/" not in letter
    [message] = own.deliveries()
    assert message["state"] == "delivered" and own.purchase_state() == "ordered"
    proof = dict(steps(here, message["id"]))
    assert proof["delivered"].startswith(f"shown at http://{desk.host}/desk/orders/{order}")
    page = desk.browser().client.get("/desk")
    assert here.tenant.name in page.text and str(own.buy.number) in page.text


def test_an_order_by_another_way_is_at_the_desk_too_and_a_desk_given_later_shows_what_was_sent(
    app: Flask, here: State
) -> None:
    own = closed(here)
    with listening(app):
        own.send()
        work(here)
    desk = desk_of(here, own.contract)
    assert len(desk.orders()) == 1


def test_seeing_acknowledging_and_answering_leaves_the_proof_and_makes_the_same_proposals(here: State) -> None:
    desk, own, order = shown_order(here)
    browser = desk.browser()
    path = f"/desk/orders/{order}"
    assert "GLOVES" in browser.client.get(path).text
    browser.client.get(path)
    work(here)
    [message] = own.deliveries()
    assert message["state"] == "opened"
    assert browser.submit(f"{path}/acknowledge", "POST").status_code == 302
    work(here)
    assert own.deliveries()[0]["state"] == "acknowledged"
    told = dict(steps(here, message["id"]))
    assert told["opened"].startswith("desk ") and told["acknowledged"].endswith("Sal Vendor")
    form = {"code.1": "change", "cases.1": "1", "note": "One case is left."}
    assert browser.submit(f"{path}/answer", "POST", form).status_code == 302
    assert "on its way" in browser.client.get(path).text
    work(here)
    page = browser.client.get(path).text
    assert "on its way" not in page and "You said:" in page
    [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    assert proposal["changes"]["cases"] == [2, 1]
    here.api("POST", f"/order-proposals/{proposal['id']}/decline", here.coordinator)
    work(here)
    assert "We did not accept this change" in browser.client.get(path).text
    with here.scope():
        assert db.session.scalars(select(OrderAnswer.source)).all() == ["desk"]


def test_an_answer_that_cannot_be_is_refused_on_the_form_and_leaves_nothing(here: State) -> None:
    desk, _, order = shown_order(here)
    form = {"code.1": "backorder", "cases.1": "9"}
    answer = desk.browser().submit(f"/desk/orders/{order}/answer", "POST", form)
    assert answer.status_code == 422 and "fewer than the 2" in answer.text
    with desk.scope():
        assert not db.session.scalars(select(DeskSaid.id).where(DeskSaid.kind == "answered")).all()


def test_what_is_said_too_late_is_refused_with_its_sentence(here: State) -> None:
    desk, own, order = shown_order(here)
    browser = desk.browser()
    assert browser.submit(f"/desk/orders/{order}/answer", "POST", {"code.1": "reject"}).status_code == 302
    with here.scope() as session:
        from carepool.purchasing.models.purchases import Purchase, PurchaseState

        purchase = session.get_one(Purchase, (here.tenant.id, own.buy.id))
        purchase.state = PurchaseState.CANCELLED
    work(here)
    page = browser.client.get(f"/desk/orders/{order}").text
    assert "What was said here was not taken" in page


def test_an_invoice_is_kept_by_the_state_and_its_bytes_leave_the_desk(here: State) -> None:
    desk, _, order = shown_order(here)
    browser = desk.browser()
    path = f"/desk/orders/{order}/invoice"
    assert browser.submit(path, "POST", {"file": (io.BytesIO(b"no document"), "a.txt")}).status_code == 422
    data = {"file": (io.BytesIO(b"%PDF-1.7 an invoice"), "invoice.pdf")}
    assert browser.submit(path, "POST", data).status_code == 302
    work(here)
    assert "invoice.pdf" in browser.client.get(f"/desk/orders/{order}").text
    with here.scope():
        assert db.session.scalars(select(VendorInvoiceFile.name)).all() == ["invoice.pdf"]
        assert db.session.scalars(select(DeskSaid.content).where(DeskSaid.kind == "invoiced")).all() == [None]


def test_two_invoices_at_once_are_both_kept_whichever_clock_is_behind(
    here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, _, order = shown_order(here)
    browser, ids = desk.browser(), sorted(new_id() for _ in range(2))
    # the second of them is written by a process whose clock is behind
    monkeypatch.setattr(saying, "new_id", ids.pop)
    for name in ("one.pdf", "two.pdf"):
        data = {"file": (io.BytesIO(f"%PDF-1.7 {name}".encode()), name)}
        assert browser.submit(f"/desk/orders/{order}/invoice", "POST", data).status_code == 302
    work(here)
    with here.scope():
        assert sorted(db.session.scalars(select(VendorInvoiceFile.name))) == ["one.pdf", "two.pdf"]
        assert set(db.session.scalars(select(DeskSaid.state).where(DeskSaid.kind == "invoiced"))) == {"taken"}


def test_a_vendor_sees_the_orders_of_two_states_and_those_of_one_by_its_name(cast: Cast) -> None:
    desk, _, _ = shown_order(cast.here)
    _orders_from_the_same(cast.there, desk, cast.here)
    assert len(desk.orders()) == 2
    client = desk.browser().client
    codes = (cast.here.tenant.code, cast.there.tenant.code)
    shown = [client.get(f"/desk?state={code}").text.count("cp-card__title") for code in codes]
    assert shown == [1, 1]
    assert client.get("/desk").text.count("cp-card__title") == 2
    assert client.get("/desk?state=zz").text.count("cp-card__title") == 0
    assert client.get("/desk?standing=answered").text.count("cp-card__title") == 0


def _orders_from_the_same(state: State, desk: Desk, first: State) -> Ordered:
    """Order from the vendor of a desk in another state, which shows its orders there, too."""
    with first.scope() as session:
        from tenants.registry import Vendor

        public = str(session.get_one(Vendor, desk.vendor_id).public_id)
    body = {"vendor_id": public, "number": "K-SAME", "title": "Supplies"}
    contract = state.api("POST", "/contracts", state.coordinator, json=body).json["id"]
    assert give_desk(state, contract, email="").status_code == 302
    sets_terms(state, contract, channel="desk")
    buy = open_buy(state, {"GLOVES": add_item(state, contract, "GLOVES")})
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    own = Ordered(buy, contract)
    assert own.send().status_code == 202
    work(state)
    return own


def test_only_the_state_that_entered_a_vendor_opens_its_desk(cast: Cast) -> None:
    make_contract(cast.here, vendor=VENDOR)
    with cast.here.scope():
        from tenants.registry import Vendor

        own = select(Vendor.public_id).where(Vendor.name == VENDOR, Vendor.registered_by == cast.here.tenant.id)
        public = str(db.session.scalars(own).one())
    body = {"vendor_id": public, "number": "K-OTHER", "title": "Supplies"}
    contract = cast.there.api("POST", "/contracts", cast.there.coordinator, json=body).json["id"]
    answer = give_desk(cast.there, contract)
    assert answer.status_code == 409 and "only that state can" in answer.text


def test_a_vendor_never_sees_the_orders_of_another_vendor(cast: Cast) -> None:
    desk, _, order = shown_order(cast.here)
    other, _, foreign = shown_order(cast.there)
    browser = desk.browser()
    for rest in ("", "/document?format=csv"):
        theirs = browser.client.get(f"/desk/orders/{foreign}{rest}")
        nothing = browser.client.get(f"/desk/orders/{uuid4()}{rest}")
        assert (theirs.status_code, nothing.status_code) == (404, 404)
    for door in ("acknowledge", "answer", "invoice"):
        assert browser.submit(f"/desk/orders/{foreign}/{door}", "POST", {}).status_code == 404
    assert str(foreign) not in browser.client.get("/desk").text
    with other.scope():
        assert not db.session.scalars(select(DeskSaid.id)).all()
    assert order != foreign


def test_in_the_scope_of_a_vendor_only_bridge_rows_of_a_state_are_seen(here: State) -> None:
    desk, _, _ = shown_order(here)
    seen: dict[str, int] = {}
    with desk.scope() as session:
        for mapper in Base.registry.mappers:
            if mapper.class_.isolation in ("tenant", "bridge"):
                table: Any = mapper.local_table
                if count := session.scalar(select(func.count()).select_from(table)):
                    seen[table.name] = count
    bridges = {one.local_table.name for one in Base.registry.mappers if one.class_.isolation == "bridge"}  # type: ignore[attr-defined]
    assert set(seen) <= bridges
    assert {"desk_order", "desk_partner"} <= set(seen)


@pytest.mark.parametrize(
    "statement",
    [
        "update desk_order set current = false",
        "update desk_said set state = 'taken'",
        "delete from desk_order",
        "update desk_partner set notice_days = 0",
        "delete from desk_said",
    ],
)
def test_a_vendor_changes_no_bridge_row(here: State, statement: str) -> None:
    from sqlalchemy import text

    desk, _, order = shown_order(here)
    desk.browser().client.get(f"/desk/orders/{order}")
    with desk.scope() as session:
        assert session.execute(text(statement)).rowcount == 0  # type: ignore[attr-defined]


def test_a_vendor_leaves_a_state_no_other_work_than_its_own_words(here: State) -> None:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    desk = desk_of(here)
    leave = text(
        "insert into outbox (scope_kind, scope_id, id, topic, subject_id) values (:k, :s, gen_random_uuid(), :t, :x)"
    )
    for kind, topic in (("tenant", "purchase.closing"), ("office", "desk.said")):
        with pytest.raises(ProgrammingError), desk.scope() as session:
            session.execute(leave, {"k": kind, "s": here.tenant.id, "t": topic, "x": uuid4()})


def test_administrators_of_a_desk_invite_and_disable_and_staff_do_not(app: Flask, here: State) -> None:
    desk = desk_of(here)
    browser = desk.browser()
    with listening(app) as inbox:
        form = {"email": "new@vendor.example", "name": "Nina New", "role": "desk_staff"}
        assert browser.submit("/desk/people", "POST", form).status_code == 302
        desk.work()
        path = inbox.path_in("new@vendor.example")
    client = desk.client()
    assert posted(client, path).status_code == 302
    assert client.get("/desk").status_code == 200
    assert client.get("/desk/people").status_code == 403
    with desk.scope():
        person = db.session.scalars(select(VendorPerson.id).where(VendorPerson.email == "new@vendor.example")).one()
    answer = browser.submit(f"/desk/people/{person}", "POST", {"role": "desk_staff", "disabled": "1"})
    assert answer.status_code == 302
    assert "/sign-in" in client.get("/desk").location
    with desk.scope():
        open_ones = select(VendorToken.id).where(VendorToken.person_id == person, VendorToken.revoked_at.is_(None))
        assert not db.session.scalars(open_ones).all()


def test_the_last_administrator_of_a_desk_stays(here: State) -> None:
    desk = desk_of(here)
    browser = desk.browser()
    path = f"/desk/people/{desk.administrator.id}"
    assert browser.submit(path, "POST", {"role": "desk_staff"}).status_code == 409
    colleague(desk, DeskRole.ADMINISTRATOR)
    assert browser.submit(path, "POST", {"role": "desk_staff"}).status_code == 302


def test_a_test_order_is_a_letter_and_nothing_is_at_the_desk(app: Flask, here: State) -> None:
    desk = desk_of(here)
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract, channel="desk", mail_to=[])
    page = here.browser(here.coordinator)
    answer = page.submit(f"/vendors/{contract}/test", "POST", {"way": "desk"})
    work(here)
    shown = page.client.get(answer.location).text
    assert "A test needs an e-mail address" in shown and "/vendor-orders/" not in shown
    assert not desk.orders()


def test_an_order_of_a_purchase_that_was_canceled_counts_no_more_at_the_desk(here: State) -> None:
    desk = desk_of(here)
    own = closed(here, channel="desk")
    assert here.api("POST", own.buy.path("/vendor-orders"), here.coordinator).status_code == 202
    work(here)
    with here.scope() as session:
        from uuid import UUID

        from carepool import events
        from carepool.outbox import Actor, record_event
        from carepool.purchasing.models.purchases import Purchase, PurchaseState

        purchase = session.get_one(Purchase, (here.tenant.id, UUID(own.buy.id)))
        purchase.state = PurchaseState.CANCELLED
        record_event(events.PURCHASE_CANCELLED, purchase.id, Actor.operator())
    work(here)
    [order] = desk.orders()
    browser = desk.browser()
    assert "Replaced" in browser.client.get("/desk").text
    assert browser.submit(f"/desk/orders/{order}/answer", "POST", {"code.1": "reject"}).status_code == 409


def test_a_lost_second_step_is_taken_away_by_another_administrator_of_the_desk(app: Flask, here: State) -> None:
    desk = desk_of(here)
    lost = colleague(desk)
    theirs = desk.browser(lost)
    with desk.scope() as session:
        session.get_one(VendorPerson, (desk.vendor_id, lost.id)).totp_since = now()
    path = f"/desk/people/{lost.id}"
    browser = desk.browser()
    assert "Take the second step away" in browser.client.get(path).text
    with listening(app) as inbox:
        assert browser.submit(f"{path}/reset-factor", "POST").status_code == 302
        desk.work()
        assert "set it up again" in inbox.texts(lost.email)[-1].replace("\n", " ")
    assert "/sign-in" in theirs.client.get("/desk").location
    signed = desk.client()
    posted(signed, "/sign-in", {"email": lost.email, "password": PASSWORD})
    assert "/second-step" in signed.get("/desk").location
    own = f"/desk/people/{desk.administrator.id}/reset-factor"
    assert browser.submit(own, "POST").status_code == 409


def test_the_relay_and_the_hourly_clean_up_visit_desks(app: Flask, here: State) -> None:
    desk = desk_of(here)
    desk.work()
    handed: list[tuple[str, str]] = []
    form = {"email": "new@vendor.example", "name": "Nina New", "role": "desk_staff"}
    assert desk.browser().submit("/desk/people", "POST", form).status_code == 302
    Relay(app, lambda _queue, scope, topic, _rows: handed.append((str(scope), topic))).round()
    assert (str(desk.vendor_scope), "person.invited") in handed
    desk.work()
    with desk.scope():
        db.session.execute(update(OutboxRow).values(done_at=func.now() - timedelta(days=8)))
    sweep(app, "forget_done")
    with desk.scope():
        assert not db.session.scalars(select(OutboxRow.id)).all()


def test_what_a_vendor_says_wakes_the_relay_for_the_state(app: Flask, here: State) -> None:
    desk, _, order = shown_order(here)
    hints = app.extensions["hints"]
    while hints.wait(0.01):
        pass
    desk.browser().submit(f"/desk/orders/{order}/acknowledge", "POST")
    woken = set()
    while (scope := hints.wait(0.01)) is not None:
        woken.add(str(scope))
    assert str(here.tenant.scope) in woken
