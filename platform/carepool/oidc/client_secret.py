"""The client secret of a state's provider: sealed to the state, and sealed again when keys change."""

from sqlalchemy import select

from carepool.errors import Refusal
from carepool.oidc.models import SignInProvider
from carepool.sealing import NotReadable, sealer
from carepool.sentences import marked
from tenants.database import db, session


def keep_secret(own: SignInProvider, secret: str) -> None:
    """Store the client secret, sealed with the newest key."""
    own.sealed_secret = sealer().seal(secret, _about())


def secret_of(own: SignInProvider) -> str:
    """Return the client secret. Raises Refusal where its key is gone."""
    try:
        return sealer().open(own.sealed_secret, _about())
    except NotReadable:
        sentence = marked("A stored secret cannot be read any more, as its key is gone. Write the secret again.")
        raise Refusal("sealed-with-another-key", sentence) from None


def seal_again() -> None:
    """Seal a secret that is under an older key with the newest; one that cannot be read is left. A sweep calls this."""
    # as it is now, not as it was before another changed it
    held = select(SignInProvider).with_for_update().execution_options(populate_existing=True)
    own = db.session.scalars(held).one_or_none()
    if own is None or own.sealed_secret.startswith(sealer().prefix):
        return
    try:
        keep_secret(own, secret_of(own))
    except Refusal:
        return


def _about() -> str:
    return f"{session().scope}:sign_in_provider"
