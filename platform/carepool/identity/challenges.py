"""Challenges that an authenticator signs: random, good for five minutes and for one answer; kept in Redis."""

import secrets
from enum import StrEnum

import redis
import structlog

from carepool.errors import Refusal
from carepool.identity.limits import connection, keyed_hash
from carepool.sentences import marked
from tenants.database import session

LIFE_SECONDS = 300
_BYTES = 32


class Purpose(StrEnum):
    """What a signed challenge is for; one that was made for another purpose proves nothing."""

    SIGN_IN = "sign-in"
    PROOF = "proof"
    REGISTER = "register"


class PasskeysNotReady(Refusal):
    """Redis does not answer, so no challenge can be made or taken."""

    status = 503

    def __init__(self) -> None:
        sentence = marked("Passkeys cannot be checked right now. Sign in another way, or try again in a few minutes.")
        super().__init__("passkeys-not-ready", sentence)


def make_challenge(purpose: Purpose, of: str = "") -> bytes:
    """Return a new challenge for a purpose, bound to what `of` names, such as a session. Raises PasskeysNotReady."""
    challenge = secrets.token_bytes(_BYTES)
    try:
        connection().set(_name(purpose, of, challenge), 1, ex=LIFE_SECONDS)
    except redis.RedisError as error:
        raise _not_ready(error) from error
    return challenge


def take_challenge(purpose: Purpose, challenge: bytes, of: str = "") -> bool:
    """Tell whether the challenge was made here for this and not used yet; it is used now. Raises PasskeysNotReady."""
    try:
        # the deletion is the claim: of two answers at once, one takes it
        return connection().delete(_name(purpose, of, challenge)) == 1
    except redis.RedisError as error:
        raise _not_ready(error) from error


def _name(purpose: Purpose, of: str, challenge: bytes) -> str:
    return f"carepool:challenge:{session().scope}:{purpose}:{keyed_hash(f'{of}:{challenge.hex()}').hex()}"


def _not_ready(error: redis.RedisError) -> PasskeysNotReady:
    structlog.get_logger("carepool.identity").warning("challenge_not_kept", error=str(error))
    return PasskeysNotReady()
