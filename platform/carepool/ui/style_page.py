"""Examples for the style page: made-up things in the states that components can be in."""

from datetime import UTC, datetime
from typing import Any

from carepool.purchasing.ladder import view_ladder

_RUNGS = ((1, 4500), (12, 4290), (30, 3904), (60, 3650))
_CASE_SIZE = 24


def examples() -> dict[str, Any]:
    """Return what `style.html` shows."""
    standings = {"none": (0, 0, 0), "loose": (0, 10, 4), "near": (27, 658, 36), "full": (64, 1536, 36)}
    return {
        "rungs": _RUNGS,
        "case_size": _CASE_SIZE,
        "ladders": {
            name: view_ladder(_RUNGS, _CASE_SIZE, cases, wanted, own)
            for name, (cases, wanted, own) in standings.items()
        },
        "closes_at": datetime(2026, 11, 28, 0, 0, tzinfo=UTC),
        "rows": [
            ("Washable markers, 12 colors", 36, 412, 1179),
            ("Construction paper, 9 x 12", 20, 96, 384),
            ("Glue sticks, small", 120, 38, 4560),
        ],
    }
