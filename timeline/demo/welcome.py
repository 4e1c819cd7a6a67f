"""What the terminal says when the app is up: who can sign in, and how to join the running drill."""

from uuid import UUID

from roles.invitations import invite
from timeline.demo.people import PEOPLE, logins_file, passwords
from timeline.demo.seeding import seed, wanted
from timeline.models import Code

HOURS = 12


def welcome(base_url: str) -> str:
    """The demo's logins and fresh invitations to its drill, as lines for a terminal; empty where the demo is off.

    Seeds what is missing first, so that the drill is always in progress. The invitations hold for twelve hours.
    """
    if not wanted():
        return ""
    drill = Code.objects.get(pk=seed().drill)
    return "\n".join(["", *_logins(), "", *_invitations(base_url.rstrip("/"), drill.pk, drill.name), ""])


def _logins() -> list[str]:
    known = passwords()
    rows = [
        f"    {person.username:<8}{known[person.username]:<36}{person.work}"
        for person in PEOPLE
        if person.username in known
    ]
    return ["  Demo logins" + (f" (kept in {logins_file()})" if rows else ": set by whoever runs this site"), *rows]


def _invitations(base_url: str, drill: UUID, name: str) -> list[str]:
    write = invite(drill, scope="write", minutes=HOURS * 60, by="demo")
    wall = invite(drill, scope="wall", minutes=HOURS * 60, by="demo")
    return [
        f"  Code {name} (drill, in progress)",
        f"    join         {base_url}/join with the letters {_spaced(write.letters)}",
        f"    join link    {base_url}/join#{write.token}",
        f"    wall screen  {base_url}/join#{wall.token}",
        f"    The links hold for {HOURS} hours. Every code of the demo is invented.",
    ]


def _spaced(letters: str) -> str:
    return f"{letters[:4]} {letters[4:]}"
