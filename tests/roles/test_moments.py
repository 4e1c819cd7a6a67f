"""Moments are shown in the site's zone, in words that do not depend on the machine."""

from datetime import UTC, datetime

import pytest
from django.template import Context, Template

from roles.templatetags.moments import clock_time, day_and_time


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("zone", "at", "time", "day"),
    [
        ("UTC", (2026, 11, 22, 23, 30), "23:30", "Sun 22 Nov 2026, 23:30"),
        ("Europe/Berlin", (2026, 11, 22, 23, 30), "00:30", "Mon 23 Nov 2026, 00:30"),
        ("Europe/Berlin", (2026, 7, 1, 12, 5), "14:05", "Wed 1 Jul 2026, 14:05"),
        ("America/New_York", (2026, 1, 1, 3, 0), "22:00", "Wed 31 Dec 2025, 22:00"),
    ],
)
def test_a_moment_is_shown_in_the_zone_of_the_site(
    settings, zone: str, at: tuple[int, ...], time: str, day: str
) -> None:
    settings.ZONE = zone
    assert (clock_time(ms(*at)), day_and_time(ms(*at))) == (time, day)


def test_templates_show_moments_by_filter(settings) -> None:
    settings.ZONE = "UTC"
    page = Template("{% load moments %}{{ at|clock_time }}, {{ at|day_and_time }}")
    assert page.render(Context({"at": ms(2026, 3, 9, 8, 7)})) == "08:07, Mon 9 Mar 2026, 08:07"
