"""What a state is told of the check that states are kept apart."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from carepool.records import isolation
from carepool.records.models import IsolationCheck
from tenants import isolation as audits
from tenants.database import db
from tests.buying import work
from tests.cast import Cast, State
from workers.sweeps import SWEEPS


def test_every_check_has_plain_words() -> None:
    tree = ast.parse(Path(audits.__file__).read_text())
    made = {
        str(node.args[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "Finding"
        and isinstance(node.args[0], ast.Constant)
    }
    assert made == set(isolation.CHECKS)


def test_the_report_is_made_when_it_is_asked_for_and_once_a_day(here: State) -> None:
    browser = here.browser(here.administrator)
    assert "No check was made yet" in browser.client.get("/state/isolation").text
    assert browser.submit("/state/isolation", "POST").status_code == 302
    assert browser.submit("/state/isolation", "POST").status_code == 302
    assert "Working" in browser.client.get("/state/isolation").text
    assert len(here.api("GET", "/isolation-checks", here.administrator).json["items"]) == 1, "two presses ask for one"
    work(here)
    page = browser.client.get("/state/isolation").text
    assert "Everything is as it must be." in page
    assert "Every table is locked" in page
    for wanted in (1, 1, 2):
        with here.scope():
            if wanted == 2:
                db.session.execute(update(IsolationCheck).values(done_at=func.now() - isolation.EVERY))
        with here.scope():
            SWEEPS["check_isolation"]()
        with here.scope():
            assert db.session.scalar(select(func.count()).select_from(IsolationCheck)) == wanted


def test_a_hole_is_told_in_plain_words_without_names(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    here = cast.here
    hole = audits.Finding("row security is on", cast.there.tenant.code, False, "secret detail")
    monkeypatch.setattr(isolation, "audit", lambda connection: audits.Report((hole,)))
    with here.scope():
        SWEEPS["check_isolation"]()
    page = here.browser(here.administrator).client.get("/state/isolation").text
    assert "Something is not as it must be" in page
    assert cast.there.tenant.code not in page
    assert "secret detail" not in page


def test_only_an_administrator_sees_the_report(here: State) -> None:
    for player in (here.coordinator, here.director):
        browser = here.browser(player)
        assert browser.client.get("/state/isolation").status_code == 403
        assert browser.submit("/state/isolation", "POST").status_code == 403
        assert here.api("GET", "/isolation-checks", player).status_code == 403
