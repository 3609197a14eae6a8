"""Every 850 is as ASC X12 004010 has it: its envelope by pyx12, which is not ours, its segments by our statement of it."""

import io
from dataclasses import replace

import pytest
import pyx12.x12file
from hypothesis import HealthCheck, given, settings

from carepool.vendors.documents.faults import CannotWrite
from carepool.vendors.documents.order import Order
from carepool.vendors.documents.parties import Mailbox
from carepool.vendors.formats.formats import X12
from carepool.vendors.formats.sending import Sending
from tests.unit.vendors import x12_grammar
from tests.unit.vendors.made_orders import FAST, orders
from tests.unit.vendors.orders import order


def assert_850(content: bytes) -> None:
    """Check envelope, counts, segments, elements and their order."""
    reader = pyx12.x12file.X12Reader(io.StringIO(content.decode("ascii")))
    found = [segment.get_seg_id() for segment in reader]
    assert reader.pop_errors() == []
    assert found[:3] == ["ISA", "GS", "ST"]
    assert found[-3:] == ["SE", "GE", "IEA"]
    lines = x12_grammar.split(content)
    isa = content[:106].decode()
    assert [len(one) for one in isa[:105].split("*")] == [3, 2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1]
    group = lines[1].elements
    assert (group[0], group[6], group[7]) == ("PO", "X", "004010")
    assert lines[-1].elements[1] == isa[90:99]
    assert x12_grammar.faults(lines[3:-3]) == []


@settings(max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck), phases=FAST)
@given(orders(None))
def test_every_order_is_an_850(made: Order) -> None:
    assert_850(X12.write(made, Sending(123456789)))


def test_the_checks_can_fail() -> None:
    content = X12.write(order(), Sending(7))
    assert_850(content)
    for old, new in (
        (b"SE*60*", b"SE*61*"),
        (b"PO1*1*10*CA", b"PO1*1*10*XCS"),
        (b"CTT*4*37~\nAMT*TT*771.30~\n", b"AMT*TT*771.30~\nCTT*4*37~\n"),
        (b"DTM*002*20260320~", b"DTM*002*2026-03-20~"),
        (b"GE*1*7~", b"GE*1*8~"),
    ):
        assert old in content
        with pytest.raises(AssertionError):
            assert_850(content.replace(old, new))


def test_ids_and_control_numbers_stand_in_the_envelope() -> None:
    made = replace(order(), buyer=replace(order().buyer, mailbox=Mailbox("COSTATE")))
    isa, group, *_ = x12_grammar.split(X12.write(made, Sending(31, test=True)))
    assert isa.elements[4:8] == ("ZZ", "COSTATE        ", "01", "987654321      ")
    assert isa.elements[12:15] == ("000000031", "0", "T")
    assert group.elements[1:3] == ("COSTATE", "987654321")


def test_a_first_version_is_an_original_and_a_later_one_replaces_it() -> None:
    for version, purpose in ((1, "00"), (2, "05")):
        lines = x12_grammar.split(X12.write(replace(order(), version=version), Sending()))
        assert next(one for one in lines if one.id == "BEG").elements[0] == purpose


def test_numbers_that_x12_cannot_carry_are_refused() -> None:
    with pytest.raises(CannotWrite, match="longer than 22"):
        X12.write(replace(order(), number="CO-2026-0007-and-so-on-and-on"), Sending())
    line = replace(order().lines[0], sku="x" * 49)
    with pytest.raises(CannotWrite, match="Line 1: the item number"):
        X12.write(replace(order(), lines=(line, *order().lines[1:])), Sending())
    with pytest.raises(ValueError, match="1 to 9 digits"):
        Sending(0)
