"""Letters look like the state's own: title, whom to ask, color, as its people set them, and always readable."""

import email
import email.policy
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from sqlalchemy import update

from carepool.identity.models import Person
from carepool.notifications.letters import contact_of, readable
from carepool.typesetting.looks import look_here
from tenants.brand import COLOUR, READABLE, Brand, contrast
from tenants.database import db
from tenants.state_settings import StateSetting
from tests.buying import open_buy, work
from tests.cast import Cast, State
from tests.inbox import Inbox, listening
from tests.ordering import closed

_OWN = {
    "title": "Cumbres Únidas",
    "colour": "#7a1f1f",
    "contact_name": "Ana <Ruiz>",
    "contact_phone": "303-555-0100",
    "contact_email": "ana@example.org",
}


@pytest.fixture
def inbox(app: Flask) -> Iterator[Inbox]:
    with listening(app) as made:
        yield made


def _letter(inbox: Inbox, state: State, address: str = "director@example.org") -> Any:
    host = state.host.encode()
    mine = [one for one in inbox.letters if one.rcpt_tos == [address] and host in one.content]
    return email.message_from_bytes(mine[-1].content, policy=email.policy.default)


def test_a_letter_bears_the_title_contact_and_colour_that_the_state_set(cast: Cast, inbox: Inbox) -> None:
    here, there = cast.here, cast.there
    assert here.browser(here.administrator).submit("/state/settings", "POST", _OWN).status_code == 302
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.fellow.id).values(language="es"))
    for state in (here, there):
        open_buy(state)
        work(state)
    letter = _letter(inbox, here)
    text, page = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert letter["From"].addresses[0].display_name == "Cumbres Únidas"
    assert "Cumbres Únidas" in text
    assert "Questions? Ask: Ana <Ruiz>, 303-555-0100, ana@example.org" in text
    assert "background:#7a1f1f;color:#ffffff" in page
    assert "Ana &lt;Ruiz&gt;" in page
    spanish = _letter(inbox, here, "fellow@example.org").get_body(("plain",)).get_content()
    assert "¿Preguntas? Consulte a: Ana <Ruiz>" in spanish
    other = _letter(inbox, there)
    for part in ("plain", "html"):
        body = other.get_body((part,)).get_content()
        assert not re.search("Cumbres|7a1f1f|Ruiz", body), "the other state keeps its own look"


def test_a_colour_that_cannot_be_read_is_not_used(here: State, inbox: Inbox) -> None:
    with here.scope():
        db.session.add(StateSetting(colour="#ffee99"))
    open_buy(here)
    work(here)
    page = _letter(inbox, here).get_body(("html",)).get_content()
    assert "#ffee99" not in page
    for colour in set(re.findall(r"#[0-9a-f]{6}", page)) - {"#ffffff"}:
        assert contrast(colour) >= READABLE, colour


def test_the_colour_and_contact_fall_back() -> None:
    assert readable("#123456") == "#123456"
    assert readable("#ffee99") == readable("red;x:y") == COLOUR
    assert contact_of(Brand(contact_name="Ana")) == (), "a name alone reaches nobody"
    assert contact_of(Brand(contact_phone="1")) == ("1",)


def test_orders_and_documents_bear_what_the_state_set(here: State, inbox: Inbox) -> None:
    own = {**_OWN, "title_es": "Servicios de las Cumbres"}
    assert here.browser(here.administrator).submit("/state/settings", "POST", own).status_code == 302
    closed(here).send()
    work(here)
    letter = _letter(inbox, here, "orders@vendor.example")
    assert "Cumbres Únidas" in letter["Subject"]
    assert [one.addr_spec for one in letter["Reply-To"].addresses] == ["ana@example.org"]
    assert "Ana <Ruiz>, 303-555-0100" in letter.get_body(("plain",)).get_content()
    with here.scope(), force_locale("es_US"):
        look = look_here("Factura", "1", "es")
    assert (look.site, look.colour) == ("Servicios de las Cumbres", "#7a1f1f")
    assert look.ask.endswith("Ana <Ruiz> 303-555-0100")
