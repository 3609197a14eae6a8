"""Pages of purchasing: the lists, a program's order, and the coordinator's purchase from draft to bulk order."""

from carepool.purchasing.pages import (
    approving,
    collecting,
    coordinating,
    drafting,
    exempting,
    filling,
    inviting,
    listing,
    minimums,
    ordering,
    purchase_page,
    saved_sets,
    substituting,
)
from carepool.purchasing.pages.frame import blueprint

__all__ = [
    "approving",
    "blueprint",
    "collecting",
    "coordinating",
    "drafting",
    "exempting",
    "filling",
    "inviting",
    "listing",
    "minimums",
    "ordering",
    "purchase_page",
    "saved_sets",
    "substituting",
]
