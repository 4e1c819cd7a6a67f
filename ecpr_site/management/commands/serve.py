"""manage.py serve: the site on one port, in one process, with everything that belongs to it."""

import gc
import sys
from typing import Any

import segno
import uvicorn
from django.conf import settings
from django.core.checks import Tags, run_checks
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ecpr_site.lan import authority, certificate
from ecpr_site.lan_door import opened
from ecpr_site.protocol import ReadyFrameProtocol
from timeline.demo.welcome import welcome
from timeline.hub import hub

STYLE = settings.BASE_DIR / "static" / "css" / "trust.css"
WS_MOST_BYTES = 64 * 1024
# How long a thread that computes (a page, a debrief, the sweep) may keep the interpreter from the event loop, which
# asks for it several times a tap. Shorter than Python's own 5 ms because taps were measured to be faster so
# (docs/bench.md).
SWITCH_SECONDS = 0.0001
# A full collection holds everything for as long as it walks all objects there are: a fifth of a second, measured, with
# 2,000 sockets. What is there at the start is set aside for good, and the rest is walked rarely.
GC_THRESHOLDS = (10_000, 20, 100)


class Command(BaseCommand):
    help = "Serve the site on HOST and PORT."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        self.check_database()
        tls = self.open_to_the_ward() if settings.LAN else {}
        self.greet()
        config = uvicorn.Config(
            "ecpr_site.asgi:application",
            host=settings.HOST,
            port=settings.PORT,
            loop="uvloop",
            http="httptools",
            ws=ReadyFrameProtocol,
            ws_max_size=WS_MOST_BYTES,
            ws_per_message_deflate=False,
            ws_ping_interval=20,
            ws_ping_timeout=30,
            lifespan="on",
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=settings.TLS and not settings.LAN,
            **tls,
            timeout_graceful_shutdown=5,
            backlog=2048,
        )
        sys.setswitchinterval(SWITCH_SECONDS)
        gc.set_threshold(*GC_THRESHOLDS)
        server = Server(config)
        server.run()
        if not server.started:
            raise SystemExit(3)

    def check_database(self) -> None:
        """Refuse to serve from a database that is not ready or not durable."""
        faults = [fault.msg for fault in run_checks(tags=[Tags.database], databases=["default"]) if fault.is_serious()]
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            faults.append("The database lacks migrations: run `python manage.py migrate` (make setup does it).")
        connection.close()
        for fault in faults:
            self.stderr.write(fault)
        if faults:
            raise SystemExit(2)

    def open_to_the_ward(self) -> dict[str, Any]:
        """A certificate for this machine's names, and the plain door beside, where a tablet learns to trust it."""
        folder = settings.DATA_DIR / "lan"
        itself = ("localhost", "127.0.0.1", "[::1]")
        hosts = [host.strip("[]") for host in settings.ALLOWED_HOSTS if host not in itself]
        served, key = certificate(folder, hosts)
        opened(settings.HOST, settings.PORT + 1, self.address(), authority(folder), STYLE)
        door = f"http://{self.host()}:{settings.PORT + 1}/"
        segno.make(door, error="m").terminal(out=sys.stdout, compact=True)
        self.stdout.write(f"On each tablet, once: {door} says how to trust this site. Then: {self.address()}")
        return {"ssl_certfile": str(served), "ssl_keyfile": str(key)}

    def host(self) -> str:
        """The name by which others reach this machine."""
        if settings.HOST in ("0.0.0.0", "::"):
            return str(settings.ALLOWED_HOSTS[0])
        return "localhost" if settings.HOST in ("127.0.0.1", "::1") else str(settings.HOST)

    def address(self) -> str:
        """The site's address."""
        scheme = "https" if settings.LAN else "http"
        return settings.PUBLIC_URL or f"{scheme}://{self.host()}:{settings.PORT}"

    def greet(self) -> None:
        """Say where the site is, what is off, and how to come in."""
        url = self.address()
        if settings.TRIAL:
            self.stdout.write(
                "TRIAL: other machines may come, over plain HTTP. Without TLS anyone on this network can read and copy "
                "what is sent, tablets keep no offline copy, and cookies are not marked secure. For drills only; set "
                "ECPR_PUBLIC_URL=https://… behind a proxy with TLS for anything else."
            )
        said = welcome(url)
        connection.close()
        if said:
            self.stdout.write(said)
        sys.stdout.flush()


class Server(uvicorn.Server):
    """Sets what will never go aside from the garbage collector, and tells the devices before it goes down."""

    async def startup(self, sockets: Any = None) -> None:
        """Start; from then on the collector walks only what came after."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    async def shutdown(self, sockets: Any = None) -> None:
        """Say so, then shut down."""
        hub.say_restarting()
        await super().shutdown(sockets)
