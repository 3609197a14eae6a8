"""`python -m bench [part ...]`: measure all parts, or some; the last line is one JSON object.

The part `notices`: `notices_per_hour` from hand-over through relay and one worker process to a mail server on this
machine, while orders come at `orders_a_second`; `bare_per_hour`: a loop of smtplib to the same server, and `ratio`, ours by
its; `order_p95_ms` and `order_p50_ms`: milliseconds of an order meanwhile, from the moment it was due, and `..._without`
when no notices are sent.

The part `documents`: orders of 30 lines a second in each format, beside the same bytes put together by a plain library. The
part `incoming`: files of 40 MB read by a process of its own, with its memory, beside the same file parsed whole.
The part `resplit`: `seconds` to share out what came of `lines` lines, `floor_seconds` of one SQL statement that writes the same
shares, and `ratio`, ours by its; `count_meanwhile_ms`: a count at a door that comes while the worker is busy;
`collecting_ms`: to find the first thousand programs that collect at a site.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from bench import browsing, closing, documents, incoming, noticing, reading, resplit, serving
from bench.place import Place, place

PARTS: dict[str, Callable[[Place], dict[str, Any]]] = {
    "close": closing.measure,
    "resplit": resplit.measure,
    "catalog": reading.catalog,
    "roster": reading.roster,
    "scope": reading.scope,
    "orders": serving.orders,
    "tasks": serving.tasks,
    "pages": browsing.pages,
    "notices": noticing.notices,
    "documents": documents.documents,
    "incoming": incoming.incoming,
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
