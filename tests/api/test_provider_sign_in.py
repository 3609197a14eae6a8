"""Signing in with the state's own OpenID provider, which really runs: what lets a person in, and all that does not."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import KeySet, RSAKey
from sqlalchemy import func, select, update

from carepool.clock import now
from carepool.identity import actions, lockout, second_factor
from carepool.identity.models import AccessToken, Membership, Person
from carepool.identity.rights import Role
from carepool.notifications.models import Message
from carepool.oidc import asking
from carepool.oidc.models import ProviderSubject, SignInAttempt, SignInProvider
from carepool.outbox import Activity, Actor
from tenants.database import db
from tests.buying import work
from tests.cast import Cast, Player, State, posted
from tests.provider import CLIENT, SECRET, Provider, query_of, running, set_up, with_query

SILENT = "does not answer now"
NOT_HERE = "no active person of this site"
NOT_VOUCHED = "does not cover your e-mail address"
NOT_TRUSTED = "cannot be trusted"
AGAIN = "Start again"


@pytest.fixture
def provider(app: Flask) -> Iterator[Provider]:
    """A provider at which the director has an account."""
    with running(app) as made:
        made.account("s-director", "director@example.org")
        yield made


def _begin(client: FlaskClient, target: str = "/") -> str:
    answer = client.get("/sign-in/provider", query_string={"next": target})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["Location"])


def _sign_in(state: State, provider: Provider, subject: str, client: FlaskClient | None = None) -> Any:
    client = client or state.client()
    back = provider.agree(_begin(client), subject)
    return client, client.get(back)


def _refused(answer: Any, sentence: str, status: int = 401) -> None:
    """Refused with a sentence, nobody is signed in, and the other ways are offered."""
    assert answer.status_code == status, answer.text
    said = re.search(r"usa-alert--error.*?</div>", answer.text, re.DOTALL)
    assert said and sentence in said.group(0)
    assert "carepool_session" not in str(answer.headers.getlist("Set-Cookie"))
    assert 'name="password"' in answer.text and "/sign-in/link" in answer.text


def _count(state: State, model: Any) -> int:
    with state.scope():
        return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_an_invited_person_signs_in_and_is_linked_once(here: State, provider: Provider) -> None:
    set_up(here, provider)
    page = here.client().get("/sign-in?next=/messages").text
    assert "Agency account" in page and "/sign-in/provider?next=/messages" in page
    assert "Cuenta de la agencia" in here.client().get("/sign-in", headers={"Accept-Language": "es"}).text
    client = here.client()
    there = _begin(client, "/messages")
    asked = query_of(there)
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["client_id"] == CLIENT and "openid" in asked["scope"].split()
    answer = client.get(provider.agree(there, "s-director"))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/messages")
    assert client.get("/messages").status_code == 200
    # PKCE: the verifier that came with the code is the one whose hash was sent before
    [form] = provider.redeemed
    assert asking.challenge(form["code_verifier"]) == asked["code_challenge"]
    with here.scope():
        assert db.session.scalars(select(ProviderSubject.subject)).all() == ["s-director"]
        verbs = db.session.scalars(select(Activity.verb).where(Activity.subject_id == here.director.id)).all()
        assert "provider.linked" in verbs and "person.signed_in" in verbs
    assert _count(here, SignInAttempt) == 0


def test_the_subject_counts_from_then_on_and_not_the_address(here: State, provider: Provider) -> None:
    set_up(here, provider)
    assert _sign_in(here, provider, "s-director")[1].status_code == 302
    # the same account under another address is the same person; another account with the address is nobody
    provider.account("s-director", "renamed@example.org")
    client, answer = _sign_in(here, provider, "s-director")
    assert answer.status_code == 302
    assert "director@example.org" in client.get("/account").text
    provider.account("s-other", "director@example.org")
    _refused(_sign_in(here, provider, "s-other")[1], NOT_HERE)
    assert _count(here, ProviderSubject) == 1
    # until the state forgets the old account
    administrator = here.browser(here.administrator)
    assert "Forget the linked account" in administrator.client.get(f"/people/{here.director.id}").text
    assert administrator.submit(f"/people/{here.director.id}/sign-in-provider/end", "POST").status_code == 302
    assert _sign_in(here, provider, "s-other")[1].status_code == 302


def test_a_wrong_nonce_is_refused(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    there = with_query(_begin(client), nonce="the nonce of another sign-in")
    _refused(client.get(provider.agree(there, "s-director")), NOT_TRUSTED)


def test_a_wrong_state_is_refused(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    _refused(client.get(with_query(back, state="x" * 43)), AGAIN)
    _refused(client.get("/sign-in/provider/return"), AGAIN)
    assert provider.redeemed == []
    # what began in another browser does not end in this one
    _refused(here.client().get(back), AGAIN)
    assert client.get(back).status_code == 302


def test_an_answer_is_taken_once(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    cookie = client.get_cookie("carepool_provider", domain=here.host)
    assert cookie and client.get(back).status_code == 302
    assert client.get_cookie("carepool_provider", domain=here.host) is None
    client.set_cookie("carepool_provider", cookie.value, domain=here.host)
    _refused(client.get(back), AGAIN)
    assert len(provider.redeemed) == 1
    # a code that was used before is of no use with a fresh sign-in either: the provider does not know it any more
    fresh = query_of(_begin(client))["state"]
    _refused(client.get(with_query(back, state=fresh)), NOT_TRUSTED)
    assert len(provider.redeemed) == 2


def test_a_code_of_another_sign_in_is_refused_by_its_nonce(here: State, provider: Provider) -> None:
    set_up(here, provider)
    mine, theirs = here.client(), here.client()
    code = query_of(provider.agree(_begin(theirs), "s-director"))["code"]
    state = query_of(_begin(mine))["state"]
    _refused(mine.get("/sign-in/provider/return", query_string={"code": code, "state": state}), NOT_TRUSTED)


def test_a_sign_in_that_is_too_old_is_refused(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    with here.scope():
        db.session.execute(update(SignInAttempt).values(begun_at=now() - timedelta(minutes=11)))
    _refused(client.get(back), AGAIN)


def test_an_answer_of_another_issuer_is_refused(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    _refused(client.get(with_query(back, iss="https://evil.example")), NOT_TRUSTED)
    # a token that another issuer signed, even with the same key: here the server is asked by another name of it
    change = {"token_endpoint": f"http://127.0.0.1:{provider.host.partition(':')[2]}/oauth2/token"}
    here.app.config["CAREPOOL_OUTBOUND_ALLOW"] += f",127.0.0.1:{provider.host.partition(':')[2]}"
    provider.changed["/.well-known/openid-configuration"] = lambda found: found | change
    here.app.extensions.pop("oidc_known")
    _refused(_sign_in(here, provider, "s-director")[1], NOT_TRUSTED)


def test_an_address_must_be_verified_and_of_an_allowed_domain(here: State, provider: Provider) -> None:
    set_up(here, provider, domains=["other.example", "example.org"])
    for number, (email, claims) in enumerate(
        [
            ("director@example.org", {"email_verified": False}),
            ("director@example.org", {"email_verified": "no"}),
            ("director@example.net", {}),
            ("director@sub.example.org", {}),
            ("director@example.org@evil.example", {}),
            ("example.org", {}),
            ("", {}),
            ("di\0rector@example.org", {}),
        ]
    ):
        provider.account(f"s-{number}", email, **claims)
        _refused(_sign_in(here, provider, f"s-{number}")[1], NOT_VOUCHED)
    provider.account("s-upper", "Director@EXAMPLE.org")
    assert _sign_in(here, provider, "s-upper")[1].status_code == 302


def test_unknown_ended_and_disabled_people_get_the_same_answer(here: State, provider: Provider) -> None:
    set_up(here, provider)
    provider.account("s-nobody", "nobody@example.org")
    provider.account("s-fellow", "fellow@example.org")
    provider.account("s-coordinator", "coordinator@example.org")
    assert _sign_in(here, provider, "s-fellow")[1].status_code == 302
    with here.scope():
        db.session.execute(update(Person).where(Person.id == here.director.id).values(disabled_at=func.now()))
        ended = update(Membership).where(Membership.person_id.in_([here.fellow.id, here.coordinator.id]))
        db.session.execute(ended.values(valid_to=func.now()))
    answers = []
    for subject in ("s-nobody", "s-director", "s-fellow", "s-coordinator"):
        answer = _sign_in(here, provider, subject)[1]
        _refused(answer, NOT_HERE)
        [main] = re.findall(r"<main.*</main>", answer.text, re.DOTALL)
        answers.append(re.sub(r'csrf_token" value="[^"]+"', "", main))
    assert len(set(answers)) == 1
    # nobody was made, and no link stays of a sign-in that was refused
    assert _count(here, Person) == 4
    with here.scope():
        assert db.session.scalars(select(ProviderSubject.person_id)).all() == [here.fellow.id]


def test_people_are_made_only_where_the_administrator_chose_so(here: State, provider: Provider) -> None:
    provider.account("s-new", "new@example.org", name="Nora New")
    set_up(here, provider, newcomer_role="purchasing_coordinator")
    client, answer = _sign_in(here, provider, "s-new")
    assert answer.status_code == 302 and "Nora New" in client.get("/account").text
    assert _sign_in(here, provider, "s-new")[1].status_code == 302
    assert _count(here, Person) == 5
    # who was invited and whose role ended is no newcomer
    with here.scope():
        held = update(Membership).where(Membership.person_id == here.director.id)
        db.session.execute(held.values(valid_to=func.now()))
    _refused(_sign_in(here, provider, "s-director")[1], NOT_HERE)
    body = {"newcomer_role": "state_administrator"}
    refused = here.api("PUT", "/sign-in-provider", here.administrator, json=_body(provider) | body)
    assert refused.status_code == 422


def _body(provider: Provider) -> dict[str, Any]:
    return {
        "switched_on": True,
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "label_en": "Agency account",
        "domains": ["example.org"],
    }


def _with_app(state: State, player: Player) -> str:
    """Give a person a second step; return the secret of the app."""
    secret = second_factor.fresh_secret()
    client = state.client()
    posted(client, "/sign-in", {"email": player.email, "password": player.password})
    assert posted(client, "/second-step", {"secret": secret, "code": pyotp.TOTP(secret).now()}).status_code == 200
    return secret


@pytest.fixture
def required(app: Flask) -> Iterator[None]:
    """People with a role in the state need a second step."""
    app.config["SECOND_FACTOR"] = "required"
    yield
    app.config["SECOND_FACTOR"] = "optional"


def test_a_second_step_is_asked_for_unless_the_providers_counts(here: State, provider: Provider) -> None:
    _with_app(here, here.director)
    set_up(here, provider, factor_values=["mfa", "urn:example:strong"])
    client, answer = _sign_in(here, provider, "s-director")
    assert answer.status_code == 302 and client.get("/messages").headers["Location"].startswith("/second-step")
    for claims in ({"amr": ["pwd", "mfa"]}, {"acr": "urn:example:strong"}):
        provider.account("s-director", "director@example.org", **claims)
        client, answer = _sign_in(here, provider, "s-director")
        assert client.get("/messages").status_code == 200
    for claims in ({"amr": "mfa"}, {"amr": ["pwd"]}, {"acr": "mfa2"}):
        provider.account("s-director", "director@example.org", **claims)
        client, answer = _sign_in(here, provider, "s-director")
        assert client.get("/messages").status_code == 302
    # nothing counts where the administrator named nothing
    set_up(here, provider, factor_values=[])
    provider.account("s-director", "director@example.org", amr=["mfa"])
    assert _sign_in(here, provider, "s-director")[0].get("/messages").status_code == 302


def test_state_staff_need_a_second_step_here_or_there(here: State, provider: Provider, required: None) -> None:
    set_up(here, provider, factor_values=["mfa"])
    provider.account("s-admin", "administrator@example.org")
    assert _sign_in(here, provider, "s-admin")[0].get("/people").headers["Location"].startswith("/second-step")
    provider.account("s-admin", "administrator@example.org", amr=["mfa"])
    assert _sign_in(here, provider, "s-admin")[0].get("/people").status_code == 200


def test_a_second_step_that_was_turned_off_counts_no_more(here: State, required: None) -> None:
    secret = _with_app(here, here.director)
    with here.scope():
        # as if the step's code had not been used yet
        db.session.execute(update(Person).where(Person.id == here.director.id).values(totp_step=0))
    client = here.client()
    posted(client, "/sign-in", {"email": here.director.email, "password": here.director.password})
    assert posted(client, "/second-step", {"code": pyotp.TOTP(secret).now()}).status_code == 302
    assert posted(client, "/account", {"act": "factor_off"}).status_code == 302
    assert client.get("/messages").status_code == 200
    body = {"role": "purchasing_coordinator"}
    given = here.api("POST", f"/people/{here.director.id}/memberships", here.administrator, json=body)
    assert given.status_code in (200, 201, 204)
    assert client.get("/messages").headers["Location"].startswith("/second-step")


def test_another_states_host_knows_nothing_of_it(cast: Cast, provider: Provider) -> None:
    here, there = cast.here, cast.there
    set_up(here, provider)
    assert "Agency account" not in there.client().get("/sign-in").text
    _refused(there.client().get("/sign-in/provider"), "turned off", 404)
    set_up(there, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    other = there.client()
    cookie = client.get_cookie("carepool_provider", domain=here.host)
    other.set_cookie("carepool_provider", cookie.value if cookie else "", domain=there.host)
    _refused(other.get(back.replace(here.host, there.host)), AGAIN)
    assert client.get(back).status_code == 302
    assert (_count(here, ProviderSubject), _count(there, ProviderSubject)) == (1, 0)


def test_a_provider_that_is_down_leaves_the_other_ways(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    provider.stop()
    _refused(client.get(back), SILENT, 503)
    here.app.extensions.pop("oidc_known")
    _refused(here.client().get("/sign-in/provider"), SILENT, 503)
    assert here.browser(here.director).client.get("/messages").status_code == 200


def test_turned_off_it_is_gone_also_in_the_middle(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    back = provider.agree(_begin(client), "s-director")
    set_up(here, provider, switched_on=False)
    assert "Agency account" not in here.client().get("/sign-in").text
    _refused(client.get(back), "turned off", 404)
    _refused(client.get("/sign-in/provider"), "turned off", 404)


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "/messages\0", "é" * 3000]
)
def test_afterwards_one_stays_on_this_host(here: State, provider: Provider, target: str) -> None:
    set_up(here, provider)
    client = here.client()
    answer = client.get(provider.agree(_begin(client, target), "s-director"))
    assert answer.status_code == 302 and answer.headers["Location"] in ("/", "/messages")


def test_who_says_no_there_may_start_again(here: State, provider: Provider) -> None:
    set_up(here, provider)
    client = here.client()
    state = query_of(_begin(client))["state"]
    answer = client.get("/sign-in/provider/return", query_string={"error": "access_denied", "state": state})
    _refused(answer, "was not finished there")


def test_a_provider_inside_is_never_asked(here: State, provider: Provider) -> None:
    inside = f"https://{provider.host}"
    set_up(here, provider, issuer=inside)
    here.app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""
    _refused(here.client().get("/sign-in/provider"), SILENT, 503)
    found = here.api("POST", "/sign-in-provider/try", here.administrator).json
    assert not found["right"] and "does not lie on the public internet" in found["findings"][-1]["sentence"]
    refused = here.api("PUT", "/sign-in-provider", here.administrator, json=_body(provider))
    assert refused.status_code == 422 and refused.json["errors"][0]["field"] == "issuer"


def test_an_address_inside_that_the_description_names_is_never_asked(here: State, provider: Provider) -> None:
    set_up(here, provider)
    for name in ("jwks_uri", "token_endpoint"):
        provider.changed["/.well-known/openid-configuration"] = lambda found, name=name: (
            found | {name: "https://127.0.0.1/latest/meta-data"}
        )
        found = here.api("POST", "/sign-in-provider/try", here.administrator).json
        assert not found["right"] and "does not lie on the public internet" in found["findings"][-1]["sentence"]


def test_a_new_key_of_the_provider_is_found(here: State, provider: Provider) -> None:
    set_up(here, provider)
    assert _sign_in(here, provider, "s-director")[1].status_code == 302
    known = here.app.extensions["oidc_known"]
    [place] = known
    [key] = known[place].keys
    # as if the keys of before had been fetched a while ago
    old = KeySet([RSAKey.generate_key(2048, {"kid": "old"})])
    known[place] = replace(known[place], keys=old, at=known[place].at - 60)
    assert key.kid != "old"
    assert _sign_in(here, provider, "s-director")[1].status_code == 302


def test_the_trial_says_in_plain_words_what_is_wrong(here: State, provider: Provider) -> None:
    set_up(here, provider)

    def tried() -> tuple[bool, str]:
        found = here.api("POST", "/sign-in-provider/try", here.administrator).json
        return found["right"], found["findings"][-1]["sentence"]

    assert tried() == (True, "It takes the client ID and the client secret.")
    wrong: list[tuple[str, Any, str]] = [
        ("/.well-known/openid-configuration", lambda f: f | {"issuer": "https://other.example"}, "calls itself https"),
        ("/.well-known/openid-configuration", lambda f: f | {"token_endpoint": 7}, "token_endpoint"),
        ("/.well-known/openid-configuration", lambda f: f | {"response_types_supported": ["token"]}, "code flow"),
        (
            "/.well-known/openid-configuration",
            lambda f: f | {"id_token_signing_alg_values_supported": ["HS256", "none"]},
            "signs in no way",
        ),
        ("/.well-known/openid-configuration", lambda f: [f], "is not JSON"),
        ("/jwks", lambda _: {"keys": []}, "shows no key"),
        ("/jwks", lambda _: {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}, "shows no key"),
    ]
    for path, change, said in wrong:
        provider.changed = {path: change}
        right, sentence = tried()
        assert not right and said in sentence, (said, sentence)
    provider.changed = {}
    provider.stop()
    right, sentence = tried()
    assert not right and "does not answer" in sentence


def test_a_secret_that_is_not_taken_is_told(here: State, provider: Provider) -> None:
    body = {"redirect_uris": [f"http://{here.host}/sign-in/provider/return"]}
    made = httpx.post(f"{provider.issuer}/oauth2/clients", json=body).json()
    set_up(here, provider, client_id=made["client_id"], client_secret="not it")
    found = here.api("POST", "/sign-in-provider/try", here.administrator).json
    assert found["findings"][-1]["sentence"] == "The provider does not take the client ID with this client secret."
    _refused(_sign_in(here, provider, "s-director")[1], "not set up right", 503)
    set_up(here, provider, client_id=made["client_id"], client_secret=made["client_secret"])
    assert here.api("POST", "/sign-in-provider/try", here.administrator).json["right"]
    assert _sign_in(here, provider, "s-director")[1].status_code == 302


def test_the_secret_is_sealed_kept_and_never_shown(here: State, provider: Provider) -> None:
    shown = set_up(here, provider)
    assert SECRET not in str(shown)
    with here.scope():
        sealed = db.session.scalars(select(SignInProvider.sealed_secret)).one()
        assert SECRET not in sealed
        told = db.session.scalars(select(Activity.diff).where(Activity.verb == "provider.changed")).all()
        assert told and SECRET not in str(told)
    set_up(here, provider, client_secret="", label_en="Other words")
    assert _sign_in(here, provider, "s-director")[1].status_code == 302
    # another provider never gets the secret of this one
    body = _body(provider) | {"issuer": "https://elsewhere.example", "client_secret": ""}
    refused = here.api("PUT", "/sign-in-provider", here.administrator, json=body)
    assert (refused.status_code, refused.json["errors"][0]["field"]) == (422, "client_secret")
    assert here.api("GET", "/sign-in-provider", here.coordinator).status_code == 403


def test_failures_make_a_place_wait(here: State, provider: Provider) -> None:
    set_up(here, provider)
    provider.account("s-nobody", "nobody@example.org")
    with here.scope():
        for _ in range(99):
            lockout.count_failure([lockout.of_place("127.0.0.1")], now())
    _refused(_sign_in(here, provider, "s-nobody")[1], NOT_HERE)
    _refused(_sign_in(here, provider, "s-director")[1], "Too many wrong tries")


def test_the_page_keeps_and_tries_the_provider(here: State, provider: Provider) -> None:
    browser = here.browser(here.administrator)
    page = browser.client.get("/state/sign-in").text
    assert f"http://{here.host}/sign-in/provider/return" in page and "Try it" not in page
    form = {**_body(provider), "switched_on": "1", "domains": "Example.org, agency.example\n", "factor_values": "mfa"}
    for change, field, said in [
        ({"issuer": "ftp://x.example"}, "issuer", "must begin with https://"),
        ({"issuer": ""}, "issuer", "Fill this in"),
        ({"client_secret": ""}, "client_secret", "Write the client secret"),
        ({"domains": "not a domain!"}, "domains", "Write domains such as"),
        ({"newcomer_role": "state_administrator"}, "newcomer_role", "Choose from the list"),
    ]:
        answer = browser.submit("/state/sign-in", "POST", {**form, **change})
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text and said in answer.text, change
        assert SECRET not in answer.text
    assert browser.submit("/state/sign-in", "POST", form).status_code == 302
    page = browser.client.get("/state/sign-in").text
    assert SECRET not in page and "example.org\nagency.example" in page
    tried = browser.submit("/state/sign-in/try", "POST").text
    assert "It works" in tried and "Its keys can be read" in tried
    assert _sign_in(here, provider, "s-director")[1].status_code == 302


def test_a_provider_that_asked_nothing_proves_nothing_fresh(here: State, provider: Provider) -> None:
    set_up(here, provider, factor_values=["mfa"])
    an_hour = int(now().timestamp()) - 3600
    for claims in ({}, {"auth_time": an_hour}, {"auth_time": "now"}, {"amr": ["mfa"], "auth_time": an_hour}):
        provider.account("s-director", "director@example.org", **{"auth_time": None, **claims})
        client, answer = _sign_in(here, provider, "s-director")
        assert answer.status_code == 302 and client.get("/account").status_code == 200
        asked = client.get("/account/passkeys").headers.get("Location", "")
        assert asked.startswith("/account/prove"), claims
    page = client.get(asked).text
    [there] = re.findall(r'href="(/sign-in/provider\?[^"]+)"', page)
    answer = client.get(there.replace("&amp;", "&"))
    assert query_of(answer.headers["Location"])["max_age"] == "60"
    provider.account("s-director", "director@example.org", auth_time=int(now().timestamp()))
    back = client.get(provider.agree(answer.headers["Location"], "s-director"))
    assert back.headers["Location"] == "/account/passkeys"
    assert client.get("/account/passkeys").status_code == 200
    # nor do wild numbers break anything
    for wild in (-5, 1e300, True, 10**14):
        provider.account("s-director", "director@example.org", auth_time=wild)
        assert _sign_in(here, provider, "s-director")[1].status_code == 302


def test_the_right_to_change_the_state_alone_names_no_provider(here: State, provider: Provider) -> None:
    body = {"scopes": ["state:write"], "label": "State only"}
    made = here.api("POST", "/me/tokens", here.administrator, json=body).json["token"]
    limited = replace(here.administrator, token=made)
    assert here.api("GET", "/sign-in-provider", limited).status_code == 200
    assert here.api("PUT", "/sign-in-provider", limited, json=_body(provider)).status_code == 403
    until = (now() + timedelta(days=7)).isoformat()
    given = {"person_id": str(here.fellow.id), "permissions": ["state:write"], "valid_to": until}
    assert here.api("POST", "/me/delegations", here.administrator, json=given).status_code == 201
    assert here.api("PUT", "/sign-in-provider", here.fellow, json=_body(provider)).status_code == 403
    delegate = here.browser(here.fellow)
    assert delegate.client.get("/state/sign-in").status_code == 200
    assert delegate.submit("/state/sign-in", "POST", _body(provider) | {"switched_on": "1"}).status_code == 403
    assert _count(here, SignInProvider) == 0
    assert here.api("PUT", "/sign-in-provider", here.administrator, json=_body(provider)).status_code == 200


def test_the_provider_is_changed_with_a_fresh_proof_and_all_administrators_hear_of_it(
    here: State, provider: Provider
) -> None:
    browser = here.browser(here.administrator)
    with here.scope():
        actions.grant_role(Actor.operator(), here.fellow.id, Role.STATE_ADMINISTRATOR)
        db.session.execute(update(AccessToken).values(created_at=func.now() - timedelta(hours=1)))
    form = {**_body(provider), "switched_on": "1", "domains": "example.org"}
    asked = browser.submit("/state/sign-in", "POST", form)
    assert asked.headers["Location"].startswith("/account/prove")
    assert _count(here, SignInProvider) == 0
    proof = {"password": here.administrator.password, "next": "/state/sign-in"}
    assert browser.submit("/account/prove", "POST", proof).headers["Location"] == "/state/sign-in"
    assert browser.submit("/state/sign-in", "POST", form).headers["Location"] == "/state/sign-in"
    work(here)
    with here.scope():
        told = select(Message.person_id).where(Message.kind == "provider.changed")
        assert set(db.session.scalars(told)) == {here.administrator.id, here.fellow.id}


def test_a_provider_that_failed_is_not_asked_again_at_once(here: State, provider: Provider) -> None:
    set_up(here, provider)
    asked: list[int] = []

    def broken(found: Any) -> Any:
        asked.append(1)
        return found | {"issuer": "https://other.example"}

    provider.changed["/.well-known/openid-configuration"] = broken
    for _ in range(3):
        _refused(here.client().get("/sign-in/provider"), "not set up right", 503)
    assert len(asked) == 1
    # a trial asks all the same, and so does a sign-in after some seconds
    assert not here.api("POST", "/sign-in-provider/try", here.administrator).json["right"]
    assert len(asked) == 2
    provider.changed = {}
    [(place, failed)] = here.app.extensions["oidc_known"].items()
    here.app.extensions["oidc_known"][place] = replace(failed, at=failed.at - 11)
    assert _sign_in(here, provider, "s-director")[1].status_code == 302
