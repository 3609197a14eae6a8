"""What a purchase saved is frozen once, with who and when; its evidence stands from then on."""

from tests.cast import Cast, State
from tests.isolation.factories import show_price
from tests.receiving import bought, count, first_order, line, short_purchase
from tests.settling import borne_late, settled


def test_it_is_frozen_once_with_who_and_when_and_evidence_stands(here: State) -> None:
    buy, order = short_purchase(here)
    gloves = next(iter(buy.items.values()))
    assert show_price(here, buy.id, gloves).status_code == 201
    path = buy.path("/savings-freeze")
    assert here.api("GET", path, here.coordinator).status_code == 404
    first = here.api("POST", path, here.coordinator)
    assert first.status_code == 200, first.text
    sums = first.json["sums"]
    assert (sums["gross_cents"], sums["net_cents"], sums["proved_cents"]) == (7_000, 7_000, 7_000)
    assert first.json["person_id"] == str(here.coordinator.id)
    assert show_price(here, buy.id, gloves, price_cents=4500).status_code == 409
    # a recount changes what is saved now, not what was frozen
    assert count(here, order, line(1, -1), door="corrections", cause="Recounted").status_code == 201
    again = here.api("POST", path, here.administrator)
    assert again.json == first.json == here.api("GET", path, here.coordinator).json


def test_before_the_goods_are_shared_out_it_is_refused(here: State) -> None:
    buy = bought(here)
    refused = here.api("POST", buy.path("/savings-freeze"), here.coordinator)
    assert refused.status_code == 409 and "Count them first" in refused.json["detail"]
    assert count(here, first_order(buy), line(1, 1)).status_code == 201


def test_after_settling_it_holds_late_invoices_too(here: State) -> None:
    buy = settled(here)
    borne_late(buy, "programs", freight_cents=300)
    sums = here.api("POST", buy.path("/savings-freeze"), here.coordinator).json["sums"]
    assert sums["freight_cents"] == 300 and sums["net_cents"] == sums["gross_cents"] - 300


def test_only_those_who_run_purchases_freeze(cast: Cast) -> None:
    buy, _ = short_purchase(cast.here)
    assert cast.here.api("POST", buy.path("/savings-freeze"), cast.here.director).status_code == 403
    assert cast.there.api("POST", buy.path("/savings-freeze"), cast.there.coordinator).status_code == 404


def test_the_page_has_the_button_and_then_says_who(here: State) -> None:
    buy, _ = short_purchase(here)
    browser, page = here.browser(here.coordinator), f"/purchases/{buy.id}/evidence"
    assert "Freeze the savings" in browser.submit(page, "GET").text
    assert browser.submit(f"/purchases/{buy.id}/savings-freeze", "POST").status_code == 302
    shown = browser.submit(page, "GET").text
    assert "Frozen by" in shown and "Frozen savings" in shown and 'action="/purchases' not in shown
    early = bought(here)
    assert browser.submit(f"/purchases/{early.id}/savings-freeze", "POST").status_code == 409
