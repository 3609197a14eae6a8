"""The file for funders: small cells are hidden so that no sum gives them away, the method is in it, and it has a job."""

import csv
import io
import secrets
from typing import Any
from uuid import UUID

from openpyxl import load_workbook
from sqlalchemy import update

from carepool.outbox import Actor
from carepool.programs.actions import add_program
from carepool.programs.models import Program
from tenants.database import db
from tests.buying import Buy, open_buy, work
from tests.cast import Cast, State


def _buy(state: State, counties: dict[str, int]) -> Buy:
    """A closed purchase in which so many programs of each county bought, at a loss by freight for none."""
    with state.scope():
        programs = [
            (
                add_program(Actor.operator(), {"licence_number": secrets.token_hex(5), "name": f"{county} {n}"}).id,
                county,
            )
            for county, count in counties.items()
            for n in range(count)
        ]
        for program, county in programs:
            kind = "center" if county == "Alpha" else "family_home"
            db.session.execute(update(Program).where(Program.id == program).values(county=county, type=kind))
    buy = open_buy(state, freight_cents=100 * len(programs), freight_rule="equal")
    for program, _county in programs:
        body = {
            "delivery_point_id": buy.point,
            "place": True,
            "lines": [{"item_id": buy.items["GLOVES"], "wanted": 10}],
        }
        path = buy.path(f"/orders/{program}")
        answer = state.api("PUT", path, state.coordinator, json=body, headers={"If-None-Match": "*"})
        assert answer.status_code == 201, answer.text
    buy.close()
    return buy


def _made(state: State, file_format: str = "csv") -> Any:
    asked = state.api("POST", "/savings/exports", state.administrator, json={"format": file_format})
    assert asked.status_code == 201, asked.text
    work(state)
    return state.api("GET", f"/jobs/{asked.json['job_id']}", state.administrator).json, asked.json["id"]


def _file(state: State, export: str) -> bytes:
    with state.api("GET", f"/exports/{export}/file", state.administrator) as answer:
        assert answer.status_code == 200, answer.text
        return bytes(answer.data)


def _lines(state: State) -> list[list[str]]:
    job, export = _made(state)
    assert (job["state"], job["done"]) == ("done", 4), job
    return list(csv.reader(io.StringIO(_file(state, export).decode("utf-8-sig"))))


def _values(lines: list[list[str]], table: str) -> dict[tuple[str, str], list[str]]:
    return {(line[1], line[2]): line[3:] for line in lines if line and line[0] == table}


def test_a_small_county_is_hidden_together_with_another(here: State) -> None:
    _buy(here, {"Alpha": 9, "Beta": 2, "Gamma": 6})
    lines = _lines(here)
    counties = _values(lines, "By county")
    by_name = {name: set(values) for (name, year), values in counties.items() if year == "All years"}
    assert by_name["Beta"] == {"hidden"} and by_name["Gamma"] == {"hidden"} and "hidden" not in by_name["Alpha"]
    [whole] = [values for (_, year), values in _values(lines, "Whole state").items() if year == "All years"]
    assert whole[:3] == ["17", "1", "850.00"] and whole[-2:] == ["0.00", "272.00"]
    # two types, both large enough
    assert not any("hidden" in values for values in _values(lines, "By type").values())
    words = "\n".join(line[0] for line in lines if len(line) == 1)
    assert "fewer than 5 programs are hidden" in words and "America/Denver" in words
    assert not any("Beta 0" in cell for line in lines for cell in line)


def test_too_few_programs_give_no_file_and_a_sentence(here: State) -> None:
    _buy(here, {"Alpha": 4})
    job, export = _made(here)
    assert job["state"] == "failed" and "Fewer than 5 programs" in job["error"]
    assert here.api("GET", f"/exports/{export}/file", here.administrator).status_code == 404


def test_the_least_is_a_setting_of_the_state_with_a_version(cast: Cast) -> None:
    here = cast.here
    read = here.api("GET", "/savings-settings", here.coordinator)
    assert (read.json["least_programs"], read.headers["ETag"]) == (5, '"0"')
    limits = [{"first_day": "2026-01-01", "micro_cents": 500_000, "small_cents": 10_000_000}]
    body = {"least_programs": 2, "quotes_wanted": 2, "thresholds": limits}
    put = ("PUT", "/savings-settings")
    assert here.api(*put, here.coordinator, json=body, headers={"If-Match": '"0"'}).status_code == 403
    kept = here.api(*put, here.administrator, json=body, headers={"If-Match": '"0"'})
    assert kept.status_code == 200 and kept.json == {**body, "version": 1}
    assert here.api(*put, here.administrator, json=body, headers={"If-Match": '"0"'}).status_code == 412
    wrong = {**body, "thresholds": [{**limits[0], "small_cents": 1}]}
    assert here.api(*put, here.administrator, json=wrong, headers={"If-Match": '"1"'}).status_code == 422
    assert here.api(*put, here.administrator, json={**body, "least_programs": 1}).status_code == 422
    assert cast.there.api("GET", "/savings-settings", cast.there.coordinator).json["least_programs"] == 5
    _buy(here, {"Alpha": 3, "Beta": 2})
    assert not any("hidden" in values for values in _values(_lines(here), "By county").values())


def test_the_workbook_has_a_sheet_a_table_and_no_formulas(here: State) -> None:
    _buy(here, {"=Alpha": 6, "Gamma": 6})
    page = here.browser(here.administrator)
    asked = page.submit("/savings/export", "POST", {"format": "xlsx"})
    assert asked.status_code == 302
    work(here)
    made = _file(here, asked.headers["Location"].rsplit("/", 1)[1])
    book = load_workbook(io.BytesIO(made))
    assert book.sheetnames == ["Whole state", "By county", "By type", "By purchase", "About these figures"]
    cells = [cell for row in book["By county"].iter_rows() for cell in row]
    assert any(cell.value == "=Alpha" and cell.data_type == "s" for cell in cells)
    assert book["Whole state"]["F2"].value == 600


def test_only_administrators_ask_for_the_file(here: State) -> None:
    for player in (here.coordinator, here.director):
        assert here.api("POST", "/savings/exports", player, json={}).status_code == 403
        assert here.browser(player).submit("/savings/export", "POST", {}).status_code == 403


def test_the_settings_have_a_page(here: State) -> None:
    browser = here.browser(here.administrator)
    typed = {"version": "0", "least_programs": "7", "quotes_wanted": "2", "day-0": "2026-01-01", "micro-0": "5,000"}
    refused = browser.submit("/state/savings", "POST", typed)
    assert refused.status_code == 422 and "both amounts" in refused.text and 'value="5,000"' in refused.text
    assert browser.submit("/state/savings", "POST", {**typed, "small-0": "1"}).status_code == 422
    assert browser.submit("/state/savings", "POST", {**typed, "small-0": "100000"}).status_code == 302
    shown = browser.submit("/state/savings", "GET").text
    assert 'value="100000.00"' in shown and "90 FR 41872" in shown
    assert browser.submit("/state/savings", "POST", {**typed, "small-0": "100000"}).status_code == 412
    assert UUID(str(here.tenant.public_id))
