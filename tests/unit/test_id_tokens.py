"""An ID token is believed only when everything about it is right."""

import base64
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OKPKey, RSAKey

from carepool.oidc.discovery import ALGORITHMS
from carepool.oidc.id_tokens import Expected, NotBelieved, UnknownKey, believed, vouched

AT = datetime(2026, 5, 4, 12, tzinfo=UTC)
NOW = int(AT.timestamp())
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})
EC = ECKey.generate_key("P-256", {"kid": "ec"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed"})
KEYS = KeySet.import_key_set({"keys": [one.as_dict(private=False) for one in (RSA, EC, ED)]})
EXPECTED = Expected("https://id.example", "carepool", "n" * 43, ALGORITHMS)
GOOD: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "42",
    "aud": "carepool",
    "nonce": "n" * 43,
    "iat": NOW,
    "exp": NOW + 300,
}


def _token(claims: dict[str, Any], key: Any = RSA, alg: str = "RS256", **header: Any) -> str:
    head = {"alg": alg, "kid": key.kid, **header}
    return jwt.encode(head, {k: v for k, v in claims.items() if v is not None}, key, algorithms=[alg])


@pytest.mark.parametrize(
    ("key", "alg", "changes"),
    [
        (RSA, "RS256", {}),
        (RSA, "PS512", {}),
        (EC, "ES256", {}),
        (ED, "Ed25519", {}),
        (RSA, "RS256", {"aud": ["carepool"]}),
        (RSA, "RS256", {"aud": ["carepool", "other"], "azp": "carepool"}),
        (RSA, "RS256", {"exp": NOW - 59}),
        (RSA, "RS256", {"iat": NOW + 59}),
    ],
)
def test_a_right_token_is_believed(key: Any, alg: str, changes: dict[str, Any]) -> None:
    assert believed(_token(GOOD | changes, key, alg), KEYS, EXPECTED, AT)["sub"] == "42"


@pytest.mark.parametrize(
    "changes",
    [
        *({name: None} for name in GOOD),
        {"iss": "https://id.example/"},
        {"iss": ["https://id.example"]},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": ["carepool", "other"]},
        {"aud": ["carepool", "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": NOW - 60},
        {"exp": "tomorrow"},
        {"iat": NOW + 61},
        {"nbf": NOW + 61},
        {"nonce": "N" * 43},
        {"nonce": ""},
        {"sub": ""},
        {"sub": 42},
        {"sub": "x" * 256},
        {"sub": "4\x002"},
    ],
    ids=str,
)
def test_a_token_with_one_thing_wrong_is_not_believed(changes: dict[str, Any]) -> None:
    with pytest.raises(NotBelieved):
        believed(_token(GOOD | changes), KEYS, EXPECTED, AT)


def test_signatures_that_anyone_could_make_are_not_believed() -> None:
    head, body, sign = _token(GOOD).split(".")
    unsigned = f"{_base64(json.dumps({'alg': 'none'}).encode())}.{body}."
    other = RSAKey.generate_key(2048, {"kid": "rsa"})
    changed = jwt.encode({"alg": "RS256", "kid": "rsa"}, GOOD | {"sub": "43"}, other).split(".")[1]
    for written in (
        unsigned,
        unsigned + sign,
        _made_with_the_public_key(body),
        _token(GOOD, other),
        f"{head}.{changed}.{sign}",
        f"{head}.{body}.",
        f"{head}.{body}",
    ):
        with pytest.raises(NotBelieved):
            believed(written, KEYS, EXPECTED, AT)


def _made_with_the_public_key(body: str) -> str:
    """Return a token whose signature uses what everybody knows as if it were a secret."""
    start = f"{_base64(json.dumps({'alg': 'HS256', 'kid': 'rsa'}).encode())}.{body}"
    return f"{start}.{_base64(hmac.digest(RSA.as_pem(private=False), start.encode(), 'sha256'))}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def test_an_algorithm_that_the_provider_does_not_offer_is_not_believed() -> None:
    with pytest.raises(NotBelieved):
        believed(_token(GOOD, EC, "ES256"), KEYS, Expected(*_first_three(), ("RS256",)), AT)


def _first_three() -> tuple[str, str, str]:
    return EXPECTED.issuer, EXPECTED.client_id, EXPECTED.nonce


def test_a_key_that_is_not_known_is_told_apart() -> None:
    with pytest.raises(UnknownKey):
        believed(_token(GOOD, RSAKey.generate_key(2048, {"kid": "newer"})), KEYS, EXPECTED, AT)


@given(st.text(max_size=200))
def test_nonsense_is_not_believed(written: str) -> None:
    with pytest.raises(NotBelieved):
        believed(written, KEYS, EXPECTED, AT)


_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("email", "email_verified", "xms_edov", "name", "amr"), _ANY)))
def test_whatever_is_said_of_a_person_can_be_read(claims: dict[str, Any]) -> None:
    said = vouched({"sub": "42", **claims})
    assert isinstance(said.email, str) and said.email == said.email.lower().strip()
    assert "\0" not in said.name + said.email
    assert all(isinstance(one, str) for one in said.factors)


@pytest.mark.parametrize(
    ("claims", "verified"),
    [
        ({"email_verified": True}, True),
        ({"email_verified": "true"}, True),
        ({"xms_edov": 1}, True),
        ({"email_verified": False}, False),
        ({"email_verified": "yes"}, False),
        ({"email_verified": 2}, False),
        ({"email_verified": []}, False),
        ({}, False),
    ],
    ids=str,
)
def test_an_address_is_verified_only_where_it_is_said(claims: dict[str, Any], verified: bool) -> None:
    assert vouched({"sub": "42", **claims}).verified is verified
