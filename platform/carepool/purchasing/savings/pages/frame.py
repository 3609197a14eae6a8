"""What all pages of savings share: their blueprint."""

from flask import Blueprint

__all__ = ["PAGE", "blueprint"]

blueprint = Blueprint("savings_pages", "carepool.purchasing.savings", template_folder="templates")
PAGE = 25
"""Rows of a page of a list."""
