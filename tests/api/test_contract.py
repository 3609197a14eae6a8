"""The API against its own OpenAPI document: no server error, and only answers that the document names."""

from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings

from tests.cast import State, make_state


@pytest.fixture(scope="module")
def state(app: Flask) -> State:
    return make_state(app)


@pytest.fixture(scope="module")
def document(app: Flask, state: State) -> Any:
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers={"Host": state.host})


def test_nothing_crashes_whatever_is_sent(app: Flask, state: State, document: Any) -> None:
    headers = {"Host": state.host, "Authorization": f"Bearer {state.administrator.token}"}
    operations = [one.ok() for one in document.get_all_operations()]
    assert len(operations) > 30
    for operation in operations:

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            answer = case.call(headers=headers)
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text}"
            if answer.status_code >= 400:
                assert answer.headers["content-type"][0] == "application/problem+json"

        attack()


def test_the_document_is_openapi_3_1(state: State) -> None:
    document = state.client().get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/purchases/{purchase_id}/orders/{program_id}" in document["paths"]
