"""Sealed texts: opened with their key in their row only, and sealed again when keys change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.sealing import BadDataKeys, NotReadable, Sealer

OLD, NEW = "1:" + "ab" * 32, "2:" + "cd" * 32


@given(text=st.text(max_size=100), about=st.text(max_size=30))
def test_what_is_sealed_opens_with_its_key_in_its_row(text: str, about: str) -> None:
    old = Sealer.parse(OLD)
    sealed = old.seal(text, about)
    assert old.open(sealed, about) == text
    assert Sealer.parse(f"{NEW},{OLD}").open(sealed, about) == text
    for sealer, row in ((Sealer.parse(NEW), about), (old, f"{about}x"), (Sealer.parse("1:" + "ef" * 32), about)):
        with pytest.raises(NotReadable):
            sealer.open(sealed, row)


@given(written=st.text(max_size=80) | st.text(alphabet="ABCabc123_-=", max_size=80).map("1:".__add__))
def test_what_was_not_sealed_here_is_not_readable(written: str) -> None:
    with pytest.raises(NotReadable):
        Sealer.parse(OLD).open(written, "row")


def test_the_first_key_seals() -> None:
    both = Sealer.parse(f"{NEW}, {OLD}")
    assert both.seal("x", "row").startswith(both.prefix) and both.prefix == "2:"
    assert both.seal("x", "row") != both.seal("x", "row")


@pytest.mark.parametrize("setting", ["", "x", "1:ab", f"{OLD},{OLD}", "70000:" + "ab" * 32, OLD + "ab"])
def test_bad_keys_are_refused(setting: str) -> None:
    with pytest.raises(BadDataKeys, match="DATA_KEYS"):
        Sealer.parse(setting)
