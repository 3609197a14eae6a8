"""An order that is kept as JSON comes back as it was, but for the link, which is a secret."""

import json
from dataclasses import replace

from hypothesis import given

from carepool.vendors.documents.kept import as_json, from_json
from carepool.vendors.documents.order import Order
from tests.unit.vendors.made_orders import orders


@given(orders())
def test_an_order_comes_back_as_it_was(order: Order) -> None:
    kept = json.loads(json.dumps(as_json(order)))
    assert from_json(kept) == replace(order, link="")


@given(orders())
def test_the_link_to_answer_is_never_kept(order: Order) -> None:
    secret = "https://example.org/vendor-orders/cp_order_secret"
    assert secret not in json.dumps(as_json(replace(order, link=secret)))
