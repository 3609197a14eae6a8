"""Builders of goods that arrive, through the API as its users would."""

import io
import secrets
from datetime import date
from typing import Any
from uuid import UUID

from PIL import Image
from PIL.ExifTags import IFD, Base
from sqlalchemy import select, update

from carepool.clock import now
from carepool.outbox import Actor
from carepool.purchasing.receiving.actions.offering import offer_left
from carepool.purchasing.receiving.models.collecting import Leftover
from carepool.purchasing.receiving.models.counting import PurchaseReceiving
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy, work
from tests.cast import Player, State

TWO_ITEMS = ("GLOVES", "SOAP")


def photo(kind: str = "JPEG", *, orientation: int = 6) -> bytes:
    """A picture, twice as wide as high, as a phone takes it: with the place, the device, and how it was held."""
    drawn = Image.new("RGB", (64, 32), "red")
    drawn.paste("blue", (0, 0, 32, 32))
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model], exif[Base.Orientation] = "Acme", "Phone 9", orientation
    exif.get_ifd(IFD.GPSInfo)[2] = (39.0, 44.0, 21.0)
    written = io.BytesIO()
    drawn.save(written, kind, exif=exif)
    return written.getvalue()


JPEG = photo()


def bought(state: State, *, wanted: int = 60, other: int = 33, **terms: Any) -> Buy:
    """A closed purchase of one item of 10 a case, that the director (60 + 4) and the fellow (33) of the cast ordered."""
    buy = open_buy(state, **terms)
    buy.order(state.director, {"GLOVES": (wanted, 4)})
    buy.order(state.fellow, {"GLOVES": (other,)})
    buy.close()
    return buy


def bought_two(state: State, **terms: Any) -> Buy:
    """A closed purchase of two items of one vendor."""
    contract = make_contract(state)
    items = {"GLOVES": add_item(state, contract, "GLOVES"), "SOAP": add_item(state, contract, "SOAP", case_size=12)}
    buy = open_buy(state, items, **terms)
    buy.order(state.director, {"GLOVES": (60, 4), "SOAP": (7, 5)})
    buy.order(state.fellow, {"GLOVES": (30, 6), "SOAP": (5, 7)})
    buy.close()
    return buy


def orders_of(buy: Buy) -> list[dict[str, Any]]:
    return list(buy.state.api("GET", buy.path("/purchase-orders"), buy.state.coordinator).json["items"])


def first_order(buy: Buy) -> str:
    return str(orders_of(buy)[0]["id"])


def line(number: int = 1, cases: int = 0, **more: Any) -> dict[str, Any]:
    return {"line": number, "cases": cases, **more}


def count(
    state: State,
    order: str,
    *lines: dict[str, Any],
    key: str = "",
    by: Player | None = None,
    door: str = "receipts",
    **more: Any,
) -> Any:
    body = {"key": key or secrets.token_hex(8), "lines": list(lines), **more}
    return state.api("POST", f"/purchase-orders/{order}/{door}", by or state.coordinator, json=body)


def finish(state: State, order: str, by: Player | None = None) -> Any:
    answer = state.api("POST", f"/purchase-orders/{order}/receiving", by or state.coordinator)
    work(state)
    return answer


def arrived(buy: Buy, player: Player) -> dict[str, Any]:
    answer = buy.state.api("GET", buy.path(f"/arrived/{player.program_id}"), player)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def short_purchase(state: State) -> tuple[Buy, str]:
    """A purchase of 9 cases of which 7 came; shared out."""
    buy = bought(state)
    order = first_order(buy)
    assert count(state, order, line(1, 7)).status_code == 201
    assert finish(state, order).status_code == 200
    return buy, order


def uncollected(state: State) -> tuple[Buy, UUID]:
    """A purchase whose goods nobody collected in time; return it and the offer of what is the director's."""
    buy, _ = short_purchase(state)
    with state.scope():
        db.session.execute(update(PurchaseReceiving).values(offer_from=date(2026, 1, 1)))
    with state.scope():
        offer_left(Actor.operator(), now())
    with state.scope():
        own = select(Leftover.id).where(
            Leftover.purchase_id == buy.id, Leftover.program_id == state.director.program_id
        )
        return buy, db.session.scalars(own).one()
