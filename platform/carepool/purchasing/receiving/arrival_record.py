"""The record of a result: canonical JSON of what arrived and who got what, without ids and times.

The same counts in any order give the same bytes, so their SHA-256 are equal. Lines stand by SKU and contract number,
members in the order of their places.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from carepool.purchasing.allocation import RULE_VERSION
from carepool.purchasing.calculation import Calculation, LineOutcome

MEMBER_COLUMNS = ("licence", "wanted", "extra", "boost", "got", "amount_cents")


class ArrivalRecord:
    """Writes a record piece by piece and knows its SHA-256 at the end."""

    def __init__(self, calculation: Calculation, received: Mapping[UUID, Mapping[str, int]]) -> None:
        self._of, self._received = calculation, received
        self._hash = hashlib.sha256()
        self._lines = 0

    def begin(self) -> bytes:
        """Return the first piece."""
        return self._add('{"lines":[')

    def line(self, line: LineOutcome) -> bytes:
        """Return the piece of one line."""
        self._lines += 1
        return self._add(("," if self._lines > 1 else "") + _canonical(self._line(line)))

    def end(self) -> bytes:
        """Return the last piece: what the columns mean, the policy and the version of the rule."""
        bought = self._of.purchase
        rest = {"member_columns": MEMBER_COLUMNS, "policy": bought.shortage_policy, "rule": RULE_VERSION}
        return self._add(f"],{_canonical(rest)[1:]}")

    @property
    def sha256(self) -> str:
        """SHA-256 of all pieces so far, in hexadecimal."""
        return self._hash.hexdigest()

    def _add(self, piece: str) -> bytes:
        written = piece.encode()
        self._hash.update(written)
        return written

    def _line(self, line: LineOutcome) -> dict[str, Any]:
        members, names, wishes = self._of.members, self._of.pool_names, line.wishes
        columns = (wishes.wanted, wishes.extra, wishes.boost, line.shares.got, line.shares.amounts)
        return {
            "sku": line.item.sku,
            "contract": self._of.contracts[line.item.contract_id].number,
            "case_size": line.item.case_size,
            "price_cents": line.decision.price,
            "boosted": line.decision.boosted,
            "usable": sorted([names[pool], eaches] for pool, eaches in self._received[line.item.id].items()),
            "unallocated": line.shares.unallocated,
            "bill_cents": line.shares.bill,
            "members": [
                [members[program].licence_number, *quantities]
                for program, *quantities in zip(line.programs, *columns, strict=True)
            ],
            "turns": wishes.queue,
        }


def _canonical(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
