"""Orders to test with."""

from datetime import UTC, date, datetime

from carepool.quantities import Cases, Eaches
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.documents.units import CASE, unit_of_code

BOX = unit_of_code("XBX") or CASE


def order() -> Order:
    """An order with everything in it, for two delivery points."""
    return Order(
        number="CO-2026-0007",
        version=2,
        issued_at=datetime(2026, 3, 10, 16, 5, 9, tzinfo=UTC),
        buyer=Party(
            "Colorado Shared Services",
            "ACCT-5512",
            Address("200 E Colfax Ave", "Room 9", "Denver", "CO", "80203"),
            Contact("Ana Ruiz", "ana@example.org", "303-555-0101"),
            Mailbox("123456789", "0060"),
        ),
        vendor=Party(
            "Acme Supply & Sons",
            "V-88",
            Address("1 Mill Rd", "", "Pueblo", "CO", "81003"),
            Contact("Order desk", "orders@example.com", "719-555-0199"),
            Mailbox("987654321", "0060"),
        ),
        points=(
            DeliveryPoint(
                "CO-2026-0007-01",
                "Elm Street Hub",
                Address("12 Elm St", "Rear", "Denver", "CO", "80204"),
                "Mon-Fri 7-11 am",
                "B",
                Contact("Lee Park", "lee@example.org", "303-555-0102"),
            ),
            DeliveryPoint("CO-2026-0007-02", "Western Slope Hub", Address("9 Main St", "", "Grand Junction", "CO", "81501")),
        ),
        lines=(
            OrderLine(1, "CO-2026-0007-01", "GL-100 M", "Gloves, nitrile, medium <powder free>", Cases(10), Eaches(1000),
                      3600, CASE, "CS/10 BX", "10012345678902"),
            OrderLine(2, "CO-2026-0007-01", "00417", "Wipes 12 x 80", Cases(3), Eaches(12), 2450, CASE, "12/80 CT"),
            OrderLine(3, "CO-2026-0007-02", "00417", "Wipes 12 x 80", Cases(4), Eaches(12), 2450, CASE, "12/80 CT"),
            OrderLine(4, "CO-2026-0007-02", "CR-8", "Crayons, 8 colors", Cases(20), Eaches(24), 1199, BOX, "", "012345678905"),
        ),
        bill_to=Party("Colorado Accounts Payable", "AP-1", Address("PO Box 5", "", "Denver", "CO", "80201")),
        remit_to=Party("Acme Lockbox", "", Address("PO Box 77", "", "Dallas", "TX", "75201")),
        contract="C-2025-114",
        cutoff_at=datetime(2026, 3, 12, 17, 0, tzinfo=UTC),
        deliver_on=date(2026, 3, 20),
        terms="Net 30 from receipt",
        net_days=30,
        tax_exemption="Exempt from sales tax, certificate 98-00123",
        notes="Call an hour ahead. No pallets over 60 in.",
        link="https://acme.example.org/answer/abc~123",
    )  # fmt: skip
