"""An order as plain JSON and back, for whoever sees it later as it was sent. Pure."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from carepool.quantities import Cases, Eaches
from carepool.vendors.documents.order import DeliveryPoint, Order, OrderLine
from carepool.vendors.documents.parties import Address, Contact, Mailbox, Party
from carepool.vendors.documents.units import Unit


def as_json(order: Order) -> dict[str, Any]:
    """Return an order for keeping; instants and days are ISO 8601. The link to answer, which is a secret, is left out."""
    kept: dict[str, Any] = _plain({**asdict(order), "link": ""})
    return kept


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value.isoformat() if isinstance(value, date) else value


def from_json(kept: Mapping[str, Any]) -> Order:
    """Read what `as_json` wrote. Raises KeyError, TypeError or ValueError where it is something else."""
    read = dict(kept)
    read["issued_at"] = datetime.fromisoformat(read["issued_at"])
    read["cutoff_at"] = datetime.fromisoformat(read["cutoff_at"]) if read["cutoff_at"] else None
    read["deliver_on"] = date.fromisoformat(read["deliver_on"]) if read["deliver_on"] else None
    for name in ("buyer", "vendor", "bill_to", "remit_to"):
        read[name] = _party(read[name]) if read[name] else None
    read["points"] = tuple(
        DeliveryPoint(**{**one, "address": Address(**one["address"]), "contact": Contact(**one["contact"])})
        for one in read["points"]
    )
    read["lines"] = tuple(_line(one) for one in read["lines"])
    return Order(**read)


def _party(kept: Mapping[str, Any]) -> Party:
    mailbox = Mailbox(**kept["mailbox"]) if kept["mailbox"] else None
    return Party(kept["name"], kept["number"], Address(**kept["address"]), Contact(**kept["contact"]), mailbox)


def _line(kept: Mapping[str, Any]) -> OrderLine:
    code, x12, names = kept["unit"]
    unit = Unit(code, x12, tuple(names))
    return OrderLine(**{**kept, "cases": Cases(kept["cases"]), "case_size": Eaches(kept["case_size"]), "unit": unit})
