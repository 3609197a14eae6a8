"""The demonstration: a vendor's desk and an alliance's hub with sign-ins that work, made once."""

from pathlib import Path

from flask import Flask, Response

from carepool.demo.states import seed
from tests.cast import HostClient, posted


def test_the_demonstration_vendor_and_hub_sign_in_where_they_belong(app: Flask, tmp_path: Path) -> None:
    kept = tmp_path / "demonstration.json"
    with app.app_context():
        told = seed(kept)
    [desk] = [one for one in told if one.get("desk")]
    assert desk["host"] == "demonstration-supply.localhost"
    [seller] = desk["people"]
    client = HostClient(app, Response, use_cookies=True, host=desk["host"])
    form = {"email": seller["email"], "password": seller["password"], "next": "/desk"}
    assert posted(client, "/sign-in", form).status_code == 302
    assert "Demonstration Supply" in client.get("/desk").text
    with app.app_context():
        assert seed(kept) == told
    state = told[0]
    [hub] = [one for one in state["people"] if one["role"] == "hub staff"]
    client = HostClient(app, Response, use_cookies=True, host=state["host"])
    form = {"email": hub["email"], "password": hub["password"], "next": "/"}
    assert posted(client, "/sign-in", form).status_code == 302
    landed = client.get("/", follow_redirects=True).text
    assert "Two Rivers Home Network" in landed and "Casa de la Luna" in landed
