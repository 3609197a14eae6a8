"""Builders of imports, through the API as its users would."""

import io
from typing import Any

from tests.buying import work
from tests.cast import State


def upload(state: State, content: bytes, kind: str = "roster", **form: Any) -> Any:
    """Upload a file; return the answer."""
    data = {"file": (io.BytesIO(content), "list.csv"), "kind": kind, **form}
    return state.api("POST", "/imports", state.administrator, data=data, content_type="multipart/form-data")


def import_file(
    state: State, content: bytes, kind: str = "roster", apply: bool = True, map_: Any = None, **form: Any
) -> Any:
    """Upload a file, let the workers read it, and apply the preview unless told otherwise; return the import."""
    began = upload(state, content, kind, **form)
    assert began.status_code == 201, began.text
    path = f"/imports/{began.json['id']}"
    confirmed = state.api("POST", f"{path}/columns", state.administrator, json={"column_map": map_})
    assert confirmed.status_code == 202, confirmed.text
    work(state)
    if apply:
        assert state.api("POST", f"{path}/apply", state.administrator).status_code == 202
        work(state)
    return state.api("GET", path, state.administrator).json


def roster(rows: int, word: str = "Place", first: int = 0) -> bytes:
    """Return a roster of some rows; the word is part of each name."""
    lines = (f"R-{n},{word} {n},Center,{1 + n % 90},Adams\n" for n in range(first, first + rows))
    return ("License #,Name,Type,Capacity,County\n" + "".join(lines)).encode()
