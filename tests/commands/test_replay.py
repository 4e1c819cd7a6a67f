"""manage.py replay against a real server: several devices through the real door and sockets, and one log on all."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands.conftest import ROOT, Site, free_port

pytestmark = pytest.mark.process

PUBLISHED = Path(__file__).resolve().parents[1] / "fixtures" / "published"
INVITE = """
from timeline.services import Author, start_code
from roles.invitations import invite
from uuid import uuid4
code = start_code(by=Author(uuid4(), "Bay", None), mode="drill", onset_ago_ms=None)
print(code.name, invite(code.pk).letters, sep="/")
"""


def played(output: str) -> str:
    """The name of the drill that a replay started."""
    found = re.search(r"^Code (.+) \(drill\) was started", output, re.MULTILINE)
    assert found, output
    return found[1]


@pytest.mark.parametrize(
    ("case", "records", "interval", "minutes"),
    [
        ("louvre", 4, "arrest_to_flow", 90.0),
        ("uva-simulation", 4, "activation_to_flow", 36.6667),
        ("perth", 4, "arrest_to_rosc", 35.0),
    ],
)
def test_a_published_case_is_played_on_six_devices_that_all_end_with_the_same_log_and_the_papers_figures(
    site: Site, case: str, records: int, interval: str, minutes: float
) -> None:
    done = site.manage("replay", str(PUBLISHED / f"{case}.csv"), "--speed", "5000", "--devices", "6")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert f"records          {records} recorded of {records} sent ({records} in the file)" in lines
    assert [line[:41] for line in lines if line.startswith("devices")] == ["devices          6 of 6 hold the same log"]
    assert "hash chain       sound on 6 of 6" in lines
    read = site.reading(played(done.stdout))
    assert read["intervals"][interval]["minutes"] == minutes
    assert (read["code"]["mode"], read["code"]["state"]) == ("drill", "closed")
    assert len({record["by"]["device"] for record in read["records"]}) > 1
    assert [record["flags"] for record in read["records"] if record["flags"]] == []


def test_a_replay_can_join_a_running_code_by_invitation(site: Site) -> None:
    name, letters = site.shell(INVITE).split("/")
    done = site.manage("replay", str(PUBLISHED / "louvre.csv"), "--speed", "9000", "--devices", "2", "--join", letters)
    assert (done.returncode, done.stderr) == (0, "")
    assert site.reading(name)["intervals"]["arrest_to_flow"]["minutes"] == 90.0


def test_a_replay_can_start_its_drill_as_a_signed_in_person(site: Site) -> None:
    command = ["replay", str(PUBLISHED / "louvre.csv"), "--speed", "9000", "--devices", "2", "--login", "lena"]
    done = site.manage(*command, ECPR_PASSWORD="calm words 1")
    assert (done.returncode, done.stderr) == (0, "")
    assert "devices          2 of 2 hold the same log" in done.stdout


def test_a_wrong_password_is_one_sentence_and_status_two(site: Site) -> None:
    command = ["replay", str(PUBLISHED / "louvre.csv"), "--login", "lena"]
    done = site.manage(*command, ECPR_PASSWORD="guessed")
    assert (done.returncode, done.stderr) == (2, "lena could not sign in\n")


def test_an_invitation_that_is_none_is_one_sentence_and_status_two(site: Site) -> None:
    done = site.manage("replay", str(PUBLISHED / "louvre.csv"), "--join", "BBBBBBBB")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_is_not_there_is_one_sentence_and_status_two(site: Site) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    done = site.manage("replay", str(PUBLISHED / "louvre.csv"), "--url", url, "--join", "BBBBBBBB")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{url} does not answer")
    assert len(done.stderr.splitlines()) == 1


def test_a_file_with_a_fault_is_not_played(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("code,kind,at\na,code_started,10:00\n")
    done = site.manage("replay", str(path))
    assert done.returncode == 2
    assert done.stderr.splitlines()[0] == "bad.csv cannot be played."
    assert done.stderr.splitlines()[1].startswith("line 2: at “10:00” is not a time")


@pytest.mark.parametrize("option", [("--speed", "0"), ("--speed", "fast"), ("--devices", "0"), ("--devices", "101")])
def test_an_impossible_option_is_refused(site: Site, option: tuple[str, str]) -> None:
    done = site.manage("replay", str(PUBLISHED / "louvre.csv"), *option)
    assert done.returncode == 2
    assert option[0] in done.stderr


def test_ctrl_c_stops_a_replay_and_still_tells_what_was_played(site: Site) -> None:
    command = [sys.executable, "manage.py", "replay", str(PUBLISHED / "louvre.csv"), "--speed", "1", "--devices", "2"]
    environment = site.environment | {"PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    seen = ""
    while "recorded as #" not in seen:
        line = process.stdout.readline()
        assert line, process.communicate()
        seen += line
    os.kill(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert "Stopped. What was sent so far stays on record." in out
    assert "records          1 recorded of 1 sent (4 in the file)" in out
