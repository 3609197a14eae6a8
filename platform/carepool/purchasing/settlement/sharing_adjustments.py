"""Who bears a vendor's invoice that comes after the purchase was settled: pure; whole cents, every part to the cent.

Each line is shared by what each program got of its item; freight by what each paid for freight; sales tax by what each
paid of it, so that exempt programs bear none. Where nobody has such a part, goods decide; where there are none either,
and for tax that nobody paid, nothing is shared: it stays with the owner.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from carepool.money import share_out


@dataclass(frozen=True)
class Paid:
    """What a program's invoice for the purchase says, in cents."""

    program_id: UUID
    goods_cents: int
    freight_cents: int
    tax_cents: int


@dataclass(frozen=True)
class LateLine:
    """A line of the late invoice: its cents, and what each program got of its item; empty where no item is meant."""

    cents: int
    got: Mapping[UUID, int]


@dataclass(frozen=True)
class Part:
    """What one program bears of a late invoice, or gets of a late credit note, in cents."""

    program_id: UUID
    goods_cents: int = 0
    freight_cents: int = 0
    tax_cents: int = 0

    @property
    def total_cents(self) -> int:
        """All together."""
        return self.goods_cents + self.freight_cents + self.tax_cents


def parts_of(programs: Sequence[Paid], lines: Sequence[LateLine], freight_cents: int, tax_cents: int) -> list[Part]:
    """Return each program's part, in the order of the programs, without those who bear nothing."""
    goods = [max(0, one.goods_cents) for one in programs]
    shared = [0] * len(programs)
    for line in lines:
        got = [max(0, line.got.get(one.program_id, 0)) for one in programs]
        shared = [sum(pair) for pair in zip(shared, share_out(line.cents, got if any(got) else goods), strict=True)]
    freight = [max(0, one.freight_cents) for one in programs]
    freights = share_out(freight_cents, freight if any(freight) else goods)
    taxes = share_out(tax_cents, [max(0, one.tax_cents) for one in programs])
    parts = (Part(one.program_id, *three) for one, *three in zip(programs, shared, freights, taxes, strict=True))
    return [one for one in parts if one.total_cents]
