"""What is missing to a case or a price: with it the gain comes, with one each less it does not."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carepool.purchasing.allocation import Terms, decide_from_totals
from carepool.purchasing.missing_case import Gain, Missing, missing_eaches

eaches = st.integers(0, 60)


@st.composite
def ladders(draw: Any) -> list[tuple[int, int]]:
    starts = sorted({1, *draw(st.lists(st.integers(2, 12), max_size=3))})
    prices = sorted(draw(st.lists(st.integers(1, 5000), min_size=len(starts), max_size=len(starts), unique=True)))
    return list(zip(starts, reversed(prices), strict=True))


terms = st.builds(Terms, case_size=st.integers(1, 15), min_cases=st.integers(0, 6), ladder=ladders())
pools = st.dictionaries(st.sampled_from("xyz"), st.tuples(eaches, eaches, eaches), min_size=1)


@given(terms, pools)
def test_exactly_the_missing_eaches_bring_the_gain(given_terms: Terms, totals: dict[str, tuple[int, int, int]]) -> None:
    before = decide_from_totals(given_terms, totals)
    found = {one.pool: one for one in missing_eaches(given_terms, totals)}
    for pool, (wanted, extra, boost) in totals.items():

        def with_more(more: int, pool: str = pool, sums: tuple[int, int, int] = (wanted, extra, boost)) -> Any:
            return decide_from_totals(given_terms, {**totals, pool: (sums[0], sums[1] + more, sums[2])})

        if pool in found:
            one = found[pool]
            assert 1 <= one.eaches <= given_terms.case_size
            after = with_more(one.eaches)
            assert after.pools[pool] > before.pools[pool]
            if one.gain is Gain.CASE:
                assert before.pools[pool] * given_terms.case_size < wanted
            else:
                assert before.pools[pool] * given_terms.case_size >= wanted
                assert after.price < before.price
                assert before.boosted or after.boosted or after.bill <= before.bill
            # one each less brings no gain, unless pools compete for cases; it may even undo what others boost
            less = with_more(one.eaches - 1)
            cheaper = before.price is not None and less.price is not None and less.price < before.price
            gained = less.pools[pool] > before.pools[pool]
            assert len(totals) > 1 or not (gained and (one.gain is Gain.CASE or cheaper))
        elif wanted and before.pools[pool] * given_terms.case_size < wanted:
            # nobody's one case would help: the minimum is missed by more, or the cases go elsewhere
            assert (
                with_more(given_terms.case_size - (wanted + extra) % given_terms.case_size).pools[pool]
                <= (before.pools[pool])
            )


@pytest.mark.parametrize(
    ("case_size", "minimum", "ladder", "totals", "expected"),
    [
        (12, 0, [(1, 4000)], {"": (9, 0, 0)}, [Missing("", 3, Gain.CASE)]),
        (12, 0, [(1, 4000)], {"": (9, 2, 0)}, [Missing("", 1, Gain.CASE)]),
        (12, 0, [(1, 4000)], {"": (9, 3, 0)}, []),
        (12, 0, [(1, 4000)], {"": (12, 0, 0)}, []),
        (12, 0, [(1, 4000)], {"x": (13, 0, 0), "y": (12, 0, 0)}, [Missing("x", 11, Gain.CASE)]),
        (10, 0, [(1, 4000), (10, 3400)], {"": (90, 4, 0)}, [Missing("", 6, Gain.PRICE)]),
        (10, 0, [(1, 4000), (10, 3990)], {"": (90, 4, 0)}, []),
        (10, 3, [(1, 4000)], {"": (25, 0, 0)}, [Missing("", 5, Gain.CASE)]),
        (10, 3, [(1, 4000)], {"": (15, 0, 0)}, []),
        (10, 0, [(1, 4000)], {"": (0, 5, 0)}, []),
        # the boost of others fills a part of the second case
        (3, 0, [(1, 2), (2, 1)], {"": (1, 2, 1)}, [Missing("", 2, Gain.PRICE)]),
    ],
)
def test_worked(case_size: int, minimum: int, ladder: Any, totals: Any, expected: list[Missing]) -> None:
    assert list(missing_eaches(Terms(case_size, minimum, ladder), totals)) == expected
