"""The documents say what is there: every setting, address, command and package, and no link leads nowhere."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(__file__).resolve().parents[1]
RUNNING = (ROOT / "docs" / "running.md").read_text()
PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = ("ecpr_site", "timeline", "roles")


def rows_under(heading: str, text: str) -> set[str]:
    """The first cells of the table below a heading, without their backticks."""
    part = text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = {line.split("|")[1].strip().strip("`") for line in part.splitlines() if line.startswith("| ")}
    return {cell for cell in cells if cell not in ("variable", "command", "address", "package")}


def settings_read() -> set[str]:
    """The names that ecpr_site/settings.py asks its helpers for."""
    tree = ast.parse((ROOT / "ecpr_site" / "settings.py").read_text())
    return {
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id.startswith("env")
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    }


def url_names(resolver: URLResolver) -> Iterator[str]:
    """Every named address of ours; Django's admin brings its own."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver) and entry.app_name != "admin":
            yield from url_names(entry)
        elif isinstance(entry, URLPattern) and entry.name:
            yield entry.name


def pinned(file: str) -> set[str]:
    """The packages that an .in file names."""
    lines = (ROOT / file).read_text().splitlines()
    return {re.split(r"[\[<>=~! ;]", line)[0] for line in lines if line and line[0] not in "#-"}


def test_every_setting_is_in_the_table_and_in_the_sample() -> None:
    sample = re.findall(r"^#?([A-Z_]+)=", (ROOT / "dotenv-sample").read_text(), re.MULTILINE)
    assert rows_under("Settings", RUNNING) == settings_read()
    assert set(sample) == settings_read()


def test_settings_are_the_only_reader_of_the_environment() -> None:
    readers = [
        str(path.relative_to(ROOT))
        for top in OURS
        for path in sorted((ROOT / top).rglob("*.py"))
        if re.search(r"os\.(environ\b(?!\.setdefault)|getenv)", path.read_text())
    ]
    # The password of `replay --login` may come from a script; it is no setting of the site.
    assert readers == ["ecpr_site/settings.py", "timeline/management/commands/replay.py"]


def test_every_address_is_in_the_table() -> None:
    part = RUNNING.split("\n## Addresses\n", 1)[1]
    named = set(re.findall(r"^\| `[^`]+` \| `([a-z_]+)` \|", part, re.MULTILINE))
    assert named == set(url_names(get_resolver()))


def test_every_command_is_in_the_table() -> None:
    ours = {name for name, app in get_commands().items() if app in OURS}
    told = {row.split()[1] for row in rows_under("Commands", RUNNING)}
    assert told == ours


def test_every_pinned_package_has_its_line_and_no_other() -> None:
    package = json.loads((ROOT / "package.json").read_text())
    text = (ROOT / "docs" / "dependencies.md").read_text()
    assert rows_under("In the running site (`requirements.in`)", text) == pinned("requirements.in")
    assert rows_under("In the browser (`package.json`, dependencies)", text) == set(package["dependencies"])
    assert rows_under("To check and test (`requirements-dev.in`, `package.json` devDependencies)", text) == pinned(
        "requirements-dev.in"
    ) | set(package["devDependencies"])
    assert rows_under("To install (`deploy/`)", text) == pinned("deploy/uv.in") | pinned("deploy/node.in")


@pytest.mark.parametrize(
    ("source", "locked"),
    [(f"{name}.in", f"{name}.txt") for name in ("requirements", "requirements-dev", "deploy/uv", "deploy/node")],
)
def test_every_pin_has_its_hashes_and_names_no_place(source: str, locked: str) -> None:
    text = (ROOT / locked).read_text()
    pins = re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==[^\n]* \\\n    --hash=sha256:", text, re.MULTILINE)
    assert len(pins) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert pinned(source) - set(pins) == set()
    assert re.findall(r"^--|https?://|file:|@ ", text, re.MULTILINE) == []


def test_the_npm_lock_has_hashes_and_names_no_place() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert [name for name, entry in packages.items() if name and "integrity" not in entry] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_the_changelog_has_an_unreleased_part() -> None:
    assert re.findall(r"^## .*$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)[0] == "## Unreleased"


@pytest.mark.parametrize("paper", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in PAPERS])
def test_every_link_between_documents_leads_somewhere(paper: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)", paper.read_text())
    ours = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in ours if not (paper.parent / target).exists()] == []


@pytest.mark.parametrize("paper", [pytest.param(path, id=str(path.relative_to(ROOT))) for path in PAPERS])
def test_every_file_a_document_names_is_there(paper: Path) -> None:
    named = re.findall(
        r"`((?:ecpr_site|timeline|roles|static|templates|tests|deploy|docs)/[\w./-]*\w\.?\w*)[`:]", paper.read_text()
    )
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_function_the_walk_names_is_in_its_file() -> None:
    named = re.findall(r"`([\w/.]+\.(?:py|js)): ([\w.]+)`", (ROOT / "docs" / "walk.md").read_text())
    absent = [
        f"{file}: {name}"
        for file, name in named
        if not re.search(
            rf"(?:def|class|function|async|^ +)\s*{name.rsplit('.', 1)[-1]}\b", (ROOT / file).read_text(), re.MULTILINE
        )
    ]
    assert len(named) > 20
    assert absent == []


def test_the_decisions_are_all_listed() -> None:
    folder = ROOT / "docs" / "adr"
    listed = re.findall(r"\]\((\d{4}-[a-z0-9-]+\.md)\)", (folder / "README.md").read_text())
    assert listed == sorted(path.name for path in folder.glob("[0-9]*.md"))


def names_of_tests() -> set[str]:
    """Every test there is, by function name in Python and by sentence in JavaScript."""
    names = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        names |= set(re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(), re.MULTILINE))
    for path in (ROOT / "tests").rglob("*.test.js"):
        names |= set(re.findall(r"""\btest\(\s*["'`](.+?)["'`],""", path.read_text()))
    return names


def test_every_proof_that_the_reliability_page_names_is_a_test() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text().split("## The invariants", 1)[1]
    named = set(re.findall(r"`(test_\w+)`", page))
    for cells in (line.split("|") for line in page.splitlines() if line.startswith("| ")):
        # The words of a failure or a promise may be quoted as well; its proof stands in the last cell.
        named |= set(re.findall(r'"([^"]{25,})"', cells[3]))
    assert named - names_of_tests() == set()


def test_every_control_against_a_hazard_names_a_test_that_exists_or_says_that_it_is_open() -> None:
    rows = [
        line.split("|") for line in (ROOT / "docs" / "hazards.md").read_text().splitlines() if re.match(r"\| H\d", line)
    ]
    assert [row[1].strip() for row in rows] == [f"H{n}" for n in range(1, len(rows) + 1)]
    known = names_of_tests()
    named = [set(re.findall(r"`(test_\w+)`", row[6])) | set(re.findall(r'"([^"]{25,})"', row[6])) for row in rows]
    assert [row[1] for row, proofs in zip(rows, named, strict=True) if not proofs and "**open**" not in row[6]] == []
    assert set().union(*named) - known == set()
    assert {row[4].strip() for row in rows} == {"major", "moderate", "minor"}


# Section 9 of the clinical reference: its numbers, and what each is about.
HAZARDS = {
    "H1": "wrong clock",
    "H2": "wrong zone, daylight saving, midnight, date",
    "H3": "truncation",
    "H4": "edits after the fact",
    "H5": "mis-tap",
    "H6": "undo hides history",
    "H7": "duplicate events from two tablets",
    "H8": "offline tablet",
    "H9": "stale screen",
    "H10": "alarm fatigue",
    "H11": "hidden overdue",
    "H12": "wrong anchor",
    "H13": "false reassurance from imputed data",
    "H14": "recorder overload",
    "H15": "checklist unread",
    "H16": "software appears to decide",
    "H17": "prognosis anchoring on a late clock",
    "H18": "wrong patient or second code",
    "H19": "privacy at the bedside",
    "H20": "false activation erodes commitment",
    "H21": "flow on and flow established confused",
    "H22": "test data in production, drills",
}


def test_the_first_hazards_are_those_of_the_clinical_reference_under_its_numbers() -> None:
    page = (ROOT / "docs" / "hazards.md").read_text()
    told = dict(re.findall(r"^\| (H\d+) \| ([^|]+?)(?: – [^|]+)? \|", page, re.MULTILINE))
    assert {number: subject for number, subject in told.items() if number in HAZARDS} == HAZARDS
    assert list(told)[: len(HAZARDS)] == list(HAZARDS)


def test_the_reliability_page_lists_every_invariant_of_the_reference() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text().split("## The invariants", 1)[1].split("\n## ", 1)[0]
    rows = [line.split("|")[1].strip() for line in page.splitlines() if re.match(r"\| [PLT]\d", line)]
    assert rows == [*(f"P{n}" for n in range(1, 16)), *(f"L{n}" for n in range(1, 6)), *(f"T{n}" for n in range(1, 9))]
