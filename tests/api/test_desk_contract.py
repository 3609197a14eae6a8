"""The API of desks against its own document: no server error at a vendor's host either, whatever is sent."""

from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings

from tests.cast import State
from tests.desks import desk_of


def test_nothing_crashes_at_a_desk_whatever_is_sent(app: Flask, here: State) -> None:
    desk = desk_of(here)
    document: Any = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app, headers={"Host": desk.host})
    headers = {"Host": desk.host, "Authorization": f"Bearer {desk.administrator.token}"}
    operations = [one.ok() for one in document.get_all_operations()]
    own = [one for one in operations if one.path.startswith("/api/v1/desk/")]
    assert len(own) >= 12
    for operation in own:

        @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def attack(case: Any) -> None:
            answer = case.call(headers=headers)
            assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text}"
            if answer.status_code >= 400:
                assert answer.headers["content-type"][0] == "application/problem+json"

        attack()
