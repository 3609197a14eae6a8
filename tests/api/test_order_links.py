"""The page behind a signed link: seen, acknowledged and answered without an account; nothing of another state."""

import io
import threading
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.outbox import Actor
from carepool.vendors.answers.actions import LineSaid, record_answer
from carepool.vendors.answers.models import OrderAnswer, OrderProposal
from carepool.vendors.deliveries.models import OrderDelivery, OrderStage
from carepool.vendors.deliveries.standing import delivery_or_404
from carepool.vendors.documents.statuses import LineStatus
from carepool.vendors.links.invoices import take_in
from carepool.vendors.links.models import OrderLink, VendorInvoiceFile
from tenants.database import db
from tenants.scope import Scope, visiting
from tests.buying import work
from tests.cast import Cast, State, posted
from tests.inbox import listening
from tests.ordering import Ordered, closed, link_in, steps
from tests.receiving import count, finish, first_order, line


def _sent(app: Flask, state: State, **facts: Any) -> tuple[Ordered, str]:
    """An order that was sent by mail, and the path of the link in its letter."""
    own = closed(state, **facts)
    with listening(app) as inbox:
        own.send()
        work(state)
        text = inbox.letters[0].content.decode()
    return own, link_in(text.replace("=\r\n", ""))


def _opened(app: Flask, state: State, **facts: Any) -> tuple[Ordered, str, Any]:
    own, path = _sent(app, state, **facts)
    client = state.client()
    assert posted(client, path).status_code == 302
    return own, path, client


def test_a_scanner_that_follows_the_link_opens_nothing(app: Flask, here: State) -> None:
    own, path = _sent(app, here)
    client = here.client()
    for one in (path, f"{path}/order"):
        page = client.get(one, follow_redirects=True)
        assert page.status_code == 200 and "GLOVES" not in page.text
        assert page.headers["Cache-Control"] == "no-store"
        assert "noindex" in page.headers["X-Robots-Tag"]
    assert own.deliveries()[0]["opened_at"] is None
    posted(client, path)
    [message] = own.deliveries()
    assert message["state"] == "opened" and message["opened_at"]
    first = message["opened_at"]
    posted(client, path, page=f"{path}/order")
    assert own.deliveries()[0]["opened_at"] == first, "opened once"
    page = client.get(f"{path}/order").text
    assert "GLOVES" in page and "Library parking lot" in page and "10/CS" in page


def test_acknowledging_twice_is_one_step_and_stops_the_alarm(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here)
    for _ in range(2):
        assert posted(client, f"{path}/acknowledge", page=f"{path}/order").status_code == 302
    [message] = own.deliveries()
    assert message["state"] == "acknowledged"
    assert [stage for stage, _ in steps(here, message["id"])].count("acknowledged") == 1


@pytest.mark.parametrize("broken", ["secret", "other state", "revoked", "expired", "nonsense"])
def test_every_link_that_does_not_hold_is_answered_alike(cast: Cast, app: Flask, broken: str) -> None:
    here = cast.here
    own, path, client = _opened(app, here)
    state = here
    if broken == "secret":
        path = path[:-1] + ("0" if path[-1] != "0" else "1")
    elif broken == "other state":
        state, client = cast.there, cast.there.client()
    elif broken == "nonsense":
        path = "/vendor-orders/cp_order_zz"
    elif broken == "revoked":
        here.api("POST", f"/order-deliveries/{own.deliveries()[0]['id']}/revoke-links", here.coordinator)
    else:
        with here.scope():
            db.session.execute(update(OrderLink).values(expires_at=now()))
    missing = state.client().get(f"/vendor-orders/cp_order_{'0' * 32}_{'0' * 64}")
    for one in (path, f"{path}/order", f"{path}/document?format=csv"):
        answer = client.get(one)
        assert answer.status_code == 404
        if "text/html" in answer.headers["Content-Type"] and one == path:
            assert _plain(answer.text) == _plain(missing.text)
    assert posted(client, f"{path}/acknowledge", page="/sign-in").status_code == 404
    assert own.deliveries()[0]["acknowledged_at"] is None


def _plain(page: str) -> list[str]:
    """Return a page without what differs from one request to the next."""
    return [line for line in page.splitlines() if not any(one in line for one in ("csrf", "tell them", "hreflang"))]


def test_an_answer_by_line_becomes_a_proposal_with_its_consequences(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here, wanted=30, fellow=10)
    form = {"code.1": "change", "cases.1": "2", "price.1": "35.00", "promised_on.1": "2027-01-15", "note": "Sorry"}
    assert posted(client, f"{path}/answer", form, page=f"{path}/order").status_code == 302
    assert posted(client, f"{path}/answer", form, page=f"{path}/order").status_code == 302
    work(here)
    [one] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    assert (one["code"], one["state"]) == ("IC", "waiting")
    assert one["changes"]["cases"] == [4, 2] and one["changes"]["price_cents"] == [4000, 3500]
    then = one["consequences"]
    assert then["bill_cents"] == [16000, 7000] and then["less"] == 2
    assert [row[1:3] for row in sorted(then["programs"], key=lambda row: -row[1])] == [[30, 15], [10, 5]]
    assert own.deliveries()[0]["state"] == "acknowledged"
    with here.scope():
        assert db.session.scalar(select(func.count()).select_from(OrderAnswer)) == 1, (
            "the same said twice is one answer"
        )
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert "2 programs get less." in page


def test_an_accepted_change_is_a_new_version_that_tells_exactly_those_affected(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here, wanted=30, fellow=10)
    posted(client, f"{path}/answer", {"code.1": "change", "cases.1": "2"}, page=f"{path}/order")
    work(here)
    [one] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    with listening(app) as inbox:
        assert here.api("POST", f"/order-proposals/{one['id']}/accept", here.coordinator).status_code == 202
        again = here.api("POST", f"/order-proposals/{one['id']}/accept", here.coordinator)
        assert again.status_code == 409
        work(here)
        sent = [letter for letter in inbox.letters if "orders@vendor.example" in letter.rcpt_tos]
        told = {tuple(letter.rcpt_tos) for letter in inbox.letters}
    assert len(sent) == 1, "the vendor gets the new version, once"
    assert ("director@example.org",) in told and ("fellow@example.org",) in told
    purchase = here.api("GET", own.buy.path(), here.coordinator).json
    assert (purchase["close_version"], purchase["state"]) == (2, "ordered")
    orders = here.api("GET", own.buy.path("/purchase-orders"), here.coordinator).json["items"]
    assert [(row["number"], row["version"], row["total_cents"]) for row in orders] == [
        (f"{own.buy.number}-01", 2, 8000)
    ]
    result = here.api("GET", own.buy.path(f"/results/{here.director.program_id}"), here.director).json
    assert sum(share["got"] for share in result["shares"]) == 15
    old = client.get(f"{path}/order").text
    assert "A newer version of this order was sent" in old
    late = posted(client, f"{path}/answer", {"code.1": "reject"}, page=f"{path}/order")
    assert late.status_code == 409


def test_an_accepted_substitute_stands_in_the_new_order_and_is_told_to_who_gets_it(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here)
    form = {"code.1": "substitute", "substitute_sku.1": "GL-2", "substitute_name.1": "Nitrile gloves"}
    posted(client, f"{path}/answer", form, page=f"{path}/order")
    work(here)
    [one] = _proposals(own)
    with listening(app) as inbox:
        here.api("POST", f"/order-proposals/{one['id']}/accept", here.coordinator)
        work(here)
        told = {to for letter in inbox.letters for to in letter.rcpt_tos}
    [order] = here.api("GET", own.buy.path("/purchase-orders"), here.coordinator).json["items"]
    page = here.browser(here.coordinator).submit(f"/purchase-orders/{order['id']}", "GET").text
    assert order["version"] == 2 and "Nitrile gloves" in page and "GL-2" in page
    assert "director@example.org" in told and "fellow@example.org" not in told


def test_a_declined_change_leaves_the_order_as_it_was(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here)
    posted(client, f"{path}/answer", {"code.1": "reject"}, page=f"{path}/order")
    work(here)
    [one] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    with listening(app) as inbox:
        declined = here.api("POST", f"/order-proposals/{one['id']}/decline", here.coordinator)
        assert declined.json["state"] == "declined"
        work(here)
        [letter] = [each for each in inbox.letters if "orders@vendor.example" in each.rcpt_tos]
    assert b"We did not accept this change" in letter.content.replace(b"=\r\n", b""), "told by the same channel"
    assert len(own.deliveries()) == 1, "a reply is no order"
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 1
    assert "We did not accept this change" in client.get(f"{path}/order").text


def test_a_purchase_whose_vendor_has_the_order_is_not_canceled(app: Flask, here: State) -> None:
    own = closed(here)
    own.send()
    with here.scope():
        db.session.execute(update(OrderDelivery).values(state=OrderStage.UNKNOWN))
    refused = here.api("POST", own.buy.path("/cancel"), here.coordinator)
    assert (refused.status_code, own.purchase_state()) == (409, "closed")


def test_a_lower_price_is_accepted_by_rule_and_a_higher_one_waits(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here, accept_cheaper=True)
    posted(client, f"{path}/answer", {"code.1": "change", "price.1": "45.00"}, page=f"{path}/order")
    work(here)
    assert [row["state"] for row in _proposals(own)] == ["waiting"]
    posted(client, f"{path}/answer", {"code.1": "change", "price.1": "39.00"}, page=f"{path}/order")
    with listening(app):
        work(here)
    assert [row["state"] for row in _proposals(own)] == ["overtaken", "accepted"]
    assert here.api("GET", own.buy.path(), here.coordinator).json["close_version"] == 2


def _proposals(own: Ordered) -> list[dict[str, Any]]:
    return list(own.state.api("GET", own.buy.path("/proposals"), own.state.coordinator).json["items"])


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"code.1": "backorder", "cases.1": "99"}, "cases.1"),
        ({"code.1": "substitute"}, "substitute_name.1"),
        ({"code.1": "change", "price.1": "free"}, "price.1"),
        ({"code.1": "change", "cases.1": "0"}, "cases.1"),
        ({"code.1": "change", "promised_on.1": "soon"}, "promised_on.1"),
        ({"code.1": "other"}, "code.1"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(
    app: Flask, here: State, form: dict[str, str], field: str
) -> None:
    own, path, client = _opened(app, here)
    refused = posted(client, f"{path}/answer", form, page=f"{path}/order")
    assert refused.status_code == 422 and f'href="#{field}"' in refused.text
    assert own.deliveries()[0]["acknowledged_at"] is None


def test_two_answers_at_once_are_two_versions_or_one(app: Flask, here: State) -> None:
    own, _, _ = _opened(app, here)
    delivery_id, together = UUID(own.deliveries()[0]["id"]), threading.Barrier(2)

    def answer() -> None:
        together.wait()
        with here.scope():
            said = {1: LineSaid(LineStatus.QUANTITY_CHANGED, 1)}
            record_answer(Actor.vendor(), delivery_or_404(delivery_id), said, "", "link")

    threads = [threading.Thread(target=answer) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with here.scope():
        assert list(db.session.scalars(select(OrderAnswer.number))) == [1]


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7 x", "../../etc/passwd", "pdf"),
        (b"<html><script>alert(1)</script></html>", "invoice.pdf", None),
        (b"<?xml version='1.0'?><Invoice/>", "invoice.xml", "xml"),
        (b"MZ\x90\x00\x03", "invoice.pdf", None),
        (b"", "invoice.pdf", None),
        (b"<svg onload=alert(1)>", "invoice.svg", None),
        (b"number,amount\n1,2\n", "invoice.csv", "csv"),
    ],
)
def test_an_invoice_is_what_its_content_says(
    app: Flask, here: State, content: bytes, name: str, kind: str | None
) -> None:
    own, path, client = _opened(app, here)
    for _ in range(2):
        form = {"file": (io.BytesIO(content), name)}
        answer = posted(client, f"{path}/invoice", form, page=f"{path}/order")
        assert answer.status_code == (302 if kind else 422), answer.text[:300]
    with here.scope():
        found = list(db.session.scalars(select(VendorInvoiceFile)))
    assert [one.kind for one in found] == ([kind] if kind else [])
    assert all("/" not in one.name and one.name.endswith(f".{kind}") for one in found)
    if kind:
        file = here.browser(here.coordinator).submit(f"/vendor-invoices/{found[0].id}/file", "GET")
        assert file.data == content and file.headers["Content-Disposition"].startswith("attachment")
        with here.scope():
            assert db.session.scalar(select(func.count()).select_from(VendorInvoiceFile)) == 1
    del own


def _ubl_invoice(order: str, number: str = "INV-77", cents: str = "80.00") -> bytes:
    return f"""<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
      xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
      xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
      <cbc:ID>{number}</cbc:ID><cbc:IssueDate>2026-12-01</cbc:IssueDate>
      <cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
      <cac:LegalMonetaryTotal><cbc:PayableAmount currencyID="USD">{cents}</cbc:PayableAmount></cac:LegalMonetaryTotal>
      <cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="XCS">2</cbc:InvoicedQuantity>
        <cbc:LineExtensionAmount currencyID="USD">{cents}</cbc:LineExtensionAmount>
        <cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference>
        <cac:Item><cbc:Name>Gloves</cbc:Name></cac:Item></cac:InvoiceLine></Invoice>""".encode()


def _bring(client: Any, path: str, content: bytes) -> None:
    form = {"file": (io.BytesIO(content), "invoice.xml")}
    assert posted(client, f"{path}/invoice", form, page=f"{path}/order").status_code == 302


def _invoices(own: Ordered) -> list[dict[str, Any]]:
    state = own.state
    return list(state.api("GET", own.buy.path("/vendor-invoices"), state.coordinator).json["items"])


def test_an_invoice_in_a_format_is_read_and_matched_with_what_came(app: Flask, here: State) -> None:
    own, path, client = _opened(app, here)
    order = first_order(own.buy)
    assert count(here, order, line(1, 2)).status_code == 201
    assert finish(here, order).status_code == 200
    _bring(client, path, _ubl_invoice(own.buy.number))
    work(here)
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert f"Invoice INV-77 for order {own.buy.number}: $80.00" in page
    [entered] = _invoices(own)
    assert (entered["number"], entered["state"], entered["total_cents"]) == ("INV-77", "matched", 8_000)
    assert f"/vendor-invoices/{entered['id']}" in page and "It was entered" in page
    told = here.api("GET", "/messages", here.coordinator).json["items"]
    assert any("brought an invoice" in one["sentence"] for one in told)
    # the same number in other bytes, and the same task again, enter nothing more
    _bring(client, path, _ubl_invoice(own.buy.number, cents="80.01"))
    work(here)
    with here.scope():
        for file_id in db.session.scalars(select(VendorInvoiceFile.id)):
            take_in(Actor.task(), file_id)
    assert [one["id"] for one in _invoices(own)] == [entered["id"]]
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert page.count("It was entered") == 1 and "It was not entered by itself" in page


@pytest.mark.parametrize("order", ["ZZ-2026-0001", "{own}-99"])
def test_an_invoice_for_another_order_is_kept_and_enters_nothing(app: Flask, here: State, order: str) -> None:
    own, path, client = _opened(app, here)
    _bring(client, path, _ubl_invoice(order.format(own=own.buy.number)))
    work(here)
    assert _invoices(own) == []
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert "Invoice INV-77" in page and "It was not entered by itself" in page


@pytest.mark.parametrize("wanted", ["pdf", "csv", "xlsx", "ubl", "cxml"])
def test_the_order_can_be_taken_in_each_format(app: Flask, here: State, wanted: str) -> None:
    _, path, client = _opened(
        app, here, our_mailbox="0060:123456789", vendor_mailbox="0060:987654321", cxml_secret="our secret"
    )
    answer = client.get(f"{path}/document?format={wanted}")
    assert answer.status_code == 200, answer.text[:500]
    assert answer.data and b"our secret" not in answer.data
    assert client.get(f"{path}/document?format=exe").status_code == 404


def test_a_vendor_sees_only_its_own_rows_in_its_scope(cast: Cast, app: Flask) -> None:
    own, path, client = _opened(app, cast.here)
    posted(client, f"{path}/answer", {"code.1": "change", "cases.1": "1"}, page=f"{path}/order")
    other, _, _ = _opened(app, cast.there)
    mine, theirs = UUID(own.deliveries()[0]["id"]), UUID(other.deliveries()[0]["id"])
    with cast.here.scope():
        vendor = db.session.scalars(select(OrderDelivery.vendor_id).where(OrderDelivery.id == mine)).one()
    with visiting(Scope.vendor(vendor), app):
        seen = set(db.session.scalars(select(OrderDelivery.id)))
        assert mine in seen and theirs not in seen
        assert len(list(db.session.scalars(select(OrderAnswer)))) == 1
        assert not list(db.session.scalars(select(OrderProposal))), "what the state makes of it is its own"
        assert not list(db.session.scalars(select(OrderLink))), "no hash of a secret leaves the state"
