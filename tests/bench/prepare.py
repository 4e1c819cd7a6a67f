"""Codes and a device on each, made through the product's own services; printed as JSON. Run inside the project."""

import json
import os
import sys
from uuid import UUID

import django


def main(count: int) -> None:
    """`count` open drills; the same device, under one token, stands on all of them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
    django.setup()
    # The models can only be imported once Django is set up.
    from roles.devices import enrol, grant  # noqa: PLC0415
    from roles.models import Device  # noqa: PLC0415
    from timeline import services  # noqa: PLC0415
    from timeline.writer import Author, writer  # noqa: PLC0415

    device, token = enrol("Bench", Device.Kind.JOINED)
    by = Author(UUID(str(device.id)), "Bench")
    codes = []
    for number in range(count):
        code = services.start_code(by=by, mode="drill", name=f"Bench {number}", onset_ago_ms=60_000)
        grant(device, code.id)
        codes.append(str(code.id))
    writer.stop()
    sys.stdout.write(json.dumps({"codes": codes, "tokens": [token] * count, "device": str(device.id)}) + "\n")


main(int(sys.argv[1]))
