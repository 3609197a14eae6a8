"""Which figures of published tables are hidden so that nobody learns what few programs paid. Pure.

A table has groups as rows and years as columns, with the sum of each year below and of each group at its end. A cell of
fewer programs than the least is hidden. Hiding it alone is no use: the sum of its row less the other cells gives it
away. A hidden value is fixed by the sums that are shown unless it can be raised by any amount while other hidden values
of its rows and columns move against it, that is, unless it lies on a closed round of hidden cells: each next one in the
row or the column of the one before. So every hidden cell gets such a round, along the cells that tell of the fewest
programs. (Amounts may be negative, so nothing else limits them.) What is hidden of a row or column is also never of fewer
programs together than the least.

Sums of years are the same in all tables, so they are never hidden; a year of too few programs is left out as a whole.
"""

import heapq
from collections.abc import Hashable, Mapping
from typing import Any

SUM = "sum"
"""The column of the sums of groups over all years that are shown."""
Cell = tuple[Any, Any]
"""A group and a year."""
_Node = tuple[str, Hashable]


def years_shown(programs: Mapping[int, int], least: int) -> list[int]:
    """Return the years that are shown at all, in order. `programs`: {year: how many programs in all}."""
    return sorted(year for year, count in programs.items() if count >= least)


def hidden(programs: Mapping[Cell, int], groups: Mapping[Any, int], least: int) -> frozenset[Cell]:
    """Return the cells of a table that are hidden, and sums of groups as (group, SUM).

    `programs`: {(group, year): programs}, only years that are shown and no empty cell; `groups`: {group: programs in all
    its years}. Sums of years are shown, each of at least `least` programs.
    """
    size: dict[Cell, int] = {**programs, **{(group, SUM): count for group, count in groups.items()}}
    found = {cell for cell, count in size.items() if count < least}
    while True:
        before = len(found)
        _fill_lines(size, found, least)
        for cell in sorted(found, key=repr):
            found |= _round_of(cell, size, found)
        if len(found) == before:
            return frozenset(found)


def _fill_lines(size: Mapping[Cell, int], found: set[Cell], least: int) -> None:
    """Hide more of each row and column until what is hidden of it tells of enough programs together.

    A row whose sum is hidden, too, tells nothing of what is hidden of it. A cell that is alone in its column is that
    column's shown sum, so it cannot be hidden.
    """
    lines: dict[tuple[str, Hashable], list[Cell]] = {}
    for group, year in size:
        lines.setdefault(("column", year), []).append((group, year))
        if year != SUM:
            lines.setdefault(("row", group), []).append((group, year))
    alone = {cells[0] for (kind, _), cells in lines.items() if kind == "column" and len(cells) == 1}
    for (kind, key), cells in lines.items():
        if kind == "row" and (key, SUM) in found:
            continue
        inside = [cell for cell in cells if cell in found]
        if not inside:
            continue
        for cell in sorted((one for one in cells if one not in found | alone), key=lambda one: (size[one], repr(one))):
            if sum(size[one] for one in inside) >= least and len(inside) > 1:
                break
            inside.append(cell)
            found.add(cell)
        enough = sum(size[one] for one in inside) >= least and len(inside) > 1
        if not enough and kind == "row" and (key, SUM) not in alone:
            found.add((key, SUM))


def _round_of(cell: Cell, size: Mapping[Cell, int], found: set[Cell]) -> set[Cell]:
    """Return the cells that close a round through a hidden cell: the cheapest way between its row and its column.

    Hidden cells cost nothing, others the programs that they tell of.
    """
    ways: dict[_Node, list[tuple[_Node, Cell]]] = {}
    for one in size:
        if one != cell:
            row, column = ("row", one[0]), ("column", one[1])
            ways.setdefault(row, []).append((column, one))
            ways.setdefault(column, []).append((row, one))
    begin, end = ("row", cell[0]), ("column", cell[1])
    queue: list[tuple[int, int, _Node, tuple[Cell, ...]]] = [(0, 0, begin, ())]
    done: set[_Node] = set()
    pushed = 0
    while queue:
        cost, _, node, path = heapq.heappop(queue)
        if node == end:
            return set(path)
        if node in done:
            continue
        done.add(node)
        for other, one in sorted(ways.get(node, ()), key=lambda way: repr(way[1])):
            if other not in done:
                pushed += 1
                price = 0 if one in found else 1 + size[one]
                heapq.heappush(queue, (cost + price, pushed, other, (*path, one)))
    return set()
