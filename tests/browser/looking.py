"""Looks at an open page as a test: axe for screen readers, no scrolling sideways, and a picture for eyes.

Pictures cost a fifth of the time, so they are taken where CAREPOOL_PICTURES is set, and of a page that fails. What axe
finds is also written to `var/axe.json` when the tests end, one entry a page and state.
"""

import json
import os
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

VAR = Path(__file__).resolve().parents[2] / "var"
SHOTS = VAR / "screenshots"
PICTURES = bool(os.environ.get("CAREPOOL_PICTURES"))
FOUND = VAR / "axe.jsonl"
SUMMARY = VAR / "axe.json"
WIDTHS = (360, 768, 1280)
"""Screens of a phone, a tablet and a desk, in px."""
SCREENS = {"en": WIDTHS, "es": WIDTHS[:1]}
"""Screens on which axe looks at a page on the way of one person, in each language; how wide it is, is always measured."""
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
"""The rules of WCAG 2.2, levels A and AA, that axe can decide."""

_RUN = """async rules => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ['violations']});
  return {
    language: document.documentElement.lang,
    passed: found.passes.map(one => one.id),
    undecided: found.incomplete.map(one => one.id),
    violations: found.violations.map(one => ({id: one.id, nodes: one.nodes.map(node => node.html)})),
  };
}"""


@cache
def _axe() -> str:
    import axe_playwright_python

    return next(Path(axe_playwright_python.__file__).parent.rglob("axe*.js")).read_text()


def look(page: Any, name: str, folder: Path = SHOTS, widths: Sequence[int] = (), script: bool = True) -> None:
    """See that the page is accessible, and no wider than any screen; its picture is `name`-`width`.png.

    `widths`: screens in px on which axe looks at the page; the one that it is on where none is named. `script`: whether
    the browser runs scripts, without which axe cannot look.
    """
    own = page.viewport_size
    page.wait_for_load_state()  # a click returns as soon as the next page begins to arrive
    if script:
        page.evaluate(_axe())
    asked = widths or (own["width"],)
    for width in sorted({*WIDTHS, *asked}):
        page.set_viewport_size({**own, "width": width})
        if PICTURES and width in asked and width in (WIDTHS[0], WIDTHS[-1]):
            _picture(page, folder, f"{name}-{width}")
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            _picture(page, folder, f"{name}-{width}-fails")
            raise AssertionError(f"{name} is wider than a screen of {width} px by {wide} px")
        if script and width in asked:
            _ask_axe(page, name, width, folder)
    page.set_viewport_size(own)


def _ask_axe(page: Any, name: str, width: int, folder: Path) -> None:
    found = page.evaluate(_RUN, list(RULES))
    VAR.mkdir(exist_ok=True)
    with FOUND.open("a") as lines:
        lines.write(json.dumps({"page": name, "width": width, **found}) + "\n")
    if found["violations"]:
        _picture(page, folder, f"{name}-{width}-fails")
        raise AssertionError(f"{name} at {width} px: {found['violations']}")


def _picture(page: Any, folder: Path, name: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=str(folder / f"{name}.png"), full_page=True)


def summarize() -> None:
    """Write the summary of all that axe found since the tests began."""
    if not FOUND.exists():
        return
    looked = [json.loads(line) for line in FOUND.read_text().splitlines()]
    told = {
        "rules": list(RULES),
        "looked_at": len(looked),
        "violations": sum(len(one["violations"]) for one in looked),
        "languages": sorted({one["language"] for one in looked}),
        "widths": sorted({one["width"] for one in looked}),
        "checks_passed": sorted({check for one in looked for check in one["passed"]}),
        "undecided": sorted({check for one in looked for check in one["undecided"]}),
        "pages": sorted(({key: one[key] for key in ("page", "width", "language", "violations")} for one in looked),
                        key=lambda one: (one["page"], one["width"], one["language"])),
    }  # fmt: skip
    SUMMARY.write_text(json.dumps(told, indent=1) + "\n")
    FOUND.unlink()
