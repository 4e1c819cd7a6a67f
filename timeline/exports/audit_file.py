"""The audit as CSV: one row for each code, with the numbers of its reading."""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Final

from timeline.quality.cases import Case

from .table import iso, table

COLUMNS: Final = (
    "code",
    "code_id",
    "mode",
    "started_at",
    "outcome",
    "protocol",
    "interval",
    "minutes",
    "low",
    "high",
    "status",
    "flags",
    "reason",
    "from_event",
    "to_event",
    "limit_minutes",
    "result",
    "by_minutes",
    "arrest_time_estimated",
    "ecpr_attempted",
    "late_records",
    "missing_times",
    "definition",
)


def audit_csv(rows: Iterable[Case], definition: str, zone: tzinfo) -> str:
    """The file of an audit's rows; `definition` is the protocol's own formula of arrest to flow."""
    return table(
        COLUMNS,
        (
            {
                "code": row.name,
                "code_id": row.id,
                "mode": row.mode,
                "started_at": iso(row.started_at, zone),
                "outcome": row.outcome,
                "protocol": row.protocol,
                "interval": "arrest_to_flow",
                "minutes": row.minutes,
                "low": row.low,
                "high": row.high,
                "status": row.status,
                "flags": " ".join(row.flags),
                "reason": row.reason,
                "from_event": row.ends[0],
                "to_event": row.ends[1],
                "limit_minutes": row.limit_minutes,
                "result": row.result,
                "by_minutes": row.by_minutes,
                "arrest_time_estimated": row.estimated,
                "ecpr_attempted": row.attempted,
                "late_records": row.late,
                "missing_times": row.missing,
                "definition": definition,
            }
            for row in rows
        ),
    )
