"""The records that a code of a file becomes: the same as any device writes, under ids that follow from the rows."""

from timeline.core.records import VERSION, Record
from timeline.imports.files import FileCode, Row
from timeline.imports.identity import DEVICE, code_id, record_ids


def records_of(code: FileCode, protocol: str) -> list[Record]:
    """One record per row, in the order of the rows; `protocol` is the key of the protocol a new code begins with.

    An import has no clock and no counter of its own, so `when` is empty and `n` is 0: a record's bytes hang on
    its row alone, and the same file is the same records on every machine.
    """
    root = str(code_id(code.name))
    return [
        _record(row, str(record_id), root, _payload(row, code, protocol))
        for row, record_id in zip(code.rows, record_ids(code), strict=True)
    ]


def _payload(row: Row, code: FileCode, protocol: str) -> dict[str, str | int | float]:
    if row.kind != "code_started":
        return row.payload
    return row.payload | {"name": code.name, "protocol": protocol}


def _record(row: Row, record_id: str, code: str, payload: dict[str, str | int | float]) -> Record:
    return Record(
        v=VERSION,
        id=record_id,
        code=code,
        kind=row.kind,
        at=row.at,
        precision=row.precision,
        certainty=row.certainty,
        earliest=row.earliest,
        latest=row.latest,
        source=row.source,
        null_reason=row.null_reason,
        payload=payload,
        target=None,
        device=str(DEVICE),
        n=0,
        role=None,
        seen=0,
        when=None,
    )
