"""A phone at the door, in a real browser: the connection goes, counts wait on the device, and are sent once."""

from typing import Any

from tests.browser.web import Web, press, sign_in, touch
from tests.cast import State
from tests.receiving import bought, bought_two, first_order
from tests.receiving import photo as picture
from tests.waiting import until

_READY = """async () => {
  await navigator.serviceWorker.ready;
  const kept = await caches.open('carepool-receive');
  return (await kept.keys()).length > 5;
}"""
_LOSE_ONE = """() => {
  const real = window.fetch;
  window.fetch = async (...asked) => {
    await real(...asked);
    window.fetch = real;
    throw new TypeError('no answer came');
  };
}"""
_WAITING = "[data-counts]:has-text('{} for a connection')"


def _at_the_door(web: Web, state: State, order: str) -> Any:
    page = web.page(state)
    sign_in(page, state.coordinator)
    page.goto(f"/receive/{order}")
    page.wait_for_function(_READY)
    # the second visit is answered by the worker
    page.goto(f"/receive/{order}")
    page.wait_for_function("() => navigator.serviceWorker.controller")
    return page


def _receipts(state: State, order: str) -> list[dict[str, Any]]:
    return list(state.api("GET", f"/purchase-orders/{order}/receipts", state.coordinator).json["items"])


def test_counts_made_without_a_connection_are_sent_once_when_it_is_back(web: Web, here: State) -> None:
    order = first_order(bought_two(here))
    page = _at_the_door(web, here, order)
    page.context.set_offline(True)
    for waiting, cases in enumerate(("3", "2", "1"), start=1):
        page.fill("[id='cases.1']", cases)
        touch(page, "button[value=count]")
        words = "1 count waits" if waiting == 1 else f"{waiting} counts wait"
        page.wait_for_selector(_WAITING.format(words))
        assert page.input_value("[id='cases.1']") == ""
    # the page opens again without a connection, and the counts are still there
    page.goto(f"/receive/{order}")
    page.wait_for_selector(_WAITING.format("3 counts wait"))
    assert not _receipts(here, order)
    page.context.set_offline(False)
    page.wait_for_selector("[data-counts]:not(:has-text('connection'))", state="attached")
    found = here.api("GET", f"/purchase-orders/{order}/receiving", here.coordinator).json["lines"][0]
    assert found["counted_cases"] == 6
    assert len({one["key"] for one in _receipts(here, order)}) == 3


def test_a_count_whose_answer_was_lost_is_not_taken_twice(web: Web, here: State) -> None:
    order = first_order(bought(here))
    page = _at_the_door(web, here, order)
    # the request arrives, its answer does not
    page.evaluate(_LOSE_ONE)
    page.fill("[id='cases.1']", "9")
    touch(page, "button[value=count]")
    page.wait_for_selector(_WAITING.format("1 count waits"))
    assert len(_receipts(here, order)) == 1, "the server took it, only the answer was lost"
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_selector("[data-counts]:not(:has-text('connection'))", state="attached")
    assert [one["cause"] for one in _receipts(here, order)] == [""]


def test_a_count_is_sent_at_once_where_there_is_a_connection(web: Web, here: State) -> None:
    order = first_order(bought(here))
    page = _at_the_door(web, here, order)
    touch(page, "[data-step='1'][data-step-for='cases.1']")
    touch(page, "summary:has-text('Something is wrong')")
    page.fill("[id='damaged.1']", "2")
    photo = {"name": "case.png", "mimeType": "image/png", "buffer": picture("PNG")}
    page.set_input_files("[id='photo.1']", photo)
    press(page, "button[value=count]")
    page.wait_for_selector(".usa-alert--success:has-text('The count is in.')")
    page.wait_for_selector("a:has-text('Photo 1 of line 1')")
    assert len(_receipts(here, order)) == 1


def test_a_count_that_is_refused_later_says_why_and_can_be_forgotten(web: Web, here: State) -> None:
    order = first_order(bought(here))
    page = _at_the_door(web, here, order)
    page.context.set_offline(True)
    page.fill("[id='cases.1']", "1")
    touch(page, "summary:has-text('Something is wrong')")
    page.fill("[id='damaged.1']", "99")
    touch(page, "button[value=count]")
    page.wait_for_selector(_WAITING.format("1 count waits"))
    page.context.set_offline(False)
    page.wait_for_selector("[data-counts]:has-text('More is missing or damaged than these cases hold.')")
    touch(page, "[data-count-drop]")
    page.wait_for_selector("[data-counts]:not(:has-text('not taken'))", state="attached")
    assert not _receipts(here, order)


def test_counts_wait_for_whoever_was_signed_out(web: Web, here: State) -> None:
    order = first_order(bought(here))
    page = _at_the_door(web, here, order)
    page.context.set_offline(True)
    page.fill("[id='cases.1']", "9")
    touch(page, "button[value=count]")
    page.wait_for_selector(_WAITING.format("1 count waits"))
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.wait_for_selector("[data-counts]:has-text('Sign in again')")
    assert not _receipts(here, order)
    page.goto("/sign-in")
    sign_in(page, here.coordinator)
    page.goto(f"/receive/{order}")
    # the page sends what waits by itself; leaving it now would break that off
    until(lambda: _receipts(here, order), "the page sends what waits")
    page.reload()
    page.wait_for_selector("p:has-text('9 cases counted')")
    assert len(_receipts(here, order)) == 1


def test_an_order_is_received_without_a_script(web: Web, here: State) -> None:
    order = first_order(bought(here))
    page = web.page(here, script=False)
    sign_in(page, here.coordinator)
    page.goto(f"/receive/{order}")
    press(page, "button[value=all]")
    assert "The count is in." in page.inner_text("main")
    press(page, "button:has-text('That is all that came')")
    assert "What came is shared out now" in page.inner_text("main")
