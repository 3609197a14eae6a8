"""Vendors' files of 40 MB, each read in a process of its own: lines a second and the most memory that it took."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.place import Place

_CHILD = """
import json, sys, time
from carepool.vendors.formats.formats import read_document
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
before, began = peak(), time.perf_counter()
with open(sys.argv[1], "rb") as file:
    lines = sum(len(one.lines) for one in read_document(file).documents)
seconds = time.perf_counter() - began
print(json.dumps({"lines": lines, "lines_per_second": round(lines / seconds), "seconds": round(seconds, 2),
                  "before_mb": round(before), "peak_mb": round(peak())}))
"""
_FLOOR = """
import json, sys, time
from xml.etree import ElementTree
def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]) / 1024
began = time.perf_counter()
if sys.argv[1].endswith(".xml"):
    kept = ElementTree.parse(sys.argv[1])
else:
    kept = [line.split("*") for line in open(sys.argv[1]).read().split("~")]
print(json.dumps({"whole_seconds": round(time.perf_counter() - began, 2), "whole_peak_mb": round(peak())}))
"""
_NAMES = "urn:oasis:names:specification:ubl:schema:xsd:"
_NOTE = "Shipped with the next truck on our usual route; call the order desk if the date does not suit you. "


def incoming(place: Place, megabytes: int = 40) -> dict[str, Any]:
    """Return for each format what reading took; `whole_...`: the same file parsed whole by a plain library."""
    told: dict[str, Any] = {"megabytes": megabytes}
    with tempfile.TemporaryDirectory(prefix="carepool-bench-") as folder:
        for name, suffix, parts in (
            ("ubl", "xml", _ubl),
            ("cxml", "xml", _cxml),
            ("x12", "x12", _x12),
            ("csv", "csv", _csv),
        ):
            path = Path(folder) / f"{name}.{suffix}"
            with path.open("w") as file:
                for part in parts(megabytes << 20):
                    file.write(part)
            told[name] = _measured(_CHILD, path) | ({} if name == "csv" else _measured(_FLOOR, path))
            path.unlink()
    return told


def _measured(code: str, path: Path) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _filled(start: str, line: str, end: str, size: int) -> Iterator[str]:
    yield start
    for number in range(1, (size - len(start) - len(end)) // (len(line) + 12) + 1):
        yield line.replace("NUMBER", f"{number:06d}")
    yield end


def _ubl(size: int) -> Iterator[str]:
    start = (
        f'<?xml version="1.0" encoding="UTF-8"?><OrderResponse xmlns="{_NAMES}OrderResponse-2" '
        f'xmlns:cac="{_NAMES}CommonAggregateComponents-2" xmlns:cbc="{_NAMES}CommonBasicComponents-2">'
        "<cbc:ID>R-1</cbc:ID><cbc:OrderResponseCode>CA</cbc:OrderResponseCode>"
        "<cac:OrderReference><cbc:ID>CO-2026-0007</cbc:ID></cac:OrderReference>"
    )
    line = (
        "<cac:OrderLine><cac:LineItem><cbc:ID>NUMBER</cbc:ID><cbc:LineStatusCode>5</cbc:LineStatusCode>"
        '<cbc:Quantity unitCode="XCS">12</cbc:Quantity><cac:Price><cbc:PriceAmount currencyID="USD">36.00</cbc:PriceAmount>'
        "</cac:Price><cac:Item><cbc:Name>Gloves</cbc:Name><cac:SellersItemIdentification><cbc:ID>SKUNUMBER</cbc:ID>"
        "</cac:SellersItemIdentification></cac:Item></cac:LineItem></cac:OrderLine>"
    )
    return _filled(start, line, "</OrderResponse>", size)


def _cxml(size: int) -> Iterator[str]:
    start = (
        '<?xml version="1.0" encoding="UTF-8"?><cXML payloadID="1" timestamp="2026-03-11T09:00:00Z"><Header/><Request>'
        '<ConfirmationRequest><ConfirmationHeader type="except" noticeDate="2026-03-11T09:00:00Z"/>'
        '<OrderReference orderID="CO-2026-0007"/>'
    )
    line = (
        '<ConfirmationItem quantity="12" lineNumber="NUMBER"><UnitOfMeasure>XCS</UnitOfMeasure>'
        '<ConfirmationStatus quantity="12" type="detail" deliveryDate="2026-03-24T00:00:00Z"><UnitOfMeasure>XCS</UnitOfMeasure>'
        '<UnitPrice><Money currency="USD">36.00</Money></UnitPrice></ConfirmationStatus></ConfirmationItem>'
    )
    return _filled(start, line, "</ConfirmationRequest></Request></cXML>", size)


def _x12(size: int) -> Iterator[str]:
    isa = (
        f"ISA*00*{'':10}*00*{'':10}*01*{'987654321':15}*01*{'123456789':15}*260311*0900*U*00401*000000031*0*P*>~"
        "GS*PR*987654321*123456789*20260311*0900*31*X*004010~ST*855*0001~BAK*00*AC*CO-2026-0007*20260311~"
    )
    line = f"PO1*NUMBER*12*CA*36.00**VN*SKUNUMBER~PID*F****{_NOTE}{_NOTE}~ACK*IA*12*CA*068*20260318~"
    count = (size - len(isa) - 60) // (len(line) + 12)
    yield isa
    for number in range(1, count + 1):
        yield line.replace("NUMBER", f"{number:06d}")
    yield f"CTT*{count}~SE*{3 * count + 4}*0001~GE*1*31~IEA*1*000000031~"


def _csv(size: int) -> Iterator[str]:
    line = f"CO-2026-0007,NUMBER,SKUNUMBER,IA,12,36.00,{_NOTE}{_NOTE}\n"
    return _filled("Order number,Line,Item number,Status,Confirmed cases,Confirmed price,Note\n", line, "", size)
