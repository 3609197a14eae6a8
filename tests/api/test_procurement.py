"""Procurement files: the method fits the amount, the parts add up, and the same facts are the same PDF and JSON."""

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from carepool.files import StoredFile
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.savings.models import Evidence, ProcurementFile
from carepool.purchasing.savings.procurement import LONGEST
from carepool.purchasing.savings.procurement_document import set_pdf
from carepool.records.keeping import FOUR_YEARS
from tenants.database import db
from tests.buying import Buy, open_buy, work
from tests.cast import Cast, State
from tests.isolation.factories import how_bought, procured, show_price
from workers.sweeps import SWEEPS


def _closed(state: State, **terms: Any) -> Buy:
    buy = open_buy(state, **terms)
    buy.order(state.director, {"GLOVES": (20,)})
    buy.close()
    return buy


def _put(buy: Buy, etag: str | None = None, **more: Any) -> Any:
    body = {**how_bought(8000), **more}
    headers = {"If-Match": etag} if etag else {"If-None-Match": "*"}
    return buy.state.api("PUT", buy.path("/procurement"), buy.state.coordinator, json=body, headers=headers)


def _fields(answer: Any) -> set[str]:
    assert answer.status_code == 422, answer.text
    return {one["field"] for one in answer.json["errors"]}


def _ask(buy: Buy, language: str = "en") -> Any:
    body = {"language": language}
    return buy.state.api("POST", buy.path("/procurement-files"), buy.state.coordinator, json=body)


def _bytes(state: State, path: str) -> bytes:
    with state.api("GET", path, state.coordinator) as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def test_the_parts_add_up_to_what_programs_owe(here: State) -> None:
    buy = _closed(here, freight_cents=500, tax_millionths=50_000)
    assert _fields(_put(buy)) == {"funding"}
    owed = 8000 + 500 + 400
    made = _put(buy, funding={"cacfp": 5000, "head_start": 0, "programs": owed - 5000})
    assert made.status_code == 200 and made.json["funding"] == {"cacfp": 5000, "programs": owed - 5000}
    assert _fields(_put(buy, '"1"', funding={"cacfp": -1, "programs": owed + 1})) == {"funding.cacfp.value"}


def test_a_method_above_its_limit_is_refused_and_a_stricter_one_is_not(here: State) -> None:
    buy = _closed(here)
    limits = {"least_programs": 5, "quotes_wanted": 3,
              "thresholds": [{"first_day": "2020-01-01", "micro_cents": 4000, "small_cents": 7999}]}  # fmt: skip
    kept = here.api("PUT", "/savings-settings", here.administrator, json=limits, headers={"If-Match": '"0"'})
    assert kept.status_code == 200
    assert _fields(_put(buy, method="micro_purchase")) == {"method"}
    assert _fields(_put(buy, method="small_purchase")) == {"method"}
    assert _put(buy, method="sealed_bids").status_code == 200
    assert _fields(_put(buy, '"1"', method="cooperative", origin="exception")) == {"origin_note"}


def test_two_who_write_at_once_lose_nothing(here: State) -> None:
    buy = _closed(here)
    assert _put(buy).headers["ETag"] == '"1"'
    assert _put(buy).status_code == 412
    assert _put(buy, '"1"', reason="Another reason").json["version"] == 2
    assert _put(buy, '"1"').status_code == 412
    assert here.api("GET", buy.path("/procurement"), here.coordinator).json["reason"] == "Another reason"


def test_nothing_is_written_of_a_purchase_in_which_nothing_was_bought(here: State) -> None:
    buy = open_buy(here)
    assert _put(buy).status_code == 409 and _ask(buy).status_code == 409
    assert here.api("GET", buy.path("/procurement"), here.coordinator).status_code == 404
    assert "Nothing was bought yet" in here.browser(here.coordinator).submit(buy.path("/procurement"), "GET").text
    assert _ask(_closed(here)).status_code == 409


def test_the_file_is_a_tagged_pdf_with_its_data_and_the_same_when_made_again(here: State) -> None:
    buy = procured(here)
    quote = {"kind": "dated_quote", "vendor_name": "Otra Tienda *x* #1", "price_cents": 4200}
    document = show_price(here, buy.id, buy.items["GLOVES"], **quote).json
    asked = _ask(buy)
    assert asked.status_code == 202 and _ask(buy).json["id"] == asked.json["id"]
    pdf, data = (f"/procurement-files/{asked.json['id']}/{kind}" for kind in ("pdf", "data"))
    assert here.api("GET", pdf, here.coordinator).status_code == 404
    work(here)
    made, written = _bytes(here, pdf), _bytes(here, data)
    assert made.startswith(b"%PDF-") and b"/StructTreeRoot" in made and b"/Marked true" in made
    assert hashlib.sha256(written).hexdigest() == asked.json["basis"]
    facts = json.loads(written)
    with here.app.test_request_context(), here.scope():
        assert set_pdf(facts, "en") == made
        spanish = set_pdf(facts, "es")
    assert spanish != made and b"/Lang(es)" in spanish.replace(b" ", b"")
    assert facts["evidence"][0]["sha256"] == document["sha256"] and facts["quote_vendors"] == 1
    assert (facts["bought_cents"], facts["owed_cents"], facts["least_method"]) == (8000, 8000, "micro_purchase")
    assert facts["vendors"][0]["ordered_cents"] == 8000 and facts["funding"] == {"cacfp": 8000}
    assert facts["kept_until"].endswith("-11-29") and facts["limits"]["source"] == "90 FR 41872"
    job = here.api("GET", f"/jobs/{asked.json['job_id']}", here.coordinator).json
    assert (job["state"], job["done"]) == ("done", 1)


def test_new_facts_make_a_new_file_and_the_old_one_stays(here: State) -> None:
    buy = procured(here)
    first = _ask(buy).json
    work(here)
    old = _bytes(here, f"/procurement-files/{first['id']}/pdf")
    assert show_price(here, buy.id, buy.items["GLOVES"]).status_code == 201
    second = _ask(buy).json
    assert second["id"] != first["id"] and _ask(buy, "es").json["basis"] == second["basis"]
    work(here)
    assert _bytes(here, f"/procurement-files/{first['id']}/pdf") == old
    listed = here.api("GET", buy.path("/procurement-files"), here.coordinator).json["items"]
    assert [one["id"] for one in listed][-1] == first["id"] and len(listed) == 3


def test_another_close_asks_for_another_split(here: State) -> None:
    buy = procured(here)
    with here.scope():
        db.session.execute(update(Purchase).where(Purchase.id == UUID(buy.id)).values(close_version=2))
    # the rows of that close are not there in this test: the file waits for what belongs to it
    assert _ask(buy).status_code == 409


def _left(state: State) -> int:
    with state.scope():
        SWEEPS["delete_old"]()
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(StoredFile)) or 0


def test_evidence_and_files_are_kept_as_long_as_food_rules_ask_and_go_together_then(here: State) -> None:
    days = {"days": {"purchase_files": FOUR_YEARS}}
    assert here.api("PUT", "/retention", here.administrator, json=days).status_code == 200
    buy = procured(here)
    assert show_price(here, buy.id, buy.items["GLOVES"]).status_code == 201
    _ask(buy)
    work(here)
    before = _left(here)

    def age(days: int) -> None:
        then = func.now() - timedelta(days=days)
        with here.scope():
            for row in (update(Evidence).values(added_at=then), update(ProcurementFile).values(asked_at=then)):
                db.session.execute(row)

    age(9000)
    assert _left(here) == before, "the purchase closed today"
    for days_ago, gone in ((LONGEST - 1, 0), (LONGEST + 1, 3)):
        with here.scope():
            closed = func.now() - timedelta(days=days_ago)
            db.session.execute(update(Purchase).where(Purchase.id == UUID(buy.id)).values(cutoff_at=closed))
        assert before - _left(here) == gone, days_ago
    assert here.api("GET", buy.path("/procurement-files"), here.coordinator).json["items"] == []
    [row] = here.api("GET", buy.path("/evidence"), here.coordinator).json["items"]
    assert here.api("GET", f"/baseline-evidence/{row['id']}/file", here.coordinator).status_code == 404
    assert "list.pdf" in here.browser(here.coordinator).submit(f"/baseline-evidence/{row['id']}", "GET").text


def test_evidence_and_procurement_files_are_in_public_records(here: State) -> None:
    buy = procured(here)
    document = show_price(here, buy.id, buy.items["GLOVES"]).json
    own = _ask(buy).json
    made = here.api("POST", "/public-records", here.administrator, json={"purchase_id": buy.id}).json
    work(here)
    found = zipfile.ZipFile(io.BytesIO(_bytes_of(here, made["id"])))
    names = set(found.namelist())
    assert f"documents/{buy.number} evidence {document['id']}.pdf" in names
    assert {f"documents/{buy.number} procurement {own['id']} en.{kind}" for kind in ("pdf", "json")} <= names
    [told] = json.loads(found.read("procurement.json"))
    assert "decided_by" not in told and told["method"] == "small_purchase"
    assert json.loads(found.read("item_savings.json"))[0]["baseline_cents"] == 10_000


def _bytes_of(state: State, export: str) -> bytes:
    with state.api("GET", f"/exports/{export}/file", state.administrator) as answer:
        return bytes(answer.data)


def test_only_coordinators_of_the_state_see_it(cast: Cast) -> None:
    here, there = cast.here, cast.there
    buy = procured(here)
    own = _ask(buy).json
    for path in (
        buy.path("/procurement"),
        f"/procurement-files/{own['id']}/data",
        f"/procurement-files/{own['id']}/pdf",
    ):
        assert here.api("GET", path, here.director).status_code == 403
        assert there.api("GET", path, there.coordinator).status_code == 404


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_coordinator_writes_it_on_the_page_and_takes_the_file(here: State, language: str) -> None:
    buy, browser = _closed(here), here.browser(here.coordinator)
    path = f"/purchases/{buy.id}/procurement"
    browser.client.set_cookie("language", language, domain=here.host)
    typed = {"version": "0", "method": "small_purchase", "decided_by": "Cora", "reason": "Lowest", "origin": "no_food"}
    refused = browser.submit(path, "POST", {**typed, "fund-cacfp": "79.99"})
    assert refused.status_code == 422 and 'value="79.99"' in refused.text
    assert browser.submit(f"{path}/file", "POST").status_code == 409
    assert browser.submit(path, "POST", {**typed, "fund-cacfp": "50", "fund-head_start": "30.00"}).status_code == 302
    assert browser.submit(f"{path}/file", "POST").status_code == 302
    assert "every 3s" in browser.submit(path, "GET").text
    work(here)
    page = browser.submit(path, "GET").text
    assert "every 3s" not in page and 'value="30.00"' in page
    [own] = here.api("GET", buy.path("/procurement-files"), here.coordinator).json["items"]
    with browser.submit(f"/procurement-files/{own['id']}/pdf", "GET") as answer:
        assert answer.data.startswith(b"%PDF-") and "attachment" in answer.headers["Content-Disposition"]
