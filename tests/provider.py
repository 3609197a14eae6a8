"""A real OpenID provider from a package on a free port of this machine, and a browser's way through it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import httpx
import oidc_provider_mock
from flask import Flask
from flask import request as asked
from werkzeug.serving import make_server

from tests.cast import State

CLIENT = "carepool"
SECRET = "a secret of the client"


class Provider:
    """The provider: who has an account there, what it was asked, and how its answers are changed for a test."""

    def __init__(self) -> None:
        os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
        self.app: Flask = oidc_provider_mock.app(require_nonce=True)
        self.app.debug = False
        #: Forms sent to the token endpoint.
        self.redeemed: list[dict[str, str]] = []
        #: Changes what an address answers: {path: change of the JSON}.
        self.changed: dict[str, Callable[[Any], Any]] = {}
        self.app.before_request(self._listen)
        self.app.after_request(self._change)
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self.host = f"localhost:{self._server.server_port}"
        self.issuer = f"http://{self.host}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def _listen(self) -> None:
        if asked.path == "/oauth2/token":
            self.redeemed.append(asked.form.to_dict())

    def _change(self, answer: Any) -> Any:
        change = self.changed.get(asked.path)
        if change is not None:
            answer.set_data(self.app.json.dumps(change(answer.get_json())))
        return answer

    def stop(self) -> None:
        """End the server; nobody answers any more."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()

    def account(self, subject: str, email: str, **claims: Any) -> None:
        """Make an account there."""
        facts = {"email": email, "email_verified": True, "name": email.partition("@")[0].title(), **claims}
        httpx.put(f"{self.issuer}/users/{subject}", json=facts).raise_for_status()

    def agree(self, address: str, subject: str) -> str:
        """Sign in at the provider as a browser does; return the address to which it sends the browser back."""
        assert httpx.get(address).status_code == 200
        answer = httpx.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextmanager
def running(app: Flask) -> Iterator[Provider]:
    """Run a provider that the application may ask."""
    made = Provider()
    app.config["CAREPOOL_OUTBOUND_ALLOW"] = made.host
    try:
        yield made
    finally:
        made.stop()
        app.config["CAREPOOL_OUTBOUND_ALLOW"] = ""
        app.extensions.pop("oidc_known", None)


def set_up(state: State, provider: Provider, **changes: Any) -> Any:
    """Set the provider up in a state, through the API."""
    body = {
        "switched_on": True,
        "issuer": provider.issuer,
        "client_id": CLIENT,
        "client_secret": SECRET,
        "label_en": "Agency account",
        "label_es": "Cuenta de la agencia",
        "domains": ["example.org"],
        **changes,
    }
    answer = state.api("PUT", "/sign-in-provider", state.administrator, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json


def with_query(address: str, **changes: str) -> str:
    """Return an address with some of its query changed."""
    parts = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()} | changes
    return urlunsplit(parts._replace(query=urlencode(query)))


def query_of(address: str) -> dict[str, str]:
    """Return the query of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
