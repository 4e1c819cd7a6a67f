"""From a file to codes on record: what it would add, and adding it. The page and the command both stand on this."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from timeline import services
from timeline.core.records import Record
from timeline.imports.faults import Fault, quoted
from timeline.imports.files import FileCode, read_file
from timeline.imports.identity import DEVICE, code_id
from timeline.imports.records import records_of
from timeline.imports.rows import name_key
from timeline.models import Code, Entry
from timeline.protocols import protocol_named
from timeline.services import Author

PROTOCOL = "ecpr-1"
# Records in one transaction: enough to make a commit worth its flush, few enough for a live tap not to wait behind.
AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class CodePlan:
    """What the file would add to one code: `new` in the order in which it is recorded, `known` is there already."""

    id: UUID
    name: str
    mode: str
    exists: bool
    new: tuple[Record, ...]
    known: int

    def sentence(self, *, would: bool) -> str:
        """The code, and what happens or would happen to it."""
        return f"{self.name} ({self.mode}): {self.change(would=would)}"

    def change(self, *, would: bool) -> str:
        """What happens, or would happen, to this code."""
        if not self.new:
            return f"nothing new, {_records(self.known)} already here"
        verb = "would be added" if would else "added"
        if not self.exists:
            return f"new code, {_records(len(self.new))} {verb}"
        return f"{_records(len(self.new))} {verb} to the {self.known} already here"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file would do here. `rows` counts all its rows, `good` those that can be imported."""

    codes: tuple[CodePlan, ...]
    faults: tuple[Fault, ...]
    rows: int

    @property
    def good(self) -> int:
        """How many rows can be imported, those that are here already among them."""
        return sum(len(code.new) + code.known for code in self.codes)

    @property
    def new(self) -> int:
        """How many records would be added."""
        return sum(len(code.new) for code in self.codes)

    @property
    def bad_lines(self) -> int:
        """On how many lines something is wrong."""
        return len({fault.line for fault in self.faults})

    def sentence(self, *, would: bool) -> str:
        """The whole in one line."""
        if not self.new:
            return f"Nothing new: all {self.good} good rows are already here." if self.codes else "Nothing to import."
        changed = [code for code in self.codes if code.new]
        codes = "1 code" if len(changed) == 1 else f"{len(changed)} codes"
        return f"{_records(self.new)} in {codes} {'would be imported' if would else 'imported'}."


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"


def author(label: str, person: str | None) -> Author:
    """Who imports: the door's label, and the signed-in person if there is one."""
    return Author(device=DEVICE, label=label, person=person)


def plan_of(data: bytes) -> Plan:
    """Read a file and compare it with what is on record; changes nothing."""
    protocol = protocol_named(PROTOCOL)
    once = frozenset(kind.key for kind in protocol.kinds.values() if kind.times != "n")
    file = read_file(data, frozenset(protocol.outcomes), once)
    codes: list[CodePlan] = []
    faults: list[Fault] = list(file.faults)
    taken = {name_key(name): id for id, name in Code.objects.values_list("id", "name")} if file.codes else {}
    for code in file.codes:
        planned = _compare(code, taken)
        if isinstance(planned, Fault):
            faults.append(planned)
        else:
            codes.append(planned)
    return Plan(tuple(codes), tuple(sorted(faults)), file.rows)


def _compare(code: FileCode, taken: Mapping[str, UUID]) -> CodePlan | Fault:
    """The part of a file's code that is not yet on record, or why it may not be added."""
    id = code_id(code.name)
    records = records_of(code, PROTOCOL)
    if code.key not in taken:
        return CodePlan(id, code.name, code.mode, False, tuple(records), 0)
    if taken[code.key] != id:
        return Fault(
            code.line,
            f"a code named {quoted(code.name)} is here that no file brought; give the file's code another name",
        )
    start, *others = records
    if moved := _moved_start(id, start):
        return Fault(code.line, f"code {quoted(code.name)} was imported {moved}; give the file's code another name")
    here = {str(known) for known in Entry.objects.filter(code_id=id).values_list("pk", flat=True)}
    # A start whose note alone was edited is the same start; a second one would only ask which of the two holds.
    new = tuple(record for record in others if record.id not in here)
    return CodePlan(id, code.name, code.mode, True, new, len(records) - len(new))


def _moved_start(id: UUID, start: Record) -> str | None:
    """How the start on record differs from the file's, where the two cannot be the same code."""
    body = Entry.objects.filter(code_id=id, kind="code_started").order_by("seq").values_list("body", flat=True).first()
    if body is None:
        return None
    known = json.loads(body)
    if known["payload"].get("value") != start.payload["value"]:
        return f"as {known['payload'].get('value')} before, and this row says {start.payload['value']}"
    if known["at"] != start.at:
        return "with another start before, so this would be two codes in one"
    return None


def carry_out(plan: Plan, by: Author) -> Iterator[str]:
    """Record what is new, code by code; yields each code's name when it is done.

    Everything goes through `services.record`, the only writer. It may be stopped between two codes: what was
    recorded stays, and the same file again adds only the rest.
    """
    for code in plan.codes:
        for first in range(0, len(code.new), AT_ONCE):
            for result in services.record(code.id, code.new[first : first + AT_ONCE], by):
                if result.status != "recorded":
                    raise NotRecorded(f"{code.name}: record {result.id} was refused ({result.reason}): {result.detail}")
        yield code.name


class NotRecorded(Exception):
    """The writer refused a record that the file's reading had passed: a fault of ours, not of the file."""
