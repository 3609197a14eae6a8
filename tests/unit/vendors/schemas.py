"""The official schemas of `tests/data/schemas`, and what else the tests of formats share."""

import tempfile
import zipfile
from functools import cache
from pathlib import Path

from lxml import etree

DATA = Path(__file__).resolve().parents[2] / "data"
SCHEMAS, FILES = DATA / "schemas", DATA / "vendors"


@cache
def _unpacked(name: str) -> tempfile.TemporaryDirectory[str]:
    # kept by the cache, and gone with the process
    folder = tempfile.TemporaryDirectory(prefix="carepool-schemas-")
    with zipfile.ZipFile(SCHEMAS / name) as archive:
        archive.extractall(folder.name)
    return folder


def _file(archive: str, path: str) -> str:
    return str(Path(_unpacked(archive).name) / path)


@cache
def _ubl(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(_file("ubl-2.1.zip", f"maindoc/UBL-{name}-2.1.xsd")))


@cache
def _dtd(name: str) -> etree.DTD:
    return etree.DTD(_file("cxml-1.2.063.zip", f"{name}.dtd"))


def assert_ubl(content: bytes) -> etree._Element:
    """Check against the schema of the document's root element."""
    root = etree.fromstring(content)
    _ubl(etree.QName(root).localname).assertValid(root)
    return root


def assert_cxml(content: bytes, dtd: str) -> etree._Element:
    """Check against one of cXML's DTDs."""
    root = etree.fromstring(content, etree.XMLParser(load_dtd=False, no_network=True, resolve_entities=False))
    checked = _dtd(dtd)
    assert checked.validate(root), checked.error_log.filter_from_errors()
    return root
