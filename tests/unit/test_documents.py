"""What the documents claim names the test that shows it, and the test exists."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")


@pytest.mark.parametrize("document", ["accessibility-report.md", "security.md"])
def test_every_claim_names_a_test_that_exists(document: str) -> None:
    named = _NAMED.findall((ROOT / "docs" / document).read_text())
    assert len(named) > 5
    for path, test in named:
        tree = ast.parse((ROOT / path).read_text())
        known = {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}
        assert any(name.startswith("test_") for name in known), f"{document}: {path} has no test"
        assert not test or test in known, f"{document}: {path} has no {test}"
