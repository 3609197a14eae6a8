"""One browser and one served application a test process."""

from collections.abc import Iterator

import pytest

from carepool.config import Settings
from carepool.local.browser import find_browser
from tests.browser.web import Web, browsing


@pytest.fixture(scope="session")
def web(settings: Settings) -> Iterator[Web]:
    """The application, served, and a browser at hand."""
    path = find_browser()
    if path is None:
        pytest.skip("no Chromium on this machine")
    with browsing(settings, path) as served:
        yield served
