"""Typed clock times become the instants that were meant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from timeline.core.zone import nearest_past, offsets

LONDON = ZoneInfo("Europe/London")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_a_typed_time_is_the_nearest_past_one() -> None:
    assert nearest_past("14:05", ms("2026-06-01T13:10:00"), LONDON) == ms("2026-06-01T13:05:00")


def test_after_midnight_late_evening_means_yesterday() -> None:
    assert nearest_past("23:58", ms("2026-01-02T00:10:00"), LONDON) == ms("2026-01-01T23:58:00")


def test_the_present_minute_is_past() -> None:
    assert nearest_past("0010", ms("2026-01-02T00:10:00"), LONDON) == ms("2026-01-02T00:10:00")


def test_the_repeated_hour_is_refused_because_nobody_can_tell_which_was_meant() -> None:
    with pytest.raises(ValueError, match="came twice"):
        nearest_past("01:30", ms("2026-10-25T03:00:00"), LONDON)


def test_the_hour_is_clear_while_its_second_coming_is_still_ahead() -> None:
    assert nearest_past("01:30", ms("2026-10-25T00:45:00"), LONDON) == ms("2026-10-25T00:30:00")


def test_a_time_that_the_spring_night_left_out_is_refused() -> None:
    # On the day before, 01:30 was more than 24 hours ago.
    with pytest.raises(ValueError, match="not shown"):
        nearest_past("01:30", ms("2026-03-29T01:45:00"), LONDON)


@pytest.mark.parametrize("typed", ["", "25:00", "12:60", "noon", "1:2:3", "-1:00", "12:00 pm"])
def test_what_is_no_clock_time_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="clock time like 14:05"):
        nearest_past(typed, ms("2026-06-01T13:10:00"), LONDON)


@pytest.mark.parametrize("name", ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_a_zone_in_numbers_gives_the_local_time_of_every_quarter_of_a_year(name: str) -> None:
    zone, start, end = ZoneInfo(name), ms("2026-01-01T00:07:00"), ms("2027-01-01T00:00:00")
    table = offsets(zone, start, end)
    for at in range(start, end, 15 * 60_000):
        offset = [each for since, each in table if since <= at][-1]
        local = datetime.fromtimestamp(at / 1000, zone)
        assert offset == local.utcoffset().total_seconds() * 1000, local


def test_a_clock_change_is_found_to_the_minute() -> None:
    night = offsets(LONDON, ms("2026-03-28T12:34:56"), ms("2026-03-30T00:00:00"))
    assert night == [(ms("2026-03-28T12:34:56"), 0), (ms("2026-03-29T01:00:00"), 3_600_000)]
