"""Clock times that people type, as instants: the only place where a local time becomes a UTC one."""

import re
from datetime import UTC, datetime, timedelta, tzinfo

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
