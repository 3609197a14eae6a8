"""What members owe: their goods, their parts of freight and handling, and the sales tax on their taxable goods."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from carepool.purchasing.charges import share_charge
from carepool.purchasing.models.purchases import Purchase
from carepool.purchasing.sales_tax.rates import tax_on


@dataclass
class MemberSums:
    """What a member got: goods and what of them is taxable in cents, eaches, {baseline kind: [baseline, paid]}."""

    goods: int = 0
    taxable: int = 0
    eaches: int = 0
    baselines: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Bills:
    """What members owe, in columns in the order of their places, in cents; `owner_cents`: charges that nobody bears."""

    programs: Sequence[str]
    goods: Sequence[int]
    freight: Sequence[int]
    handling: Sequence[int]
    taxable: Sequence[int]
    tax: Sequence[int]
    certificates: Sequence[str]
    owner_cents: int

    @classmethod
    def of(
        cls, purchase: Purchase, got: Mapping[str, MemberSums], places: Iterable[str], exempt: Mapping[str, str]
    ) -> "Bills":
        """Share the charges of a purchase over those who got something, and add the tax to what each pays for goods.

        `places`: all members in order; `exempt`: {program: number of its certificate} of those who pay no tax.
        """
        served = [program for program in places if program in got]
        sums = [got[program] for program in served]
        values, eaches = [one.goods for one in sums], [one.eaches for one in sums]
        freight, left = share_charge(purchase.freight_cents, purchase.freight_rule, values, eaches)
        handling, more = share_charge(purchase.handling_cents, purchase.handling_rule, values, eaches)
        return cls(
            programs=served,
            goods=values,
            freight=freight,
            handling=handling,
            taxable=[one.taxable for one in sums],
            tax=[
                0 if program in exempt else tax_on(one.taxable, purchase.tax_millionths)
                for program, one in zip(served, sums, strict=True)
            ],
            certificates=[exempt.get(program, "") for program in served],
            owner_cents=left + more if served else 0,  # nobody to bear it, though goods were bought
        )
