"""Increases queue behind; decreases come from the newest entries."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.wishes import WishEntry, revise

START = datetime(2026, 3, 1, tzinfo=UTC)


def test_an_increase_is_an_entry_of_its_own_and_a_decrease_takes_the_newest() -> None:
    first = revise([], 5, 1, 0, START)
    more = revise(first, 8, 1, 0, START + timedelta(hours=1))
    assert [(one.wanted, one.extra) for one in more] == [(5, 1), (3, 0)]
    less = revise(more, 6, 0, 0, START + timedelta(hours=2))
    assert [(one.wanted, one.extra, one.at) for one in less] == [(5, 0, START), (1, 0, START + timedelta(hours=1))]
    assert revise(less, 0, 0, 0, START) == []


totals = st.tuples(*[st.integers(0, 20)] * 3)


@given(st.lists(totals, max_size=8))
def test_the_sums_are_always_what_was_asked_last(changes: list[tuple[int, int, int]]) -> None:
    entries: list[WishEntry] = []
    for hour, asked in enumerate(changes):
        entries = revise(entries, *asked, START + timedelta(hours=hour))
        assert tuple(sum(one[column] for one in entries) for column in range(3)) == asked
        assert all(one.wanted or one.extra or one.boost for one in entries)
        assert [one.at for one in entries] == sorted(one.at for one in entries)
        assert revise(entries, *asked, START + timedelta(days=9)) == entries
