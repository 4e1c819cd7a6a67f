"""What each page is given: every template of codes gets one of these as `page`."""

from dataclasses import dataclass
from typing import Any

from timeline.shelf import Version

# The choices of "it began … minutes ago" on the start page; any other time is typed.
AGO_CHOICES = (0, 1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class CodeLine:
    """One code in a list or in a heading. `url` is its board; `started_at` is UTC ms, `minutes` whole minutes since."""

    id: str
    name: str
    colour: str
    mode: str
    open: bool
    outcome: str
    outcome_label: str
    started_at: int
    closed_at: int | None
    minutes: int
    head: int
    url: str
    role_url: str
    wall_url: str
    debrief_url: str


@dataclass(frozen=True, slots=True)
class Glance:
    """A running code in one look.

    `state` is left, past, no_onset (nobody has entered when the arrest was) or stopped; `minutes` are the whole minutes
    left to the target, or past it. `deadline`, `since` (the earliest plausible arrest, else the first record) and
    `until` (when the clock stopped) are UTC ms: start_page.js lets them tick on the server's clock.
    """

    state: str
    minutes: int
    deadline: int | None
    since: int | None
    until: int | None
    elapsed_minutes: int
    roles_held: int
    roles_total: int


@dataclass(frozen=True, slots=True)
class OpenCode:
    """A running code in the list of the start page."""

    line: CodeLine
    glance: Glance


@dataclass(frozen=True, slots=True)
class Twice:
    """A typed clock time that came twice in a night of the clock change: what to say again, and the choices, each its
    `which` and how far clocks were ahead of UTC, which tells them apart.
    """

    typed: str
    mode: str
    choices: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class HomePage:
    """Start and open codes. Without standing (nobody signed in, no bay device) the lists are empty."""

    signed_in: bool
    person: str
    device_label: str
    may_start: bool
    may_enrol: bool
    enrolled: bool
    open_codes: list[OpenCode]
    joined_codes: list[OpenCode]
    recent_codes: list[CodeLine]
    ago_choices: tuple[int, ...]
    start_url: str
    join_url: str
    login_url: str
    enrol_url: str
    zone: str
    now: int
    error: str
    twice: Twice | None
    protocols: list[Version]
    series: str


@dataclass(frozen=True, slots=True)
class JoinPage:
    """Typing eight letters, or arriving by QR: the token in the fragment is posted as `token` by join_page.js."""

    join_url: str
    letters: str
    error: str
    retry_seconds: int


@dataclass(frozen=True, slots=True)
class RoleLine:
    """One role to choose; `holders` are device labels, `mine` when this device holds it."""

    key: str
    label: str
    short: str
    team: str
    essential: bool
    holders: list[str]
    mine: bool
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class RolePage:
    """Choosing a role: POST `role` (key, or empty for none) and `mode` (take or join) to `action`."""

    code: CodeLine
    glance: Glance
    roles: list[RoleLine]
    device_label: str
    action: str
    error: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The live board; `boot` goes into json_script id="boot". `may_start`: whether this device may start codes."""

    code: CodeLine
    boot: dict[str, Any]
    may_start: bool = False


@dataclass(frozen=True, slots=True)
class WallPage:
    """The wall screen; `boot` as the board's, with scope "wall"."""

    code: CodeLine
    boot: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoginPage:
    """Signing in: `form` is Django's own (username, password)."""

    form: Any
    next: str
    locked: bool


@dataclass(frozen=True, slots=True)
class InvitePage:
    """An invitation on a page of its own, for a browser without scripts. `expires` is UTC ms, `qr_svg` safe SVG."""

    code: CodeLine
    letters: str
    url: str
    qr_svg: str
    expires: int
