"""Backups: everything that cannot be made anew, of one moment, in one file that checks itself; and back again.

The file is gzip over lines of JSON: a header, one line for each row, and a trailer with their number and SHA-256. It is
the same for SQLite and PostgreSQL, so a site can move from one to the other by it. Reports, sessions and limits of
log-in attempts are left out: they are made anew.
"""

import contextlib
import gzip
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from roles.models import Device, Grant, Invitation
from roles.server_clock import now_ms
from timeline.models import Code, CodeView, Entry, ProtocolAct, ProtocolVersion, Refusal
from timeline.proof import COLUMNS, Chain, Fault

FORMAT = 1
# In the order in which they can be put back. Entries come code by code and in their order.
KEPT: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (User, ("pk",)),
    (Device, ("pk",)),
    (Grant, ("pk",)),
    (Invitation, ("pk",)),
    (Code, ("pk",)),
    (Entry, ("code_id", "seq")),
    (Refusal, ("pk",)),
    (CodeView, ("pk",)),
    (ProtocolVersion, ("pk",)),
    (ProtocolAct, ("pk",)),
)
BY_NAME = {model._meta.label_lower: model for model, _ in KEPT}
AT_ONCE = 500
Tell = Callable[[int], None]


class BackupFault(Exception):
    """The file is no backup, or not whole, or cannot be used here; the message is a sentence."""


def backup(path: Path, tell: Tell = lambda _: None) -> int:
    """Write a backup while the site goes on; returns the number of rows. The file is there only when it was read again
    and found whole, every chain included. `tell` hears of the rows as they are written. Raises BackupFault, OSError.
    """
    draft = path.with_name(path.name + ".part")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as raw:
            with gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0) as file:
                rows = _write(file, tell)
            raw.flush()
            os.fsync(raw.fileno())
        for fault in check(draft):
            raise BackupFault(f"What is in the database is not what was appended: {fault}")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _write(file: Any, tell: Tell) -> int:
    digest, rows = hashlib.sha256(), 0

    def line(value: Any) -> None:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        digest.update(text)
        file.write(text)

    line({"ecpr_backup": FORMAT, "made": now_ms(), "version": settings.VERSION, "migrations": _migrations()})
    with _one_moment():
        for model, order in KEPT:
            name = model._meta.label_lower
            fields = [field.attname for field in model._meta.concrete_fields]
            for row in model._default_manager.order_by(*order).values_list(*fields).iterator(AT_ONCE):
                line([name, dict(zip(fields, (_plain(value) for value in row), strict=True))])
                rows += 1
                tell(1)
    file.write(json.dumps({"rows": rows, "sha256": digest.hexdigest()}).encode() + b"\n")
    return rows


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """See the database as it is now until the end, and hold up nobody who writes."""
    connection.ensure_connection()
    sqlite: Any = connection if connection.vendor == "sqlite" else None
    if sqlite is not None:
        # Ours begin by locking, as all that write; this one only reads, and a reader of SQLite's WAL needs no lock.
        usual, sqlite.transaction_mode = sqlite.transaction_mode, "DEFERRED"
    try:
        with transaction.atomic(durable=True):
            if sqlite is None:
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    finally:
        if sqlite is not None:
            sqlite.transaction_mode = usual


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    return value.isoformat() if isinstance(value, datetime) else value


def _migrations() -> list[str]:
    """The last migration of each of our apps, as `app.name`."""
    done = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{max(name for of, name in done if of == app)}" for app in ("roles", "timeline")]


def read_rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a backup; raises BackupFault where it is not whole. Nothing is certain before the last row."""
    digest, rows = hashlib.sha256(), 0
    try:
        with gzip.open(path, "rb") as file:
            header = _object(file)
            digest.update(header[1])
            if header[0].get("ecpr_backup") != FORMAT:
                raise BackupFault(f"{path.name} is no backup of this app.")
            if unknown := set(header[0]["migrations"]) - set(_migrations()):
                raise BackupFault(
                    f"{path.name} was made by another version ({', '.join(sorted(unknown))}): restore it with the app "
                    "that made it, then upgrade."
                )
            while True:
                said, text = _object(file)
                if isinstance(said, dict):
                    break
                digest.update(text)
                rows += 1
                yield said[0], said[1]
    except (OSError, EOFError, ValueError, KeyError, IndexError) as fault:
        if isinstance(fault, FileNotFoundError):
            raise BackupFault(f"There is no file {path}.") from None
        raise BackupFault(f"{path.name} is cut short or is no backup: {fault}") from None
    if said != {"rows": rows, "sha256": digest.hexdigest()}:
        raise BackupFault(f"{path.name} is not what was written: its checksum is another.")


def _object(file: gzip.GzipFile) -> tuple[Any, bytes]:
    text = file.readline()
    if not text:
        raise EOFError("it ends too early")
    return json.loads(text), text


def check(path: Path, tell: Tell = lambda _: None) -> Iterator[Fault]:
    """Read a backup to its end and verify every chain in it; yields the first fault of each code that has one."""
    chains: dict[str, Chain] = {}
    for name, row in read_rows(path):
        tell(1)
        if name == Code._meta.label_lower:
            chains[row["id"]] = Chain(UUID(row["id"]), row["name"], row["epoch"], row["head"], row["head_hash"])
        elif name == Entry._meta.label_lower:
            chains[row["code_id"]].look({column: row[column] for column in COLUMNS})
    for chain in chains.values():
        if fault := chain.end():
            yield fault


def restore(path: Path, tell: Tell = lambda _: None) -> int:
    """Put a backup into this database, which must hold no codes; returns the number of rows. All of it or nothing.

    Every code begins a new epoch, so each device sees at once that the log it knows is another, and brings back what
    this backup does not have yet. Raises BackupFault.
    """
    if Code.objects.exists():
        raise BackupFault("This database holds codes already. Restore into an empty one, so that nothing is lost.")
    for fault in check(path):
        raise BackupFault(f"The backup holds a log that is not what was appended: {fault}")
    rows = 0
    with transaction.atomic():
        User.objects.all().delete()
        waiting: list[models.Model] = []
        for name, row in read_rows(path):
            model = BY_NAME[name]
            if (waiting and type(waiting[0]) is not model) or len(waiting) >= AT_ONCE:
                _create(waiting)
                waiting = []
            if model is Code:
                row["epoch"] = secrets.token_hex(4)
            waiting.append(model(**{field.attname: field.to_python(row[field.attname]) for field in _fields(model)}))
            rows += 1
            tell(1)
        _create(waiting)
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), list(BY_NAME.values())):
                cursor.execute(statement)
    return rows


def _fields(model: type[models.Model]) -> Any:
    return model._meta.concrete_fields


def _create(rows: list[models.Model]) -> None:
    if rows:
        type(rows[0])._default_manager.bulk_create(rows)
