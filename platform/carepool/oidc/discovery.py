"""What a provider says of itself: its addresses and its keys, fetched and kept for a short while, for each state."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from flask import current_app
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from carepool.oidc.faults import ProviderFault
from carepool.outbound import OutboundRefused, client, takes
from carepool.sentences import marked
from tenants.database import session

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
"""Signatures that are taken: those whose key is public. Never `none`, never one made with the client secret."""
KEPT_SECONDS = 300
_KEYS_AGAIN_SECONDS = 10
_FAULT_SECONDS = 10
"""How long a provider that failed is not asked again, so that nobody waits for it over and over."""
_PATIENCE_SECONDS = 5
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True)
class Discovered:
    """A provider's own description; addresses are checked to be such as we would ask."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    #: Empty where there is none.
    userinfo_endpoint: str
    algorithms: tuple[str, ...]
    #: How the client proves itself: with HTTP Basic, else in the form.
    basic: bool
    #: Whether each answer of it names the issuer (RFC 9207).
    names_itself: bool


@dataclass(frozen=True)
class Known:
    """A description and the keys with it, each with the second (monotonic) in which it was fetched."""

    discovered: Discovered
    keys: KeySet
    at: float


@dataclass(frozen=True)
class Failed:
    """What was wrong with a provider, with the second (monotonic) in which it was asked the last time."""

    issuer: str
    fault: ProviderFault
    at: float


def known(issuer: str, *, newer_keys: bool = False) -> Known:
    """Return the description and keys of the state's provider. Raises ProviderFault.

    `newer_keys`: a token names a key that is not among them; they are fetched again, but not many times a minute.
    """
    kept: dict[str, Known | Failed] = current_app.extensions.setdefault("oidc_known", {})
    place, at = str(session().scope), time.monotonic()
    found = kept.get(place)
    if isinstance(found, Failed):
        if found.issuer == issuer and at - found.at < _FAULT_SECONDS:
            raise found.fault
        # while one asks again, the others need not
        kept[place] = Failed(issuer, found.fault, at)
        found = None
    if found is None or found.discovered.issuer != issuer or at - found.at > KEPT_SECONDS:
        try:
            discovered = discover(issuer)
            found = Known(discovered, fetch_keys(discovered), at)
        except ProviderFault as fault:
            kept[place] = Failed(issuer, fault, time.monotonic())
            raise
    elif newer_keys and at - found.at > _KEYS_AGAIN_SECONDS:
        found = Known(found.discovered, fetch_keys(found.discovered), at)
    kept[place] = found
    return found


def discover(issuer: str) -> Discovered:
    """Fetch and check a provider's description. Raises ProviderFault."""
    found = ask(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if found.get("issuer") != issuer:
        own = str(found.get("issuer", ""))[:200]
        raise ProviderFault(marked("The provider calls itself %(own)s. Write the issuer exactly so.", own=own or "?"))
    for name in _ENDPOINTS:
        if not isinstance(found.get(name), str) or not takes(found[name]):
            raise ProviderFault(marked("The provider names no address that can be used for %(name)s.", name=name))
    algorithms = tuple(one for one in ALGORITHMS if one in _texts(found, "id_token_signing_alg_values_supported"))
    if not algorithms:
        raise ProviderFault(
            marked("The provider signs in no way that is taken here. Choose %(known)s there.", known="RS256")
        )
    if "code" not in _texts(found, "response_types_supported"):
        raise ProviderFault(marked("The provider does not offer the authorization code flow."))
    userinfo = found.get("userinfo_endpoint")
    return Discovered(
        issuer=issuer,
        **{name: found[name] for name in _ENDPOINTS},
        userinfo_endpoint=userinfo if isinstance(userinfo, str) and takes(userinfo) else "",
        algorithms=algorithms,
        basic="client_secret_basic"
        in (_texts(found, "token_endpoint_auth_methods_supported") or ("client_secret_basic",)),
        names_itself=found.get("authorization_response_iss_parameter_supported") is True,
    )


def fetch_keys(discovered: Discovered) -> KeySet:
    """Fetch the public keys with which a provider signs. Raises ProviderFault."""
    said = ask(discovered.jwks_uri).get("keys")
    public = [one for one in said if _signs(one)] if isinstance(said, list) else []
    try:
        return KeySet.import_key_set({"keys": public})
    except (JoseError, ValueError, TypeError, KeyError):
        raise ProviderFault(marked("The provider shows no key with which its answers can be checked.")) from None


def ask(address: str, *, token: str = "") -> dict[str, Any]:
    """Return the JSON object at one of the provider's addresses; `token`: an access token to show. Raises ProviderFault."""
    headers = {"accept": "application/json"} | ({"authorization": f"Bearer {token}"} if token else {})
    answer = sent("GET", address, headers=headers)
    if answer.status_code != 200:
        sentence = marked(
            "The provider answers %(status)s at %(address)s.", status=str(answer.status_code), address=address
        )
        raise ProviderFault(sentence, silent=answer.status_code >= 500)
    return read(answer)


def sent(method: str, address: str, **options: Any) -> httpx.Response:
    """Ask an address of the provider, and read its answer. Raises ProviderFault where it does not answer."""
    try:
        with client(_PATIENCE_SECONDS) as web:
            return web.request(method, address, **options)
    except OutboundRefused as refused:
        raise ProviderFault(refused.sentence, silent=True) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        sentence = marked("The provider does not answer at %(address)s.", address=address)
        raise ProviderFault(sentence, silent=True) from None


def read(answer: httpx.Response) -> dict[str, Any]:
    """Return the JSON object of an answer. Raises ProviderFault."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ProviderFault(
            marked("What the provider answers at %(address)s is not JSON.", address=str(answer.request.url))
        )
    return found


def _texts(found: Mapping[str, Any], name: str) -> tuple[str, ...]:
    listed = found.get(name)
    return tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else ()


def _signs(key: object) -> bool:
    """Tell whether a key is a public one that signs; a shared secret among the keys would let anyone sign."""
    return isinstance(key, dict) and key.get("kty") in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
