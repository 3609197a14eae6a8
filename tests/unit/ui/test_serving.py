"""How built files are sent."""

import gzip
from pathlib import Path

import pytest
from flask import Flask

from carepool.ui import serving
from carepool.ui.manifest import AssetsMissing


def _url(pages: Flask, name: str) -> str:
    with pages.app_context():
        return serving.asset_url(name)


def test_a_file_is_kept_by_browsers_for_a_year_without_asking(pages: Flask) -> None:
    answer = pages.test_client().get(_url(pages, "carepool.css"))
    assert answer.status_code == 200
    control = answer.cache_control
    assert control.max_age == 31_536_000 and control.public and control.immutable
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "Accept-Encoding" in answer.headers["Vary"]


@pytest.mark.parametrize("name", ["uswds.css", "uswds.js", "htmx.js", "sprite.svg"])
def test_a_file_is_packed_only_for_who_takes_it_packed(pages: Flask, name: str) -> None:
    client, url = pages.test_client(), _url(pages, name)
    plain = client.get(url)
    packed = client.get(url, headers={"Accept-Encoding": "br, gzip"})
    refused = client.get(url, headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in plain.headers and "Content-Encoding" not in refused.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Content-Type"] == plain.headers["Content-Type"]
    assert gzip.decompress(packed.data) == plain.data == refused.data
    assert packed.headers["ETag"] != plain.headers["ETag"]


def test_a_file_that_is_known_is_not_sent_again(pages: Flask) -> None:
    client, url = pages.test_client(), _url(pages, "carepool.js")
    tag = client.get(url).headers["ETag"]
    assert client.get(url, headers={"If-None-Match": tag}).status_code == 304


@pytest.mark.parametrize("path", ["manifest.json", "../../pyproject.toml", "carepool.css", "img/nothing.svg", ".lock"])
def test_only_files_of_the_build_are_sent(pages: Flask, path: str) -> None:
    assert pages.test_client().get(f"/assets/{path}").status_code == 404


def test_a_page_cannot_name_a_file_or_an_icon_that_is_not_built(pages: Flask) -> None:
    with pages.app_context():
        with pytest.raises(KeyError):
            serving.asset_url("nothing.css")
        with pytest.raises(KeyError, match="unicorn"):
            serving.icon_url("unicorn")


def test_an_application_does_not_start_without_assets(tmp_path: Path) -> None:
    app = Flask("carepool", static_folder=None)
    app.config["CAREPOOL_ASSETS"] = str(tmp_path / "nowhere")
    with pytest.raises(AssetsMissing, match=r"python -m carepool\.ui\.assets"):
        serving.init_app(app)
