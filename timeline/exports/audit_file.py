"""The audit as CSV: one row for each code, with the numbers of its reading."""

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from timeline.quality.cases import Case

from .table import Cell, iso, table

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
    "activations",
    "cancelled_activations",
    "cancelled_because",
    "declined",
    "declined_because",
    "no_flow_because",
)
# Of each interval with a target, and of those shown beside them.
_PARTS: Final = ("minutes", "result", "limit_minutes")


def columns_of(rows: Sequence[Case]) -> tuple[str, ...]:
    """The columns of a file of these rows: `COLUMNS`, then three for each interval that one of them has."""
    keys = dict.fromkeys(key for row in rows for key in row.times)
    return (*COLUMNS, *(f"{key}_{part}" for key in keys for part in _PARTS))


def audit_csv(rows: Sequence[Case], definition: str, zone: tzinfo) -> str:
    """The file of an audit's rows; `definition` is the protocol's own formula of arrest to flow."""
    return table(
        columns_of(rows),
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
                "activations": row.activations,
                "cancelled_activations": len(row.cancelled),
                "cancelled_because": "; ".join(why or "not said" for why in row.cancelled),
                "declined": row.declined,
                "declined_because": "; ".join(row.declined_because),
                "no_flow_because": "; ".join(row.no_flow_because or row.declined_because)
                if row.outcome != "flow"
                else "",
            }
            | _parts(row)
            for row in rows
        ),
    )


def _parts(row: Case) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for key, (status, minutes) in row.times.items():
        result, limit = row.targets.get(key, (status, None))
        said = (minutes, "inconsistent" if status == "inconsistent" else result, limit)
        cells.update(zip((f"{key}_{part}" for part in _PARTS), said, strict=True))
    return cells
