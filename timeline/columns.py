"""UUIDs as this database keeps them, for the statements that are written out."""

from typing import Any
from uuid import UUID

from django.db import connection


def key_of(value: UUID | str) -> Any:
    """A UUID as a parameter: itself where the database has such a type, else its 32 digits."""
    id = value if isinstance(value, UUID) else UUID(value)
    return id if connection.features.has_native_uuid_field else id.hex


def uuid_of(value: Any) -> UUID:
    """A UUID as it came out of a column."""
    return value if isinstance(value, UUID) else UUID(value)
