"""A long import on a terminal: it says how far it is, and Ctrl-C stops it between two codes."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import ROOT, Site

pytestmark = pytest.mark.process

HEADER = "code,kind,at,precision,certainty,earliest,latest,source,value,unit,note"
CODES = 60


def long_file(folder: Path) -> Path:
    path = folder / "long.csv"
    rows = [HEADER]
    for number in range(CODES):
        name = f"{folder.name} {number}"
        rows.append(f"{name},code_started,2025-01-01T10:00Z,,,,,,drill,,")
        rows += [f"{name},shock,T+{minute}:{second:02},,,,,,200,J," for minute in range(60) for second in (5, 35)]
    path.write_text("\n".join(rows))
    return path


def test_ctrl_c_stops_between_two_codes_and_the_same_command_adds_the_rest(site: Site, tmp_path: Path) -> None:
    path = long_file(tmp_path)
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_codes", str(path)],
        cwd=ROOT,
        env=site.environment,
        stdout=subprocess.PIPE,
        stderr=end,
    )
    os.close(end)
    seen = b""
    while f"3/{CODES} codes".encode() not in seen:
        seen += os.read(terminal, 4096)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    try:
        while part := os.read(terminal, 4096):
            seen += part
    except OSError:
        pass  # the other end is closed: this is how a terminal says that nothing more comes
    os.close(terminal)
    assert (process.returncode, out) == (130, b"")
    assert f"of {CODES} codes. What was imported stays; the same command again adds the rest.".encode() in seen
    again = site.manage("import_codes", str(path))
    assert again.returncode == 0
    assert again.stdout.splitlines()[0] == f"{tmp_path.name} 0 (drill): nothing new, 121 records already here"
    assert again.stdout.splitlines()[-2] == f"{tmp_path.name} {CODES - 1} (drill): new code, 121 records added"
