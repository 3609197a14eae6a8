"""Orders to vendors that add no sales tax for exempt programs name and carry the certificates; replies reach every vendor."""

import io
import zipfile
from email import message_from_bytes, policy
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from carepool.programs.models import Program
from carepool.vendors.deliveries.models import OrderDelivery
from tenants.database import db
from tenants.registry import Vendor
from tests.buying import work
from tests.cast import State, posted
from tests.inbox import listening
from tests.ordering import Ordered, closed, link_in, sets_terms

PDF = b"%PDF-1.7 certificate"


def _certified(state: State, player: Any, number: str, *, file: bytes = PDF, expires_on: str = "") -> Any:
    """Keep a program's certificate as staff would; return what the page answered."""
    path = f"/programs/{player.program_id}/tax-exemption"
    version = state.api("GET", path, state.coordinator).headers["ETag"].strip('"')
    form: dict[str, Any] = {"certificate": number, "expires_on": expires_on, "version": version}
    if file:
        form["file"] = (io.BytesIO(file), "certificate.pdf")
    return state.browser(state.administrator).submit(path, "POST", form)


def _is(state: State, kind: str) -> None:
    """Make all programs of a state of one type."""
    with state.scope():
        db.session.execute(update(Program).values(type=kind))


def _letter(app: Flask, own: Ordered) -> Any:
    with listening(app) as inbox:
        own.send()
        work(own.state)
        [letter] = [one for one in inbox.letters if "orders@vendor.example" in one.rcpt_tos]
    return message_from_bytes(letter.content, policy=policy.default)


def _files(letter: Any) -> dict[str, bytes]:
    return {one.get_filename(): one.get_payload(decode=True) for one in letter.iter_attachments()}


def test_the_order_names_the_certificates_and_carries_them(app: Flask, here: State) -> None:
    _is(here, "center")
    for player, number in ((here.director, "CO-1"), (here.fellow, "CO-2")):
        assert _certified(here, player, number, file=PDF + number.encode()).status_code == 302
    own = closed(here, wanted=30, fellow=10, spares_exempt=True)
    letter = _letter(app, own)
    text = letter.get_body(("plain",)).get_content()
    assert "Exempt from sales tax. Certificates: CO-2 (Casa Luna), CO-1 (Sunny Hill)." in text
    files = _files(letter)
    assert sorted(data for name, data in files.items() if name.startswith("exemption")) == [
        PDF + b"CO-1",
        PDF + b"CO-2",
    ]
    assert any(b"CO-1" in data for name, data in files.items() if name.endswith(".csv"))
    client, path = here.client(), link_in(text)
    assert client.get(f"{path}/certificates").status_code == 404, "not before the order was opened"
    posted(client, path)
    assert "Download the exemption certificates" in client.get(f"{path}/order").text
    packed = client.get(f"{path}/certificates")
    with zipfile.ZipFile(io.BytesIO(packed.data)) as archive:
        assert len(archive.namelist()) == 2


@pytest.mark.parametrize("why", ["the vendor taxes all", "it ended", "no certificate", "one of two"])
def test_what_is_not_exempt_is_not_said_to_be(app: Flask, here: State, why: str) -> None:
    _is(here, "center")
    if why != "no certificate":
        _certified(here, here.director, "CO-1", expires_on="2020-01-01" if why == "it ended" else "")
    own = closed(here, wanted=30, fellow=10, spares_exempt=why != "the vendor taxes all")
    letter = _letter(app, own)
    text = letter.get_body(("plain",)).get_content()
    carried = [name for name in _files(letter) if name.startswith("exemption")]
    if why == "one of two":
        assert "In part exempt from sales tax. Certificates: CO-1 (Sunny Hill)." in text and len(carried) == 1
    else:
        assert "xempt from sales tax" not in text and not carried


def test_the_certificate_of_a_home_is_shown_to_no_vendor(app: Flask, here: State) -> None:
    _is(here, "family_home")
    _certified(here, here.director, "CO-1")
    letter = _letter(app, closed(here, wanted=30, spares_exempt=True))
    assert "CO-1" in letter.get_body(("plain",)).get_content()
    assert not [name for name in _files(letter) if name.startswith("exemption")]


def test_the_certificate_is_kept_with_its_number(here: State) -> None:
    path = f"/programs/{here.director.program_id}/tax-exemption"
    assert _certified(here, here.director, "CO-1", file=b"<html>").status_code == 422
    assert _certified(here, here.director, "CO-1").status_code == 302
    assert here.browser(here.director).submit(f"{path}/file", "GET").data == PDF
    assert here.browser(here.fellow).submit(f"{path}/file", "GET").status_code == 404
    _certified(here, here.director, "CO-9", file=b"")
    assert here.browser(here.director).submit(f"{path}/file", "GET").status_code == 404, "it showed another number"


@pytest.mark.parametrize("known", ["in the terms", "in the directory", "nowhere"])
def test_a_vendor_on_a_channel_without_letters_hears_what_was_declined(app: Flask, here: State, known: str) -> None:
    own = closed(here)
    with listening(app):
        own.send()
        work(here)
    path, client = own.link(), here.client()
    with here.scope():
        db.session.execute(update(OrderDelivery).values(channel="sftp"))
    if known != "in the terms":
        sets_terms(here, own.contract, channel="hand", mail_to=[])
    with here.scope():
        # the registrar of another state may have written the entry; then it is not used
        mail = "desk@vendor.example" if known == "in the directory" else ""
        vendor = db.session.scalar(select(OrderDelivery.vendor_id).limit(1))
        db.session.execute(update(Vendor).where(Vendor.id == vendor).values(email=mail, registered_by=here.tenant.id))
    posted(client, path)
    posted(client, f"{path}/answer", {"code.1": "reject"}, page=f"{path}/order")
    work(here)
    [one] = here.api("GET", own.buy.path("/proposals"), here.coordinator).json["items"]
    with listening(app) as inbox:
        here.api("POST", f"/order-proposals/{one['id']}/decline", here.coordinator)
        work(here)
        told = [to for letter in inbox.letters for to in letter.rcpt_tos if to.endswith("vendor.example")]
    expected = {"in the terms": ["orders@vendor.example"], "in the directory": ["desk@vendor.example"], "nowhere": []}
    assert told == expected[known]
    page = here.browser(here.coordinator).submit(own.buy.path("/vendor-answers"), "GET").text
    assert ("Tell it yourself that you declined." in page) == (known == "nowhere")
