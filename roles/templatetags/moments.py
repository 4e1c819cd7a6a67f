"""Moments as words: integer UTC milliseconds, shown in the site's zone and nowhere else."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings

register = template.Library()

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _local(at: int) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(settings.ZONE))


@register.filter
def clock_time(at: int) -> str:
    """The time of day of `at` (UTC ms) in the site's zone: 14:05."""
    return f"{_local(at):%H:%M}"


@register.filter
def day_and_time(at: int) -> str:
    """Day and time of `at` (UTC ms) in the site's zone: Sun 22 Nov 2026, 14:05.

    The names are our own, so that the words do not change with the locale of the machine.
    """
    local = _local(at)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"
