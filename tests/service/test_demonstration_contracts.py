"""The demonstration states begin with a service contract on offer and one that runs."""

from carepool.demo.service_contracts import offer_contracts
from carepool.outbox import Actor
from carepool.programs.actions import add_program
from tests.cast import State


def test_one_contract_is_on_offer_with_an_agreement_signed_and_one_runs(here: State) -> None:
    with here.scope():
        by = Actor.operator()
        more = [add_program(by, {"licence_number": f"D-{n}", "name": f"Demo {n}"}).id for n in range(2)]
        programs = [*more, here.director.program_id, here.fellow.program_id]
        offer_contracts(by, programs, here.director.id, here.tenant.zone)
    listed = here.api("GET", "/service-contracts", here.director).json["items"]
    by_state = {one["state"]: one for one in listed}
    assert set(by_state) == {"open", "agreed"}
    on_offer, runs = by_state["open"], by_state["agreed"]
    assert (on_offer["standing"]["members"], runs["standing"]["members"]) == (1, 4)
    assert (runs["standing"]["cents"], on_offer["standing"]["missing"]) == (7_200, 2)
    [document] = here.api("GET", f"/service-contracts/{on_offer['id']}/documents", here.director).json["items"]
    file = here.api("GET", f"/service-documents/{document['id']}/file", here.director)
    assert file.data.startswith(b"%PDF-")
    mine = here.api("GET", f"/service-contracts/{on_offer['id']}/enrolments/{here.director.program_id}", here.director)
    assert [one["sha256"] for one in mine.json["signatures"]] == [document["sha256"]]
