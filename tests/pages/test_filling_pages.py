"""The coordinator watches a purchase and its items fill, as a chart and as a table."""

from datetime import timedelta

from sqlalchemy import update

from carepool.purchasing.models.orders import ProgramOrder, Wish
from tenants.database import db
from tests.buying import open_buy
from tests.cast import State


def test_orders_and_pieces_are_shown_by_day_for_all_and_for_one_item(here: State) -> None:
    buy, browser = open_buy(here), here.browser(here.coordinator)
    assert "Nobody has ordered anything yet" in browser.submit(buy.path("/filling"), "GET").text
    buy.order(here.director, {"GLOVES": (20,)})
    with here.scope():
        earlier = timedelta(days=2)
        db.session.execute(update(ProgramOrder).values(placed_at=ProgramOrder.placed_at - earlier))
        db.session.execute(update(Wish).values(at=Wish.at - earlier))
    buy.order(here.fellow, {"GLOVES": (35,)})
    item = buy.items["GLOVES"]
    for path in (buy.path("/filling"), buy.path(f"/filling/{item}")):
        days = here.api("GET", path, here.coordinator).json["days"]
        assert [(one["orders"], one["eaches"], one["eaches_so_far"]) for one in days] == [
            (1, 20, 20),
            (0, 0, 20),
            (1, 35, 55),
        ]
        page = browser.submit(path, "GET").text
        assert "55 pieces wanted so far" in page and "<polyline" in page and 'role="img"' in page
    assert "10 cases: $34.00" in page and "every 30s" in page
    other = open_buy(here)
    assert here.api("GET", other.path(f"/filling/{item}"), here.coordinator).status_code == 404
    assert browser.submit(other.path(f"/filling/{item}"), "GET").status_code == 404
    assert here.api("GET", buy.path("/filling"), here.director).status_code == 403
