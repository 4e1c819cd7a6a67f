"""What the server notes about a record's time when it appends it. A flag never alters and never refuses."""

from .records import Record

# Times in milliseconds; the rules are those of the reliability reference, section 3.4.
FUTURE_MARGIN = 2_000
LATE_AFTER = 60_000
WINDOW_BEFORE = 2 * 60 * 60 * 1000
SUSPECT_MARGIN = 1_000


def flags_for(
    record: Record,
    received: int,
    opened_at: int,
    closed_at: int | None,
    mono_estimate: float | None = None,
) -> list[str]:
    """The plausibility flags of a record that arrived at `received` (UTC ms) in a code opened and closed so.

    `mono_estimate` is the server's own estimate of when the press happened, in UTC ms: received less the time that
    passed on the device's monotonic clock since the press. It needs no synchronised clock, so it can contradict one.
    """
    flags: list[str] = []
    if closed_at is not None and record.kind != "code_reopened":
        flags.append("after_closing")
    if record.at is None:
        return flags
    live = record.source == "tap"
    uncertainty = (record.when.uncertainty or 0) if record.when else 0
    if record.at > received + uncertainty + FUTURE_MARGIN:
        flags.append("future")
    if live and received - record.at > LATE_AFTER:
        flags.append("late_arrival")
    if record.at < opened_at - WINDOW_BEFORE:
        flags.append("out_of_window")
    if live and mono_estimate is not None and abs(record.at - mono_estimate) > uncertainty + SUSPECT_MARGIN:
        flags.append("clock_suspect")
    return sorted(flags)
