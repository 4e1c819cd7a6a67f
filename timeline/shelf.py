"""Which protocols there are: those that ship with the application and those that the site made."""

from dataclasses import dataclass, replace

from django.db.models import QuerySet

from timeline.models import ProtocolVersion
from timeline.protocols import protocol_named, shipped_keys

# The series that a code is started under unless somebody says otherwise, and that can be had again whatever is retired.
FIRST_SERIES = "ecpr"


@dataclass(frozen=True, slots=True)
class Version:
    """A published or retired version. `changed_by` is empty for one that was shipped and never touched; `current` says
    that new codes of its series begin under it. Times in UTC ms, 0 when nobody changed it.
    """

    key: str
    series: str
    number: int
    name: str
    state: str
    shipped: bool
    changed_by: str
    changed_at: int
    published_at: int
    current: bool = False


def find(key: str) -> str | None:
    """The JSON text of a version that the site published, retired ones too; None when there is none."""
    row = ProtocolVersion.objects.filter(key=key).exclude(body="").values_list("body", flat=True).first()
    return None if row is None else str(row)


def versions() -> list[Version]:
    """Every version that was shipped or published, by series, newest first within one."""
    rows = {row.key: row for row in ProtocolVersion.objects.exclude(key=None)}
    found = [_shipped(key, rows.pop(key, None)) for key in shipped_keys()]
    found += [_made(row) for row in rows.values()]
    current = {each.series: each.key for each in sorted(found, key=_age) if each.state == "published"}
    marked = [replace(each, current=current.get(each.series) == each.key) for each in found]
    return sorted(marked, key=lambda each: (each.series != FIRST_SERIES, each.series, -each.number))


def on_offer() -> list[Version]:
    """What new codes can begin under: the current version of each series, the first series first."""
    return [each for each in versions() if each.current]


def current_key(series: str = FIRST_SERIES) -> str:
    """The version that a new code of this series begins under; the first on offer when there is none."""
    offered = on_offer()
    return next((each.key for each in offered if each.series == series), offered[0].key)


def next_number(series: str) -> int:
    """The number of the next version of a series."""
    return max((each.number for each in versions() if each.series == series), default=0) + 1


def drafts() -> QuerySet[ProtocolVersion]:
    """What is being worked on, last changed first."""
    return ProtocolVersion.objects.filter(state=ProtocolVersion.State.DRAFT).order_by("-changed_at")


def series_of(key: str) -> str:
    """The series that a key belongs to: what stands before its number."""
    return key.rpartition("-")[0]


def _age(version: Version) -> tuple[int, int]:
    return version.published_at, version.number


def _shipped(key: str, row: ProtocolVersion | None) -> Version:
    protocol = protocol_named(key)
    said = (row.state, row.changed_by, row.changed_at, row.published_at) if row else ("published", "", 0, 0)
    state, by, at, published = said
    return Version(key, series_of(key), protocol.version, protocol.name, state, True, by, at, published)


def _made(row: ProtocolVersion) -> Version:
    by, at = row.changed_by, row.changed_at
    return Version(str(row.key), row.series, row.version or 0, row.name, row.state, False, by, at, row.published_at)
