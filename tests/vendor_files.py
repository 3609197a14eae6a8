"""Files as vendors write them, for the orders of a test."""

import csv
import io
from collections.abc import Sequence


def x12(kind: str, group: str, *segments: str, control: int = 31) -> bytes:
    """An interchange with one transaction set of these segments."""
    body = [f"ST*{kind}*0001", *segments, f"SE*{len(segments) + 2}*0001"]
    isa = (
        f"ISA*00*          *00*          *01*987654321      *01*123456789      *260311*0900*U*00401*{control:09}*0*P*>"
    )
    gs = f"GS*{group}*987654321*123456789*20260311*0900*{control}*X*004010"
    ends = [f"GE*1*{control}", f"IEA*1*{control:09}"]
    return "~\n".join([isa, gs, *body, *ends, ""]).encode()


def acknowledgment(order: str, *lines: tuple[int, int, Sequence[str]], version: str = "", whole: str = "AC") -> bytes:
    """An 855: each line is (number, cases ordered, ACK segments)."""
    told = [f"BAK*00*{whole}*{order}*20260311****SO-1"]
    told += [f"REF*ZZ*VERSION*{version}"] if version else []
    for number, cases, fates in lines:
        told += [f"PO1*{number}*{cases}*CA*40.00**VN*GLOVES", *fates]
    return x12("855", "PR", *told, f"CTT*{len(lines)}")


def receipt(control: int, code: str = "A") -> bytes:
    """A 997 of the group with a control number: A it was accepted, R it was rejected."""
    faults = ["AK3*PO1*7**8"] if code == "R" else []
    return x12(
        "997", "FA", f"AK1*PO*{control}", "AK2*850*0001", *faults, f"AK5*{code}", f"AK9*{code}*1*1*1", control=34
    )


def confirmation(order: str, lines: str, *, kind: str = "detail", secret: str = "", payload: str = "p1") -> bytes:
    """A cXML ConfirmationRequest with these ConfirmationItems."""
    shared = f"<SharedSecret>{secret}</SharedSecret>" if secret else ""
    identity = "<Identity>987654321</Identity>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE cXML SYSTEM "http://xml.cxml.org/schemas/cXML/1.2.063/Fulfill.dtd">
<cXML payloadID="{payload}@acme.example.com" timestamp="2026-03-11T09:00:00-07:00" version="1.2.063">
<Header><From><Credential domain="DUNS">{identity}</Credential></From>
<To><Credential domain="DUNS"><Identity>123456789</Identity></Credential></To>
<Sender><Credential domain="DUNS">{identity}{shared}</Credential><UserAgent>Acme</UserAgent></Sender></Header>
<Request><ConfirmationRequest>
<ConfirmationHeader confirmID="SO-1" type="{kind}" noticeDate="2026-03-11T09:00:00-07:00"/>
<OrderReference orderID="{order}"><DocumentReference payloadID="x"/></OrderReference>{lines}
</ConfirmationRequest></Request></cXML>""".encode()


def confirmed(line: int, cases: int, *statuses: tuple[str, int, str]) -> str:
    """A ConfirmationItem: statuses are (type, cases, more)."""
    unit = "<UnitOfMeasure>XCS</UnitOfMeasure>"
    told = "".join(
        f'<ConfirmationStatus type="{kind}" quantity="{number}">{unit}{more}</ConfirmationStatus>'
        for kind, number, more in statuses
    )
    return f'<ConfirmationItem lineNumber="{line}" quantity="{cases}">{unit}{told}</ConfirmationItem>'


def table(*rows: Sequence[object]) -> bytes:
    """A CSV."""
    written = io.StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode()


def ship_notice(order: str, cases: int, *, number: str = "SHP-31", lot: str = "L-9", line: int = 1) -> bytes:
    """A list of what was shipped."""
    head = ("Shipment Number", "PO Number", "Line", "Item Number", "Qty Shipped", "UOM", "Lot", "Ship Date",
            "Expected Delivery", "Carrier", "Tracking Number")  # fmt: skip
    row = (
        number,
        order,
        line,
        "GLOVES",
        cases,
        "case",
        lot,
        "12/1/2026",
        "12/3/2026",
        "Front Range Freight",
        "PRO-555",
    )
    return table(head, row)
