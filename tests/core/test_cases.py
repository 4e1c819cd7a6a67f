"""The shared cases, read by Python; tests/js/core/cases.test.js reads the same ones."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.core.short import at, entries_of, expand, moment
from timeline.core.reading import read
from timeline.protocols import protocol_named

CASES: dict[str, dict[str, Any]] = {
    f"{path.stem}: {case['name']}": case
    for path in sorted(Path("tests/cases").glob("*.json"))
    for case in json.loads(path.read_text(encoding="utf-8"))["cases"]
}


@pytest.mark.parametrize("name", CASES)
def test_a_shared_case_is_read_as_it_says(name: str) -> None:
    case = CASES[name]
    reading = read(entries_of(case["entries"]), protocol_named("ecpr-1"), moment(case["now"]))
    found = {path: at(reading, path) for path in case["expect"]}
    assert found == expand(case["expect"])


def test_every_interval_and_target_of_the_protocol_has_a_case() -> None:
    paths = [path.split(".") for case in CASES.values() for path in case["expect"]]
    assert {path[1] for path in paths if path[0] == "intervals"} == set(protocol_named("ecpr-1").interval_labels)


def test_every_sound_of_the_protocol_has_a_case() -> None:
    due = [each for case in CASES.values() for each in case["expect"].get("sound.due", [])]
    assert {each["key"] for each in due} == {each.key for each in protocol_named("ecpr-1").sounds}


def test_every_prompt_of_the_protocol_has_a_case() -> None:
    paths = [path.split(".") for case in CASES.values() for path in case["expect"]]
    named = {path[1] for path in paths if path[0] == "prompts" and len(path) == 3}
    assert named == {each.key for each in protocol_named("ecpr-1").prompts}
