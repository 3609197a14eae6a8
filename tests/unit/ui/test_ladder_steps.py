"""A ladder as steps to draw."""

from hypothesis import given
from hypothesis import strategies as st

from carepool.ui.ladder_steps import StepPlace, ladder_steps

RUNGS = [(1, 4500), (12, 4290), (30, 3904), (60, 3650)]


@st.composite
def ladders(draw: st.DrawFn) -> list[tuple[int, int]]:
    starts = draw(st.lists(st.integers(2, 10_000), max_size=6, unique=True))
    return [(start, 10_000 - place) for place, start in enumerate([1, *sorted(starts)])]


def test_a_ladder_with_27_cases_shows_the_second_price_filled_to_five_sixths() -> None:
    steps = ladder_steps(RUNGS, 27)
    assert [step.place for step in steps] == ["passed", "now", "next", "later"]
    assert [step.filled for step in steps] == [100, 83, 0, 0]
    assert [(step.from_cases, step.to_cases) for step in steps] == [(1, 11), (12, 29), (30, 59), (60, None)]


def test_nothing_ordered_makes_the_first_price_the_next_one() -> None:
    steps = ladder_steps(RUNGS, 0)
    assert [step.place for step in steps] == ["next", "later", "later", "later"]
    assert not any(step.filled for step in steps)


def test_the_first_step_fills_from_the_first_case() -> None:
    assert [ladder_steps(RUNGS, cases)[0].filled for cases in (0, 1, 6, 11, 12)] == [0, 8, 50, 91, 100]


def test_the_last_price_is_full_once_it_is_reached() -> None:
    steps = ladder_steps(RUNGS, 60)
    assert steps[-1].place is StepPlace.NOW
    assert [step.filled for step in steps] == [100] * 4


@given(ladders(), st.integers(0, 20_000))
def test_steps_fill_from_the_left_and_only_the_present_one_is_partly_full(
    rungs: list[tuple[int, int]], cases: int
) -> None:
    steps = ladder_steps(rungs, cases)
    filled = [step.filled for step in steps]
    assert filled == sorted(filled, reverse=True)
    assert all(0 <= part <= 100 for part in filled)
    assert all(step.place is StepPlace.NOW for step in steps if 0 < step.filled < 100)
    assert sum(step.place is StepPlace.NOW for step in steps) == (1 if cases else 0)


@given(ladders(), st.integers(0, 20_000))
def test_the_present_step_has_the_price_that_the_ladder_gives(rungs: list[tuple[int, int]], cases: int) -> None:
    from carepool.purchasing.ladder import price_at

    for step in ladder_steps(rungs, cases):
        if step.place is StepPlace.NOW:
            assert step.price_cents == price_at(rungs, cases)
