"""Open codes with so many records each and twenty devices on each, as if they had joined; on the first one all of them
are. Printed as JSON. Run inside the project.

python -m tests.bench.prepare CODES RECORDS
"""

import json
import os
import sys
from uuid import UUID

import django

DEVICES = 20


def main(codes: int, records: int) -> None:
    """`codes` open drills of `records` entries. Devices and grants are made in bulk: thousands of joins take long."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
    django.setup()
    # The models can only be imported once Django is set up.
    from roles.devices import GRANT_MS, hashed  # noqa: PLC0415
    from roles.models import Device, Grant  # noqa: PLC0415
    from roles.server_clock import now_ms  # noqa: PLC0415
    from timeline import services  # noqa: PLC0415
    from timeline.writer import Author, writer  # noqa: PLC0415

    now, secret = now_ms(), "bench-secret-of-this-run"
    devices = [
        Device(label=f"Bench {number}", kind=Device.Kind.JOINED, secret_hash=hashed(secret), created_at=now)
        for number in range(codes * DEVICES)
    ]
    Device.objects.bulk_create(devices)
    by = Author(UUID(str(devices[0].id)), "Bench")
    made = [
        services.start_code(by=by, mode="drill", name=f"Bench {number}", onset_ago_ms=60_000) for number in range(codes)
    ]
    for code in made:
        shocks = [
            services.make_record(code.id, "shock", device=by.device, at=now, payload={"value": 200, "unit": "J"})
            for _ in range(records - code.head)
        ]
        services.record(code.id, shocks, by)
    writer.stop()
    standing = {room: devices[room * DEVICES : (room + 1) * DEVICES] if room else devices for room in range(codes)}
    Grant.objects.bulk_create(
        Grant(
            device=device,
            subject=made[room].id,
            scope=Grant.Scope.WRITE,
            created_at=now,
            expires_at=now + GRANT_MS,
        )
        for room, there in standing.items()
        for device in there
    )
    tokens = [[f"{device.id.hex}.{secret}" for device in there] for there in standing.values()]
    said = {"codes": [str(code.id) for code in made], "tokens": tokens, "device": str(devices[0].id)}
    sys.stdout.write(json.dumps(said) + "\n")


main(int(sys.argv[1]), int(sys.argv[2]))
