"""The rollup: each closed code's case, kept, so that an audit of ten thousand codes need not read ten thousand logs.

It is a cache and never the truth. A row says what it was made from: the log's epoch, head and hash, the protocol, and
the rules of the reading. It is used only while all of them are still so; otherwise the log is read again, and the row
made anew. Everything in the table can be thrown away at any time.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from roles.server_clock import now_ms
from timeline.core import records as core
from timeline.core.reading import read
from timeline.models import Code, Entry, Rollup
from timeline.protocols import protocol_named
from timeline.quality.cases import Case, case_from_json, case_of, case_to_json
from timeline.selectors import closed_codes
from timeline.wire import decode, encode, lines_to_entries

AT_ONCE: Final = 200
HERE: Final = Path(__file__).parent
# What a case is made by: a change to any of these files makes every row stale.
SOURCES: Final = (
    *sorted((HERE / "core").glob("*.py")),
    *sorted((HERE.parent / "roles" / "core").glob("*.py")),
    HERE / "quality" / "cases.py",
)
# Epoch, head, hash, protocol and rules that a case was made from.
Mark = tuple[str, int, str, str, str]
Tell = Callable[[int], None]
_COLUMNS: Final = ("epoch", "head", "head_hash", "protocol", "rules")


def cases(codes: Iterable[Code]) -> list[Case]:
    """The case of each of these closed codes, in their order; what is not kept, or kept of another log, is read now."""
    codes = list(codes)
    kept = _kept()
    found = {code.id: decode(body) for code in codes if (body := _body(kept, code)) is not None}
    fresh = {case.id: case for case in make([code for code in codes if code.id not in found])}
    return [case_from_json(found[code.id]) if code.id in found else fresh[str(code.id)] for code in codes]


def make(codes: Sequence[Code], tell: Tell = lambda _: None) -> list[Case]:
    """Read these closed codes and keep their cases, some at a time; `tell` hears how many each time."""
    made: list[Case] = []
    for some in _batches(codes):
        rows = []
        for code, case, whole in _read(some):
            made.append(case)
            # A log that does not end as its row says (it moved on this moment) is told and not kept.
            if whole:
                said = dict(zip(_COLUMNS, mark(code), strict=True))
                rows.append(Rollup(code=code, body=encode(case_to_json(case)), **said))
        Rollup.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["code"], update_fields=[*_COLUMNS, "body"]
        )
        tell(len(some))
    return made


def waiting() -> QuerySet[Code]:
    """The closed codes whose case is not kept, or is kept of another log, the newest first."""
    rules = [rules_of(key) for key in closed_codes().order_by().values_list("protocol", flat=True).distinct()]
    same = {name: OuterRef(name) for name in _COLUMNS if name != "rules"}
    return closed_codes().filter(~Exists(Rollup.objects.filter(code=OuterRef("pk"), rules__in=rules, **same)))


def differing(codes: Sequence[Code], tell: Tell = lambda _: None) -> Iterator[Code]:
    """Of these closed codes those whose kept case is not what their log gives; those not kept do not count."""
    kept = _kept()
    for some in _batches(codes):
        for code, case, _ in _read(some):
            body = _body(kept, code)
            if body is not None and decode(body) != decode(encode(case_to_json(case))):
                yield code
        tell(len(some))


def mark(code: Code) -> Mark:
    """What a case of this code, as it is now, is made from."""
    return code.epoch, code.head, code.head_hash, code.protocol, rules_of(code.protocol)


@cache
def rules_of(protocol: str) -> str:
    """The version of the reading under a protocol: a digest of the core's own source and of the protocol's content."""
    return sha256(_source() + core.canonical(protocol_named(protocol).raw)).hexdigest()


@cache
def _source() -> bytes:
    return sha256(b"\0".join(path.read_bytes() for path in SOURCES)).digest()


def _batches(codes: Sequence[Code]) -> Iterator[Sequence[Code]]:
    return (codes[first : first + AT_ONCE] for first in range(0, len(codes), AT_ONCE))


def _kept() -> dict[UUID, tuple[Mark, str]]:
    rows = Rollup.objects.filter(code__closed_at__isnull=False).values_list("code_id", *_COLUMNS, "body")
    return {id: ((epoch, head, digest, key, rules), body) for id, epoch, head, digest, key, rules, body in rows}


def _body(kept: dict[UUID, tuple[Mark, str]], code: Code) -> str | None:
    """The kept case of a code, if it is of this very log."""
    made_from, body = kept.get(code.id, (None, None))
    return body if made_from == mark(code) else None


def _read(codes: Sequence[Code]) -> Iterator[tuple[Code, Case, bool]]:
    """Each code's case up to its head, in one query, and whether the log ends as the code's row says."""
    logs: dict[UUID, list[str]] = {code.id: [] for code in codes}
    heads = {code.id: code.head for code in codes}
    lines = Entry.objects.filter(code__in=list(logs)).order_by("code", "seq").values_list("code_id", "seq", "line")
    for id, seq, line in lines:
        if seq <= heads[id]:
            logs[id].append(line)
    for code in codes:
        entries = [core.trusted_entry(raw) for raw in lines_to_entries(logs[code.id])]
        reading = read(entries, protocol_named(code.protocol), now_ms())
        said = reading["code"]
        said["id"], said["name"] = str(code.id), said["name"] or code.name
        yield code, case_of(reading), bool(entries) and entries[-1].hash == code.head_hash
