"""One open drill and some devices on it, as JSON: `python tests/js/chaos/prepare.py 8`, in the project's folder."""

import json
import os
import sys

import django

sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ecpr_site.settings")
django.setup()

from django.core.management import call_command

from roles.devices import enrol, grant
from timeline.services import Author, start_code

call_command("migrate", verbosity=0)
people = [enrol(f"Device {number}", "joined") for number in range(int(sys.argv[1]))]
code = start_code(by=Author(people[0][0].id, people[0][0].label), mode="drill", name="Code Chaos")
for device, _ in people:
    grant(device, code.id)
sys.stdout.write(
    json.dumps(
        {
            "code": str(code.id),
            "epoch": code.epoch,
            "devices": [{"id": str(device.id), "label": device.label, "token": token} for device, token in people],
        }
    )
    + "\n"
)
sys.stdout.flush()
os._exit(0)  # the writer's thread would be waited for
