"""The list of built page assets: which file stands for which plain name."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from carepool.config import BadSetting

MANIFEST = "manifest.json"


class AssetsMissing(BadSetting):
    """The page assets are not built; the message says how to build them."""


@dataclass(frozen=True)
class Manifest:
    """The built files: {plain name: path with the hash}, relative to the folder."""

    folder: Path
    files: Mapping[str, str]
    served: frozenset[str]

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """Read the manifest of a built folder. Raises AssetsMissing."""
        try:
            files = json.loads((folder / MANIFEST).read_text("utf-8"))["files"]
        except (OSError, ValueError, KeyError):
            raise AssetsMissing(
                f"CAREPOOL_ASSETS: there are no built page assets in {folder}. Run: python -m carepool.ui.assets"
            ) from None
        return cls(folder.resolve(), files, frozenset(files.values()))
