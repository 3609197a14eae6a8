"""Each way out says what surely happened: real servers of each kind, and what they answer."""

import base64
import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import asyncssh
import pytest
import trustme
from flask import Flask
from sqlalchemy import select, update
from standardwebhooks import Webhook

from carepool.clock import now
from carepool.demo.receivers.drops import Drop, serving_drops
from carepool.local.ports import free_port
from carepool.outbox import Actor
from carepool.vendors.changes.actions import answer_question
from carepool.vendors.changes.models import OrderEdit, OrderQuestion
from carepool.vendors.channels.cxml import status_of
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tests.buying import make_contract, work
from tests.canceling import edit, letters, text_of, wish
from tests.cast import State
from tests.inbox import listening
from tests.ordering import closed, later, sets_terms, steps
from tests.posting import Double, http_double
from tests.unit.vendors.schemas import assert_cxml
from tests.vendor_files import acknowledgment
from workers.sweeps import SWEEPS

OK = (
    b'<?xml version="1.0"?><cXML payloadID="1" timestamp="t"><Response><Status code="200" text="OK"/></Response></cXML>'
)


@contextmanager
def _allowed(app: Flask, where: str) -> Iterator[None]:
    app.config["CAREPOOL_OUTBOUND_ALLOW"] = where
    try:
        yield
    finally:
        app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""


@contextmanager
def _system(app: Flask) -> Iterator[tuple[Double, str]]:
    """A vendor's own system on this machine that the operator allows."""
    with http_double() as (double, url), _allowed(app, urlsplit(url).netloc):
        double.usual = (200, {})
        yield double, f"{url}/orders"


def _secret(state: State, contract: str) -> str:
    answer = state.api("POST", f"/contracts/{contract}/ordering-terms/webhook-secret", state.coordinator)
    assert answer.status_code == 200, answer.text
    return str(answer.json["secret"])


def test_a_webhook_is_signed_and_proved_by_its_status(app: Flask, here: State) -> None:
    with _system(app) as (double, url):
        own = closed(here, channel="webhook", webhook_url=url)
        secret = _secret(here, own.contract)
        own.send()
        work(here)
    [taken] = double.taken
    body = Webhook(secret).verify(taken["body"], taken["headers"])
    [message] = own.deliveries()
    assert taken["headers"]["webhook-id"] == message["id"]
    assert (body["type"], body["data"]["number"]) == ("purchase_order.sent", own.buy.number)
    [document] = body["data"]["documents"]
    assert b"GLOVES" in base64.b64decode(document["content_base64"])
    assert message["state"] == "delivered" and own.purchase_state() == "ordered"
    assert steps(here, message["id"])[-1][1].startswith("HTTP 200")


def test_what_a_system_answers_decides_what_follows(app: Flask, here: State) -> None:
    with _system(app) as (double, url):
        own = closed(here, channel="webhook", webhook_url=url)
        double.answers = [(503, {}), (0, {})]
        own.send()
        work(here)
        assert own.deliveries()[0]["state"] == "queued", "it did not take it yet"
        later(here)
        [message] = own.deliveries()
        assert message["state"] == "unknown", "the connection ended without an answer"
        here.api(
            "POST", f"/order-deliveries/{message['id']}/settle", here.coordinator, json={"settlement": "send_again"}
        )
        double.answers = [(400, {"why": "no such customer"})]
        work(here)
        [message] = own.deliveries()
        assert message["state"] == "refused" and message["error"] == "It answered 400."
        assert "no such customer" in steps(here, message["id"])[-1][1]
    assert len({one["headers"]["webhook-id"] for one in double.taken}) == 1, "a receiver knows a second one by its id"


def test_an_address_inside_our_network_gets_nothing(app: Flask, here: State) -> None:
    with http_double() as (double, url):
        own = closed(here, channel="webhook", webhook_url=url.replace("http://", "https://"))
        own.send()
        work(here)
        assert not double.taken
    assert own.deliveries()[0]["state"] == "refused"


@contextmanager
def _https(
    answers: list[tuple[int, bytes]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[Any, str]]:
    """Serve HTTPS with a certificate of an authority that the operator trusts; yields what was taken and the address."""
    taken: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            taken.append(self.rfile.read(int(self.headers["Content-Length"])))
            status, body = answers.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield taken, f"https://localhost:{server.server_address[1]}/cxml"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_cxml_counts_only_what_the_response_says(
    app: Flask, here: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    answers = [(200, OK.replace(b'"200"', b'"503"')), (200, b"<html>welcome</html>"), (200, OK)]
    with _https(answers, monkeypatch, tmp_path) as (taken, url), _allowed(app, urlsplit(url).netloc):
        own = closed(
            here, channel="cxml", cxml_url=url, our_mailbox="0060:123456789", vendor_mailbox="0060:987654321",
            cxml_secret="a shared secret",
        )  # fmt: skip
        own.send()
        work(here)
        assert own.deliveries()[0]["state"] == "queued"
        later(here)
        [message] = own.deliveries()
        assert message["state"] == "unknown", "200 without a Response says nothing of the order"
        here.api(
            "POST", f"/order-deliveries/{message['id']}/settle", here.coordinator, json={"settlement": "send_again"}
        )
        work(here)
    assert own.deliveries()[0]["state"] == "delivered"
    assert steps(here, message["id"])[-1][1] == "cXML 200 OK"
    assert all(b"<SharedSecret>a shared secret</SharedSecret>" in one for one in taken)
    assert len({one.split(b'payloadID="')[1].split(b'"')[0] for one in taken}) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"not xml",
        b"<cXML/>",
        b'<cXML><Response><Status code="two"/></Response></cXML>',
        b'<!DOCTYPE cXML [<!ENTITY a "200">]><cXML><Response><Status code="&a;"/></Response></cXML>',
        b'<other><Response><Status code="200"/></Response></other>',
    ],
)
def test_what_is_no_cxml_response_is_none(answer: bytes) -> None:
    assert status_of(answer) is None


@contextmanager
def _sftp(tmp_path: Path) -> Iterator[Drop]:
    with serving_drops(tmp_path, free_port()) as drop:
        yield drop


def _public_key(state: State, contract: str) -> str:
    page = state.browser(state.coordinator).submit(f"/vendors/{contract}", "GET").text
    return page.split("ssh-ed25519 ")[-1].split("<")[0].strip()


def test_a_file_is_dropped_whole_and_read_back(app: Flask, here: State, tmp_path: Path) -> None:
    with _sftp(tmp_path) as drop, _allowed(app, f"localhost:{drop.port}"):
        facts = {
            "channel": "sftp", "sftp_host": "localhost", "sftp_port": drop.port, "sftp_user": "carepool",
            "sftp_folder": "in", "sftp_host_key": drop.host_key,
        }  # fmt: skip
        own = closed(here, **facts)
        own.send()
        work(here)
        [message] = own.deliveries()
        assert message["state"] == "refused", "the vendor has not installed our key yet"
        assert "our public key" in message["error"]
        drop.let_in(f"ssh-ed25519 {_public_key(here, own.contract)}")
        assert here.api("POST", f"/order-deliveries/{message['id']}/again", here.coordinator).status_code == 202
        work(here)
        [message] = own.deliveries()
        assert message["state"] == "delivered", message
        [file] = list((drop.folder / "in").iterdir())
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        assert file.name == message["reference"] and b"GLOVES" in file.read_bytes()
        assert f"{file.stat().st_size} bytes sha256 {digest}" in steps(here, message["id"])[-1][1]


def test_answers_are_picked_up_once_and_named_for_what_became_of_them(app: Flask, here: State, tmp_path: Path) -> None:
    with _sftp(tmp_path) as drop, _allowed(app, f"localhost:{drop.port}"):
        out = drop.folder / "out"
        out.mkdir()
        facts = {
            "channel": "sftp", "sftp_host": "localhost", "sftp_port": drop.port, "sftp_user": "carepool",
            "sftp_folder": "in", "sftp_answers_folder": "out", "sftp_host_key": drop.host_key,
        }  # fmt: skip
        own = closed(here, **facts)
        drop.users.write_text(f"ssh-ed25519 {_public_key(here, own.contract)}\n")
        own.send()
        work(here)
        assert own.deliveries()[0]["state"] == "delivered"
        (out / "855.x12").write_bytes(acknowledgment(str(own.buy.number), (1, 2, ["ACK*IA*1*CA", "ACK*IB*1*CA"])))
        (out / "wrong.x12").write_bytes(acknowledgment("CO-1999-0001", (1, 2, ["ACK*IA*2*CA"])))
        (out / "half.x12.part").write_bytes(b"ISA")
        (out / "link.x12").symlink_to("/etc/passwd")
        for _ in range(2):
            with here.scope():
                SWEEPS["pick_up_answers"]()
            work(here)
        assert {one.name for one in out.iterdir()} == {
            "855.x12.taken", "wrong.x12.refused", "half.x12.part", "link.x12",
        }  # fmt: skip
        [message] = own.deliveries()
        assert message["state"] == "acknowledged"
        [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
        assert proposal["changes"]["cases"] == [2, 1]
        page = here.browser(here.coordinator).submit(f"/vendors/{own.contract}", "GET").text
        assert "855.x12" in page and "is none of yours here" in page and "We looked into the folder" in page
    with here.scope():
        SWEEPS["pick_up_answers"]()
    work(here)
    page = here.browser(here.coordinator).submit(f"/vendors/{own.contract}", "GET").text
    assert "It could not be read:" in page


def test_a_server_with_another_host_key_gets_nothing(app: Flask, here: State, tmp_path: Path) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    with _sftp(tmp_path) as drop, _allowed(app, f"localhost:{drop.port}"):
        own = closed(
            here, channel="sftp", sftp_host="localhost", sftp_port=drop.port, sftp_user="carepool",
            sftp_folder="in", sftp_host_key=other,
        )  # fmt: skip
        own.send()
        work(here)
        assert own.deliveries()[0]["state"] == "refused"
        assert "does not prove itself" in own.deliveries()[0]["error"]
        assert not list((drop.folder / "in").iterdir())


def test_a_private_sftp_host_gets_nothing(here: State) -> None:
    key = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    own = closed(here, channel="sftp", sftp_host="localhost", sftp_port=22, sftp_user="u", sftp_host_key=key)
    own.send()
    work(here)
    [message] = own.deliveries()
    assert message["state"] == "refused" and "public internet" in message["error"]


def test_a_test_order_goes_the_same_way_and_says_that_it_is_one(app: Flask, here: State) -> None:
    with _system(app) as (double, url):
        contract = make_contract(here)
        sets_terms(here, contract, channel="webhook", webhook_url=url)
        body = {"channel": "webhook"}
        made = here.api("POST", f"/contracts/{contract}/test-order", here.coordinator, json=body)
        assert made.status_code == 202, made.text
        work(here)
    [taken] = double.taken
    assert b"purchase_order.test" in taken["body"]
    shown = here.api("GET", f"/order-deliveries/{made.json['id']}", here.coordinator).json
    assert (shown["state"], shown["purchase_id"]) == ("delivered", None)


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"channel": "mail", "mail_to": []}, "mail_to"),
        ({"channel": "mail", "mail_to": ["a@b.example\r\nBcc: x@y.example"]}, "mail_to"),
        ({"channel": "webhook", "webhook_url": "ftp://example.com"}, "webhook_url"),
        ({"channel": "cxml", "cxml_url": "https://example.com"}, "cxml_secret"),
        ({"channel": "sftp", "sftp_host": "example.com", "sftp_user": "u"}, "sftp_host_key"),
        ({"channel": "sftp", "sftp_host": "example.com", "sftp_folder": "../up"}, "sftp_folder"),
        ({"channel": "mail", "fallback": "mail"}, "fallback"),
        ({"channel": "hand", "weekdays": []}, "weekdays"),
        ({"channel": "hand", "format": "word"}, "format"),
    ],
)
def test_terms_that_cannot_work_are_refused_with_the_field(here: State, facts: dict[str, Any], field: str) -> None:
    path = f"/contracts/{make_contract(here)}/ordering-terms"
    body = {"mail_to": ["orders@vendor.example"], **facts}
    refused = here.api("PUT", path, here.coordinator, json=body, headers={"If-Match": '"0"'})
    assert refused.status_code == 422 and field in {one["field"] for one in refused.json["errors"]}


def test_secrets_are_sealed_and_never_shown(app: Flask, here: State) -> None:
    contract = make_contract(here)
    kept = sets_terms(
        here, contract, cxml_url="https://example.com", our_mailbox="a", vendor_mailbox="b", cxml_secret="very secret"
    )
    assert "very secret" not in str(kept)
    page = here.browser(here.coordinator).submit(f"/vendors/{contract}", "GET").text
    assert "very secret" not in page and "whsec_" not in page


def test_a_cancellation_goes_by_webhook_with_its_own_name_and_takes_the_other_way_when_it_is_refused(
    app: Flask, here: State
) -> None:
    with _system(app) as (double, url):
        own = closed(here, wanted=30, channel="webhook", webhook_url=url, fallback="link")
        secret = _secret(here, own.contract)
        own.send()
        work(here)
        double.answers = [(400, {"why": "unknown order"})]
        with listening(app) as inbox:
            assert edit(own, wish(own, here.director, 0)).status_code == 202
            work(here)
    body = Webhook(secret).verify(double.taken[-1]["body"], double.taken[-1]["headers"])
    assert (body["type"], body["data"]["version"]) == ("purchase_order.canceled", 2)
    assert body["data"]["documents"][0]["name"].endswith("-v2-canceled.csv")
    assert [(one["channel"], one["state"], one["cancels"]) for one in own.deliveries()] == [
        ("webhook", "refused", True),
        ("link", "sent", True),
    ]
    [letter] = letters(inbox)
    assert "This order is CANCELED" in text_of(letter)


def test_a_cancellation_posted_as_cxml_is_a_delete_and_proved_by_the_response(
    app: Flask, here: State, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with _https([(200, OK), (200, OK)], monkeypatch, tmp_path) as (taken, url), _allowed(app, urlsplit(url).netloc):
        own = closed(
            here, wanted=30, channel="cxml", cxml_url=url, our_mailbox="0060:123456789",
            vendor_mailbox="0060:987654321", cxml_secret="a shared secret",
        )  # fmt: skip
        own.send()
        work(here)
        edit(own, wish(own, here.director, 0))
        work(here)
    head = assert_cxml(taken[-1], "cXML").find(".//OrderRequestHeader")
    assert head is not None and (head.get("type"), head.get("orderVersion")) == ("delete", "2")
    [message] = own.deliveries()
    assert (message["cancels"], message["state"]) == (True, "delivered")


def test_a_change_that_is_not_made_after_all_goes_by_webhook_with_its_own_name(app: Flask, here: State) -> None:
    with _system(app) as (double, url):
        own = closed(here, wanted=30, channel="webhook", webhook_url=url)
        secret = _secret(here, own.contract)
        own.send()
        work(here)
        with here.scope():
            db.session.execute(update(OrderDelivery).values(cutoff_at=now() - timedelta(minutes=1)))
        made = edit(own, wish(own, here.director, 10)).json
        work(here)
        with here.scope():
            question = db.session.scalars(
                select(OrderQuestion.id).where(OrderQuestion.edit_id == UUID(made["id"]))
            ).one()
            answer_question(Actor.vendor(), question, True, "", "link")
            # another change came first
            edited = update(OrderEdit).where(OrderEdit.id == UUID(made["id"]))
            db.session.execute(edited.values(based_on=OrderEdit.based_on - 1))
        work(here)
    bodies = [Webhook(secret).verify(one["body"], one["headers"]) for one in double.taken]
    assert [one["type"] for one in bodies] == [
        "purchase_order.sent",
        "purchase_order.change_asked",
        "purchase_order.change_not_made",
    ]
    assert bodies[2]["data"]["asked"] == bodies[1]["data"]["asked"] and bodies[2]["data"]["asked"][0]["cases"] == [3, 1]
