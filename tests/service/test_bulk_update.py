"""bulk_update(): many rows in one statement, documents and nulls as they are, and never a row of another state."""

from typing import Any

from sqlalchemy import event, select

from carepool.programs.models import Program
from carepool.purchasing.models.catalogs import CatalogItem
from tenants.database import bulk_update, db
from tests.buying import add_item, make_contract
from tests.cast import Cast, State


def _items(state: State) -> dict[str, tuple[Any, ...]]:
    with state.scope():
        rows = db.session.execute(select(CatalogItem.sku, CatalogItem.name, CatalogItem.ladder, CatalogItem.list_cents))
        return {sku: tuple(facts) for sku, *facts in rows}


def test_documents_and_nulls_are_written_as_they_are(here: State) -> None:
    contract = make_contract(here)
    for sku in ("A", "B", "C"):
        add_item(here, contract, sku)
    before = _items(here)
    lines = [
        ("A", "Glove's {x}", [[1, 900], [5, 800]], None),
        ("B", "Soap, 3/4 \\ inch", [[1, 7]], 70),
        ("X", "?", [[1, 1]], 1),
    ]
    with here.scope():
        own, same = {"contract_id": contract}, {"brand": "Acme"}
        written = bulk_update(CatalogItem, ("sku",), ("name", "ladder", "list_cents"), lines, where=own, same=same)
        brands = dict(db.session.execute(select(CatalogItem.sku, CatalogItem.brand)).tuples().all())
    assert written == 2, "a key that is not there writes nothing"
    assert _items(here) == {"C": before["C"], **{sku: tuple(facts) for sku, *facts in lines[:2]}}
    assert brands == {"A": "Acme", "B": "Acme", "C": ""}


def test_a_thousand_rows_take_one_statement(here: State) -> None:
    statements: list[str] = []
    with here.scope() as session:
        keys = [number for (number,) in session.execute(select(Program.licence_number))]
        event.listen(session.connection(), "before_cursor_execute", lambda *found: statements.append(found[2]))
        assert bulk_update(Program, ("licence_number",), ("name",), ((key, f"New {key}") for key in keys)) == 2
        assert bulk_update(Program, ("licence_number",), ("name",), ((f"none {n}", "x") for n in range(1000))) == 0
        assert bulk_update(Program, ("licence_number",), ("name",), []) == 0
    assert len(statements) == 2


def test_a_row_of_another_state_with_the_same_key_is_left_alone(cast: Cast) -> None:
    for state in (cast.here, cast.there):
        state.api("POST", "/programs", state.administrator, json={"licence_number": "A-1", "name": "Before"})
    with cast.here.scope():
        assert bulk_update(Program, ("licence_number",), ("name",), [("A-1", "After")]) == 1
    names = []
    for state in (cast.here, cast.there):
        with state.scope():
            names.append(db.session.scalars(select(Program.name).where(Program.licence_number == "A-1")).one())
    assert names == ["After", "Before"]
