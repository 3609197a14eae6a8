"""The demonstration: a vendor's desk with a sign-in that works, made once."""

from pathlib import Path

from flask import Flask, Response

from carepool.demo.states import seed
from tests.cast import HostClient, posted


def test_the_demonstration_vendor_signs_in_at_its_desk(app: Flask, tmp_path: Path) -> None:
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
