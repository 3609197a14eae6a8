"""What a file says of its own way, beside the order that is in it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of an order over one channel.

    `control`: its number among all sendings to that vendor, 1 to 999,999,999 (X12's interchange and group control
    number; a receipt names it). `test`: it is marked as a test. `secret`: what cXML calls the shared secret; empty: none.
    """

    control: int = 1
    test: bool = False
    secret: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.control <= 999_999_999:
            raise ValueError("A control number has 1 to 9 digits.")
