"""What has to be true of the database before a record may be called recorded."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection

WANTED = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def pragma_faults() -> list[str]:
    """What SQLite's own answers say is not as the settings ask; empty on another database."""
    if connection.vendor != "sqlite":
        return []
    faults = []
    with connection.cursor() as cursor:
        for name, wanted in WANTED.items():
            cursor.execute(f"PRAGMA {name}")
            row = cursor.fetchone()
            if row is None or row[0] != wanted:
                faults.append(f"PRAGMA {name} is {row and row[0]!r} and has to be {wanted!r}.")
    options = connection.settings_dict.get("OPTIONS", {})
    if options.get("transaction_mode") != "IMMEDIATE":
        faults.append("The database option transaction_mode has to be IMMEDIATE.")
    return faults


@register(Tags.database)
def database_is_durable(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Durable commits, no lost locks, and no connections that outlive their request's thread."""
    if not databases:
        return []
    faults: list[CheckMessage] = [Error(fault, id=f"ecpr.E{n:03}") for n, fault in enumerate(pragma_faults(), 1)]
    if connection.settings_dict.get("CONN_MAX_AGE") != 0:
        faults.append(Error("CONN_MAX_AGE has to be 0 under ASGI.", id="ecpr.E010"))
    return faults


@register()
def hosts_are_named(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """No wildcard hosts: they would let any site's pages write here."""
    if any("*" in host or host.startswith(".") for host in settings.ALLOWED_HOSTS if host != "testserver"):
        return [Error("ALLOWED_HOSTS may not hold wildcards.", id="ecpr.E020")]
    return []
