"""Words for one each are said in Spanish, too: a test fails for one that is read from files and not translated."""

from carepool.purchasing.catalogs import packs
from carepool.ui.catalogs import read_catalog


def test_every_unit_that_is_read_has_its_spanish() -> None:
    assert {*packs._UNITS.values(), "each"} == {str(one) for one in packs.UNITS}
    spanish = read_catalog("es")
    for one in packs.UNITS:
        found = spanish.get(str(one))
        assert found, one
        assert found.string not in ("", str(one)), one
