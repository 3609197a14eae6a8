"""What all pages of service contracts share: their blueprint, who may see them, and titles in the reader's language."""

from typing import Any
from uuid import UUID

from flask import Blueprint

from carepool.enrolling import queries
from carepool.enrolling.models.contracts import ServiceContract
from carepool.identity.rights import Permission
from carepool.ui.formats import spoken_language
from carepool.web.guards import require

blueprint = Blueprint("enrolling_pages", "carepool.enrolling", template_folder="templates")
PAGE = 25
"""Rows of a page of a list."""


@blueprint.context_processor
def _words() -> dict[str, Any]:
    return {
        "title_of": lambda own: queries.title_in(own, spoken_language()),
        "description_of": lambda own: queries.description_in(own, spoken_language()),
    }


def run_contract(contract_id: UUID) -> ServiceContract:
    """Return a contract for someone who coordinates. Raises Forbidden, NotFound."""
    require(Permission.PURCHASES_WRITE)
    return queries.contract_or_404(contract_id)
