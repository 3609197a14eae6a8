"""Service contracts as a director and a coordinator see them on a phone, in both languages."""

from uuid import UUID

import pytest
from sqlalchemy import update

from carepool.enrolling.models.enrolments import Enrolment
from tenants.database import db
from tests.browser.looking import look
from tests.browser.web import Web, press, sign_in, touch, visit
from tests.cast import State
from tests.contracting import Service, agreed, drafted, let_begin, offered

_LONG = {
    "title": "General and professional liability insurance with accident medical cover",
    "description": "Cover for accidents.\nHomes and centers may join.",
    "min_members": 2,
    "if_short": "extend",
    "extend_days": 5,
    "late_join": True,
    "rate_falls": True,
}


def _paths(state: State) -> dict[str, str]:
    """Return {name: path} of what a director sees of contracts in their different states."""
    program = f"/programs/{state.director.program_id}"
    fresh, seats = offered(state, **_LONG), offered(state, basis="seat", document=False)
    signed = offered(state, title_es="")
    signed.enrol(state.director, earlier_cents=12_500)
    waiting = offered(state)
    waiting.enrol(state.director)
    with state.scope():
        mine = update(Enrolment).where(Enrolment.contract_id == UUID(waiting.id))
        db.session.execute(mine.values(state="asked"))
    runs = agreed(state, late_join=True, rate_falls=True)
    let_begin(runs)
    runs.enrol(state.fellow)
    renewal = state.api("POST", runs.path("/renewal"), state.coordinator).json["id"]
    assert state.api("POST", f"/service-contracts/{renewal}/open", state.coordinator).status_code == 200
    signature = signed.of(state.director)["signatures"][0]["id"]
    return {
        "contracts": "/service-contracts",
        "contract-open": fresh.path(),
        "enroll-and-sign": fresh.path(program),
        "enroll-seats": seats.path(program),
        "enroll-seats-cost": seats.path(f"{program}?seats=12"),
        "enrolled": signed.path(program),
        "enrollment-waits": waiting.path(program),
        "contract-agreed": runs.path(),
        "member": runs.path(program),
        "renewal-to-confirm": Service(state, renewal).path(program),
        "signature": f"/service-signatures/{signature}",
    }


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_director_reads_signs_and_enrolls_on_a_phone(web: Web, here: State, language: str) -> None:
    paths = _paths(here)
    page = web.page(here, language=language)
    sign_in(page, here.director)
    for name, path in paths.items():
        visit(page, path)
        look(page, f"service-{name}-{language}")
    visit(page, paths["enroll-and-sign"])
    press(page, page.get_by_role("button", name="Sign and enroll" if language == "en" else "Firmar e inscribirse"))
    assert page.locator("#typed_name-error").count() and page.locator("#consent-error").count()
    look(page, f"service-unsigned-{language}")
    touch(page, "label[for=consent]")
    page.fill("#typed_name", "Dora Finch")
    press(page, page.get_by_role("button", name="Sign and enroll" if language == "en" else "Firmar e inscribirse"))
    page.wait_for_selector(".usa-alert--success")
    look(page, f"service-signed-{language}")


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_coordinator_runs_contracts_on_a_phone(web: Web, here: State, language: str) -> None:
    draft, fresh = drafted(here, **_LONG), offered(here)
    fresh.enrol(here.fellow, by=here.coordinator, sign=False)
    runs = agreed(here)
    program = f"/programs/{here.director.program_id}"
    page = web.page(here, language=language)
    sign_in(page, here.coordinator)
    paths = {
        "new": "/service-contracts/new",
        "draft": draft.path(),
        "terms": draft.path("/terms"),
        "open": fresh.path(),
        "members": fresh.path("/members"),
        "members-found": fresh.path("/members?words=Sunny"),
        "members-not-found": fresh.path("/members?words=zebra"),
        "caller": fresh.path(program),
        "agreed": runs.path(),
        "members-agreed": runs.path("/members"),
        "member-to-end": runs.path(program),
    }
    for name, path in paths.items():
        visit(page, path)
        for more in page.locator("details.cp-more > summary").all():
            touch(page, more)
        look(page, f"service-desk-{name}-{language}")
