"""The two languages read random logs alike, byte for byte."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tests.core.logs import NOWS, logs
from tests.examples import examples
from timeline.core.reading import read
from timeline.core.records import canonical, read_entry
from timeline.protocols import lean_protocol, protocol_named


class Twin:
    """The JavaScript reading, with the lean protocol that tablets get, in one Node process, line by line."""

    def __init__(self, folder: Path) -> None:
        protocol = folder / "lean.json"
        protocol.write_text(json.dumps(lean_protocol("ecpr-1")), encoding="utf-8")
        self.process = subprocess.Popen(
            ["node", "tests/js/core/twin.js", str(protocol)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def read(self, lines: list[dict[str, Any]], now: int) -> str:
        """The canonical text of the reading."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"entries": lines, "now": now}) + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().rstrip("\n")

    def close(self) -> None:
        """Ends the process."""
        self.process.communicate()


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    twin = Twin(tmp_path_factory.mktemp("protocol"))
    yield twin
    twin.close()


def as_javascript_prints(value: Any) -> Any:
    """Whole numbers without a fraction: JavaScript has one kind of number and prints 90.0 as 90."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: as_javascript_prints(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_javascript_prints(each) for each in value]
    return value


@settings(max_examples=examples(150))
@given(lines=logs(), now=NOWS)
def test_python_and_javascript_read_the_same(twin: Twin, lines: list[dict[str, Any]], now: int) -> None:
    reading = read([read_entry(line) for line in lines], protocol_named("ecpr-1"), now)
    assert canonical(as_javascript_prints(reading)).decode() == twin.read(lines, now)
