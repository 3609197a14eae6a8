"""Sales tax on what a member pays for taxable goods, and who pays none. Pure.

Only goods are taxed. Freight and handling are charges of the purchase that stand on lines of their own, and are not.
A rate is in millionths: 62 500 is 6.25 %, 68 750 is 6.875 %; rates in the United States have up to four places of a
percent. Tax is rounded once a member, half up to a cent, so the sum of the members' taxes is the tax of the purchase.
"""

from dataclasses import dataclass
from datetime import date

from carepool.money import half_up

WHOLE = 1_000_000
"""The rate of 100 %, in millionths."""
LARGEST_RATE = 250_000
"""No place in the United States taxes half as much; a larger rate is a slip of the pen."""


@dataclass(frozen=True)
class Exemption:
    """A program's certificate: its number, "" for none, and the last day on which it holds; None: it does not end."""

    certificate: str
    expires_on: date | None

    def holds_on(self, day: date) -> bool:
        """Tell whether goods of a day of the state's calendar are free of tax."""
        return bool(self.certificate) and (self.expires_on is None or day <= self.expires_on)


def tax_on(taxable_cents: int, millionths: int) -> int:
    """Return the tax in cents on what a member pays for taxable goods, half up."""
    return half_up(taxable_cents * millionths, WHOLE)
