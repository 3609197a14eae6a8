"""One step of a demonstration: what was sent or written, amounts, and sums that must be equal."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carepool.demo.purchase import DemonstrationFailed


@dataclass(frozen=True)
class Step:
    """One step: amounts in cents by what they are, pairs of sums that must be equal, and documents that arrived."""

    name: str
    cents: dict[str, int]
    equal: Sequence[tuple[str, int, int]]
    documents: Sequence[dict[str, Any]] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for printing."""
        told = [
            {"what": what, "left": left, "right": right, "equal": left == right} for what, left, right in self.equal
        ]
        return {"step": self.name, "cents": self.cents, "sums": told, "documents": list(self.documents)}

    def proved(self) -> "Step":
        """Return it. Raises DemonstrationFailed where sums differ."""
        for what, left, right in self.equal:
            if left != right:
                raise DemonstrationFailed(f"{self.name}: {what} differ: {left} and {right}.")
        return self
