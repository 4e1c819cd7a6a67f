"""Typed clock times become the instants that were meant."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from timeline.core.zone import ahead_of_utc, offsets, past_instants

LONDON = ZoneInfo("Europe/London")


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def past(typed: str, now: str) -> list[str]:
    """The instants, as UTC in words."""
    found = past_instants(typed, ms(now), LONDON)
    return [datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S") for at in found]


def test_a_typed_time_is_the_nearest_past_one() -> None:
    assert past("14:05", "2026-06-01T13:10:00") == ["2026-06-01T13:05:00"]


def test_after_midnight_late_evening_means_yesterday() -> None:
    assert past("23:58", "2026-01-02T00:10:00") == ["2026-01-01T23:58:00"]


def test_the_present_minute_is_past() -> None:
    assert past("0010", "2026-01-02T00:10:00") == ["2026-01-02T00:10:00"]


def test_the_hour_that_an_autumn_night_repeats_gives_both_instants() -> None:
    assert past("01:30", "2026-10-25T03:00:00") == ["2026-10-25T00:30:00", "2026-10-25T01:30:00"]


def test_the_hour_is_clear_while_its_second_coming_is_still_ahead() -> None:
    assert past("01:30", "2026-10-25T00:45:00") == ["2026-10-25T00:30:00"]


def test_a_time_that_the_spring_night_left_out_is_refused() -> None:
    # On the day before, 01:30 was more than 24 hours ago.
    with pytest.raises(ValueError, match="not shown"):
        past("01:30", "2026-03-29T01:45:00")


@pytest.mark.parametrize(
    ("at", "zone", "said"),
    [
        ("2026-10-25T00:30:00", "Europe/London", "UTC+1"),
        ("2026-10-25T01:30:00", "Europe/London", "UTC+0"),
        ("2026-07-01T00:00:00", "America/St_Johns", "UTC-2:30"),
        ("2026-07-01T00:00:00", "Asia/Kathmandu", "UTC+5:45"),
    ],
)
def test_what_tells_the_two_apart_is_how_far_clocks_are_ahead_of_utc(at: str, zone: str, said: str) -> None:
    assert ahead_of_utc(ms(at), ZoneInfo(zone)) == said


@pytest.mark.parametrize("typed", ["", "25:00", "12:60", "noon", "1:2:3", "-1:00", "12:00 pm"])
def test_what_is_no_clock_time_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(ValueError, match="clock time like 14:05"):
        past(typed, "2026-06-01T13:10:00")


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
