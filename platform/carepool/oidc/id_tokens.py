"""The rules by which an ID token is believed. Pure: no database, no network."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jwt import JWTClaimsRegistry

LEEWAY_SECONDS = 60
"""How far the provider's clock may be from ours."""


class NotBelieved(Exception):
    """An ID token that proves nothing; the text says why, for the log."""


class UnknownKey(NotBelieved):
    """It is signed with a key that is not among those known."""


@dataclass(frozen=True)
class Expected:
    """What a token must be about: who made it, for whom, in which sign-in, signed how."""

    issuer: str
    client_id: str
    nonce: str
    algorithms: tuple[str, ...]


@dataclass(frozen=True)
class Vouched:
    """What a provider says of a person."""

    subject: str
    #: In lower case; empty where it names none.
    email: str
    verified: bool
    name: str
    #: Values of `amr` and `acr`.
    factors: frozenset[str]
    #: When the person last proved there who it is, in Unix seconds; 0 where it is not said.
    proved_seconds: float


def believed(written: str, keys: KeySet, expected: Expected, at: datetime) -> dict[str, Any]:
    """Return the claims of an ID token that is signed, for us, in force and of this very sign-in. Raises NotBelieved."""
    try:
        token = jwt.decode(written, keys, algorithms=list(expected.algorithms))
        JWTClaimsRegistry(
            now=int(at.timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": expected.issuer},
            sub={"essential": True},
            aud={"essential": True, "value": expected.client_id},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": expected.nonce},
        ).validate(token.claims)
    except (InvalidKeyIdError, BadSignatureError) as error:
        # a token that names no key is tried with the only one there is
        raise UnknownKey(f"{type(error).__name__}: {error}") from None
    except (JoseError, ValueError, TypeError) as error:
        raise NotBelieved(f"{type(error).__name__}: {error}") from None
    claims = dict(token.claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if (several or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise NotBelieved("azp: it was made for another client")
    if not 1 <= len(claims["sub"]) <= 255 or "\0" in claims["sub"]:
        raise NotBelieved("sub: 1 to 255 characters are allowed, and no NUL")
    return claims


def vouched(claims: Mapping[str, Any]) -> Vouched:
    """Return what believed claims say of a person."""
    methods = claims.get("amr")
    factors = {one for one in methods if isinstance(one, str)} if isinstance(methods, list) else set()
    if isinstance(claims.get("acr"), str):
        factors.add(claims["acr"])
    email = claims.get("email")
    plain = email.strip().lower() if isinstance(email, str) and len(email) <= 254 and "\0" not in email else ""
    return Vouched(
        subject=claims["sub"],
        email=plain,
        verified=_yes(claims.get("email_verified")) or _yes(claims.get("xms_edov")),
        name=_name(claims),
        factors=frozenset(factors),
        proved_seconds=_seconds(claims.get("auth_time")),
    )


def _seconds(claim: object) -> float:
    """What is no number, also NaN and the infinities that Python's JSON takes, is 0."""
    # a bool is an int to Python, and no time
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not 0 < claim < 1e11:
        return 0.0
    return float(claim)


def _yes(claim: object) -> bool:
    """Some providers write true as a text; Entra ID says it in a claim of its own (`xms_edov`), also as 1."""
    return claim is True or claim in ("true", "True", "1") or (type(claim) is int and claim == 1)


def _name(claims: Mapping[str, Any]) -> str:
    name = claims.get("name")
    return name.replace("\0", "").strip()[:200] if isinstance(name, str) else ""
