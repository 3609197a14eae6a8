"""Verbs of the state's account with the provider that takes cards; its key is sealed."""

from uuid import UUID

from sqlalchemy import select

from carepool import events
from carepool.errors import Invalid, Refusal, Stale
from carepool.outbox import Actor, record_event
from carepool.purchasing.settlement.models.payments import CardProvider
from carepool.sealing import NotReadable, sealer
from carepool.sentences import marked
from tenants.database import db, find, session


def card_provider() -> CardProvider | None:
    """Return the state's account with the provider; None before anyone set it."""
    return find(CardProvider)


def takes_cards() -> bool:
    """Tell whether programs may pay by card."""
    own = card_provider()
    return own is not None and own.is_on


def set_card_provider(
    by: Actor, state_id: UUID, secret: str | None, *, is_on: bool, based_on: int | None
) -> CardProvider:
    """Keep the provider's secret key (None keeps the one that is there) and say whether cards are taken. Raises Stale."""
    held = select(CardProvider).with_for_update().execution_options(populate_existing=True)
    own = db.session.scalars(held).one_or_none()
    if (own.version if own else 0) != (based_on or 0):
        raise Stale()
    if own is None and not secret:
        sentence = marked("Write the secret key of the provider.")
        raise Invalid("no-secret", sentence, {"secret": [sentence]})
    own = own or CardProvider(version=0, sealed_secret="")
    own.is_on, own.version = is_on, own.version + 1
    if secret:
        own.sealed_secret = sealer().seal(secret, _about())
    db.session.add(own)
    db.session.flush()
    record_event(events.CARD_PROVIDER_SET, state_id, by, {"is_on": is_on})
    return own


def secret_of(own: CardProvider) -> str:
    """Return the provider's secret key. Raises Refusal where its key is gone."""
    try:
        return sealer().open(own.sealed_secret, _about())
    except NotReadable:
        sentence = marked("A stored secret cannot be read any more, as its key is gone. Write the secret again.")
        raise Refusal("sealed-with-another-key", sentence) from None


def seal_again() -> None:
    """Seal a key that is under an older one with the newest; one that cannot be read is left. A sweep calls this."""
    held = select(CardProvider).with_for_update().execution_options(populate_existing=True)
    own = db.session.scalars(held).one_or_none()
    if own is None or own.sealed_secret.startswith(sealer().prefix):
        return
    try:
        own.sealed_secret = sealer().seal(secret_of(own), _about())
    except Refusal:
        return


def _about() -> str:
    return f"{session().scope}:card_provider"
