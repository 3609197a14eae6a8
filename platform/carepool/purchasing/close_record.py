"""The record of a close: canonical JSON of what went in and what came out, without ids, times and order numbers.

A dry run and a close of the same orders give the same bytes, so their SHA-256 are equal. Keys are sorted, there are no
blanks, and lines stand by SKU and contract number; members stand in the order of their places.
"""

import hashlib
import json
from typing import Any

from carepool.purchasing.allocation import RULE_VERSION
from carepool.purchasing.calculation import Calculation, LineOutcome

MEMBER_COLUMNS = ("licence", "pool", "class", "wanted", "extra", "boost", "got", "amount_cents")


class CloseRecord:
    """Writes the record of one calculation piece by piece and knows its SHA-256 and length in bytes at the end."""

    def __init__(self, calculation: Calculation) -> None:
        self._of = calculation
        self._hash = hashlib.sha256()
        self._lines = 0

    def begin(self) -> bytes:
        """Return the first piece: the rule, the terms, and what each column of a member means."""
        bought = self._of.purchase
        terms = {
            "charges": [bought.freight_cents, bought.freight_rule, bought.handling_cents, bought.handling_rule],
            "contracts": sorted([one.number, self._of.decided.minimums[one.id]] for one in self._of.contracts.values()),
            # license numbers of those who pay no tax
            "exempt": sorted(self._of.members[program].licence_number for program in self._of.exempt),
        }
        # "lines" comes between "exempt" and "member_columns" in the order of keys
        return self._add(f'{_canonical(terms)[:-1]},"lines":[')

    def line(self, line: LineOutcome) -> bytes:
        """Return the piece of one line."""
        self._lines += 1
        return self._add(("," if self._lines > 1 else "") + _canonical(self._line(line)))

    def end(self) -> bytes:
        """Return the last piece."""
        rest = {
            "member_columns": MEMBER_COLUMNS,
            "policy": self._of.purchase.shortage_policy,
            "rule": RULE_VERSION,
            "tax_millionths": self._of.purchase.tax_millionths,
        }
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
        item, decided, wishes = line.item, line.decision, line.wishes
        members, names = self._of.members, self._of.pool_names
        rows = (
            [members[program].licence_number, names[members[program].pool], members[program].priority, *quantities]
            for program, *quantities in zip(
                line.programs,
                wishes.wanted,
                wishes.extra,
                wishes.boost,
                line.shares.got,
                line.shares.amounts,
                strict=True,
            )
        )
        return {
            "sku": item.sku,
            "contract": self._of.contracts[item.contract_id].number,
            "terms": {
                "case_size": item.case_size,
                "min_cases": item.min_cases,
                "ladder": item.ladder,
                "baseline": [item.baseline_kind, item.baseline_cents],
                "taxable": item.taxable,
            },
            "decided": {
                "cases": decided.cases,
                "price_cents": decided.price,
                "boosted": decided.boosted,
                "failed": decided.failed,
                "missing": decided.missing,
                "dropped": line.dropped,
                "pools": sorted([names[pool], cases] for pool, cases in decided.pools.items()),
            },
            "members": list(rows),
            # eaches wanted entry by entry, [place of the member, eaches]; null where each member has one entry
            "turns": wishes.queue,
        }


def _canonical(document: Any) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
