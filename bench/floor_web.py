"""The floor of orders: the smallest hand-written WSGI program that writes an order and its lines."""

import json
import os
import threading
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tenants.preparation import libpq

_LOCAL = threading.local()


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Take PUT /tenant/purchase/program with the same body as the API."""
    if environ["REQUEST_METHOD"] == "GET":
        start("200 OK", [("Content-Length", "0")])
        return [b""]
    connection = getattr(_LOCAL, "connection", None)
    if connection is None:
        connection = _LOCAL.connection = psycopg.connect(libpq(make_url(os.environ["DATABASE_URL"])))
    tenant, purchase, program = environ["PATH_INFO"].strip("/").split("/")
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    connection.execute(
        "insert into order_twin values (%s, %s, %s, 'placed', 1, %s, 1, now(), now())",
        [tenant, purchase, program, body["delivery_point_id"]],
    )
    for line in body["lines"]:
        connection.execute(
            "insert into wish_twin values (%s, %s, %s, %s, 0, %s, 0, 0, now())",
            [tenant, purchase, line["item_id"], program, line["wanted"]],
        )
    connection.commit()
    told = json.dumps(body).encode()
    start("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
    return [told]
