"""What the state saved: gross, net and tax, by year, purchase, county, type and program, negative kept, proved in cents."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update

from carepool.programs.models import Program
from carepool.purchasing.models.purchases import Purchase, PurchaseState
from tenants.database import db
from tests.buying import Buy, add_item, make_contract, open_buy
from tests.cast import Cast, State
from tests.isolation.factories import show_price
from tests.isolation.statements import counting
from tests.receiving import short_purchase
from tests.settling import borne_late, right_lines, settled


def _closed(state: State, at: datetime | None = None, **terms: Any) -> Buy:
    contract = make_contract(state)
    buy = open_buy(state, {sku: add_item(state, contract, sku) for sku in ("GLOVES", "SOAP")}, **terms)
    buy.order(state.director, {"GLOVES": (20,), "SOAP": (10,)})
    buy.order(state.fellow, {"GLOVES": (10,)})
    buy.close()
    if at:
        with state.scope():
            db.session.execute(update(Purchase).where(Purchase.id == UUID(buy.id)).values(cutoff_at=at))
    return buy


def _place(state: State) -> None:
    """Put the fellow's program into another county and type."""
    with state.scope():
        own = update(Program).where(Program.id == state.fellow.program_id)
        db.session.execute(own.values(county="Baca", type="family_home"))


def _read(state: State, by: str = "year", **more: Any) -> Any:
    answer = state.api("GET", "/savings", state.coordinator, query_string={"by": by, **more})
    assert answer.status_code == 200, answer.text
    return answer.json


def _nets(found: Any) -> dict[str, int]:
    return {one["name"]: one["net_cents"] for one in found["items"]}


_TERMS = {"freight_cents": 1500, "handling_cents": 501, "tax_millionths": 50_000}


def test_gross_net_and_tax_add_up_to_the_cent(here: State) -> None:
    buy = _closed(here, **_TERMS)
    # 4 cases at $40 and $50 alone
    whole = _read(here)["whole"]
    assert whole == {
        "purchases": 1, "programs": 2, "baseline_cents": 20_000, "goods_cents": 16_000, "freight_cents": 1500,
        "handling_cents": 501, "tax_cents": 800, "gross_cents": 4000, "net_cents": 1999, "net_after_tax_cents": 1199,
    }  # fmt: skip
    by_program = {one["key"]: one for one in _read(here, "program")["items"]}
    for player in (here.director, here.fellow):
        own = here.api("GET", f"/programs/{player.program_id}/savings", player).json["purchases"][0]
        assert by_program[str(player.program_id)]["net_cents"] == own["saved_cents"]
    for by in ("year", "purchase", "county", "type", "program"):
        found = _read(here, by)
        for name in ("baseline_cents", "goods_cents", "net_cents", "tax_cents"):
            assert sum(one[name] for one in found["items"]) == whole[name], (by, name)
    assert _read(here, "purchase")["items"][0]["key"] == buy.id


def test_sums_by_county_and_type_follow_the_programs(here: State) -> None:
    _place(here)
    _closed(here)
    counties = _nets(_read(here, "county"))
    assert counties == {"Adams": 3000, "Baca": 1000}
    assert _nets(_read(here, "type")) == {"Family home": 1000, "Other": 3000}


def test_a_purchase_that_cost_more_than_buying_alone_is_shown_as_negative(here: State) -> None:
    _closed(here, freight_cents=9000)
    whole = _read(here)["whole"]
    assert (whole["gross_cents"], whole["net_cents"]) == (4000, -5000)
    page = here.browser(here.coordinator).submit("/savings?by=purchase", "GET").text
    assert "-$50.00" in page and 'fill="#b50909"' in page


def test_a_year_is_that_of_the_states_calendar(here: State) -> None:
    # 23:30 on New Year's Eve in Denver
    _closed(here, datetime(2026, 1, 1, 6, 30, tzinfo=UTC))
    _closed(here, datetime(2026, 1, 1, 7, 30, tzinfo=UTC), freight_cents=100)
    assert [(one["key"], one["net_cents"]) for one in _read(here)["items"]] == [("2026", 3900), ("2025", 4000)]
    assert _read(here, "purchase", year=2025)["whole"]["net_cents"] == 4000
    assert _read(here, "purchase", year=2024)["items"] == []
    page = here.browser(here.coordinator).submit("/savings?by=county&year=2025", "GET").text
    assert "$40.00" in page and "$39.00" not in page


def test_saving_with_and_without_evidence_is_counted_in_cents(here: State) -> None:
    buy = _closed(here)
    assert (_read(here)["proved_cents"], _read(here)["unproved_cents"]) == (0, 4000)
    quote = {"kind": "dated_quote", "vendor_name": "Other Supply", "price_cents": 4500}
    assert show_price(here, buy.id, buy.items["GLOVES"], **quote).status_code == 201
    assert _read(here)["proved_cents"] == 0, "it is of another kind"
    assert show_price(here, buy.id, buy.items["GLOVES"]).status_code == 201
    found = _read(here)
    assert (found["proved_cents"], found["unproved_cents"]) == (3000, 1000)
    lower = show_price(here, buy.id, buy.items["GLOVES"], price_cents=4500)
    assert _read(here)["proved_cents"] == 0
    back = {"reason": "An old list."}
    here.api("POST", f"/baseline-evidence/{lower.json['id']}/withdrawal", here.coordinator, json=back)
    assert _read(here)["proved_cents"] == 3000, "what was taken back counts no more"


def test_what_has_no_result_does_not_count(here: State) -> None:
    buy = _closed(here)
    for state, seen in ((PurchaseState.CANCELLED, 0), (PurchaseState.CLOSING, 0), (PurchaseState.SETTLED, 1)):
        with here.scope():
            db.session.execute(update(Purchase).where(Purchase.id == UUID(buy.id)).values(state=state))
        found = _read(here, "purchase")
        assert (len(found["items"]), found["whole"]["purchases"]) == (seen, seen)
        assert (found["unproved_cents"] > 0) == bool(seen)


def test_lists_are_paged_by_key_with_as_many_statements_however_long(here: State) -> None:
    for _ in range(3):
        _closed(here)
    for by, least in (("purchase", 3), ("program", 2)):
        seen: list[str] = []
        cursor = None
        while True:
            found = _read(here, by, limit=1, **({"cursor": cursor} if cursor else {}))
            seen += [one["key"] for one in found["items"]]
            cursor = found["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == least
        with counting(here.app) as short:
            _read(here, by, limit=1)
        with counting(here.app) as long:
            _read(here, by, limit=50)
        assert short == long


def test_what_is_proved_is_told_of_each_program_county_type_and_year(here: State) -> None:
    _place(here)
    buy = _closed(here)
    assert show_price(here, buy.id, buy.items["GLOVES"]).status_code == 201
    whole = _read(here)
    assert (whole["proved_cents"], whole["unproved_cents"]) == (3_000, 1_000)
    for by in ("year", "purchase", "county", "type", "program"):
        items = _read(here, by)["items"]
        assert (sum(one["proved_cents"] for one in items), sum(one["unproved_cents"] for one in items)) == (
            3_000,
            1_000,
        )
        assert all(one["proved_cents"] + one["unproved_cents"] == one["gross_cents"] for one in items)
    parts = {one["key"]: (one["proved_cents"], one["unproved_cents"]) for one in _read(here, "program")["items"]}
    assert parts == {str(here.director.program_id): (2_000, 1_000), str(here.fellow.program_id): (1_000, 0)}
    assert {one["name"]: one["proved_cents"] for one in _read(here, "county")["items"]}["Baca"] == 1_000


def test_only_staff_of_the_state_see_its_savings(cast: Cast) -> None:
    _closed(cast.there)
    assert cast.here.api("GET", "/savings", cast.here.director).status_code == 403
    assert cast.here.browser(cast.here.director).submit("/savings", "GET").status_code == 403
    assert _read(cast.here)["whole"]["programs"] == 0
    assert "Nothing to show yet" in cast.here.browser(cast.here.coordinator).submit("/savings", "GET").text


def _both(here: State) -> int:
    """Return what the two programs of the cast saved, as each of them reads it."""
    players = (here.director, here.fellow)
    mine = (here.api("GET", f"/programs/{one.program_id}/savings", one).json["purchases"] for one in players)
    return sum(rows[0]["saved_cents"] for rows in mine)


def test_what_did_not_come_saved_nothing(here: State) -> None:
    # 7 of 9 cases came, at $40 and $50 alone
    short_purchase(here)
    whole = _read(here)["whole"]
    assert (whole["baseline_cents"], whole["goods_cents"], whole["gross_cents"]) == (35_000, 28_000, 7_000)
    for by in ("purchase", "county", "type", "program"):
        items = _read(here, by)["items"]
        assert sum(one["gross_cents"] for one in items) == sum(one["unproved_cents"] for one in items) == 7_000
        assert not any(one["proved_cents"] for one in items)
    assert _both(here) == whole["net_cents"]
    assert _read(here)["unproved_cents"] == 7_000


def test_late_invoices_and_credit_notes_of_programs_are_in_the_net(here: State) -> None:
    buy = settled(here)
    before = _read(here)["whole"]
    borne_late(buy, "programs", freight_cents=300)
    borne_late(buy, "owner", freight_cents=5_000)
    after = _read(here)["whole"]
    assert after["net_cents"] == before["net_cents"] - 300 and after["purchases"] == before["purchases"]
    borne_late(buy, "programs", {**right_lines(buy)[0], "eaches": 1, "amount_cents": 700}, is_credit=True)
    assert _read(here)["whole"]["net_cents"] == before["net_cents"] + 400
    assert _both(here) == before["net_cents"] + 400
