"""Whatever is billed, paid, used, written off and taken back in two books, each is as if it were alone (Hypothesis)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carepool.errors import Refusal
from carepool.outbox import Actor, ActorKind
from carepool.purchasing.settlement.actions.booking import Event, book, credit_of, owed_by
from carepool.purchasing.settlement.actions.paying import (
    WrittenPayment,
    record_payment,
    reverse_payment,
    use_credit,
)
from carepool.purchasing.settlement.actions.writing_off import ask_write_off, decide_write_off
from carepool.purchasing.settlement.books import Books
from carepool.purchasing.settlement.models.ledger import Cause
from carepool.purchasing.settlement.models.payments import Direction, Method
from carepool.purchasing.settlement.postings import ProgramBill, program_bill
from carepool.purchasing.settlement.queries import balances
from tests.cast import State
from tests.owning import alliance_of

_EVENTS = ("bill", "pay", "refund", "use", "write off", "take back")
_STEPS = st.lists(st.tuples(st.sampled_from(_EVENTS), st.integers(0, 1), st.integers(1, 900)), min_size=1, max_size=12)


@dataclass
class Model:
    """What a program owes and has to its credit in one book, and what of each payment became a credit."""

    owed: int = 0
    credit: int = 0
    payments: list[tuple[UUID, int, int]] = field(default_factory=list)


def _do(what: str, model: Model, cents: int, alliance_id: UUID | None, state: State) -> None:
    """Do a step through the verbs and in the model."""
    by, program = Actor.operator(), state.director.program_id
    assert program is not None
    if what == "bill":
        event = Event(uuid4(), program_bill(ProgramBill(program, cents, 0, 0, 0)))
        book(by, Cause.PROGRAM_INVOICE, [event], alliance_id=alliance_id)
        model.owed += cents
    elif what in ("pay", "refund"):
        way = Direction.IN if what == "pay" else Direction.OUT
        written = WrittenPayment(
            str(uuid4()), way, Method.CHECK, cents, date(2026, 11, 27), program_id=program, reference="1",
            book=Books(alliance_id),
        )  # fmt: skip
        try:
            made = record_payment(by, written)
        except Refusal:
            assert what == "refund" and cents > model.credit
            return
        settled = min(cents, max(0, model.owed)) if what == "pay" else 0
        left = cents - settled if what == "pay" else -cents
        model.owed, model.credit = model.owed - settled, model.credit + left
        if what == "pay":
            model.payments.append((made.id, settled, left))
    elif what == "use":
        used = max(0, min(model.credit, model.owed))
        assert use_credit(by, program, alliance_id) == used
        model.owed, model.credit = model.owed - used, model.credit - used
    elif what == "write off":
        _write_off(model, cents, program, alliance_id, state)
    elif model.payments:
        payment, settled, left = model.payments.pop()
        reverse_payment(by, payment, "Bounced", 2)
        kept = min(left, model.credit)
        model.owed, model.credit = model.owed + settled + left - kept, model.credit - kept


def _write_off(model: Model, cents: int, program: UUID, alliance_id: UUID | None, state: State) -> None:
    try:
        wish = ask_write_off(Actor(ActorKind.PERSON, state.coordinator.id), program, cents, "Closed", alliance_id)
    except Refusal:
        assert cents > model.owed
        return
    decide_write_off(Actor(ActorKind.PERSON, state.administrator.id), wish.id, approve=True)
    model.owed -= cents


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=_STEPS)
def test_two_books_of_one_program_never_touch(here: State, steps: list[tuple[str, int, int]]) -> None:
    alliance = UUID(alliance_of(here, here.director))
    program = here.director.program_id
    assert program is not None
    with here.scope():
        start = (owed_by(program, None), credit_of(program, None))
    models: dict[int, Model] = defaultdict(Model)
    models[0] = Model(*start)
    for what, place, cents in steps:
        with here.scope():
            _do(what, models[place], cents, alliance if place else None, here)
        with here.scope():
            found: list[Any] = [
                (owed_by(program, one), credit_of(program, one), sum(balances(one).values()))
                for one in (None, alliance)
            ]
        assert found == [(models[place].owed, models[place].credit, 0) for place in (0, 1)]
        assert models[0].credit >= 0 and models[1].credit >= 0
