"""The people of the demo and their passwords, which are made at the first seeding and kept beside the database."""

import os
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission, User

FILE_NAME = "demo-logins.txt"

# Words that are quickly typed on a tablet; four of them and a number are some 37 bits, behind limited log-in attempts.
WORDS = (
    "amber", "basil", "birch", "brook", "cedar", "cliff", "cloud", "coral", "cover", "crane", "creek", "daisy",
    "delta", "ember", "fable", "ferry", "field", "flint", "forge", "frost", "glade", "grain", "grape", "grove",
    "hazel", "heath", "honey", "ivory", "jetty", "juniper", "kayak", "lemon", "lilac", "linen", "lotus", "maple",
    "marsh", "meadow", "mellow", "mint", "moss", "north", "nutmeg", "oaken", "ocean", "olive", "onyx", "orchid",
    "otter", "pearl", "pebble", "pepper", "plume", "poppy", "quartz", "quill", "raven", "reed", "ridge", "river",
    "robin", "rowan", "saddle", "sage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who can sign in to the demo."""

    username: str
    first_name: str
    work: str
    superuser: bool = False
    lead: bool = False


PEOPLE = (
    Person("lena", "Lena", "leads the team, and changes protocols", lead=True),
    Person("omar", "Omar", "cannulates"),
    Person("priya", "Priya", "runs the pump"),
    Person("sam", "Sam", "records"),
    Person("admin", "Admin", "looks after the app", superuser=True),
)


def logins_file() -> Path:
    """Where the demo's passwords are kept."""
    return Path(settings.DATA_DIR) / FILE_NAME


def passwords() -> dict[str, str]:
    """The demo's passwords by username, as the file has them; empty when there is none."""
    try:
        lines = logins_file().read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def seed_people() -> None:
    """Create the demo's people who are not there yet, each with a password of this installation's own.

    A person who exists already is left alone, password and all: it may be someone's real account by now.
    """
    known = passwords()
    there = set(
        User.objects.filter(username__in=[person.username for person in PEOPLE]).values_list("username", flat=True)
    )
    missing = [person for person in PEOPLE if person.username not in there]
    if not missing:
        return
    for person in missing:
        known[person.username] = _password()
    # The file first: a person whose password nobody can read would be locked out for good.
    _keep(known)
    # Hashing is slow on purpose and leaves the interpreter free meanwhile, so all are hashed side by side.
    with ThreadPoolExecutor() as threads:
        hashes = list(threads.map(make_password, [known[person.username] for person in missing]))
    User.objects.bulk_create(
        User(
            username=person.username,
            password=hashed,
            first_name=person.first_name,
            is_staff=person.superuser,
            is_superuser=person.superuser,
        )
        for person, hashed in zip(missing, hashes, strict=True)
    )
    leads = User.objects.filter(username__in=[person.username for person in missing if person.lead])
    for permission in Permission.objects.filter(codename="change_protocolversion"):
        permission.user_set.add(*leads)


def _password() -> str:
    words = "-".join(secrets.choice(WORDS) for _ in range(4))
    return f"{words}-{secrets.randbelow(9_000) + 1_000}"


def _keep(known: dict[str, str]) -> None:
    text = "# The demo's logins. Made at first start; delete the demo's people before real use.\n" + "".join(
        f"{person.username} {known[person.username]}\n" for person in PEOPLE if person.username in known
    )
    path = logins_file()
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
