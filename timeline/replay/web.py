"""A small browser for the replay's devices: cookies, the CSRF token, JSON and forms over one address."""

import http.client
import json
import re
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 20


class WebFault(Exception):
    """The server's answer was not the one asked for; the message is a sentence. `final` means asking again is vain."""

    def __init__(self, sentence: str, *, final: bool, status: int | None = None) -> None:
        super().__init__(sentence)
        self.final = final
        self.status = status


class Browser:
    """One visitor of one server. Not safe for use by two threads at the same time."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise WebFault(f"{url} is not the address of a server", final=True)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.netloc
        self._secure = parts.scheme == "https"
        self._connection: http.client.HTTPConnection | None = None
        self.cookies: dict[str, str] = {}

    @property
    def cookie_header(self) -> str:
        """The cookies as one header."""
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def socket_url(self, path: str) -> str:
        """The address of a socket on this server."""
        return f"{'wss' if self._secure else 'ws'}://{self._host}{path}"

    def json(self, method: str, path: str, body: object = None) -> Any:
        """Ask with JSON and return the JSON that is answered. Raises WebFault."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if "csrftoken" in self.cookies:
            headers |= {"X-CSRFToken": self.cookies["csrftoken"], "Referer": self.origin + "/"}
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        status, _, text = self._ask(method, path, data, headers)
        if status != 200:
            raise WebFault(_sentence(status, path, text), final=status < 500 and status != 429, status=status)
        return json.loads(text)

    def get(self, path: str) -> str:
        """The page at a path. Raises WebFault."""
        status, _, text = self._ask("GET", path, None, {"Accept": "text/html"})
        if status >= 400:
            raise WebFault(_sentence(status, path, text), final=True, status=status)
        return text

    def submit(self, page: str, action: str, fields: dict[str, str]) -> str:
        """Open a page, send a form from it, and return the path that the server leads to. Raises WebFault."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page))
        data = urlencode(fields | ({"csrfmiddlewaretoken": token[1]} if token else {})).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Referer": self.origin + page}
        status, location, text = self._ask("POST", action, data, headers)
        if status in (302, 303) and location:
            return urlsplit(location).path
        raise WebFault(_sentence(status, action, text), final=True, status=status)

    def _ask(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> tuple[int, str | None, str]:
        sent = headers | {"Origin": self.origin} | ({"Cookie": self.cookie_header} if self.cookies else {})
        for attempt in (1, 2):
            connection = self._connected()
            try:
                connection.request(method, path, data, sent)
                response = connection.getresponse()
                text = response.read().decode("utf-8", "replace")
            except (OSError, http.client.HTTPException) as error:
                connection.close()
                self._connection = None
                # A connection kept open may have been closed by the other side since; a fresh one decides.
                if attempt == 2 or not isinstance(error, http.client.RemoteDisconnected):
                    raise WebFault(f"{self.origin} does not answer ({error})", final=False) from None
                continue
            for cookie in response.headers.get_all("Set-Cookie") or []:
                self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(cookie).items()}
            return response.status, response.getheader("Location"), text
        raise AssertionError("the loop returns or raises")

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            kind = http.client.HTTPSConnection if self._secure else http.client.HTTPConnection
            self._connection = kind(self._host, timeout=TIMEOUT_SECONDS)
        return self._connection


def _sentence(status: int, path: str, text: str) -> str:
    """What the server said, if it said it as problem details; else the status."""
    try:
        detail = json.loads(text).get("detail")
    except (ValueError, AttributeError):
        detail = None
    return f"{path} answered {status}{': ' + str(detail) if detail else ''}"
