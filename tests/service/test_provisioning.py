"""A state is provisioned from its kit, twice without harm, suspended and resumed, through the command line."""

import secrets
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select

from carepool.config import Settings
from tenants import lifecycle
from tenants.brand import Brand
from tenants.database import db
from tenants.kits import load_kit
from tenants.registry import refresh_directory
from tenants.scope import visiting
from tenants.state_words import StateWord, WordKind
from tests.running import clean_environment, variables


@pytest.fixture
def carepool(settings: Settings) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    environment = clean_environment(**variables(settings))

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "carepool", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True)

    return run


def test_a_states_words_regions_and_brand_come_from_its_kit_and_are_kept(app: Flask) -> None:
    code = f"t{secrets.token_hex(5)}"
    brand = Brand("#5a2d00", agency="Office of Children", agency_url="https://children.example.org")
    kit = replace(load_kit("pa"), brand=brand)
    with app.app_context():
        made = lifecycle.provision(kit, [f"{code}.localhost"], code=code)
        assert made.brand == brand
        with visiting(made.scope):
            before = _words()
            word = db.session.scalars(select(StateWord).where(StateWord.word == "STAR 1")).one()
            word.national = "0"
        assert before[WordKind.REGION, "Early Learning Resource Center for Region 10"] == "Adams, Lancaster, York"
        # again, from a kit that says otherwise: what the state changed stays
        again = lifecycle.provision(load_kit("pa"), [f"{code}.localhost", f"www.{code}.localhost"], code=code)
        assert (again.id, again.brand) == (made.id, brand)
        with visiting(made.scope):
            assert _words() == {**before, (WordKind.QUALITY, "STAR 1"): "0"}
        refresh_directory()
    for host in (f"{code}.localhost", f"www.{code}.localhost"):
        page = app.test_client().get("/sign-in", base_url=f"http://{host}").text
        assert "Office of Children" in page and "/brand/5a2d00.css" in page
    sheet = app.test_client().get("/brand/5a2d00.css", base_url=f"http://{code}.localhost")
    assert "--brand: #5a2d00;" in sheet.text and sheet.mimetype == "text/css"
    for refused in ("ffff00", "5A2D00", "5a2d0", "5a2d00;}x{"):
        assert app.test_client().get(f"/brand/{refused}.css").status_code == 404


def _words() -> dict[tuple[WordKind, str], str]:
    return {(WordKind(one.kind), one.word): one.national for one in db.session.scalars(select(StateWord))}


def test_the_commands_provision_suspend_and_resume(
    app: Flask, carepool: Callable[..., "subprocess.CompletedProcess[str]"]
) -> None:
    host = "wy.localhost"
    for _ in range(2):
        told = carepool("tenant", "provision", "wy", "--admin-email", "ada@example.org")
        assert told.returncode == 0, told.stderr
        assert "Wyoming is ready at wy.localhost." in told.stdout and "/sign-in/" in told.stdout
    assert _status(app, host) == 200
    assert carepool("tenant", "suspend", "WY").returncode == 0
    assert _status(app, host) == 404
    (line,) = (line for line in carepool("tenant", "list").stdout.splitlines() if "Wyoming" in line)
    assert line.endswith("suspended")
    assert carepool("tenant", "resume", "wy").returncode == 0
    assert _status(app, host) == 200
    unknown = carepool("tenant", "suspend", "zz")
    assert unknown.returncode == 2 and "There is no state zz" in unknown.stderr
    assert len(carepool("tenant", "kits").stdout.splitlines()) == 56


def _status(app: Flask, host: str) -> int:
    with app.app_context():
        refresh_directory()
    return app.test_client().get("/sign-in", base_url=f"http://{host}").status_code
