"""The architecture: what each part is for, and that imports only look down.

`LAYERS` and `SCRIPTS` are the tables, lowest first. A module may import its own part and the parts above its line here,
never one below. A new part gets its line in the same commit, with a reason.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

LAYERS = {
    # Pure: values in, values out; the standard library only.
    "roles.core": "who holds what, what is ticked",
    "timeline.core": "records, chain, protocol, intervals, reading",
    "timeline.quality": "statistics over many codes",
    "timeline.exports": "rows for other programs",
    "timeline.imports": "CSV files into records",
    # Kept: what is in the database and on the wire.
    "timeline.protocols": "the protocol files, loaded once",
    "timeline.wire": "bytes in and out",
    "timeline.naming": "names that can be spoken, drawn by lot",
    "roles.server_clock": "the time, whatever is done to the system's clock",
    "roles.models": "devices, grants, invitations",
    "roles.devices": "tokens and what they allow",
    "roles.invitations": "letters and links that let a device in",
    "roles.templatetags": "icons",
    "timeline.templatetags": "what a page's script begins with",
    "timeline.models": "codes, entries, debriefs",
    "timeline.shelf": "which protocols there are",
    "timeline.columns": "UUIDs as the database keeps them",
    "timeline.reader": "threads that read for the event loop",
    "timeline.appending": "one transaction of entries",
    "timeline.heads": "codes as they were left, appended to in one statement",
    "timeline.writer": "the only one that appends",
    "timeline.selectors": "reads",
    "timeline.rollup": "cases kept for the audit, good for as long as their log stays",
    "timeline.proof": "whether the logs are what was appended",
    "timeline.backups": "all of it in one file, and back",
    "timeline.access": "the one gate",
    "timeline.signing": "what a signed-in person's device is",
    # Acting: one verb for each thing the app does.
    "timeline.services": "writes, whoever asks",
    "timeline.publishing": "the site's own protocols",
    "timeline.intake": "a clean import into the log",
    "timeline.typeset": "a template and values into a PDF",
    "timeline.debrief": "page and PDF of one code",
    "timeline.handbook": "a protocol in words, as a picture and as a sheet of paper",
    "timeline.sweep": "what came due by itself",
    "timeline.sink": "one socket, as the hub sees it",
    "timeline.hub": "news to every socket of this process",
    "timeline.pokes": "news between processes",
    "timeline.demo": "something to look at",
    "timeline.replay": "a recorded code, played through the doors",
    # Doors: translate, call one thing, translate back.
    "timeline.doors": "the fast door for records, the socket",
    "timeline.views": "pages and the rest of the API",
    "timeline.tasks": "Celery",
    "timeline.management": "commands",
    "timeline.admin": "a read-only look",
    "roles.admin": "devices and invitations",
    "timeline.apps": "the app's name",
    "roles.apps": "the app's name",
    "timeline.urls": "paths to views",
    "timeline.routing": "paths to sockets",
    # The site: joins the parts, holds no rule.
    "ecpr_site": "settings, servers, middleware",
}
PURE = ("roles.core", "timeline.core", "timeline.quality", "timeline.exports", "timeline.imports")
# A pure function gets the time, the ids and the bytes as arguments.
IMPURE = {
    "asyncio",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
}
# No door goes through another. `timeline.doors.http` is what the doors share: answers, problems, origins.
DOORS = ("timeline.doors", "timeline.views", "timeline.tasks", "timeline.management", "timeline.admin")
SHARED_BY_DOORS = "timeline.doors.http"

SCRIPTS = {
    "core": "the twin of the Python core: no DOM, no network, no disk",
    "lib": "small tools over the DOM",
    "theme": "light or dark",
    "sync": "network and disk, no DOM",
    "ui": "the DOM, no network",
    "page": "joins the parts of one page",
}
# What a folder may not speak of, beyond what it may not import.
UNSPOKEN = {
    "core": r"\b(document|window|fetch|indexedDB|localStorage|WebSocket|Date\.now|performance\.now|Math\.random)\b",
    "ui": r"\b(fetch\(|indexedDB|new WebSocket)",
}


def part_of(module: str, parts: dict[str, str]) -> str:
    """The line of the table that a module belongs to."""
    best = max((part for part in parts if f"{module}.".startswith(f"{part}.")), key=len, default="")
    assert best, f"{module} is not in the layer table of tests/test_layers.py: give it a line"
    return best


def python_files() -> Iterator[tuple[str, Path]]:
    for path in sorted(path for top in ("roles", "timeline", "ecpr_site") for path in (ROOT / top).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if "migrations" not in path.parts and module not in ("roles", "timeline", "timeline.management"):
            yield module, path


def imports_of(source: str, module: str, *, package: bool) -> set[str]:
    """Every module that a source names in an import, relative ones resolved; `from a import b` counts as a.b."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            up = module.split(".")[: None if node.level == int(package) else int(package) - node.level]
            base = ".".join([*(up if node.level else []), *([node.module] if node.module else [])])
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return found


def faults_of(module: str, imported: set[str]) -> list[str]:
    """What a module imports and may not, as sentences."""
    order = list(LAYERS)
    own = part_of(module, LAYERS)
    faults = []
    for name in sorted(imported):
        top = name.split(".")[0]
        if top in ("roles", "timeline", "ecpr_site"):
            other = part_of(name, LAYERS)
            if order.index(other) > order.index(own):
                faults.append(f"{module} imports {name}, which lies above it")
            elif top == "timeline" and module.startswith("roles."):
                faults.append(f"{module} imports {name}: a role can be told without a timeline")
            elif own in DOORS and other in DOORS and other != own and not name.startswith(SHARED_BY_DOORS):
                faults.append(f"{module} imports {name}: no door goes through another")
            elif own in PURE and other not in PURE:
                faults.append(f"{module} imports {name}, which is not pure")
        elif own in PURE and (top not in sys.stdlib_module_names or top in IMPURE or name in IMPURE):
            faults.append(f"{module} is pure and imports {name}")
    return faults


@pytest.mark.parametrize(("module", "path"), [pytest.param(*found, id=found[0]) for found in python_files()])
def test_python_imports_only_look_down(module: str, path: Path) -> None:
    imported = imports_of(path.read_text(), module, package=path.name == "__init__.py")
    assert faults_of(module, imported) == []


@pytest.mark.parametrize(
    ("module", "source", "fault"),
    [
        (
            "timeline.core.reading",
            "from timeline.models import Code",
            "timeline.core.reading imports timeline.models.Code, which lies above it",
        ),
        (
            "roles.devices",
            "from timeline.core import records",
            "roles.devices imports timeline.core.records: a role can be told without a timeline",
        ),
        (
            "timeline.tasks",
            "from timeline.views.home import home",
            "timeline.tasks imports timeline.views.home.home: no door goes through another",
        ),
        ("timeline.quality.runchart", "import django", "timeline.quality.runchart is pure and imports django"),
        ("timeline.core.flags", "import time", "timeline.core.flags is pure and imports time"),
        (
            "timeline.services",
            "from ..timeline import hub",
            "timeline.services imports timeline.hub, which lies above it",
        ),
    ],
)
def test_an_upward_import_is_caught(module: str, source: str, fault: str) -> None:
    assert faults_of(module, imports_of(source, module, package=False)) == [fault]


def test_every_line_of_the_table_is_somebodys() -> None:
    used = {part_of(module, LAYERS) for module, _ in python_files()}
    assert [part for part in LAYERS if part not in used] == []


# -- the same for JavaScript ----------------------------------------------------------------------------------------


def script_part(path: str) -> str:
    """The folder of a script below static/js; a script at the top is a page, but for the theme."""
    folder, _, name = path.rpartition("/")
    return folder.split("/")[0] or ("theme" if name == "theme.js" else "page")


def script_faults(path: str, source: str) -> list[str]:
    """What a script imports or speaks of and may not, as sentences."""
    order = list(SCRIPTS)
    own = script_part(path)
    faults = []
    for name in re.findall(r"""(?:from|import)\s*\(?\s*["']([^"']+)["']""", source):
        if not name.startswith("."):
            faults.append(f"{path} imports {name}, which is no file of ours")
            continue
        target = (Path("/static/js") / path).parent.joinpath(name).resolve().relative_to("/static/js").as_posix()
        if order.index(script_part(target)) > order.index(own):
            faults.append(f"{path} imports {target}, which lies above it")
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", source, flags=re.DOTALL)
    faults += [f"{path} speaks of {found}" for found in re.findall(UNSPOKEN.get(own, r"(?!)"), code)]
    return faults


def scripts() -> Iterator[tuple[str, Path]]:
    for path in sorted((ROOT / "static" / "js").rglob("*.js")):
        yield path.relative_to(ROOT / "static" / "js").as_posix(), path


@pytest.mark.parametrize(("name", "path"), [pytest.param(*found, id=found[0]) for found in scripts()])
def test_script_imports_only_look_down(name: str, path: Path) -> None:
    assert script_faults(name, path.read_text()) == []


@pytest.mark.parametrize(
    ("path", "source", "fault"),
    [
        (
            "core/clock.js",
            'import { post } from "../sync/door.js";',
            "core/clock.js imports sync/door.js, which lies above it",
        ),
        (
            "sync/feed.js",
            'import { render } from "../ui/feed_view.js";',
            "sync/feed.js imports ui/feed_view.js, which lies above it",
        ),
        ("ui/clock_view.js", 'import x from "lodash";', "ui/clock_view.js imports lodash, which is no file of ours"),
        ("core/clock.js", "export const now = () => Date.now();", "core/clock.js speaks of Date.now"),
    ],
)
def test_an_upward_import_in_a_script_is_caught(path: str, source: str, fault: str) -> None:
    assert script_faults(path, source) == [fault]
