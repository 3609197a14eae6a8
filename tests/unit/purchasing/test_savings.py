"""Sums and bars of what a program saved."""

import csv
import io
from datetime import UTC, datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from carepool.shopping.savings import Saved, by_year, chart_of, written

AMOUNTS = st.lists(st.integers(-(10**9), 10**9), max_size=40)
_DAY = datetime(2026, 1, 1, 2, tzinfo=UTC)


def _saved(alone: int, paid: int, at: datetime = _DAY, title: str = "Fall") -> Saved:
    return Saved(UUID(int=1), title, "CO-2026-0001", at, alone, paid)


@given(AMOUNTS)
def test_bars_stay_in_the_drawing_and_have_the_height_of_their_amounts(amounts: list[int]) -> None:
    chart = chart_of(amounts)
    assert len(chart.bars) == len(amounts) and 0 <= chart.zero <= 100
    span = (max(0, *amounts, 0) - min(0, *amounts, 0)) or 1
    for bar, amount in zip(chart.bars, amounts, strict=True):
        assert -1e-6 <= bar.y <= bar.y + bar.height <= 100 + 1e-6 and 0 <= bar.x <= bar.x + bar.width <= 100 + 1e-6
        assert bar.below == (amount < 0) and abs(bar.height - 100 * abs(amount) / span) < 1e-6
        edge = bar.y if bar.below else bar.y + bar.height
        assert abs(edge - chart.zero) < 1e-6


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.datetimes(timezones=st.just(UTC),
       min_value=datetime(2020, 1, 2), max_value=datetime(2030, 1, 1)))))  # noqa: DTZ001  # fmt: skip
def test_the_sums_of_the_years_are_those_of_the_purchases(rows: list[tuple[int, int, datetime]]) -> None:
    saved = [_saved(*row) for row in rows]
    years = by_year(saved, "America/Denver")
    assert sum(one.saved_cents for one in years) == sum(one.saved_cents for one in saved)
    assert sum(one.purchases for one in years) == len(saved)
    assert [one.year for one in years] == sorted({one.year for one in years}, reverse=True)


def test_a_year_ends_on_the_clock_of_the_state() -> None:
    assert [one.year for one in by_year([_saved(1, 0)], "America/Denver")] == [2025]
    assert [one.year for one in by_year([_saved(1, 0)], "Pacific/Guam")] == [2026]


def test_a_title_that_looks_like_a_formula_stays_a_text() -> None:
    text = written([_saved(1000, 1250, title="=HYPERLINK(1)")], ["a"] * 6, "America/Denver")
    [_, row] = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert row == ["'=HYPERLINK(1)", "CO-2026-0001", "2025-12-31", "10.00", "12.50", "-2.50"]
