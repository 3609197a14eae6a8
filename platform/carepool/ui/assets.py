"""Builds what pages load: `python -m carepool.ui.assets`.

Installs the packages that package-lock.json pins into `var/node` (`CAREPOOL_VAR` names another `var`) and writes into
`var/assets` (`CAREPOOL_ASSETS` names another folder) each file under a name that carries a hash of its content, with a
`.gz` beside it where that is smaller, and `manifest.json`. Run again, it does nothing unless something changed. The
folder is all that a running site needs; `carepool.ui.serving` serves it.

A page names a file by its plain name: `asset_url("carepool.css")`. To take a newer package, change its version in
package.json, run `npm install --package-lock-only --omit-lockfile-registry-resolved` beside it, and build.
"""

import gzip
import hashlib
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from carepool.config import BadSetting
from carepool.ui import node_packages, sprite, stylesheets
from carepool.ui.icons import ICONS
from carepool.ui.manifest import MANIFEST

STATIC = Path(__file__).parent / "static"
_USWDS = Path("@uswds/uswds/dist")
_SCRIPTS: dict[str, tuple[Path, ...]] = {
    "early.js": (_USWDS / "js/uswds-init.min.js", STATIC / "early.js"),
    "uswds.js": (_USWDS / "js/uswds.min.js",),
    "htmx.js": (Path("htmx.org/dist/htmx.min.js"),),
    "carepool.js": (STATIC / "carepool.js",),
    "passkeys.js": (STATIC / "passkeys.js",),
    "receive.js": (STATIC / "receive.js",),
    "receive-worker.js": (STATIC / "receive-worker.js",),
}
"""Each script and the files it is joined from: paths in node_modules, or our own."""
_HASH_DIGITS = 12


class Assets:
    """The files of one build: content by plain name, and the name under which each is served."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}
        self.served: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> str:
        """Take in a file and return the name that carries its hash."""
        stem, dot, ending = name.rpartition(".")
        hashed = f"{stem}.{hashlib.sha256(content).hexdigest()[:_HASH_DIGITS]}{dot}{ending}"
        self.content[name], self.served[name] = content, hashed
        return hashed


def build(var: Path, folder: Path) -> bool:
    """Install and write whatever is out of date; tell whether anything was written. Raises BadSetting."""
    with node_packages.one_at_a_time(var / "node"):
        lock = node_packages.find_lock()
        modules = node_packages.install(lock, var / "node")
        inputs = _fingerprint(lock)
        if _is_complete(folder, inputs):
            return False
        _write(collect(modules), folder, inputs)
        return True


def collect(modules: Path) -> Assets:
    """Return all files that pages need, from node_modules and our own static folder."""
    assets = Assets()
    for name, parts in _SCRIPTS.items():
        joined = "\n".join(stylesheets.without_source_map((modules / part).read_text("utf-8")) for part in parts)
        assets.add(name, joined.encode())
    assets.add("uswds.css", _style_sheet(modules / _USWDS / "css/uswds.min.css", assets).encode())
    assets.add("carepool.css", (STATIC / "carepool.css").read_bytes())
    assets.add("icon.svg", (STATIC / "icon.svg").read_bytes())
    whole = (modules / _USWDS / "img/sprite.svg").read_text("utf-8")
    assets.add("sprite.svg", sprite.cut_sprite(whole, ICONS).encode())
    return assets


def _style_sheet(source: Path, assets: Assets) -> str:
    """Take in every picture that the style sheet names, and return the sheet with their hashed names."""

    def place(target: str) -> str:
        picture = (source.parent / target).resolve()
        name = picture.relative_to(source.parent.parent.resolve()).as_posix()
        return assets.served.get(name) or assets.add(name, picture.read_bytes())

    css = stylesheets.with_system_fonts(stylesheets.without_source_map(source.read_text("utf-8")))
    return stylesheets.with_urls(css, place)


def _fingerprint(lock: Path) -> str:
    """Return a hash of everything that the result depends on: the lock, our files, and the code of the build."""
    sources = [lock, *sorted(STATIC.iterdir())]
    sources += [Path(str(module.__file__)) for module in (stylesheets, sprite, sys.modules[Assets.__module__])]
    digest = hashlib.sha256(json.dumps(ICONS).encode())
    for source in sources:
        digest.update(source.name.encode() + b"\0" + source.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_complete(folder: Path, inputs: str) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return False
    return manifest.get("inputs") == inputs and all((folder / name).is_file() for name in manifest["files"].values())


def _write(assets: Assets, folder: Path, inputs: str) -> None:
    """Write the files, then the manifest in one step, then remove what no manifest names any more."""
    kept = {folder / MANIFEST}
    for name, hashed in assets.served.items():
        kept |= set(_write_with_gzip(folder / hashed, assets.content[name]))
    _write_manifest(folder, inputs, assets.served)
    for old in [path for path in folder.rglob("*") if path.is_file() and path not in kept]:
        old.unlink()


def _write_with_gzip(path: Path, content: bytes) -> Iterable[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    yield path
    # the time stamp stays out, so that the same input gives the same bytes
    packed = gzip.compress(content, 9, mtime=0)
    if len(packed) < len(content):
        beside = path.with_name(path.name + ".gz")
        beside.write_bytes(packed)
        yield beside


def _write_manifest(folder: Path, inputs: str, served: Mapping[str, str]) -> None:
    written = folder / f".{MANIFEST}"
    written.write_text(json.dumps({"inputs": inputs, "files": served}, indent=1, sort_keys=True) + "\n", "utf-8")
    written.replace(folder / MANIFEST)


def main() -> int:
    """Build into the folders that the environment names; return the exit code."""
    var = Path(os.environ.get("CAREPOOL_VAR") or "var")
    folder = Path(os.environ.get("CAREPOOL_ASSETS") or var / "assets")
    try:
        changed = build(var, folder)
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Page assets {'were written to' if changed else 'are up to date in'} {folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
