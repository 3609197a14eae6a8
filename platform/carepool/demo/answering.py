"""A vendor that answers an order on the page behind the link in it, as a person would: open, look, change a line, send."""

import re
from html import unescape
from urllib.parse import urlsplit

import httpx

from carepool.demo.purchase import DemonstrationFailed

_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_LINK = re.compile(r"https?://\S+/vendor-orders/\S+")
_REFUSED = re.compile(r'class="usa-error-message"[^>]*>(.*?)<', re.DOTALL)


def link_in(letter: str) -> str:
    """Return the link of a letter. Raises DemonstrationFailed."""
    found = _LINK.search(letter)
    if found is None:
        raise DemonstrationFailed("A letter to the vendor has no link to the order.")
    return found.group()


class OrderPage:
    """The page of an order, opened by its link. A context manager."""

    def __init__(self, web: str, link: str) -> None:
        where = urlsplit(link)
        self._path = where.path
        self._http = httpx.Client(base_url=web, headers={"Host": where.netloc}, timeout=120)

    def __enter__(self) -> "OrderPage":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def open(self) -> None:
        """Press the button that opens the order, and say that it is there."""
        self._post(self._path, "", {})
        self._post(f"{self._path}/order", "/acknowledge", {})

    def document(self, format_: str) -> bytes:
        """Download the order."""
        return self._get("/document", format=format_).content

    def answer(self, number: int, **said: str) -> None:
        """Answer one line; the others come as ordered. `said`: fields of the form, such as code and cases."""
        self._post(f"{self._path}/order", "/answer", {f"{name}.{number}": value for name, value in said.items()})

    def _get(self, path: str, **query: str) -> httpx.Response:
        answer = self._http.get(f"{self._path}{path}", params=query)
        if answer.status_code != httpx.codes.OK:
            raise DemonstrationFailed(f"The page of the order answered {answer.status_code}.")
        return answer

    def _post(self, page: str, path: str, form: dict[str, str]) -> None:
        shown = self._http.get(page, follow_redirects=True)
        token = _TOKEN.search(shown.text)
        typed = {**form, **({"csrf_token": unescape(token.group(1))} if token else {})}
        answer = self._http.post(f"{self._path}{path}", data=typed)
        if not answer.is_redirect:
            why = _REFUSED.search(answer.text)
            raise DemonstrationFailed(
                f"The vendor's answer was refused ({answer.status_code}): {unescape(why.group(1)).strip() if why else ''}"
            )
