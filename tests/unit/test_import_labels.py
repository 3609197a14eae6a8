"""Every field of a file has a name for people."""

import pytest
from flask import Flask

from carepool.imports import catalogs, rosters
from carepool.imports.columns_form import choices_of, chosen_map
from carepool.imports.labels import label_of
from carepool.tabular.columns import ColumnMap


@pytest.mark.parametrize("target", [rosters, catalogs])
def test_every_field_and_fact_has_a_name(app: Flask, target: object) -> None:
    names = [*(field.name for field in target.FIELDS), *target.FACTS, "gone"]  # type: ignore[attr-defined]
    with app.test_request_context("/"):
        assert all(label_of(name) for name in names)


def test_the_form_gives_back_the_map_that_it_was_made_of() -> None:
    headers = ["County", "Number", "Name", "Price"]
    columns = ColumnMap({"licence_number": ("County", "Number"), "name": ("Name",)}, {"county": "Adams"})
    shown = choices_of(rosters.FIELDS, headers, columns, [{"County": "1", "Number": "2", "Name": "A"}])
    form = {f"column.{choice.field}": choice.chosen for choice in shown}
    assert chosen_map(rosters.FIELDS, headers, form) == columns
    assert next(choice for choice in shown if choice.field == "licence_number").samples == ("1-2",)
