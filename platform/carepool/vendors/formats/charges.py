"""Which kind of charge an amount beside the lines is, by its code or its words."""

from carepool.vendors.documents.invoice import ChargeKind

#: UNCL 7161 (UBL) and X12 element 1300.
_CODES = {
    "FC": ChargeKind.FREIGHT,
    "DL": ChargeKind.FREIGHT,
    "D240": ChargeKind.FREIGHT,
    "D270": ChargeKind.FREIGHT,
    "C040": ChargeKind.FREIGHT,
    "G821": ChargeKind.FREIGHT,
    "G830": ChargeKind.FREIGHT,
    "H850": ChargeKind.TAX,
    "D360": ChargeKind.TAX,
    "C310": ChargeKind.ALLOWANCE,
    "F910": ChargeKind.ALLOWANCE,
    "I170": ChargeKind.ALLOWANCE,
}
_WORDS = (
    (ChargeKind.FREIGHT, ("freight", "shipping", "delivery", "fuel", "transport")),
    (ChargeKind.TAX, ("tax",)),
    (ChargeKind.ALLOWANCE, ("discount", "allowance", "rebate")),
)


def kind_of_charge(code: str, words: str) -> ChargeKind:
    """Return the kind of a charge; what says neither is another one."""
    if code.upper() in _CODES:
        return _CODES[code.upper()]
    lower = words.lower()
    return next((kind for kind, known in _WORDS if any(word in lower for word in known)), ChargeKind.OTHER)
