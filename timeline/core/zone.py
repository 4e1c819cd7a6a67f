"""Clock times that people type, as instants, and a zone in numbers: the only place where local times become UTC."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

_MINUTE = 60_000
_HOUR = 60 * _MINUTE
_TYPED = re.compile(r"([01]?\d|2[0-3])[:.]?([0-5]\d)")


def nearest_past(typed: str, now: int, zone: tzinfo) -> int:
    """The latest instant at or before `now` (UTC ms) at which a clock in `zone` showed `typed` (HH:MM).

    After midnight "23:58" means yesterday. A time that the clock showed twice in the last day (the autumn night) or
    never (the spring night) is refused, for nobody can tell which was meant. Raises ValueError with a sentence.
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
    last_day = sorted(at for at in seen if now - 24 * 3_600_000 < at <= now)
    if not last_day:
        raise ValueError("was not shown by any clock here in the last 24 hours; start now and correct the time.")
    if len(last_day) > 1:
        raise ValueError("came twice in this night of the clock change; say how many minutes ago instead.")
    return last_day[0]


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
