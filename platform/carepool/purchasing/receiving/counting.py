"""What counts of one order line come to: usable eaches, what goes back, what is claimed. Pure; integers only."""

from dataclasses import dataclass

from carepool.money import half_up, share_out
from carepool.purchasing.receiving.models.claims import ClaimKind


@dataclass(frozen=True)
class Ordered:
    """One line as it was ordered: cases of so many eaches, cents a case, and cases more than that which are taken."""

    cases: int
    case_size: int
    price_cents: int
    over_cases: int = 0

    @property
    def eaches(self) -> int:
        """Eaches that were ordered."""
        return self.cases * self.case_size


@dataclass(frozen=True)
class Counted:
    """The sums of all counts of one line.

    `cases` stand there; `short` eaches are missing inside them and `damaged` ones cannot be used; `taken` and `wrong`
    are eaches of another item that were taken in its place, or not.
    """

    cases: int = 0
    short: int = 0
    damaged: int = 0
    taken: int = 0
    wrong: int = 0

    @property
    def is_possible(self) -> bool:
        """Whether no sum is below 0; what is more than its cases hold is seen with the case's size in `fits`."""
        return min(self.cases, self.short, self.damaged, self.taken, self.wrong) >= 0

    def fits(self, case_size: int) -> bool:
        """Tell whether the cases hold what is said to be missing or damaged in them."""
        return self.short + self.damaged <= self.cases * case_size


@dataclass(frozen=True)
class Standing:
    """What a line comes to, in eaches: usable, refused because it is too much, and what is missing by kind."""

    usable: int
    refused: int
    missing: dict[ClaimKind, int]
    #: Cents of what is missing by kind; with the bill of what is usable they make up what was ordered.
    claimed_cents: dict[ClaimKind, int]


def over_limit(ordered_cases: int, percent: int, cases: int) -> int:
    """Return how many cases more than ordered are taken: the larger of a percentage, whole cases only, and a number."""
    return max(ordered_cases * percent // 100, cases)


def standing(ordered: Ordered, counted: Counted) -> Standing:
    """Return what a line comes to. Surplus first makes up for what is damaged; beyond the limit it is refused."""
    good = counted.cases * ordered.case_size - counted.short - counted.damaged + counted.taken
    usable = min(good, (ordered.cases + ordered.over_cases) * ordered.case_size)
    gap = max(0, ordered.eaches - usable)
    damaged = min(counted.damaged, gap)
    wrong = min(counted.wrong, gap - damaged)
    missing = {ClaimKind.SHORT: gap - damaged - wrong, ClaimKind.DAMAGED: damaged, ClaimKind.WRONG: wrong}
    lost = ordered.cases * ordered.price_cents - owed(usable, ordered) if gap else 0
    cents = share_out(lost, list(missing.values()))
    return Standing(usable, good - usable, missing, dict(zip(missing, cents, strict=True)))


def owed(eaches: int, ordered: Ordered) -> int:
    """Return what usable eaches cost at the price of record, in cents, half up."""
    return half_up(eaches * ordered.price_cents, ordered.case_size)
