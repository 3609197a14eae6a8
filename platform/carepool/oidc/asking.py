"""The way to the provider and back: authorization code with PKCE. Knows no database."""

import base64
import hashlib
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, urlencode

from carepool.oidc import discovery
from carepool.oidc.client_secret import secret_of
from carepool.oidc.discovery import Discovered
from carepool.oidc.faults import ClientRefused, ProviderFault
from carepool.oidc.id_tokens import Expected, NotBelieved, UnknownKey, Vouched, believed, vouched
from carepool.oidc.models import SignInAttempt, SignInProvider
from carepool.sentences import marked

SCOPES = "openid email profile"


def way_there(
    discovered: Discovered,
    own: SignInProvider,
    state: str,
    nonce: str,
    verifier: str,
    back: str,
    language: str,
    *,
    fresh: bool = False,
) -> str:
    """Return the provider's address to which a browser is sent; `back`: our address to which it comes back.

    `fresh`: the provider shall ask the person again, and say when it did, unless it did so in the last minute.
    """
    asked = {
        "response_type": "code",
        "client_id": own.client_id,
        "redirect_uri": back,
        "scope": SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
        "ui_locales": language,
    } | ({"max_age": "60"} if fresh else {})
    joint = "&" if "?" in discovered.authorization_endpoint else "?"
    return f"{discovered.authorization_endpoint}{joint}{urlencode(asked)}"


def challenge(verifier: str) -> str:
    """Return PKCE's S256 challenge of a verifier."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def way_back(own: SignInProvider, attempt: SignInAttempt, code: str, back: str, at: datetime) -> Vouched:
    """Exchange a code and return whom the provider vouches for. Raises ProviderFault, NotBelieved and Refusal."""
    known = discovery.known(own.issuer)
    tokens = redeem(known.discovered, own.client_id, secret_of(own), code, attempt.verifier, back)
    written, access = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(written, str):
        raise NotBelieved("there is no id_token in the answer")
    expected = Expected(own.issuer, own.client_id, attempt.nonce, known.discovered.algorithms)
    try:
        claims = believed(written, known.keys, expected, at)
    except UnknownKey:
        claims = believed(written, discovery.known(own.issuer, newer_keys=True).keys, expected, at)
    if "email" not in claims and known.discovered.userinfo_endpoint and isinstance(access, str):
        more = discovery.ask(known.discovered.userinfo_endpoint, token=access)
        if more.get("sub") != claims["sub"]:
            raise NotBelieved("userinfo: it is about another person")
        claims = {**more, **claims}
    return vouched(claims)


def redeem(discovered: Discovered, client_id: str, secret: str, code: str, verifier: str, back: str) -> dict[str, Any]:
    """Exchange a code for tokens. Raises NotBelieved for an unknown code, ClientRefused, and ProviderFault."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": back,
        "code_verifier": verifier,
    }
    headers = {"accept": "application/json"}
    if discovered.basic:
        # RFC 6749 2.3.1: both are form-encoded first
        pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
        headers["authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        form |= {"client_id": client_id, "client_secret": secret}
    answer = discovery.sent("POST", discovered.token_endpoint, data=form, headers=headers)
    if answer.status_code == 200:
        return discovery.read(answer)
    try:
        error = discovery.read(answer).get("error")
    except ProviderFault:
        error = None
    if error == "invalid_grant":
        raise NotBelieved("the provider does not know the code")
    if error in ("invalid_client", "unauthorized_client") or answer.status_code == 401:
        raise ClientRefused()
    sentence = marked(
        "The provider answers %(status)s at %(address)s.",
        status=str(answer.status_code),
        address=discovered.token_endpoint,
    )
    raise ProviderFault(sentence, silent=answer.status_code >= 500)
