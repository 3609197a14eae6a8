"""The build of what pages load."""

import gzip
import hashlib
import json
import re
import shutil
from pathlib import Path

import pytest

from carepool.ui import assets, node_packages, sprite, stylesheets
from carepool.ui.manifest import AssetsMissing, Manifest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def var(tmp_path: Path, built: Path) -> Path:
    """A folder whose packages are installed already, so that no test asks the network twice."""
    installed = ROOT / "var" / "node"
    (tmp_path / "node").mkdir()
    (tmp_path / "node" / "node_modules").symlink_to(installed / "node_modules")
    shutil.copyfile(node_packages.find_lock(), tmp_path / "node" / ".installed")
    return tmp_path


def test_the_lock_names_no_registry_and_hashes_every_package() -> None:
    lock = (ROOT / "package-lock.json").read_text()
    assert "resolved" not in lock and "http" not in lock
    packages = {name: entry for name, entry in json.loads(lock)["packages"].items() if name}
    assert packages and all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"].values()
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted), "versions are exact"


def test_every_name_carries_the_hash_of_its_content(built: Path) -> None:
    for plain, served in Manifest.read(built).files.items():
        digest = hashlib.sha256((built / served).read_bytes()).hexdigest()
        stem, _, ending = plain.rpartition(".")
        assert served == f"{stem}.{digest[:12]}.{ending}"


def test_a_packed_copy_lies_beside_each_file_that_packs_well(built: Path) -> None:
    manifest = Manifest.read(built)
    for name in ("uswds.css", "uswds.js", "htmx.js", "carepool.css", "carepool.js", "sprite.svg"):
        plain = built / manifest.files[name]
        packed = plain.with_name(plain.name + ".gz")
        assert gzip.decompress(packed.read_bytes()) == plain.read_bytes()


def test_a_second_build_writes_nothing_and_a_lost_file_is_written_again(var: Path) -> None:
    folder = var / "assets"
    assert assets.build(var, folder)
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}
    assert not assets.build(var, folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()} == before
    (folder / Manifest.read(folder).files["carepool.css"]).unlink()
    assert assets.build(var, folder)


def test_a_changed_style_sheet_gets_a_new_name_and_the_old_file_goes(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, static = var / "assets", var / "static"
    assets.build(var, folder)
    old = Manifest.read(folder)
    shutil.copytree(assets.STATIC, static)
    (static / "carepool.css").write_text("body { color: black }")
    monkeypatch.setattr(assets, "STATIC", static)
    assert assets.build(var, folder)
    new = Manifest.read(folder)
    assert new.files["carepool.css"] != old.files["carepool.css"]
    assert new.files["uswds.css"] == old.files["uswds.css"]
    assert not (folder / old.files["carepool.css"]).exists()


def test_every_address_in_the_style_sheet_leads_to_a_built_file(built: Path) -> None:
    manifest = Manifest.read(built)
    named = re.findall(r"url\(([^)]+)\)", (built / manifest.files["uswds.css"]).read_text())
    assert len(named) > 50
    assert {name for name in named if name not in manifest.served} == set()


def test_no_font_and_no_other_host_is_fetched(built: Path) -> None:
    for name in ("uswds.css", "carepool.css"):
        css = (built / Manifest.read(built).files[name]).read_text()
        assert "@font-face" not in css and "woff" not in css
        assert "Source Sans" not in css and "Merriweather" not in css
        assert not re.search(r"url\(['\"]?(https?:)?//|@import", css)


def test_a_first_visit_weighs_less_than_200_kilobytes(built: Path) -> None:
    manifest = Manifest.read(built)
    loaded = ("early.js", "uswds.css", "carepool.css", "uswds.js", "htmx.js", "carepool.js", "sprite.svg", "icon.svg")
    weight = sum((built / (manifest.files[name] + ".gz")).stat().st_size for name in loaded)
    assert weight < 130_000, f"{weight} bytes before the page itself and its pictures"


def test_a_missing_manifest_is_told_in_a_sentence_that_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(AssetsMissing, match=r"CAREPOOL_ASSETS.*Run: python -m carepool\.ui\.assets"):
        Manifest.read(tmp_path)


def test_a_build_outside_a_checkout_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_packages, "_CHECKOUT", tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(node_packages.CannotInstall, match=r"no package-lock\.json here"):
        node_packages.find_lock()


def test_an_install_that_fails_says_why_and_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"dependencies": {"left": "1.0.0"}}')
    (tmp_path / "package-lock.json").write_text('{"lockfileVersion": 3, "packages": {}}')
    folder = tmp_path / "node"
    folder.mkdir()
    with pytest.raises(node_packages.CannotInstall, match="npm could not install"):
        node_packages.install(tmp_path / "package-lock.json", folder)
    assert not (folder / ".installed").exists()


def test_an_icon_that_the_design_system_lacks_is_named() -> None:
    with pytest.raises(sprite.UnknownIcon, match="unicorn"):
        sprite.cut_sprite('<svg><symbol id="add"><path/></symbol></svg>', ["add", "unicorn"])


def test_addresses_with_a_scheme_stay_as_they_are() -> None:
    css = "a{b:url(data:image/png;base64,x)}c{d:url('../img/e.svg')}@supports (mask:url()){f{}}"
    assert stylesheets.with_urls(css, lambda target: f"<{target}>") == (
        "a{b:url(data:image/png;base64,x)}c{d:url(<../img/e.svg>)}@supports (mask:url()){f{}}"
    )
