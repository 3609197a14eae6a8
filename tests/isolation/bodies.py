"""A valid body for each API route with an id in its address that takes one: {(endpoint, method): body of a state}."""

from collections.abc import Callable
from typing import Any

from tests.cast import State

Body = Callable[[State], dict[str, Any]]

BODIES: dict[tuple[str, str], Body] = {
    ("programs.Programs", "POST"): lambda state: {"licence_number": "N-1", "name": "New Program"},
    ("identity.People", "POST"): lambda state: {
        "email": "new@example.org",
        "role": "program_staff",
        "program_id": str(state.director.program_id),
    },
    ("identity.MyTokens", "POST"): lambda state: {"scopes": ["programs:read"]},
}
HEADERS: dict[tuple[str, str], dict[str, str]] = {}
