"""manage.py demo: seed what a trial opens on."""

from typing import Any

from django.core.management.base import BaseCommand

from timeline.demo.people import PEOPLE, logins_file, passwords
from timeline.demo.seeding import seed, wanted
from timeline.models import Code


class Command(BaseCommand):
    requires_system_checks = []
    help = (
        "Seed people, a drill in progress and sixty synthetic past codes, as far as they are missing. "
        "Run it as often as you like; ECPR_DEMO=0 turns the demo off."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not wanted():
            self.stdout.write("The demo is turned off (ECPR_DEMO=0); nothing was seeded.")
            return
        there = set(passwords())
        seeded = seed()
        if seeded.added:
            self.stdout.write(f"{seeded.added} synthetic codes were added (demo, never counted as real).")
        if seeded.drill_is_new:
            self.stdout.write(f"Drill in progress: Code {Code.objects.get(pk=seeded.drill).name}.")
        fresh = {name: password for name, password in passwords().items() if name not in there}
        if fresh:
            self.stdout.write(f"Demo logins (kept in {logins_file()}):")
            for person in PEOPLE:
                if person.username in fresh:
                    self.stdout.write(f"  {person.username:<8}{fresh[person.username]:<36}{person.work}")
