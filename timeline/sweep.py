"""The sweep: what comes due by itself is read off the open codes and appended, never scheduled.

Safe to run twice and on two machines: each prompt has an id that follows from its code, rule and anchor.
"""

import logging
from uuid import UUID, uuid5

from timeline import services
from timeline.models import Code
from timeline.selectors import now_ms, open_codes, reading_of
from timeline.writer import Author

log = logging.getLogger("ecpr.sweep")

SERVER = UUID("5b0a8e3c-9a0d-5d4e-9f43-3c1f6f1c7f10")
SERVER_AUTHOR = Author(device=SERVER, label="Server", person=None)
TARGET = "arrest_to_flow"


def sweep(now: int | None = None) -> int:
    """Append what came due in all open codes by `now` (UTC ms); how many records were added."""
    moment = now_ms() if now is None else now
    added = 0
    for code in open_codes():
        try:
            added += _sweep_code(code, moment)
        except Exception:
            # One code that cannot be read must not silence the others.
            log.exception("the sweep could not read code %s", code.id)
    return added


def _sweep_code(code: Code, now: int) -> int:
    clock = reading_of(code, now)["clock"]
    if clock["state"] != "running" or clock["deadline"] is None or clock["deadline"] > now:
        return 0
    # By anchor and deadline: a corrected onset makes another deadline, whose passing is news of its own.
    id = uuid5(code.id, f"target_passed {TARGET} {clock['deadline']}")
    if code.entries.filter(pk=id).exists():
        return 0
    record = services.make_record(
        code.id,
        "target_passed",
        device=SERVER,
        at=clock["deadline"],
        payload={"value": TARGET},
        id=id,
        source="server",
    )
    [result] = services.record(code.id, [record], SERVER_AUTHOR)
    return int(result.status == "recorded" and not result.replay)
