"""Answers of vendors as files, by every door: recorded as on the page, refused with the place, and never taken twice."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from carepool.outbox import Actor
from carepool.vendors.answers.models import OrderAnswer, OrderAnswerLine
from carepool.vendors.inbox.models import ExpectedLine, VendorFile
from tenants.database import db
from tests.buying import add_item, make_contract, open_buy, work
from tests.cast import Cast, State, make_state, posted
from tests.inbox import listening
from tests.ordering import VENDOR, Ordered, closed, sets_terms, steps
from tests.receiving import first_order
from tests.vendor_files import acknowledgment, confirmation, confirmed, receipt, ship_notice, table, x12


def _sent(app: Flask, state: State, **facts: Any) -> tuple[Ordered, str, Any]:
    """An order of four cases that its vendor has opened, the path of its link, and the vendor's browser."""
    own = closed(state, **{"wanted": 30, "fellow": 10, **facts})
    with listening(app):
        own.send()
        work(state)
    path, client = own.link(), state.client()
    posted(client, path)
    return own, path, client


def _brings(client: Any, path: str, content: bytes, name: str = "answer.x12") -> Any:
    form = {"file": (io.BytesIO(content), name)}
    return posted(client, f"{path}/file", form, page=f"{path}/order")


def _said(own: Ordered) -> list[tuple[str, int, int, str]]:
    """What the newest answer says of each line: code, cases, price in cents, source."""
    with own.state.scope():
        newest = (
            select(OrderAnswer).where(OrderAnswer.purchase_id == UUID(own.buy.id)).order_by(OrderAnswer.number.desc())
        )
        answer = db.session.scalars(newest.limit(1)).one_or_none()
        if answer is None:
            return []
        lines = select(OrderAnswerLine).where(OrderAnswerLine.answer_id == answer.id).order_by(OrderAnswerLine.line)
        return [(str(one.code), one.cases, one.price_cents, answer.source) for one in db.session.scalars(lines)]


def _count(state: State, model: Any) -> int:
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


UBL_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<OrderResponse xmlns="urn:oasis:names:specification:ubl:schema:xsd:OrderResponse-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">"""


def _ubl(order: str) -> bytes:
    return f"""{UBL_HEAD}
<cbc:ID>R-1</cbc:ID><cbc:IssueDate>2026-03-11</cbc:IssueDate><cbc:OrderResponseCode>CA</cbc:OrderResponseCode>
<cac:OrderReference><cbc:ID>{order}</cbc:ID></cac:OrderReference>
<cac:OrderLine><cac:LineItem><cbc:ID>1</cbc:ID><cbc:LineStatusCode>3</cbc:LineStatusCode>
<cbc:Quantity unitCode="XCS">2</cbc:Quantity><cac:Item><cbc:Name>Gloves</cbc:Name></cac:Item></cac:LineItem>
<cac:OrderLineReference><cbc:LineID>1</cbc:LineID></cac:OrderLineReference></cac:OrderLine></OrderResponse>""".encode()


@pytest.mark.parametrize("kind", ["x12", "cxml", "csv", "ubl"])
def test_every_format_becomes_the_same_answer_as_on_the_page(app: Flask, here: State, kind: str) -> None:
    own, path, client = _sent(app, here)
    number = str(own.buy.number)
    content = {
        "x12": acknowledgment(number, (1, 4, ["ACK*IQ*2*CA"])),
        "cxml": confirmation(number, confirmed(1, 4, ("detail", 2, ""))),
        "csv": table(("PO Number", "Line", "Status", "Confirmed cases"), (number, 1, "quantity changed", 2)),
        "ubl": _ubl(number),
    }[kind]
    assert _brings(client, path, content).status_code == 302
    assert [(cases, price, source) for _code, cases, price, source in _said(own)] == [(2, 4000, "link")]
    work(here)
    [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    assert proposal["changes"] == {"cases": [4, 2]} and proposal["consequences"]["less"] == 2
    assert own.deliveries()[0]["state"] == "acknowledged"
    again = _brings(client, path, content)
    assert again.status_code == 302
    assert "taken before, so nothing changed" in client.get(f"{path}/order").text
    assert _count(here, OrderAnswer) == 1 and _count(here, VendorFile) == 1


@pytest.mark.parametrize(
    ("fates", "code", "cases"),
    [
        (["ACK*IA*3*CA", "ACK*IB*1*CA"], "IB", 3),
        (["ACK*IB*1*CA"], "IB", 3),
        (["ACK*BP*1*CA"], "BP", 1),
        (["ACK*IR*4*CA"], "IR", 0),
        (["ACK*IA*4*CA"], "IA", 4),
        (["ACK*IA*2*CA", "ACK*IR*2*CA"], "IC", 2),
    ],
)
def test_fates_of_a_line_are_put_together(app: Flask, here: State, fates: list[str], code: str, cases: int) -> None:
    own, path, client = _sent(app, here)
    answered = _brings(client, path, acknowledgment(str(own.buy.number), (1, 4, fates)))
    assert answered.status_code == 302, answered.text
    assert [one[:2] for one in _said(own)] == [(code, cases)]


def test_a_substitute_in_a_file_is_a_proposal(app: Flask, here: State) -> None:
    own, path, client = _sent(app, here)
    content = acknowledgment(str(own.buy.number), (1, 4, ["ACK*IS*4*CA****VN*N-2"]))
    assert _brings(client, path, content).status_code == 302
    work(here)
    [proposal] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    assert "N-2" in proposal["changes"]["substitute"][1]


def test_what_does_not_fit_is_refused_with_its_place_and_changes_nothing(app: Flask, here: State) -> None:
    own, path, client = _sent(app, here)
    number = str(own.buy.number)
    wrong = {
        acknowledgment(
            "CO-1999-0001", (1, 4, ["ACK*IA*4*CA"])
        ): r"Segment 4 \(BAK[^)]*\): Order .CO-1999-0001. is none of yours",
        acknowledgment(number, (7, 4, ["ACK*IA*4*CA"])): r"Segment \d+ \([^)]*\): The order has no line 7",
        acknowledgment(number, (1, 4, ["ACK*IA*5*CA"])): r"Segment \d+ \([^)]*\): Line 1: 5 cases, but 4 were ordered",
        acknowledgment(number, (1, 4, ["ACK*IA*4*CA"]), version="9"): r"This answers version 9",
        acknowledgment(number, (1, 4, ["ACK*XX*4*CA"])): r"Segment \d+",
        x12("850", "PO", "BEG*00*SA*1**20260311"): r"is not read here",
        b"no document at all": r"(File|Row|column|The file)",
        confirmation(number, confirmed(1, 4, ("unknowable", 4, ""))): r"Line \d+, element",
        table(("PO Number", "Line", "Status"), (number, 1, "perhaps")): r"Row 2, column",
    }
    for content, told in wrong.items():
        answer = _brings(client, path, content)
        assert answer.status_code == 422, content
        page = re.sub(r"&#34;|&quot;", '"', answer.text)
        assert re.search(told, page), (content, re.findall(r"usa-error-message.*", page))
    assert _count(here, OrderAnswer) == 0 and _count(here, VendorFile) == 0
    assert own.deliveries()[0]["acknowledged_at"] is None


def test_the_order_of_another_vendor_or_purchase_is_refused_like_one_that_is_not_there(app: Flask, here: State) -> None:
    _own, path, client = _sent(app, here)
    other, _, _ = _sent(app, here)
    contract = make_contract(here, vendor="Another Supply")
    sets_terms(here, contract)
    foreign = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")})
    foreign.order(here.director, {"GLOVES": (30,)})
    foreign.close()
    with listening(app):
        Ordered(foreign, contract).send()
        work(here)
    for number in (
        str(other.buy.number),
        f"{other.buy.number}-01",
        str(foreign.number),
        f"{foreign.number}-01",
        "CO-1",
    ):
        answer = _brings(client, path, acknowledgment(number, (1, 3, ["ACK*IA*3*CA"])))
        assert answer.status_code == 422 and "is none of yours here" in answer.text, number
    assert _said(other) == [] and _said(Ordered(foreign, contract)) == []


def test_a_receipt_proves_the_delivery_and_a_no_is_trouble(app: Flask, here: State) -> None:
    own, path, client = _sent(app, here)
    [message] = own.deliveries()
    with here.scope():
        from carepool.vendors.deliveries.models import OrderDelivery

        control = db.session.scalars(select(OrderDelivery.control).where(OrderDelivery.id == UUID(message["id"]))).one()
    assert _brings(client, path, receipt(control + 90)).status_code == 422
    assert _brings(client, path, receipt(control)).status_code == 302
    told = steps(here, message["id"])
    assert ("delivered", f"X12 997 of group {control}: accepted") in told
    assert own.deliveries()[0]["state"] == "opened", "a step back changes no state"
    assert own.deliveries()[0]["acknowledged_at"] is None


def test_a_system_that_cannot_read_the_order_is_told_to_a_person(app: Flask, here: State) -> None:
    own = closed(here, fallback="link")
    with listening(app):
        own.send()
        work(here)
    path = own.buy.path("/vendor-files")
    [vendor] = own.vendors()
    with here.scope():
        from carepool.vendors.deliveries.models import OrderDelivery

        control = db.session.scalars(select(OrderDelivery.control)).one()
    browser = here.browser(here.coordinator)
    form = {"vendor": vendor["vendor_id"], "file": (io.BytesIO(receipt(control, "R")), "997.x12")}
    assert browser.submit(path, "POST", form).status_code == 302
    first, second = own.deliveries()
    assert first["state"] == "refused" and "could not read the order: segment PO1 7" in first["error"]
    assert second["channel"] == "link", "the other way is taken"


def test_a_ship_notice_is_expected_where_goods_are_counted(app: Flask, here: State) -> None:
    own, path, client = _sent(app, here)
    assert _brings(client, path, ship_notice(str(own.buy.number), 3), "ship.csv").status_code == 302
    assert _brings(client, path, ship_notice(str(own.buy.number), 2), "ship.csv").status_code == 302, (
        "a newer one counts"
    )
    page = here.browser(here.coordinator).submit(f"/receive/{first_order(own.buy)}", "GET").text
    assert "on its way" in page and "2 cases" in page and "lot L-9" in page and "PRO-555" in page
    assert "3 cases" not in page
    [told] = here.api("GET", own.buy.path("/expected-shipments"), here.coordinator).json["items"]
    assert (told["revision"], told["arrives_on"], told["lines"][0]["cases"]) == (2, "2026-12-03", 2)
    assert _count(here, ExpectedLine) == 2
    too_many = _brings(client, path, ship_notice(str(own.buy.number), 5, number="S-2"), "ship.csv")
    assert too_many.status_code == 422 and "5 cases, but 4 were ordered" in too_many.text


def test_an_answer_for_one_place_leaves_what_was_said_of_the_other(app: Flask, here: State) -> None:
    contract = make_contract(here, vendor=VENDOR)
    sets_terms(here, contract)
    buy = open_buy(here, {"GLOVES": add_item(here, contract, "GLOVES")}, point="door")
    buy.order(here.director, {"GLOVES": (30,)})
    buy.order(here.fellow, {"GLOVES": (10,)})
    buy.close()
    own = Ordered(buy, contract)
    with listening(app):
        own.send()
        work(here)
    path, client = own.link(), here.client()
    posted(client, path)
    orders = here.api("GET", buy.path("/purchase-orders"), here.coordinator).json["items"]
    first, second = sorted(one["number"] for one in orders)
    assert _brings(client, path, acknowledgment(first, (1, 1, ["ACK*IR*1*CA"]))).status_code == 302
    assert _brings(client, path, acknowledgment(second, (2, 3, ["ACK*IQ*2*CA"]))).status_code == 302
    assert sorted(one[:2] for one in _said(own)) == [("IQ", 2), ("IR", 0)]


def _door(state: State, contract: str) -> tuple[str, str]:
    """The address and the secret of a vendor's own system."""
    secret = state.api("POST", f"/contracts/{contract}/ordering-terms/door-secret", state.coordinator).json["secret"]
    page = state.browser(state.coordinator).submit(f"/vendors/{contract}", "GET").text
    found = re.search(r"/vendor-doors/[^<]+/cxml", page)
    assert found and secret not in page
    return found.group(0), secret


def _posts(state: State, address: str, content: bytes) -> tuple[str, str]:
    answer = state.client().post(address, data=content, content_type="text/xml")
    assert answer.status_code == 200 and "text/xml" in answer.headers["Content-Type"]
    found = re.search(r'<Status code="(\d+)" text="[^"]*">([^<]*)</Status>', answer.text)
    assert found, answer.text
    return found.group(1), found.group(2)


def test_a_system_posts_cxml_and_gets_a_response_with_a_status(cast: Cast, app: Flask) -> None:
    here = cast.here
    own, _path, _client = _sent(app, here)
    address, secret = _door(here, own.contract)
    number = str(own.buy.number)
    lines = confirmed(1, 4, ("accept", 3, ""), ("backordered", 1, ""))
    for wrong in ("", "guess", secret[:-1]):
        assert _posts(here, address, confirmation(number, lines, secret=wrong))[0] == "401"
    assert _posts(here, "/vendor-doors/nobody/cxml", confirmation(number, lines, secret=secret))[0] == "401"
    assert _posts(cast.there, address, confirmation(number, lines, secret=secret))[0] == "401", "another state's door"
    assert _said(own) == []
    content = confirmation(number, lines, secret=secret)
    assert _posts(here, address, content) == ("200", "")
    assert [one[:2] + one[3:] for one in _said(own)] == [("IB", 3, "cxml")]
    code, told = _posts(here, address, content)
    assert code == "200" and "taken before" in told
    with listening(app) as inbox:
        code, told = _posts(here, address, confirmation("CO-1", lines, secret=secret))
        assert code == "406" and "is none of yours" in told
        assert _posts(here, address, b"<cXML/>")[0] == "401"
        work(here)
        sentences = [letter for letter in inbox.letters if "coordinator@example.org" in letter.rcpt_tos]
    assert any(b"could not be taken" in one.content.replace(b"=\r\n", b"") for one in sentences)
    assert "is none of yours" in here.browser(here.coordinator).submit(f"/vendors/{own.contract}", "GET").text
    fresh = _door(here, own.contract)[1]
    assert _posts(here, address, content)[0] == "401", "the old secret ended"
    assert fresh != secret


def test_a_coordinator_takes_a_file_that_came_by_mail(app: Flask, here: State) -> None:
    own, _path, _client = _sent(app, here)
    [vendor] = own.vendors()
    browser, path = here.browser(here.coordinator), own.buy.path("/vendor-files")
    content = acknowledgment(str(own.buy.number), (1, 4, ["ACK*IQ*2*CA"]))
    taken = browser.submit(path, "POST", {"vendor": vendor["vendor_id"], "file": (io.BytesIO(content), "855.x12")})
    assert taken.status_code == 302, taken.text
    assert [one[1:] for one in _said(own)] == [(2, 4000, "hand")]
    nothing = browser.submit(path, "POST", {"vendor": vendor["vendor_id"]})
    assert nothing.status_code == 422 and "Choose a file first." in nothing.text
    again = {"vendor_id": vendor["vendor_id"], "file": (io.BytesIO(content), "again.x12")}
    known = here.api("POST", path, here.coordinator, data=again, content_type="multipart/form-data")
    assert (known.status_code, known.json["name"], known.json["documents"][0]["kind"]) == (200, "855.x12", "answer")
    assert len(here.api("GET", path, here.coordinator).json["items"]) == 1
    page = browser.submit(own.buy.path("/vendor-answers"), "GET").text
    assert "855.x12" in page
    [file] = re.findall(r"/vendor-files/[0-9a-f-]+/file", page)
    assert browser.submit(file, "GET").data == content


@contextmanager
def _picked(monkeypatch: pytest.MonkeyPatch, waiting: dict[str, bytes]) -> Iterator[dict[str, str]]:
    """A vendor's server with these files, and the endings that they get."""
    from carepool.vendors.channels.sftp_picking import Picked
    from carepool.vendors.inbox import picking

    named: dict[str, str] = {}
    monkeypatch.setattr(picking, "files_of", lambda *_: [Picked(name, data) for name, data in waiting.items()])
    monkeypatch.setattr(picking, "rename", lambda _terms, _key, names: named.update(names))
    yield named


def test_files_on_a_server_are_taken_one_by_one(app: Flask, here: State, monkeypatch: pytest.MonkeyPatch) -> None:
    from carepool.vendors.inbox.picking import pick_up

    own, _path, _client = _sent(app, here)
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0rMcd0XjRCUxa1kxLKR9gSLhlGXVCvPCpHDbX8cUgj"
    sets_terms(here, own.contract, sftp_host="localhost", sftp_user="u", sftp_host_key=key, sftp_answers_folder="out")
    number = str(own.buy.number)
    files = {
        "1.x12": acknowledgment("CO-1", (1, 4, ["ACK*IA*4*CA"])),
        "2.x12": acknowledgment(number, (1, 4, ["ACK*IQ*2*CA"])),
        "3.txt": b"\x00\xff\x00",
    }
    with _picked(monkeypatch, files) as named, listening(app) as inbox:
        for _ in range(2):
            with here.scope():
                pick_up(UUID(own.contract))
        work(here)
        told = [one for one in inbox.letters if b"could not be taken" in one.content.replace(b"=\r\n", b"")]
    assert named == {"1.x12": ".refused", "2.x12": ".taken", "3.txt": ".refused"}
    assert [one[1:] for one in _said(own)] == [(2, 4000, "sftp")]
    assert len(told) == 2, "each refused file is told of once"
    assert _count(here, VendorFile) == 3


@pytest.fixture(scope="module")
def waiting(app: Flask) -> tuple[Ordered, str]:
    """An order that its vendor has, and its vendor's contract."""
    own = closed(make_state(app), wanted=30, fellow=10)
    with listening(app):
        own.send()
        work(own.state)
    return own, own.contract


_LINES = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.integers(0, 9),
        st.lists(
            st.builds(
                "ACK*{}*{}*{}".format,
                st.sampled_from(["IA", "IB", "IC", "ID", "IH", "IP", "IQ", "IR", "IS", "BP", "R4", "??", ""]),
                st.integers(-1, 9),
                st.sampled_from(["CA", "EA", "BX", "ZZ", ""]),
            ),
            max_size=3,
        ),
    ),
    max_size=3,
)


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(_LINES, st.sampled_from(["AC", "AD", "AE", "AH", "RD", "XX"]), st.booleans())
def test_a_hostile_acknowledgment_is_an_answer_or_a_refusal_with_a_place(
    app: Flask, waiting: tuple[Ordered, str], lines: list[Any], whole: str, ours: bool
) -> None:
    from carepool.errors import Refusal
    from carepool.vendors.deliveries.standing import delivery_or_404
    from carepool.vendors.inbox.actions import take_file
    from carepool.vendors.inbox.models import Door

    own, _contract = waiting
    number = str(own.buy.number) if ours else "CO-1"
    content = acknowledgment(number, *lines, whole=whole)
    message, before = UUID(own.deliveries()[0]["id"]), _said(own)
    try:
        with own.state.scope():
            delivery = delivery_or_404(message)
            take_file(Actor.vendor(), delivery.vendor_id, io.BytesIO(content), "855", Door.LINK, delivery)
    except Refusal as refused:
        assert refused.fields.get("file"), refused.kind
        assert _said(own) == before
    else:
        assert ours
        assert all(0 <= cases <= 1_000_000 and price >= 0 for _code, cases, price, _source in _said(own))
