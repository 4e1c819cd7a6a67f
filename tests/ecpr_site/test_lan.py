"""A ward's own network: the certificate, the plain door beside the site, and the site itself over TLS."""

import contextlib
import datetime
import http.client
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509

from ecpr_site.lan import authority, certificate
from ecpr_site.lan_door import opened
from tests.commands.conftest import free_port

ROOT = Path(__file__).resolve().parents[2]
STYLE = ROOT / "static" / "css" / "trust.css"


def test_the_authority_is_made_once_and_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    first = authority(tmp_path / "lan").read_bytes()
    assert authority(tmp_path / "lan").read_bytes() == first
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "lan").iterdir()} == {
        "ecpr-ca.crt": 0o600,
        "ecpr-ca.key": 0o600,
    }


def test_a_certificate_is_for_these_names_alone_for_no_longer_than_tablets_take(tmp_path: Path) -> None:
    served, _ = certificate(tmp_path, ["192.168.1.4", "ward.local", "fd00::4"])
    made = x509.load_pem_x509_certificate(served.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(name.value) for name in names] == [
        "192.168.1.4",
        "ward.local",
        "fd00::4",
        "localhost",
        "127.0.0.1",
        "::1",
    ]
    assert made.not_valid_after_utc - made.not_valid_before_utc == datetime.timedelta(days=397)
    made.verify_directly_issued_by(x509.load_pem_x509_certificate(authority(tmp_path).read_bytes()))
    assert not made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_a_certificate_is_kept_until_an_address_changes(tmp_path: Path) -> None:
    first = certificate(tmp_path, ["192.168.1.4"])[0].read_bytes()
    assert certificate(tmp_path, ["192.168.1.4"])[0].read_bytes() == first
    trusted = authority(tmp_path).read_bytes()
    assert certificate(tmp_path, ["192.168.1.5"])[0].read_bytes() != first
    assert authority(tmp_path).read_bytes() == trusted


def test_the_plain_door_gives_the_certificate_and_a_page_and_sends_everybody_else_to_the_site(tmp_path: Path) -> None:
    port = free_port()
    door = opened("127.0.0.1", port, "https://ward.local:8000", authority(tmp_path), STYLE)
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/ecpr-ca.crt", timeout=5) as answer:
            assert answer.headers["Content-Type"] == "application/x-x509-ca-cert"
            assert answer.read() == authority(tmp_path).read_bytes()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as answer:
            page = answer.read().decode()
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert page.count('href="https://ward.local:8000"') == 1
        assert "PRIVATE" not in page

        class Stay(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args: object, **how: object) -> None:
                return None

        for path in ("/ecpr-ca.key", "/../lan/ecpr-ca.key", "/codes/1/", "/static/x"):
            with pytest.raises(urllib.error.HTTPError) as sent:
                urllib.request.build_opener(Stay).open(f"http://127.0.0.1:{port}{path}", timeout=5)
            with sent.value as answer:
                assert (answer.code, answer.headers["Location"]) == (302, "https://ward.local:8000")
    finally:
        door.shutdown()
        door.server_close()


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[tuple[int, ssl.SSLContext]]:
    """A site started as `make run-lan` does, and a tablet's trust in its authority."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    where = {**kept, "DATA_DIR": str(tmp_path), "PORT": str(port), "ECPR_DEMO": "0", "ECPR_LAN": "1"}
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], cwd=ROOT, env=where, check=True)
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=where, stdout=subprocess.PIPE, text=True
    )
    assert server.stdout is not None
    said = ""
    while "https://" not in said:
        line = server.stdout.readline()
        assert line, said
        said += line
    trust = ssl.create_default_context(cafile=str(tmp_path / "lan" / "ecpr-ca.crt"))
    yield port, trust
    server.terminate()
    server.communicate(timeout=20)


def up(port: int, trust: ssl.SSLContext) -> urllib.request.OpenerDirector:
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=trust))
    give_up = time.monotonic() + 30
    while True:
        try:
            opener.open(f"https://localhost:{port}/up", timeout=5).close()
            return opener
        except urllib.error.URLError:
            assert time.monotonic() < give_up, "the site did not come up"
            time.sleep(0.05)  # between two looks at the same condition


@pytest.mark.process
def test_a_tablet_that_trusts_the_authority_reaches_the_site_over_tls_and_nobody_else_opens_sockets(
    ward: tuple[int, ssl.SSLContext],
) -> None:
    port, trust = ward
    opener = up(port, trust)
    with opener.open(f"https://localhost:{port}/join", timeout=5) as answer:
        assert "Strict-Transport-Security" not in answer.headers
        assert all("Secure" in cookie for cookie in answer.headers.get_all("Set-Cookie"))
        assert f"wss://localhost:{port}" in answer.headers["Content-Security-Policy"]
    probe = urllib.request.Request(
        f"https://localhost:{port}/api/time", json.dumps({"t0": 1}).encode(), {"Content-Type": "application/json"}
    )
    with opener.open(probe, timeout=5) as answer:
        assert json.load(answer)["t0"] == 1
    stranger = ssl.create_default_context()
    with (
        stranger.wrap_socket(
            socket.create_connection(("127.0.0.1", port)), server_hostname="localhost", do_handshake_on_connect=False
        ) as asked,
        pytest.raises(ssl.SSLCertVerificationError),
    ):
        asked.do_handshake()
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
    }
    for origin in (f"http://localhost:{port}", "https://evil.example", f"https://localhost:{port}"):
        with contextlib.closing(http.client.HTTPSConnection("localhost", port, context=trust, timeout=5)) as ours:
            ours.request("GET", "/ws/codes/00000000-0000-4000-8000-000000000000/", headers=upgrade | {"Origin": origin})
            assert ours.getresponse().status == 403
