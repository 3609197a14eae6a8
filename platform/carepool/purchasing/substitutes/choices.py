"""What a program says about substitutes, and whether it takes a certain one. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from carepool.sentences import Sentence, marked


class Choice(StrEnum):
    """What a program takes instead of an item; these words are kept."""

    ANY = "any"
    SAME_BRAND = "same_brand"
    SAME_PRICE = "same_price"
    NEVER = "never"


WORDS: dict[Choice, Sentence] = {
    Choice.ANY: marked("Any substitute is fine"),
    Choice.SAME_BRAND: marked("Only of the same brand"),
    Choice.SAME_PRICE: marked("Only at the same price or less"),
    Choice.NEVER: marked("No substitute: leave it out then"),
}
"""What each choice is called."""
USUAL = Choice.ANY
"""What counts for a program that said nothing."""


@dataclass(frozen=True)
class Offered:
    """What comes instead: cents per case before and then, and whether a person says that it is of the same brand."""

    price_before: int
    price_after: int
    same_brand: bool = False

    @property
    def is_dearer(self) -> bool:
        """Whether a case costs more than was ordered."""
        return self.price_after > self.price_before


def takes(choice: Choice, offered: Offered) -> bool:
    """Tell whether who made a choice takes what comes instead."""
    if choice is Choice.NEVER:
        return False
    if choice is Choice.SAME_BRAND:
        return offered.same_brand
    return not (choice is Choice.SAME_PRICE and offered.is_dearer)
