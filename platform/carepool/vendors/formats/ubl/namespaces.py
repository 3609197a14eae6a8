"""Names of UBL 2.1 and of Peppol's order profile."""

_BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
CBC = f"{_BASE}CommonBasicComponents-2"
CAC = f"{_BASE}CommonAggregateComponents-2"
ORDER = f"{_BASE}Order-2"
ORDER_RESPONSE = f"{_BASE}OrderResponse-2"
DESPATCH_ADVICE = f"{_BASE}DespatchAdvice-2"
INVOICE = f"{_BASE}Invoice-2"
CREDIT_NOTE = f"{_BASE}CreditNote-2"
COMMON = frozenset({CBC, CAC})

CUSTOMIZATION = "urn:fdc:peppol.eu:poacc:trns:order:3"
PROFILE = "urn:fdc:peppol.eu:poacc:bis:ordering:3"
"""Ordering: the vendor answers. Order-only would tell it not to."""
GTIN_SCHEME = "0160"
PURCHASE_ORDER = "220"
"""UNCL 1001."""
