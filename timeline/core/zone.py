"""Clock times that people type, as instants, and a zone in numbers: the only place where local times become UTC."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_TYPED = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")


def past_instants(typed: str, now: int, zone: tzinfo) -> list[int]:
    """The instants of the last 24 hours at which a clock in `zone` showed `typed` (HH:MM); UTC ms, earliest first.

    After midnight "23:58" means yesterday. There are two in the hour that an autumn night repeats: only a person can
    say which was meant. Raises ValueError with a sentence when there are none, as in the hour that a spring night
    leaves out, and when `typed` is no clock time. `now` is UTC ms.
    """
    found = _TYPED.fullmatch(typed.strip())
    if found is None:
        raise ValueError("has to be a clock time like 14:05.")
    hour, minute = int(found[1]), int(found[2])
    today = datetime.fromtimestamp(now / 1000, zone).date()
    seen: set[int] = set()
    for day in (today - timedelta(days=1), today):
        for fold in (0, 1):
            local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold)
            instant = local.astimezone(UTC)
            if instant.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                seen.add(round(instant.timestamp() * 1000))
    last_day = sorted(at for at in seen if now - 24 * _HOUR < at <= now)
    if not last_day:
        raise ValueError("was not shown by any clock here in the last 24 hours; start now and correct the time.")
    return last_day


def ahead_of_utc(at: int, zone: tzinfo) -> str:
    """How far clocks in `zone` are ahead of UTC at `at` (UTC ms), as "UTC+2" or "UTC-3:30"."""
    minutes = _offset(zone, at) // _MINUTE
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def offsets(zone: tzinfo, start: int, end: int) -> list[tuple[int, int]]:
    """How far clocks in `zone` are ahead of UTC from `start` to `end` (UTC ms): when each offset began, and it, in ms.

    The first begins at `start`. Clock changes lie on whole minutes, and more than an hour apart.
    """
    found = [(start, _offset(zone, start))]
    at = start
    while at < end:
        following = min(at + _HOUR, end)
        offset = _offset(zone, following)
        if offset != found[-1][1]:
            found.append((_change(zone, at, following), offset))
        at = following
    return found


def _change(zone: tzinfo, before: int, after: int) -> int:
    """The first whole minute from which the offset of `after` is in force."""
    low, high = before // _MINUTE, -(-after // _MINUTE)
    new = _offset(zone, after)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, middle * _MINUTE) == new:
            high = middle
        else:
            low = middle
    return high * _MINUTE


def _offset(zone: tzinfo, at: int) -> int:
    local = datetime.fromtimestamp(at / 1000, zone).utcoffset()
    assert local is not None
    return round(local.total_seconds() * 1000)
