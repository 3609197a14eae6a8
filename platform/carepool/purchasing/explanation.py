"""Why a member got what it got: reason codes, stored with each share and rendered in the reader's language."""

from enum import StrEnum


class Reason(StrEnum):
    """The code of the sentence that explains one share."""

    AS_ASKED = "as_asked"
    """Exactly what was wanted."""
    EXTRA_FILLED_CASE = "extra_filled_case"
    """More than wanted, within the extra or boost that was offered, because it filled a case or reached a price."""
    SHARED_SHORT = "shared_short"
    """Less than wanted: the cases bought did not cover all wishes, and the shortage rule shared them."""
    NOTHING_LEFT = "nothing_left"
    """Nothing, although cases were bought: the shortage rule gave them to others, or they went to other pools."""
    NO_FULL_CASE = "no_full_case"
    """Nothing: all wishes together did not fill a case."""
    MINIMUM_MISSED = "minimum_missed"
    """Nothing: the item's minimum in cases was not reached."""
    VENDOR_MINIMUM_MISSED = "vendor_minimum_missed"
    """Nothing: the vendor's smallest order value was not reached."""
    NOT_NEEDED = "not_needed"
    """Nothing was wanted, and what was offered as extra was not needed."""


def reason_of(wanted: int, got: int, cases: int, *, failed: bool, dropped: bool) -> Reason:
    """Return the reason for one share; quantities in eaches, cases of the whole line."""
    if not wanted:
        return Reason.EXTRA_FILLED_CASE if got else Reason.NOT_NEEDED
    if dropped:
        return Reason.VENDOR_MINIMUM_MISSED
    if failed:
        return Reason.MINIMUM_MISSED
    if not cases:
        return Reason.NO_FULL_CASE
    if got == wanted:
        return Reason.AS_ASKED
    if got > wanted:
        return Reason.EXTRA_FILLED_CASE
    return Reason.SHARED_SHORT if got else Reason.NOTHING_LEFT
