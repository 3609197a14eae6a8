"""Small cells stay hidden: no hidden figure can be worked out from what is shown, whatever the table."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from carepool.purchasing.savings.small_cells import SUM, hidden, years_shown

LEAST = 5
_COUNTS = st.integers(0, 12)
_TABLES = st.integers(1, 6).flatmap(
    lambda years: st.lists(st.lists(_COUNTS, min_size=years, max_size=years), min_size=1, max_size=7)
)


def _table(rows: list[list[int]]) -> tuple[dict[Any, int], dict[Any, int]]:
    """A table of programs without empty cells and years of too few; each program buys in one year only or in many."""
    columns = {year: sum(row[year] for row in rows) for year in range(len(rows[0]))}
    shown = years_shown(columns, LEAST)
    cells = {(f"g{n}", year): row[year] for n, row in enumerate(rows) for year in shown if row[year]}
    # as many in all years as in the greatest one: the same programs come back
    groups: dict[Any, int] = {}
    for (group, _year), count in cells.items():
        groups[group] = max(groups.get(group, 0), count)
    return cells, groups


def _known(cells: Mapping[Any, int], groups: Mapping[Any, int], out: frozenset[Any]) -> set[Any]:
    """Return the hidden cells whose values follow from what is shown, by exact elimination."""
    unknown = sorted(out, key=repr)
    place = {cell: n for n, cell in enumerate(unknown)}
    lines = []
    for group in groups:
        line = [Fraction(0)] * len(unknown)
        for cell in cells:
            if cell[0] == group and cell in place:
                line[place[cell]] = Fraction(1)
        if (group, SUM) in place:
            line[place[(group, SUM)]] = Fraction(-1)
        lines.append(line)
    for year in {year for _, year in cells} | {SUM}:
        line = [Fraction(0)] * len(unknown)
        for cell in place:
            if cell[1] == year:
                line[place[cell]] = Fraction(1)
        lines.append(line)
    reduced = _eliminated(lines)
    return {
        unknown[next(n for n, one in enumerate(line) if one)] for line in reduced if sum(1 for one in line if one) == 1
    }


def _eliminated(lines: list[list[Fraction]]) -> list[list[Fraction]]:
    """Return the reduced row echelon form: a value is fixed just where a line of it has one entry."""
    rows, done = [line[:] for line in lines], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((n for n in range(done, len(rows)) if rows[n][column]), None)
        if pivot is None:
            continue
        rows[done], rows[pivot] = rows[pivot], rows[done]
        rows[done] = [one / rows[done][column] for one in rows[done]]
        for n, row in enumerate(rows):
            if n != done and row[column]:
                rows[n] = [one - row[column] * top for one, top in zip(row, rows[done], strict=True)]
        done += 1
    return rows[:done]


@settings(max_examples=400, deadline=None)
@given(_TABLES)
def test_no_hidden_figure_follows_from_those_shown(rows: list[list[int]]) -> None:
    cells, groups = _table(rows)
    out = hidden(cells, groups, LEAST)
    small = {cell for cell, count in cells.items() if count < LEAST}
    small |= {(group, SUM) for group, count in groups.items() if count < LEAST}
    assert small <= out
    assert not _known(cells, groups, out)


@settings(max_examples=200, deadline=None)
@given(_TABLES)
def test_what_is_hidden_of_a_column_tells_of_enough_programs_together(rows: list[list[int]]) -> None:
    cells, groups = _table(rows)
    out = hidden(cells, groups, LEAST)
    for year in {year for _, year in cells}:
        inside = [cells[cell] for cell in cells if cell[1] == year and cell in out]
        assert not inside or (len(inside) > 1 and sum(inside) >= LEAST)
    for group in groups:
        inside = [cells[cell] for cell in cells if cell[0] == group and cell in out]
        assert not inside or (group, SUM) in out or (len(inside) > 1 and sum(inside) >= LEAST)


def test_nothing_is_hidden_where_every_cell_is_large_enough() -> None:
    assert hidden({("a", 2025): 5, ("b", 2025): 9}, {"a": 5, "b": 9}, LEAST) == frozenset()


def test_a_single_small_cell_takes_another_with_it() -> None:
    cells = {("a", 2025): 2, ("b", 2025): 6, ("c", 2025): 30, ("a", 2026): 20, ("b", 2026): 20, ("c", 2026): 30}
    out = hidden(cells, {"a": 20, "b": 20, "c": 30}, LEAST)
    assert ("a", 2025) in out and ("b", 2025) in out and not {cell for cell in out if cell[0] == "c"}


def test_years_of_too_few_programs_are_left_out() -> None:
    assert years_shown({2026: 5, 2024: 4, 2025: 80}, LEAST) == [2025, 2026]
