"""What the statements that are written out need: UUIDs as this database keeps them, and statements kept prepared."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection


def key_of(value: UUID | str) -> Any:
    """A UUID as a parameter: itself where the database has such a type, else its 32 digits."""
    id = value if isinstance(value, UUID) else UUID(value)
    return id if connection.features.has_native_uuid_field else id.hex


def keys() -> Callable[[str], Any]:
    """The same for many, as a function of their text; the database is asked which kind it is only once."""
    return UUID if connection.features.has_native_uuid_field else lambda text: text.replace("-", "")


def uuid_of(value: Any) -> UUID:
    """A UUID as it came out of a column."""
    return value if isinstance(value, UUID) else UUID(value)


def rows_of(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement that every tap asks, outside of a transaction. Raises Django's database errors.

    On PostgreSQL it is prepared, which Django never does: planning these takes longer than doing what they say.
    """
    connection.ensure_connection()
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())
    raw: psycopg.Connection[tuple[Any, ...]] = connection.connection
    raw.prepare_threshold = 0
    try:
        with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
            return cursor.execute(sql, values).fetchall()
    finally:
        raw.prepare_threshold = None
