"""What the states of a price proposal are called, and the kinds of their tags."""

from carepool.sentences import Sentence, marked
from carepool.vendors.prices.models import PriceState

STATES: dict[PriceState, tuple[Sentence, str]] = {
    PriceState.WAITING: (marked("Waits for the state"), "attention"),
    PriceState.ACCEPTED: (marked("Accepted"), "good"),
    PriceState.DECLINED: (marked("Declined"), "bad"),
    PriceState.IN_FORCE: (marked("In force"), "good"),
}
