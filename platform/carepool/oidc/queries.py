"""Reads of a state's provider."""

from uuid import UUID

from sqlalchemy import select

from carepool.oidc.models import ProviderSubject, SignInProvider
from tenants.database import db, find


def provider() -> SignInProvider | None:
    """Return the state's provider, or None where none was set up."""
    return find(SignInProvider)


def provider_on() -> SignInProvider | None:
    """Return the state's provider if people may sign in with it now."""
    own = provider()
    return own if own is not None and own.switched_on else None


def is_linked(person_id: UUID) -> bool:
    """Tell whether a person signed in with the provider before."""
    query = select(ProviderSubject.subject).where(ProviderSubject.person_id == person_id).limit(1)
    return db.session.scalar(query) is not None
