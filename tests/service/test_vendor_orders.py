"""A bulk order reaches its vendor once: queued, sent, proved; and what is in doubt waits for a person."""

import email
import email.policy
import threading
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from carepool.outbox import Actor, OutboxRow
from carepool.vendors.deliveries import actions, working
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from tenants.database import db
from tests.buying import add_item, make_contract, open_buy, work
from tests.cast import Cast, State
from tests.inbox import Inbox, listening
from tests.ordering import Ordered, closed, later, sets_terms, steps
from tests.posting import losing_mail
from workers.deliveries import deliver


def _letters(inbox: Inbox) -> list[Any]:
    """Return the letters to the vendor, without those that tell a coordinator of it."""
    mine = [one for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
    return [email.message_from_bytes(one.content, policy=email.policy.default) for one in mine]


def test_one_letter_holds_all_places_with_documents_and_proof(app: Flask, here: State) -> None:
    contract = make_contract(here)
    sets_terms(
        here,
        contract,
        mail_to=["orders@vendor.example", "desk@vendor.example"],
        payment_terms="net 30",
        remit_to="PO Box 7, Denver CO",
        cutoff_minute=14 * 60,
    )
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES", pack_text="10/CS")}, second_point="Fairgrounds")
    for player, point in ((here.director, buy.points[0]), (here.fellow, buy.points[1])):
        body = {
            "delivery_point_id": point,
            "lines": [{"item_id": buy.items["GLOVES"], "wanted": 20}],
            "place": True,
        }
        path = buy.path(f"/orders/{player.program_id}")
        assert here.api("PUT", path, player, json=body, headers={"If-None-Match": "*"}).status_code == 201
    buy.close()
    own = Ordered(buy, contract)
    assert own.purchase_state() == "closed", "it is ordered only when the vendor has the order"
    with listening(app) as inbox:
        assert own.send().json == {"queued": 1}
        work(here)
        [letter] = _letters(inbox)
    [message] = own.deliveries()
    assert inbox.letters[0].rcpt_tos == ["orders@vendor.example", "desk@vendor.example"]
    text = letter.get_body(("plain",)).get_content()
    for told in ("Library parking lot", "Fairgrounds", "GLOVES", "10/CS", "net 30", "PO Box 7", "2:00", buy.number):
        assert told in text, told
    [attached] = list(letter.iter_attachments())
    assert attached.get_filename().endswith(".csv") and b"GLOVES" in attached.get_content().encode()
    assert letter["Message-ID"] == f"<{message['id']}@{here.host}>"
    assert message["state"] == "sent"
    assert [stage for stage, _ in steps(here, message["id"])] == ["queued", "sending", "sent"]
    assert steps(here, message["id"])[-1][1].startswith("250")
    assert own.purchase_state() == "ordered"


def test_pressing_again_or_a_task_that_comes_twice_sends_no_second_letter(app: Flask, here: State) -> None:
    own = closed(here)
    with listening(app) as inbox:
        own.send()
        assert own.send().json == {"queued": 0}
        work(here)
        with here.scope():
            rows = list(db.session.scalars(select(OutboxRow.id).where(OutboxRow.topic == "order_delivery.queued")))
            db.session.execute(update(OutboxRow).where(OutboxRow.id.in_(rows)).values(done_at=None))
        deliver(app, here.tenant.scope, "order_delivery.queued", rows)
        assert own.send().json == {"queued": 0}
        work(here)
        assert len(_letters(inbox)) == 1


def test_two_presses_at_once_queue_one_message(app: Flask, here: State) -> None:
    own = closed(here)
    together, counts = threading.Barrier(2), []

    def press() -> None:
        together.wait()
        with here.scope():
            counts.append(actions.send_orders(Actor.task(), UUID(own.buy.id)))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(counts) == [0, 1]


def test_a_worker_that_dies_between_sending_and_sent_leaves_it_in_doubt(
    app: Flask, here: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = closed(here)
    with listening(app) as inbox:
        own.send()

        class Died(BaseException):
            pass

        def die(*_: Any) -> None:
            raise Died

        monkeypatch.setattr(working, "_note", die)
        with pytest.raises(Died):
            work(here)
        monkeypatch.undo()
        assert len(_letters(inbox)) == 1 and own.deliveries()[0]["state"] == "sending"
        work(here)
        [message] = own.deliveries()
        assert (message["state"], len(_letters(inbox))) == ("unknown", 1), "it is never sent again by itself"
        assert message["error"] == "The answer of the other side was lost."
        assert own.purchase_state() == "closed"
        later(here)
        assert len(_letters(inbox)) == 1
        # nothing else may be sent before a person says what is known
        refused = here.api("POST", f"/order-deliveries/{message['id']}/other-way", here.coordinator)
        assert refused.status_code == 409
        settled = here.api(
            "POST", f"/order-deliveries/{message['id']}/settle", here.coordinator, json={"settlement": "sent"}
        )
        assert settled.json["state"] == "sent"
        assert own.purchase_state() == "ordered"
        again = here.api(
            "POST", f"/order-deliveries/{message['id']}/settle", here.coordinator, json={"settlement": "send_again"}
        )
        assert again.status_code == 409, "of two presses at once one counts"
        work(here)
        assert len(_letters(inbox)) == 1


def test_a_lost_answer_is_in_doubt_and_is_sent_again_when_a_person_says_so(app: Flask, here: State) -> None:
    own = closed(here)
    with losing_mail() as url:
        app.config["SMTP_URL"] = url
        own.send()
        work(here)
        app.config["SMTP_URL"] = ""
    [message] = own.deliveries()
    assert message["state"] == "unknown"
    told = here.api("GET", "/messages", here.coordinator).json["items"]
    assert "did not get through" in told[0]["sentence"]
    with listening(app) as inbox:
        here.api(
            "POST", f"/order-deliveries/{message['id']}/settle", here.coordinator, json={"settlement": "send_again"}
        )
        work(here)
        [letter] = _letters(inbox)
        assert letter["Message-ID"] == f"<{message['id']}@{here.host}>", "mail systems know a second one by this"
    assert own.deliveries()[0]["state"] == "sent"


def test_a_server_that_is_away_is_tried_again_and_given_up_after_a_day(app: Flask, here: State) -> None:
    own = closed(here)
    app.config["SMTP_URL"] = "smtp://127.0.0.1:9"
    own.send()
    work(here)
    [message] = own.deliveries()
    assert message["state"] == "queued" and message["due_at"] is not None
    later(here, timedelta(hours=25))
    [message] = own.deliveries()
    assert message["state"] == "refused"
    with listening(app) as inbox:
        assert here.api("POST", f"/order-deliveries/{message['id']}/again", here.coordinator).status_code == 202
        work(here)
        assert len(_letters(inbox)) == 1
    assert own.deliveries()[0]["state"] == "sent"


def test_what_a_person_ordered_is_written_down_and_nothing_is_sent(app: Flask, here: State) -> None:
    own = closed(here, channel="hand")
    with listening(app) as inbox:
        assert own.send().json == {"queued": 0}
        body = {"vendor_id": own.vendors()[0]["vendor_id"], "note": "By phone with Ms. Lee"}
        marked = here.api("POST", own.buy.path("/vendor-orders/by-hand"), here.coordinator, json=body)
        assert marked.json["state"] == "sent"
        assert own.purchase_state() == "ordered"
        again = here.api("POST", own.buy.path("/vendor-orders/by-hand"), here.coordinator, json=body)
        assert again.status_code == 409
        work(here)
        assert not _letters(inbox)
    assert steps(here, own.deliveries()[0]["id"])[-1] == ("sent", "By phone with Ms. Lee")


def test_a_bounce_takes_the_other_way_once(app: Flask, here: State) -> None:
    own = closed(here, fallback="link")
    with listening(app) as inbox:
        own.send()
        work(here)
        [message] = own.deliveries()
        for _ in range(2):
            with here.scope():
                assert working.note_bounce(UUID(message["id"]), "550 no such box")
            work(here)
        assert len(_letters(inbox)) == 2
    states = {one["channel"]: one["state"] for one in own.deliveries()}
    assert states == {"mail": "bounced", "link": "sent"}


def test_the_orders_of_another_state_are_not_there(cast: Cast, app: Flask) -> None:
    own = closed(cast.there)
    with listening(app):
        own.send()
        work(cast.there)
    message = own.deliveries()[0]["id"]
    for path in (own.buy.path("/vendor-orders"), f"/order-deliveries/{message}"):
        assert cast.here.api("GET", path, cast.here.coordinator).status_code == 404


def test_an_order_that_nobody_acknowledges_alarms_the_coordinator_once(here: State, app: Flask) -> None:
    own = closed(here)
    with listening(app):
        own.send()
        work(here)
        message = UUID(own.deliveries()[0]["id"])
        with here.scope():
            mine = update(OrderDelivery).where(OrderDelivery.id == message)
            db.session.execute(mine.values(alarm_at=OrderDelivery.made_at))
        for _ in range(2):
            with here.scope():
                working.raise_alarms()
            work(here)
    told = [one["sentence"] for one in here.api("GET", "/messages", here.coordinator).json["items"]]
    assert sum("has not said that it has the order" in one for one in told) == 1


def test_stages_are_words_that_are_kept() -> None:
    assert [str(one) for one in OrderStage][:4] == ["queued", "sending", "sent", "delivered"]
