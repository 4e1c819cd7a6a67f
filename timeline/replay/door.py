"""Coming in as a person or a device does: sign in, start a drill, join by invitation."""

import re
from uuid import UUID

from timeline.replay.web import Browser, WebFault

CODE_PATH = re.compile(r"/codes/([0-9a-f-]{36})/")
COOKIE = "ecpr_device"
LOGIN = "/accounts/login/"
REFUSED = 422


def join(browser: Browser, letters: str) -> tuple[Browser, str, str]:
    """Join by an invitation's letters; the browser, the code's id and the id this device was given. Raises WebFault."""
    try:
        path = browser.submit("/join", "/join", {"letters": letters})
    except WebFault as fault:
        if fault.status == REFUSED:
            raise WebFault(f"the invitation {letters} is not valid; ask for a new one", final=True) from None
        raise
    code = CODE_PATH.match(path)
    if not code:
        raise WebFault(f"the invitation {letters} led to {path}, which is no code", final=True)
    return browser, code[1], device_of(browser)


def device_of(browser: Browser) -> str:
    """The id of the device that the browser's token names. Raises WebFault when it holds none."""
    try:
        return str(UUID(browser.cookies[COOKIE].split(".")[0]))
    except (KeyError, ValueError):
        raise WebFault("the server gave this device no token", final=True) from None


def start_as(browser: Browser, user: str, password: str) -> str:
    """Sign in, start a drill and return the letters of an invitation to it. Raises WebFault."""
    try:
        browser.submit(LOGIN, LOGIN, {"username": user, "password": password})
    except WebFault as fault:
        # The form is shown again instead of a redirect.
        if fault.status in (200, 401, 403, 429):
            raise WebFault(f"{user} could not sign in", final=True) from None
        raise
    # No "ago": the arrest is in the file, and comes with its rows.
    path = browser.submit("/", "/start", {"mode": "drill", "ago": ""})
    code = CODE_PATH.match(path)
    if not code:
        raise WebFault(f"starting a drill led to {path}, which is no code", final=True)
    return str(browser.json("POST", f"/codes/{code[1]}/invite")["letters"])
