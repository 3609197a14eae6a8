"""`python -m bench [part ...]`: measure all parts, or some; the last line is one JSON object."""

import json
import sys
from collections.abc import Callable
from typing import Any

from bench import browsing, closing, reading, serving
from bench.place import Place, place

PARTS: dict[str, Callable[[Place], dict[str, Any]]] = {
    "close": closing.measure,
    "catalog": reading.catalog,
    "roster": reading.roster,
    "scope": reading.scope,
    "orders": serving.orders,
    "tasks": serving.tasks,
    "pages": browsing.pages,
}


def main(chosen: list[str]) -> None:
    """Run the chosen parts, all by default."""
    told: dict[str, Any] = {}
    with place() as where:
        for name in chosen or list(PARTS):
            told[name] = PARTS[name](where)
            sys.stderr.write(f"{name}: {json.dumps(told[name])}\n")
    sys.stdout.write(json.dumps(told) + "\n")


main(sys.argv[1:])
