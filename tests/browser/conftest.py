"""One served application a test process."""

from collections.abc import Iterator
from typing import Any

import pytest

from carepool.config import Settings
from tests.browser.web import Web, browsing


@pytest.fixture(scope="session")
def web(settings: Settings, browser: Any) -> Iterator[Web]:
    """The application, served, and a browser at hand."""
    with browsing(settings, browser) as served:
        yield served
