"""Every cXML order fits the DTD of cXML 1.2.063."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from carepool.vendors.documents.order import Order
from carepool.vendors.documents.parties import Address, Contact
from carepool.vendors.formats.formats import CXML
from carepool.vendors.formats.sending import Sending
from tests.unit.vendors.made_orders import FAST, orders
from tests.unit.vendors.orders import order
from tests.unit.vendors.schemas import assert_cxml


@settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=FAST)
@given(orders(None))
def test_every_order_fits_the_dtd(made: Order) -> None:
    assert_cxml(CXML.write(made, Sending()), "cXML")


def test_an_order_with_the_least_in_it_fits() -> None:
    full = order()
    point = replace(full.points[0], address=Address(city="Denver"), hours="", dock="", contact=Contact())
    bare = Order(
        number="X-1", version=1, issued_at=full.issued_at, points=(point,), lines=full.lines[:1],
        buyer=replace(full.buyer, mailbox=None, address=Address(), contact=Contact()),
        vendor=replace(full.vendor, mailbox=None),
    )  # fmt: skip
    root = assert_cxml(CXML.write(bare, Sending(test=True)), "cXML")
    assert root.find("Request").get("deploymentMode") == "test"  # type: ignore[union-attr]


def test_each_item_bears_where_it_goes_when_there_are_several_points() -> None:
    root = assert_cxml(CXML.write(order(), Sending(secret="hush")), "cXML")
    places = [one.get("addressID") for one in root.iterfind(".//ItemOut/ShipTo/Address")]
    assert places == ["CO-2026-0007-01"] * 2 + ["CO-2026-0007-02"] * 2
    assert root.find(".//OrderRequestHeader/ShipTo") is None
    assert root.findtext("Header/Sender/Credential/SharedSecret") == "hush"


def test_a_new_version_names_the_one_before() -> None:
    root = assert_cxml(CXML.write(order(), Sending()), "cXML")
    head = root.find(".//OrderRequestHeader")
    assert head is not None
    assert (head.get("type"), head.get("orderVersion")) == ("update", "2")
    assert head.find("DocumentReference").get("payloadID") == "CO-2026-0007.1@carepool"  # type: ignore[union-attr]
