"""The plain door of `make run-lan`: how to trust this site, and the authority's certificate. Nothing else is here, and
nothing of a code ever passes; a tablet comes once, before it can come over TLS.
"""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string

POLICY = "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"
CERTIFICATE = "/ecpr-ca.crt"
STYLE = "/trust.css"


def opened(host: str, port: int, site: str, authority: Path, style: Path) -> ThreadingHTTPServer:
    """The door, listening in a thread of its own; `site` is the address to go on to."""
    page = render_to_string("trust.html", {"site": site, "certificate": CERTIFICATE, "style": STYLE}).encode()
    served = {
        "/": ("text/html; charset=utf-8", page),
        CERTIFICATE: ("application/x-x509-ca-cert", authority.read_bytes()),
        STYLE: ("text/css; charset=utf-8", style.read_bytes()),
    }

    class Door(BaseHTTPRequestHandler):
        """Answers GET for three paths; everything else goes to the site itself."""

        server_version = "ecpr"
        sys_version = ""

        def do_GET(self) -> None:
            """Answer."""
            kind, body = served.get(self.path.split("?")[0], ("", b""))
            self.send_response(200 if kind else 302)
            if kind:
                self.send_header("Content-Type", kind)
            else:
                self.send_header("Location", site)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", POLICY)
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing: who trusts this site is nobody's business."""

    server = ThreadingHTTPServer((host, port), Door)
    threading.Thread(target=server.serve_forever, name="ecpr-trust", daemon=True).start()
    return server
