"""The pages of the API: each operation stands on the page of its area, with every schema that it names."""

from html import unescape
from typing import Any

from flask import Flask

from tests.cast import State


def _document(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.extensions["carepool_api"].spec.to_dict()
    return found


def test_every_operation_and_schema_stands_on_the_page_of_an_area(app: Flask, here: State) -> None:
    document = _document(app)
    first = unescape(here.client().get("/api").text)
    pages = {}
    for tag in document["tags"]:
        assert f'href="/api?area={tag["name"]}"' in first
        pages[tag["name"]] = unescape(here.client().get(f"/api?area={tag['name']}").text)
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                for area in operation["tags"]:
                    assert f"{method.upper()} {path}" in pages[area]
    unseen = [name for name in document["components"]["schemas"] if not any(name in one for one in pages.values())]
    # what every refusal looks like is told in words
    assert set(unseen) <= {"Error", "PaginationMetadata"}, unseen


def test_an_area_that_is_not_there_is_not_found(here: State) -> None:
    assert here.client().get("/api?area=zebra").status_code == 404
