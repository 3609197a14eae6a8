"""Orders of vendors that come to nothing after they were sent: built and looked at as a coordinator and a vendor would."""

from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast
from uuid import uuid4

from flask import Flask

from tests.buying import add_item, make_contract, open_buy, work
from tests.cast import Player, State
from tests.inbox import Inbox, listening
from tests.ordering import VENDOR, Ordered, sets_terms

SECOND = "Second Supply"
"""Another vendor, from which the rest of a purchase is ordered."""


def two_vendors(state: State, second: dict[str, Any] | None = None, **terms: Any) -> Ordered:
    """A closed purchase of 4 cases of gloves from `VENDOR` and 2 of pens from another; nothing is sent yet."""
    contract, other = make_contract(state, vendor=VENDOR), make_contract(state, vendor=SECOND)
    sets_terms(state, contract, **terms)
    sets_terms(state, other, **{"mail_to": ["second@vendor.example"], **(second or {})})
    items = {"GLOVES": add_item(state, contract, "GLOVES"), "PENS": add_item(state, other, "PENS")}
    buy = open_buy(state, items)
    buy.order(state.director, {"GLOVES": (30,), "PENS": (20,)})
    buy.order(state.fellow, {"GLOVES": (10,)})
    buy.close()
    return Ordered(buy, contract)


def wish(own: Ordered, player: Player, wanted: int, sku: str = "GLOVES") -> dict[str, Any]:
    """Return what an edit wants for a program."""
    return {
        "program_id": str(player.program_id),
        "lines": [{"item_id": own.buy.items[sku], "wanted": wanted}],
    }


def edit(own: Ordered, *programs: dict[str, Any], version: int = 1, **facts: Any) -> Any:
    """Confirm an edit after the close."""
    body = {"programs": list(programs), "key": str(uuid4()), "reason": "A room closed", **facts}
    headers = {"If-Match": f'"{version}"'}
    return own.state.api("POST", own.buy.path("/order-edits"), own.state.coordinator, json=body, headers=headers)


def preview(own: Ordered, *programs: dict[str, Any]) -> Any:
    """Look at an edit."""
    path = own.buy.path("/order-edits/preview")
    return own.state.api("POST", path, own.state.coordinator, json={"programs": list(programs)})


def no_gloves(own: Ordered, version: int = 1) -> Any:
    """Take all that is ordered from `VENDOR` out."""
    return edit(own, wish(own, own.state.director, 0), wish(own, own.state.fellow, 0), version=version)


def sent(app: Flask, own: Ordered) -> Inbox:
    """Send the orders; return the letters."""
    with listening(app) as inbox:
        assert own.send().status_code == 202
        work(own.state)
    return inbox


def canceled(app: Flask, own: Ordered, version: int = 1) -> Inbox:
    """Take the gloves out of an order that was sent, and let the workers do what follows; return the letters."""
    with listening(app) as inbox:
        made = no_gloves(own, version)
        assert made.status_code == 202, made.text
        work(own.state)
    return inbox


def letters(inbox: Inbox, address: str = "orders@vendor.example") -> list[EmailMessage]:
    """Return the letters to an address."""
    found = (message_from_bytes(one.content, policy=policy.default) for one in inbox.letters if address in one.rcpt_tos)
    return [cast(EmailMessage, one) for one in found]


def text_of(letter: EmailMessage) -> str:
    """Return the plain words of a letter."""
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def attached(letter: EmailMessage) -> dict[str, bytes]:
    """Return the documents of a letter by their names."""
    return {str(one.get_filename()): cast(bytes, one.get_payload(decode=True)) for one in letter.iter_attachments()}


def vendor(own: Ordered, name: str = VENDOR) -> dict[str, Any]:
    """Return where a vendor stands; an empty one where it is not listed."""
    return next((one for one in own.vendors() if one["vendor"] == name), {})
