"""The floor of orders: the smallest hand-written WSGI program that does for an order what the API promises.

It proves the token, shares the purchase's lock and checks that it is open, writes the order, its lines and the history
row, and answers with the sums of each item; one transaction, no framework, no row-level security, no validation.
"""

import hashlib
import json
import os
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from tenants.preparation import libpq

_LOCAL = threading.local()
_TOKEN = (
    "select t.secret_hash, p.id from token_twin t join person_twin p on p.tenant_id = t.tenant_id and p.id = t.person_id"
    " where t.tenant_id = %s and t.id = %s and t.revoked_at is null and t.expires_at > now()"
)
_LOCK = "select pg_advisory_xact_lock_shared(%s)"
_OPEN = "select state from purchase_twin where tenant_id = %s and id = %s and closes_at > clock_timestamp()"
_ORDER = "insert into order_twin values (%s, %s, %s, 'placed', 1, %s, 1, now(), now())"
_LINE = (
    "insert into wish_twin (tenant_id, purchase_id, item_id, program_id, entry, pool_id, wanted, extra, boost, at)"
    " values (%s, %s, %s, %s, 0, %s, %s, 0, 0, now())"
)
_HISTORY = (
    "insert into activity_twin (scope_kind, scope_id, id, actor_kind, person_id, verb, subject_kind, subject_id, diff)"
    " values ('tenant', %s, %s, 'token', %s, 'order.placed', 'program', %s, '{}')"
)
_SUMS = (
    "select item_id, pool_id, sum(wanted), sum(extra), sum(boost) from wish_twin"
    " where tenant_id = %s and purchase_id = %s and item_id = any(%s) group by item_id, pool_id"
)


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
    """Take PUT /tenant/purchase/program with the same body and token as the API."""
    if environ["REQUEST_METHOD"] == "GET":
        start("200 OK", [("Content-Length", "0")])
        return [b""]
    tenant, purchase, program = environ["PATH_INFO"].strip("/").split("/")
    _, _, token, secret = environ["HTTP_AUTHORIZATION"].removeprefix("Bearer ").split("_")
    body = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    told = json.dumps(_place(tenant, purchase, program, token, secret, body), default=str).encode()
    start("201 Created", [("Content-Type", "application/json"), ("Content-Length", str(len(told)))])
    return [told]


def _place(tenant: str, purchase: str, program: str, token: str, secret: str, body: dict[str, Any]) -> list[Any]:
    connection = getattr(_LOCAL, "connection", None)
    if connection is None:
        connection = _LOCAL.connection = psycopg.connect(libpq(make_url(os.environ["DATABASE_URL"])))
    with connection.transaction():
        found = connection.execute(_TOKEN, [tenant, token]).fetchone()
        if found is None:
            raise PermissionError
        stored, person = found
        if stored != hashlib.sha256(secret.encode()).digest():
            raise PermissionError
        connection.execute(_LOCK, [uuid.UUID(purchase).int & ((1 << 62) - 1)])
        if connection.execute(_OPEN, [tenant, purchase]).fetchone() != ("open",):
            raise PermissionError
        point, lines = body["delivery_point_id"], body["lines"]
        connection.execute(_ORDER, [tenant, purchase, program, point])
        for line in lines:
            connection.execute(_LINE, [tenant, purchase, line["item_id"], program, point, line["wanted"]])
        connection.execute(_HISTORY, [tenant, uuid.uuid4(), person, program])
        return connection.execute(_SUMS, [tenant, purchase, [line["item_id"] for line in lines]]).fetchall()
