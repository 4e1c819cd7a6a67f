"""A real server process, a real Chromium, and the people who use them.

The server is `manage.py serve` on a free port with a database of its own, exactly what `make run` starts; nothing here
is faked but the tablet's own clock, where a test asks for a wrong one.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
# `make pictures` puts them where the README looks; otherwise a test run leaves the checkout as it was.
SHOTS = ROOT / os.environ.get("PICTURES", "build/pictures")
TABLET = {"width": 1180, "height": 820}
PORTRAIT = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}
WALL = {"width": 1920, "height": 1080}
# How long a test waits for what it expects before it fails. Two browsers share two cores with their servers, and a
# virtual machine may be half as fast for minutes: this says only when to give up.
PATIENCE_MS = 30_000
expect.set_options(timeout=PATIENCE_MS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, so that `-m "not browser"` is the rest."""
    for item in items:
        if Path(str(item.fspath)).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@dataclass
class Server:
    """One running server: its address, its data and the commands of its own `manage.py`."""

    url: str
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default_factory=Path)
    program: tuple[str, ...] = ("manage.py",)
    root: Path = ROOT
    sessions: dict[str, Any] = field(default_factory=dict)

    def manage(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a management command beside the server, on its database; its standard output."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run Python inside the project, for what no page offers (an expired invitation, say)."""
        return self.manage("shell", "--no-imports", "-v", "0", "-c", code)

    def reading(self, name: str) -> dict[str, object]:
        return json.loads(self.manage("reading", name, "--json"))  # type: ignore[no-any-return]  # JSON of our own

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *self.program, "serve"], cwd=self.root, env=self.environment, stdout=log, stderr=log
            )
        give_up = time.monotonic() + 60
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/up", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            if self.process.poll() is not None or time.monotonic() > give_up:
                raise AssertionError(f"the server did not come up:\n{self.log.read_text()[-4000:]}")
            time.sleep(0.1)  # between two looks at the same condition

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a site with the demonstration in its database; each server works on a copy."""
    data = tmp_path_factory.mktemp("seeded")
    site = _site(data)
    site.manage("migrate", "-v", "0")
    site.manage("demo")
    return data


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, seeded: Path) -> Iterator[Server]:
    running = prepared(tmp_path_factory.mktemp("site") / "data", seeded)
    running.start()
    yield running
    running.stop()


def prepared(data: Path, seeded: Path) -> Server:
    """A server on a copy of the seeded data, not started yet."""
    shutil.copytree(seeded, data)
    return _site(data)


def _site(data: Path) -> Server:
    port = free_port()
    environment = {
        **os.environ,
        "DATA_DIR": str(data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "ECPR_ZONE": "Europe/Paris",
    }
    environment.pop("DATABASE_URL", None)
    environment.pop("REDIS_URL", None)
    return Server(f"http://127.0.0.1:{port}", environment, log=data / "server.log")


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def chromium(playwright_driver: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    path = path or shutil.which("google-chrome")
    assert path, "No Chromium found: install the package 'chromium', or set CHROMIUM to the browser's path."
    browser = playwright_driver.chromium.launch(
        executable_path=path,
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
    )
    yield browser
    browser.close()


@dataclass
class Device:
    """One tablet or phone: its own cookies, its own disk, its own clock."""

    context: BrowserContext
    page: Page
    violations: list[str]


@pytest.fixture
def devices(chromium: Browser, server: Server) -> Iterator["Devices"]:
    made = Devices(chromium, server)
    yield made
    faults = [fault for device in made.all for fault in device.violations]
    made.close()
    assert faults == [], "the console or the security policy complained"


SKEWED_CLOCK = """
(() => {
  const shift = %d;
  const Real = Date;
  class Shifted extends Real {
    constructor(...given) { if (given.length) super(...given); else super(Real.now() + shift); }
    static now() { return Real.now() + shift; }
  }
  globalThis.Date = Shifted;
})();
"""


class Devices:
    """Makes devices and takes them down again."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self.browser = browser
        self.server = server
        self.all: list[Device] = []

    def new(
        self, size: dict[str, int] | None = None, *, theme: str = "light", clock_off_ms: int = 0, touch: bool = False
    ) -> Device:
        """A fresh device; `clock_off_ms` is how far its wall clock is wrong (ms, positive is fast)."""
        context = self.browser.new_context(
            viewport=size or TABLET,  # type: ignore[arg-type]  # a plain dict is Playwright's ViewportSize
            base_url=self.server.url,
            has_touch=touch,
            reduced_motion="reduce",
        )
        context.add_init_script(f"try {{ localStorage.setItem('ecpr.theme', '{theme}'); }} catch {{}}")
        if clock_off_ms:
            context.add_init_script(SKEWED_CLOCK % clock_off_ms)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        violations: list[str] = []
        page.on(
            "console",
            lambda message: (
                violations.append(message.text)
                if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text
                else None
            ),
        )
        page.on("pageerror", lambda error: violations.append(f"{error.name}: {error.message}"))
        device = Device(context, page, violations)
        self.all.append(device)
        return device

    def close(self) -> None:
        for device in self.all:
            device.context.close()
