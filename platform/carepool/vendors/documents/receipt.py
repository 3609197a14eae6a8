"""A receipt of what we sent (X12 997): it says that a file could be read, nothing of what becomes of the order."""

from dataclasses import dataclass, field

from carepool.vendors.documents.faults import WHOLE_FILE, Place


@dataclass(frozen=True, slots=True)
class ReceivedFault:
    """What the vendor's system could not read: the segment of our file, counted from ST, and X12's code of the fault."""

    segment: str
    position: int
    #: Element 720 of a segment's fault, or element 723 of an element's.
    code: str
    #: The element's position in the segment; None: the segment as a whole.
    element: int | None = None


@dataclass(frozen=True, slots=True)
class ReceivedSet:
    """One of our transaction sets: its kind (`850`), its control number, and whether it was taken."""

    kind: str
    control: int
    accepted: bool
    faults: tuple[ReceivedFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """A whole receipt of one group; `control` is the group's control number (GS06) that we gave it."""

    control: int
    accepted: bool
    sets: tuple[ReceivedSet, ...] = ()
    sender: str = ""
    place: Place = field(default=WHOLE_FILE, compare=False)
