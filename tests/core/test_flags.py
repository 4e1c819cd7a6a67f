"""What the server notes about a record's time on arrival."""

from typing import Any

import pytest

from tests.core.short import moment, record_json
from timeline.core.flags import flags_for
from timeline.core.records import read_record

WHEN = {"wall": 0, "mono": 0, "boot": "", "offset": 0, "uncertainty": 100, "offset_age": 0, "tz": 0}
OPENED = moment("0:00")


@pytest.mark.parametrize(
    ("name", "known", "received", "closed", "flags"),
    [
        ("a press that arrives at once", {"at": "5:00"}, "5:01", None, []),
        ("a press that arrives a minute later", {"at": "5:00"}, "6:00", None, []),
        ("a press that arrives more than a minute later", {"at": "5:00"}, "6:01", None, ["late_arrival"]),
        ("a typed time long ago", {"at": "5:00", "source": "manual"}, "60:00", None, []),
        ("a press two seconds ahead", {"at": "5:02"}, "5:00", None, []),
        ("a press three seconds ahead", {"at": "5:03"}, "5:00", None, ["future"]),
        ("a time two hours before opening", {"at": "-120:00", "source": "manual"}, "1:00", None, []),
        ("a time longer before opening", {"at": "-120:01", "source": "manual"}, "1:00", None, ["out_of_window"]),
        ("a record after closing", {"at": "5:00"}, "5:01", "4:00", ["after_closing"]),
        ("the reopening of a closed code", {"at": "5:00", "kind": "code_reopened"}, "5:01", "4:00", []),
        ("a record without a time", {"at": None, "null_reason": "not_documented"}, "90:00", None, []),
        ("late, and after closing", {"at": "3:00"}, "5:01", "4:00", ["after_closing", "late_arrival"]),
    ],
)
def test_the_flags_of(name: str, known: dict[str, Any], received: str, closed: str | None, flags: list[str]) -> None:
    at = None if known["at"] is None else moment(known["at"])
    record = read_record(record_json("shock", when=WHEN) | known | {"at": at})
    assert flags_for(record, moment(received), OPENED, None if closed is None else moment(closed)) == flags, name


def test_a_press_that_the_monotonic_clock_contradicts_is_suspect() -> None:
    record = read_record(record_json("shock", at=moment("5:00"), when=WHEN))
    near, far = moment("5:00") + 1_100, moment("5:00") + 1_101
    assert flags_for(record, moment("5:02"), OPENED, None, near) == []
    assert flags_for(record, moment("5:02"), OPENED, None, far) == ["clock_suspect"]


def test_an_uncertain_clock_widens_what_counts_as_the_future() -> None:
    unsure = read_record(record_json("shock", at=moment("5:05"), when=WHEN | {"uncertainty": 3_000}))
    assert flags_for(unsure, moment("5:00"), OPENED, None) == []
